//! What was read: the core's values as frozen Python objects.

use aion_core as core;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::pickle::{Reduced, freeze, restorer, thaw};
use crate::view::{hash, shortened};

/// One word and where it stands.
///
/// Attributes:
///     text: The word, without white space at its ends and never empty.
///     confidence: How sure the recognizer is, from 0 to 1.
///     box: `(x, y, width, height)` in pixels of the picture, from its top left.
///     page: Which page of the result it is on, from 0.
///     line: Which line of its page it belongs to, from 0 in reading order.
///     block: Which block of its page it belongs to, from 0 in reading order.
#[pyclass(frozen, eq, module = "aion")]
#[derive(PartialEq)]
pub(crate) struct OcrWord(core::OcrWord);

#[pymethods]
impl OcrWord {
    #[getter]
    fn text(&self) -> &str {
        &self.0.text
    }

    #[getter]
    fn confidence(&self) -> f32 {
        self.0.confidence
    }

    #[getter]
    fn r#box(&self) -> (u32, u32, u32, u32) {
        let core::Bounds { x, y, width, height } = self.0.bounds;
        (x, y, width, height)
    }

    #[getter]
    fn page(&self) -> u32 {
        self.0.page
    }

    #[getter]
    fn line(&self) -> u32 {
        self.0.line
    }

    #[getter]
    fn block(&self) -> u32 {
        self.0.block
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let core::OcrWord { text, confidence, page, line, block, .. } = &self.0;
        let (text, place) = (PyString::new(py, text).repr()?, self.r#box());
        Ok(format!(
            "OcrWord(text={text}, confidence={confidence:.2}, box={place:?}, page={page}, line={line}, block={block})"
        ))
    }

    fn __hash__(&self) -> u64 {
        hash((&self.0.text, self.r#box(), self.0.page))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_word")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

/// One page as it was read.
///
/// Attributes:
///     text: Lines end with a line feed and an empty line stands between blocks.
///     confidence: The mean confidence of the words, from 0 to 1, weighted by their characters; 0 without words.
///     rotation: The clockwise turn that made the page upright: 0, 90, 180 or 270 degrees.
///     skew: The clockwise slope of the lines that was straightened, in degrees.
///     width: Pixels from left to right.
///     height: Pixels from top to bottom.
///     words: The words in reading order.
#[pyclass(frozen, eq, module = "aion")]
#[derive(PartialEq)]
pub(crate) struct OcrPage(core::OcrPage);

#[pymethods]
impl OcrPage {
    #[getter]
    fn text(&self) -> &str {
        &self.0.text
    }

    #[getter]
    fn confidence(&self) -> f32 {
        self.0.confidence
    }

    #[getter]
    fn rotation(&self) -> u16 {
        self.0.rotation
    }

    #[getter]
    fn skew(&self) -> f32 {
        self.0.skew
    }

    #[getter]
    fn width(&self) -> u32 {
        self.0.width
    }

    #[getter]
    fn height(&self) -> u32 {
        self.0.height
    }

    #[getter]
    fn words(&self) -> Vec<OcrWord> {
        self.0.words.iter().cloned().map(OcrWord).collect()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let core::OcrPage { text, confidence, rotation, width, height, words, .. } = &self.0;
        let (text, words) = (shortened(py, text)?, words.len());
        Ok(format!(
            "OcrPage(text={text}, confidence={confidence:.2}, rotation={rotation}, width={width}, \
             height={height}, words={words})"
        ))
    }

    fn __hash__(&self) -> u64 {
        hash((&self.0.text, self.0.width, self.0.height))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_page")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

/// Everything that was read from one picture or document.
///
/// Attributes:
///     text: The texts of the pages that have any, with an empty line between them.
///     confidence: The mean confidence of all words, from 0 to 1, weighted by their characters; 0 without words.
///     pages: The pages in their order.
///     words: The words of all pages, in reading order.
///
/// Examples:
///     >>> import aion, pathlib
///     >>> result = aion.Aion(ocr_lang="eng").ocr(pathlib.Path("examples/images/poster.png"))
///     >>> result.text.splitlines()[0]
///     'SUMMER FAIR'
///     >>> result.words[0].text, result.pages[0].words[0] == result.words[0]
///     ('SUMMER', True)
#[pyclass(frozen, eq, module = "aion")]
#[derive(PartialEq)]
pub(crate) struct OcrResult(core::OcrResult);

impl From<core::OcrResult> for OcrResult {
    fn from(result: core::OcrResult) -> Self {
        Self(result)
    }
}

#[pymethods]
impl OcrResult {
    #[getter]
    fn text(&self) -> &str {
        &self.0.text
    }

    #[getter]
    fn confidence(&self) -> f32 {
        self.0.confidence
    }

    #[getter]
    fn pages(&self) -> Vec<OcrPage> {
        self.0.pages.iter().cloned().map(OcrPage).collect()
    }

    #[getter]
    fn words(&self) -> Vec<OcrWord> {
        self.0.words().cloned().map(OcrWord).collect()
    }

    /// The result as hOCR, an XHTML page with the places as titles.
    fn to_hocr(&self) -> String {
        self.0.to_hocr()
    }

    /// The result as ALTO 4, in pixels.
    fn to_alto(&self) -> String {
        self.0.to_alto()
    }

    /// The result as tab separated values, in the columns of Tesseract's own.
    fn to_tsv(&self) -> String {
        self.0.to_tsv()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let core::OcrResult { text, confidence, pages, .. } = &self.0;
        let (text, pages) = (shortened(py, text)?, pages.len());
        Ok(format!("OcrResult(text={text}, confidence={confidence:.2}, pages={pages})"))
    }

    fn __hash__(&self) -> u64 {
        hash((&self.0.text, self.0.pages.len()))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_ocr")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

#[pyfunction]
#[pyo3(name = "_restore_word")]
pub(crate) fn restore_word(py: Python<'_>, state: &str) -> PyResult<OcrWord> {
    thaw(py, serde_json::from_str(state)).map(OcrWord)
}

#[pyfunction]
#[pyo3(name = "_restore_page")]
pub(crate) fn restore_page(py: Python<'_>, state: &str) -> PyResult<OcrPage> {
    thaw(py, serde_json::from_str(state)).map(OcrPage)
}

#[pyfunction]
#[pyo3(name = "_restore_ocr")]
pub(crate) fn restore_ocr(py: Python<'_>, state: &str) -> PyResult<OcrResult> {
    thaw(py, serde_json::from_str(state)).map(OcrResult)
}
