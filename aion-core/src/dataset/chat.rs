//! Conversations as text.

use std::path::Path;

use super::template::{ChatTemplate, Rendered};
use crate::error::Result;
use crate::interaction::{Message, Role};

/// How conversations are written for the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ChatFormat {
    /// `<|role|>: content` and a line end for each message, and `<|end|>` and a line end after the last.
    #[default]
    Platform,
    /// The base's own chat template.
    Template,
}

/// A format, ready to write.
#[derive(Debug)]
pub(crate) enum Writer {
    Platform,
    Template(Box<ChatTemplate>),
}

impl Writer {
    /// The writer of the base in `directory`.
    pub(crate) fn of_base(directory: &Path, format: ChatFormat) -> Result<Self> {
        Ok(match format {
            ChatFormat::Platform => Self::Platform,
            ChatFormat::Template => Self::Template(ChatTemplate::of_base(directory)?.into()),
        })
    }

    /// The text of `messages`, and what begins an answer to them.
    pub(crate) fn write_prompt(&self, messages: &[Message]) -> Result<String> {
        match self {
            // Without a space: tokenizers have it at the beginning of the word that follows.
            Self::Platform => Ok(platform_turns(messages).text + "<|assistant|>:"),
            Self::Template(template) => template.render(messages, true),
        }
    }

    /// The text, and what of it is the assistant's: words and end marker if `assistant_only`, or else all.
    pub(crate) fn write(&self, messages: &[Message], assistant_only: bool) -> Result<Rendered> {
        match self {
            Self::Platform if assistant_only => Ok(platform(messages)),
            Self::Platform => Ok(whole(platform(messages).text)),
            Self::Template(template) if assistant_only => template.render_parts(messages),
            Self::Template(template) => template.render(messages, false).map(whole),
        }
    }

    /// Whether the tokenizer adds the tokens that begin a text: templates write their own.
    pub(crate) fn needs_special_tokens(&self) -> bool {
        matches!(self, Self::Platform)
    }
}

fn whole(text: String) -> Rendered {
    let all = 0..text.len();
    Rendered { text, parts: vec![all] }
}

fn platform(messages: &[Message]) -> Rendered {
    let mut rendered = platform_turns(messages);
    rendered.text.push_str("<|end|>\n");
    if let (Some(part), Some(Role::Assistant)) =
        (rendered.parts.last_mut(), messages.last().map(|last| last.role))
    {
        part.end = rendered.text.len();
    }
    rendered
}

fn platform_turns(messages: &[Message]) -> Rendered {
    let (mut text, mut parts) = (String::new(), Vec::new());
    for message in messages {
        text.push_str(&format!("<|{}|>: ", message.role));
        let start = text.len();
        text.push_str(&message.content);
        text.push('\n');
        if message.role == Role::Assistant {
            parts.push(start..text.len());
        }
    }
    Rendered { text, parts }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Interaction;

    #[test]
    fn the_platform_writes_roles_and_one_end() {
        let mut messages = Interaction::new("Quem é?", "A AION.").messages;
        messages.extend(Interaction::new("E?", "Só isso.").messages);
        let written = Writer::Platform.write(&messages, true).unwrap();
        let expected =
            "<|user|>: Quem é?\n<|assistant|>: A AION.\n<|user|>: E?\n<|assistant|>: Só isso.\n<|end|>\n";
        assert_eq!(written.text, expected);
        let parts: Vec<_> = written.parts.iter().map(|part| &expected[part.clone()]).collect();
        assert_eq!(parts, ["A AION.\n", "Só isso.\n<|end|>\n"]);
        let prompt = Writer::Platform.write_prompt(&messages[..3]).unwrap();
        assert_eq!(prompt, "<|user|>: Quem é?\n<|assistant|>: A AION.\n<|user|>: E?\n<|assistant|>:");
        assert!(expected.starts_with(&prompt));
    }
}
