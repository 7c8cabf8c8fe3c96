//! The handle as Python sees it.

use std::path::PathBuf;
use std::sync::Arc;

use aion_core::{self as core, Config};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use crate::error::OrRaise;
use crate::recipe::{self, count};
use crate::web;

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
    core: Arc<core::Aion>,
    /// The settings before what was found on this machine, which another machine has elsewhere.
    given: Config,
}

impl Aion {
    fn from_config(py: Python<'_>, given: Config) -> PyResult<Self> {
        let core = Arc::new(core::Aion::new(recipe::with_onnxruntime(py, &given)).or_raise(py)?);
        Ok(Self { core, given })
    }

    /// For the verbs, which stand with what they are about.
    pub(crate) fn core(&self) -> &core::Aion {
        &self.core
    }

    /// For a handle that goes on using the engines.
    pub(crate) fn shared(&self) -> Arc<core::Aion> {
        self.core.clone()
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

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        recipe::repr(py, &self.given)
    }

    fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<((), Bound<'py, PyDict>)> {
        Ok(((), recipe::arguments(py, &self.given)?))
    }
}
