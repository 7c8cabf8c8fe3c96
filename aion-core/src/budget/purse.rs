//! What is behind a [`Budget`](super::Budget) and its grants: a ledger, a clock, and the process that uses them.

use std::fmt;
use std::mem;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::audit::{self, Audit};
use super::clock::Clock;
use super::decide::{Ask, Facts};
use super::edges::{self, Decided, Desk, Settlement};
use super::grant::GrantId;
use super::ledger::{Account, Books, Entry, GrantRow, GrantState, Key, Ledger, transact, view};
use super::owner::Owner;
use super::policy::BudgetPolicy;
use super::record::SealedPolicy;
use super::usd::Usd;
use super::window::Zone;
use crate::error::{Error, ErrorKind, Result};

/// How often the grants of dead processes are looked for, in milliseconds.
const SWEEP_EVERY: i64 = 60_000;
/// How often they may be looked for before a request is refused.
const SWEEP_AT_MOST_EVERY: i64 = 1_000;

pub(crate) struct Purse {
    pub(crate) policy: Arc<SealedPolicy>,
    zone: Zone,
    clock: Arc<dyn Clock>,
    owner: Owner,
    process: u32,
    identity: OnceLock<u64>,
    /// When the grants of dead processes were looked for last, by the clock that only counts.
    swept_at: AtomicI64,
    /// Grants whose handles were dropped while the ledger was unavailable.
    abandoned: Mutex<Vec<i64>>,
    /// `None` only while the purse is dropped.
    ledger: Option<Box<dyn Ledger>>,
}

impl Purse {
    pub(crate) fn new(policy: BudgetPolicy, clock: Arc<dyn Clock>, ledger: Box<dyn Ledger>) -> Result<Self> {
        policy.validate()?;
        Ok(Self {
            zone: Zone::named(&policy.timezone)?,
            owner: Owner::current(clock.read().boot),
            policy: Arc::new(SealedPolicy::new(policy)),
            clock,
            process: std::process::id(),
            identity: OnceLock::new(),
            swept_at: AtomicI64::new(i64::MIN),
            abandoned: Mutex::new(Vec::new()),
            ledger: Some(ledger),
        })
    }

    pub(crate) fn engine(&self) -> &'static str {
        self.ledger.as_ref().map_or("", |ledger| ledger.engine())
    }

    /// Refuses to work in a child of the process that opened the ledger. Checked before any lock is taken.
    pub(crate) fn check_process(&self) -> Result<()> {
        if std::process::id() == self.process {
            return Ok(());
        }
        let message = "this budget was made before a fork; make a new one of the same file in this process";
        Err(Error::new(ErrorKind::Forked, message))
    }

    /// The ledger, in the process that opened it.
    fn ledger(&self) -> Result<&dyn Ledger> {
        self.check_process()?;
        self.checked_ledger()
    }

    /// The ledger, once [`check_process`](Self::check_process) has passed: it asks the kernel, which takes a tenth of
    /// a paid call in memory.
    fn checked_ledger(&self) -> Result<&dyn Ledger> {
        self.ledger.as_deref().ok_or_else(|| Error::new(ErrorKind::Internal, "the budget is being dropped"))
    }

    fn desk(&self) -> Desk<'_> {
        Desk {
            policy: &self.policy,
            zone: &self.zone,
            engine: self.engine(),
            owner: &self.owner,
            reading: self.clock.read(),
            may_sweep: false,
        }
    }

    /// Runs one edge in a transaction of its own.
    fn transact<R>(&self, work: impl Fn(&Desk<'_>, &mut dyn Books) -> Result<R>) -> Result<R> {
        let ledger = self.ledger()?;
        // The clock is read inside the transaction: waiting for others must not make a time late.
        transact(ledger, |books| work(&self.desk(), books))
    }

    /// Decides on `ask`, once [`check_process`](Self::check_process) has passed; gives the ledger's identity besides.
    pub(crate) fn decide(&self, ask: Ask, key: Option<&Key>) -> Result<(Decided, u64)> {
        let ledger = self.checked_ledger()?;
        self.end_abandoned()?;
        transact(ledger, |books| {
            let mut desk = self.desk();
            let now = desk.reading.elapsed_ms;
            let since = now.saturating_sub(self.swept_at.load(Ordering::Relaxed));
            desk.may_sweep = since >= SWEEP_AT_MOST_EVERY;
            if since >= SWEEP_EVERY {
                desk.sweep(books)?;
            }
            let decided = desk.decide(books, ask, key)?;
            let has_swept = since >= SWEEP_EVERY || desk.may_sweep && decided.grant.is_none();
            if has_swept {
                self.swept_at.store(now, Ordering::Relaxed);
            }
            Ok((decided, self.identity(books)?))
        })
    }

    fn identity(&self, books: &mut dyn Books) -> Result<u64> {
        match self.identity.get() {
            Some(identity) => Ok(*identity),
            None => books.identity().map(|identity| *self.identity.get_or_init(|| identity)),
        }
    }

    pub(crate) fn dispatch(&self, number: i64) -> Result<()> {
        self.transact(|desk, books| desk.dispatch(books, number))
    }

    pub(crate) fn settle(&self, number: i64, actual: Usd) -> Result<Settlement> {
        self.transact(|desk, books| desk.settle(books, number, actual))
    }

    pub(crate) fn release(&self, number: i64) -> Result<()> {
        self.transact(|desk, books| desk.release(books, number))
    }

    /// Ends a grant whose handle is gone; what can not be done now is done before the next decision.
    pub(crate) fn abandon(&self, number: i64) {
        if std::process::id() == self.process && self.end(number).is_err() {
            self.abandoned.lock().push(number);
        }
    }

    pub(crate) fn end(&self, number: i64) -> Result<()> {
        self.transact(|desk, books| desk.end(books, number))
    }

    fn end_abandoned(&self) -> Result<()> {
        let abandoned = mem::take(&mut *self.abandoned.lock());
        for (done, number) in abandoned.iter().enumerate() {
            if let Err(error) = self.end(*number) {
                self.abandoned.lock().extend(&abandoned[done..]);
                return Err(error);
            }
        }
        Ok(())
    }

    pub(crate) fn grant_state(&self, number: i64) -> Result<GrantState> {
        view(self.ledger()?, |books| edges::required(books, number)).map(|grant| grant.state)
    }

    /// The grant of this name, which must be of this ledger.
    pub(crate) fn find(&self, id: GrantId) -> Result<GrantRow> {
        view(self.ledger()?, |books| {
            if self.identity(books)? != id.ledger {
                let message = format!("grant {id} is of another ledger");
                return Err(Error::new(ErrorKind::InvalidArgument, message));
            }
            edges::required(books, id.number)
        })
    }

    pub(crate) fn overview(&self) -> Result<(Facts, Account)> {
        view(self.ledger()?, |books| self.desk().overview(books))
    }

    pub(crate) fn sweep(&self) -> Result<usize> {
        self.end_abandoned()?;
        self.transact(|desk, books| desk.sweep(books))
    }

    pub(crate) fn confirm_clock(&self) -> Result<()> {
        self.transact(|desk, books| desk.confirm_clock(books))
    }

    pub(crate) fn audit(&self) -> Result<Audit> {
        let ledger = self.ledger()?;
        let mut found = view(ledger, |books| audit::audit(books))?;
        found.problems.extend(ledger.verify()?);
        Ok(found)
    }

    /// Lines of the journal after the line `after`, and the identity of the ledger.
    pub(crate) fn entries(&self, after: i64, limit: usize) -> Result<(Vec<(i64, Entry)>, u64)> {
        view(self.ledger()?, |books| Ok((books.entries(after, limit)?, self.identity(books)?)))
    }
}

impl Drop for Purse {
    /// A child must not close the file of its parent, so there the memory is left to the end of the process.
    fn drop(&mut self) {
        if std::process::id() != self.process {
            #[expect(
                clippy::mem_forget,
                reason = "closing a connection in a child breaks that of the parent"
            )]
            mem::forget(self.ledger.take());
        }
    }
}

impl fmt::Debug for Purse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Purse").field("ledger", &self.engine()).finish_non_exhaustive()
    }
}
