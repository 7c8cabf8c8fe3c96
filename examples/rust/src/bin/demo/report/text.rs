//! Texts as HTML.

use std::ops::Range;

/// `text` as HTML says it, in elements and in attributes.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// `text` with the words in `ranges` marked.
pub(super) fn marked(text: &str, ranges: &[Range<usize>]) -> String {
    let (mut html, mut done) = (String::new(), 0);
    for range in ranges {
        let parts = (text.get(done..range.start), text.get(range.clone()));
        let (Some(before), Some(word)) = parts else { continue };
        html += &format!("{}<mark>{}</mark>", escape(before), escape(word));
        done = range.end;
    }
    html + &escape(text.get(done..).unwrap_or_default())
}

/// A number of things, such as `2 pages`.
pub(super) fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_marked_and_nothing_becomes_markup() {
        assert_eq!(marked("maré & <b>", &[0..5, 8..11]), "<mark>maré</mark> &amp; <mark>&lt;b&gt;</mark>");
        assert_eq!(marked("é", &[0..1, 8..9]), "é", "half a letter is no word");
        assert_eq!(escape("\"'<&"), "&quot;'&lt;&amp;");
        assert_eq!((count(1, "page"), count(2, "page")), ("1 page".into(), "2 pages".into()));
    }
}
