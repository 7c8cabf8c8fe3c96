//! The budget as Python sees it.

use std::path::PathBuf;

use aion_core::{self as core, BudgetPolicy, DecisionRequest, GrantId, Result};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyType};

use super::decision::Decision;
use super::grant::Grant;
use super::money;
use super::policy::{self, Given, after_reboot, whole};
use super::views::{self, Audit, BudgetStatus};
use crate::door::{Detached, enter_briefly};
use crate::error::{OrRaise, invalid_argument};
use crate::recipe::{self, count, seconds};

/// The most that paid calls may cost, kept in a ledger that no thread, process, crash or clock can talk out of it.
///
/// `decide()` sets the money aside before a paid call leaves, or says that the local model answers. Whatever goes
/// wrong with the ledger, nothing is paid.
///
/// A budget in memory is of this process; one in a file is shared by every process that opens it, on one machine. The
/// file is an SQLite database, made if it does not exist and opened by the first call that needs it. A budget belongs
/// to the process that made it: in a child after `os.fork()` it raises `ForkedError`; open the same file anew there.
/// One of a file pickles as its arguments, one in memory does not pickle.
///
/// Amounts may be `Decimal`, `int`, `float` or `str`; a float counts as the decimal that it prints as. They come back
/// as `aion.Usd`. Every argument is an attribute too.
///
/// Args:
///     path: The ledger's file, on a disk of this machine. Without it, the ledger is in memory.
///     enabled: Whether anything may be paid at all.
///     daily_usd: Most that one local day may cost, rounded down to a micro-dollar; zero or less means never.
///     max_fallbacks_per_hour: Most paid calls in any hour: 0 for none at all, `None` for no limit.
///     confidence_threshold: A local answer of at least this confidence, 0 to 1, is good enough.
///     max_tokens_per_reply: Most tokens of a paid reply, for your request and its `Price.upper_bound`.
///     timezone: IANA zone whose days are counted.
///     after_reboot: What is believed of the wall clock after the machine was started again: `"trust_wall"`, or
///         `"strict"`, by which no new day opens until `confirm_clock()`.
///     clock_tolerance: How many seconds the wall clock may be from the time that has passed.
///     grace: How many seconds the call of a process that died may still be under way.
///     patience: How many seconds a call waits for a ledger that others use, at most an hour.
///
/// Raises:
///     InvalidArgumentError: A setting is out of its range. What is wrong with the file is told by the calls that need
///         it.
///
/// Examples:
///     >>> import aion
///     >>> budget = aion.Budget(daily_usd=2, timezone="Europe/Lisbon")
///     >>> budget
///     Budget(daily_usd=Usd('2.00'), timezone='Europe/Lisbon')
///     >>> decision = budget.decide(confidence=0.4, cost_usd="0.01")
///     >>> decision.verdict, decision.grant.held_usd, budget.status().remaining_usd
///     ('fallback', Usd('0.01'), Usd('1.99'))
#[pyclass(frozen, module = "aion")]
pub(crate) struct Budget {
    core: Detached<core::Budget>,
    policy: BudgetPolicy,
    path: Option<PathBuf>,
}

impl Budget {
    fn from_policy(py: Python<'_>, path: Option<PathBuf>, policy: BudgetPolicy) -> PyResult<Self> {
        // A ledger is opened when it is first needed and again after a failure: it must be the same one then,
        // wherever the process has gone meanwhile.
        let nowhere = |error| invalid_argument(format!("path can not be used: {error}"));
        let path = path.map(std::path::absolute).transpose().map_err(nowhere).or_raise(py)?;
        let given = policy.clone();
        let budget = match &path {
            Some(path) => core::Budget::open(path, given),
            None => core::Budget::in_memory(given),
        };
        Ok(Self { core: Detached::new(budget.or_raise(py)?), policy, path })
    }

    /// The budget that variables tell of.
    pub(crate) fn of_env(
        py: Python<'_>,
        env: Option<&Bound<'_, PyAny>>,
        path: Option<PathBuf>,
    ) -> PyResult<Self> {
        Self::from_policy(py, path, policy::from_mapping(py, env)?)
    }

    /// The core's budget, for a driver that spends it during a call.
    pub(crate) fn shared(&self) -> Result<core::Budget> {
        self.core.get().cloned()
    }

    fn enter<R: Send>(
        &self,
        py: Python<'_>,
        verb: impl FnOnce(&core::Budget) -> Result<R> + Send,
    ) -> PyResult<R> {
        enter_briefly(py, || verb(self.core.get()?))
    }
}

#[pymethods]
#[expect(clippy::too_many_arguments, reason = "Python's keyword arguments")]
impl Budget {
    #[new]
    #[pyo3(
        signature = (
            path = None, *, enabled = true, daily_usd = Given(None), max_fallbacks_per_hour = 15,
            confidence_threshold = 0.62, max_tokens_per_reply = 400, timezone = "UTC", after_reboot = "trust_wall",
            clock_tolerance = 120.0, grace = 900.0, patience = 5.0
        ),
        text_signature = "(path=None, *, enabled=True, daily_usd=1.50, max_fallbacks_per_hour=15, \
                          confidence_threshold=0.62, max_tokens_per_reply=400, timezone=\"UTC\", \
                          after_reboot=\"trust_wall\", clock_tolerance=120.0, grace=900.0, patience=5.0)"
    )]
    fn new(
        py: Python<'_>,
        path: Option<PathBuf>,
        enabled: bool,
        daily_usd: Given<'_>,
        max_fallbacks_per_hour: Option<i64>,
        confidence_threshold: f64,
        max_tokens_per_reply: i64,
        timezone: &str,
        after_reboot: &str,
        clock_tolerance: f64,
        grace: f64,
        patience: f64,
    ) -> PyResult<Self> {
        let mut policy = BudgetPolicy::default();
        policy.enabled = enabled;
        if let Given(Some(daily)) = daily_usd {
            policy.daily_usd = money::limit(&daily, "daily_usd")?;
        }
        let hourly = max_fallbacks_per_hour.map(|most| whole("max_fallbacks_per_hour", most));
        policy.max_fallbacks_per_hour = hourly.transpose().or_raise(py)?;
        policy.confidence_threshold = confidence_threshold;
        policy.max_tokens_per_reply = whole("max_tokens_per_reply", max_tokens_per_reply).or_raise(py)?;
        policy.timezone = timezone.into();
        policy.after_reboot = self::after_reboot(after_reboot).or_raise(py)?;
        policy.clock_tolerance = seconds("clock_tolerance", clock_tolerance).or_raise(py)?;
        policy.grace = seconds("grace", grace).or_raise(py)?;
        policy.patience = seconds("patience", patience).or_raise(py)?;
        Self::from_policy(py, path, policy)
    }

    /// Make a budget from the variables that hosts use.
    ///
    /// `USE_OPENAI`, `OPENAI_MAX_DAILY_USD`, `OPENAI_MAX_TOKENS_PER_REPLY`, `AION_CONFIDENCE_THRESHOLD`,
    /// `AION_MAX_FALLBACKS_PER_HOUR` and `AION_BUDGET_TIMEZONE`; an empty value counts as absent, and no other name is
    /// looked up. Paying is off unless `USE_OPENAI` turns it on; zero or less a day means never, and here 0 an hour
    /// means no hourly limit.
    ///
    /// Args:
    ///     env: A mapping of names to values. Without it, `os.environ`, read once, now.
    ///     path: The ledger's file. Without it, the ledger is in memory.
    ///
    /// Raises:
    ///     InvalidArgumentError: The value of a variable can not be used; the message names it.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> aion.Budget.from_env({"USE_OPENAI": "true", "OPENAI_MAX_DAILY_USD": "0.75"})
    ///     Budget(daily_usd=Usd('0.75'))
    #[classmethod]
    #[pyo3(signature = (env = None, path = None))]
    fn from_env(
        class: &Bound<'_, PyType>,
        env: Option<&Bound<'_, PyAny>>,
        path: Option<PathBuf>,
    ) -> PyResult<Self> {
        Self::of_env(class.py(), env, path)
    }

    /// Decide who answers, and set the money aside if it is the paid model.
    ///
    /// A ledger that is unavailable is no error: then the local model answers, and the reason says so. The same key
    /// with the same request gives the same decision for a week, also after a crash; its grant is then the one that was
    /// made before, in whatever state it is, and to delete that handle does not end it. A ledger in memory keeps the
    /// latest 100,000 keys.
    ///
    /// Args:
    ///     confidence: How sure the local answer is, 0 to 1.
    ///     cost_usd: The most that the paid call can cost, rounded up to a micro-dollar; `None` if nobody knows, and
    ///         then nothing is paid. `Price.upper_bound` makes it from tokens.
    ///     key: An idempotency key: asked again, the request gets the same answer.
    ///
    /// Raises:
    ///     InvalidArgumentError: The confidence is not 0 to 1, or the amount is negative, not finite, or none at all.
    ///     ConflictError: The key was used for another request.
    ///     ForkedError: The budget was made before a fork.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> budget = aion.Budget(daily_usd=0.05)
    ///     >>> decision = budget.decide(confidence=0.3, cost_usd=0.04)
    ///     >>> decision.verdict, budget.decide(confidence=0.3, cost_usd=0.04).reason
    ///     ('fallback', 'daily_cap')
    #[pyo3(signature = (*, confidence, cost_usd, key = None))]
    fn decide(
        slf: &Bound<'_, Self>,
        confidence: f64,
        cost_usd: Option<&Bound<'_, PyAny>>,
        key: Option<&Bound<'_, PyString>>,
    ) -> PyResult<Decision> {
        let py = slf.py();
        let cost = cost_usd.map(|cost| money::cost(cost, "cost_usd")).transpose()?;
        let mut request = DecisionRequest::new(confidence, cost);
        if let Some(key) = key {
            let not_text = |_| invalid_argument("key is not valid Unicode");
            request = request.with_key(key.to_str().map_err(not_text).or_raise(py)?);
        }
        let decision = slf.get().enter(py, |budget| budget.decide(&request))?;
        Decision::new(py, decision, Some(slf.as_unbound()))
    }

    /// A handle of the grant with this id, such as one that another process or an earlier run made.
    ///
    /// To delete the handle does not end the grant.
    ///
    /// Args:
    ///     id: `Grant.id`.
    ///
    /// Raises:
    ///     InvalidArgumentError: It is no id, or that of a grant of another ledger.
    ///     InvalidStateError: The grant ended and is forgotten: at once in memory, after an hour in a file.
    ///     UnavailableError: The ledger can not be read.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> budget = aion.Budget()
    ///     >>> decision = budget.decide(confidence=0.3, cost_usd=0.01)
    ///     >>> budget.grant(decision.grant.id).dispatched()
    ///     >>> decision.grant.state
    ///     'dispatched'
    fn grant(slf: &Bound<'_, Self>, id: &str) -> PyResult<Grant> {
        let id: GrantId = id.parse().or_raise(slf.py())?;
        let grant = slf.get().enter(slf.py(), |budget| budget.grant(id))?;
        Ok(Grant::new(grant, slf.clone().unbind()))
    }

    /// The current day at a glance.
    ///
    /// Raises:
    ///     UnavailableError: The ledger can not be read.
    ///     ForkedError: The budget was made before a fork.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> status = aion.Budget(daily_usd=0.25).status()
    ///     >>> status.spent_usd, status.held_usd, status.remaining_usd, status.fallbacks_last_hour
    ///     (Usd('0.00'), Usd('0.00'), Usd('0.25'), 0)
    fn status(&self, py: Python<'_>) -> PyResult<BudgetStatus> {
        self.enter(py, core::Budget::status).map(BudgetStatus::from)
    }

    /// End the grants of processes that died.
    ///
    /// What they held is released; what they had dispatched is captured in full once `grace` has passed. Decisions do
    /// this by themselves, about once a minute and before a request is refused for want of money.
    ///
    /// Returns:
    ///     How many were ended.
    ///
    /// Raises:
    ///     UnavailableError: The ledger can not be written.
    ///     ForkedError: The budget was made before a fork.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> aion.Budget().sweep()
    ///     0
    fn sweep(&self, py: Python<'_>) -> PyResult<usize> {
        self.enter(py, core::Budget::sweep)
    }

    /// Vouch for the wall clock: the ledger goes on from what it says now.
    ///
    /// Days that have passed never come back, so a clock that is behind only stays where it is.
    ///
    /// Raises:
    ///     UnavailableError: The ledger can not be written.
    ///     ForkedError: The budget was made before a fork.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> budget = aion.Budget()
    ///     >>> budget.confirm_clock()
    ///     >>> budget.journal()[0]["edge"]
    ///     'clock_confirmed'
    fn confirm_clock(&self, py: Python<'_>) -> PyResult<()> {
        self.enter(py, core::Budget::confirm_clock)
    }

    /// Read the whole journal and check that it and the books agree.
    ///
    /// A ledger in memory keeps its last 10,000 lines and the sums of those before. What is wrong in the books is no
    /// error but in `Audit.problems`.
    ///
    /// Raises:
    ///     UnavailableError: The ledger can not be read.
    ///     ForkedError: The budget was made before a fork.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> aion.Budget().audit().is_clean
    ///     True
    fn audit(&self, py: Python<'_>) -> PyResult<Audit> {
        self.enter(py, core::Budget::audit).map(Audit::from)
    }

    /// Lines of the journal, which is only ever added to: one for each step of a grant.
    ///
    /// Args:
    ///     after: The number of the line to begin after; 0 for those from the beginning.
    ///     limit: Most lines to give.
    ///
    /// Returns:
    ///     Dicts that JSON can hold, oldest first: `line`, `at`, `edge`, `grant`, `window`, by how much the sums
    ///     changed, in whole micro-dollars, `captured_micro_usd`, `dispatched_micro_usd`, `held_micro_usd` and
    ///     `overrun_micro_usd`, and the `record` of the decision where money was set aside.
    ///
    /// Raises:
    ///     UnavailableError: The ledger can not be read.
    ///     ForkedError: The budget was made before a fork.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> budget = aion.Budget()
    ///     >>> budget.decide(confidence=0.3, cost_usd=0.01).grant.release()
    ///     >>> [(line["edge"], line["held_micro_usd"]) for line in budget.journal()]
    ///     [('held', 10000), ('released', -10000)]
    #[pyo3(signature = (after = 0, limit = 1_000))]
    fn journal<'py>(&self, py: Python<'py>, after: i64, limit: i64) -> PyResult<Bound<'py, PyList>> {
        let limit = count("limit", limit).or_raise(py)?;
        views::lines(py, self.enter(py, |budget| budget.journal(after, limit))?)
    }

    #[getter]
    fn path(&self) -> Option<&std::ffi::OsStr> {
        self.path.as_ref().map(|path| path.as_os_str())
    }

    #[getter]
    fn enabled(&self) -> bool {
        self.policy.enabled
    }

    #[getter]
    fn daily_usd<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        money::to_python(py, self.policy.daily_usd)
    }

    #[getter]
    fn max_fallbacks_per_hour(&self) -> Option<u32> {
        self.policy.max_fallbacks_per_hour
    }

    #[getter]
    fn confidence_threshold(&self) -> f64 {
        self.policy.confidence_threshold
    }

    #[getter]
    fn max_tokens_per_reply(&self) -> u32 {
        self.policy.max_tokens_per_reply
    }

    #[getter]
    fn timezone(&self) -> &str {
        &self.policy.timezone
    }

    #[getter]
    fn after_reboot(&self) -> &'static str {
        self.policy.after_reboot.name()
    }

    #[getter]
    fn clock_tolerance(&self) -> f64 {
        self.policy.clock_tolerance.as_secs_f64()
    }

    #[getter]
    fn grace(&self) -> f64 {
        self.policy.grace.as_secs_f64()
    }

    #[getter]
    fn patience(&self) -> f64 {
        self.policy.patience.as_secs_f64()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let path = self.path().map(|path| path.into_pyobject(py)?.repr()).transpose()?;
        let usual = policy::arguments(py, &BudgetPolicy::default())?;
        let changed = recipe::changed(policy::arguments(py, &self.policy)?, &usual)?;
        let arguments: Vec<_> = path.map(|path| path.to_string()).into_iter().chain(changed).collect();
        Ok(format!("Budget({})", arguments.join(", ")))
    }

    fn __getnewargs_ex__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<((Option<&std::ffi::OsStr>,), Bound<'py, PyDict>)> {
        match self.path() {
            Some(path) => Ok(((Some(path),), policy::arguments(py, &self.policy)?)),
            None => {
                let message = "a Budget in memory can not be pickled or copied: its ledger is of this process; \
                               give it a path to share it";
                Err(PyTypeError::new_err(message))
            }
        }
    }
}
