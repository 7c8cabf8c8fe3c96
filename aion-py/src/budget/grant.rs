//! A grant in the hands of Python.

use aion_core::{self as core, GrantId, Result, Usd};
use pyo3::intern;
use pyo3::prelude::*;
use serde::{Deserialize, Serialize};

use super::money;
use super::purse::Budget;
use crate::door::{Detached, enter_briefly};
use crate::pickle::{freeze, restorer, thaw};

/// Money that is set aside for one paid call.
///
/// Call `dispatched()` before the bytes of the call leave and `settle()` with what it cost; or `release()` when no
/// call is made. A grant that is deleted is ended as `end()` does, and so is the grant of a process that died, by the
/// others. Used in a `with` statement, it is ended when the block is left, however that comes about.
///
/// It pickles as its budget, if that is of a file, and its id. The copy is a handle like that of `Budget.grant`: to
/// delete it ends nothing, while the original still does.
///
/// Attributes:
///     id: Its name, unique in the world: another process can take it up by `Budget.grant`.
///     held_usd: The most that the call may cost, which is set aside.
///     state: `"held"`, `"dispatched"`, `"settled"` or `"released"`, as the ledger has it now. A ledger in memory
///         forgets a grant that has ended, and then `InvalidStateError` is raised; a file does so after an hour.
///
/// Examples:
///     >>> import aion
///     >>> budget = aion.Budget()
///     >>> decision = budget.decide(confidence=0.3, cost_usd=0.01)
///     >>> with decision.grant as grant:
///     ...     grant.dispatched()
///     ...     answer = "..."  # The paid call.
///     ...     grant.settle(0.0042)
///     Settlement(captured_usd=Usd('0.0042'), overrun_usd=Usd('0.00'))
///     >>> budget.status().spent_usd
///     Usd('0.0042')
#[pyclass(frozen, module = "aion")]
pub(crate) struct Grant {
    core: Detached<core::Grant>,
    id: GrantId,
    held: Usd,
    budget: Py<Budget>,
}

impl Grant {
    pub(super) fn new(grant: core::Grant, budget: Py<Budget>) -> Self {
        Self { id: grant.id(), held: grant.held(), core: Detached::new(grant), budget }
    }

    fn enter<R: Send>(
        &self,
        py: Python<'_>,
        verb: impl FnOnce(&core::Grant) -> Result<R> + Send,
    ) -> PyResult<R> {
        enter_briefly(py, || verb(self.core.get()?))
    }
}

#[pymethods]
impl Grant {
    #[getter]
    fn id(&self) -> String {
        self.id.to_string()
    }

    #[getter]
    fn held_usd<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        money::to_python(py, self.held)
    }

    #[getter]
    fn state(&self, py: Python<'_>) -> PyResult<&'static str> {
        self.enter(py, core::Grant::state).map(core::GrantState::name)
    }

    /// Write down that the call leaves now. Only after this has returned may its bytes leave; if it raises, make no
    /// call.
    ///
    /// Raises:
    ///     InvalidStateError: The grant is not held any more.
    ///     UnavailableError: The ledger can not be written.
    ///     ForkedError: The budget was opened before a fork.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> grant = aion.Budget().decide(confidence=0.3, cost_usd=0.01).grant
    ///     >>> grant.dispatched()
    ///     >>> grant.state
    ///     'dispatched'
    fn dispatched(&self, py: Python<'_>) -> PyResult<()> {
        self.enter(py, core::Grant::dispatched)
    }

    /// Capture what the call cost and give the rest back.
    ///
    /// More than was held is captured too and told as overrun: it is the only way past the limit.
    ///
    /// Args:
    ///     actual_usd: What the provider billed; what is finer than a micro-dollar is rounded up.
    ///
    /// Raises:
    ///     InvalidStateError: The grant is not dispatched, or was settled before.
    ///     InvalidArgumentError: The amount is negative, not finite, or none at all.
    ///     UnavailableError: The ledger can not be written: try again, or let the grant go, which captures all of it.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> grant = aion.Budget().decide(confidence=0.3, cost_usd=0.01).grant
    ///     >>> grant.dispatched()
    ///     >>> grant.settle("0.012").overrun_usd
    ///     Usd('0.002')
    fn settle(&self, actual_usd: &Bound<'_, PyAny>) -> PyResult<Settlement> {
        let actual = money::cost(actual_usd, "actual_usd")?;
        let core::Settlement { captured, overrun, .. } =
            self.enter(actual_usd.py(), |grant| grant.settle(actual))?;
        Ok(Settlement { captured, overrun })
    }

    /// Give all of it back: no call was made and none will be.
    ///
    /// Raises:
    ///     InvalidStateError: The grant is not held: it was dispatched, or has ended.
    ///     UnavailableError: The ledger can not be written.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> budget = aion.Budget()
    ///     >>> decision = budget.decide(confidence=0.3, cost_usd=0.01)
    ///     >>> decision.grant.release()
    ///     >>> budget.status().held_usd
    ///     Usd('0.00')
    fn release(&self, py: Python<'_>) -> PyResult<()> {
        self.enter(py, core::Grant::release)
    }

    /// Do now what deleting the grant would do: release it if it is held, settle it in full if it is dispatched, and
    /// leave it alone if it has ended.
    ///
    /// Raises:
    ///     UnavailableError: The ledger can not be written.
    ///     ForkedError: The budget was opened before a fork.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> budget = aion.Budget()
    ///     >>> grant = budget.decide(confidence=0.3, cost_usd=0.01).grant
    ///     >>> grant.dispatched()
    ///     >>> grant.end()
    ///     >>> budget.status().spent_usd
    ///     Usd('0.01')
    fn end(&self, py: Python<'_>) -> PyResult<()> {
        self.enter(py, core::Grant::end)
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    /// An exception of the block is not replaced by one of ours: deleting the grant will try again.
    fn __exit__(
        &self,
        py: Python<'_>,
        exc_type: Option<&Bound<'_, PyAny>>,
        exc: Option<&Bound<'_, PyAny>>,
        traceback: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let _ = (exc, traceback);
        let ended = self.end(py);
        if exc_type.is_some() { Ok(()) } else { ended }
    }

    fn __repr__(&self) -> String {
        format!("<Grant {} of {}>", self.id, money::repr(self.held))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((self.budget.bind(py).getattr(intern!(py, "grant"))?, (self.id(),)))
    }
}

/// What a settled grant cost in the end.
///
/// Attributes:
///     captured_usd: What was taken from the day's money.
///     overrun_usd: The part of it that the provider billed above what was held.
#[pyclass(frozen, eq, hash, module = "aion")]
#[derive(PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Settlement {
    captured: Usd,
    overrun: Usd,
}

#[pymethods]
impl Settlement {
    #[getter]
    fn captured_usd<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        money::to_python(py, self.captured)
    }

    #[getter]
    fn overrun_usd<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        money::to_python(py, self.overrun)
    }

    fn __repr__(&self) -> String {
        let (captured, overrun) = (money::repr(self.captured), money::repr(self.overrun));
        format!("Settlement(captured_usd={captured}, overrun_usd={overrun})")
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((restorer(py, "_restore_settlement")?, (freeze(py, serde_json::to_string(self))?,)))
    }
}

#[pyfunction]
#[pyo3(name = "_restore_settlement")]
pub(crate) fn restore_settlement(py: Python<'_>, state: &str) -> PyResult<Settlement> {
    thaw(py, serde_json::from_str(state))
}
