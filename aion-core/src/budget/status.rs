//! The books as people see them.

use std::sync::Arc;

use super::clock::ClockState;
use super::decide::Facts;
use super::grant::GrantId;
use super::ledger::{Account, Entry, JournalEdge};
use super::policy::BudgetPolicy;
use super::record::DecisionRecord;
use super::usd::Usd;
use super::window;

/// A budget at one moment: `spent + held + remaining` is the day's limit, unless an overrun passed it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BudgetStatus {
    /// The local day that counts, as an ISO date.
    pub window: String,
    /// When the next one begins, in milliseconds since 1970.
    pub window_ends_ms: i64,
    /// The day's limit.
    pub daily: Usd,
    /// Captured for good.
    pub spent: Usd,
    /// Set aside for calls that are under way or about to be.
    pub held: Usd,
    /// The part of it whose calls may have left.
    pub dispatched: Usd,
    /// What is free.
    pub remaining: Usd,
    /// The part of what was spent that providers billed above the hold.
    pub overrun: Usd,
    /// Grants of the last hour that were not released.
    pub fallbacks_last_hour: u64,
    /// How many there may be; `None` for no limit.
    pub max_fallbacks_per_hour: Option<u32>,
    /// How the wall clock compares with the time that has passed.
    pub clock: ClockState,
    /// Where the books are: `memory` or `sqlite`.
    pub ledger: &'static str,
}

impl BudgetStatus {
    pub(super) fn new(policy: &BudgetPolicy, ledger: &'static str, facts: &Facts, account: &Account) -> Self {
        let usd = |micros: i64| Usd::from_micros(micros.max(0)).unwrap_or(Usd::MAX);
        let sums = account.sums;
        Self {
            window: facts.window.to_string(),
            window_ends_ms: facts.window_ends,
            daily: policy.daily_usd,
            spent: usd(sums.captured),
            held: usd(sums.held + sums.dispatched),
            dispatched: usd(sums.dispatched),
            remaining: usd(policy.daily_usd.micros() - sums.used()),
            overrun: usd(sums.overrun),
            fallbacks_last_hour: facts.fallbacks,
            max_fallbacks_per_hour: policy.max_fallbacks_per_hour,
            clock: facts.clock,
            ledger,
        }
    }
}

/// One line of the journal: an edge of a grant, and the money that it moved.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct JournalEntry {
    /// Its number; the next line's is greater.
    pub line: i64,
    /// The ledger's time, such as `2026-11-22T14:44:08.123Z`.
    pub at: String,
    /// What happened.
    pub edge: JournalEdge,
    /// The grant; `None` when the clock was confirmed.
    pub grant: Option<GrantId>,
    /// The grant's window, as an ISO date.
    pub window: Option<String>,
    /// How much was captured, in micro-dollars.
    pub captured_micros: i64,
    /// By how much the money of calls under way changed.
    pub dispatched_micros: i64,
    /// By how much the money of calls that have not begun changed.
    pub held_micros: i64,
    /// How much a provider billed above the hold.
    pub overrun_micros: i64,
    /// The decision behind a hold.
    pub record: Option<Arc<DecisionRecord>>,
}

impl JournalEntry {
    pub(super) fn new(line: i64, entry: Entry, ledger: u64) -> Self {
        Self {
            line,
            at: window::to_text(entry.at),
            edge: entry.edge,
            grant: entry.grant(line).map(|number| GrantId { ledger, number }),
            window: entry.window.map(|window| window.to_string()),
            captured_micros: entry.change.captured,
            dispatched_micros: entry.change.dispatched,
            held_micros: entry.change.held,
            overrun_micros: entry.change.overrun,
            record: entry.record,
        }
    }
}
