//! What a crawl counts.

use aion_core::crawl as core;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::pickle::{Reduced, freeze, restorer, thaw};
use crate::view::{hash, repr};

/// An address that was wanted and has no page.
///
/// Attributes:
///     url: The canonical address.
///     skip: Why, for a program: `"blocklist"`, `"content_type"`, `"duplicate"`, `"forbidden_address"`,
///         `"frontier_full"`, `"http_status"`, `"network"`, `"not_modified"`, `"off_host"`, `"private_route"`,
///         `"robots"`, `"robots_unreachable"`, `"timed_out"`, `"too_deep"`, `"too_large"`, `"too_many_redirects"` or
///         `"trap"`.
///     message: Why, in a sentence for people.
#[pyclass(frozen, eq, module = "aion")]
#[derive(PartialEq)]
pub(crate) struct Miss(core::Miss);

#[pymethods]
impl Miss {
    #[getter]
    fn url(&self) -> &str {
        &self.0.url
    }

    #[getter]
    fn skip(&self) -> &'static str {
        self.0.skip.name()
    }

    #[getter]
    fn message(&self) -> &str {
        &self.0.message
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let core::Miss { url, skip, message, .. } = &self.0;
        Ok(format!("Miss(url={}, skip='{skip}', message={})", repr(py, url)?, repr(py, message)?))
    }

    fn __hash__(&self) -> u64 {
        hash((&self.0.url, self.0.skip))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_miss")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

/// What a crawl had done at one moment.
///
/// Attributes:
///     pages: Pages that were found; a few of them may not have been taken yet.
///     requests: Requests of every kind, with those for `robots.txt`, sitemaps and repeats.
///     robots: Fetches of `robots.txt`.
///     sitemaps: Sitemap files that were read.
///     redirects: Redirects that were met.
///     retries: Requests that were made again.
///     bytes: Bytes of pages, decoded.
///     waiting: Addresses that wait.
///     elapsed: Seconds since the crawl began; until its end.
///     skipped: Addresses without a page, counted by `Miss.skip`: for links each time that one was met.
///     misses: The first thousand addresses that were tried in vain, with the reason.
#[pyclass(frozen, eq, module = "aion")]
#[derive(PartialEq)]
pub(crate) struct CrawlStats(core::CrawlStats);

impl From<core::CrawlStats> for CrawlStats {
    fn from(stats: core::CrawlStats) -> Self {
        Self(stats)
    }
}

#[pymethods]
impl CrawlStats {
    #[getter]
    fn pages(&self) -> usize {
        self.0.pages
    }

    #[getter]
    fn requests(&self) -> usize {
        self.0.requests
    }

    #[getter]
    fn robots(&self) -> usize {
        self.0.robots
    }

    #[getter]
    fn sitemaps(&self) -> usize {
        self.0.sitemaps
    }

    #[getter]
    fn redirects(&self) -> usize {
        self.0.redirects
    }

    #[getter]
    fn retries(&self) -> usize {
        self.0.retries
    }

    #[getter]
    fn bytes(&self) -> u64 {
        self.0.bytes
    }

    #[getter]
    fn waiting(&self) -> usize {
        self.0.waiting
    }

    #[getter]
    fn elapsed(&self) -> f64 {
        self.0.elapsed.as_secs_f64()
    }

    #[getter]
    fn skipped<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let skipped = PyDict::new(py);
        self.0.skipped.iter().try_for_each(|(skip, count)| skipped.set_item(skip.name(), count))?;
        Ok(skipped)
    }

    #[getter]
    fn misses(&self) -> Vec<Miss> {
        self.0.misses.iter().cloned().map(Miss).collect()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let core::CrawlStats { pages, requests, waiting, .. } = &self.0;
        let skipped = self.skipped(py)?.repr()?;
        Ok(format!("<CrawlStats pages={pages}, requests={requests}, waiting={waiting}, skipped={skipped}>"))
    }

    fn __hash__(&self) -> u64 {
        hash((self.0.pages, self.0.requests, self.0.elapsed))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_stats")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

#[pyfunction]
#[pyo3(name = "_restore_miss")]
pub(crate) fn restore_miss(py: Python<'_>, state: &str) -> PyResult<Miss> {
    thaw(py, serde_json::from_str(state)).map(Miss)
}

#[pyfunction]
#[pyo3(name = "_restore_stats")]
pub(crate) fn restore_stats(py: Python<'_>, state: &str) -> PyResult<CrawlStats> {
    thaw(py, serde_json::from_str(state)).map(CrawlStats)
}
