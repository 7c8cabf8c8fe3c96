//! What a model is asked, as Python has it: a question, or messages.

use aion_core::Result;
use aion_core::dataset::{Message, Role};
use aion_core::generate::Prompt;
use pyo3::prelude::*;
use pyo3::types::{PyMapping, PyString};

use crate::error::{OrRaise, invalid_argument};
use crate::image::type_name;

const ROLES: [Role; 4] = [Role::System, Role::User, Role::Assistant, Role::Tool];

/// A question or a conversation.
pub(crate) enum Asked {
    Question(String),
    Messages(Vec<Message>),
}

impl Asked {
    pub(crate) fn new(messages: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = messages.py();
        if messages.is_instance_of::<PyString>() {
            let not_text = |_| invalid_argument("the question is not valid Unicode");
            return messages.extract().map(Self::Question).map_err(not_text).or_raise(py);
        }
        let refused = |_| {
            let given = type_name(messages);
            invalid_argument(format!(
                "messages must be a str or a list of dicts with role and content, not {given}"
            ))
        };
        if messages.cast::<PyMapping>().is_ok() {
            return Err(refused(())).or_raise(py);
        }
        let items = messages.try_iter().map_err(|_| refused(())).or_raise(py)?;
        let numbered = items.enumerate();
        let read = numbered.map(|(place, item)| message(&item?, place).or_raise(py));
        read.collect::<PyResult<_>>().map(Self::Messages)
    }

    pub(crate) fn prompt(&self) -> Prompt<'_> {
        match self {
            Self::Question(question) => question.as_str().into(),
            Self::Messages(messages) => messages.into(),
        }
    }
}

fn message(item: &Bound<'_, PyAny>, place: usize) -> Result<Message> {
    let text = |name: &str| {
        let part = item.get_item(name).and_then(|part| part.extract::<String>());
        part.map_err(|_| invalid_argument(format!("message {place} must be a dict whose `{name}` is a text")))
    };
    let (role, content) = (text("role")?, text("content")?);
    let known = ROLES.into_iter().find(|known| known.name() == role);
    let unknown = || {
        let known = ROLES.map(Role::name).join(", ");
        invalid_argument(format!("the role of message {place} is {role:?}; it must be one of {known}"))
    };
    Ok(Message::new(known.ok_or_else(unknown)?, content))
}
