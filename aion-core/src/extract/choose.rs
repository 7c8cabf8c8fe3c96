//! Puts the opinions together: the scored article, mended from the page's own blocks, or the page itself.

use std::collections::HashSet;

use super::blocks::{Block, Kind};
use super::tidy::{ends_sentence, words};

/// Most bytes that are searched for blocks: above it an article stays as it is.
const MAX_SEARCHED_BYTES: usize = 1 << 31;
/// Shorter blocks come many times on a page and say nothing of the place that they were taken from.
const MIN_ANCHOR_CHARS: usize = 40;
/// Fewest words of a sentence that is taken back.
const MIN_WORDS: usize = 8;
const MAX_LINK_DENSITY: f32 = 0.3;
/// More than this share of new text between the chosen blocks is another list that runs through the article.
const MAX_MENDED_SHARE: f32 = 0.25;
/// Blocks before the article among which its lead is looked for, and fewest words of a lead.
const LEAD_BLOCKS: usize = 6;
const MIN_LEAD_WORDS: usize = 12;
/// An article of fewer words than this is doubtful, and one of twice as many if it holds less than this share of
/// the sentences of the page.
const MIN_ARTICLE_WORDS: usize = 60;
const MIN_SHARE: f32 = 0.3;

/// The article with its lead, and with the sentences and quotations of the page that stand between its blocks.
///
/// Readability judges each element by itself, so it drops a lead that has an element of its own, quotations
/// that hold more links than words, and paragraphs that are wrapped on their own.
pub(super) fn mend(article: Vec<Block>, page: &[Block]) -> Vec<Block> {
    let joined = article.iter().map(|block| block.text.as_str()).collect::<Vec<_>>().join("\n");
    if joined.len().saturating_mul(page.len()) > MAX_SEARCHED_BYTES {
        return article;
    }
    let lines: HashSet<&str> = article.iter().map(|block| block.text.as_str()).collect();
    let chosen: Vec<bool> = page
        .iter()
        .map(|block| {
            lines.contains(block.text.as_str()) || (is_anchor(block) && joined.contains(&block.text))
        })
        .collect();
    let anchor = |index: &usize| chosen[*index] && is_anchor(&page[*index]);
    let (Some(first), Some(last)) = ((0..page.len()).find(anchor), (0..page.len()).rfind(anchor)) else {
        return article;
    };
    let missing = |at: &usize| !chosen[*at];
    let quoted = (first..last).filter(missing).filter(|&at| page[at].kind == Kind::Quote);
    let between: Vec<usize> = (first..last).filter(missing).filter(|&at| is_sentence(&page[at])).collect();
    let is_lead = |at: &usize| words(&page[*at].text) >= MIN_LEAD_WORDS && is_sentence(&page[*at]);
    let lead = (first.saturating_sub(LEAD_BLOCKS)..first).filter(missing).filter(is_lead);
    let mut added: HashSet<usize> = lead.chain(quoted).collect();
    let size: usize = between.iter().map(|&at| page[at].chars).sum();
    if (size as f32) <= joined.len() as f32 * MAX_MENDED_SHARE {
        added.extend(between);
    }
    if added.is_empty() {
        return article;
    }
    // Short lines at the ends of the article are known by their place; alone they may be of any list.
    let is_long = |block: &Block| is_anchor(block);
    let head = article.iter().position(is_long).unwrap_or(0) + LEAD_BLOCKS;
    let tail = article.iter().rev().position(is_long).unwrap_or(0);
    let near = first.saturating_sub(head)..=last + tail;
    let keep = |at: usize| added.contains(&at) || (chosen[at] && near.contains(&at));
    page.iter().enumerate().filter(|(at, _)| keep(*at)).map(|(_, block)| block.clone()).collect()
}

/// Whether so little of the page is in `article` that the scores must have missed it.
pub(super) fn is_doubtful(article: &[Block], page: &[Block]) -> bool {
    let sentences = |blocks: &[Block]| -> usize {
        blocks.iter().filter(|block| is_sentence(block)).map(|block| block.chars).sum()
    };
    let (found, all) = (sentences(article), sentences(page));
    let count: usize = article.iter().map(|block| words(&block.text)).sum();
    count < MIN_ARTICLE_WORDS || (count < 2 * MIN_ARTICLE_WORDS && (found as f32) < all as f32 * MIN_SHARE)
}

fn is_anchor(block: &Block) -> bool {
    block.chars >= MIN_ANCHOR_CHARS
}

fn is_sentence(block: &Block) -> bool {
    block.kind != Kind::Caption
        && block.link_density() < MAX_LINK_DENSITY
        && words(&block.text) >= MIN_WORDS
        && ends_sentence(&block.text)
}
