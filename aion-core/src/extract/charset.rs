//! From bytes to text: byte order mark, then the server's word, then the page's own, then what the bytes look like.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// Bytes in which a page may declare its own charset. The standard says 1,024; many pages need more.
const PRESCAN: usize = 8 << 10;

/// Characters beyond ASCII that are not well-formed UTF-8 by chance.
const MIN_FOREIGN: usize = 8;

/// The text of `html` and the charset that it was read with. Bytes that it does not have become U+FFFD.
pub(crate) fn decode(html: &[u8], content_type: Option<&str>) -> (String, &'static Encoding) {
    let declared = || {
        let header = content_type.and_then(|value| charset_of(value.as_bytes()));
        header.or_else(|| declared_in_page(&html[..html.len().min(PRESCAN)]))
    };
    let encoding = match Encoding::for_bom(html) {
        Some((encoding, _)) => encoding,
        None => declared().filter(|encoding| is_plausible(encoding, html)).unwrap_or_else(|| guess(html)),
    };
    let (text, encoding, _) = encoding.decode(html);
    (text.into_owned(), encoding)
}

/// The name of a charset as [`decode`] gives it, for a page that was written down.
///
/// # Errors
/// That of the format, or for a name that the Encoding Standard does not have.
pub(super) fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'static str, D::Error> {
    let name = String::deserialize(deserializer)?;
    let unknown = || D::Error::custom(format!("{name:?} is no charset of the Encoding Standard"));
    Encoding::for_label(name.as_bytes()).map(Encoding::name).ok_or_else(unknown)
}

/// UTF-8 if the bytes are, or nearly are, UTF-8; else what browsers take for the Western web.
fn guess(html: &[u8]) -> &'static Encoding {
    let broken = html.utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()).count();
    let foreign = html.iter().filter(|byte| !byte.is_ascii()).count();
    if broken * 10 <= foreign { UTF_8 } else { WINDOWS_1252 }
}

/// A declared charset is believed unless the bytes contradict it: another charset over what is strictly UTF-8 is
/// the usual slip of a server's default, and UTF-8 over other bytes that of a copied template.
fn is_plausible(declared: &&'static Encoding, html: &[u8]) -> bool {
    if *declared == UTF_8 {
        return guess(html) == UTF_8;
    }
    let Ok(text) = std::str::from_utf8(html) else { return true };
    let foreign = text.chars().filter(|character| !character.is_ascii()).count();
    // A few characters of GBK or Shift_JIS may be UTF-8 by chance.
    foreign < if declared.is_single_byte() { 1 } else { MIN_FOREIGN }
}

/// The charset of a `meta` element or an XML declaration in ASCII-compatible bytes.
fn declared_in_page(head: &[u8]) -> Option<&'static Encoding> {
    let lower = head.to_ascii_lowercase();
    let mut rest = lower.as_slice();
    while let Some(at) = find(rest, b"<") {
        rest = &rest[at + 1..];
        let tag = &rest[..find(rest, b">").unwrap_or(rest.len())];
        let found = if rest.starts_with(b"meta") {
            charset_of(tag)
        } else if rest.starts_with(b"?xml") {
            value_after(tag, b"encoding")
        } else if rest.starts_with(b"!--") {
            rest = &rest[find(rest, b"-->").unwrap_or(0)..];
            None
        } else {
            None
        };
        // What can be read as ASCII is not UTF-16, whatever it says of itself.
        if let Some(encoding) = found {
            return Some(if encoding == UTF_16LE || encoding == UTF_16BE { UTF_8 } else { encoding });
        }
    }
    None
}

fn charset_of(value: &[u8]) -> Option<&'static Encoding> {
    value_after(&value.to_ascii_lowercase(), b"charset")
}

fn value_after(text: &[u8], name: &[u8]) -> Option<&'static Encoding> {
    let rest = text[find(text, name)? + name.len()..].trim_ascii_start();
    let rest = rest.strip_prefix(b"=")?.trim_ascii_start();
    let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
    let end =
        rest.iter().position(|byte| matches!(byte, b'"' | b'\'' | b';' | b' ' | b'\t' | b'/' | b'>' | b'?'));
    Encoding::for_label(&rest[..end.unwrap_or(rest.len())])
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
