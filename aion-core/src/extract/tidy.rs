//! Takes out of a list of blocks what is about the page and not about its subject.

use super::blocks::{Block, Kind};
use super::vocabulary::{NOTICE_PARTS, NOTICE_STARTS};

/// Longest block that is looked at as a notice, in words.
const MAX_NOTICE_WORDS: usize = 40;
/// Longest block at either end that is taken for a label, such as a date or a name.
const MAX_LABEL_WORDS: usize = 10;
/// Longest text of links only that is taken for a pointer to another page.
const MAX_POINTER_CHARS: usize = 200;
const POINTER_LINK_DENSITY: f32 = 0.8;
/// A shorter line may be in a title by chance.
const MIN_TITLE_CHARS: usize = 9;
/// Blocks in which a repetition is looked for: a caption that is shown twice, not a refrain.
const RECENT: usize = 4;
const MIN_REPEATED_WORDS: usize = 12;
/// More than this share of links in a short block makes it one of the list that a notice begins.
const LISTED_LINK_DENSITY: f32 = 0.4;

/// The blocks without notices, pointers to other pages, repetitions and labels at either end.
pub(super) fn tidy(blocks: Vec<Block>, titles: &str) -> Vec<Block> {
    let mut recent: [String; RECENT] = Default::default();
    let mut after_notice = false;
    let mut blocks: Vec<Block> = blocks
        .into_iter()
        .filter(|block| {
            if matches!(block.kind, Kind::Code | Kind::Row) {
                return true;
            }
            let repeated = words(&block.text) >= MIN_REPEATED_WORDS && recent.contains(&block.text);
            recent.rotate_left(1);
            recent[RECENT - 1].clone_from(&block.text);
            let listed =
                after_notice && block.link_density() > LISTED_LINK_DENSITY && block.chars < MAX_POINTER_CHARS;
            let notice = is_notice(block);
            after_notice = notice || listed;
            !(repeated || notice || listed || is_pointer(block) || block.kind == Kind::Caption)
        })
        .collect();
    trim_ends(&mut blocks, titles);
    blocks
}

/// About how many words `text` has; scripts that write no spaces have about two characters a word.
pub(super) fn words(text: &str) -> usize {
    let is_unspaced = |character: &char| matches!(character, '\u{0e00}'..='\u{0eff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}');
    text.split_whitespace().count() + text.chars().filter(is_unspaced).count() / 2
}

fn is_notice(block: &Block) -> bool {
    if block.chars > MAX_NOTICE_WORDS * 12 || words(&block.text) > MAX_NOTICE_WORDS {
        return false;
    }
    let text = block.text.to_lowercase();
    let text = text.trim_start_matches(|character: char| {
        !character.is_alphanumeric() && !matches!(character, '©' | '-')
    });
    if text.is_empty() {
        return true;
    }
    let short = words(text) <= MAX_NOTICE_WORDS / 2;
    (short && NOTICE_STARTS.iter().any(|start| text.starts_with(start)))
        || NOTICE_PARTS.iter().any(|part| text.contains(part))
}

/// A block of links that is no sentence; an address that is written out is a reference.
fn is_pointer(block: &Block) -> bool {
    block.kind != Kind::Heading
        && block.link_density() > POINTER_LINK_DENSITY
        && block.chars < MAX_POINTER_CHARS
        && !block.text.starts_with("http")
        && !ends_sentence(&block.text)
}

pub(super) fn ends_sentence(text: &str) -> bool {
    let end = text.trim_end_matches(['"', '”', '’', '»', '\'', ')', ']', '“']);
    end.ends_with(['.', '!', '?', '…', '。', '！', '？', '؟', '।', ':', ';'])
}

fn trim_ends(blocks: &mut Vec<Block>, titles: &str) {
    let is_lead = |block: &Block| is_label(block) || is_title(block, titles);
    let first = blocks.iter().position(|block| !is_lead(block)).unwrap_or(0);
    blocks.drain(..first);
    let last = blocks.iter().rposition(|block| !is_label(block) && block.kind != Kind::Heading);
    if let Some(last) = last {
        blocks.truncate(last + 1);
    }
}

/// A short line at the edge of the text that is no sentence: a date, a name, a section.
fn is_label(block: &Block) -> bool {
    let count = words(&block.text);
    block.kind == Kind::Paragraph
        && count <= MAX_LABEL_WORDS
        && !ends_sentence(&block.text)
        && (count == 1
            || block.linked * 3 > block.chars
            || block.text.chars().filter(char::is_ascii_digit).count() >= 4)
}

fn is_title(block: &Block, titles: &str) -> bool {
    let text = block.text.to_lowercase();
    block.chars >= MIN_TITLE_CHARS && titles.contains(&text)
}
