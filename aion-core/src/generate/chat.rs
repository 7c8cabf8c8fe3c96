//! The words of a base: conversations as the tokens of a prompt, and what ends an answer.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;
use tokenizers::Tokenizer;

use crate::base::ModelConfig;
use crate::dataset::{ChatFormat, ChatWriter, Message, Role, tokenizer_of_base};
use crate::durable::{open_regular, read_limited};
use crate::error::{Error, ErrorKind, Result};

/// What the platform's format is made of. None of it can be part of an answer.
const MARKERS: [&str; 5] = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|tool|>"];
/// Where a base says which tokens end a text; either may be missing there.
const SETTINGS: [&str; 2] = ["config.json", "generation_config.json"];
const MAX_SETTINGS_BYTES: u64 = 1 << 20;
/// More turns than any conversation has.
const MAX_MESSAGES: usize = 10_000;
/// Tokens are shorter on average, but for long runs of white space.
const MAX_BYTES_PER_TOKEN: usize = 256;

/// Writes conversations for a model.
#[derive(Debug)]
pub(super) struct Chat {
    tokenizer: Tokenizer,
    writer: ChatWriter,
    ends: BTreeSet<u32>,
    stops: Vec<String>,
    vocab_size: usize,
}

impl Chat {
    /// # Errors
    /// [`ErrorKind::NotFound`], [`ErrorKind::InvalidModel`] and others for the files of the base.
    pub(super) fn of_base(directory: &Path, format: ChatFormat, config: &ModelConfig) -> Result<Self> {
        let tokenizer = tokenizer_of_base(directory)?;
        let writer = ChatWriter::of_base(directory, format)?;
        let mut ends = BTreeSet::new();
        for name in SETTINGS {
            ends.extend(ends_in(&directory.join(name))?);
        }
        // A tokenizer that lacks a marker writes it in pieces, and the text is looked through for it.
        let markers = if format == ChatFormat::Platform { &MARKERS[..] } else { &MARKERS[..1] };
        let mut stops = Vec::new();
        for &marker in markers {
            match tokenizer.token_to_id(marker) {
                Some(token) => _ = ends.insert(token),
                None => stops.push(marker.to_owned()),
            }
        }
        Ok(Self { tokenizer, writer, ends, stops, vocab_size: config.vocab_size })
    }

    pub(super) fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// Whether `token` ends an answer.
    pub(super) fn is_end(&self, token: u32) -> bool {
        self.ends.contains(&token)
    }

    /// Texts that end an answer.
    pub(super) fn stops(&self) -> &[String] {
        &self.stops
    }

    /// The tokens that an answer to `messages` comes after.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for messages that no answer can follow, or that the template refuses;
    /// [`ErrorKind::LimitExceeded`] for a text that can not have as few as `most` tokens.
    pub(super) fn prompt(&self, messages: &[Message], most: usize) -> Result<Vec<u32>> {
        check_conversation(messages)?;
        let mut tokens = self.tokens(self.writer.write_prompt(messages)?, most)?;
        // Some tokenizers end every text by themselves, and this one goes on.
        while tokens.last().is_some_and(|&token| self.is_end(token)) {
            tokens.pop();
        }
        if tokens.is_empty() {
            return Err(invalid("nothing of it is left as tokens"));
        }
        Ok(tokens)
    }

    /// The tokens of `messages` with `answer` and its end, and how many of them are the prompt's.
    ///
    /// # Errors
    /// As [`prompt`](Self::prompt), and [`ErrorKind::InvalidInput`] for an empty answer, and for a template that writes
    /// earlier messages differently once an answer follows.
    pub(super) fn answered(
        &self,
        messages: &[Message],
        answer: &str,
        most: usize,
    ) -> Result<(Vec<u32>, usize)> {
        let prompt = self.prompt(messages, most)?;
        let answer = answer.trim();
        if answer.is_empty() {
            return Err(invalid("the answer is empty"));
        }
        let mut messages = messages.to_vec();
        let before = self.writer.write_prompt(&messages)?;
        messages.push(Message::new(Role::Assistant, answer));
        let text = self.writer.write(&messages, false)?.text;
        if !text.starts_with(&before) {
            let reason = "the chat template writes it differently once an answer follows";
            return Err(invalid(reason));
        }
        let mut tokens = self.tokens(text, most)?;
        let prompt = tokens.iter().zip(&prompt).take_while(|(a, b)| a == b).count();
        let end = tokens[prompt..].iter().position(|&token| self.is_end(token));
        tokens.truncate(end.map_or(tokens.len(), |end| prompt + end + 1));
        match prompt < tokens.len() {
            true => Ok((tokens, prompt)),
            false => Err(invalid("nothing of the answer is left as tokens")),
        }
    }

    fn tokens(&self, text: String, most: usize) -> Result<Vec<u32>> {
        if text.len() / MAX_BYTES_PER_TOKEN > most {
            let message = format!("the conversation has {} bytes, for {most} tokens at most", text.len());
            return Err(Error::new(ErrorKind::LimitExceeded, message));
        }
        let encoded = self.tokenizer.encode_fast(text, self.writer.needs_special_tokens());
        let tokens = encoded.map_err(|error| {
            Error::new(ErrorKind::Engine, format!("the conversation could not be tokenized: {error}"))
        })?;
        let tokens = tokens.get_ids().to_vec();
        match tokens.iter().find(|&&token| token as usize >= self.vocab_size) {
            Some(token) => {
                let size = self.vocab_size;
                let message = format!(
                    "tokenizer.json gives token {token}, and the model has {size}; it is that of another model"
                );
                Err(Error::new(ErrorKind::InvalidModel, message))
            }
            None => Ok(tokens),
        }
    }
}

/// # Errors
/// [`ErrorKind::InvalidInput`] for a conversation that no answer can follow.
pub(crate) fn check_conversation(messages: &[Message]) -> Result<()> {
    if messages.len() > MAX_MESSAGES {
        return Err(invalid(format!("it has more than {MAX_MESSAGES} messages")));
    }
    if let Some(empty) = messages.iter().find(|message| message.content.trim().is_empty()) {
        return Err(invalid(format!("a message of the {} is empty", empty.role)));
    }
    match messages.last().map(|last| last.role) {
        None => Err(invalid("it has no messages")),
        Some(Role::Assistant) => Err(invalid("the assistant spoke last; end it with what is to be answered")),
        Some(_) => Ok(()),
    }
}

/// The tokens of `eos_token_id`.
fn ends_in(path: &Path) -> Result<Vec<u32>> {
    #[derive(Deserialize)]
    struct Settings {
        eos_token_id: Option<Tokens>,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Tokens {
        One(u32),
        Several(Vec<u32>),
    }
    if !path.exists() {
        return Ok(Vec::new());
    }
    let bytes = read_limited(open_regular(path)?, &path.to_string_lossy(), MAX_SETTINGS_BYTES)?;
    let settings: Settings = serde_json::from_slice(&bytes).map_err(|error| {
        let message = format!("`{}` has no `eos_token_id` that can be read", path.display());
        Error::new(ErrorKind::InvalidModel, message).with_source(error)
    })?;
    Ok(match settings.eos_token_id {
        Some(Tokens::One(token)) => vec![token],
        Some(Tokens::Several(tokens)) => tokens,
        None => Vec::new(),
    })
}

fn invalid(reason: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("the conversation can not be answered: {reason}"))
}
