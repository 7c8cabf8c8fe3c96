//! HTML entities: `html.unescape` of Python, and the more careful one of ftfy.

use std::borrow::Cow;
use std::sync::LazyLock;

use htmlize::ENTITIES;
use regex::{Captures, Regex};

use super::codecs;

/// Characters after `&` that Python looks for a name in.
const NAME_CHARS: usize = 32;

/// Entities that stand without doubt for a character.
static ENTITY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("&#?[0-9A-Za-z]{1,24};").expect("a constant regex"));

/// `html.unescape` of Python: every reference, also one that lacks its semicolon.
pub(in crate::clip) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return text.into();
    }
    let mut unescaped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        unescaped.push_str(&rest[..start]);
        rest = &rest[start..];
        let (reference, tail) = rest.split_at(push_reference(rest, &mut unescaped).unwrap_or(0).max(1));
        if reference == "&" {
            unescaped.push('&');
        }
        rest = tail;
    }
    unescaped.push_str(rest);
    unescaped.into()
}

/// `ftfy.fixes.unescape_html`: only references that end in a semicolon, and capitals such as `&EACUTE;` as well.
pub(super) fn unescape_unambiguous(text: &str) -> String {
    let replace = |found: &Captures<'_>| unescape_one(&found[0]).into_owned();
    ENTITY.replace_all(text, replace).into_owned()
}

fn unescape_one(entity: &str) -> Cow<'_, str> {
    if let Some(character) = named(entity) {
        return character.into();
    }
    let unescaped = unescape(entity);
    if entity.starts_with("&#") {
        // One that was decoded only in part is not what was meant.
        return if unescaped.contains(';') { entity.into() } else { unescaped };
    }
    match shouted(entity) {
        Some(character) if unescaped == entity => character.into(),
        _ => entity.into(),
    }
}

/// What the capital form of an entity in small letters stands for.
fn shouted(entity: &str) -> Option<String> {
    let is_capital = !entity.contains(|c: char| c.is_ascii_lowercase());
    is_capital.then(|| named(&entity.to_ascii_lowercase())).flatten().map(str::to_uppercase)
}

/// What the entity, with its `&`, stands for.
fn named(entity: &str) -> Option<&'static str> {
    ENTITIES.get(entity.as_bytes()).and_then(|character| str::from_utf8(character).ok())
}

/// Writes what the reference that `text` begins with stands for, and says how long it is.
fn push_reference(text: &str, unescaped: &mut String) -> Option<usize> {
    match text.strip_prefix("&#") {
        Some(number) => push_numbered(number, unescaped).map(|length| "&#".len() + length),
        None => push_named(text, unescaped),
    }
}

/// As [`push_reference`], for what follows `&#`.
fn push_numbered(number: &str, unescaped: &mut String) -> Option<usize> {
    let (digits, radix) = match number.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    let after = digits.trim_start_matches(|c: char| c.is_digit(radix));
    let digits = &digits[..digits.len() - after.len()];
    if digits.is_empty() {
        return None;
    }
    let values = digits.chars().filter_map(|c| c.to_digit(radix));
    let value = values.fold(0u32, |value, digit| value.saturating_mul(radix).saturating_add(digit));
    unescaped.extend(numbered(value));
    Some(number.len() - after.strip_prefix(';').unwrap_or(after).len())
}

/// The character of a numeric reference; none for what HTML does not allow.
fn numbered(value: u32) -> Option<char> {
    match value {
        0 => Some(char::REPLACEMENT_CHARACTER),
        0x80..=0x9f => char::from_u32(value).map(codecs::modern_c1),
        1..=8 | 0xb | 0xe..=0x1f | 0x7f | 0xfdd0..=0xfdef => None,
        0..=0x10_ffff if value & 0xfffe == 0xfffe => None,
        _ => Some(char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER)),
    }
}

/// As [`push_reference`], for a name: the whole of it, or else the longest beginning of it that is one.
fn push_named(text: &str, unescaped: &mut String) -> Option<usize> {
    let is_end = |c: char| matches!(c, '\t' | '\n' | '\x0c' | ' ' | '<' | '&' | '#' | ';');
    let name = text.chars().skip(1).take(NAME_CHARS).take_while(|&c| !is_end(c));
    let bare = 1 + name.map(char::len_utf8).sum::<usize>();
    let whole = bare + usize::from(text[bare..].starts_with(';'));
    let (length, character) = (2..=whole).rev().find_map(|end| {
        let character = text.get(..end).and_then(named)?;
        Some((end, character))
    })?;
    unescaped.push_str(character);
    Some(length)
}
