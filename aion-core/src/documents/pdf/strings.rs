//! How much text one operator of a content stream shows, and how deep its dictionaries nest. The interpreter gathers
//! all of the text before anyone sees it, at a hundred bytes and more a glyph, and reads each level of a nest that is
//! too deep for it again and again.

use super::super::damaged;
use crate::error::Result;

/// Most bytes of the strings between two operators: a line has a hundred, a whole page some thousands.
const MAX_SHOWN: usize = 2 << 20;
/// Deepest dictionary in dictionaries.
const MAX_NESTING: usize = 100;

/// A lexer of content streams and objects (ISO 32000-1, 7.2 and 7.8.2) that knows strings, arrays and dictionaries and
/// nothing else.
pub(super) struct Strings {
    max_shown: usize,
    place: Place,
    /// Open angle brackets of dictionaries, two each.
    angles: usize,
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
    /// A lexer of a content stream.
    pub(super) fn of_content() -> Self {
        Self { max_shown: MAX_SHOWN, place: Place::Outside, angles: 0, parentheses: 0, brackets: 0, shown: 0 }
    }

    /// A lexer of objects: their strings are not shown, and may have any length.
    pub(super) fn of_objects() -> Self {
        Self { max_shown: usize::MAX, ..Self::of_content() }
    }

    /// Looks at the next piece of a stream.
    pub(super) fn look(&mut self, bytes: &[u8]) -> Result<()> {
        for byte in bytes {
            self.step(*byte);
            if self.shown > self.max_shown {
                return Err(damaged("one of its streams shows more than two megabytes of text at once"));
            }
            if self.angles > 2 * MAX_NESTING {
                return Err(damaged("its dictionaries are nested more than a hundred deep"));
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
            (Place::Hexadecimal, b'>') => self.place = Place::Outside,
            // A second `<` begins a dictionary.
            (Place::Hexadecimal, b'<') => (self.place, self.angles) = (Place::Outside, self.angles + 2),
            (Place::Outside, b'>') => self.angles = self.angles.saturating_sub(1),
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
        let mut strings = Strings::of_content();
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
        let stream = [b"[".as_slice(), &b"(aaaa) 1 ".repeat(1 << 20)].concat();
        assert!(Strings::of_content().look(&stream).is_err());
        assert!(Strings::of_objects().look(&stream).is_ok());
        let deep = b"<</A ".repeat(200);
        assert!(Strings::of_objects().look(&deep).is_err());
        assert!(Strings::of_objects().look(&b"<</A <41>>> ".repeat(200)).is_ok());
    }
}
