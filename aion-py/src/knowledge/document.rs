//! Documents of a store, and what ingestion and averages tell of them.

use aion_core::knowledge as core;
use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;

use super::time;
use crate::json;
use crate::pickle::{Reduced, freeze, restorer, thaw};
use crate::view::{hash, repr, shortened};

/// What became of an item.
///
/// Attributes:
///     document: The number of its document.
///     change: `'added'`, `'replaced'`, or `'unchanged'` if the store had this very content already.
#[pyclass(frozen, eq, module = "aion")]
#[derive(PartialEq)]
pub(crate) struct Ingested(pub(super) core::Ingested);

#[pymethods]
impl Ingested {
    #[getter]
    fn document(&self) -> i64 {
        self.0.document
    }

    #[getter]
    fn change(&self) -> &'static str {
        self.0.change.name()
    }

    fn __repr__(&self) -> String {
        format!("<Ingested document={}, change='{}'>", self.0.document, self.0.change.name())
    }

    fn __hash__(&self) -> u64 {
        hash((self.0.document, self.0.change.name()))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_ingested")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

/// A document of a store.
///
/// Attributes:
///     id: Its number, which it keeps through all versions, and which no other document ever gets.
///     source: Where it comes from.
///     kind: `'text'`, `'page'`, `'file'` or `'image'`.
///     title: Its title; empty for none.
///     language: Its language, such as `'pt-BR'`, or `None`.
///     version: Which version of its content this is, from 1 on.
///     parent: The number of the page that a picture stands on, or `None`.
///     etag: The `ETag` that it came with, or `None`.
///     last_modified: The `Last-Modified` that it came with, or `None`.
///     fetched_at: When it was fetched, a `datetime.datetime` in UTC.
///     created_at: When its first version was written.
///     updated_at: When this version was written.
///     chunks: How many chunks it has.
///     new_vectors: How many of its vectors its moving average has not seen yet.
///     ema_updates: How many updates its moving average has had.
///     meta: What else is known of it. Every access gives a new dict.
#[pyclass(frozen, eq, module = "aion")]
#[derive(PartialEq)]
pub(crate) struct StoredDocument(pub(super) core::StoredDocument);

#[pymethods]
impl StoredDocument {
    #[getter]
    fn id(&self) -> i64 {
        self.0.id
    }

    #[getter]
    fn source(&self) -> &str {
        &self.0.source
    }

    #[getter]
    fn kind(&self) -> &'static str {
        self.0.kind.name()
    }

    #[getter]
    fn title(&self) -> &str {
        &self.0.title
    }

    #[getter]
    fn language(&self) -> Option<&str> {
        self.0.language.as_deref()
    }

    #[getter]
    fn version(&self) -> u64 {
        self.0.version
    }

    #[getter]
    fn parent(&self) -> Option<i64> {
        self.0.parent
    }

    #[getter]
    fn etag(&self) -> Option<&str> {
        self.0.etag.as_deref()
    }

    #[getter]
    fn last_modified(&self) -> Option<&str> {
        self.0.last_modified.as_deref()
    }

    #[getter]
    fn fetched_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        time::to_python(py, self.0.fetched_at)
    }

    #[getter]
    fn created_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        time::to_python(py, self.0.created_at)
    }

    #[getter]
    fn updated_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        time::to_python(py, self.0.updated_at)
    }

    #[getter]
    fn chunks(&self) -> u64 {
        self.0.chunks
    }

    #[getter]
    fn new_vectors(&self) -> u64 {
        self.0.new_vectors
    }

    #[getter]
    fn ema_updates(&self) -> u64 {
        self.0.ema_updates
    }

    #[getter]
    fn meta<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::to_python(py, &self.0.meta)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let core::StoredDocument { id, kind, version, .. } = &self.0;
        let (source, title) = (repr(py, &self.0.source)?, shortened(py, &self.0.title)?);
        let kind = kind.name();
        Ok(format!("<StoredDocument {id} {source}: kind='{kind}', title={title}, version={version}>"))
    }

    fn __hash__(&self) -> u64 {
        hash((self.0.id, self.0.version))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_stored")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

/// A part of a document's text.
///
/// Attributes:
///     id: Its number.
///     ordinal: Its place among the chunks of its document, from 0 on.
///     start: Where it begins in the text, in bytes of UTF-8.
///     end: Where it ends.
///     text: `document_text.encode()[start:end].decode()`.
#[pyclass(frozen, eq, module = "aion")]
#[derive(PartialEq)]
pub(crate) struct Chunk(pub(super) core::Chunk);

#[pymethods]
impl Chunk {
    #[getter]
    fn id(&self) -> i64 {
        self.0.id
    }

    #[getter]
    fn ordinal(&self) -> u64 {
        self.0.ordinal
    }

    #[getter]
    fn start(&self) -> u64 {
        self.0.start
    }

    #[getter]
    fn end(&self) -> u64 {
        self.0.end
    }

    #[getter]
    fn text(&self) -> &str {
        &self.0.text
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let core::Chunk { ordinal, start, end, .. } = self.0;
        Ok(format!("<Chunk {ordinal} [{start}:{end}]: {}>", shortened(py, &self.0.text)?))
    }

    fn __hash__(&self) -> u64 {
        hash(self.0.id)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_chunk")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

/// The moving average of a document's vectors.
///
/// Attributes:
///     vector: float32 `(D,)`, a new array at every access; `None` for a document that never had vectors.
///     updates: How many updates it has had.
///     used: How many new vectors the update used; 0 if there were none, and nothing changed.
#[pyclass(frozen, eq, module = "aion")]
#[derive(PartialEq)]
pub(crate) struct Average(pub(super) core::Average);

#[pymethods]
impl Average {
    #[getter]
    fn vector<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<f32>>> {
        self.0.vector.as_ref().map(|vector| vector.clone().into_pyarray(py))
    }

    #[getter]
    fn updates(&self) -> u64 {
        self.0.updates
    }

    #[getter]
    fn used(&self) -> usize {
        self.0.used
    }

    fn __repr__(&self) -> String {
        let vector = self.0.vector.as_ref().map_or("None".into(), |v| format!("float32 ({},)", v.len()));
        format!("<Average vector={vector}, updates={}, used={}>", self.0.updates, self.0.used)
    }

    fn __hash__(&self) -> u64 {
        hash((self.0.updates, self.0.used))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_average")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

#[pyfunction]
#[pyo3(name = "_restore_ingested")]
pub(crate) fn restore_ingested(py: Python<'_>, state: &str) -> PyResult<Ingested> {
    thaw(py, serde_json::from_str(state)).map(Ingested)
}

#[pyfunction]
#[pyo3(name = "_restore_stored")]
pub(crate) fn restore_stored(py: Python<'_>, state: &str) -> PyResult<StoredDocument> {
    thaw(py, serde_json::from_str(state)).map(StoredDocument)
}

#[pyfunction]
#[pyo3(name = "_restore_chunk")]
pub(crate) fn restore_chunk(py: Python<'_>, state: &str) -> PyResult<Chunk> {
    thaw(py, serde_json::from_str(state)).map(Chunk)
}

#[pyfunction]
#[pyo3(name = "_restore_average")]
pub(crate) fn restore_average(py: Python<'_>, state: &str) -> PyResult<Average> {
    thaw(py, serde_json::from_str(state)).map(Average)
}
