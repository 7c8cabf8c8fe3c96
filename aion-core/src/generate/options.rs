//! What a model and an answer may be told.

use crate::dataset::{ChatFormat, Message, Role, SYSTEM_PROMPT};
use crate::error::{Error, ErrorKind, Result};

/// More stop strings than any caller has.
const MAX_STOPS: usize = 64;
/// Bytes of one.
const MAX_STOP_BYTES: usize = 1024;
/// Below it, a temperature is as good as 0.
const MIN_TEMPERATURE: f32 = 1e-3;
const MAX_TEMPERATURE: f32 = 100.0;

/// What a [`LocalModel`](super::LocalModel) may be told. `LocalModelOptions::default()` is the usual.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LocalModelOptions {
    /// How conversations are written; as in training. The platform's format by default.
    pub format: ChatFormat,
    /// The most tokens of a prompt and its answer; the model's own context where that is shorter. Default: 4096.
    pub max_length: usize,
    /// Threads. Default: the cores that this process may use. The result is the same for every number.
    pub threads: Option<usize>,
}

impl Default for LocalModelOptions {
    fn default() -> Self {
        Self { format: ChatFormat::Platform, max_length: 4096, threads: None }
    }
}

/// How an answer is generated. `GenerateOptions::default()` takes the most probable token each time, 400 at most.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct GenerateOptions {
    /// The most tokens of the answer, from 1 on. Default: 400.
    pub max_tokens: usize,
    /// What logits are divided by before a token is drawn: 0 for no draw, or from 0.001 to 100. Default: 0.
    pub temperature: f32,
    /// Tokens are drawn among the most probable ones whose probabilities reach this sum (Holtzman et al., The Curious
    /// Case of Neural Text Degeneration, 2020): above 0, and 1 for all. Default: 1.
    pub top_p: f32,
    /// What is drawn is the same for the same seed. Default: 0.
    pub seed: u64,
    /// Texts that end the answer, and are not part of it; at most 64, of 1 to 1024 bytes. Default: none.
    pub stop: Vec<String>,
}

impl Default for GenerateOptions {
    fn default() -> Self {
        Self { max_tokens: 400, temperature: 0.0, top_p: 1.0, seed: 0, stop: Vec::new() }
    }
}

impl GenerateOptions {
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for what is out of its range.
    pub(super) fn check(&self) -> Result<()> {
        let wrong = |message: String| Err(Error::new(ErrorKind::InvalidArgument, message));
        if self.max_tokens == 0 {
            return wrong("max_tokens is 0; it must be 1 or more".to_owned());
        }
        let temperature = self.temperature;
        if temperature != 0.0 && !(MIN_TEMPERATURE..=MAX_TEMPERATURE).contains(&temperature) {
            let range = format!("it must be 0, or from {MIN_TEMPERATURE} to {MAX_TEMPERATURE}");
            return wrong(format!("temperature is {temperature}; {range}"));
        }
        if !(self.top_p > 0.0 && self.top_p <= 1.0) {
            return wrong(format!("top_p is {}; it must be above 0 and at most 1", self.top_p));
        }
        if self.stop.len() > MAX_STOPS {
            return wrong(format!(
                "there are {} stop strings; at most {MAX_STOPS} are taken",
                self.stop.len()
            ));
        }
        match self.stop.iter().position(|stop| !(1..=MAX_STOP_BYTES).contains(&stop.len())) {
            Some(place) => {
                let length = self.stop[place].len();
                wrong(format!("stop string {place} has {length} bytes; it must have 1 to {MAX_STOP_BYTES}"))
            }
            None => Ok(()),
        }
    }
}

/// What a model is asked.
#[derive(Debug, Clone, Copy)]
pub enum Prompt<'a> {
    /// One question, after [`SYSTEM_PROMPT`].
    Question(&'a str),
    /// A conversation that somebody else than the assistant spoke last in, as it is.
    Messages(&'a [Message]),
}

impl Prompt<'_> {
    pub(crate) fn to_messages(self) -> Vec<Message> {
        match self {
            Self::Question(question) => with_system_prompt(&[Message::new(Role::User, question)]),
            Self::Messages(messages) => messages.to_vec(),
        }
    }
}

/// The conversation after [`SYSTEM_PROMPT`], unless it begins with a system message of its own: as in training sets.
pub(super) fn with_system_prompt(messages: &[Message]) -> Vec<Message> {
    match messages.first().is_some_and(|first| first.role == Role::System) {
        true => messages.to_vec(),
        false => [&[Message::new(Role::System, SYSTEM_PROMPT)], messages].concat(),
    }
}

impl<'a> From<&'a str> for Prompt<'a> {
    fn from(question: &'a str) -> Self {
        Self::Question(question)
    }
}

impl<'a> From<&'a [Message]> for Prompt<'a> {
    fn from(messages: &'a [Message]) -> Self {
        Self::Messages(messages)
    }
}

impl<'a> From<&'a Vec<Message>> for Prompt<'a> {
    fn from(messages: &'a Vec<Message>) -> Self {
        Self::Messages(messages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_range_is_told() {
        type Change = fn(&mut GenerateOptions);
        let changes: [(Change, &str); 9] = [
            (|options| options.max_tokens = 0, "max_tokens"),
            (|options| options.temperature = -1.0, "temperature"),
            (|options| options.temperature = 1e-9, "temperature"),
            (|options| options.temperature = f32::NAN, "temperature"),
            (|options| options.temperature = f32::INFINITY, "temperature"),
            (|options| options.top_p = 0.0, "top_p"),
            (|options| options.top_p = f32::NAN, "top_p"),
            (|options| options.stop = vec!["a".to_owned(), String::new()], "stop string 1"),
            (|options| options.stop = vec!["a".to_owned(); 65], "65 stop strings"),
        ];
        for (change, words) in changes {
            let mut options = GenerateOptions::default();
            change(&mut options);
            let error = options.check().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
            assert!(error.to_string().contains(words), "{error}");
        }
        assert!(GenerateOptions { temperature: 1.0, top_p: 0.5, ..Default::default() }.check().is_ok());
    }
}
