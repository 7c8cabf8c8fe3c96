//! The verbs that search a store.

use pyo3::prelude::*;

use super::hit::Hit;
use super::options::{self, Chosen};
use super::store::Knowledge;
use crate::control::{CancelToken, Wishes};
use crate::door::enter;
use crate::error::OrRaise;
use crate::image::Picture;
use crate::recipe::count;

#[pymethods]
#[expect(clippy::too_many_arguments, reason = "Python's keyword arguments")]
impl Knowledge {
    /// Find the documents that fit a query best, the best first.
    ///
    /// Words are found whatever their case and accents; with vectors, texts and pictures are found by meaning too, and
    /// the rankings are fused. Nothing in a query is syntax.
    ///
    /// Args:
    ///     query: What is searched for.
    ///     k: Most hits.
    ///     kind: Only `'text'`, `'page'`, `'file'` or `'image'`.
    ///     host: Only web addresses of this host and of those below it.
    ///     source_prefix: Only sources that begin so.
    ///     since: Only what was fetched then or later, a `datetime` with a time zone.
    ///     until: Only what was fetched before.
    ///     mode: `'hybrid'`, `'words'` or `'vectors'`.
    ///     passages: Whether every chunk is a hit of its own.
    ///     prefix: Whether the last word may be the beginning of one.
    ///     timeout: Most seconds to take.
    ///     cancel: A token that stops the call.
    ///
    /// Raises:
    ///     InvalidArgumentError: `k` is not 1 to 10,000, or an option is none that there is.
    ///     NotConfiguredError: Vectors alone are asked for, and there is no model.
    #[pyo3(signature = (
        query, k = 10, *, kind = None, host = None, source_prefix = None, since = None, until = None,
        mode = "hybrid", passages = false, prefix = false, timeout = None, cancel = None
    ))]
    fn search_text(
        &self,
        py: Python<'_>,
        query: &str,
        k: i64,
        kind: Option<&str>,
        host: Option<String>,
        source_prefix: Option<String>,
        since: Option<&Bound<'_, PyAny>>,
        until: Option<&Bound<'_, PyAny>>,
        mode: &str,
        passages: bool,
        prefix: bool,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
    ) -> PyResult<Vec<Hit>> {
        let wishes = Wishes::new(py, timeout, cancel, None)?;
        let filter = Chosen { kind, host, source_prefix, since, until }.filter().or_raise(py)?;
        let options = options::search(filter, mode, passages, prefix).or_raise(py)?;
        let k = count("k", k).or_raise(py)?;
        let hits = enter(py, &wishes, |control| self.core.get()?.search_text(query, k, &options, control))?;
        Ok(hits.into_iter().map(Hit).collect())
    }

    /// Find the pictures that are most like one, the most alike first.
    ///
    /// Args:
    ///     image: The picture, as `Aion` takes it.
    ///     k: Most hits.
    ///     host: Only web addresses of this host and of those below it.
    ///     source_prefix: Only sources that begin so.
    ///     since: Only what was fetched then or later, a `datetime` with a time zone.
    ///     until: Only what was fetched before.
    ///     timeout: Most seconds to take.
    ///     cancel: A token that stops the call.
    ///
    /// Raises:
    ///     NotConfiguredError: The store has no engine with a `clip_model`.
    #[pyo3(signature = (
        image, k = 10, *, host = None, source_prefix = None, since = None, until = None, timeout = None,
        cancel = None
    ))]
    fn search_image(
        &self,
        image: &Bound<'_, PyAny>,
        k: i64,
        host: Option<String>,
        source_prefix: Option<String>,
        since: Option<&Bound<'_, PyAny>>,
        until: Option<&Bound<'_, PyAny>>,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
    ) -> PyResult<Vec<Hit>> {
        let py = image.py();
        let wishes = Wishes::new(py, timeout, cancel, None)?;
        let filter = Chosen { kind: None, host, source_prefix, since, until }.filter().or_raise(py)?;
        let options = options::search(filter, "vectors", false, false).or_raise(py)?;
        let (picture, k) = (Picture::new(image, &self.limits).or_raise(py)?, count("k", k).or_raise(py)?);
        let hits = enter(py, &wishes, |control| {
            self.core.get()?.search_image(picture.source(), k, &options, control)
        })?;
        Ok(hits.into_iter().map(Hit).collect())
    }
}
