//! What a ledger must be able to do, whichever engine keeps it: transactions over four books.

use std::sync::Arc;

use super::clock::Anchor;
use super::decide::Ask;
use super::names::named;
use super::owner::Owner;
use super::record::DecisionRecord;
use super::usd::Usd;
use super::window::{Millis, Window};
use crate::error::{Error, ErrorKind, Result};

/// An engine that keeps the books. The rules of the purse are in [`edges`](super::edges), above every engine.
///
/// An engine promises that a transaction is atomic, isolated from all others of this ledger in any process,
/// and durable when it returns. Whatever keeps it from that is [`ErrorKind::Unavailable`].
pub(crate) trait Ledger: Send + Sync {
    /// The name of the engine in records and status.
    fn engine(&self) -> &'static str;

    /// Runs `work` in a transaction that commits if it succeeds and leaves no trace if it fails.
    fn transact(&self, work: &mut dyn FnMut(&mut dyn Books) -> Result<()>) -> Result<()>;

    /// Runs `work` on one state of the books, which it must not change.
    fn view(&self, work: &mut dyn FnMut(&mut dyn Books) -> Result<()>) -> Result<()>;

    /// What the engine finds wrong with its own store.
    fn verify(&self) -> Result<Vec<String>>;
}

/// As [`Ledger::transact`], with a result.
pub(crate) fn transact<R>(
    ledger: &dyn Ledger,
    mut work: impl FnMut(&mut dyn Books) -> Result<R>,
) -> Result<R> {
    let mut result = None;
    ledger.transact(&mut |books| work(books).map(|value| result = Some(value)))?;
    result.ok_or_else(no_result)
}

/// As [`Ledger::view`], with a result.
pub(crate) fn view<R>(ledger: &dyn Ledger, mut work: impl FnMut(&mut dyn Books) -> Result<R>) -> Result<R> {
    let mut result = None;
    ledger.view(&mut |books| work(books).map(|value| result = Some(value)))?;
    result.ok_or_else(no_result)
}

fn no_result() -> Error {
    Error::new(ErrorKind::Internal, "a ledger ended a transaction without running it")
}

/// The books inside one transaction.
pub(crate) trait Books {
    /// The number that tells this ledger from others.
    fn identity(&mut self) -> Result<u64>;

    /// The ledger's time, once it has any.
    fn anchor(&mut self) -> Result<Option<Anchor>>;
    fn set_anchor(&mut self, anchor: &Anchor) -> Result<()>;

    /// The newest window and its account.
    fn newest_account(&mut self) -> Result<Option<Account>>;
    fn account(&mut self, window: Window) -> Result<Option<Account>>;
    fn accounts(&mut self) -> Result<Vec<Account>>;
    /// Opens or changes an account. The engine itself refuses one that breaks [`Account::is_within_cap`].
    fn put_account(&mut self, account: &Account) -> Result<()>;

    fn grant(&mut self, number: i64) -> Result<Option<GrantRow>>;
    fn insert_grant(&mut self, number: i64, grant: &GrantRow) -> Result<()>;
    fn set_grant_state(&mut self, number: i64, state: GrantState, at: Millis) -> Result<()>;
    /// The grants that are held or dispatched, with their numbers.
    fn live_grants(&mut self) -> Result<Vec<(i64, GrantRow)>>;
    /// How many grants made after `since` were not released.
    fn fallbacks_after(&mut self, since: Millis) -> Result<u64>;
    /// When the grant was made that has `newer` others after it, among those made after `since` and not released.
    fn fallback_before(&mut self, newer: u64, since: Millis) -> Result<Option<Millis>>;

    fn answer(&mut self, key: &Key) -> Result<Option<Answer>>;
    fn put_answer(&mut self, key: &Key, answer: &Answer, at: Millis) -> Result<()>;
    /// Drops old answers and old grants that have ended. The journal keeps everything.
    fn forget(&mut self, answers_before: Millis, grants_before: Millis) -> Result<()>;

    /// Adds a line to the journal and gives its number, which is greater than all before.
    fn append(&mut self, entry: &Entry) -> Result<i64>;
    /// The time of the latest line.
    fn last_entry_at(&mut self) -> Result<Option<Millis>>;
    /// Up to `limit` lines after the one with the number `after`, with their numbers.
    fn entries(&mut self, after: i64, limit: usize) -> Result<Vec<(i64, Entry)>>;
    /// The sum of all lines for every window.
    fn sums(&mut self) -> Result<Vec<(Window, Sums)>>;
}

/// SHA-256 of an idempotency key: keys of any length and content are stored, and none can be read back.
pub(crate) type Key = [u8; 32];

/// Money by its state, in micro-dollars: of a window, or what one line of the journal changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sums {
    /// Paid for good.
    pub(crate) captured: i64,
    /// Set aside for calls that are under way.
    pub(crate) dispatched: i64,
    /// Set aside for calls that have not begun.
    pub(crate) held: i64,
    /// The part of what was captured that providers billed above the hold.
    pub(crate) overrun: i64,
}

impl Sums {
    /// What is no longer free.
    pub(crate) fn used(&self) -> i64 {
        self.captured + self.dispatched + self.held
    }

    #[must_use]
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            captured: self.captured + other.captured,
            dispatched: self.dispatched + other.dispatched,
            held: self.held + other.held,
            overrun: self.overrun + other.overrun,
        }
    }
}

/// The account of one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) window: Window,
    /// The cap under which the latest grant was made.
    pub(crate) cap: i64,
    pub(crate) sums: Sums,
}

impl Account {
    /// The invariant: nothing but what a provider billed above its hold takes the window past its cap.
    pub(crate) fn is_within_cap(&self) -> bool {
        let Sums { captured, dispatched, held, overrun } = self.sums;
        captured.min(dispatched).min(held).min(overrun) >= 0 && self.sums.used() - overrun <= self.cap
    }
}

named! {
    /// Where a grant is on its way.
    pub enum GrantState {
        /// The money is set aside; the call has not begun.
        Held = "held",
        /// The bytes of the call may have left.
        Dispatched = "dispatched",
        /// What the call cost is known and captured, or it was captured in full.
        Settled = "settled",
        /// The call was not made.
        Released = "released",
    }
}

/// A grant as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GrantRow {
    pub(crate) window: Window,
    pub(crate) state: GrantState,
    pub(crate) hold: Usd,
    pub(crate) owner: Owner,
    /// When it was made.
    pub(crate) made_at: Millis,
    /// When its state changed last.
    pub(crate) changed_at: Millis,
}

/// What was answered to a request with an idempotency key.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) ask: Ask,
    pub(crate) record: Arc<DecisionRecord>,
    pub(crate) grant: Option<i64>,
}

named! {
    /// What one line of the journal tells of.
    #[non_exhaustive]
    pub enum JournalEdge {
        /// Money was set aside.
        Held = "held",
        /// A call was about to leave.
        Dispatched = "dispatched",
        /// A call was paid.
        Settled = "settled",
        /// A call was not made.
        Released = "released",
        /// A call was captured in full, because nobody would tell any more.
        Lost = "lost",
        /// The host vouched for the wall clock.
        ClockConfirmed = "clock_confirmed",
    }
}

/// One line of the journal, which is only ever added to.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) at: Millis,
    pub(crate) edge: JournalEdge,
    /// The grant's window; absent when the clock was confirmed.
    pub(crate) window: Option<Window>,
    /// The grant's number; absent in the line that makes it, whose number it gets.
    pub(crate) number: Option<i64>,
    pub(crate) change: Sums,
    /// The cap of the window at that moment.
    pub(crate) cap: i64,
    /// The decision behind a hold.
    pub(crate) record: Option<Arc<DecisionRecord>>,
}

impl Entry {
    /// The grant that this line, which has the number `line`, tells of.
    pub(crate) fn grant(&self, line: i64) -> Option<i64> {
        if self.edge == JournalEdge::Held { Some(line) } else { self.number }
    }
}
