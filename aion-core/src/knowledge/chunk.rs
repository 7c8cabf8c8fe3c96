//! Cutting a text into chunks: at paragraphs where that fits, else at sentences, else at words.

use std::ops::Range;

/// Parts of a chunk's largest size before which no paragraph, sentence or word is ended: chunks stay of a size.
const LEAST: usize = 3;

/// Cuts `text` into ranges of at most `max` bytes that follow each other without a gap, each on borders of
/// characters. An empty text is one empty range.
pub(super) fn split(text: &str, max: usize) -> Vec<Range<usize>> {
    let mut ranges = Vec::with_capacity(text.len() / max + 1);
    let mut start = 0;
    loop {
        let end = match text.len() - start <= max {
            true => text.len(),
            false => start + cut(&text[start..text.floor_char_boundary(start + max)]),
        };
        ranges.push(start..end);
        if end == text.len() {
            return ranges;
        }
        start = end;
    }
}

/// Where to end a chunk that may be as long as `window`, which is followed by more text.
fn cut(window: &str) -> usize {
    let least = window.ceil_char_boundary(window.len() / LEAST);
    let (first, rest) = window.split_at(least);
    let place = paragraph_end(rest).or_else(|| sentence_end(rest)).or_else(|| word_end(rest));
    match place {
        Some(place) => first.len() + place,
        // One long word, such as an address: it is cut where the window ends.
        None => word_end(first).unwrap_or(window.len()),
    }
}

/// Behind the last empty line, or else the last line.
fn paragraph_end(text: &str) -> Option<usize> {
    text.rfind("\n\n").map(|at| at + 2).or_else(|| text.rfind('\n').map(|at| at + 1))
}

/// Behind the white space after the last sentence.
fn sentence_end(text: &str) -> Option<usize> {
    let ends = |(at, mark): (usize, char)| {
        let after = at + mark.len_utf8();
        match mark {
            // These need no space behind them.
            '。' | '！' | '？' => Some(after),
            '.' | '!' | '?' | '…' => {
                let space = text[after..].chars().next().filter(|next| next.is_whitespace())?;
                Some(after + space.len_utf8())
            }
            _ => None,
        }
    };
    text.char_indices().rev().find_map(ends)
}

fn word_end(text: &str) -> Option<usize> {
    let (at, space) = text.char_indices().rfind(|(_, letter)| letter.is_whitespace())?;
    Some(at + space.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(text: &str, max: usize) -> Vec<&str> {
        split(text, max).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn a_chunk_ends_with_a_paragraph_a_sentence_or_a_word() {
        assert_eq!(parts("One two.\n\nThree four five.", 16), ["One two.\n\n", "Three four five."]);
        assert_eq!(parts("One two. Three four", 12), ["One two. ", "Three four"]);
        assert_eq!(parts("One two three four", 12), ["One two ", "three four"]);
        assert_eq!(parts("一二。三四五六", 12), ["一二。", "三四五六"]);
        assert_eq!(parts("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(parts("", 4), [""]);
    }

    proptest! {
        #[test]
        fn chunks_are_the_whole_text_and_bounded(text in "(\\PC|[ \\n.。é])*", max in 8_usize..80) {
            let parts = parts(&text, max);
            prop_assert_eq!(parts.concat(), text.as_str());
            for part in &parts {
                prop_assert!(part.len() <= max && (!part.is_empty() || text.is_empty()));
            }
        }
    }
}
