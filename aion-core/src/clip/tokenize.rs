//! CLIP's tokenizer: the cleaning of OpenAI's `simple_tokenizer.py`, then the byte-pair encoding of the
//! model's `tokenizer.json`.

use std::path::Path;

use tokenizers::{NormalizerWrapper, Tokenizer as BytePairEncoder};

use super::ftfy;
use crate::error::{Error, ErrorKind, Result};

/// Longest text that is looked at, in bytes: far more than the model reads, and a bound on the cleaning.
const MAX_TEXT_BYTES: usize = 1 << 16;

/// From text to the ids that the model is fed.
#[derive(Debug)]
pub(crate) struct Tokenizer {
    encoder: BytePairEncoder,
    end: u32,
    max_length: usize,
}

impl Tokenizer {
    pub(crate) fn from_file(path: &Path, max_length: usize) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| Error::io(path, error))?;
        let refuse = |reason: String| {
            Error::new(ErrorKind::InvalidModel, format!("`{}` can not be used: {reason}", path.display()))
        };
        let mut encoder: BytePairEncoder =
            text.parse().map_err(|error: tokenizers::Error| refuse(error.to_string()))?;
        // What the file says of padding and truncation would be applied before the end token is kept.
        encoder.with_padding(None);
        encoder.with_truncation(None).map_err(|error| refuse(error.to_string()))?;
        // The file normalises to NFC once more after the cleaning, which OpenAI does not.
        encoder.with_normalizer(None::<NormalizerWrapper>).map_err(|error| refuse(error.to_string()))?;
        let end = encoder.token_to_id("<|endoftext|>").ok_or_else(|| {
            refuse("it has no `<|endoftext|>` token, so it is not a tokenizer of CLIP".into())
        })?;
        Ok(Self { encoder, end, max_length })
    }

    /// The ids of `text` with start and end. Above `max_length` the text is cut and the end token stays last.
    pub(crate) fn encode(&self, text: &str) -> Result<Vec<u32>> {
        let encoding = self.encoder.encode_fast(clean(text), true).map_err(|error| {
            Error::new(ErrorKind::Engine, format!("the text could not be tokenized: {error}"))
        })?;
        let mut ids = encoding.get_ids().to_vec();
        if ids.len() > self.max_length {
            ids.truncate(self.max_length);
            ids[self.max_length - 1] = self.end;
        }
        Ok(ids)
    }

    /// The id that fills a batch of unequal lengths; CLIP looks at the first one only.
    pub(crate) fn padding(&self) -> u32 {
        self.end
    }
}

/// What OpenAI's `basic_clean` and `whitespace_clean` do: ftfy, HTML unescaped twice, white space collapsed,
/// lower case.
fn clean(text: &str) -> String {
    let text = &text[..text.floor_char_boundary(MAX_TEXT_BYTES)];
    let fixed = ftfy::fix_text(text);
    let unescaped = ftfy::html::unescape(&fixed);
    let unescaped = ftfy::html::unescape(&unescaped);
    let words: Vec<_> = unescaped.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning_is_that_of_openai() {
        assert_eq!(clean("  A&amp;amp;B \t\n caf\u{e9}  "), "a&b café");
        assert_eq!(
            clean("The Mona Lisa doesn\u{c3}\u{a2}\u{e2}\u{201a}\u{ac}\u{e2}\u{201e}\u{a2}t"),
            "the mona lisa doesn't"
        );
        assert_eq!(clean(""), "");
    }

    #[test]
    fn cleaning_is_that_of_openai_on_golden_texts() {
        // The file says how it was made.
        let golden = include_str!("../../tests/data/clean_golden.json");
        let golden: serde_json::Value = serde_json::from_str(golden).unwrap();
        let rows: Vec<(String, String)> = serde_json::from_value(golden["rows"].clone()).unwrap();
        let wrong: Vec<_> = rows.iter().filter(|(text, expected)| clean(text) != *expected).collect();
        assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", wrong.len(), rows.len());
    }

    #[test]
    fn texts_that_ask_for_endless_work_are_cleaned_in_bounded_time() {
        let nested = format!("{}0{}", "&#4&#5&#5&#5&#5".repeat(3000), ";".repeat(15000));
        let escaped = format!("&{}", "amp;".repeat(16000));
        let garbled = "\u{c3}\u{81}\u{100}\u{2603}\u{e2}\u{e2}".repeat(600);
        for text in
            ["\u{c3}\u{a2}".repeat(1 << 14), format!("{garbled}{nested}"), format!("{garbled}{escaped}")]
        {
            assert!(clean(&text).len() <= MAX_TEXT_BYTES);
        }
    }

    #[test]
    fn an_endless_text_is_cut_before_it_is_cleaned() {
        assert!(clean(&"ã".repeat(1 << 20)).len() <= MAX_TEXT_BYTES);
    }
}
