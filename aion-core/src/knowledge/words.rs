//! Search by words, with SQLite's FTS5: BM25 over titles and texts, whatever the case and the accents.

use std::ops::Range;

use rusqlite::params_from_iter;
use rusqlite::types::Value as Cell;

use super::filter::{Conditions, Filter};
use super::store::{all, first};
use crate::error::Result;
use crate::sqlite::Transaction;

/// Words of a query that are looked for; further ones add time and little meaning.
const MAX_WORDS: usize = 64;
/// Tokens of an excerpt.
const EXCERPT_TOKENS: u8 = 48;
/// Begin and end of a word in an excerpt, as FTS5 is told to write them.
const MARKS: [char; 2] = ['\u{1}', '\u{2}'];

/// A chunk with words of the query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Found {
    pub(super) chunk: i64,
    pub(super) document: i64,
    /// BM25, the better the higher.
    pub(super) score: f64,
}

/// What FTS5 is asked for.
pub(super) struct Words(String);

impl Words {
    /// The words of `query`, of which a chunk has to have one. Each is quoted, so that nothing in them is syntax;
    /// FTS5 then takes them apart as it does texts. With `prefix` the last one may go on.
    pub(super) fn of(query: &str, prefix: bool) -> Option<Self> {
        let has_letters = |word: &&str| word.chars().any(char::is_alphanumeric);
        let mut words: Vec<String> = Vec::new();
        for word in query.split_whitespace().filter(has_letters).take(MAX_WORDS) {
            let quoted = format!("\"{}\"", word.replace(['"', '\0'], " "));
            if !words.contains(&quoted) {
                words.push(quoted);
            }
        }
        if prefix && !query.ends_with(char::is_whitespace) {
            words.last_mut()?.push('*');
        }
        (!words.is_empty()).then(|| Self(words.join(" OR ")))
    }

    /// The best chunks, at most `most`, the best first.
    pub(super) fn find(
        &self,
        transaction: &Transaction<'_>,
        filter: &Filter,
        most: usize,
    ) -> Result<Vec<Found>> {
        let conditions = Conditions::of(filter);
        // A word of the title counts twice.
        let inner = match filter.is_empty() {
            true => {
                "SELECT rowid AS id, bm25(words, 2.0, 1.0) AS score FROM words WHERE words MATCH ?".into()
            }
            false => format!(
                "SELECT words.rowid AS id, bm25(words, 2.0, 1.0) AS score FROM words
                 JOIN chunks c ON c.id = words.rowid JOIN documents d ON d.id = c.document
                 WHERE words MATCH ? AND {}",
                conditions.sql()
            ),
        };
        let sql = format!(
            "SELECT w.id, c.document, w.score FROM ({inner} ORDER BY score, id LIMIT ?) w
             JOIN chunks c ON c.id = w.id ORDER BY w.score, w.id"
        );
        let limit = Cell::Integer(i64::try_from(most).unwrap_or(i64::MAX));
        let values = [Cell::Text(self.0.clone())].into_iter().chain(conditions.values).chain([limit]);
        all(transaction, "the words", &sql, params_from_iter(values), |row| {
            Ok(Found { chunk: row.get(0)?, document: row.get(1)?, score: -row.get::<_, f64>(2)? })
        })
    }

    /// The part of a chunk that has most of the words.
    pub(super) fn excerpt(&self, transaction: &Transaction<'_>, chunk: i64) -> Result<Option<Excerpt>> {
        let sql = "SELECT snippet(words, 1, ?3, ?4, '…', ?5) FROM words WHERE words MATCH ?1 AND rowid = ?2";
        let [begin, end] = MARKS.map(String::from);
        let values = (&self.0, chunk, begin, end, EXCERPT_TOKENS);
        let marked = first(transaction, "the words", sql, values, |row| row.get::<_, String>(0))?;
        Ok(marked.map(|marked| Excerpt::of_marked(&marked)))
    }
}

/// A part of a text, and where the words of the query are in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Excerpt {
    pub(super) text: String,
    /// Ranges of bytes.
    pub(super) words: Vec<Range<usize>>,
}

impl Excerpt {
    /// The beginning of a text that has none of the words.
    pub(super) fn beginning(text: &str) -> Self {
        const MOST: usize = 320;
        let text = text.trim();
        if text.len() <= MOST {
            return Self { text: text.into(), words: Vec::new() };
        }
        let head = &text[..text.floor_char_boundary(MOST)];
        let head = head.rsplit_once(char::is_whitespace).map_or(head, |(head, _)| head.trim_end());
        Self { text: format!("{head}…"), words: Vec::new() }
    }

    fn of_marked(marked: &str) -> Self {
        let mut excerpt = Self::default();
        let mut begin = None;
        for letter in marked.trim().chars() {
            match MARKS.iter().position(|&mark| mark == letter) {
                Some(0) => begin = Some(excerpt.text.len()),
                Some(_) => excerpt.words.extend(begin.take().map(|begin| begin..excerpt.text.len())),
                None => excerpt.text.push(letter),
            }
        }
        excerpt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_query_is_syntax() {
        let of = |query| Words::of(query, false).map(|words| words.0);
        assert_eq!(of("Tide  table").unwrap(), "\"Tide\" OR \"table\"");
        assert_eq!(of("a\" OR b*").unwrap(), "\"a \" OR \"OR\" OR \"b*\"");
        assert_eq!(of("tide tide").unwrap(), "\"tide\"");
        assert_eq!(of(" \"* - ( "), None);
        assert_eq!(Words::of("high ti", true).unwrap().0, "\"high\" OR \"ti\"*");
        assert_eq!(Words::of("high ti ", true).unwrap().0, "\"high\" OR \"ti\"");
    }

    #[test]
    fn marks_become_ranges() {
        let excerpt = Excerpt::of_marked("…the \u{1}maré\u{2} is \u{1}high\u{2}\u{2}");
        assert_eq!(excerpt.text, "…the maré is high");
        let words: Vec<&str> = excerpt.words.iter().map(|range| &excerpt.text[range.clone()]).collect();
        assert_eq!(words, ["maré", "high"]);
    }

    #[test]
    fn a_beginning_ends_with_a_word() {
        let excerpt = Excerpt::beginning(&"palavra ".repeat(100));
        assert!(excerpt.text.ends_with("palavra…") && excerpt.text.len() < 330);
        assert_eq!(Excerpt::beginning(" short ").text, "short");
    }
}
