//! The opinions on where the text of a page is.

use dom_query::Document;
use dom_smoothie::{Config, Readability};

use super::blocks::{Block, blocks};
use super::outline::Outline;
use crate::error::catch_panic;

/// The element that `dom_smoothie` gathers the article in.
const ARTICLE: &str = "#readability-page-1";
/// Share of the page's prose that an element must hold to be its text.
const PROSE_SHARE: f32 = 0.8;

/// Mozilla's Readability, as `dom_smoothie` ports it: scores of paragraphs flow to the elements around them.
/// Empty if it finds no article, or panics over `document`.
///
/// It recurses and looks at the subtree of each node: the outline of `document` must be modest.
pub(super) fn by_score(document: Document) -> Vec<Block> {
    let config = Config { disable_json_ld: true, ..Config::default() };
    let article = || {
        let Ok(mut reader) = Readability::with_document(document, None, Some(config)) else {
            return Vec::new();
        };
        let found = reader.parse().is_ok();
        let article = reader.doc.select_single(ARTICLE);
        article.nodes().first().filter(|_| found).map(blocks).unwrap_or_default()
    };
    catch_panic(|| Ok(article())).unwrap_or_default()
}

/// The deepest element that holds nearly all prose of the page.
pub(super) fn by_prose(document: &Document, outline: &Outline) -> Vec<Block> {
    let Some(page) = outline.entries.first() else { return Vec::new() };
    let least = page.prose as f32 * PROSE_SHARE;
    let (mut best, mut index) = (0, 1);
    while let Some(entry) = outline.entries.get(index) {
        if entry.prose > 0 && entry.prose as f32 >= least {
            best = index;
            index += 1;
        } else {
            index = entry.end;
        }
    }
    document.tree.get(&outline.entries[best].node).map(|node| blocks(&node)).unwrap_or_default()
}
