//! What was decided, and the same again from its record.

use aion_core::{self as core, DecisionRecord, Error, ErrorKind};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::grant::Grant;
use super::purse::Budget;
use crate::error::OrRaise;
use crate::pickle::restorer;

/// Who answers, why, and the money if it is paid.
///
/// It pickles as its record, without the grant.
///
/// Attributes:
///     verdict: `"local"` or `"fallback"`: the paid model may be asked only after `"fallback"`.
///     reason: `"granted"`, `"confident"`, `"disabled"`, `"daily_cap"`, `"hourly_cap"`, `"unknown_price"`,
///         `"ledger_unavailable"` or `"clock_suspect"`: the first rule that decided.
///     explanation: Why, in a sentence or two for people.
///     grant: The money for the paid call, or `None`. It lives as long as somebody holds the decision or the grant.
///     record: Everything that the decision rests on, as JSON has it: numbers and the policy; no prompt, no key, no
///         secret. `replay_decision` makes the decision again from it. Every access gives a new dict.
///
/// Examples:
///     >>> import aion
///     >>> decision = aion.Budget().decide(confidence=0.9, cost_usd=0.01)
///     >>> decision.verdict, decision.reason, decision.grant
///     ('local', 'confident', None)
///     >>> decision.explanation
///     'The local answer is good enough: its confidence 0.9 is not below 0.62.'
#[pyclass(frozen, module = "aion")]
pub(crate) struct Decision {
    record: DecisionRecord,
    #[pyo3(get)]
    grant: Option<Py<Grant>>,
}

impl Decision {
    pub(super) fn new(
        py: Python<'_>,
        decision: core::Decision,
        budget: Option<&Py<Budget>>,
    ) -> PyResult<Self> {
        let record = decision.record().clone();
        let grant = match (decision.into_grant(), budget) {
            (Some(grant), Some(budget)) => Some(Py::new(py, Grant::new(grant, budget.clone_ref(py)))?),
            _ => None,
        };
        Ok(Self { record, grant })
    }

    /// A decision whose grant has ended.
    pub(crate) fn of_record(record: DecisionRecord) -> Self {
        Self { record, grant: None }
    }
}

#[pymethods]
impl Decision {
    #[getter]
    fn verdict(&self) -> &'static str {
        self.record.reason().verdict().name()
    }

    #[getter]
    fn reason(&self) -> &'static str {
        self.record.reason().name()
    }

    #[getter]
    fn explanation(&self) -> String {
        self.record.explanation()
    }

    #[getter]
    fn record<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        as_dict(py, &self.record)
    }

    fn __repr__(&self) -> String {
        format!("<Decision {}: {}>", self.verdict(), self.reason())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyAny>,))> {
        Ok((restorer(py, "replay_decision")?, (self.record(py)?,)))
    }
}

/// Make a decision again from its record: the same facts give the same verdict, reason and explanation.
///
/// It reads no ledger and no clock, and the decision has no grant.
///
/// Args:
///     record: `Decision.record`, also after a trip through JSON.
///
/// Raises:
///     InvalidInputError: It is no record, or its policy was changed.
///
/// Examples:
///     >>> import aion, json
///     >>> decision = aion.Budget(enabled=False).decide(confidence=0.3, cost_usd=0.01)
///     >>> kept = json.dumps(decision.record)
///     >>> aion.replay_decision(json.loads(kept)).reason
///     'disabled'
#[pyfunction]
pub(crate) fn replay_decision(py: Python<'_>, record: &Bound<'_, PyDict>) -> PyResult<Decision> {
    let no_json = |cause: PyErr| {
        Error::new(ErrorKind::InvalidInput, "this is no record of a decision: JSON can not hold it")
            .with_source(cause)
    };
    let dumps = py.import(intern!(py, "json"))?.getattr(intern!(py, "dumps"))?;
    let text = dumps.call1((record,)).map_err(no_json).or_raise(py)?;
    let decision = core::replay_decision(text.cast::<PyString>()?.to_str()?).or_raise(py)?;
    Decision::new(py, decision, None)
}

/// A record as JSON has it.
pub(super) fn as_dict<'py>(py: Python<'py>, record: &DecisionRecord) -> PyResult<Bound<'py, PyAny>> {
    py.import(intern!(py, "json"))?.call_method1(intern!(py, "loads"), (record.to_json(),))
}
