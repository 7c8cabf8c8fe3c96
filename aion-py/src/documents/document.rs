//! A document as it was read.

use aion_core as core;
use pyo3::prelude::*;

use crate::pickle::{Reduced, freeze, restorer, thaw};
use crate::view::{hash, shortened};
use crate::web::Extracted;

/// A file, read.
///
/// Attributes:
///     kind: What the file is: `"pdf"`, `"docx"`, `"pptx"`, `"xlsx"`, `"odt"`, `"ods"`, `"odp"`, `"csv"`,
///         `"markdown"`, `"html"` or `"text"`.
///     extracted: Title, text, links, images and what else the file says. Cells of a table row are separated by tabs,
///         and images of office files are named by their place in the file. Every access gives the same object.
///     pages: Pages of a PDF, slides of a presentation, sheets of a workbook; 1 for what has none.
///     scanned: Pages of a PDF that show something and have no text layer, such as scans.
///     recognized: Pictures that OCR was given and found text in.
///     warnings: What of the file could not be read, a sentence each; empty for a sound file.
#[pyclass(frozen, module = "aion")]
pub(crate) struct Document {
    /// Without what was extracted, which is an object of Python's.
    core: core::Document,
    #[pyo3(get)]
    extracted: Py<Extracted>,
}

impl Document {
    pub(super) fn new(py: Python<'_>, mut core: core::Document) -> PyResult<Self> {
        let extracted = Py::new(py, Extracted::from(std::mem::take(&mut core.extracted)))?;
        Ok(Self { core, extracted })
    }

    fn extracted(&self) -> &core::Extracted {
        self.extracted.get().core()
    }
}

#[pymethods]
impl Document {
    #[getter]
    fn kind(&self) -> &'static str {
        self.core.kind.name()
    }

    #[getter]
    fn pages(&self) -> usize {
        self.core.pages
    }

    #[getter]
    fn scanned(&self) -> usize {
        self.core.scanned
    }

    #[getter]
    fn recognized(&self) -> usize {
        self.core.recognized
    }

    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.core.warnings.clone()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (kind, pages, title) = (self.kind(), self.pages(), shortened(py, &self.extracted().title)?);
        Ok(format!("<Document of kind '{kind}': title={title}, pages={pages}>"))
    }

    fn __eq__(&self, other: &Bound<'_, Self>) -> bool {
        let other = other.get();
        self.core == other.core && self.extracted() == other.extracted()
    }

    fn __hash__(&self) -> u64 {
        let core::Extracted { title, text, .. } = self.extracted();
        hash((self.kind(), title, text))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        let mut whole = self.core.clone();
        whole.extracted = self.extracted().clone();
        Ok((restorer(py, "_restore_document")?, (freeze(py, serde_json::to_string(&whole))?,)))
    }
}

#[pyfunction]
#[pyo3(name = "_restore_document")]
pub(crate) fn restore_document(py: Python<'_>, state: &str) -> PyResult<Document> {
    Document::new(py, thaw(py, serde_json::from_str(state))?)
}
