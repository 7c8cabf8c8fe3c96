//! A look at pages before anything is kept of them.

use std::collections::BTreeMap;

use aion_core::crawl::{self as core, MAX_PREVIEWS};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::page::Page;
use super::settings::Settings;
use super::verdict::Verdict;
use crate::door::enter;
use crate::error::{exception, invalid_argument};
use crate::image::type_name;
use crate::pickle::{Reduced, freeze, restorer, thaw};
use crate::view::{hash, repr, shortened, truth};

/// What a page is about and whether it may be ingested.
///
/// Attributes:
///     url: The address as it was given.
///     ok: Whether the page was fetched and may be ingested.
///     reason: The code of what speaks against it, of the verdict or of why it was not fetched, or `None`.
///     error: A sentence on what went wrong, if the page could not be had, or `None`.
///     title: The title; empty without one.
///     excerpt: The first 800 characters of the text, its white space made even.
///     text: The main text.
///     meta: Contents of the meta elements, and `final_url`, `content_type`, `status` and `language`.
///     verdict: Whether the page may be ingested and trained on, and why not.
#[pyclass(frozen, eq, module = "aion")]
#[derive(PartialEq)]
pub(crate) struct Preview(core::Preview);

impl From<core::Preview> for Preview {
    fn from(preview: core::Preview) -> Self {
        Self(preview)
    }
}

#[pymethods]
impl Preview {
    #[getter]
    fn url(&self) -> &str {
        &self.0.url
    }

    #[getter]
    fn ok(&self) -> bool {
        self.0.ok
    }

    #[getter]
    fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    #[getter]
    fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }

    #[getter]
    fn title(&self) -> &str {
        &self.0.title
    }

    #[getter]
    fn excerpt(&self) -> &str {
        &self.0.excerpt
    }

    #[getter]
    fn text(&self) -> &str {
        &self.0.text
    }

    #[getter]
    fn meta(&self) -> BTreeMap<String, String> {
        self.0.meta.clone()
    }

    #[getter]
    fn verdict(&self) -> Verdict {
        self.0.verdict.clone().into()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let core::Preview { url, ok, reason, title, .. } = &self.0;
        let (url, title, ok) = (repr(py, url)?, shortened(py, title)?, truth(*ok));
        let reason = reason.as_deref().into_pyobject(py)?.repr()?;
        Ok(format!("<Preview {url}: ok={ok}, reason={reason}, title={title}>"))
    }

    fn __hash__(&self) -> u64 {
        hash((&self.0.url, &self.0.text))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_preview")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

/// What a caller wants to see: an address, or a page that was fetched already.
enum Item<'py> {
    Address(String),
    Page(Bound<'py, Page>),
}

/// Previews of the first 200 of `items`, in their order; only addresses are fetched.
pub(crate) fn previews(
    handle: &aion_core::Aion,
    items: &Bound<'_, PyAny>,
    given: Option<&Bound<'_, PyDict>>,
) -> PyResult<Vec<Preview>> {
    let py = items.py();
    let Settings { options, wishes } = Settings::new(py, handle, given)?;
    let items = wanted(items)?;
    let addresses: Vec<&str> = items.iter().filter_map(Item::address).collect();
    let fetched = enter(py, &wishes, |control| handle.preview(&addresses, &options, control))?;
    let mut fetched = fetched.into_iter();
    let preview = |item: &Item<'_>| match item {
        Item::Address(_) => fetched.next().map(Preview::from),
        Item::Page(page) => Some(page.get().preview()),
    };
    Ok(items.iter().filter_map(preview).collect())
}

/// The first 200 items. One text alone is refused: its letters would be taken for the addresses.
fn wanted<'py>(items: &Bound<'py, PyAny>) -> PyResult<Vec<Item<'py>>> {
    match items.try_iter() {
        Ok(iterator) if !items.is_instance_of::<PyString>() => {
            iterator.take(MAX_PREVIEWS).map(|item| Item::new(item?)).collect()
        }
        _ => Err(refused("preview takes a list of addresses and pages", items)),
    }
}

fn refused(what: &str, object: &Bound<'_, PyAny>) -> PyErr {
    exception(object.py(), &invalid_argument(format!("{what}, not {}", type_name(object))))
}

impl<'py> Item<'py> {
    fn new(object: Bound<'py, PyAny>) -> PyResult<Self> {
        if let Ok(page) = object.cast::<Page>() {
            return Ok(Self::Page(page.clone()));
        }
        let refused = |_| refused("an item of a preview must be an address or a Page", &object);
        object.extract().map(Self::Address).map_err(refused)
    }

    fn address(&self) -> Option<&str> {
        match self {
            Self::Address(address) => Some(address),
            Self::Page(_) => None,
        }
    }
}

#[pyfunction]
#[pyo3(name = "_restore_preview")]
pub(crate) fn restore_preview(py: Python<'_>, state: &str) -> PyResult<Preview> {
    thaw(py, serde_json::from_str(state)).map(Preview)
}
