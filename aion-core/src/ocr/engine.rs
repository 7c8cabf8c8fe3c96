//! Tesseracts with their languages: a grey page in, its words out.

use std::ffi::CString;
use std::path::{Path, PathBuf};

use super::PageMode;
use super::grey::Grey;
use super::native::Tesseract;
use super::reading::Reading;
use super::tessdata;
use crate::error::{Error, ErrorKind, Result};

/// Fewer pixels than this in a row or a column hold no letter.
pub(super) const MIN_SIDE: u32 = 5;
/// Tesseract keeps coordinates in 16 bits.
pub(super) const MAX_SIDE: u32 = i16::MAX as u32;

/// Asked again and again whether to go on, with the share of the page that is read, in percent.
pub(super) type Check<'a> = &'a dyn Fn(u8) -> Result<()>;

/// Tesseract with its languages loaded, to be kept on one thread.
pub(super) struct Engine {
    tesseract: Tesseract,
    langs: String,
    allowed: String,
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
        let mut engine = Self { tesseract, langs: langs.into(), allowed: String::new() };
        engine.init(directory)?;
        Ok(engine)
    }

    /// Reads only `characters` from now on; empty means all.
    fn allow(&mut self, characters: &str) -> Result<()> {
        if characters == self.allowed {
            return Ok(());
        }
        // Tesseract joins words where a space may not be found.
        let space = if characters.is_empty() { "" } else { " " };
        let value = CString::new(format!("{characters}{space}")).map_err(|_| {
            Error::new(ErrorKind::InvalidArgument, "a whitelist of characters holds a NUL; leave it out")
        })?;
        if !self.tesseract.set_variable(c"tessedit_char_whitelist", &value) {
            return Err(Error::new(ErrorKind::Engine, "Tesseract knows no whitelist of characters"));
        }
        self.allowed = characters.into();
        Ok(())
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

    /// Reads a picture, asking `check` before each word whether to go on.
    ///
    /// # Errors
    /// That of `check`, or [`ErrorKind::Engine`] when Tesseract gives up.
    pub(super) fn recognize(&mut self, grey: &Grey, mode: PageMode, check: Check<'_>) -> Result<Reading> {
        check(0)?;
        let (width, height) = (grey.width(), grey.height());
        self.tesseract.set_page_mode(mode.number());
        // No resolution is set: Tesseract then estimates it from the height of the lines.
        let is_set = self.tesseract.set_image(grey);
        let is_done = is_set && self.tesseract.recognize(&|percent| check(percent).is_err());
        let reading = match self.tesseract.words().filter(|_| is_done) {
            Some(words) => Reading::collect(words, width, height),
            None => Reading::default(),
        };
        self.tesseract.clear();
        check(0)?;
        if !is_done {
            let message = format!("Tesseract could not read a page of {width} × {height} pixels");
            return Err(Error::new(ErrorKind::Engine, message));
        }
        Ok(reading)
    }
}

/// The engines of one thread, the last used first.
#[derive(Default)]
pub(super) struct Engines {
    tessdata: Option<PathBuf>,
    whitelist: String,
    loaded: Vec<Engine>,
}

impl Engines {
    /// None yet; they will load from `tessdata`, or from where the system keeps its languages.
    pub(super) fn new(tessdata: Option<PathBuf>) -> Self {
        Self { tessdata, ..Self::default() }
    }

    /// The characters that may be found from now on; empty means all.
    pub(super) fn set_whitelist(&mut self, characters: &str) {
        self.whitelist = characters.into();
    }

    /// The engine with `langs`, joined by `+`.
    ///
    /// # Errors
    /// As [`Engine::new`].
    pub(super) fn get(&mut self, langs: &str) -> Result<&mut Engine> {
        /// One for all languages, one for each of two, and one for a call with languages of its own.
        const MOST: usize = 4;
        let mut engine = match self.loaded.iter().position(|engine| engine.langs == langs) {
            Some(place) => self.loaded.remove(place),
            None => Engine::new(&tessdata::directory(self.tessdata.as_deref())?, langs)?,
        };
        engine.allow(&self.whitelist)?;
        self.loaded.truncate(MOST - 1);
        self.loaded.insert(0, engine);
        Ok(&mut self.loaded[0])
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.loaded.len()
    }

    /// Lets go of all of them, and of their memory.
    pub(super) fn clear(&mut self) {
        self.loaded.clear();
    }
}
