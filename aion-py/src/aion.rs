//! The handle as Python sees it.

use std::path::PathBuf;

use aion_core::{self as core, Config, OcrOptions, ParseOptions, Result};
use numpy::ndarray::Array3;
use numpy::{IntoPyArray, PyArray3};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyDict, PyList, PyString, PyType};

use crate::batch;
use crate::control::{CancelToken, Wishes};
use crate::door::{enter, enter_briefly};
use crate::error::{OrRaise, invalid_argument};
use crate::image::Picture;
use crate::ocr::OcrResult;
use crate::parsed::ParsedImage;
use crate::recipe::{self, count};
use crate::web::{self, Crawl, Preview};

/// The handle: make one, share it between threads, and call its verbs.
///
/// Making one loads nothing; each engine is loaded by the first call that needs it. A handle belongs to the
/// process that made it: in a child after `os.fork()` every call raises `ForkedError` at once. It pickles as
/// its arguments, and the copy loads its own engines.
///
/// An image is `bytes` of a JPEG, PNG, GIF, WebP, BMP, TIFF, PNM or AVIF file, the `pathlib.Path` of one, or a
/// NumPy array of uint8 `(height, width, 3 or 4)`. A `str` is refused: it could be either. `bytes` are used as
/// they are; arrays, `bytearray` and `memoryview` are copied first, since another thread could write to them.
///
/// Calls that can take long take three more arguments. `timeout` is in seconds; past it the call raises
/// `DeadlineExceededError`. `cancel` is a `CancelToken`; tripped, the call raises `CancelledError`. `progress`
/// is called on the calling thread as `progress(stage, done, total)`; an exception in it stops the call and is
/// raised. The interpreter is released meanwhile, and Ctrl-C works.
///
/// Args:
///     clip_model: An ONNX file or a directory of them, with `tokenizer.json` for texts. Without one, ask for
///         no CLIP.
///     clip_max_length: Longest text that CLIP is given, in tokens with start and end.
///     ocr_lang: Tesseract languages joined by `+`.
///     tessdata: Directory of `*.traineddata`. Without it, the system's.
///     onnxruntime: The ONNX Runtime library. Without it, that of the installed `onnxruntime` package.
///     threads: Threads that the handle may use. Without it, one for each core that the process may use.
///     max_image_pixels: Most pixels of one image or page.
///     max_image_bytes: Most bytes of one encoded image.
///     crawl_max_pages: Most pages of a crawl that does not say otherwise.
///     respect_robots: Whether crawls obey `robots.txt`.
///     blocklist: Sites that no crawl asks for anything: a list such as `Blocklist` takes, or a `Blocklist`.
///     user_agent: Who crawls introduce themselves as; give a contact. Without it, `AION/` and the version.
///
/// Raises:
///     InvalidArgumentError: A setting is out of its range.
///
/// Examples:
///     >>> import aion
///     >>> aion.Aion(ocr_lang="eng", threads=2)
///     Aion(ocr_lang='eng', threads=2)
#[pyclass(frozen, module = "aion")]
pub(crate) struct Aion {
    core: core::Aion,
    /// The settings before what was found on this machine, which another machine has elsewhere.
    given: Config,
}

impl Aion {
    fn from_config(py: Python<'_>, given: Config) -> PyResult<Self> {
        let core = core::Aion::new(recipe::with_onnxruntime(py, &given)).or_raise(py)?;
        Ok(Self { core, given })
    }

    fn picture(&self, image: &Bound<'_, PyAny>) -> PyResult<Picture> {
        Picture::new(image, self.core.config()).or_raise(image.py())
    }
}

#[pymethods]
#[expect(clippy::too_many_arguments, reason = "Python's keyword arguments")]
impl Aion {
    #[new]
    #[pyo3(signature = (
        *, clip_model = None, clip_max_length = 77, ocr_lang = "eng+por", tessdata = None, onnxruntime = None,
        threads = None, max_image_pixels = 100_000_000, max_image_bytes = 67_108_864, crawl_max_pages = 50,
        respect_robots = true, blocklist = None, user_agent = None
    ))]
    fn new(
        py: Python<'_>,
        clip_model: Option<PathBuf>,
        clip_max_length: i64,
        ocr_lang: &str,
        tessdata: Option<PathBuf>,
        onnxruntime: Option<PathBuf>,
        threads: Option<i64>,
        max_image_pixels: i64,
        max_image_bytes: i64,
        crawl_max_pages: i64,
        respect_robots: bool,
        blocklist: Option<&Bound<'_, PyAny>>,
        user_agent: Option<String>,
    ) -> PyResult<Self> {
        let mut config = Config::default();
        config.clip_model = clip_model;
        config.clip_max_length = count("clip_max_length", clip_max_length).or_raise(py)?;
        config.ocr_lang = ocr_lang.into();
        config.tessdata = tessdata;
        config.onnxruntime = onnxruntime;
        config.threads = threads.map(|threads| count("threads", threads)).transpose().or_raise(py)?;
        config.max_image_pixels = count("max_image_pixels", max_image_pixels).or_raise(py)?;
        config.max_image_bytes = count("max_image_bytes", max_image_bytes).or_raise(py)?;
        config.crawl_max_pages = count("crawl_max_pages", crawl_max_pages).or_raise(py)?;
        config.respect_robots = respect_robots;
        config.blocklist = blocklist.map(web::entries).transpose()?.unwrap_or_default();
        config.user_agent = user_agent.unwrap_or(config.user_agent);
        Self::from_config(py, config)
    }

    /// Make a handle from the variables that hosts use.
    ///
    /// `AION_CLIP_MODEL_PATH`, `AION_CLIP_MAXLEN`, `AION_OCR_LANG`, `AION_TESSDATA`, `AION_THREADS`,
    /// `AION_MAX_IMAGE_PIXELS`, `AION_MAX_IMAGE_BYTES`, `AION_CRAWL_MAX_PAGES`, `AION_ALLOW_ROBOTS`,
    /// `AION_BLOCKLIST_DOMAINS`, `AION_USER_AGENT` and `ORT_DYLIB_PATH`; an empty value counts as absent. Nothing else
    /// reads the environment.
    ///
    /// Args:
    ///     env: A mapping of names to values. Without it, `os.environ`, read once, now.
    ///
    /// Raises:
    ///     InvalidArgumentError: The value of a variable can not be used; the message names it.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> aion.Aion.from_env({"AION_OCR_LANG": "por", "AION_THREADS": "2"})
    ///     Aion(ocr_lang='por', threads=2)
    #[classmethod]
    #[pyo3(signature = (env = None))]
    fn from_env(class: &Bound<'_, PyType>, env: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let py = class.py();
        Self::from_config(py, recipe::from_mapping(py, env)?)
    }

    /// Read a picture whole: upright pixels, CLIP vector and text.
    ///
    /// It is decoded once. Text is read from all pages of a TIFF, the rest is of the first page.
    ///
    /// Args:
    ///     image: The picture.
    ///     ocr: Whether to read its text.
    ///     clip: Whether to make its vector, which needs `clip_model`.
    ///     rgba: Whether to keep its pixels.
    ///     timeout: Most seconds to take.
    ///     cancel: A token that stops the call.
    ///     progress: Called as `progress(stage, done, total)`.
    ///
    /// Raises:
    ///     NotConfiguredError: `clip` without a `clip_model`.
    ///     InvalidInputError: The picture is damaged.
    ///     UnsupportedError: The picture is of a format that is not read.
    ///     LimitExceededError: The picture is larger than the limits allow.
    ///
    /// Examples:
    ///     >>> import aion, numpy
    ///     >>> red = numpy.full((2, 3, 3), (255, 0, 0), numpy.uint8)
    ///     >>> image = aion.Aion().parse_image(red, ocr=False, clip=False)
    ///     >>> image.width, image.height, image.rgba[0, 0].tolist()
    ///     (3, 2, [255, 0, 0, 255])
    ///     >>> image.meta
    ///     {'type': 'image', 'w': 3, 'h': 2, 'sourceRank': 0.6, 'pages': 1}
    #[pyo3(signature = (
        image, *, ocr = true, clip = true, rgba = true, timeout = None, cancel = None, progress = None
    ))]
    fn parse_image(
        &self,
        image: &Bound<'_, PyAny>,
        ocr: bool,
        clip: bool,
        rgba: bool,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<ParsedImage> {
        let py = image.py();
        let wishes = Wishes::new(py, timeout, cancel, progress)?;
        let (picture, options) = (self.picture(image)?, parse_options(ocr, clip, rgba));
        let parsed =
            enter(py, &wishes, |control| self.core.parse_image(picture.source(), &options, control))?;
        ParsedImage::new(py, parsed)
    }

    /// Read many pictures on the threads of this handle.
    ///
    /// Args:
    ///     images: A list, or another iterable, of pictures.
    ///     ocr: Whether to read their text.
    ///     clip: Whether to make their vectors, which needs `clip_model`.
    ///     rgba: Whether to keep their pixels.
    ///     timeout: Most seconds to take.
    ///     cancel: A token that stops the call.
    ///     progress: Called as `progress("images", done, total)`.
    ///
    /// Returns:
    ///     One item per picture, in their order: a `ParsedImage`, or the `AionError` that it failed with.
    ///     Pictures that a cancel or a deadline kept from being read have that error.
    ///
    /// Raises:
    ///     InvalidArgumentError: `images` is one picture and no list of them.
    ///
    /// Examples:
    ///     >>> import aion, pathlib
    ///     >>> images = [pathlib.Path("examples/images/poster.png"), b"no picture"]
    ///     >>> poster, failed = aion.Aion().parse_images(images, ocr=False, clip=False)
    ///     >>> type(poster).__name__, failed.kind
    ///     ('ParsedImage', 'unsupported')
    #[pyo3(signature = (
        images, *, ocr = true, clip = true, rgba = true, timeout = None, cancel = None, progress = None
    ))]
    fn parse_images<'py>(
        &self,
        images: &Bound<'py, PyAny>,
        ocr: bool,
        clip: bool,
        rgba: bool,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let py = images.py();
        let wishes = Wishes::new(py, timeout, cancel, progress)?;
        let options = parse_options(ocr, clip, rgba);
        let Some(items) = batch::items(images)? else {
            return Err(invalid_argument("parse_images takes a list of images; use parse_image for one"))
                .or_raise(py);
        };
        let config = self.core.config();
        let pictures: Vec<_> = items.iter().map(|item| Picture::new(item, config)).collect();
        let sources: Vec<_> = pictures.iter().flatten().map(Picture::source).collect();
        let parsed = enter(py, &wishes, |control| Ok(self.core.parse_images(&sources, &options, control)))?;
        batch::results(py, &pictures, parsed)
    }

    /// Embed pictures with CLIP's image tower.
    ///
    /// Args:
    ///     images: One picture, or a list or another iterable of them.
    ///     timeout: Most seconds to take.
    ///     cancel: A token that stops the call.
    ///     progress: Called as `progress("images", done, total)`.
    ///
    /// Returns:
    ///     float32 `(D,)` for one picture, `(N, D)` for a list, `(0, 0)` for an empty one; every vector has
    ///     length one.
    ///
    /// Raises:
    ///     NotConfiguredError: There is no `clip_model`.
    ///     AionError: A picture can not be embedded; the message says which, counted from 0.
    ///
    /// Examples:
    ///     >>> import aion, pathlib
    ///     >>> handle = aion.Aion(clip_model="models/clip-tiny")
    ///     >>> poster = handle.embed_clip(pathlib.Path("examples/images/poster.png"))
    ///     >>> captions = handle.embed_clip_text(["a poster", "a receipt"])
    ///     >>> int((captions @ poster).argmax())
    ///     0
    #[pyo3(signature = (images, *, timeout = None, cancel = None, progress = None))]
    fn embed_clip<'py>(
        &self,
        images: &Bound<'py, PyAny>,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = images.py();
        let wishes = Wishes::new(py, timeout, cancel, progress)?;
        let items = batch::items(images)?;
        let pictures = match &items {
            Some(items) => batch::pictures(items, self.core.config()).or_raise(py)?,
            None => vec![self.picture(images)?],
        };
        let sources: Vec<_> = pictures.iter().map(Picture::source).collect();
        let is_batch = items.is_some();
        let vectors = enter(py, &wishes, |control| {
            let vectors = self.core.embed_clip(&sources, control)?.into_iter().enumerate();
            let named = |(index, vector): (usize, Result<_>)| match is_batch {
                true => vector.map_err(|error| batch::at(error, index)),
                false => vector,
            };
            batch::rows(vectors.map(named).collect::<Result<_>>()?)
        })?;
        batch::rows_or_one(py, vectors, is_batch)
    }

    /// Embed texts with CLIP's text tower, into the space of the pictures.
    ///
    /// A text of more tokens than `clip_max_length` is cut.
    ///
    /// Args:
    ///     texts: One text, or a list or another iterable of them.
    ///     timeout: Most seconds to take.
    ///     cancel: A token that stops the call.
    ///     progress: Called as `progress("texts", done, total)`.
    ///
    /// Returns:
    ///     float32 `(D,)` for one text, `(N, D)` for a list, `(0, 0)` for an empty one; every vector has length
    ///     one.
    ///
    /// Raises:
    ///     NotConfiguredError: There is no `clip_model`, or it has no text tower.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> handle = aion.Aion(clip_model="models/clip-tiny")
    ///     >>> vector = handle.embed_clip_text("a red circle")
    ///     >>> vector.dtype, round(float(vector @ vector), 3)
    ///     (dtype('float32'), 1.0)
    #[pyo3(signature = (texts, *, timeout = None, cancel = None, progress = None))]
    fn embed_clip_text<'py>(
        &self,
        texts: &Bound<'py, PyAny>,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = texts.py();
        let wishes = Wishes::new(py, timeout, cancel, progress)?;
        let is_batch = !texts.is_instance_of::<PyString>();
        let texts = batch::texts(texts, is_batch)?;
        let texts: Vec<&str> = texts.iter().map(PyBackedStr::as_str).collect();
        let vectors = enter(py, &wishes, |control| batch::rows(self.core.embed_clip_text(&texts, control)?))?;
        batch::rows_or_one(py, vectors, is_batch)
    }

    /// The ids that CLIP is fed for a text: start and end included, at most `clip_max_length`, not padded.
    ///
    /// It needs only the `tokenizer.json` of `clip_model`.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> ids = aion.Aion(clip_model="models/clip-tiny").clip_tokenize("a red circle")
    ///     >>> len(ids) >= 5
    ///     True
    fn clip_tokenize(&self, py: Python<'_>, text: &str) -> PyResult<Vec<u32>> {
        enter_briefly(py, || self.core.clip_tokenize(text))
    }

    /// What CLIP sees of a picture. It needs no model; one that is configured may say another size.
    ///
    /// Returns:
    ///     float32 `(3, 224, 224)`, normalised.
    ///
    /// Examples:
    ///     >>> import aion, numpy
    ///     >>> aion.Aion().clip_preprocess(numpy.zeros((300, 400, 3), numpy.uint8)).shape
    ///     (3, 224, 224)
    fn clip_preprocess<'py>(&self, image: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray3<f32>>> {
        let py = image.py();
        let picture = self.picture(image)?;
        let (pixels, edge) = enter_briefly(py, || self.core.clip_preprocess(picture.source()))?;
        let shape = (3, edge as usize, edge as usize);
        let array = Array3::from_shape_vec(shape, pixels).map_err(batch::misshapen).or_raise(py)?;
        Ok(array.into_pyarray(py))
    }

    /// Read the text of all pages of a picture: words with their places and confidence.
    ///
    /// Args:
    ///     image: The picture.
    ///     lang: Tesseract languages joined by `+`, the likeliest first. Without it, `ocr_lang`.
    ///     page_mode: What the picture is expected to hold, such as `"single_line"`. Without it, `"auto"`.
    ///     orient: Whether to turn a page upright before it is read. It has no effect yet.
    ///     timeout: Most seconds to take.
    ///     cancel: A token that stops the call.
    ///     progress: Called as `progress("pages", done, total)`.
    ///
    /// Raises:
    ///     InvalidArgumentError: There is no such page mode.
    ///     NotFoundError: The data of a language is missing.
    ///
    /// Examples:
    ///     >>> import aion, pathlib
    ///     >>> handle = aion.Aion(ocr_lang="eng")
    ///     >>> result = handle.ocr(pathlib.Path("examples/images/poster.png"))
    ///     >>> " ".join(word.text for word in result.words[:2])
    ///     'SUMMER FAIR'
    #[pyo3(signature = (
        image, *, lang = None, page_mode = None, orient = true, timeout = None, cancel = None, progress = None
    ))]
    fn ocr(
        &self,
        image: &Bound<'_, PyAny>,
        lang: Option<String>,
        page_mode: Option<&str>,
        orient: bool,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<OcrResult> {
        let py = image.py();
        let wishes = Wishes::new(py, timeout, cancel, progress)?;
        let mut options = OcrOptions::default();
        (options.lang, options.orient) = (lang, orient);
        if let Some(mode) = page_mode {
            options.page_mode = mode.parse::<core::PageMode>().or_raise(py)?;
        }
        let picture = self.picture(image)?;
        enter(py, &wishes, |control| self.core.ocr(picture.source(), &options, control)).map(OcrResult::from)
    }

    /// Begin to crawl a site from `seed`, breadth first, and return at once; the pages are pulled from the answer.
    ///
    /// The defaults are polite, lawful and bounded. Every address is checked before it is asked for: the crawl goes
    /// nowhere but to the internet, to the hosts that it may visit, and where `robots.txt` lets it. A setting that is
    /// `None` is the handle's, or else the default. The time of `timeout`, and `cancel`, hold for the whole crawl.
    ///
    /// Args:
    ///     seed: Where to begin: an `http` or `https` address.
    ///     max_pages: Most pages that are handed out, over all runs with one `state` file. Default: the handle's
    ///         `crawl_max_pages`, which is 50.
    ///     max_depth: Most links between the seed and a page. Default: 32.
    ///     same_host: Whether only the seed's host is crawled; one that the seed redirects to counts as the seed's.
    ///         Default: True.
    ///     hosts: More hosts that are crawled, such as `docs.example.com`. Default: none.
    ///     blocklist: Sites that are never asked for anything, beside those of the handle: a list, or a `Blocklist`.
    ///     respect_robots: Whether `robots.txt` is fetched and obeyed. Default: the handle's, which is True.
    ///     user_agent: The `User-Agent` header; its first word is the name that `robots.txt` is searched for. Default:
    ///         the handle's.
    ///     delay: Seconds between two requests to one host; 0 is as fast as the connections allow, and a longer
    ///         `Crawl-delay` wins. Default: adapted to how fast the host answers.
    ///     concurrency: Most requests at once. Default: 32.
    ///     connections_per_host: Most requests at once to one host. Default: 4 where the delay adapts, else
    ///         `concurrency`.
    ///     max_page_bytes: Most bytes of a page, decoded; a larger one is passed over. Default: 5 MiB.
    ///     max_header_bytes: Most bytes of the headers of an answer. Default: 64 KiB.
    ///     page_timeout: Most seconds from the request to the last byte. Default: 15.
    ///     connect_timeout: Most seconds to connect. Default: 5.
    ///     max_redirects: Most redirects of one link. Default: 10.
    ///     retries: How often a request is made again after a failure that may pass. Default: 3.
    ///     sitemaps: Whether sitemaps are read once the links are used up. Default: True.
    ///     allow_private_hosts: Whether the seed's own host and port may have a private address. Default: False.
    ///     state: A file that keeps the state: an interrupted crawl goes on, a finished one is repeated and hands out
    ///         only what changed. Default: none.
    ///     ignore: Codes of policy signals that verdicts do not obey; see `Reason.code`. Default: none.
    ///     min_text_chars: The least number of characters of text that a verdict wants. Default: 120.
    ///     resolver: Called as `resolver(host)`, on a thread of the crawl, for the IP addresses of a name: a list of
    ///         texts. What it answers is checked as well. Default: the system's.
    ///     timeout: Most seconds that the crawl may take.
    ///     cancel: A token that stops the crawl.
    ///     progress: Called as `progress("pages", done, total)` by whoever comes for a page.
    ///
    /// Raises:
    ///     InvalidArgumentError: A setting is out of its range, or the seed is no HTTP address or a private one.
    ///     UnavailableError: The state file is in use by another crawl.
    ///     InvalidInputError: The state file is no such file, or of another seed.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> handle = aion.Aion(blocklist=["facebook.com"])
    ///     >>> try:
    ///     ...     handle.crawl("http://127.0.0.1:8000/")
    ///     ... except aion.InvalidArgumentError as error:
    ///     ...     print("allow_private_hosts" in str(error))
    ///     True
    #[pyo3(signature = (seed, **settings), text_signature = "($self, seed, *, max_pages=None, max_depth=None, \
        same_host=None, hosts=None, blocklist=None, respect_robots=None, user_agent=None, delay=None, \
        concurrency=None, connections_per_host=None, max_page_bytes=None, max_header_bytes=None, \
        page_timeout=None, connect_timeout=None, max_redirects=None, retries=None, sitemaps=None, \
        allow_private_hosts=None, state=None, ignore=None, min_text_chars=None, resolver=None, timeout=None, \
        cancel=None, progress=None)")]
    fn crawl(&self, py: Python<'_>, seed: &str, settings: Option<&Bound<'_, PyDict>>) -> PyResult<Crawl> {
        Crawl::begin(py, &self.core, seed, settings)
    }

    /// Look at pages before anything is kept of them: what they say and whether they may be ingested.
    ///
    /// A page that a crawl of this handle fetched within the last hour is not fetched again.
    ///
    /// Args:
    ///     urls: Addresses, and pages of a crawl, which are not fetched again. The first 200 count.
    ///     **settings: As for `crawl`. `allow_private_hosts` opens to each address its own host and port; what is about
    ///         links, hosts, sitemaps and state means nothing here. `progress` is called as
    ///         `progress("previews", done, total)`.
    ///
    /// Returns:
    ///     One preview per item, in their order. What can not be had, or was left no time for, says so itself.
    ///
    /// Raises:
    ///     InvalidArgumentError: A setting is out of its range, or `urls` is no list of addresses and pages.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> [preview] = aion.Aion().preview(["http://127.0.0.1:8000/"])
    ///     >>> preview.ok, preview.reason
    ///     (False, 'forbidden_address')
    #[pyo3(signature = (urls, **settings), text_signature = "($self, urls, *, max_pages=None, max_depth=None, \
        same_host=None, hosts=None, blocklist=None, respect_robots=None, user_agent=None, delay=None, \
        concurrency=None, connections_per_host=None, max_page_bytes=None, max_header_bytes=None, \
        page_timeout=None, connect_timeout=None, max_redirects=None, retries=None, sitemaps=None, \
        allow_private_hosts=None, state=None, ignore=None, min_text_chars=None, resolver=None, timeout=None, \
        cancel=None, progress=None)")]
    fn preview(
        &self,
        urls: &Bound<'_, PyAny>,
        settings: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Vec<Preview>> {
        web::previews(&self.core, urls, settings)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        recipe::repr(py, &self.given)
    }

    fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<((), Bound<'py, PyDict>)> {
        Ok(((), recipe::arguments(py, &self.given)?))
    }
}

fn parse_options(ocr: bool, clip: bool, rgba: bool) -> ParseOptions {
    let mut options = ParseOptions::default();
    (options.ocr, options.clip, options.rgba) = (ocr, clip, rgba);
    options
}
