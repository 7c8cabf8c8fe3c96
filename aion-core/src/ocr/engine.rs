//! One Tesseract with its languages: a grey page in, its words out.

use std::ffi::CString;
use std::path::Path;

use super::PageMode;
use super::grey::Grey;
use super::native::{Tesseract, Words};
use super::result::{OcrPage, OcrWord};
use super::tessdata;
use crate::error::{Error, ErrorKind, Result};

/// Fewer pixels than this in a row or a column hold no letter.
pub(super) const MIN_SIDE: u32 = 5;
/// Tesseract keeps coordinates in 16 bits.
pub(super) const MAX_SIDE: u32 = i16::MAX as u32;

/// Tesseract with its languages loaded, to be kept on one thread.
pub(super) struct Engine {
    tesseract: Tesseract,
    langs: String,
}

impl Engine {
    /// Loads `langs`, joined by `+`, from `directory`.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] or [`ErrorKind::InvalidModel`] that names the file.
    pub(super) fn new(directory: &Path, langs: &str) -> Result<Self> {
        tessdata::check(directory, langs)?;
        let tesseract = Tesseract::new().ok_or_else(|| {
            Error::new(ErrorKind::Engine, "Tesseract made no instance; memory may be short")
        })?;
        let mut engine = Self { tesseract, langs: langs.into() };
        engine.init(directory)?;
        Ok(engine)
    }

    /// The languages that are loaded.
    pub(super) fn langs(&self) -> &str {
        &self.langs
    }

    fn init(&mut self, directory: &Path) -> Result<()> {
        let refused = |reason: &str| {
            let (langs, directory) = (&self.langs, directory.display());
            Error::new(
                ErrorKind::InvalidModel,
                format!("Tesseract could not load `{langs}` from `{directory}`{reason}"),
            )
        };
        // Never empty, since Tesseract would then read TESSDATA_PREFIX.
        let path = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        let path =
            CString::new(path.as_os_str().as_encoded_bytes()).map_err(|_| refused(": a NUL in the path"))?;
        let langs = CString::new(self.langs.as_str()).map_err(|_| refused(": a NUL in a name"))?;
        if self.tesseract.init(&path, &langs) {
            return Ok(());
        }
        Err(refused("; its files may be of another version of Tesseract"))
    }

    /// Reads a page, asking `check` before each word whether to go on.
    ///
    /// # Errors
    /// That of `check`, or [`ErrorKind::Engine`] when Tesseract gives up.
    pub(super) fn recognize(
        &mut self,
        grey: &Grey,
        page: u32,
        mode: PageMode,
        check: &dyn Fn() -> Result<()>,
    ) -> Result<OcrPage> {
        let (width, height) = (grey.width(), grey.height());
        self.tesseract.set_page_mode(mode.number());
        // No resolution is set: Tesseract then estimates it from the height of the lines.
        self.tesseract.set_image(grey);
        let is_done = self.tesseract.recognize(&|| check().is_err());
        let words = match self.tesseract.words().filter(|_| is_done) {
            Some(words) => collect(words, width, height, page),
            None => Vec::new(),
        };
        self.tesseract.clear();
        check()?;
        if !is_done {
            let message = format!("Tesseract could not read a page of {width} × {height} pixels");
            return Err(Error::new(ErrorKind::Engine, message));
        }
        Ok(OcrPage::from_words(width, height, words))
    }
}

/// The words that hold text, with their blocks and lines numbered anew.
fn collect(mut words: Words<'_>, width: u32, height: u32, page: u32) -> Vec<OcrWord> {
    let mut found: Vec<OcrWord> = Vec::new();
    let (mut is_new_block, mut is_new_line) = (false, false);
    while let Some(text) = words.text() {
        is_new_block |= words.starts_block();
        is_new_line |= words.starts_line();
        let text = text.trim();
        if let Some(bounds) = words.bounds(width, height).filter(|_| !text.is_empty()) {
            let (block, line) = found.last().map_or((0, 0), |last| {
                (last.block + u32::from(is_new_block), last.line + u32::from(is_new_line || is_new_block))
            });
            let confidence = (words.confidence() / 100.0).clamp(0.0, 1.0);
            found.push(OcrWord { text: text.into(), confidence, bounds, page, block, line });
            (is_new_block, is_new_line) = (false, false);
        }
        if !words.advance() {
            break;
        }
    }
    found
}
