//! How results are pickled: a private function of this module and the text that it makes the value from.

use pyo3::intern;
use pyo3::prelude::*;

use crate::error::{OrRaise, invalid_argument};

/// How a value is pickled: a function, and what it is called with; as a rule one text.
pub(crate) type Reduced<'py, A = (String,)> = (Bound<'py, PyAny>, A);

/// The function of this module that pickle calls to make a value again.
pub(crate) fn restorer<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import(intern!(py, "aion._aion"))?.getattr(name)
}

/// A value of the core as text.
pub(crate) fn freeze(py: Python<'_>, text: serde_json::Result<String>) -> PyResult<String> {
    text.map_err(|error| invalid_argument(format!("the value can not be pickled: {error}"))).or_raise(py)
}

/// A value of the core from its text.
pub(crate) fn thaw<T>(py: Python<'_>, value: serde_json::Result<T>) -> PyResult<T> {
    let damaged = |error| invalid_argument(format!("this pickle is damaged or of another version: {error}"));
    value.map_err(damaged).or_raise(py)
}
