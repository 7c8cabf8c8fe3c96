//! What is put right between the bytes of a text and their decoding as UTF-8.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::bytes::{Captures, Regex};

/// UTF-8 whose byte A0 some program took for a space and replaced by one: the sequences that are likely.
static ALTERED_UTF8: LazyLock<Regex> = LazyLock::new(|| {
    let sequences = [
        r"(?-u)[\xc2\xc3\xc5\xce\xd0\xd9] ",
        r"[\xe2\xe3] [\x80-\x84\x86-\x9f\xa1-\xbf]",
        r"[\xe0-\xe3][\x80-\x84\x86-\x9f\xa1-\xbf] ",
        r"\xf0 [\x80-\xbf][\x80-\xbf]",
        r"\xf0[\x80-\xbf] [\x80-\xbf]",
        r"\xf0[\x80-\xbf][\x80-\xbf] ",
    ];
    Regex::new(&sequences.join("|")).expect("a constant regex")
});

/// UTF-8 and CESU-8 of which some bytes were lost. Byte 1A stands for U+FFFD, and at most one `?` does too.
static LOSSY_UTF8: LazyLock<Regex> = LazyLock::new(|| {
    let sequences = [
        r"(?-u)[\xc2-\xdf]\x1a",
        r"[\xc2-\xc3][?]",
        r"\xed[\xa0-\xaf][\x1a?]\xed[\xb0-\xbf][\x1a?\x80-\xbf]",
        r"\xed[\xa0-\xaf][\x1a?\x80-\xbf]\xed[\xb0-\xbf][\x1a?]",
        r"[\xe0-\xef][\x1a?][\x1a\x80-\xbf]",
        r"[\xe0-\xef][\x1a\x80-\xbf][\x1a?]",
        r"[\xf0-\xf4][\x1a?][\x1a\x80-\xbf][\x1a\x80-\xbf]",
        r"[\xf0-\xf4][\x1a\x80-\xbf][\x1a?][\x1a\x80-\xbf]",
        r"[\xf0-\xf4][\x1a\x80-\xbf][\x1a\x80-\xbf][\x1a?]",
        r"\x1a",
    ];
    Regex::new(&sequences.join("|")).expect("a constant regex")
});

/// What follows "Ã " where the space is the A0 of "à": in the Portuguese words that begin with it (às, àquele,
/// àquela, àquilo), and before another space. Anywhere else "à" is a word, and its space is kept as well.
const A_GRAVE_ENDINGS: [&[u8]; 5] = [b" ", b"quele", b"quela", b"quilo", b"s "];

/// Puts back the bytes A0 that became spaces.
pub(super) fn restore_byte_a0(bytes: Vec<u8>) -> Vec<u8> {
    if !ALTERED_UTF8.is_match(&bytes) {
        return bytes;
    }
    let restored = |found: &Captures<'_>| -> Vec<u8> {
        found[0].iter().map(|&byte| if byte == b' ' { 0xa0 } else { byte }).collect()
    };
    ALTERED_UTF8.replace_all(&restore_a_grave(&bytes), restored).into_owned()
}

fn restore_a_grave(bytes: &[u8]) -> Vec<u8> {
    let mut restored = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [byte, tail @ ..] = rest {
        restored.push(*byte);
        rest = tail;
        let Some(following) = rest.strip_prefix(b" ").filter(|_| *byte == 0xc3) else { continue };
        if !A_GRAVE_ENDINGS.iter().any(|ending| following.starts_with(ending)) {
            restored.extend(b"\xa0 ");
            rest = following;
        }
    }
    restored
}

/// Writes U+FFFD for each sequence of which a part was lost.
pub(super) fn replace_lossy_sequences(bytes: Vec<u8>) -> Vec<u8> {
    match LOSSY_UTF8.replace_all(&bytes, "\u{fffd}".as_bytes()) {
        Cow::Borrowed(_) => bytes,
        Cow::Owned(replaced) => replaced,
    }
}

/// Decodes UTF-8, and its variants where the bytes hint at them: the six bytes of CESU-8 for a character above
/// U+FFFF, and the two bytes of Java for U+0000.
pub(super) fn decode_utf8(bytes: Vec<u8>) -> Option<String> {
    match bytes.iter().any(|byte| matches!(byte, 0xc0 | 0xed)) {
        true => decode_utf8_variants(&bytes),
        false => String::from_utf8(bytes).ok(),
    }
}

fn decode_utf8_variants(mut bytes: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(bytes.len());
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| matches!(byte, 0xc0 | 0xed)) {
        let at = from + at;
        let Some((character, length)) = decode_variant(&bytes[at..]) else {
            from = at + 1;
            continue;
        };
        text.push_str(str::from_utf8(&bytes[..at]).ok()?);
        text.push(character);
        bytes = &bytes[at + length..];
        from = 0;
    }
    text.push_str(str::from_utf8(bytes).ok()?);
    Some(text)
}

/// The character that `bytes` begin with in a variant of UTF-8, and its length. A line break at the very end
/// goes for a last byte: the `$` of ftfy's regex matches before it.
fn decode_variant(bytes: &[u8]) -> Option<(char, usize)> {
    match *bytes {
        [0xc0, 0x80, ..] | [0xc0, b'\n'] => Some(('\0', 2)),
        [0xed, a @ 0xa0..=0xaf, b @ 0x80..=0xbf, 0xed, c @ 0xb0..=0xbf, d, ref rest @ ..]
            if matches!(d, 0x80..=0xbf) || (d == b'\n' && rest.is_empty()) =>
        {
            let bits = |byte: u8, mask: u8, shift: u32| u32::from(byte & mask) << shift;
            let offset = bits(a, 0x0f, 16) + bits(b, 0x3f, 10) + bits(c, 0x0f, 6) + bits(d, 0x3f, 0);
            char::from_u32(0x1_0000 + offset).map(|character| (character, 6))
        }
        _ => None,
    }
}
