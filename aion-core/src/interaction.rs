//! One conversation, and the shapes of JSON that it comes in.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::budget::names::named;
use crate::error::{Error, ErrorKind, Result};

/// More turns than any conversation has.
const MAX_MESSAGES: usize = 10_000;

named! {
    /// Who answered.
    pub enum AnswerSource {
        /// The local model.
        Local = "local",
        /// The paid model.
        Paid = "paid",
    }
}

/// Who says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// The platform.
    System,
    /// A person.
    User,
    /// The model.
    Assistant,
    /// A program that the model called.
    Tool,
}

impl Role {
    /// The name in JSON and in templates.
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    /// What is said.
    pub content: String,
}

impl Message {
    /// What `role` says.
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self { role, content: content.into() }
    }
}

/// A conversation that ends with an answer, and what is known of the answer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Interaction {
    /// The turns.
    pub messages: Vec<Message>,
    /// How good people found the answer.
    pub rating: Option<f64>,
    /// What the answer rests on, as the platform stored it: strings or objects.
    pub citations: Vec<Value>,
}

impl Interaction {
    /// A question and its answer.
    pub fn new(question: impl Into<String>, answer: impl Into<String>) -> Self {
        let messages = vec![Message::new(Role::User, question), Message::new(Role::Assistant, answer)];
        Self { messages, ..Self::default() }
    }

    /// Reads one JSON object: `{"question", "answer"}` or `{"messages"}`, to which an `"answer"` may be added, with
    /// `"rating"` and `"citations"` beside them or in `"meta"`. Other fields are passed over.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for anything else, and as [`check`](Self::check).
    pub fn from_json(text: &str) -> Result<Self> {
        let fields = serde_json::from_str(text);
        Self::from_fields(fields.map_err(|error| invalid("it is no JSON object").with_source(error))?)
    }

    /// As [`from_json`](Self::from_json), of an object that was read already.
    ///
    /// # Errors
    /// As [`from_json`](Self::from_json).
    pub fn from_fields(mut fields: Map<String, Value>) -> Result<Self> {
        let mut meta = match fields.remove("meta") {
            Some(Value::Object(meta)) => meta,
            None | Some(Value::Null) => Map::new(),
            Some(_) => return Err(invalid("its `meta` is no object")),
        };
        let mut take =
            |name| fields.remove(name).or_else(|| meta.remove(name)).filter(|value| !value.is_null());
        let interaction = Self {
            rating: take("rating").map(|value| rating(&value)).transpose()?,
            citations: take("citations").map(citations).transpose()?.unwrap_or_default(),
            messages: messages(&mut fields)?,
        };
        interaction.check()?;
        Ok(interaction)
    }

    /// # Errors
    /// [`ErrorKind::InvalidInput`] for a conversation that does not end with an answer, that has no question, or
    /// where nothing is said.
    pub fn check(&self) -> Result<()> {
        if self.messages.len() > MAX_MESSAGES {
            return Err(invalid(format!("it has more than {MAX_MESSAGES} messages")));
        }
        if self.messages.last().is_none_or(|last| last.role != Role::Assistant) {
            return Err(invalid("it does not end with an answer of the assistant"));
        }
        if !self.messages.iter().any(|message| message.role == Role::User) {
            return Err(invalid("nobody asked anything in it"));
        }
        if let Some(empty) = self.messages.iter().find(|message| message.content.trim().is_empty()) {
            return Err(invalid(format!("a message of the {} is empty", empty.role)));
        }
        match self.rating {
            Some(rating) if !rating.is_finite() => Err(invalid("its rating is no number")),
            _ => Ok(()),
        }
    }

    /// One line of a set, without its end.
    pub fn to_json(&self) -> String {
        let meta = Meta { rating: self.rating, citations: &self.citations };
        // Text, finite numbers and JSON can always be written as JSON.
        serde_json::to_string(&Line { messages: &self.messages, meta }).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct Line<'a> {
    messages: &'a [Message],
    meta: Meta<'a>,
}

#[derive(Serialize)]
struct Meta<'a> {
    rating: Option<f64>,
    citations: &'a [Value],
}

fn messages(fields: &mut Map<String, Value>) -> Result<Vec<Message>> {
    let mut messages: Vec<Message> = match fields.remove("messages") {
        Some(value) => serde_json::from_value(value).map_err(|error| {
            invalid("its `messages` are no list of roles and contents").with_source(error)
        })?,
        None => vec![Message::new(Role::User, text(fields, "question")?)],
    };
    if fields.contains_key("answer") || messages.len() == 1 {
        messages.push(Message::new(Role::Assistant, text(fields, "answer")?));
    }
    Ok(messages)
}

fn text(fields: &mut Map<String, Value>, name: &str) -> Result<String> {
    match fields.remove(name) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(invalid(format!("its `{name}` is no text"))),
        None => Err(invalid(format!("it lacks `{name}`"))),
    }
}

fn rating(value: &Value) -> Result<f64> {
    value.as_f64().ok_or_else(|| invalid("its `rating` is no number"))
}

fn citations(value: Value) -> Result<Vec<Value>> {
    match value {
        Value::Array(citations) => Ok(citations),
        _ => Err(invalid("its `citations` are no list")),
    }
}

fn invalid(reason: impl fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("not an interaction: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_shapes_are_read_and_one_is_written() {
        let asked = Interaction::from_json(
            r#"{"id": 7, "question": "Quem?", "answer": "Eu.", "rating": 5, "citations": ["a", {"url": "b"}]}"#,
        )
        .unwrap();
        assert_eq!(asked.messages, Interaction::new("Quem?", "Eu.").messages);
        assert_eq!((asked.rating, asked.citations.len()), (Some(5.0), 2));
        let line = asked.to_json();
        assert_eq!(
            line,
            concat!(
                r#"{"messages":[{"role":"user","content":"Quem?"},{"role":"assistant","content":"Eu."}],"#,
                r#""meta":{"rating":5.0,"citations":["a",{"url":"b"}]}}"#
            )
        );
        assert_eq!(Interaction::from_json(&line).unwrap(), asked);
        let with_answer = Interaction::from_json(
            r#"{"messages": [{"role": "user", "content": "Quem?"}], "answer": "Eu."}"#,
        );
        assert_eq!(with_answer.unwrap().messages, asked.messages);
    }

    #[test]
    fn what_is_no_interaction_is_told() {
        for (text, words) in [
            ("", "no JSON object"),
            ("[]", "no JSON object"),
            ("{}", "lacks `question`"),
            (r#"{"question": "a"}"#, "lacks `answer`"),
            (r#"{"question": 1, "answer": "b"}"#, "`question` is no text"),
            (r#"{"question": "a", "answer": " "}"#, "of the assistant is empty"),
            (r#"{"messages": []}"#, "does not end"),
            (r#"{"messages": [{"role": "user", "content": "a"}]}"#, "lacks `answer`"),
            (r#"{"messages": [{"role": "boss", "content": "a"}], "answer": "b"}"#, "roles and contents"),
            (r#"{"messages": [{"role": "system", "content": "a"}], "answer": "b"}"#, "nobody asked"),
            (r#"{"question": "a", "answer": "b", "rating": "good"}"#, "`rating` is no number"),
            (r#"{"question": "a", "answer": "b", "citations": "c"}"#, "`citations` are no list"),
            (r#"{"question": "a", "answer": "b", "meta": 1}"#, "`meta` is no object"),
        ] {
            let error = Interaction::from_json(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains(words), "{text}: {error}");
        }
        let deep =
            format!(r#"{{"question": "a", "answer": "b", "x": {}1{}}}"#, "[".repeat(9999), "]".repeat(9999));
        assert!(Interaction::from_json(&deep).is_err());
    }
}
