//! The named meta elements of an HTML document, found without building a tree.
//!
//! The tokenizer is html5gum: the whole state machine of the WHATWG standard in safe Rust without
//! dependencies. Of tree construction only what decides about a meta element is done here: text that holds no
//! markup (`script`, `style`, `title`, comments …), contents of `template`, which are no part of the
//! document, and where the head ends. `noscript` is read, since a crawler runs no scripts. Time is linear and
//! memory bounded, whatever the document.

use std::borrow::Cow;

use html5gum::{Emitter, Error, State, Tokenizer};

mod place;

use place::Place;

/// The longest name of an element or attribute that matters here.
const MAX_NAME_BYTES: usize = 32;
/// Of a longer attribute value only this much is read.
const MAX_VALUE_BYTES: usize = 8192;

/// One `<meta name content>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meta<'a> {
    pub(super) name: &'a str,
    pub(super) content: &'a str,
    /// Whether it stands in the head. What stands in the body may be some commenter's.
    pub(super) in_head: bool,
}

/// Calls `visit` with every meta element that has a name, in the order of the document.
///
/// The bytes may be in any encoding that extends ASCII, or in UTF-16 with a byte order mark.
pub(super) fn for_each_meta(html: &[u8], visit: impl FnMut(Meta<'_>)) {
    let bytes = ascii_compatible(html);
    let walker = Walker { visit, tag: Tag::default(), last_start: Vec::new(), place: Place::default() };
    let tokenizer = Tokenizer::new_with_emitter(&*bytes, walker);
    for token in tokenizer {
        match token {
            Ok(()) => {}
            Err(never) => match never {},
        }
    }
}

fn ascii_compatible(html: &[u8]) -> Cow<'_, [u8]> {
    let utf16 = |tail: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = tail.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        let text: String =
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        Cow::Owned(text.into_bytes())
    };
    match html {
        [0xff, 0xfe, tail @ ..] => utf16(tail, u16::from_le_bytes),
        [0xfe, 0xff, tail @ ..] => utf16(tail, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, tail @ ..] => Cow::Borrowed(tail),
        _ => Cow::Borrowed(html),
    }
}

/// The tag that is being read.
#[derive(Default)]
struct Tag {
    name: Vec<u8>,
    is_end: bool,
    is_meta: bool,
    self_closing: bool,
    attribute: Vec<u8>,
    value: Vec<u8>,
    meta_name: Option<Vec<u8>>,
    meta_content: Option<Vec<u8>>,
}

impl Tag {
    fn reset(&mut self, is_end: bool) {
        self.name.clear();
        (self.is_end, self.is_meta, self.self_closing) = (is_end, false, false);
        self.attribute.clear();
        self.value.clear();
        (self.meta_name, self.meta_content) = (None, None);
    }

    /// Keeps the attribute that was just read; of equal names the first one counts, as the standard says.
    fn finish_attribute(&mut self) {
        if self.is_meta {
            let slot = match self.attribute.as_slice() {
                b"name" => Some(&mut self.meta_name),
                b"content" => Some(&mut self.meta_content),
                _ => None,
            };
            if let Some(slot @ None) = slot {
                *slot = Some(std::mem::take(&mut self.value));
            }
        }
        self.attribute.clear();
        self.value.clear();
    }
}

/// Keeps what is asked for of the tokenizer's events and lets the rest pass.
struct Walker<F> {
    visit: F,
    tag: Tag,
    last_start: Vec<u8>,
    place: Place,
}

impl<F: FnMut(Meta<'_>)> Walker<F> {
    fn visit_meta(&mut self) {
        let (Some(name), Some(content)) = (&self.tag.meta_name, &self.tag.meta_content) else { return };
        let (name, content) = (String::from_utf8_lossy(name), String::from_utf8_lossy(content));
        (self.visit)(Meta { name: name.trim(), content: content.trim(), in_head: !self.place.in_body });
    }
}

impl<F: FnMut(Meta<'_>)> Emitter for Walker<F> {
    type Token = ();

    fn emit_current_tag(&mut self) -> Option<State> {
        self.tag.finish_attribute();
        if self.tag.is_end {
            self.place.close(&self.tag.name);
            return None;
        }
        let state = self.place.open(&self.tag.name, self.tag.self_closing);
        if self.tag.is_meta && self.place.templates == 0 {
            self.visit_meta();
        }
        std::mem::swap(&mut self.last_start, &mut self.tag.name);
        state
    }

    fn emit_string(&mut self, text: &[u8]) {
        let place = &mut self.place;
        if !place.in_body
            && !place.in_raw_text
            && place.templates == 0
            && !text.iter().all(u8::is_ascii_whitespace)
        {
            place.in_body = true;
        }
    }

    fn init_start_tag(&mut self) {
        self.tag.reset(false);
    }

    fn init_end_tag(&mut self) {
        self.tag.reset(true);
    }

    fn push_tag_name(&mut self, name: &[u8]) {
        push_bounded(&mut self.tag.name, name, MAX_NAME_BYTES);
    }

    fn init_attribute(&mut self) {
        self.tag.finish_attribute();
        self.tag.is_meta = !self.tag.is_end && self.tag.name == b"meta";
    }

    fn push_attribute_name(&mut self, name: &[u8]) {
        if self.tag.is_meta {
            push_bounded(&mut self.tag.attribute, name, MAX_NAME_BYTES);
        }
    }

    fn push_attribute_value(&mut self, value: &[u8]) {
        if self.tag.is_meta {
            push_bounded(&mut self.tag.value, value, MAX_VALUE_BYTES);
        }
    }

    fn set_self_closing(&mut self) {
        self.tag.self_closing = true;
    }

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        self.tag.is_end && !self.last_start.is_empty() && self.tag.name == self.last_start
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        !self.place.is_html()
    }

    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn pop_token(&mut self) -> Option<()> {
        None
    }

    fn set_last_start_tag(&mut self, _: Option<&[u8]>) {}
    fn emit_eof(&mut self) {}
    fn emit_error(&mut self, _: Error) {}
    fn init_comment(&mut self) {}
    fn push_comment(&mut self, _: &[u8]) {}
    fn emit_current_comment(&mut self) {}
    fn init_doctype(&mut self) {}
    fn push_doctype_name(&mut self, _: &[u8]) {}
    fn set_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn set_doctype_system_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_system_identifier(&mut self, _: &[u8]) {}
    fn set_force_quirks(&mut self) {}
    fn emit_current_doctype(&mut self) {}
}

/// Appends to `buffer`, one byte beyond `limit` at most, so that what was cut equals no name.
fn push_bounded(buffer: &mut Vec<u8>, bytes: &[u8], limit: usize) {
    let room = (limit + 1).saturating_sub(buffer.len());
    buffer.extend_from_slice(&bytes[..bytes.len().min(room)]);
}

#[cfg(test)]
mod tests;
