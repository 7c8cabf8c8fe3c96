//! Chat templates: the Jinja that a base brings to write conversations as it was trained on them, set up as
//! transformers does (`trim_blocks`, `lstrip_blocks`, loop controls, `raise_exception`, `strftime_now`, `tojson`,
//! `{% generation %}`).

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::ValueKind;
use minijinja::{Environment, ErrorKind as JinjaErrorKind, Value};
use regex::Regex;
use serde_json::Value as Json;

use super::json::tojson;
use crate::durable::{open_regular, read_limited};
use crate::error::{Error, ErrorKind, Result};
use crate::interaction::Message;

/// The longest template known has 20 kB.
const MAX_TEMPLATE_BYTES: u64 = 1 << 20;
/// Settings list every added token.
const MAX_SETTINGS_BYTES: u64 = 64 << 20;
/// Instructions that one rendering may take: a second's worth, so that no template runs for ever.
const FUEL: u64 = 20_000_000;
/// What stands around the assistant's parts while they are told apart: characters that Unicode promises to give no
/// meaning.
const BEGIN: char = '\u{FDD0}';
const END: char = '\u{FDD1}';

const NAME: &str = "chat";
const TEMPLATE_FILE: &str = "chat_template.jinja";
const SETTINGS_FILE: &str = "tokenizer_config.json";
/// Tokens that templates name.
const SPECIAL_TOKENS: &[&str] = &["bos_token", "eos_token", "pad_token", "unk_token"];

/// The chat template of a base.
#[derive(Debug)]
pub struct ChatTemplate {
    environment: Environment<'static>,
    special_tokens: BTreeMap<String, String>,
    tells_parts: bool,
}

/// A conversation as text, and the bytes of it that are the assistant's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rendered {
    pub(crate) text: String,
    pub(super) parts: Vec<Range<usize>>,
}

impl ChatTemplate {
    /// Reads the template of the base in `directory`: `chat_template.jinja`, or else the one that
    /// `tokenizer_config.json` has, the one named `default` if there are several.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is none, [`ErrorKind::InvalidModel`] if it can not be used.
    pub fn of_base(directory: impl AsRef<Path>) -> Result<Self> {
        let directory = directory.as_ref();
        let settings = settings_of(directory)?;
        let file = directory.join(TEMPLATE_FILE);
        let source = if file.exists() {
            let bytes = read_limited(open_regular(&file)?, TEMPLATE_FILE, MAX_TEMPLATE_BYTES)?;
            String::from_utf8(bytes).map_err(|error| invalid("it is no UTF-8").with_source(error))?
        } else {
            template_in(&settings).ok_or_else(|| none_in(directory))?.to_owned()
        };
        let token = |name: &&str| Some(((*name).to_owned(), token_in(&settings, name)?.to_owned()));
        Self::new(&source, SPECIAL_TOKENS.iter().filter_map(token).collect(), None)
    }

    /// A template by its source, the special tokens that it names (such as `bos_token`), and the time that
    /// `strftime_now` tells, in seconds since 1970 and in UTC; `None` for the clock's.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] for what is no template.
    pub fn new(source: &str, special_tokens: BTreeMap<String, String>, now: Option<i64>) -> Result<Self> {
        if source.len() as u64 > MAX_TEMPLATE_BYTES {
            return Err(invalid(format!("it has more than {MAX_TEMPLATE_BYTES} bytes")));
        }
        let (source, tells_parts) = mark_parts(source);
        let mut environment = environment(now)?;
        environment
            .add_template_owned(NAME, source)
            .map_err(|error| invalid("it is no template").with_source(error))?;
        Ok(Self { environment, special_tokens, tells_parts })
    }

    /// The text of `messages`, with what begins an answer after them if asked for.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] with what the template says against the messages, such as roles that do not
    /// alternate.
    pub fn render(&self, messages: &[Message], add_generation_prompt: bool) -> Result<String> {
        let text = self.render_marked(messages, add_generation_prompt)?;
        Ok(if self.tells_parts { unmark(&text).text } else { text })
    }

    /// The text of `messages` and where it is the assistant's. A template with `{% generation %}` tells that. For any
    /// other, an answer begins where the messages before it end with what begins an answer, and ends where the
    /// messages with it end.
    pub(super) fn render_parts(&self, messages: &[Message]) -> Result<Rendered> {
        if self.tells_parts {
            return Ok(unmark(&self.render_marked(messages, false)?));
        }
        let text = self.render(messages, false)?;
        let answers = (0..messages.len()).filter(|&place| messages[place].role == super::Role::Assistant);
        let part = |place| {
            let start = self.prefix(&text, &messages[..place], true)?;
            Ok(start..self.prefix(&text, &messages[..=place], false)?)
        };
        let parts = answers.map(part).collect::<Result<_>>()?;
        Ok(Rendered { text, parts })
    }

    /// The length of the first messages in the text of all.
    fn prefix(&self, text: &str, first: &[Message], add_generation_prompt: bool) -> Result<usize> {
        let prefix = self.render(first, add_generation_prompt)?;
        if text.starts_with(&prefix) {
            return Ok(prefix.len());
        }
        let message = "the chat template writes messages differently once others follow, so it can not be told which \
                       part is the assistant's; train on all words, or use a template with `{% generation %}`";
        Err(Error::new(ErrorKind::InvalidInput, message))
    }

    /// Marks that somebody said would tell parts that are not the assistant's.
    fn value_of(&self, message: &Message) -> Value {
        let content = match self.tells_parts {
            true => message.content.replace([BEGIN, END], ""),
            false => message.content.clone(),
        };
        Value::from_pairs([("role", message.role.name()), ("content", content.as_str())])
    }

    fn render_marked(&self, messages: &[Message], add_generation_prompt: bool) -> Result<String> {
        let mut context: BTreeMap<&str, Value> =
            self.special_tokens.iter().map(|(name, token)| (name.as_str(), token.as_str().into())).collect();
        context.insert("messages", messages.iter().map(|message| self.value_of(message)).collect());
        context.insert("add_generation_prompt", add_generation_prompt.into());
        let rendered = self.environment.get_template(NAME).and_then(|template| template.render(context));
        rendered.map_err(|error| {
            let message = "the chat template refused the conversation";
            Error::new(ErrorKind::InvalidInput, message).with_source(error)
        })
    }
}

fn environment(now: Option<i64>) -> Result<Environment<'static>> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.map_err(|error| invalid("its syntax").with_source(error))?);
    environment.set_fuel(Some(FUEL));
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    environment.add_filter("tojson", tojson);
    environment.add_function("raise_exception", |message: String| -> Result<String, minijinja::Error> {
        Err(minijinja::Error::new(JinjaErrorKind::InvalidOperation, message))
    });
    environment.add_function("strftime_now", move |format: String| strftime(now, &format));
    // Python's words for what Jinja writes in small letters.
    environment.set_formatter(|out, state, value| match value.kind() {
        ValueKind::None => Ok(out.write_str("None")?),
        ValueKind::Bool => Ok(out.write_str(if value.is_true() { "True" } else { "False" })?),
        _ => minijinja::escape_formatter(out, state, value),
    });
    Ok(environment)
}

fn strftime(now: Option<i64>, format: &str) -> Result<String, minijinja::Error> {
    let failed =
        |error: jiff::Error| minijinja::Error::new(JinjaErrorKind::InvalidOperation, error.to_string());
    let now = now.map_or_else(|| Ok(jiff::Timestamp::now()), jiff::Timestamp::from_second).map_err(failed)?;
    jiff::fmt::strtime::format(format, &now.to_zoned(jiff::tz::TimeZone::UTC)).map_err(failed)
}

/// Writes `{% generation %}`, which is transformers' own, in plain Jinja that puts marks around the part. The outer
/// tags keep what the tag had at its sides against white space.
fn mark_parts(source: &str) -> (String, bool) {
    static TAG: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\{%([-+]?)\s*(end)?generation\s*([-+]?)%\}").ok());
    let Some(tag) = TAG.as_ref().filter(|tag| tag.is_match(source)) else {
        return (source.to_owned(), false);
    };
    let begin = format!("{{%$1 if true %}}{{{{ '{BEGIN}' }}}}{{% if true $3%}}");
    let end = format!("{{%$1 endif %}}{{{{ '{END}' }}}}{{% endif $3%}}");
    let marked = tag.replace_all(source, |found: &regex::Captures<'_>| {
        let mut text = String::new();
        found.expand(if found.get(2).is_some() { &end } else { &begin }, &mut text);
        text
    });
    (marked.into_owned(), true)
}

/// Takes the marks out and tells what they were around.
fn unmark(marked: &str) -> Rendered {
    let mut rendered = Rendered { text: String::with_capacity(marked.len()), parts: Vec::new() };
    let mut start = None;
    for character in marked.chars() {
        match character {
            BEGIN => start = Some(rendered.text.len()),
            END => rendered.parts.extend(start.take().map(|start| start..rendered.text.len())),
            _ => rendered.text.push(character),
        }
    }
    rendered
}

fn settings_of(directory: &Path) -> Result<Json> {
    let file = directory.join(SETTINGS_FILE);
    if !file.exists() {
        return Ok(Json::Null);
    }
    let bytes = read_limited(open_regular(&file)?, SETTINGS_FILE, MAX_SETTINGS_BYTES)?;
    serde_json::from_slice(&bytes)
        .map_err(|error| invalid(format!("`{}` is no JSON", file.display())).with_source(error))
}

fn template_in(settings: &Json) -> Option<&str> {
    match &settings["chat_template"] {
        Json::Array(templates) => {
            templates.iter().find(|entry| entry["name"] == "default")?["template"].as_str()
        }
        template => template.as_str(),
    }
}

/// A token is a string, or an object with how it is to be found.
fn token_in<'a>(settings: &'a Json, name: &str) -> Option<&'a str> {
    settings[name].as_str().or_else(|| settings[name]["content"].as_str())
}

fn none_in(directory: &Path) -> Error {
    let message = format!(
        "`{}` has no chat template, neither `{TEMPLATE_FILE}` nor in `{SETTINGS_FILE}`; use the platform's format",
        directory.display()
    );
    Error::new(ErrorKind::NotFound, message)
}

fn invalid(reason: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidModel, format!("the chat template can not be used: {reason}"))
}
