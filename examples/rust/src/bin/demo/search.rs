//! Step 5: what the store finds, by words, by meaning and by a picture.

use aion_core::knowledge::{Hit, Kind, Knowledge, SearchMode, SearchOptions};
use aion_core::{Control, ImageSource};

use crate::discover::path;
use crate::{Result, pictures};

/// How many hits are shown.
const HITS: usize = 3;

/// Words that are searched for, what is wanted by them, among what, and by what.
const QUERIES: [(&str, &str, Kind, SearchMode); 4] = [
    ("por que a maré alta vem mais tarde", "Portuguese words, among pages", Kind::Page, SearchMode::Words),
    ("garca real", "without its accents, among pages", Kind::Page, SearchMode::Words),
    ("red circle", "by meaning, among pictures", Kind::Image, SearchMode::Vectors),
    ("doca interior", "words in a scanned picture", Kind::Image, SearchMode::Words),
];

/// One search and what it found.
pub struct Search {
    pub query: String,
    /// What it is to show.
    pub note: &'static str,
    /// The picture that was searched by, as a data URI.
    pub picture: Option<String>,
    pub hits: Vec<Hit>,
}

/// Makes every search.
pub fn search(knowledge: &Knowledge, control: &Control) -> Result<Vec<Search>> {
    let mut searches = Vec::new();
    for (query, note, kind, mode) in QUERIES {
        let mut options = among(kind);
        options.mode = mode;
        let hits = knowledge.search_text(query, HITS, &options, control)?;
        searches.push(Search { query: query.to_owned(), note, picture: None, hits });
    }
    searches.push(by_picture(knowledge, control)?);
    searches.iter().for_each(print);
    Ok(searches)
}

fn by_picture(knowledge: &Knowledge, control: &Control) -> Result<Search> {
    let drawn = pictures::blue_square();
    let (width, height) = drawn.dimensions();
    let source = ImageSource::Pixels { width, height, channels: 3, data: drawn.as_raw() };
    let hits = knowledge.search_image(source, HITS, &among(Kind::Image), control)?;
    let picture = Some(pictures::data_uri(&drawn)?);
    Ok(Search { query: "a picture".into(), note: "drawn by this program; no page has it", picture, hits })
}

fn among(kind: Kind) -> SearchOptions {
    let mut options = SearchOptions::default();
    options.filter.kind = Some(kind);
    options
}

fn print(search: &Search) {
    println!("{}  ({})", search.query, search.note);
    for (place, hit) in search.hits.iter().enumerate() {
        println!("   {}. {:28} {}", place + 1, path(&hit.source), first_words(&hit.excerpt));
    }
}

fn first_words(text: &str) -> String {
    text.split_whitespace().take(10).collect::<Vec<_>>().join(" ")
}
