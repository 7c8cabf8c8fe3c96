//! The verbs of pictures: pixels, vectors and text.

use aion_core::{self as core, OcrOptions, ParseOptions, Result};
use numpy::ndarray::Array3;
use numpy::{IntoPyArray, PyArray3};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyList, PyString};

use crate::aion::Aion;
use crate::batch;
use crate::control::{CancelToken, Wishes};
use crate::door::{enter, enter_briefly};
use crate::error::{OrRaise, invalid_argument};
use crate::image::Picture;
use crate::ocr::OcrResult;
use crate::parsed::ParsedImage;

impl Aion {
    fn picture(&self, image: &Bound<'_, PyAny>) -> PyResult<Picture> {
        Picture::new(image, self.core().config()).or_raise(image.py())
    }
}

#[pymethods]
#[expect(clippy::too_many_arguments, reason = "Python's keyword arguments")]
impl Aion {
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
            enter(py, &wishes, |control| self.core().parse_image(picture.source(), &options, control))?;
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
        let config = self.core().config();
        let pictures: Vec<_> = items.iter().map(|item| Picture::new(item, config)).collect();
        let sources: Vec<_> = pictures.iter().flatten().map(Picture::source).collect();
        let parsed = enter(py, &wishes, |control| Ok(self.core().parse_images(&sources, &options, control)))?;
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
            Some(items) => batch::pictures(items, self.core().config()).or_raise(py)?,
            None => vec![self.picture(images)?],
        };
        let sources: Vec<_> = pictures.iter().map(Picture::source).collect();
        let is_batch = items.is_some();
        let vectors = enter(py, &wishes, |control| {
            let vectors = self.core().embed_clip(&sources, control)?.into_iter().enumerate();
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
        let vectors =
            enter(py, &wishes, |control| batch::rows(self.core().embed_clip_text(&texts, control)?))?;
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
        enter_briefly(py, || self.core().clip_tokenize(text))
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
        let (pixels, edge) = enter_briefly(py, || self.core().clip_preprocess(picture.source()))?;
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
    ///     orient: Whether to turn a page upright, level its lines and darken light text before it is read.
    ///     whitelist: The only characters that may be found, such as "0123456789". Without it, all.
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
        image, *, lang = None, page_mode = None, orient = true, whitelist = None, timeout = None, cancel = None, progress = None
    ))]
    fn ocr(
        &self,
        image: &Bound<'_, PyAny>,
        lang: Option<String>,
        page_mode: Option<&str>,
        orient: bool,
        whitelist: Option<String>,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<OcrResult> {
        let py = image.py();
        let wishes = Wishes::new(py, timeout, cancel, progress)?;
        let mut options = OcrOptions::default();
        (options.lang, options.orient, options.whitelist) = (lang, orient, whitelist);
        if let Some(mode) = page_mode {
            options.page_mode = mode.parse::<core::PageMode>().or_raise(py)?;
        }
        let picture = self.picture(image)?;
        enter(py, &wishes, |control| self.core().ocr(picture.source(), &options, control))
            .map(OcrResult::from)
    }
}

fn parse_options(ocr: bool, clip: bool, rgba: bool) -> ParseOptions {
    let mut options = ParseOptions::default();
    (options.ocr, options.clip, options.rgba) = (ocr, clip, rgba);
    options
}
