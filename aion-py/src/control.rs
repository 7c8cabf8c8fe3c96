//! What a caller may ask of a long call: a time limit, a way to stop it, and news of how far it is.

use std::time::Duration;

use aion_core as core;
use pyo3::prelude::*;

use crate::error::{OrRaise, invalid_argument};

/// A switch that stops the calls that hold it. Any thread may trip it, once; a call takes it as `cancel=`
/// and then raises `CancelledError`.
///
/// Examples:
///     >>> import aion, numpy
///     >>> token = aion.CancelToken()
///     >>> token.cancel()
///     >>> try:
///     ...     aion.Aion().ocr(numpy.zeros((8, 8, 3), numpy.uint8), cancel=token)
///     ... except aion.CancelledError as error:
///     ...     print(error.kind)
///     cancelled
#[pyclass(frozen, module = "aion")]
#[derive(Default)]
pub(crate) struct CancelToken(core::CancelToken);

#[pymethods]
impl CancelToken {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Ask every call that holds this token to stop. Cancelling twice does nothing more.
    fn cancel(&self) {
        self.0.cancel();
    }

    /// Whether `cancel()` was called.
    #[getter]
    fn cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    fn __repr__(&self) -> &'static str {
        if self.0.is_cancelled() { "<CancelToken, cancelled>" } else { "<CancelToken>" }
    }
}

/// `timeout=`, `cancel=` and `progress=` of one call, checked.
#[derive(Default)]
pub(crate) struct Wishes {
    pub(crate) timeout: Option<Duration>,
    pub(crate) cancel: Option<core::CancelToken>,
    pub(crate) progress: Option<Py<PyAny>>,
}

impl Wishes {
    pub(crate) fn new(
        py: Python<'_>,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        if let Some(progress) = &progress
            && !progress.bind(py).is_callable()
        {
            return Err(invalid_argument("progress must be callable as progress(stage, done, total)"))
                .or_raise(py);
        }
        Ok(Self {
            timeout: timeout.map(seconds).transpose().or_raise(py)?,
            cancel: cancel.map(|token| token.get().0.clone()),
            progress,
        })
    }
}

/// A time-out as a duration. One too long to be told, such as infinity, is the longest there is.
pub(crate) fn seconds(timeout: f64) -> core::Result<Duration> {
    if timeout.is_nan() || timeout < 0.0 {
        return Err(invalid_argument(format!(
            "timeout is {timeout}; it must be seconds, 0 or more, or None"
        )));
    }
    Ok(Duration::try_from_secs_f64(timeout).unwrap_or(Duration::MAX))
}
