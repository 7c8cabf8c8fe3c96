//! What one engine made of one picture, before it is anybody's page.

use super::native::Words;
use super::result::{OcrWord, mean_confidence};

/// Words in pixels of the picture that was read.
#[derive(Default)]
pub(super) struct Reading {
    /// In reading order, all of them on page 0.
    pub(super) words: Vec<OcrWord>,
    /// How many words Tesseract itself turned by 0 to 3 clockwise quarters.
    turned: [usize; 4],
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
                reading.turned[usize::from(words.quarters() % 4)] += 1;
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

    /// The clockwise quarter turns that Tesseract itself gave to most words.
    pub(super) fn quarters(&self) -> u8 {
        let most = (0..4u8).max_by_key(|&quarters| (self.turned[usize::from(quarters)], 4 - quarters));
        most.unwrap_or(0)
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
