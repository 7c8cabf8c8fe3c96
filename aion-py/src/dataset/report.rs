//! What became of the interactions of a set.

use aion_core::dataset as core;
use pyo3::prelude::*;

use crate::pickle::{Reduced, freeze, restorer, thaw};
use crate::view::{hash, truth};

/// What became of the interactions that a training set was built of.
///
/// Attributes:
///     read: How many were read, damaged ones included.
///     kept: How many are in the set.
///     too_low: How many had too low a rating, or none where one was asked for.
///     duplicates: How many said what an earlier one says.
///     scrubbed: How many of those in the set had identifiers of people in them, which were replaced.
///     damaged: How many could not be used.
///     damaged_lines: The first hundred of them: `(line, reason)`, where the line is that of the file, or the place
///         among the interactions, counted from 1.
///     cut: Whether the set is full, so that the rest was not read.
#[pyclass(frozen, eq, module = "aion")]
#[derive(PartialEq)]
pub(crate) struct DatasetReport(core::DatasetReport);

impl From<core::DatasetReport> for DatasetReport {
    fn from(report: core::DatasetReport) -> Self {
        Self(report)
    }
}

#[pymethods]
impl DatasetReport {
    #[getter]
    fn read(&self) -> usize {
        self.0.read
    }

    #[getter]
    fn kept(&self) -> usize {
        self.0.kept
    }

    #[getter]
    fn too_low(&self) -> usize {
        self.0.too_low
    }

    #[getter]
    fn duplicates(&self) -> usize {
        self.0.duplicates
    }

    #[getter]
    fn scrubbed(&self) -> usize {
        self.0.scrubbed
    }

    #[getter]
    fn damaged(&self) -> usize {
        self.0.damaged
    }

    #[getter]
    fn damaged_lines(&self) -> Vec<(usize, String)> {
        self.0.damaged_lines.iter().map(|damaged| (damaged.line, damaged.reason.clone())).collect()
    }

    #[getter]
    fn cut(&self) -> bool {
        self.0.is_cut
    }

    fn __repr__(&self) -> String {
        let core::DatasetReport { read, kept, too_low, duplicates, scrubbed, damaged, .. } = self.0;
        let cut = truth(self.0.is_cut);
        format!(
            "<DatasetReport read={read}, kept={kept}, too_low={too_low}, duplicates={duplicates}, \
             scrubbed={scrubbed}, damaged={damaged}, cut={cut}>"
        )
    }

    fn __hash__(&self) -> u64 {
        hash((self.0.read, self.0.kept, self.0.damaged))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_dataset")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

#[pyfunction]
#[pyo3(name = "_restore_dataset")]
pub(crate) fn restore_dataset(py: Python<'_>, state: &str) -> PyResult<DatasetReport> {
    thaw(py, serde_json::from_str(state)).map(DatasetReport)
}
