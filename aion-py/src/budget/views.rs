//! The books as people see them.

use aion_core::{self as core, ClockState, JournalEntry, Usd};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use serde::{Deserialize, Serialize};

use super::decision::as_dict;
use super::money;
use crate::pickle::{freeze, restorer, thaw};

/// A budget at one moment: `spent_usd + held_usd + remaining_usd` is the day's limit, unless an overrun passed it.
///
/// Attributes:
///     window: The local day that counts, as an ISO date.
///     window_ends: When the next one begins, a `datetime.datetime` in UTC.
///     daily_usd: The day's limit.
///     spent_usd: Captured for good.
///     held_usd: Set aside for calls that are under way or about to be.
///     dispatched_usd: The part of `held_usd` whose calls may have left.
///     remaining_usd: What is free.
///     overrun_usd: The part of what was spent that providers billed above what was held.
///     fallbacks_last_hour: Grants of the last hour that were not released.
///     max_fallbacks_per_hour: How many there may be; `None` for no limit.
///     clock: `"steady"`, `"ahead"` or `"behind"`: how the wall clock compares with the time that has passed.
///     ledger: Where the books are: `"memory"` or `"sqlite"`.
#[pyclass(frozen, eq, hash, module = "aion")]
#[derive(PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct BudgetStatus {
    #[pyo3(get)]
    window: String,
    window_ends_ms: i64,
    daily: Usd,
    spent: Usd,
    held: Usd,
    dispatched: Usd,
    remaining: Usd,
    overrun: Usd,
    #[pyo3(get)]
    fallbacks_last_hour: u64,
    #[pyo3(get)]
    max_fallbacks_per_hour: Option<u32>,
    clock: ClockState,
    #[pyo3(get)]
    ledger: String,
}

impl From<core::BudgetStatus> for BudgetStatus {
    fn from(status: core::BudgetStatus) -> Self {
        Self {
            window: status.window,
            window_ends_ms: status.window_ends_ms,
            daily: status.daily,
            spent: status.spent,
            held: status.held,
            dispatched: status.dispatched,
            remaining: status.remaining,
            overrun: status.overrun,
            fallbacks_last_hour: status.fallbacks_last_hour,
            max_fallbacks_per_hour: status.max_fallbacks_per_hour,
            clock: status.clock,
            ledger: status.ledger.into(),
        }
    }
}

#[pymethods]
impl BudgetStatus {
    #[getter]
    fn window_ends<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let datetime = py.import(intern!(py, "datetime"))?;
        let utc = datetime.getattr(intern!(py, "timezone"))?.getattr(intern!(py, "utc"))?;
        let (seconds, millis) =
            (self.window_ends_ms.div_euclid(1_000), self.window_ends_ms.rem_euclid(1_000));
        let ends =
            datetime.getattr(intern!(py, "datetime"))?.call_method1("fromtimestamp", (seconds, utc))?;
        let rest = PyDict::new(py);
        rest.set_item("microsecond", millis * 1_000)?;
        ends.call_method(intern!(py, "replace"), (), Some(&rest))
    }

    #[getter]
    fn daily_usd<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        money::to_python(py, self.daily)
    }

    #[getter]
    fn spent_usd<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        money::to_python(py, self.spent)
    }

    #[getter]
    fn held_usd<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        money::to_python(py, self.held)
    }

    #[getter]
    fn dispatched_usd<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        money::to_python(py, self.dispatched)
    }

    #[getter]
    fn remaining_usd<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        money::to_python(py, self.remaining)
    }

    #[getter]
    fn overrun_usd<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        money::to_python(py, self.overrun)
    }

    #[getter]
    fn clock(&self) -> &'static str {
        self.clock.name()
    }

    fn __repr__(&self) -> String {
        let Self { window, spent, held, remaining, fallbacks_last_hour, .. } = self;
        let [spent, held, remaining] = [spent, held, remaining].map(|usd| money::repr(*usd));
        format!(
            "BudgetStatus(window='{window}', spent_usd={spent}, held_usd={held}, remaining_usd={remaining}, \
             fallbacks_last_hour={fallbacks_last_hour})"
        )
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((restorer(py, "_restore_status")?, (freeze(py, serde_json::to_string(self))?,)))
    }
}

#[pyfunction]
#[pyo3(name = "_restore_status")]
pub(crate) fn restore_status(py: Python<'_>, state: &str) -> PyResult<BudgetStatus> {
    thaw(py, serde_json::from_str(state))
}

/// Whether the books add up.
///
/// Attributes:
///     is_clean: Whether nothing is wrong.
///     problems: What is wrong, each in a sentence.
///     windows: Days that were looked at.
///     entries: Lines of the journal that were read.
///     live_grants: Grants that are under way.
#[pyclass(frozen, eq, hash, get_all, module = "aion")]
#[derive(PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Audit {
    problems: Vec<String>,
    windows: usize,
    entries: u64,
    live_grants: usize,
}

impl From<core::Audit> for Audit {
    fn from(audit: core::Audit) -> Self {
        let core::Audit { windows, entries, live_grants, problems, .. } = audit;
        Self { problems, windows, entries, live_grants }
    }
}

#[pymethods]
impl Audit {
    #[getter]
    fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    fn __repr__(&self) -> String {
        let Self { problems, windows, entries, live_grants } = self;
        let problems = problems.len();
        format!("Audit({problems} problems, windows={windows}, entries={entries}, live_grants={live_grants})")
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((restorer(py, "_restore_audit")?, (freeze(py, serde_json::to_string(self))?,)))
    }
}

#[pyfunction]
#[pyo3(name = "_restore_audit")]
pub(crate) fn restore_audit(py: Python<'_>, state: &str) -> PyResult<Audit> {
    thaw(py, serde_json::from_str(state))
}

/// The lines of a journal as JSON has them.
pub(super) fn lines(py: Python<'_>, entries: Vec<JournalEntry>) -> PyResult<Bound<'_, PyList>> {
    let lines = PyList::empty(py);
    for entry in entries {
        let line = PyDict::new(py);
        line.set_item("line", entry.line)?;
        line.set_item("at", entry.at)?;
        line.set_item("edge", entry.edge.name())?;
        line.set_item("grant", entry.grant.map(|id| id.to_string()))?;
        line.set_item("window", entry.window)?;
        line.set_item("captured_micro_usd", entry.captured_micros)?;
        line.set_item("dispatched_micro_usd", entry.dispatched_micros)?;
        line.set_item("held_micro_usd", entry.held_micros)?;
        line.set_item("overrun_micro_usd", entry.overrun_micros)?;
        line.set_item("record", entry.record.map(|record| as_dict(py, &record)).transpose()?)?;
        lines.append(line)?;
    }
    Ok(lines)
}
