//! What a search found.

use aion_core::knowledge as core;
use pyo3::prelude::*;

use super::time;
use crate::pickle::{Reduced, freeze, restorer, thaw};
use crate::view::{hash, repr, shortened};

/// What a search found.
///
/// Attributes:
///     document: The number of the document.
///     source: Where it comes from.
///     title: Its title; empty for none.
///     kind: `'text'`, `'page'`, `'file'` or `'image'`.
///     fetched_at: When it was fetched, a `datetime.datetime` in UTC.
///     page: The number of the page that a picture stands on, or `None`.
///     page_source: The address of that page, or `None`.
///     page_title: The title of that page, or `None`.
///     chunk: The number of the chunk that was found.
///     start: Where the chunk begins in the text of the document, in bytes of UTF-8.
///     end: Where it ends.
///     excerpt: A part of the chunk, with words of the query if it has some.
///     words: Where those words are in the excerpt: pairs of indices, `excerpt[start:end]`.
///     score: What the hits are ranked by.
///     words_score: BM25 of the words, the better the higher; `None` if none of them is there.
///     vector_score: The cosine to the nearest vector; `None` if it was not near enough to be looked at.
#[pyclass(frozen, eq, module = "aion")]
#[derive(PartialEq)]
pub(crate) struct Hit(pub(super) core::Hit);

#[pymethods]
impl Hit {
    #[getter]
    fn document(&self) -> i64 {
        self.0.document
    }

    #[getter]
    fn source(&self) -> &str {
        &self.0.source
    }

    #[getter]
    fn title(&self) -> &str {
        &self.0.title
    }

    #[getter]
    fn kind(&self) -> &'static str {
        self.0.kind.name()
    }

    #[getter]
    fn fetched_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        time::to_python(py, self.0.fetched_at)
    }

    #[getter]
    fn page(&self) -> Option<i64> {
        self.0.page.as_ref().map(|page| page.document)
    }

    #[getter]
    fn page_source(&self) -> Option<&str> {
        self.0.page.as_ref().map(|page| page.source.as_str())
    }

    #[getter]
    fn page_title(&self) -> Option<&str> {
        self.0.page.as_ref().map(|page| page.title.as_str())
    }

    #[getter]
    fn chunk(&self) -> i64 {
        self.0.chunk
    }

    #[getter]
    fn start(&self) -> usize {
        self.0.range.start
    }

    #[getter]
    fn end(&self) -> usize {
        self.0.range.end
    }

    #[getter]
    fn excerpt(&self) -> &str {
        &self.0.excerpt
    }

    #[getter]
    fn words(&self) -> Vec<(usize, usize)> {
        let characters = |end: usize| self.0.excerpt[..end].chars().count();
        self.0.words.iter().map(|range| (characters(range.start), characters(range.end))).collect()
    }

    #[getter]
    fn score(&self) -> f64 {
        self.0.score
    }

    #[getter]
    fn words_score(&self) -> Option<f64> {
        self.0.words_score
    }

    #[getter]
    fn vector_score(&self) -> Option<f64> {
        self.0.vector_score
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (source, excerpt) = (repr(py, &self.0.source)?, shortened(py, &self.0.excerpt)?);
        Ok(format!("<Hit {source}: score={:.4}, excerpt={excerpt}>", self.0.score))
    }

    fn __hash__(&self) -> u64 {
        hash((self.0.document, self.0.chunk))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_hit")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

#[pyfunction]
#[pyo3(name = "_restore_hit")]
pub(crate) fn restore_hit(py: Python<'_>, state: &str) -> PyResult<Hit> {
    let hit: core::Hit = thaw(py, serde_json::from_str(state))?;
    // Indices are told by these ranges, so they have to be on borders of characters.
    let sound = hit.words.iter().all(|range| hit.excerpt.get(range.clone()).is_some());
    let damaged = || serde::de::Error::custom("a range is outside of its excerpt");
    thaw(py, if sound { Ok(Hit(hit)) } else { Err(damaged()) })
}
