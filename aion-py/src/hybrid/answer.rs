//! What a driver answered, why, and what it cost.

use aion_core::hybrid as core;
use pyo3::intern;
use pyo3::prelude::*;

use crate::budget::{Decision, usd};
use crate::pickle::{Reduced, freeze, restorer, thaw};
use crate::view::shortened;

/// The answer to a conversation, who gave it, why, and what it cost.
///
/// Attributes:
///     text: The text.
///     source: `"local"` or `"paid"`.
///     confidence: How sure the local model was of its own answer, 0 to 1; 0 where it had none.
///     decision: The budget's `Decision`, without its grant, which has ended; `None` if the budget could not be asked. After
///         retries, that of the last call that was made.
///     cost_usd: What was taken from the day's money for this answer, by all calls.
///     reason: Why, by a stable name: that of the decision, `"no_external"`, `"no_decision"`, or what kept a paid model that
///         was allowed from answering, such as `"unreachable"`, `"unauthorized"`, `"rate_limited"` or `"timed_out"`.
///     explanation: Why, in a sentence or two for people.
///     attempts: The paid calls, in their order, as dicts that JSON can hold: `external`, `grant`, `held_micro_usd`,
///         `cost_micro_usd`, `failure`, which is `None` for the call that gave the answer, and `message`.
///     notes: What else people should know, such as a reply that was cut, or a recorder that failed.
///
/// Examples:
///     >>> import aion
///     >>> driver = aion.HybridDriver(lambda messages: ("Sim.", 0.9), aion.Budget())
///     >>> answer = driver.answer("Sim ou não?")
///     >>> answer.text, answer.source, answer.reason, answer.decision.verdict, answer.cost_usd
///     ('Sim.', 'local', 'confident', 'local', Usd('0.00'))
#[pyclass(frozen, module = "aion")]
pub(crate) struct HybridAnswer(core::HybridAnswer);

impl From<core::HybridAnswer> for HybridAnswer {
    fn from(answer: core::HybridAnswer) -> Self {
        Self(answer)
    }
}

#[pymethods]
impl HybridAnswer {
    #[getter]
    fn text(&self) -> &str {
        &self.0.text
    }

    #[getter]
    fn source(&self) -> &'static str {
        self.0.source.name()
    }

    #[getter]
    fn confidence(&self) -> f64 {
        self.0.confidence
    }

    #[getter]
    fn decision(&self) -> Option<Decision> {
        self.0.decision.clone().map(Decision::of_record)
    }

    #[getter]
    fn cost_usd<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        usd(py, self.0.cost_usd)
    }

    #[getter]
    fn reason(&self) -> &'static str {
        self.0.reason.name()
    }

    #[getter]
    fn explanation(&self) -> &str {
        &self.0.explanation
    }

    #[getter]
    fn attempts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let text = freeze(py, serde_json::to_string(&self.0.attempts))?;
        py.import(intern!(py, "json"))?.call_method1(intern!(py, "loads"), (text,))
    }

    #[getter]
    fn notes(&self) -> Vec<String> {
        self.0.notes.clone()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (text, source, reason) = (shortened(py, &self.0.text)?, self.0.source, self.0.reason);
        Ok(format!("<HybridAnswer {text}: {source}, {reason}>"))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_hybrid")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

#[pyfunction]
#[pyo3(name = "_restore_hybrid")]
pub(crate) fn restore_hybrid(py: Python<'_>, state: &str) -> PyResult<HybridAnswer> {
    thaw(py, serde_json::from_str(state)).map(HybridAnswer)
}
