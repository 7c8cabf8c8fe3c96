//! One promoted adapter.

use std::collections::BTreeMap;
use std::path::Path;

use aion_core::adapter as core;
use pyo3::prelude::*;

use crate::pickle::{Reduced, freeze, restorer, thaw};
use crate::view::{hash, repr};

/// One promoted adapter. Its directory never changes, and stays as long as the version is kept; see `PinnedVersion`
/// for how to keep it while it is read.
///
/// Attributes:
///     id: Its name, a UUID: ids are in the order of their promotion.
///     path: Its directory, a PEFT adapter.
///     base: The base that the adapter is for, as its settings name it, or None.
///     created: When it was promoted, in RFC 3339, UTC.
///     metrics: What was measured of it: a dict of names and numbers.
///     parent: The id of the version that was current before, or None.
#[pyclass(frozen, eq, module = "aion")]
#[derive(PartialEq)]
pub(crate) struct Version(core::Version);

impl From<core::Version> for Version {
    fn from(version: core::Version) -> Self {
        Self(version)
    }
}

#[pymethods]
impl Version {
    #[getter]
    fn id(&self) -> &str {
        &self.0.id
    }

    #[getter]
    fn path(&self) -> &Path {
        &self.0.path
    }

    #[getter]
    fn base(&self) -> Option<&str> {
        self.0.base.as_deref()
    }

    #[getter]
    fn created(&self) -> &str {
        &self.0.created
    }

    #[getter]
    fn metrics(&self) -> BTreeMap<String, f64> {
        self.0.metrics.clone()
    }

    #[getter]
    fn parent(&self) -> Option<&str> {
        self.0.parent.as_deref()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let core::Version { id, created, metrics, .. } = &self.0;
        let metrics = metrics.clone().into_pyobject(py)?;
        Ok(format!("<Version {id} of {created}: base={}, metrics={metrics}>", self.base_repr(py)?))
    }

    fn __hash__(&self) -> u64 {
        hash(&self.0.id)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_version")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

impl Version {
    fn base_repr(&self, py: Python<'_>) -> PyResult<String> {
        self.base().map_or_else(|| Ok("None".to_owned()), |base| repr(py, base))
    }
}

#[pyfunction]
#[pyo3(name = "_restore_version")]
pub(crate) fn restore_version(py: Python<'_>, state: &str) -> PyResult<Version> {
    thaw(py, serde_json::from_str(state)).map(Version)
}
