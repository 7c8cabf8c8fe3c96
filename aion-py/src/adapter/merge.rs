//! A base with an adapter inside.

use std::path::PathBuf;

use aion_core::adapter::{self as core, Adapter};
use pyo3::prelude::*;

use crate::control::{CancelToken, Wishes};
use crate::door::enter;
use crate::pickle::{Reduced, freeze, restorer, thaw};
use crate::view::hash;

/// What a merge did.
///
/// Attributes:
///     layers: The linear layers that were changed.
///     files: The safetensors files that were written.
#[pyclass(frozen, eq, module = "aion")]
#[derive(PartialEq)]
pub(crate) struct MergeReport(core::MergeReport);

#[pymethods]
impl MergeReport {
    #[getter]
    fn layers(&self) -> usize {
        self.0.layers
    }

    #[getter]
    fn files(&self) -> usize {
        self.0.files
    }

    fn __repr__(&self) -> String {
        format!("<MergeReport layers={}, files={}>", self.0.layers, self.0.files)
    }

    fn __hash__(&self) -> u64 {
        hash((self.0.layers, self.0.files))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_merge")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

#[pyfunction]
#[pyo3(name = "_restore_merge")]
pub(crate) fn restore_merge(py: Python<'_>, state: &str) -> PyResult<MergeReport> {
    thaw(py, serde_json::from_str(state)).map(MergeReport)
}

/// Add an adapter to the weights of its base, for runners that know no adapters.
///
/// The result is a directory of the same shape as the base. Each weight keeps its type: the sum is made in float64 and
/// rounded once. Memory stays at a few MiB beside the adapter.
///
/// Args:
///     base: The directory of the base: safetensors of float64, float32, float16 or bfloat16, one file or many.
///     adapter: The directory of a PEFT adapter.
///     output: The directory to write, which must not exist. It appears whole or not at all.
///     timeout: Most seconds to take.
///     cancel: A token that stops the call.
///
/// Raises:
///     NotFoundError: A directory or a file is missing.
///     InvalidInputError: The adapter does not fit, something is damaged, or a sum is more than its type can hold.
///     UnsupportedError: The adapter is more than plain LoRA, or weights are of another type.
///     ConflictError: `output` exists.
///     IoError: The disk can not be read or written.
///
/// Examples:
///     >>> import aion, pathlib, tempfile
///     >>> data = pathlib.Path("aion-core/tests/data/adapter")
///     >>> output = pathlib.Path(tempfile.mkdtemp(), "merged")
///     >>> aion.merge_adapter(data / "base", data / "peft", output)
///     <MergeReport layers=14, files=1>
#[pyfunction]
#[pyo3(signature = (base, adapter, output, *, timeout = None, cancel = None))]
pub(crate) fn merge_adapter(
    py: Python<'_>,
    base: PathBuf,
    adapter: PathBuf,
    output: PathBuf,
    timeout: Option<f64>,
    cancel: Option<Py<CancelToken>>,
) -> PyResult<MergeReport> {
    let wishes = Wishes::new(py, timeout, cancel, None)?;
    let merge = |control: &_| core::merge(&base, &Adapter::read(&adapter)?, &output, control);
    enter(py, &wishes, merge).map(MergeReport)
}
