//! Sites that are never asked for anything.

use aion_core as core;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::error::{OrRaise, invalid_argument};
use crate::image::type_name;
use crate::view;

/// A list of sites, matched on the borders of labels and of path segments.
///
/// `example.com` means this host and everything below it, `*.example.com` only what is below it,
/// `example.com/private` that path and what is below it, `example.com:8080` that port only, and an IP address
/// itself. Empty entries are passed over. It serves as the `blocklist` of a crawl, as a plain list does too.
///
/// Args:
///     entries: The sites.
///
/// Attributes:
///     entries: The sites as they were given.
///
/// Raises:
///     InvalidArgumentError: An entry is no site: it would block nothing.
///
/// Examples:
///     >>> import aion
///     >>> blocklist = aion.Blocklist(["facebook.com", "*.example.com"])
///     >>> blocklist.blocks("https://www.Facebook.com./about"), blocklist.blocks("https://notfacebook.com/")
///     (True, False)
#[pyclass(frozen, eq, module = "aion")]
pub(crate) struct Blocklist {
    entries: Vec<String>,
    core: core::Blocklist,
}

impl PartialEq for Blocklist {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

#[pymethods]
impl Blocklist {
    #[new]
    fn new(py: Python<'_>, entries: &Bound<'_, PyAny>) -> PyResult<Self> {
        let entries = texts("entries", entries)?;
        let core = core::Blocklist::new(&entries).or_raise(py)?;
        Ok(Self { entries, core })
    }

    /// Whether `url` is on the list. What is no URL, or has no host, is on none.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> aion.Blocklist(["example.com/private"]).blocks("http://example.com/privateer")
    ///     False
    fn blocks(&self, url: &str) -> bool {
        self.core.blocks(url)
    }

    #[getter]
    fn entries(&self) -> Vec<String> {
        self.entries.clone()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("Blocklist({})", self.entries().into_pyobject(py)?.repr()?))
    }

    fn __hash__(&self) -> u64 {
        view::hash(&self.entries)
    }

    fn __getnewargs__(&self) -> (Vec<String>,) {
        (self.entries(),)
    }
}

/// The sites of a `blocklist` argument: a [`Blocklist`], or an iterable of texts.
pub(crate) fn entries(value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    match value.cast::<Blocklist>() {
        Ok(blocklist) => Ok(blocklist.get().entries()),
        Err(_) => texts("blocklist", value),
    }
}

/// The texts of the argument `name`. One text alone is refused: its letters would be taken for the items.
pub(super) fn texts(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    if value.is_instance_of::<PyString>() {
        let message = format!("{name} must be a list of texts, not one text");
        return Err(invalid_argument(message)).or_raise(value.py());
    }
    let refused = |what: &Bound<'_, PyAny>| {
        PyTypeError::new_err(format!("argument '{name}': a list of texts is needed, not {}", type_name(what)))
    };
    let items = value.try_iter().map_err(|_| refused(value))?;
    items.map(|item| item.and_then(|item| item.extract().map_err(|_| refused(&item)))).collect()
}
