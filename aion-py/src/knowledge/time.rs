//! Times at the border: `datetime` objects with a time zone.

use aion_core::Result;
use pyo3::intern;
use pyo3::prelude::*;

use crate::error::invalid_argument;

/// Milliseconds since 1970, UTC, as a `datetime.datetime` in UTC.
pub(super) fn to_python(py: Python<'_>, millis: i64) -> PyResult<Bound<'_, PyAny>> {
    let datetime = py.import(intern!(py, "datetime"))?;
    let utc = datetime.getattr(intern!(py, "timezone"))?.getattr(intern!(py, "utc"))?;
    let class = datetime.getattr(intern!(py, "datetime"))?;
    class.call_method1(intern!(py, "fromtimestamp"), (millis as f64 / 1000.0, utc))
}

/// A `datetime.datetime` with a time zone as milliseconds since 1970, UTC.
pub(super) fn millis(object: &Bound<'_, PyAny>, name: &str) -> Result<i64> {
    let py = object.py();
    let wrong = || invalid_argument(format!("{name} must be a datetime.datetime with a time zone"));
    let zone = object.getattr(intern!(py, "tzinfo")).map_err(|_| wrong())?;
    if zone.is_none() {
        return Err(wrong());
    }
    let seconds = object.call_method0(intern!(py, "timestamp")).and_then(|seconds| seconds.extract::<f64>());
    seconds.map(|seconds| (seconds * 1000.0).round() as i64).map_err(|_| wrong())
}
