//! What was read: pages, words, and the whole in other formats.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use aion_core::{Error, ErrorKind, OcrResult, OcrWord, Result};

use crate::error::AionError;
use crate::handle::{required, vacant};
use crate::panic::{guard, guard_drop, guard_or};
use crate::status::AionStatus;
use crate::text::{self, AionText};

/// Everything that was read from a picture. It never changes, so threads may share it. One that aion_ocr gave is
/// freed by aion_ocr_free, one that an image lends is freed with the image.
pub struct AionOcr {
    result: OcrResult,
    text: AionText,
    pages: Vec<Page>,
    words: Vec<Word>,
}

struct Page {
    text: AionText,
    first_word: usize,
}

/// A word by its place in the result.
struct Word {
    text: AionText,
    page: usize,
    place: usize,
}

impl From<OcrResult> for AionOcr {
    fn from(result: OcrResult) -> Self {
        let mut pages = Vec::with_capacity(result.pages.len());
        let mut words = Vec::new();
        for (number, page) in result.pages.iter().enumerate() {
            pages.push(Page { text: page.text.as_str().into(), first_word: words.len() });
            let word =
                |(place, word): (_, &OcrWord)| Word { text: word.text.as_str().into(), page: number, place };
            words.extend(page.words.iter().enumerate().map(word));
        }
        Self { text: result.text.as_str().into(), pages, words, result }
    }
}

/// One page as it was read. Its text is borrowed from the result.
#[repr(C)]
pub struct AionOcrPage {
    /// Lines end with a line feed, and an empty line stands between blocks.
    pub text: *const c_char,
    /// How many bytes `text` has.
    pub text_length: usize,
    /// The index of its first word.
    pub first_word: usize,
    /// How many words it has.
    pub word_count: usize,
    /// The mean confidence of its words, from 0 to 1.
    pub confidence: f32,
    /// The clockwise slope of the lines that was straightened, in degrees.
    pub skew: f32,
    /// The clockwise turn that made the page upright: 0, 90, 180 or 270 degrees.
    pub rotation: u32,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// One word and where it stands. Its text is borrowed from the result.
#[repr(C)]
pub struct AionOcrWord {
    /// The word, without white space at its ends and never empty.
    pub text: *const c_char,
    /// How many bytes `text` has.
    pub text_length: usize,
    /// How sure the recognizer is, from 0 to 1.
    pub confidence: f32,
    /// Pixels from the left edge of the picture.
    pub x: u32,
    /// Pixels from the top edge of the picture.
    pub y: u32,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// Which page it is on, from 0.
    pub page: u32,
    /// Which block of its page it belongs to, from 0 in reading order.
    pub block: u32,
    /// Which line of its page it belongs to, from 0 in reading order.
    pub line: u32,
}

impl AionOcr {
    fn page(&self, index: usize) -> Option<AionOcrPage> {
        let (page, lent) = (self.result.pages.get(index)?, self.pages.get(index)?);
        let (text, text_length) = lent.text.parts();
        Some(AionOcrPage {
            text,
            text_length,
            first_word: lent.first_word,
            word_count: page.words.len(),
            confidence: page.confidence,
            skew: page.skew,
            rotation: page.rotation.into(),
            width: page.width,
            height: page.height,
        })
    }

    fn word(&self, index: usize) -> Option<AionOcrWord> {
        let lent = self.words.get(index)?;
        let word = self.result.pages.get(lent.page)?.words.get(lent.place)?;
        let (text, text_length) = lent.text.parts();
        Some(AionOcrWord {
            text,
            text_length,
            confidence: word.confidence,
            x: word.bounds.x,
            y: word.bounds.y,
            width: word.bounds.width,
            height: word.bounds.height,
            page: word.page,
            block: word.block,
            line: word.line,
        })
    }
}

/// The texts of the pages, with an empty line between them. Borrowed from the result. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_ocr_text(
    ocr: Option<&AionOcr>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&ocr?.text))
}

/// The mean confidence of all words, from 0 to 1; 0 without words.
#[unsafe(no_mangle)]
pub extern "C" fn aion_ocr_confidence(ocr: Option<&AionOcr>) -> f32 {
    guard_or(0.0, || Some(ocr?.result.confidence))
}

/// How many pages were read.
#[unsafe(no_mangle)]
pub extern "C" fn aion_ocr_page_count(ocr: Option<&AionOcr>) -> usize {
    guard_or(0, || Some(ocr?.pages.len()))
}

/// How many words all pages have.
#[unsafe(no_mangle)]
pub extern "C" fn aion_ocr_word_count(ocr: Option<&AionOcr>) -> usize {
    guard_or(0, || Some(ocr?.words.len()))
}

/// Writes one page to `out`. False, and nothing is written, when there is none of that index.
#[unsafe(no_mangle)]
pub extern "C" fn aion_ocr_page(
    ocr: Option<&AionOcr>,
    index: usize,
    out: Option<&mut MaybeUninit<AionOcrPage>>,
) -> bool {
    guard_or(false, || {
        out?.write(ocr?.page(index)?);
        Some(true)
    })
}

/// Writes one word to `out`, in reading order over all pages. False, and nothing is written, when there is none
/// of that index.
#[unsafe(no_mangle)]
pub extern "C" fn aion_ocr_word(
    ocr: Option<&AionOcr>,
    index: usize,
    out: Option<&mut MaybeUninit<AionOcrWord>>,
) -> bool {
    guard_or(false, || {
        out?.write(ocr?.word(index)?);
        Some(true)
    })
}

/// The result as hOCR, an XHTML page.
#[unsafe(no_mangle)]
pub extern "C" fn aion_ocr_to_hocr(
    ocr: Option<&AionOcr>,
    out: Option<&mut MaybeUninit<Option<Box<AionText>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || render(ocr, out, |result| Ok(result.to_hocr())))
}

/// The result as ALTO 4, an XML document.
#[unsafe(no_mangle)]
pub extern "C" fn aion_ocr_to_alto(
    ocr: Option<&AionOcr>,
    out: Option<&mut MaybeUninit<Option<Box<AionText>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || render(ocr, out, |result| Ok(result.to_alto())))
}

/// The result as tab separated values, in the columns of Tesseract's own.
#[unsafe(no_mangle)]
pub extern "C" fn aion_ocr_to_tsv(
    ocr: Option<&AionOcr>,
    out: Option<&mut MaybeUninit<Option<Box<AionText>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || render(ocr, out, |result| Ok(result.to_tsv())))
}

/// The result as a JSON object: "text", "confidence" and "pages", each page with its "words".
#[unsafe(no_mangle)]
pub extern "C" fn aion_ocr_to_json(
    ocr: Option<&AionOcr>,
    out: Option<&mut MaybeUninit<Option<Box<AionText>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    let json = |result: &OcrResult| {
        serde_json::to_string(result)
            .map_err(|error| Error::new(ErrorKind::Internal, "the result has no JSON").with_source(error))
    };
    guard(error, || render(ocr, out, json))
}

/// Frees a result that aion_ocr gave. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_ocr_free(ocr: Option<Box<AionOcr>>) {
    guard_drop(ocr);
}

fn render(
    ocr: Option<&AionOcr>,
    out: Option<&mut MaybeUninit<Option<Box<AionText>>>>,
    format: impl FnOnce(&OcrResult) -> Result<String>,
) -> Result<()> {
    let out = vacant(out, "out")?;
    *out = Some(Box::new(format(&required(ocr, "ocr")?.result)?.into()));
    Ok(())
}
