//! Tokens as text, as they come: whole characters only, and nothing that may still become a stop string.

use tokenizers::Tokenizer;

use crate::error::{Error, ErrorKind, Result};

/// A character has four bytes at most; tokens that are none for so long are given out as they are.
const MAX_PENDING: usize = 64;
/// What decoders write for bytes that are no character, or not yet.
const REPLACEMENT: char = '\u{FFFD}';

/// Tells what each token adds to the text.
///
/// What a token is as text may depend on the one before, such as the space at the beginning of a sentence. So the
/// tokens of the last piece are decoded again together with new ones, as text-generation-inference and vLLM do.
pub(super) struct Detokenizer<'a> {
    tokenizer: &'a Tokenizer,
    tokens: Vec<u32>,
    /// Where the last piece that was given out begins, and where it ends.
    last: usize,
    read: usize,
}

impl<'a> Detokenizer<'a> {
    pub(super) fn new(tokenizer: &'a Tokenizer) -> Self {
        Self { tokenizer, tokens: Vec::new(), last: 0, read: 0 }
    }

    /// What `token` adds, which is nothing while a character is not whole.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`] when the tokenizer fails.
    pub(super) fn push(&mut self, token: u32) -> Result<String> {
        self.tokens.push(token);
        let piece = self.pending()?;
        let is_patient = self.tokens.len() - self.read < MAX_PENDING;
        if piece.is_empty() || (piece.ends_with(REPLACEMENT) && is_patient) {
            return Ok(String::new());
        }
        (self.last, self.read) = (self.read, self.tokens.len());
        Ok(piece)
    }

    /// What is left when no more tokens come: a character that never became whole.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub(super) fn rest(&self) -> Result<String> {
        self.pending()
    }

    fn pending(&self) -> Result<String> {
        let before = self.decode(&self.tokens[self.last..self.read])?;
        let all = self.decode(&self.tokens[self.last..])?;
        Ok(all.strip_prefix(&before).unwrap_or_default().to_owned())
    }

    fn decode(&self, tokens: &[u32]) -> Result<String> {
        self.tokenizer.decode(tokens, true).map_err(|error| {
            let message = format!("the tokenizer can not write the answer: {error}");
            Error::new(ErrorKind::Engine, message)
        })
    }
}

/// The text of an answer up to the first stop string, without white space at its ends. What was given out once is
/// never taken back.
pub(super) struct AnswerText {
    stops: Vec<String>,
    text: String,
    /// What may be the beginning of a stop string, or white space at the end.
    held: String,
}

impl AnswerText {
    pub(super) fn new(stops: Vec<String>) -> Self {
        Self { stops, text: String::new(), held: String::new() }
    }

    /// The text so far.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Adds a piece; which stop string ended the answer, if one did.
    pub(super) fn push(&mut self, piece: &str) -> Option<usize> {
        self.held.push_str(piece);
        let stop = self.first_stop();
        let sure = stop.map_or_else(|| self.held.len() - self.doubtful(), |(start, _)| start);
        self.release(sure);
        stop.map(|(_, stop)| stop)
    }

    /// The whole text, when nothing more comes.
    pub(super) fn finish(&mut self) {
        self.release(self.held.len());
        self.held.clear();
    }

    /// Where the stop string begins that is complete first, and which it is.
    fn first_stop(&self) -> Option<(usize, usize)> {
        let found = self.stops.iter().enumerate().filter_map(|(index, stop)| {
            let start = self.held.find(stop.as_str())?;
            Some((start + stop.len(), start, index))
        });
        found.min().map(|(_, start, index)| (start, index))
    }

    /// The length of the longest end of what is held that begins a stop string.
    fn doubtful(&self) -> usize {
        let begins = |start: &usize| {
            let end = &self.held[*start..];
            self.stops.iter().any(|stop| stop.starts_with(end))
        };
        let starts = self.held.char_indices().map(|(start, _)| start);
        starts.into_iter().find(begins).map_or(0, |start| self.held.len() - start)
    }

    /// Gives out the first `length` bytes of what is held, but for white space at their end.
    fn release(&mut self, length: usize) {
        let sure = self.held[..length].trim_end();
        let end = sure.len();
        let sure = if self.text.is_empty() { sure.trim_start() } else { sure };
        self.text.push_str(sure);
        self.held.drain(..end);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn of(pieces: &[&str], stops: &[&str]) -> (Vec<String>, bool) {
        let mut text = AnswerText::new(stops.iter().map(|&stop| stop.to_owned()).collect());
        let mut given = Vec::new();
        for piece in pieces {
            let before = text.as_str().len();
            let is_over = text.push(piece).is_some();
            given.push(text.as_str()[before..].to_owned());
            if is_over {
                return (given, true);
            }
        }
        let before = text.as_str().len();
        text.finish();
        given.push(text.as_str()[before..].to_owned());
        (given, false)
    }

    #[test]
    fn stop_strings_are_never_given_out() {
        for (pieces, stops, expected, is_over) in [
            (&["one", " tw", "o"][..], &[][..], &["one", " tw", "o", ""][..], false),
            (&["one<", "|en", "d|> two"], &["<|end|>"], &["one", "", ""], true),
            (&["one<", "|en", "ough"], &["<|end|>"], &["one", "", "<|enough", ""], false),
            (&["one<|en"], &["<|end|>"], &["one", "<|en"], false),
            (&["abab", "ac"], &["abac"], &["ab", ""], true),
            // The one that is complete first, however the tokens are cut.
            (&["abc"], &["abc", "b"], &["a"], true),
            (&["a", "b", "c"], &["abc", "b"], &["", "a"], true),
            (&["\n", "\nUser: x"], &["\n\nUser"], &["", ""], true),
            (&["é", "çã", "o"], &["ão"], &["é", "ç", ""], true),
        ] {
            let (given, over) = of(pieces, stops);
            assert_eq!(
                (given.iter().map(String::as_str).collect::<Vec<_>>(), over),
                (expected.to_vec(), is_over)
            );
        }
    }

    #[test]
    fn white_space_at_the_ends_is_left_out() {
        let (given, _) = of(&[" ", " A", " ", "b \n", "\n", "c", " \n"], &[]);
        assert_eq!(given, ["", "A", "", " b", "", " \n\nc", "", ""]);
    }

    #[test]
    fn the_text_does_not_depend_on_the_cuts() {
        let whole = " abra cadabra — açaí <end> more";
        for stops in [&["<end>"][..], &["cad", "aç"], &["abra c", "ra —"], &["nowhere", "e> more and"]] {
            let expected = of(&[whole], stops).0.concat();
            let places: Vec<_> = whole.char_indices().map(|(place, _)| place).collect();
            for (first, &one) in places.iter().enumerate() {
                for &two in &places[first..] {
                    let pieces = [&whole[..one], &whole[one..two], &whole[two..]];
                    assert_eq!(of(&pieces, stops).0.concat(), expected, "{stops:?} {one} {two}");
                }
            }
        }
    }

    #[test]
    fn a_character_of_several_tokens_comes_whole() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/llama-tiny/tokenizer.json");
        let tokenizer = Tokenizer::from_file(path).unwrap();
        let text = "São 3 € — 日本語, 🦀! Olá";
        let tokens = tokenizer.encode_fast(text, false).unwrap().get_ids().to_vec();
        assert!(tokens.len() > text.chars().count(), "each of some characters has several tokens");
        let mut detokenizer = Detokenizer::new(&tokenizer);
        let pieces: Vec<_> = tokens.iter().map(|&token| detokenizer.push(token).unwrap()).collect();
        assert_eq!(pieces.concat(), text);
        assert_eq!(detokenizer.rest().unwrap(), "");
        assert!(pieces.iter().any(String::is_empty) && !pieces.concat().contains(REPLACEMENT));
        // One that never becomes whole comes at the end.
        let crab = tokenizer.encode_fast("🦀", false).unwrap().get_ids().to_vec();
        let mut cut = Detokenizer::new(&tokenizer);
        for &token in &crab[..crab.len() - 1] {
            assert_eq!(cut.push(token).unwrap(), "");
        }
        assert!(cut.rest().unwrap().ends_with(REPLACEMENT));
        // Bytes without a meaning are not gathered for ever.
        let mut endless = Detokenizer::new(&tokenizer);
        let given: String = (0..3 * MAX_PENDING).map(|_| endless.push(crab[0]).unwrap()).collect();
        assert!(given.contains(REPLACEMENT));
    }

    /// As Llama 2's: words begin with `▁`, and bytes are tokens of their own.
    #[test]
    fn sentencepiece_keeps_its_spaces_and_bytes() {
        let json = serde_json::json!({
            "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
            "pre_tokenizer": null, "post_processor": null,
            "decoder": {"type": "Sequence", "decoders": [
                {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
                {"type": "ByteFallback"}, {"type": "Fuse"},
                {"type": "Strip", "content": " ", "start": 1, "stop": 0},
            ]},
            "model": {"type": "BPE", "dropout": null, "unk_token": "<unk>", "continuing_subword_prefix": null,
                "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": true, "merges": [],
                "vocab": {"<unk>": 0, "<0xE2>": 1, "<0x82>": 2, "<0xAC>": 3, "▁a": 4, "▁b": 5, "c": 6}},
        });
        let tokenizer = Tokenizer::from_bytes(json.to_string()).unwrap();
        let mut detokenizer = Detokenizer::new(&tokenizer);
        let pieces = [4, 5, 1, 2, 3, 6, 5].map(|token| detokenizer.push(token).unwrap());
        assert_eq!(pieces, ["a", " b", "", "", "€", "c", " b"]);
        assert_eq!(tokenizer.decode(&[4, 5, 1, 2, 3, 6, 5], true).unwrap(), pieces.concat());
    }
}
