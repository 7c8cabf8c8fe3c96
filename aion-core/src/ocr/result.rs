//! What was read: words, their pages, and the whole.

use serde::{Deserialize, Serialize};

/// A rectangle in pixels from the top left of the picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Pixels from the left edge.
    pub x: u32,
    /// Pixels from the top edge.
    pub y: u32,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

impl Bounds {
    /// The smallest rectangle that holds both.
    pub(crate) fn union(self, other: Self) -> Self {
        let x = self.x.min(other.x);
        let y = self.y.min(other.y);
        let right = self.right().max(other.right());
        let bottom = self.bottom().max(other.bottom());
        Self { x, y, width: right - x, height: bottom - y }
    }

    /// The first column to the right of the rectangle.
    pub(crate) fn right(self) -> u32 {
        self.x.saturating_add(self.width)
    }

    /// The first row below the rectangle.
    pub(crate) fn bottom(self) -> u32 {
        self.y.saturating_add(self.height)
    }
}

/// One word and where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OcrWord {
    /// The word, without white space at its ends and never empty.
    pub text: String,
    /// How sure the recognizer is, from 0 to 1.
    pub confidence: f32,
    /// Where the word stands, in pixels of the picture.
    pub bounds: Bounds,
    /// Which page of the result it is on, from 0.
    pub page: u32,
    /// Which block of its page it belongs to, from 0 in reading order.
    pub block: u32,
    /// Which line of its page it belongs to, from 0 in reading order.
    pub line: u32,
}

/// One page as it was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OcrPage {
    /// Lines end with `\n`, an empty line stands between blocks, and there is no white space at the ends.
    pub text: String,
    /// The mean confidence of the words, from 0 to 1, each weighted by its characters; 0 without words.
    pub confidence: f32,
    /// The clockwise turn that made the page upright: 0, 90, 180 or 270 degrees.
    pub rotation: u16,
    /// The clockwise slope of the lines that was straightened, in degrees.
    pub skew: f32,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// The words in reading order.
    pub words: Vec<OcrWord>,
}

impl OcrPage {
    /// An upright page of `words` in reading order, from which its text and confidence follow.
    pub(crate) fn from_words(width: u32, height: u32, words: Vec<OcrWord>) -> Self {
        let text = text_of(&words);
        let confidence = mean_confidence(words.iter());
        Self { text, confidence, rotation: 0, skew: 0.0, width, height, words }
    }
}

/// Everything that was read from one picture or document.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OcrResult {
    /// The texts of the pages that have any, with an empty line (`\n\n`) between them.
    pub text: String,
    /// The mean confidence of all words, from 0 to 1, each weighted by its characters; 0 without words.
    pub confidence: f32,
    /// The pages in their order.
    pub pages: Vec<OcrPage>,
}

impl OcrResult {
    /// The result of `pages` in this order. Each word's [`page`](OcrWord::page) is set to its place in it.
    pub fn from_pages(mut pages: Vec<OcrPage>) -> Self {
        for (number, page) in (0..).zip(&mut pages) {
            page.words.iter_mut().for_each(|word| word.page = number);
        }
        let texts: Vec<&str> =
            pages.iter().map(|page| page.text.as_str()).filter(|text| !text.is_empty()).collect();
        let text = texts.join("\n\n");
        let confidence = mean_confidence(pages.iter().flat_map(|page| &page.words));
        Self { text, confidence, pages }
    }

    /// The words of all pages, in reading order.
    pub fn words(&self) -> impl Iterator<Item = &OcrWord> {
        self.pages.iter().flat_map(|page| &page.words)
    }
}

fn text_of(words: &[OcrWord]) -> String {
    let mut text = String::new();
    let mut before: Option<&OcrWord> = None;
    for word in words {
        text.push_str(match before {
            None => "",
            Some(last) if last.block != word.block => "\n\n",
            Some(last) if last.line != word.line => "\n",
            Some(_) => " ",
        });
        text.push_str(&word.text);
        before = Some(word);
    }
    text
}

pub(super) fn mean_confidence<'a>(words: impl Iterator<Item = &'a OcrWord>) -> f32 {
    let (sum, weight) = words.fold((0.0, 0.0), |(sum, weight), word| {
        let characters = word.text.chars().count() as f64;
        (sum + f64::from(word.confidence) * characters, weight + characters)
    });
    if weight > 0.0 { (sum / weight) as f32 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, confidence: f32, block: u32, line: u32) -> OcrWord {
        let bounds = Bounds { x: 1, y: 2, width: 3, height: 4 };
        OcrWord { text: text.into(), confidence, bounds, page: 0, block, line }
    }

    #[test]
    fn the_text_follows_from_blocks_and_lines() {
        let words =
            vec![word("a", 1.0, 0, 0), word("b", 1.0, 0, 0), word("c", 1.0, 0, 1), word("d", 1.0, 1, 2)];
        assert_eq!(OcrPage::from_words(9, 9, words).text, "a b\nc\n\nd");
    }

    #[test]
    fn long_words_weigh_more_and_no_words_weigh_nothing() {
        let page = OcrPage::from_words(9, 9, vec![word("éée", 0.9, 0, 0), word("x", 0.1, 0, 0)]);
        assert!((page.confidence - 0.7).abs() < 1e-6, "{}", page.confidence);
        assert_eq!(OcrPage::from_words(9, 9, Vec::new()).confidence, 0.0);
        assert_eq!(OcrResult::from_pages(Vec::new()).confidence, 0.0);
    }

    #[test]
    fn pages_are_numbered_and_empty_ones_leave_no_gap_in_the_text() {
        let page = |text| OcrPage::from_words(9, 9, vec![word(text, 1.0, 0, 0)]);
        let empty = OcrPage::from_words(9, 9, Vec::new());
        let result = OcrResult::from_pages(vec![page("a"), empty, page("b")]);
        assert_eq!(result.text, "a\n\nb");
        assert_eq!(result.words().map(|word| word.page).collect::<Vec<_>>(), [0, 2]);
    }

    #[test]
    fn a_union_holds_both() {
        let a = Bounds { x: 5, y: 5, width: 2, height: 2 };
        let b = Bounds { x: 1, y: 6, width: 2, height: 10 };
        assert_eq!(a.union(b), Bounds { x: 1, y: 5, width: 6, height: 11 });
    }
}
