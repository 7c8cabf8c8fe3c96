//! Paths and the patterns that are matched against them, in the two views that they are compared in.
//!
//! Google's parser, which most sites are written for, compares octets nearly as they stand: `%62` is not `b`.
//! RFC 9309 §2.2.2 asks to decode such escapes first. Where the two differ nobody can know what the author meant,
//! so an `Allow` counts only as it stands ([`View::Wire`]), and a `Disallow` counts in either view: doubt never
//! opens a door.

use std::borrow::Cow;

use memchr::{memchr, memchr3, memmem};

/// How octets are written before they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    /// As sent: hexadecimal digits of escapes in upper case, and octets above 127 escaped.
    Wire,
    /// As RFC 9309 §2.2.2 compares: escapes of unreserved characters decoded, all else that needs one escaped.
    Canonical,
}

/// A pattern ready to be matched. The last `*`s are gone, as what they match is whatever follows.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pattern<'a> {
    /// Octets to match; every `*` stands for any octets, no two stand together.
    pub(super) text: Cow<'a, [u8]>,
    /// Whether the path must end where the pattern ends (`$`).
    pub(super) anchored: bool,
    /// How specific the pattern is: its octets before simplification, as RFC 9309 counts them.
    pub(super) priority: u32,
}

impl<'a> Pattern<'a> {
    /// The pattern of a rule's value in `view`.
    pub(super) fn new(value: &'a [u8], view: View) -> Self {
        let mut text = escaped(value, view, true);
        let priority = u32::try_from(text.len()).unwrap_or(u32::MAX);
        if text.windows(2).any(|pair| pair == b"**") {
            text.to_mut().dedup_by(|a, b| *a == b'*' && *b == b'*');
        }
        let mut anchored = text.ends_with(b"$");
        let mut length = text.len() - usize::from(anchored);
        if text[..length].ends_with(b"*") {
            (length, anchored) = (length - 1, false);
        }
        let text = match text {
            Cow::Borrowed(text) => Cow::Borrowed(&text[..length]),
            Cow::Owned(mut text) => {
                text.truncate(length);
                Cow::Owned(text)
            }
        };
        Self { text, anchored, priority }
    }
}

/// Whether `path` begins with what `text` describes, and ends there if `anchored`.
///
/// Every piece between two `*`s is sought once, from where the one before it ended: time is linear in the lengths
/// of both, whatever the pattern.
pub(super) fn matches(text: &[u8], anchored: bool, path: &[u8]) -> bool {
    let mut pieces = text.split(|&byte| byte == b'*');
    let Some(mut rest) = pieces.next().and_then(|first| path.strip_prefix(first)) else { return false };
    let Some(last) = pieces.next_back() else { return !anchored || rest.is_empty() };
    for piece in pieces {
        let Some(at) = find(rest, piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    if anchored { rest.ends_with(last) } else { find(rest, last).is_some() }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    match needle {
        [] => Some(0),
        [byte] => memchr(*byte, haystack),
        _ if needle.len() > haystack.len() => None,
        _ => memmem::find(haystack, needle),
    }
}

/// The part of an address that rules are about, in both views.
#[derive(Debug)]
pub(super) struct Target<'a> {
    pub(super) wire: Cow<'a, [u8]>,
    /// `None` where it is the same as `wire`.
    pub(super) canonical: Option<Vec<u8>>,
}

impl<'a> Target<'a> {
    /// The path and query of `url`, which may be a bare path; `/` if it has none.
    ///
    /// A URL is taken as it would be sent, so octets above 127 stay as they are (a real request has none, and no
    /// `Allow` knows them); a bare path was written by a person and is escaped first.
    pub(super) fn new(url: &'a str) -> Self {
        let bare = url.starts_with('/') && !url.starts_with("//");
        let path = path_and_query(url);
        if path.iter().all(|&byte| CLASSES[usize::from(byte)] == Class::Plain) {
            return Self { wire: path, canonical: None };
        }
        let canonical = escaped(&path, View::Canonical, false).into_owned();
        let wire = if bare {
            Cow::Owned(escaped(&path, View::Wire, false).into_owned())
        } else {
            match escapes_in_upper_case(&path) {
                Cow::Owned(upper) => Cow::Owned(upper),
                Cow::Borrowed(_) => path,
            }
        };
        let canonical = (canonical != *wire).then_some(canonical);
        Self { wire, canonical }
    }

    /// The octets in the view of RFC 9309.
    pub(super) fn canonical(&self) -> &[u8] {
        self.canonical.as_deref().unwrap_or(&self.wire)
    }
}

/// What follows the authority of `url` up to its fragment, found as Google's parser finds it.
fn path_and_query(url: &str) -> Cow<'_, [u8]> {
    let url = url.as_bytes();
    let from = |start: usize| memchr3(b'/', b'?', b';', &url[start..]).map(|at| at + start);
    let mut path = from(if url.starts_with(b"//") { 2 } else { 0 });
    // A `://` after the first `/`, `?` or `;` belongs to the path.
    if let Some(at) = path
        && url[at..].starts_with(b"//")
        && url[..at].ends_with(b":")
    {
        path = from(at + 2);
    }
    let end = memchr(b'#', url).unwrap_or(url.len());
    match path.and_then(|at| url.get(at..end)) {
        None => Cow::Borrowed(b"/"),
        Some(path) if path.starts_with(b"/") => Cow::Borrowed(path),
        Some(path) => Cow::Owned([b"/", path].concat()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// May stand in a URL and has no meaning in a pattern: the same in both views.
    Plain,
    /// `%`.
    Escape,
    /// `*` or `$`: may stand in a URL, but a pattern gives it a meaning.
    Special,
    /// Has no place in a URL unless escaped.
    Foreign,
}

/// By the grammar of RFC 3986 §2.
const fn class(byte: u8) -> Class {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => Class::Plain,
        b':' | b'/' | b'?' | b'#' | b'[' | b']' | b'@' | b'!' | b'&' | b'\'' | b'(' | b')' | b'+' | b','
        | b';' | b'=' => Class::Plain,
        b'%' => Class::Escape,
        b'*' | b'$' => Class::Special,
        _ => Class::Foreign,
    }
}

/// [`class`] of every octet.
const CLASSES: [Class; 256] = {
    let mut classes = [Class::Plain; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = class(byte as u8);
        byte += 1;
    }
    classes
};

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// `text` in `view`; in a pattern every `*`, and a `$` at the end, keeps its meaning.
fn escaped(text: &[u8], view: View, is_pattern: bool) -> Cow<'_, [u8]> {
    let needs_work = |byte: &u8| match CLASSES[usize::from(*byte)] {
        Class::Plain => false,
        Class::Escape => true,
        Class::Special => view == View::Canonical,
        Class::Foreign => view == View::Canonical || !byte.is_ascii(),
    };
    if !text.iter().any(needs_work) {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len() + 16);
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        let keeps_meaning = is_pattern && (byte == b'*' || at == text.len());
        match (CLASSES[usize::from(byte)], view) {
            (Class::Escape, _) => match escape(&text[at..]) {
                Some(decoded) => {
                    at += 2;
                    if view == View::Canonical && is_unreserved(decoded) {
                        out.push(decoded);
                    } else {
                        push_escape(&mut out, decoded);
                    }
                }
                None => out.push(b'%'),
            },
            (Class::Special, View::Canonical) if !keeps_meaning => push_escape(&mut out, byte),
            (Class::Foreign, View::Canonical) => push_escape(&mut out, byte),
            (Class::Foreign, View::Wire) if !byte.is_ascii() => push_escape(&mut out, byte),
            _ => out.push(byte),
        }
    }
    Cow::Owned(out)
}

/// The octet that the two hexadecimal digits at the start of `text` stand for.
fn escape(text: &[u8]) -> Option<u8> {
    let digit = |at: usize| text.get(at).and_then(|&byte| char::from(byte).to_digit(16));
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

fn push_escape(out: &mut Vec<u8>, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.extend_from_slice(&[b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
}

fn escapes_in_upper_case(path: &[u8]) -> Cow<'_, [u8]> {
    let is_escape = |at: usize| path[at] == b'%' && escape(&path[at + 1..]).is_some();
    let is_low = |at: usize| is_escape(at) && path[at + 1..at + 3].iter().any(u8::is_ascii_lowercase);
    if !(0..path.len()).any(is_low) {
        return Cow::Borrowed(path);
    }
    let mut upper = path.to_vec();
    for at in (0..path.len()).filter(|&at| is_escape(at)) {
        upper[at + 1..at + 3].make_ascii_uppercase();
    }
    Cow::Owned(upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(value: &str, view: View) -> (String, bool, u32) {
        let Pattern { text, anchored, priority } = Pattern::new(value.as_bytes(), view);
        (String::from_utf8(text.into_owned()).unwrap(), anchored, priority)
    }

    #[test]
    fn patterns_are_simplified_and_keep_their_weight() {
        assert_eq!(pattern("/a***b**", View::Wire), ("/a*b".into(), false, 8));
        assert_eq!(pattern("/a*$", View::Wire), ("/a".into(), false, 4));
        assert_eq!(pattern("/a$b$", View::Wire), ("/a$b".into(), true, 5));
        assert_eq!(pattern("/a$b$", View::Canonical), ("/a%24b".into(), true, 7));
        assert_eq!(pattern("/\u{e9}%e9%7e%4", View::Wire), ("/%C3%A9%E9%7E%4".into(), false, 15));
        assert_eq!(pattern("/\u{e9}%e9%7e b", View::Canonical), ("/%C3%A9%E9~%20b".into(), false, 15));
    }

    #[test]
    fn targets_are_cut_out_of_urls() {
        for (url, path) in [
            ("", "/"),
            ("http://www.example.com", "/"),
            ("http://www.example.com#/a", "/"),
            ("http://www.example.com/a/b?c=http://d.e#f", "/a/b?c=http://d.e"),
            ("http://www.example.com?c", "/?c"),
            ("http://www.example.com;c", "/;c"),
            ("//www.example.com/a", "/a"),
            ("www.example.com/a/b", "/a/b"),
            ("/a/http://b/c", "/a/http://b/c"),
            ("/\u{e9}", "/%C3%A9"),
            ("http://x/%c3%a9", "/%C3%A9"),
        ] {
            assert_eq!(&*Target::new(url).wire, path.as_bytes(), "{url}");
        }
        assert_eq!(Target::new("http://x/%62*").canonical(), b"/b%2A");
        assert_eq!(&*Target::new("http://x/%62*").wire, b"/%62*");
    }

    #[test]
    fn pieces_are_found_in_their_order() {
        for (text, anchored, path, expected) in [
            ("/a*b", false, "/axxbyy", true),
            ("/a*b", true, "/axxbyy", false),
            ("/a*b", true, "/axbxb", true),
            ("/a*ab*ab", true, "/aab", false),
            ("*/c", false, "/a/c", true),
            ("/a", true, "/a", true),
            ("/a", true, "/ab", false),
            ("", false, "/", true),
        ] {
            assert_eq!(matches(text.as_bytes(), anchored, path.as_bytes()), expected, "{text} {path}");
        }
    }
}
