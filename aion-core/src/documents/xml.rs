//! XML of office documents as a flat stream of tags and text: no tree, no entities of its own, no recursion.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::{resolve_predefined_entity, unescape};
use quick_xml::events::{BytesStart, Event};

use super::reading::Reading;
use crate::error::Result;

/// Deepest element; documents of office programs stay under a hundred.
const MAX_DEPTH: usize = 4_096;
/// Steps between two looks at the control.
const STRIDE: usize = 4_096;

/// A piece of a document. Names are local: prefixes are the writer's own choice.
pub(super) enum Token<'a> {
    Open(Tag<'a>),
    Close(String),
    Text(Cow<'a, str>),
}

/// A start tag.
pub(super) struct Tag<'a>(BytesStart<'a>);

impl Tag<'_> {
    pub(super) fn name(&self) -> &str {
        self.0.local_name().into_inner()
    }

    /// The value of the attribute with this local name.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        self.attributes(name).next()
    }

    /// The values of all attributes with this local name: those of different prefixes.
    pub(super) fn attributes(&self, name: &str) -> impl Iterator<Item = String> {
        let mut attributes = self.0.attributes();
        attributes.with_checks(false);
        attributes
            .flatten()
            .filter(move |attribute| attribute.key.local_name().into_inner() == name)
            .filter_map(|attribute| Some(unescape(&attribute.value).ok()?.into_owned()))
    }
}

/// A reader of one part of a document.
pub(super) struct Xml<'a> {
    reader: Reader<&'a [u8]>,
    part: &'a str,
    depth: usize,
    steps: usize,
}

impl<'a> Xml<'a> {
    /// Reads `text`, which is the content of `part`.
    pub(super) fn new(text: &'a str, part: &'a str) -> Self {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        Self { reader, part, depth: 0, steps: 0 }
    }

    /// The next piece; `None` at the end, or where the markup is broken, which becomes a warning.
    pub(super) fn next(&mut self, reading: &mut Reading<'_>) -> Result<Option<Token<'a>>> {
        loop {
            self.steps += 1;
            if self.steps.is_multiple_of(STRIDE) {
                reading.control.check()?;
            }
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(error) => {
                    reading.warn(format!("`{}` is broken, its beginning was read: {error}", self.part));
                    return Ok(None);
                }
            };
            match event {
                Event::Start(tag) => {
                    self.depth += 1;
                    if self.depth > MAX_DEPTH {
                        reading.warn(format!("`{}` is nested too deeply, its beginning was read", self.part));
                        return Ok(None);
                    }
                    return Ok(Some(Token::Open(Tag(tag))));
                }
                Event::End(tag) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Some(Token::Close(tag.local_name().into_inner().to_owned())));
                }
                Event::Text(text) => return Ok(Some(Token::Text(text.into_inner()))),
                Event::CData(text) => return Ok(Some(Token::Text(text.into_inner()))),
                Event::GeneralRef(name) => {
                    let character = name.resolve_char_ref().ok().flatten().map(String::from);
                    // An entity that the document defines itself is not expanded.
                    let text = character.or_else(|| resolve_predefined_entity(&name).map(str::to_owned));
                    if let Some(text) = text {
                        return Ok(Some(Token::Text(Cow::Owned(text))));
                    }
                }
                Event::Eof => {
                    if self.depth > 0 {
                        reading.warn(format!("`{}` is cut off, its beginning was read", self.part));
                    }
                    return Ok(None);
                }
                _ => {}
            }
        }
    }

    /// Passes over all that is inside the element that was opened last.
    pub(super) fn skip(&mut self, reading: &mut Reading<'_>) -> Result<()> {
        let around = self.depth.saturating_sub(1);
        while self.depth > around && self.next(reading)?.is_some() {}
        Ok(())
    }

    /// The text inside the element that was opened last.
    pub(super) fn text(&mut self, reading: &mut Reading<'_>) -> Result<String> {
        let around = self.depth.saturating_sub(1);
        let mut all = String::new();
        while self.depth > around {
            match self.next(reading)? {
                Some(Token::Text(text)) => all.push_str(&text),
                Some(_) => {}
                None => break,
            }
        }
        Ok(all)
    }
}
