//! The purse: a paid model may be asked only with money that was set aside before.
//!
//! [`decide`](self::decide) is the rule, pure; [`ledger`](self::ledger) is what an engine must do, and
//! [`memory`](self::memory) and [`sqlite`](self::sqlite) do it; [`edges`](self::edges) moves the money, the same for
//! every engine; [`clock`](self::clock) says what time it is, whatever the wall clock does. `docs/budget.md` has the
//! invariants and the reasons.

mod audit;
mod clock;
mod decide;
mod edges;
mod explain;
mod grant;
mod ledger;
mod memory;
pub(crate) mod names;
mod owner;
mod policy;
mod purse;
mod record;
#[cfg(feature = "sqlite")]
mod sqlite;
mod status;
mod usd;
mod window;

pub use audit::Audit;
pub use clock::{Clock, ClockBasis, ClockReading, ClockState, SystemClock};
pub use decide::{DecisionReason, DecisionVerdict};
pub use edges::Settlement;
pub use grant::{Grant, GrantId};
pub use ledger::{GrantState, JournalEdge};
pub use policy::{AfterReboot, BudgetPolicy};
pub use record::DecisionRecord;
pub use status::{BudgetStatus, JournalEntry};
pub use usd::{Price, Usd};

#[cfg(feature = "sqlite")]
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind, Result};
use decide::{Ask, rule, rule_without_books};
use ledger::Ledger;
use memory::MemoryLedger;
use purse::Purse;

/// The most that paid calls may cost, kept in a ledger that no thread, process, crash or clock can talk out of it.
///
/// A budget in memory is of this process; one in a file is shared by every process that opens it. Clones share
/// everything. The file is opened by the first call that needs it, so a disk that is away costs the paid calls and
/// not the host. A budget belongs to the process that made it: in a child after `fork` it answers
/// [`ErrorKind::Forked`]; open the same file anew there.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Purse>);

impl Budget {
    /// A budget whose books are gone with this process.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for a policy out of its range.
    pub fn in_memory(policy: BudgetPolicy) -> Result<Self> {
        Self::in_memory_with_clock(policy, Arc::new(SystemClock::new()))
    }

    /// As [`in_memory`](Self::in_memory), with a clock of the caller.
    ///
    /// # Errors
    /// As [`in_memory`](Self::in_memory).
    pub fn in_memory_with_clock(policy: BudgetPolicy, clock: Arc<dyn Clock>) -> Result<Self> {
        let ledger = MemoryLedger::new(policy.patience);
        Self::new(policy, clock, Box::new(ledger))
    }

    /// A budget whose books are in the SQLite file at `path`, made if it does not exist. It must be on a disk of
    /// this machine: SQLite's write-ahead log does not work over a network.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for a policy out of its range. What is wrong with the file is told by the
    /// calls that need it.
    #[cfg(feature = "sqlite")]
    pub fn open(path: impl AsRef<Path>, policy: BudgetPolicy) -> Result<Self> {
        Self::open_with_clock(path, policy, Arc::new(SystemClock::new()))
    }

    /// As [`open`](Self::open), with a clock of the caller. All processes that share a file must read the same.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    #[cfg(feature = "sqlite")]
    pub fn open_with_clock(
        path: impl AsRef<Path>,
        policy: BudgetPolicy,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let ledger = sqlite::SqliteLedger::new(path.as_ref().to_owned(), policy.patience);
        Self::new(policy, clock, Box::new(ledger))
    }

    fn new(policy: BudgetPolicy, clock: Arc<dyn Clock>, ledger: Box<dyn Ledger>) -> Result<Self> {
        Purse::new(policy, clock, ledger).map(|purse| Self(Arc::new(purse)))
    }

    /// The policy that this budget decides by.
    pub fn policy(&self) -> &BudgetPolicy {
        &self.0.policy.policy
    }

    /// Decides who answers, and sets the money aside if it is the paid model. A ledger that is unavailable is no
    /// error: then the local model answers, and the reason says so.
    ///
    /// The same key with the same request gives the same decision for a week, also after a crash (of a budget in
    /// memory, the latest 100,000 keys); the grant is
    /// then the one that was made before, in whatever state it is, and dropping that handle does not end it.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for a confidence that is not 0 to 1; [`ErrorKind::Conflict`] for a key that
    /// was used for another request; [`ErrorKind::Forked`] in a child process.
    pub fn decide(&self, request: &DecisionRequest) -> Result<Decision> {
        let ask = request.ask()?;
        self.0.check_process()?;
        let key = request.key.as_ref().map(|key| Sha256::digest(key).into());
        let policy = &self.0.policy;
        if let (None, Some(ruling)) = (key, rule_without_books(&policy.policy, ask)) {
            return Ok(Decision::without_grant(self.record(ask, ruling, None).into()));
        }
        match self.0.decide(ask, key.as_ref()) {
            Ok((decided, ledger)) => {
                let handle = if decided.is_repeated { Grant::found } else { Grant::made };
                let held = decided.record.ask.cost.unwrap_or_default();
                let grant =
                    decided.grant.map(|number| handle(self.0.clone(), GrantId { ledger, number }, held));
                Ok(Decision { record: decided.record, grant })
            }
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                let ruling = rule(&policy.policy, ask, None);
                Ok(Decision::without_grant(self.record(ask, ruling, Some(error.to_string().into())).into()))
            }
            Err(error) => Err(error),
        }
    }

    fn record(&self, ask: Ask, ruling: decide::Ruling, failure: Option<Arc<str>>) -> DecisionRecord {
        let policy = self.0.policy.clone();
        DecisionRecord { policy, ask, engine: self.0.engine(), failure, facts: None, ruling }
    }

    /// A handle of the grant with this [`id`](Grant::id), such as one that another process or an earlier run made.
    /// Dropping it does not end the grant.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for a grant of another ledger, [`ErrorKind::InvalidState`] for one that is not
    /// known any more, [`ErrorKind::Unavailable`] for the ledger.
    pub fn grant(&self, id: GrantId) -> Result<Grant> {
        let row = self.0.find(id)?;
        Ok(Grant::found(self.0.clone(), id, row.hold))
    }

    /// The current window at a glance.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] for the ledger, [`ErrorKind::Forked`] in a child process.
    pub fn status(&self) -> Result<BudgetStatus> {
        let (facts, account) = self.0.overview()?;
        Ok(BudgetStatus::new(self.policy(), self.0.engine(), &facts, &account))
    }

    /// Ends the grants of processes that died and gives how many: what they held is released; what they had
    /// dispatched is captured in full once [`grace`](BudgetPolicy::grace) has passed. Decisions do this by
    /// themselves, about once a minute and before a request is refused for want of money.
    ///
    /// # Errors
    /// As [`status`](Self::status).
    pub fn sweep(&self) -> Result<usize> {
        self.0.sweep()
    }

    /// Vouches for the wall clock: the ledger goes on from what it says now. Days that have passed never come
    /// back, so a clock that is behind only stays where it is.
    ///
    /// # Errors
    /// As [`status`](Self::status).
    pub fn confirm_clock(&self) -> Result<()> {
        self.0.confirm_clock()
    }

    /// Reads the whole journal and checks that it and the books agree. A ledger in memory keeps its last 10,000
    /// lines and the sums of those before.
    ///
    /// # Errors
    /// As [`status`](Self::status); what is wrong in the books is no error but in [`Audit::problems`].
    pub fn audit(&self) -> Result<Audit> {
        self.0.audit()
    }

    /// Up to `limit` lines of the journal after line `after`, oldest first; 0 for those from the beginning.
    ///
    /// # Errors
    /// As [`status`](Self::status).
    pub fn journal(&self, after: i64, limit: usize) -> Result<Vec<JournalEntry>> {
        let (entries, ledger) = self.0.entries(after, limit)?;
        Ok(entries.into_iter().map(|(line, entry)| JournalEntry::new(line, entry, ledger)).collect())
    }
}

/// What a budget is asked.
#[derive(Debug, Clone)]
pub struct DecisionRequest {
    confidence: f64,
    cost: Option<Usd>,
    key: Option<String>,
}

impl DecisionRequest {
    /// How sure the local answer is, 0 to 1, and the most that the paid call can cost; `None` if nobody knows, and
    /// then nothing is paid. [`Price::upper_bound`] makes the cost from tokens.
    pub fn new(confidence: f64, cost: impl Into<Option<Usd>>) -> Self {
        Self { confidence, cost: cost.into(), key: None }
    }

    /// The same request with an idempotency key: asked again, it gets the same answer.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    fn ask(&self) -> Result<Ask> {
        if !(0.0..=1.0).contains(&self.confidence) {
            let message = format!("confidence is {}; it must be 0 to 1", self.confidence);
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        Ok(Ask { confidence: self.confidence, cost: self.cost })
    }
}

/// Who answers, why, and the money if it is paid.
#[derive(Debug)]
pub struct Decision {
    record: Arc<DecisionRecord>,
    grant: Option<Grant>,
}

impl Decision {
    fn without_grant(record: Arc<DecisionRecord>) -> Self {
        Self { record, grant: None }
    }

    /// Who answers.
    pub fn verdict(&self) -> DecisionVerdict {
        self.record.reason().verdict()
    }

    /// Why.
    pub fn reason(&self) -> DecisionReason {
        self.record.reason()
    }

    /// Why, in a sentence or two for people.
    pub fn explanation(&self) -> String {
        self.record.explanation()
    }

    /// Everything that the decision rests on; [`replay_decision`] makes it again from that.
    pub fn record(&self) -> &DecisionRecord {
        &self.record
    }

    /// The money for the paid call.
    pub fn grant(&self) -> Option<&Grant> {
        self.grant.as_ref()
    }

    /// The money for the paid call, given away.
    pub fn into_grant(self) -> Option<Grant> {
        self.grant
    }
}

/// Makes a decision again from its record: the same facts give the same verdict and reason. It has no grant.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] for what is no record, or one whose policy was changed.
pub fn replay_decision(json: &str) -> Result<Decision> {
    DecisionRecord::from_json(json).map(|record| Decision::without_grant(record.into()))
}
