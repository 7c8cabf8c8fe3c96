//! The JSON of chat completions: what is sent, and what comes back.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::external::Usage;
use crate::dataset::Message;

/// A request, as OpenAI's reference has it.
#[derive(Serialize)]
pub(super) struct Request<'a> {
    pub(super) model: &'a str,
    pub(super) messages: &'a [Message],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_completion_tokens: Option<u32>,
    pub(super) stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stream_options: Option<StreamOptions>,
}

#[derive(Serialize)]
pub(super) struct StreamOptions {
    pub(super) include_usage: bool,
}

/// An answer, or one event of a streamed one. What is not needed is not looked at, and what is missing is empty.
#[derive(Deserialize)]
pub(super) struct Completion {
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Value,
    #[serde(default)]
    pub(super) error: Value,
}

#[derive(Deserialize)]
struct Choice {
    message: Option<Said>,
    delta: Option<Said>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Said {
    content: Option<String>,
    refusal: Option<String>,
}

impl Completion {
    /// The text of the first choice, or the model's refusal to answer.
    pub(super) fn text(&mut self) -> String {
        let said = self.choices.first_mut().and_then(|choice| choice.message.take().or(choice.delta.take()));
        said.and_then(|said| said.content.or(said.refusal)).unwrap_or_default()
    }

    /// Why the text ended, in its last event.
    pub(super) fn finish_reason(&self) -> Option<&str> {
        self.choices.first()?.finish_reason.as_deref()
    }

    /// What the server says it counted, if it says anything that can be true: a conversation has tokens.
    pub(super) fn usage(&self) -> Option<Usage> {
        let count = |name: &str| self.usage.get(name).and_then(Value::as_u64);
        let (input_tokens, output_tokens) = (count("prompt_tokens")?, count("completion_tokens")?);
        (input_tokens > 0).then_some(Usage { input_tokens, output_tokens })
    }
}

/// `code` or `type` and `message` of an error, as a server tells it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Complaint {
    pub(super) code: String,
    pub(super) message: String,
}

/// Most characters of a server's words that are repeated.
const MAX_QUOTED: usize = 300;

impl Complaint {
    /// Of the body of an answer that is none.
    pub(super) fn of_body(body: &[u8]) -> Self {
        serde_json::from_slice(body).map(|body: Value| Self::of_value(&body["error"])).unwrap_or_default()
    }

    /// Of the value of `error`: an object, or a text.
    pub(super) fn of_value(error: &Value) -> Self {
        let text = |value: &Value| value.as_str().map(clean);
        let code = text(&error["code"]).or_else(|| text(&error["type"])).unwrap_or_default();
        let message = text(&error["message"]).or_else(|| text(error)).unwrap_or_default();
        Self { code, message }
    }
}

/// The beginning of a server's words, on one line.
fn clean(text: &str) -> String {
    let on_line = text.chars().map(|c| if c.is_control() || c.is_whitespace() { ' ' } else { c });
    on_line.take(MAX_QUOTED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Completion {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn answers_and_events_are_read() {
        let mut whole = read(
            r#"{"id": "x", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Sim."},
            "finish_reason": "length"}], "usage": {"prompt_tokens": 9, "completion_tokens": 2, "x": {}}}"#,
        );
        assert_eq!((whole.text().as_str(), whole.finish_reason()), ("Sim.", Some("length")));
        assert_eq!(whole.usage(), Some(Usage { input_tokens: 9, output_tokens: 2 }));
        let mut event =
            read(r#"{"choices": [{"delta": {"content": "a"}, "finish_reason": null}], "usage": null}"#);
        assert_eq!((event.text().as_str(), event.finish_reason(), event.usage()), ("a", None, None));
        let mut refused = read(r#"{"choices": [{"message": {"content": null, "refusal": "No."}}]}"#);
        assert_eq!(refused.text(), "No.");
        assert_eq!(read(r#"{"choices": []}"#).text(), "");
        assert_eq!(read("{}").text(), "");
    }

    #[test]
    fn a_count_that_can_not_be_true_is_none() {
        for usage in [
            r#""many""#,
            r#"{"prompt_tokens": -1, "completion_tokens": 2}"#,
            r#"{"prompt_tokens": 1.5, "completion_tokens": 2}"#,
            r#"{"prompt_tokens": "9", "completion_tokens": 2}"#,
            r#"{"prompt_tokens": 9}"#,
            r#"{"prompt_tokens": 0, "completion_tokens": 0}"#,
            r#"{"prompt_tokens": 1e30, "completion_tokens": 1}"#,
        ] {
            assert_eq!(read(&format!(r#"{{"usage": {usage}}}"#)).usage(), None, "{usage}");
        }
    }

    #[test]
    fn complaints_are_short_and_on_one_line() {
        let complaint =
            Complaint::of_body(br#"{"error": {"message": "bad\nkey", "type": "t", "code": null}}"#);
        assert_eq!(complaint, Complaint { code: "t".into(), message: "bad key".into() });
        assert_eq!(Complaint::of_body(br#"{"error": "gone"}"#).message, "gone");
        assert_eq!(Complaint::of_body(b"<html>"), Complaint::default());
        let long = format!(r#"{{"error": "{}"}}"#, "x".repeat(9_000));
        assert_eq!(Complaint::of_body(long.as_bytes()).message.len(), MAX_QUOTED);
    }
}
