//! The handle: settings and the engines that they describe, each loaded by the first call that needs it.

use std::fmt;

use crate::config::Config;
#[cfg(any(feature = "image", feature = "crawl"))]
use crate::control::Control;
#[cfg(feature = "crawl")]
use crate::crawl::{Crawl, CrawlOptions, Preview};
#[cfg(all(feature = "documents", feature = "ocr"))]
use crate::documents::{self, DocumentOptions, extract_document};
use crate::error::{Error, ErrorKind, Result};
#[cfg(feature = "image")]
use crate::image::ImageSource;
#[cfg(feature = "ocr")]
use crate::ocr::{Document, OcrOptions, OcrResult};
#[cfg(feature = "image")]
use crate::parse::{self, ParseOptions, ParsedImage};
use crate::rooms::Rooms;

/// The verbs behind one handle. Making one loads nothing; it is `Send + Sync`, every call takes `&self`,
/// and calls from many threads run side by side.
///
/// A handle belongs to the process that made it. Used in a child after `fork`, where its threads do not
/// exist, it answers [`ErrorKind::Forked`] at once; make a new one there.
///
/// ```
/// use aion_core::{Aion, Config, Control, ImageSource, ParseOptions};
///
/// let aion = Aion::new(Config::default())?;
/// let mut options = ParseOptions::default();
/// (options.clip, options.ocr) = (false, false);
/// let red = ImageSource::Pixels { width: 2, height: 1, channels: 3, data: &[255, 0, 0, 255, 0, 0] };
/// let image = aion.parse_image(red, &options, &Control::default())?;
/// assert_eq!((image.width, image.height), (2, 1));
/// # Ok::<(), aion_core::Error>(())
/// ```
pub struct Aion {
    config: Config,
    #[cfg(feature = "crawl")]
    crawl_options: CrawlOptions,
    process: u32,
    /// `None` only while the handle is dropped.
    rooms: Option<Box<Rooms>>,
}

impl Aion {
    /// A handle on engines that `config` describes. Nothing is loaded and no file is touched yet.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for a setting out of its range.
    pub fn new(config: Config) -> Result<Self> {
        config.validate()?;
        Ok(Self {
            #[cfg(feature = "crawl")]
            crawl_options: CrawlOptions::of(&config)?,
            rooms: Some(Box::new(Rooms::new(&config))),
            config,
            process: std::process::id(),
        })
    }

    /// A handle from the `AION_*` variables among `vars`, such as `std::env::vars()`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] that names the variable whose value can not be used.
    pub fn from_vars<K, V>(vars: impl IntoIterator<Item = (K, V)>) -> Result<Self>
    where
        K: AsRef<str>,
        V: AsRef<str>,
    {
        Self::new(Config::from_vars(vars)?)
    }

    /// The settings that this handle was made with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The engines, unless this is a child of the process that made them. Checked before any lock is taken:
    /// one that another thread held during `fork` is held for ever.
    #[cfg_attr(
        not(any(feature = "image", feature = "crawl")),
        expect(dead_code, reason = "every verb comes with a feature")
    )]
    fn rooms(&self) -> Result<&Rooms> {
        if std::process::id() != self.process {
            return Err(Error::new(
                ErrorKind::Forked,
                "this handle was made before a fork and its threads do not exist here; make a new one",
            ));
        }
        let gone = || Error::new(ErrorKind::Internal, "the handle is being dropped");
        self.rooms.as_deref().ok_or_else(gone)
    }
}

#[cfg(feature = "image")]
impl Aion {
    /// Reads a picture whole: upright pixels, CLIP vector and text. It is decoded once, and the engines work
    /// side by side. Only a TIFF has several pages: text is read from all, the rest is of the first.
    ///
    /// # Errors
    /// [`ErrorKind::NotConfigured`] when `options.clip` is set without a model;
    /// [`ErrorKind::InvalidInput`], [`ErrorKind::Unsupported`] and [`ErrorKind::LimitExceeded`] for the
    /// picture; [`ErrorKind::NotFound`], [`ErrorKind::InvalidModel`] and [`ErrorKind::Engine`] for the engines.
    pub fn parse_image<'a>(
        &self,
        image: impl Into<ImageSource<'a>>,
        options: &ParseOptions,
        control: &Control,
    ) -> Result<ParsedImage> {
        parse::parse_image(self.rooms()?, image.into(), options, control)
    }

    /// Reads many pictures on the threads of this handle. The results keep the order of `images`, each with
    /// an error of its own; memory grows with the results, not with what is in work.
    ///
    /// # Errors
    /// As [`parse_image`](Self::parse_image), for each picture; those that a cancel or a deadline kept from
    /// being read say so.
    pub fn parse_images(
        &self,
        images: &[ImageSource<'_>],
        options: &ParseOptions,
        control: &Control,
    ) -> Vec<Result<ParsedImage>> {
        let rooms = match self.rooms() {
            Ok(rooms) => rooms,
            Err(error) => return images.iter().map(|_| Err(error.again())).collect(),
        };
        let part = control.without_progress();
        let done = std::sync::atomic::AtomicUsize::new(0);
        crate::parallel::map(images, rooms.threads, |image| {
            let parsed = parse::parse_image(rooms, *image, options, &part);
            let done = 1 + done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            control.report("images", done, images.len());
            parsed
        })
    }
}

#[cfg(feature = "clip")]
impl Aion {
    /// Embeds pictures with CLIP's image tower: one unit vector each, in their order. A picture that can not
    /// be decoded has an error of its own.
    ///
    /// # Errors
    /// [`ErrorKind::NotConfigured`] without a model, [`ErrorKind::NotFound`] or [`ErrorKind::InvalidModel`]
    /// for its files, and what `control` asks for.
    pub fn embed_clip(&self, images: &[ImageSource<'_>], control: &Control) -> Result<Vec<Result<Vec<f32>>>> {
        self.rooms()?.clip.embed_images(images, control)
    }

    /// Embeds texts with CLIP's text tower: one unit vector each, in their order and in the space of the
    /// pictures. A text of more tokens than `clip_max_length` is cut.
    ///
    /// # Errors
    /// As [`embed_clip`](Self::embed_clip); [`ErrorKind::NotConfigured`] too for a model without a text tower.
    pub fn embed_clip_text(&self, texts: &[&str], control: &Control) -> Result<Vec<Vec<f32>>> {
        self.rooms()?.clip.embed_texts(texts, control)
    }

    /// The name of the space of this handle's CLIP vectors, `"clip:"` and a hash of the model's files: vectors of equal
    /// spaces can be compared. The first call reads the files.
    ///
    /// # Errors
    /// [`ErrorKind::NotConfigured`] without a model, [`ErrorKind::NotFound`] or [`ErrorKind::Io`] for its files.
    pub fn clip_space(&self) -> Result<String> {
        self.rooms()?.clip.space()
    }

    /// The ids that CLIP is fed for `text`, with start and end, at most `clip_max_length`, not padded. Needs
    /// only the `tokenizer.json` of the configured model.
    ///
    /// # Errors
    /// [`ErrorKind::NotConfigured`], [`ErrorKind::NotFound`] or [`ErrorKind::InvalidModel`].
    pub fn clip_tokenize(&self, text: &str) -> Result<Vec<u32>> {
        self.rooms()?.clip.tokenize(text)
    }

    /// What CLIP sees of a picture: `3 * edge * edge` normalised floats, channel by channel, and the edge,
    /// which is 224 unless a configured model says otherwise. Needs no model. A JPEG whose sides are many times as long
    /// is read at a half, a quarter or an eighth of its size, as `embed_clip` does, which changes a level by little.
    ///
    /// # Errors
    /// As [`parse_image`](Self::parse_image) for the picture.
    pub fn clip_preprocess<'a>(&self, image: impl Into<ImageSource<'a>>) -> Result<(Vec<f32>, u32)> {
        self.rooms()?.clip.preprocess(image.into())
    }
}

#[cfg(feature = "ocr")]
impl Aion {
    /// Reads the text of all pages of a picture: words with their places and confidence.
    ///
    /// # Errors
    /// As [`parse_image`](Self::parse_image) for the picture; [`ErrorKind::NotFound`] for a language whose
    /// data is missing, [`ErrorKind::InvalidModel`] for data that can not be used.
    pub fn ocr<'a>(
        &self,
        image: impl Into<ImageSource<'a>>,
        options: &OcrOptions,
        control: &Control,
    ) -> Result<OcrResult> {
        let rooms = self.rooms()?;
        control.check()?;
        let pages = crate::image::Pages::open(image.into(), rooms.limits)?;
        let mut document = Document::new(&rooms.recognizer, options, control, pages.total());
        for page in pages {
            document.push(&page?)?;
        }
        document.finish()
    }
}

#[cfg(feature = "crawl")]
impl Aion {
    /// What a crawl of this handle does unless it is told otherwise: the defaults as the configuration changes
    /// them. Change what you like and pass it on.
    pub fn crawl_options(&self) -> CrawlOptions {
        self.crawl_options.clone()
    }

    /// Begins to crawl from `seed`, breadth first and on its host, and returns at once; the pages are pulled from
    /// the answer as they come. `control` holds for the whole crawl.
    ///
    /// ```no_run
    /// use aion_core::{Aion, Config, Control};
    ///
    /// let aion = Aion::new(Config::default())?;
    /// for page in aion.crawl("https://example.com/", &aion.crawl_options(), &Control::default())? {
    ///     let page = page?;
    ///     println!("{} {} {}", page.url, page.verdict.ok(), page.title);
    /// }
    /// # Ok::<(), aion_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for a setting out of its range or a seed that is no HTTP address or a
    /// private one; [`ErrorKind::Unavailable`], [`ErrorKind::InvalidInput`] or [`ErrorKind::Io`] for the state
    /// file.
    pub fn crawl(&self, seed: &str, options: &CrawlOptions, control: &Control) -> Result<Crawl> {
        self.rooms()?.crawler.crawl(seed, options, control)
    }

    /// What the first 200 of `urls` say and whether they may be ingested, in their order. A page that a crawl of
    /// this handle fetched within the last hour is not fetched again.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for a setting out of its range. An address that can not be had, or that the
    /// control left no time for, says so in its own preview.
    pub fn preview<S: AsRef<str>>(
        &self,
        urls: &[S],
        options: &CrawlOptions,
        control: &Control,
    ) -> Result<Vec<Preview>> {
        self.rooms()?.crawler.preview(urls, options, control)
    }
}

#[cfg(all(feature = "documents", feature = "ocr"))]
impl Aion {
    /// Reads a PDF, an office file, a table, a text or a page as [`extract_document`](crate::extract_document)
    /// does, and with `ocr` its scans and pictures too.
    ///
    /// # Errors
    /// Those of [`extract_document`](crate::extract_document) and, with `ocr`, of [`ocr`](Self::ocr); a picture that
    /// can not be decoded costs a warning.
    pub fn extract_document(
        &self,
        bytes: &[u8],
        options: &DocumentOptions,
        ocr: Option<&OcrOptions>,
        control: &Control,
    ) -> Result<documents::Document> {
        self.rooms()?;
        let Some(ocr) = ocr else { return extract_document(bytes, options, None, control) };
        let part = control.without_progress();
        let mut recognize = |picture: ImageSource<'_>, _: &Control| Ok(self.ocr(picture, ocr, &part)?.text);
        extract_document(bytes, options, Some(&mut recognize), control)
    }
}

impl Drop for Aion {
    /// In a child of the process that made them, the engines' threads do not exist and joining them would
    /// hang, so there the memory is left to the end of the process.
    fn drop(&mut self) {
        if std::process::id() != self.process {
            #[expect(
                clippy::mem_forget,
                reason = "dropping would join threads that did not survive the fork"
            )]
            std::mem::forget(self.rooms.take());
        }
    }
}

impl fmt::Debug for Aion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aion").field("config", &self.config).finish_non_exhaustive()
    }
}
