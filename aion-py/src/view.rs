//! How values look: their `repr` on one line, and their hash.

use std::hash::{DefaultHasher, Hash, Hasher};

use pyo3::prelude::*;
use pyo3::types::PyString;

/// The `repr` of a text, cut so that a line on a terminal holds it.
pub(crate) fn shortened(py: Python<'_>, text: &str) -> PyResult<String> {
    const MOST: usize = 40;
    let is_short = text.chars().nth(MOST).is_none();
    let start: String =
        if is_short { text.into() } else { text.chars().take(MOST - 1).chain(['…']).collect() };
    repr(py, &start)
}

/// The `repr` of a text.
pub(crate) fn repr(py: Python<'_>, text: &str) -> PyResult<String> {
    Ok(PyString::new(py, text).repr()?.to_string())
}

/// Python's words for a truth value.
pub(crate) fn truth(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

pub(crate) fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
