//! Lines of text as the recognisers see them: one byte for each visible character.

use super::super::length::is_invisible;

/// A letter beyond ASCII that belongs to the word that it touches.
pub(super) const LETTER: u8 = 0x80;
/// Any other character beyond ASCII: a border.
pub(super) const SYMBOL: u8 = 0x81;

/// A buffer that is used again for every line.
#[derive(Default)]
pub(super) struct Folder {
    bytes: Vec<u8>,
    origins: Vec<usize>,
}

/// One folded line.
pub(super) struct Line<'a> {
    pub(super) bytes: &'a [u8],
    text: &'a str,
    /// Where each byte comes from; `None` if the line was ASCII, where it is the same place.
    origins: Option<&'a [usize]>,
}

impl Folder {
    pub(super) fn fold<'a>(&'a mut self, text: &'a str) -> Line<'a> {
        if text.is_ascii() {
            return Line { bytes: text.as_bytes(), text, origins: None };
        }
        self.bytes.clear();
        self.origins.clear();
        for (at, c) in text.char_indices() {
            if let Some(byte) = folded(c) {
                self.bytes.push(byte);
                self.origins.push(at);
            }
        }
        Line { bytes: &self.bytes, text, origins: Some(&self.origins) }
    }
}

impl Line<'_> {
    /// The place in the line of the character behind the folded bytes from `start` up to `end`.
    pub(super) fn origin(&self, start: usize, end: usize) -> std::ops::Range<usize> {
        let Some(origins) = self.origins else { return start..end };
        let last = origins[end - 1];
        origins[start]..last + self.text[last..].chars().next().map_or(0, char::len_utf8)
    }
}

/// Whether a line can hold an identifier: it has a digit or an `@`, or a character from U+0660 on that may
/// fold to one.
pub(super) fn may_hold_pii(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit() || b == b'@' || b >= 0xd9)
}

/// The ASCII cousin of `c`, or its class; `None` if nobody sees it.
fn folded(c: char) -> Option<u8> {
    if c.is_ascii() {
        return u8::try_from(c).ok();
    }
    if is_invisible(c) || is_combining(c) {
        return None;
    }
    Some(match c {
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => b' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => b'-',
        '\u{2024}' | '\u{fe52}' | '\u{ff0e}' => b'.',
        '\u{2044}' | '\u{2215}' | '\u{ff0f}' => b'/',
        '\u{fe6b}' => b'@',
        // The full-width forms stand in the order of ASCII.
        '\u{ff01}'..='\u{ff5e}' => u8::try_from(u32::from(c) - 0xfee0).unwrap_or(SYMBOL),
        'ª' | 'º' => SYMBOL,
        // From Hebrew on, scripts are written without spaces or do not touch digits: what they touch is a
        // border.
        _ if c.is_alphabetic() && (c < '\u{590}' || ('\u{1e00}'..'\u{2000}').contains(&c)) => LETTER,
        _ => decimal_digit(c).unwrap_or(SYMBOL),
    })
}

/// Marks that are drawn over their neighbour, such as accents that were taken apart and the frame of a
/// keycap.
fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{20d0}'..='\u{20ff}')
}

/// The zeros of the decimal digits (category `Nd`, Unicode 16) after ASCII; the digits of a set stand in
/// order.
const ZEROS: &[u32] = &[
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
    0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50,
    0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x10d40, 0x11066,
    0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x116d0, 0x116da, 0x11730,
    0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50, 0x11da0, 0x11f50, 0x16130, 0x16a60, 0x16ac0, 0x16b50,
    0x16d70, 0x1ccf0, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e5f1,
    0x1e950, 0x1fbf0,
];

fn decimal_digit(c: char) -> Option<u8> {
    let code = u32::from(c);
    let set = ZEROS.partition_point(|&zero| zero <= code).checked_sub(1)?;
    let value = u8::try_from(code - ZEROS[set]).ok().filter(|&value| value < 10)?;
    Some(b'0' + value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold(text: &str) -> Vec<u8> {
        Folder::default().fold(text).bytes.to_vec()
    }

    #[test]
    fn digits_of_every_script_are_digits() {
        assert_eq!(fold("１２٣४𝟝\u{ff0d}６"), b"12345-6");
        assert!(ZEROS.is_sorted());
        for &zero in ZEROS {
            for value in 0..10 {
                let c = char::from_u32(zero + value).unwrap();
                assert!(c.is_numeric() && folded(c) == Some(b'0' + value as u8), "{zero:x}");
            }
        }
    }

    #[test]
    fn what_is_not_seen_is_left_out() {
        assert_eq!(
            fold("1\u{200b}2\u{ad}3\u{feff}4\u{fe0f}\u{20e3}é"),
            [b"1234".as_slice(), &[LETTER]].concat()
        );
    }

    #[test]
    fn places_are_given_in_the_text() {
        let mut folder = Folder::default();
        let text = "ç\u{200b}１２\u{200b}x";
        let line = folder.fold(text);
        assert_eq!(line.bytes, [LETTER, b'1', b'2', b'x']);
        assert_eq!(&text[line.origin(1, 3)], "１２");
        assert_eq!(&text[line.origin(0, 4)], text);
    }

    #[test]
    fn lines_without_digits_are_passed_over() {
        assert!(!may_hold_pii("Nenhum número aqui, só coração."));
        assert!(may_hold_pii("a1") && may_hold_pii("@") && may_hold_pii("٣") && may_hold_pii("１"));
    }
}
