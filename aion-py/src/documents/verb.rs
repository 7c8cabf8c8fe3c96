//! The verb of documents.

use aion_core::{DocumentOptions, OcrOptions};
use pyo3::prelude::*;

use super::document::Document;
use super::source::Source;
use crate::aion::Aion;
use crate::control::{CancelToken, Wishes};
use crate::door::enter;
use crate::error::OrRaise;
use crate::recipe::count;

#[pymethods]
#[expect(clippy::too_many_arguments, reason = "Python's keyword arguments")]
impl Aion {
    /// Read a PDF, an office file, a table, a text or a page: its title, text, links and what else it says.
    ///
    /// Read are PDF, DOCX, PPTX, XLSX, ODT, ODS, ODP, CSV, Markdown, HTML and plain text. What a file is, its content
    /// tells first, then `content_type`, then the extension of its name. A damaged file gives what can be read of it,
    /// and `warnings` say what is missing; one beyond a limit raises, and is never a part passed for the whole.
    ///
    /// Args:
    ///     source: The file: `bytes`, or a `pathlib.Path`. A `str` is refused: it could be either.
    ///     name: The file's name, for its extension. Without it, that of the path.
    ///     content_type: The `Content-Type` that the file came with, for its kind and its charset.
    ///     url: The file's address, which relative links are resolved against.
    ///     ocr: Whether to read scanned pages of a PDF and pictures of office files; the text is put in their place. A
    ///         picture that can not be decoded costs a warning.
    ///     lang: For `ocr`: Tesseract languages joined by `+`, the likeliest first. Without it, `ocr_lang`.
    ///     max_bytes: Most bytes of the file.
    ///     max_unpacked_bytes: Most bytes that all compressed parts of the file may unpack to.
    ///     max_text_bytes: Most bytes of text, in UTF-8.
    ///     max_pages: Most pages, slides or sheets.
    ///     max_cells: Most table cells of a workbook or a CSV file.
    ///     max_pictures: Most pictures that OCR is given.
    ///     max_picture_pixels: Most pixels of one scanned page; one of more is drawn smaller.
    ///     timeout: Most seconds to take.
    ///     cancel: A token that stops the call.
    ///     progress: Called as `progress("pages", done, total)`.
    ///
    /// Raises:
    ///     LimitExceededError: The file is beyond a limit; the message names it.
    ///     UnsupportedError: The file is of another kind, or needs a password.
    ///     InvalidInputError: Nothing of the file can be read.
    ///     NotFoundError: There is no such file, or the data of a language is missing.
    ///
    /// Examples:
    ///     >>> import aion, pathlib
    ///     >>> handle = aion.Aion()
    ///     >>> note = handle.extract_document(b"# Tides\n\nHigh water is at *noon*.", name="tides.md")
    ///     >>> note.kind, note.extracted.title, note.extracted.text
    ///     ('markdown', 'Tides', 'Tides\nHigh water is at noon.')
    ///     >>> paper = handle.extract_document(pathlib.Path("aion-core/tests/data/documents/paper.pdf"))
    ///     >>> paper
    ///     <Document of kind 'pdf': title='The bay', pages=3>
    ///     >>> paper.extracted.published, paper.extracted.detected_language
    ///     ('2024-03-09T08:00:00+01:00', 'en')
    #[pyo3(signature = (
        source, *, name = None, content_type = None, url = None, ocr = false, lang = None, max_bytes = 67_108_864,
        max_unpacked_bytes = 268_435_456, max_text_bytes = 33_554_432, max_pages = 10_000, max_cells = 2_000_000,
        max_pictures = 1_000, max_picture_pixels = 64_000_000, timeout = None, cancel = None, progress = None
    ))]
    fn extract_document(
        &self,
        source: &Bound<'_, PyAny>,
        name: Option<String>,
        content_type: Option<String>,
        url: Option<String>,
        ocr: bool,
        lang: Option<String>,
        max_bytes: i64,
        max_unpacked_bytes: i64,
        max_text_bytes: i64,
        max_pages: i64,
        max_cells: i64,
        max_pictures: i64,
        max_picture_pixels: i64,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Document> {
        let py = source.py();
        let wishes = Wishes::new(py, timeout, cancel, progress)?;
        let mut options = DocumentOptions::default();
        options.max_bytes = count("max_bytes", max_bytes).or_raise(py)?;
        options.max_unpacked_bytes = count("max_unpacked_bytes", max_unpacked_bytes).or_raise(py)?;
        options.max_text_bytes = count("max_text_bytes", max_text_bytes).or_raise(py)?;
        options.max_pages = count("max_pages", max_pages).or_raise(py)?;
        options.max_cells = count("max_cells", max_cells).or_raise(py)?;
        options.max_pictures = count("max_pictures", max_pictures).or_raise(py)?;
        options.max_picture_pixels = count("max_picture_pixels", max_picture_pixels).or_raise(py)?;
        let source = Source::new(source, options.max_bytes).or_raise(py)?;
        options.name = name.or_else(|| source.name());
        (options.content_type, options.url) = (content_type, url);
        let ocr = ocr.then(|| with_languages(lang));
        let document = enter(py, &wishes, |control| {
            let bytes = source.read(options.max_bytes, control)?;
            self.core().extract_document(&bytes, &options, ocr.as_ref(), control)
        })?;
        Document::new(py, document)
    }
}

fn with_languages(lang: Option<String>) -> OcrOptions {
    let mut options = OcrOptions::default();
    options.lang = lang;
    options
}
