//! How much text one operator of a content stream shows. The interpreter gathers all of it before anyone sees it, at
//! a hundred bytes and more a glyph.

use super::super::damaged;
use crate::error::Result;

/// Most bytes of the strings between two operators: a line has a hundred, a whole page some thousands.
const MAX_SHOWN: usize = 1 << 20;

/// A lexer of content streams (ISO 32000-1, 7.8.2) that knows strings and arrays and nothing else.
#[derive(Default)]
pub(super) struct Strings {
    place: Place,
    /// Open parentheses and brackets.
    parentheses: usize,
    brackets: usize,
    /// Bytes of strings since the last operator.
    shown: usize,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    #[default]
    Outside,
    Literal,
    Escape,
    Hexadecimal,
}

impl Strings {
    /// Looks at the next piece of a stream.
    pub(super) fn look(&mut self, bytes: &[u8]) -> Result<()> {
        for byte in bytes {
            self.step(*byte);
            if self.shown > MAX_SHOWN {
                return Err(damaged("one of its streams shows a megabyte of text at once"));
            }
        }
        Ok(())
    }

    fn step(&mut self, byte: u8) {
        match (self.place, byte) {
            (Place::Escape, _) => (self.place, self.shown) = (Place::Literal, self.shown + 1),
            (Place::Literal, b'\\') => self.place = Place::Escape,
            (Place::Literal, b')') if self.parentheses == 1 => self.place = Place::Outside,
            (Place::Literal, b'(') => (self.parentheses, self.shown) = (self.parentheses + 1, self.shown + 1),
            (Place::Literal, b')') => (self.parentheses, self.shown) = (self.parentheses - 1, self.shown + 1),
            // A second `<` begins a dictionary.
            (Place::Hexadecimal, b'>' | b'<') => self.place = Place::Outside,
            (Place::Literal | Place::Hexadecimal, _) => self.shown += 1,
            (Place::Outside, b'(') => (self.place, self.parentheses) = (Place::Literal, 1),
            (Place::Outside, b'<') => self.place = Place::Hexadecimal,
            (Place::Outside, b'[') => self.brackets += 1,
            (Place::Outside, b']') => self.brackets = self.brackets.saturating_sub(1),
            (Place::Outside, b'T' | b'\'' | b'"') if self.brackets == 0 => self.shown = 0,
            (Place::Outside, _) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(stream: &str) -> usize {
        let mut strings = Strings::default();
        strings.look(stream.as_bytes()).unwrap();
        strings.shown
    }

    #[test]
    fn strings_count_until_the_operator_that_shows_them() {
        assert_eq!(shown("BT (abc) Tj (de) '"), 0);
        assert_eq!(shown("(a(b)\\)T)"), 6);
        assert_eq!(shown("[(ab) -20 <4142> (T)"), 7);
        assert_eq!(shown("[(ab) T] TJ (c)"), 1);
        assert_eq!(shown("/P <</MCID 0>> BDC"), 0);
    }

    #[test]
    fn too_much_at_once_is_refused() {
        let stream = [b"[".as_slice(), &b"(aaaa) 1 ".repeat(1 << 19)].concat();
        assert!(Strings::default().look(&stream).is_err());
    }
}
