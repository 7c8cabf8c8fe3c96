//! A page of a crawl.

use std::collections::BTreeMap;

use aion_core::crawl as core;
use aion_core::knowledge::Item;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::extract::PageImage;
use super::preview::Preview;
use super::verdict::Verdict;
use crate::pickle::{Reduced, freeze, restorer, thaw};
use crate::view::{hash, repr, shortened};

/// A page that was fetched and read.
///
/// Attributes:
///     url: The canonical address that was asked for.
///     final_url: The address that answered, after redirects.
///     status: The HTTP status; always a 2xx.
///     title: The title; empty without one.
///     text: The main text.
///     links: Addresses of all links, those too that are not followed.
///     images: The images with their alternative texts.
///     published: When it was published, as it says, or `None`.
///     language: The language that the page says it is in, or `None`.
///     detected_language: The language that its text looks to be written in, as an ISO 639 code, or `None`.
///     meta: Contents of the meta elements, by name.
///     content_type: The `Content-Type`; empty without one.
///     depth: Links between the seed and this page; those that only a sitemap names have 1.
///     html: The document as `bytes`, also where it is a PDF or another file, decoded from its content coding but not
///         from its charset. Every access gives the same object.
///     verdict: Whether it may be ingested and trained on, and why not.
///     headers: The headers by their names in lower case. A name that came several times has its values joined by
///         `", "`, but `set-cookie`, whose values may hold commas, by a line feed.
#[pyclass(frozen, module = "aion")]
pub(crate) struct Page {
    /// Without its document, which is an object of Python's.
    core: core::Page,
    #[pyo3(get)]
    html: Py<PyBytes>,
}

impl Page {
    pub(super) fn new(py: Python<'_>, mut page: core::Page) -> Self {
        let html = PyBytes::new(py, &std::mem::take(&mut page.html)).unbind();
        Self { core: page, html }
    }

    /// What a store keeps of this page.
    pub(crate) fn item(&self) -> Item {
        Item::page(&self.core)
    }

    /// What a curator sees of this page.
    pub(super) fn preview(&self) -> Preview {
        self.core.preview().into()
    }
}

#[pymethods]
impl Page {
    #[getter]
    fn url(&self) -> &str {
        &self.core.url
    }

    #[getter]
    fn final_url(&self) -> &str {
        &self.core.final_url
    }

    #[getter]
    fn status(&self) -> u16 {
        self.core.status
    }

    #[getter]
    fn title(&self) -> &str {
        &self.core.title
    }

    #[getter]
    fn text(&self) -> &str {
        &self.core.text
    }

    #[getter]
    fn links(&self) -> Vec<String> {
        self.core.links.clone()
    }

    #[getter]
    fn images(&self) -> Vec<PageImage> {
        PageImage::all(&self.core.images)
    }

    #[getter]
    fn published(&self) -> Option<&str> {
        self.core.published.as_deref()
    }

    #[getter]
    fn language(&self) -> Option<&str> {
        self.core.language.as_deref()
    }

    #[getter]
    fn detected_language(&self) -> Option<&str> {
        self.core.detected_language.as_deref()
    }

    #[getter]
    fn meta(&self) -> BTreeMap<String, String> {
        self.core.meta.clone()
    }

    #[getter]
    fn content_type(&self) -> &str {
        &self.core.content_type
    }

    #[getter]
    fn depth(&self) -> u32 {
        self.core.depth
    }

    #[getter]
    fn verdict(&self) -> Verdict {
        self.core.verdict.clone().into()
    }

    #[getter]
    fn headers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let headers = PyDict::new(py);
        for (name, value) in &self.core.headers {
            match headers.get_item(name)? {
                Some(before) => {
                    let glue = if name == "set-cookie" { "\n" } else { ", " };
                    headers.set_item(name, format!("{before}{glue}{value}"))?;
                }
                None => headers.set_item(name, value)?,
            }
        }
        Ok(headers)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let core::Page { url, status, title, verdict, .. } = &self.core;
        let (url, title) = (repr(py, url)?, shortened(py, title)?);
        let ok = crate::view::truth(verdict.ok());
        Ok(format!("<Page {url}: status={status}, title={title}, ok={ok}>"))
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, Self>) -> bool {
        let other = other.get();
        self.core == other.core && self.html.as_bytes(py) == other.html.as_bytes(py)
    }

    fn __hash__(&self) -> u64 {
        hash((&self.core.url, &self.core.text))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py, (String, Py<PyBytes>)>> {
        let state = freeze(py, serde_json::to_string(&self.core))?;
        Ok((restorer(py, "_restore_web_page")?, (state, self.html.clone_ref(py))))
    }
}

#[pyfunction]
#[pyo3(name = "_restore_web_page")]
pub(crate) fn restore_web_page(py: Python<'_>, state: &str, html: Py<PyBytes>) -> PyResult<Page> {
    Ok(Page { core: thaw(py, serde_json::from_str(state))?, html })
}
