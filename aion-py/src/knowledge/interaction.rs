//! Answers of a store.

use aion_core::knowledge as core;
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;

use super::time;
use crate::budget::usd;
use crate::json;
use crate::pickle::{Reduced, freeze, restorer, thaw};
use crate::view::hash;

/// An answer in a store. It is a row too, with `keys()` and `[...]`, as `build_sft_jsonl` takes it.
///
/// Attributes:
///     id: Its number.
///     made_at: When it was recorded, a `datetime.datetime` in UTC.
///     messages: The conversation: dicts with `role` and `content`.
///     rating: How good people found the answer, or `None`.
///     citations: What the answer rests on.
///     source: `'local'` or `'paid'`.
///     confidence: How sure the local model was, from 0 to 1, or `None`.
///     cost_usd: What the answer cost, a `Usd`.
///     decision: The record of the decision between the two, which `replay_decision` takes, or `None`.
#[pyclass(frozen, eq, module = "aion")]
#[derive(PartialEq)]
pub(crate) struct StoredInteraction(pub(super) core::StoredInteraction);

#[pymethods]
impl StoredInteraction {
    #[getter]
    fn id(&self) -> i64 {
        self.0.id
    }

    #[getter]
    fn made_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        time::to_python(py, self.0.made_at)
    }

    #[getter]
    fn messages<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::to_python(py, &self.0.answered.interaction.messages)
    }

    #[getter]
    fn rating(&self) -> Option<f64> {
        self.0.answered.interaction.rating
    }

    #[getter]
    fn citations<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::to_python(py, &self.0.answered.interaction.citations)
    }

    #[getter]
    fn source(&self) -> &'static str {
        self.0.answered.source.name()
    }

    #[getter]
    fn confidence(&self) -> Option<f64> {
        self.0.answered.confidence
    }

    #[getter]
    fn cost_usd<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        usd(py, self.0.answered.cost)
    }

    #[getter]
    fn decision<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::to_python(py, &self.0.answered.decision)
    }

    /// The names that `[...]` takes.
    fn keys(&self) -> [&'static str; 3] {
        ["messages", "rating", "citations"]
    }

    fn __getitem__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        match name {
            "messages" => self.messages(py),
            "rating" => Ok(self.rating().into_pyobject(py)?),
            "citations" => self.citations(py),
            _ => Err(PyKeyError::new_err(name.to_owned())),
        }
    }

    fn __repr__(&self) -> String {
        let rating = self.rating().map_or("None".into(), |rating| rating.to_string());
        format!("<StoredInteraction {}: source='{}', rating={rating}>", self.0.id, self.source())
    }

    fn __hash__(&self) -> u64 {
        hash((self.0.id, self.0.made_at))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_interaction")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

#[pyfunction]
#[pyo3(name = "_restore_interaction")]
pub(crate) fn restore_interaction(py: Python<'_>, state: &str) -> PyResult<StoredInteraction> {
    thaw(py, serde_json::from_str(state)).map(StoredInteraction)
}
