//! The text of a web page, with what the page says of itself.

use std::collections::BTreeMap;

use aion_core::{self as core, ExtractOptions};
use pyo3::prelude::*;

use crate::door::enter_briefly;
use crate::error::OrRaise;
use crate::octets::Octets;
use crate::pickle::{Reduced, freeze, restorer, thaw};
use crate::recipe::count;
use crate::view::{hash, repr, shortened, truth};

/// A link of a page.
///
/// Attributes:
///     url: The address, without its fragment.
///     text: The text of the link, its white space collapsed.
///     nofollow: Whether the link asks robots not to follow it.
#[pyclass(frozen, eq, module = "aion")]
#[derive(PartialEq)]
pub(crate) struct Link(core::Link);

#[pymethods]
impl Link {
    #[getter]
    fn url(&self) -> &str {
        &self.0.url
    }

    #[getter]
    fn text(&self) -> &str {
        &self.0.text
    }

    #[getter]
    fn nofollow(&self) -> bool {
        self.0.nofollow
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let core::Link { url, text, nofollow, .. } = &self.0;
        let (url, text) = (repr(py, url)?, shortened(py, text)?);
        Ok(format!("Link(url={url}, text={text}, nofollow={})", truth(*nofollow)))
    }

    fn __hash__(&self) -> u64 {
        hash((&self.0.url, &self.0.text))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_link")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

/// An image of a page.
///
/// Attributes:
///     url: The address.
///     alt: The text that stands for the image; empty if there is none.
#[pyclass(frozen, eq, module = "aion")]
#[derive(PartialEq)]
pub(crate) struct PageImage(core::PageImage);

impl PageImage {
    pub(super) fn all(images: &[core::PageImage]) -> Vec<Self> {
        images.iter().cloned().map(Self).collect()
    }
}

#[pymethods]
impl PageImage {
    #[getter]
    fn url(&self) -> &str {
        &self.0.url
    }

    #[getter]
    fn alt(&self) -> &str {
        &self.0.alt
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("PageImage(url={}, alt={})", repr(py, &self.0.url)?, shortened(py, &self.0.alt)?))
    }

    fn __hash__(&self) -> u64 {
        hash((&self.0.url, &self.0.alt))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_image")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

/// What a page or another document says.
///
/// Attributes:
///     title: The title; empty if the page has none.
///     text: The main text, one line per paragraph, heading, list item or row.
///     links: Each address that the page links to, once, in the order of the page.
///     language: The declared language as a BCP 47 tag, such as `"pt-BR"`, or `None`.
///     detected_language: The language that the text looks to be written in, as an ISO 639 code such as `"pt"`: a guess
///         by the text alone. `None` for a short or a mixed text.
///     canonical: The address that the page wants to be known by, or `None`.
///     published: When the page was published, as it says: an ISO 8601 date or date and time, or `None`.
///     images: The images of the page, in its order.
///     meta: The page's `meta` elements by lower-case name or property.
///     charset: The charset that the bytes were read with, by its name in the Encoding Standard.
///     source: Where the text was found: `"article"`, `"prose"`, `"json_ld"`, `"plain"` or, for what is no page,
///         `"document"`.
#[pyclass(frozen, eq, module = "aion")]
#[derive(PartialEq)]
pub(crate) struct Extracted(core::Extracted);

impl Extracted {
    pub(crate) fn core(&self) -> &core::Extracted {
        &self.0
    }
}

impl From<core::Extracted> for Extracted {
    fn from(extracted: core::Extracted) -> Self {
        Self(extracted)
    }
}

#[pymethods]
impl Extracted {
    #[getter]
    fn title(&self) -> &str {
        &self.0.title
    }

    #[getter]
    fn text(&self) -> &str {
        &self.0.text
    }

    #[getter]
    fn links(&self) -> Vec<Link> {
        self.0.links.iter().cloned().map(Link).collect()
    }

    #[getter]
    fn language(&self) -> Option<&str> {
        self.0.language.as_deref()
    }

    #[getter]
    fn detected_language(&self) -> Option<&str> {
        self.0.detected_language.as_deref()
    }

    #[getter]
    fn canonical(&self) -> Option<&str> {
        self.0.canonical.as_deref()
    }

    #[getter]
    fn published(&self) -> Option<&str> {
        self.0.published.as_deref()
    }

    #[getter]
    fn images(&self) -> Vec<PageImage> {
        PageImage::all(&self.0.images)
    }

    #[getter]
    fn meta(&self) -> BTreeMap<String, String> {
        self.0.meta.clone()
    }

    #[getter]
    fn charset(&self) -> &str {
        self.0.charset
    }

    #[getter]
    fn source(&self) -> &'static str {
        self.0.source.name()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let core::Extracted { title, text, links, .. } = &self.0;
        let (title, text, links) = (shortened(py, title)?, shortened(py, text)?, links.len());
        Ok(format!("Extracted(title={title}, text={text}, links={links})"))
    }

    fn __hash__(&self) -> u64 {
        hash((&self.0.title, &self.0.text))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_extracted")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

/// Read an HTML page: its main text, its links, and what it says of itself.
///
/// Damaged, deep or hostile markup gives the text that can be had, in bounded time.
///
/// Args:
///     html: The page: `bytes` in any charset, or a `str` that was decoded already.
///     url: The page's address, which relative links are resolved against.
///     content_type: The `Content-Type` header that `bytes` came with, for its charset.
///     max_bytes: Most bytes that are read.
///
/// Raises:
///     LimitExceededError: The page is larger than `max_bytes`.
///
/// Examples:
///     >>> import aion
///     >>> html = "<title>Rivers</title><p>A river flows. <a href='/sea'>To the sea</a> it goes.</p>"
///     >>> page = aion.extract_text(html, "https://example.com/a")
///     >>> page.title, page.text, page.links[0].url
///     ('Rivers', 'A river flows. To the sea it goes.', 'https://example.com/sea')
#[pyfunction]
#[pyo3(signature = (html, url = None, *, content_type = None, max_bytes = 33_554_432))]
pub(crate) fn extract_text(
    html: &Bound<'_, PyAny>,
    url: Option<String>,
    content_type: Option<String>,
    max_bytes: i64,
) -> PyResult<Extracted> {
    let py = html.py();
    let html = Octets::new("html", html)?;
    let mut options = ExtractOptions::default();
    options.url = url;
    // What the page says of its bytes is over once it is text.
    options.content_type =
        if html.is_text() { Some("text/html; charset=utf-8".into()) } else { content_type };
    options.max_bytes = count("max_bytes", max_bytes).or_raise(py)?;
    enter_briefly(py, || core::extract_text(html.as_ref(), &options)).map(Extracted)
}

#[pyfunction]
#[pyo3(name = "_restore_link")]
pub(crate) fn restore_link(py: Python<'_>, state: &str) -> PyResult<Link> {
    thaw(py, serde_json::from_str(state)).map(Link)
}

#[pyfunction]
#[pyo3(name = "_restore_image")]
pub(crate) fn restore_image(py: Python<'_>, state: &str) -> PyResult<PageImage> {
    thaw(py, serde_json::from_str(state)).map(PageImage)
}

#[pyfunction]
#[pyo3(name = "_restore_extracted")]
pub(crate) fn restore_extracted(py: Python<'_>, state: &str) -> PyResult<Extracted> {
    thaw(py, serde_json::from_str(state)).map(Extracted)
}
