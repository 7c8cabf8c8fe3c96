//! What one engine made of one picture, before it is anybody's page.

use super::native::Words;
use super::result::{Bounds, OcrWord, mean_confidence};

/// Words in pixels of the picture that was read.
#[derive(Default)]
pub(super) struct Reading {
    /// In reading order, all of them on page 0.
    pub(super) words: Vec<OcrWord>,
    known_letters: usize,
    letters: usize,
}

impl Reading {
    /// The words that hold text, with their blocks and lines numbered anew.
    pub(super) fn collect(mut words: Words<'_>, width: u32, height: u32) -> Self {
        let mut reading = Self::default();
        let (mut is_new_block, mut is_new_line) = (false, false);
        while let Some(text) = words.text() {
            is_new_block |= words.starts_block();
            is_new_line |= words.starts_line();
            let text = text.trim();
            if let Some(bounds) = words.bounds(width, height).filter(|_| !text.is_empty()) {
                let (block, line) = reading.words.last().map_or((0, 0), |last| {
                    (last.block + u32::from(is_new_block), last.line + u32::from(is_new_line || is_new_block))
                });
                let confidence = (words.confidence() / 100.0).clamp(0.0, 1.0);
                reading.count(text, words.is_known());
                reading.words.push(OcrWord { text: text.into(), confidence, bounds, page: 0, block, line });
                (is_new_block, is_new_line) = (false, false);
            }
            if !words.advance() {
                break;
            }
        }
        reading
    }

    fn count(&mut self, text: &str, is_known: bool) {
        /// Shorter words are in every dictionary.
        const SHORTEST: usize = 3;
        let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
        if letters < SHORTEST {
            return;
        }
        self.letters += letters;
        self.known_letters += if is_known { letters } else { 0 };
    }

    /// The clockwise quarter turns that would make most lines run to the right: Tesseract reads turned columns by
    /// itself, and tells it only by where it found the words.
    pub(super) fn quarters(&self) -> u8 {
        let mut votes = [0; 4];
        for pair in self.words.windows(2).filter(|pair| pair[0].line == pair[1].line) {
            let [(x, y), (next_x, next_y)] = [&pair[0], &pair[1]].map(|word| centre(word.bounds));
            let (dx, dy) = (next_x - x, next_y - y);
            let quarters = match (dx.abs() >= dy.abs(), dx >= 0, dy >= 0) {
                (true, true, _) => 0,
                (true, false, _) => 2,
                (false, _, true) => 3,
                (false, _, false) => 1,
            };
            votes[quarters] += 1;
        }
        (0..4u8).max_by_key(|&quarters| (votes[usize::from(quarters)], 4 - quarters)).unwrap_or(0)
    }

    /// How many letters were read in words of three or more.
    pub(super) fn letters(&self) -> usize {
        self.letters
    }

    /// The share of those letters in words of a dictionary, from 0 to 1.
    pub(super) fn known(&self) -> f32 {
        self.known_letters as f32 / self.letters.max(1) as f32
    }

    /// The mean confidence of the words, each weighted by its characters; 0 without words.
    pub(super) fn confidence(&self) -> f32 {
        mean_confidence(self.words.iter())
    }
}

/// Twice the coordinates of the middle, so that they are whole numbers.
fn centre(bounds: Bounds) -> (i64, i64) {
    (i64::from(bounds.x) + i64::from(bounds.right()), i64::from(bounds.y) + i64::from(bounds.bottom()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_that_words_follow_each_other_tells_how_their_line_was_turned() {
        let word = |x, y| {
            let bounds = Bounds { x, y, width: 10, height: 10 };
            OcrWord { text: "x".into(), confidence: 1.0, bounds, page: 0, block: 0, line: 0 }
        };
        let quarters =
            |x, y| Reading { words: vec![word(50, 50), word(x, y)], ..Reading::default() }.quarters();
        assert_eq!([quarters(90, 52), quarters(50, 10), quarters(10, 50), quarters(48, 90)], [0, 1, 2, 3]);
        assert_eq!(Reading::default().quarters(), 0);
    }
}
