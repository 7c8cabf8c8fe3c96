//! A version that is held while it is read.

use std::io::Read;
use std::sync::Arc;

use aion_core::adapter as core;
use aion_core::{Control, Error, ErrorKind, Result};
use parking_lot::Mutex;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::version::Version;
use crate::control::{CancelToken, Wishes};
use crate::door::enter;
use crate::error::OrRaise;

/// Bytes of a file between two looks at the control.
const STRIDE: u64 = 1 << 20;

/// A version that is held: it stays on the disk, and reading it gives the same bytes, whatever is promoted meanwhile.
///
/// `Adapters.open_current()` and `Adapters.open_version()` give one. Use it in a `with` block, or `close()` it, to let
/// go; deleting it does too. Threads may share it. It does not pickle: the hold is of this process, and of a child
/// forked from it.
///
/// Attributes:
///     version: Which version it is.
///     files: The names of its files.
#[pyclass(frozen, module = "aion")]
pub(crate) struct PinnedVersion {
    version: Py<Version>,
    /// Shared with the calls that read, so that closing waits for none of them.
    held: Mutex<Option<Arc<core::PinnedVersion>>>,
}

impl PinnedVersion {
    pub(super) fn new(py: Python<'_>, pinned: core::PinnedVersion) -> PyResult<Self> {
        let version = Py::new(py, Version::from(pinned.version().clone()))?;
        Ok(Self { version, held: Mutex::new(Some(Arc::new(pinned))) })
    }

    /// # Errors
    /// [`ErrorKind::InvalidState`] once it is closed.
    pub(crate) fn held(&self) -> Result<Arc<core::PinnedVersion>> {
        let closed = || Error::new(ErrorKind::InvalidState, "the version was closed; open it again");
        self.held.lock().clone().ok_or_else(closed)
    }
}

#[pymethods]
impl PinnedVersion {
    #[getter]
    fn version(&self, py: Python<'_>) -> Py<Version> {
        self.version.clone_ref(py)
    }

    #[getter]
    fn files(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        Ok(self.held().or_raise(py)?.files().map(str::to_owned).collect())
    }

    /// Read one of its files, verified: its size and hash are those that were promoted.
    ///
    /// Args:
    ///     name: The file's name, such as `"adapter_model.safetensors"`; `files` has them all.
    ///     timeout: Most seconds to take.
    ///     cancel: A token that stops the call.
    ///
    /// Raises:
    ///     NotFoundError: The version has no such file.
    ///     InvalidInputError: The file was changed since its promotion.
    ///     InvalidStateError: The version was closed.
    #[pyo3(signature = (name, *, timeout = None, cancel = None))]
    fn read<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let wishes = Wishes::new(py, timeout, cancel, None)?;
        let held = self.held().or_raise(py)?;
        let bytes = enter(py, &wishes, |control| read(&held, name, control))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// Let go of the version. Closing twice does nothing more.
    fn close(&self) {
        drop(self.held.lock().take());
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __exit__(
        &self,
        _kind: &Bound<'_, PyAny>,
        _exception: &Bound<'_, PyAny>,
        _traceback: &Bound<'_, PyAny>,
    ) {
        self.close();
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let version = self.version.bind(py).getattr("id")?;
        let closed = if self.held.lock().is_none() { ", closed" } else { "" };
        Ok(format!("<PinnedVersion {version}{closed}>"))
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err(
            "a PinnedVersion can not be pickled or copied: its hold is of this process; pickle its version and open \
             that by its id",
        ))
    }
}

fn read(pinned: &core::PinnedVersion, name: &str, control: &Control) -> Result<Vec<u8>> {
    let mut file = pinned.open_file(name, control)?;
    let mut bytes = Vec::new();
    loop {
        control.check()?;
        let stride =
            file.by_ref().take(STRIDE).read_to_end(&mut bytes).map_err(|error| {
                Error::new(ErrorKind::Io, format!("cannot read `{name}`")).with_source(error)
            })?;
        if stride == 0 {
            return Ok(bytes);
        }
    }
}
