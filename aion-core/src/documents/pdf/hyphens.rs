//! Words that were cut at the ends of lines.

use std::collections::HashSet;

use super::paragraphs::Line;

/// Most words that are kept to decide by.
const MAX_WORDS: usize = 200_000;
const HYPHENS: [char; 3] = ['-', '\u{ad}', '\u{2010}'];

/// The words of a document, in lower case: what a cut word is mended by.
pub(super) struct Words(HashSet<String>);

impl Words {
    pub(super) fn of<'a>(lines: impl Iterator<Item = &'a Line>) -> Self {
        let mut words = HashSet::new();
        for cell in lines.flat_map(|line| &line.cells) {
            // The last word of a line may be half a word.
            let whole = cell.trim_end().rsplit_once(' ').map_or("", |(whole, _)| whole);
            words.extend(whole.split_whitespace().map(bare).filter(|word| word.len() > 3));
            if words.len() > MAX_WORDS {
                break;
            }
        }
        Self(words)
    }

    /// The lines of a paragraph as one.
    pub(super) fn mend(&self, lines: &[String]) -> String {
        let mut text = String::new();
        for line in lines {
            match cut(&text, line) {
                Some(stem) if self.is_one_word(&text[..stem], line) => text.truncate(stem),
                Some(_) => {}
                None if text.is_empty() => {}
                None => text.push(' '),
            }
            text.push_str(line);
        }
        text
    }

    /// Whether the hyphen between `before` and `after` belongs to the line and not to the word. A word that the document
    /// writes with a hyphen elsewhere keeps it.
    fn is_one_word(&self, before: &str, after: &str) -> bool {
        let first = before.rsplit(char::is_whitespace).next().unwrap_or_default();
        let second = after.split_whitespace().next().unwrap_or_default();
        let hyphenated = bare(&format!("{first}-{second}"));
        let joined = bare(&format!("{first}{second}"));
        // A part that has a hyphen already is of a compound: `state-of-the-`.
        !self.0.contains(&hyphenated) && (self.0.contains(&joined) || !first.contains('-'))
    }
}

/// Where the hyphen at the end of `text` stands, if `line` goes on with a cut word.
fn cut(text: &str, line: &str) -> Option<usize> {
    let stem = text.strip_suffix(HYPHENS)?;
    let before = stem.chars().next_back()?;
    let after = line.chars().next()?;
    (before.is_alphabetic() && after.is_lowercase()).then_some(stem.len())
}

fn bare(word: &str) -> String {
    word.trim_matches(|character: char| !character.is_alphanumeric()).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mend(known: &[&str], lines: &[&str]) -> String {
        let words = Words(known.iter().map(|word| (*word).to_owned()).collect());
        words.mend(&lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn cut_words_are_mended_and_compounds_are_kept() {
        assert_eq!(mend(&[], &["the har-", "bour of", "the town"]), "the harbour of the town");
        assert_eq!(mend(&["well-known"], &["a well-", "known boat"]), "a well-known boat");
        assert_eq!(mend(&[], &["state-of-the-", "art"]), "state-of-the-art");
        assert_eq!(mend(&[], &["from 1990-", "2000 and A-", "Z"]), "from 1990- 2000 and A- Z");
        assert_eq!(mend(&[], &["so -", "said he"]), "so - said he");
    }
}
