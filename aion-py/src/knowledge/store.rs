//! The store as Python sees it.

use std::path::PathBuf;
use std::sync::Arc;

use aion_core::knowledge::{self as core, KnowledgeOptions};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use super::document::{Average, Chunk, Ingested, StoredDocument};
use super::embedder::PythonEmbedder;
use super::item::item;
use super::options::Chosen;
use crate::aion::Aion;
use crate::control::{CancelToken, Wishes};
use crate::door::{Detached, enter, enter_briefly};
use crate::error::{OrRaise, exception, invalid_argument};
use crate::recipe::{count, seconds};
use crate::view::repr;

/// Documents that one read of the file gives.
const PAGE: usize = 1_000;

/// A store of knowledge in one SQLite file: documents, pictures, their vectors, and the answers that were given.
///
/// Threads and processes may share the file, through one store or several. A store belongs to the process that opened
/// it: in a child after `os.fork()` every call raises `ForkedError`.
///
/// Args:
///     path: The file, made if it does not exist. It must be on a disk of this machine.
///     engine: An `Aion` that reads the words in pictures and, with a `clip_model`, makes vectors of texts and pictures.
///         Without one there are words only, and pictures are refused.
///     embed_texts: A function that takes a list of texts and gives a float32 array of as many rows, in the place of
///         CLIP's text tower. It is called on another thread.
///     space: The name of its model: vectors of the same name are compared. Needed with `embed_texts`.
///     read_only: Whether nothing is ever written; the file must exist then.
///     chunk_bytes: Most bytes of a chunk.
///     max_text_bytes: Most bytes of a document's text.
///     max_file_bytes: Most bytes of a file or a picture.
///     threads: Threads that read documents and search vectors. Without it, one for each core.
///     patience: Most seconds to wait for other writers.
///
/// Raises:
///     InvalidArgumentError: A setting is out of its range.
///     UnavailableError: The file is damaged, of another program or of a later version, or can not be opened.
///
/// Examples:
///     >>> import aion, pathlib, tempfile
///     >>> folder = tempfile.TemporaryDirectory()
///     >>> knowledge = aion.Knowledge(pathlib.Path(folder.name) / "aion.db")
///     >>> [result.change for result in knowledge.ingest([{"source": "mares", "text": "A maré alta é às dez."}])]
///     ['added']
///     >>> [hit.source for hit in knowledge.search_text("mare")]
///     ['mares']
///     >>> folder.cleanup()
#[pyclass(frozen, module = "aion")]
pub(crate) struct Knowledge {
    pub(super) core: Detached<core::Knowledge>,
    /// Reads pictures that are searched for within its limits.
    pub(super) limits: aion_core::Config,
}

#[pymethods]
#[expect(clippy::too_many_arguments, reason = "Python's keyword arguments")]
impl Knowledge {
    #[new]
    #[pyo3(signature = (
        path, *, engine = None, embed_texts = None, space = None, read_only = false, chunk_bytes = 400,
        max_text_bytes = 33_554_432, max_file_bytes = 134_217_728, threads = None, patience = 10.0
    ))]
    fn new(
        py: Python<'_>,
        path: PathBuf,
        engine: Option<&Bound<'_, Aion>>,
        embed_texts: Option<Py<PyAny>>,
        space: Option<String>,
        read_only: bool,
        chunk_bytes: i64,
        max_text_bytes: i64,
        max_file_bytes: i64,
        threads: Option<i64>,
        patience: f64,
    ) -> PyResult<Self> {
        let mut options = KnowledgeOptions::default();
        options.read_only = read_only;
        options.chunk_bytes = count("chunk_bytes", chunk_bytes).or_raise(py)?;
        options.max_text_bytes = count("max_text_bytes", max_text_bytes).or_raise(py)?;
        options.max_file_bytes = count("max_file_bytes", max_file_bytes).or_raise(py)?;
        options.threads = threads.map(|threads| count("threads", threads)).transpose().or_raise(py)?;
        options.patience = seconds("patience", patience).or_raise(py)?;
        let mut knowledge = enter_briefly(py, || core::Knowledge::open(path, options))?;
        let engine = engine.map(|engine| engine.get().shared());
        let limits = engine.as_ref().map(|engine| engine.config().clone()).unwrap_or_default();
        if let Some(engine) = engine {
            knowledge = knowledge.with_engine(engine);
        }
        match (embed_texts, space) {
            (Some(function), Some(space)) if function.bind(py).is_callable() => {
                knowledge = knowledge.with_text_embedder(Arc::new(PythonEmbedder { function, space }));
            }
            (None, None) => {}
            _ => {
                let message = "embed_texts must be callable, and given together with the name of its space";
                return Err(invalid_argument(message)).or_raise(py);
            }
        }
        Ok(Self { core: Detached::new(knowledge), limits })
    }

    /// Read items and write them, each whole or not at all.
    ///
    /// An item is a dict, the `pathlib.Path` of a file, or a `Page` of a crawl. A dict has a `source` (an address, a
    /// path or a name: its identity) and one of `text`, `data` (the `bytes` of a file) and `path`; and it may have
    /// `title`, `language`, `parent` (the source of the page that a picture stands on), `etag`, `last_modified`,
    /// `fetched_at` (a `datetime` with a time zone) and `meta` (a dict). What the store has already is not read again,
    /// and a new version takes the place of the old one.
    ///
    /// Args:
    ///     items: The items.
    ///     timeout: Most seconds to take.
    ///     cancel: A token that stops the call.
    ///     progress: Called as `progress("items", done, total)`.
    ///
    /// Returns:
    ///     One result per item, in their order: an `Ingested`, or the `AionError` that it failed with.
    #[pyo3(signature = (items, *, timeout = None, cancel = None, progress = None))]
    fn ingest<'py>(
        &self,
        items: &Bound<'py, PyAny>,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let py = items.py();
        let wishes = Wishes::new(py, timeout, cancel, progress)?;
        if items.is_instance_of::<PyString>() || items.is_instance_of::<PyDict>() {
            return Err(invalid_argument("ingest takes a list of items")).or_raise(py);
        }
        let (mut good, mut refused) = (Vec::new(), Vec::new());
        for (index, object) in items.try_iter()?.enumerate() {
            match item(&object?) {
                Ok(item) => good.push(item),
                Err(error) => refused.push((index, error)),
            }
        }
        let ingested = enter(py, &wishes, |control| Ok(self.core.get()?.ingest(&good, control)))?;
        let (results, mut refused) = (PyList::empty(py), refused.into_iter().peekable());
        let mut ingested = ingested.into_iter();
        loop {
            let place = results.len();
            let result = match refused.next_if(|(index, _)| *index == place) {
                Some((_, error)) => Err(error),
                None => match ingested.next() {
                    Some(result) => result,
                    None => return Ok(results),
                },
            };
            match result {
                Ok(result) => results.append(Ingested(result))?,
                Err(error) => results.append(exception(py, &error).into_value(py))?,
            }
        }
    }

    /// List the documents in the order of their numbers.
    ///
    /// Args:
    ///     kind: Only `'text'`, `'page'`, `'file'` or `'image'`.
    ///     host: Only web addresses of this host and of those below it.
    ///     source_prefix: Only sources that begin so.
    ///     since: Only what was fetched then or later, a `datetime` with a time zone.
    ///     until: Only what was fetched before.
    ///     after: Only those with a higher number.
    ///     limit: Most documents; without it, all.
    #[pyo3(signature = (
        *, kind = None, host = None, source_prefix = None, since = None, until = None, after = 0, limit = None
    ))]
    fn documents(
        &self,
        py: Python<'_>,
        kind: Option<&str>,
        host: Option<String>,
        source_prefix: Option<String>,
        since: Option<&Bound<'_, PyAny>>,
        until: Option<&Bound<'_, PyAny>>,
        after: i64,
        limit: Option<i64>,
    ) -> PyResult<Vec<StoredDocument>> {
        let filter = Chosen { kind, host, source_prefix, since, until }.filter().or_raise(py)?;
        let limit = limit.map(|limit| count("limit", limit)).transpose().or_raise(py)?;
        let documents = enter(py, &Wishes::default(), |control| {
            let next = |after, most| self.core.get()?.documents(&filter, after, most);
            paged(control, after, limit.unwrap_or(usize::MAX), next, |document| document.id)
        })?;
        Ok(documents.into_iter().map(StoredDocument).collect())
    }

    /// The document of a number.
    ///
    /// Args:
    ///     document_id: The number.
    ///
    /// Raises:
    ///     NotFoundError: There is no such document.
    fn document(&self, py: Python<'_>, document_id: i64) -> PyResult<StoredDocument> {
        enter_briefly(py, || self.core.get()?.document(document_id)).map(StoredDocument)
    }

    /// The document from a source, or `None`.
    ///
    /// Args:
    ///     source: The source.
    fn find(&self, py: Python<'_>, source: &str) -> PyResult<Option<StoredDocument>> {
        let found = enter_briefly(py, || self.core.get()?.find(source))?;
        Ok(found.map(StoredDocument))
    }

    /// The text of a document.
    ///
    /// Args:
    ///     document_id: Its number.
    ///
    /// Raises:
    ///     NotFoundError: There is no such document.
    fn text(&self, py: Python<'_>, document_id: i64) -> PyResult<String> {
        enter_briefly(py, || self.core.get()?.text(document_id))
    }

    /// The chunks of a document: one after the other they are its text.
    ///
    /// Args:
    ///     document_id: Its number.
    ///
    /// Raises:
    ///     NotFoundError: There is no such document.
    fn chunks(&self, py: Python<'_>, document_id: i64) -> PyResult<Vec<Chunk>> {
        let chunks = enter_briefly(py, || self.core.get()?.chunks(document_id))?;
        Ok(chunks.into_iter().map(Chunk).collect())
    }

    /// Remove a document, and with a page its pictures.
    ///
    /// Args:
    ///     document_id: Its number.
    ///
    /// Returns:
    ///     Whether there was one.
    fn remove(&self, py: Python<'_>, document_id: i64) -> PyResult<bool> {
        enter_briefly(py, || self.core.get()?.remove(document_id))
    }

    /// Move the average of a document by the mean of its new vectors, and mark them as seen.
    ///
    /// Several processes at once lose no update and count no vector twice.
    ///
    /// Args:
    ///     document_id: Its number.
    ///
    /// Raises:
    ///     NotFoundError: There is no such document.
    fn update_ema(&self, py: Python<'_>, document_id: i64) -> PyResult<Average> {
        enter_briefly(py, || self.core.get()?.update_ema(document_id)).map(Average)
    }

    /// The moving average of a document as it is.
    ///
    /// Args:
    ///     document_id: Its number.
    ///
    /// Raises:
    ///     NotFoundError: There is no such document.
    fn average(&self, py: Python<'_>, document_id: i64) -> PyResult<Average> {
        enter_briefly(py, || self.core.get()?.average(document_id)).map(Average)
    }

    /// How much the store has: a dict of `documents`, `chunks`, `vectors` and `interactions`.
    fn counts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let counts = enter_briefly(py, || self.core.get()?.counts())?;
        let dict = PyDict::new(py);
        dict.set_item("documents", counts.documents)?;
        dict.set_item("chunks", counts.chunks)?;
        dict.set_item("vectors", counts.vectors)?;
        dict.set_item("interactions", counts.interactions)?;
        Ok(dict)
    }

    /// Read the whole file and tell what is wrong with it; an empty list for a sound one.
    fn verify(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        enter(py, &Wishes::default(), |_| self.core.get()?.verify())
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let path = self.core.get().or_raise(py)?.path().to_string_lossy().into_owned();
        Ok(format!("Knowledge({})", repr(py, &path)?))
    }
}

/// Rows page by page, so that no read holds the file long.
pub(super) fn paged<T>(
    control: &aion_core::Control,
    mut after: i64,
    most: usize,
    next: impl Fn(i64, usize) -> aion_core::Result<Vec<T>>,
    number: impl Fn(&T) -> i64,
) -> aion_core::Result<Vec<T>> {
    let mut all = Vec::new();
    loop {
        control.check()?;
        let wanted = PAGE.min(most - all.len());
        let page = next(after, wanted)?;
        let is_last = page.len() < wanted || wanted == 0;
        after = page.last().map_or(after, &number);
        all.extend(page);
        if is_last {
            return Ok(all);
        }
    }
}
