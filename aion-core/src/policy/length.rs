//! How much text there is.

/// The characters that a reader sees, with every run of whitespace as one and none at the ends, counted up to
/// `enough`. Invisible characters do not count, so a page can not be filled with them.
///
/// Time is linear in the length of `text`, and the count ends early once `enough` is reached.
pub(super) fn visible_chars(text: &str, enough: usize) -> usize {
    let mut count = 0;
    let mut gap = false;
    for c in text.chars() {
        if count >= enough {
            break;
        }
        if c.is_whitespace() {
            gap = count > 0;
        } else if !is_invisible(c) {
            count += 1 + usize::from(gap);
            gap = false;
        }
    }
    count.min(enough)
}

/// Control characters and those that Unicode marks `Default_Ignorable_Code_Point` and text in the wild holds:
/// soft hyphen, joiners, marks of direction, variation selectors, fillers and tags.
pub(super) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whitespace_counts_once_and_not_at_the_ends() {
        assert_eq!(visible_chars("  a \n\t b\u{a0}c  ", 120), 5);
        assert_eq!(visible_chars(&" ".repeat(999), 120), 0);
    }

    #[test]
    fn invisible_characters_do_not_count() {
        assert_eq!(visible_chars(&"a\u{200b}\u{ad}\0\u{e0041}".repeat(50), 120), 50);
    }

    #[test]
    fn characters_are_counted_and_not_bytes() {
        assert_eq!(visible_chars(&"ção".repeat(39), 120), 117);
        assert_eq!(visible_chars(&"ção".repeat(40), 120), 120);
        assert_eq!(visible_chars(&"ção".repeat(9999), 120), 120);
    }
}
