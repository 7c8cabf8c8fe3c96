//! The purse, and its books.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use aion_core::{Audit, Budget, BudgetPolicy, BudgetStatus, Error, ErrorKind, JournalEntry, Result};
use serde_json::{Value, json};

use crate::budget_policy::{AION_NO_HOURLY_LIMIT, AionBudgetPolicy};
use crate::error::AionError;
use crate::handle::{required, vacant};
use crate::panic::{guard, guard_drop, guard_or};
use crate::status::AionStatus;
use crate::text::{self, AionText};

/// The most that paid calls may cost, in books that no thread, process, crash or clock can talk out of it. Threads
/// may share it. Freed by aion_budget_free; its decisions and grants may outlive it.
pub struct AionBudget(Budget);

/// The core behind `budget`.
pub(crate) fn core(budget: Option<&AionBudget>) -> Result<&Budget> {
    required(budget, "budget").map(|budget| &budget.0)
}

/// A budget at one moment, in micro-US-dollars. What was spent, what is held and what remains are together the day's
/// limit, unless an overrun passed it.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionBudgetStatus {
    /// The local day that counts, such as "2026-11-22", ended by a NUL.
    pub window: [c_char; 16],
    /// When the next one begins, in milliseconds since 1970.
    pub window_ends_ms: i64,
    /// The day's limit.
    pub daily_micro_usd: i64,
    /// Captured for good.
    pub spent_micro_usd: i64,
    /// Set aside for calls that are under way or about to be.
    pub held_micro_usd: i64,
    /// The part of it whose calls may have left.
    pub dispatched_micro_usd: i64,
    /// What is free.
    pub remaining_micro_usd: i64,
    /// The part of what was spent that providers billed above the hold.
    pub overrun_micro_usd: i64,
    /// Grants of the last hour that were not released.
    pub fallbacks_last_hour: u64,
    /// How many there may be; AION_NO_HOURLY_LIMIT for no limit.
    pub max_fallbacks_per_hour: u32,
    /// How the wall clock compares with the time that has passed: "steady", "ahead" or "behind", ended by a NUL.
    pub clock: [c_char; 16],
    /// Where the books are: "memory" or "sqlite", ended by a NUL.
    pub ledger: [c_char; 16],
}

impl From<BudgetStatus> for AionBudgetStatus {
    fn from(status: BudgetStatus) -> Self {
        Self {
            window: characters(&status.window),
            window_ends_ms: status.window_ends_ms,
            daily_micro_usd: status.daily.micros(),
            spent_micro_usd: status.spent.micros(),
            held_micro_usd: status.held.micros(),
            dispatched_micro_usd: status.dispatched.micros(),
            remaining_micro_usd: status.remaining.micros(),
            overrun_micro_usd: status.overrun.micros(),
            fallbacks_last_hour: status.fallbacks_last_hour,
            max_fallbacks_per_hour: status.max_fallbacks_per_hour.unwrap_or(AION_NO_HOURLY_LIMIT),
            clock: characters(status.clock.name()),
            ledger: characters(status.ledger),
        }
    }
}

/// `text` with a NUL after it; what has no room is cut off.
fn characters<const N: usize>(text: &str) -> [c_char; N] {
    let mut characters = [0; N];
    for (place, byte) in characters.iter_mut().take(N - 1).zip(text.bytes()) {
        *place = byte as c_char;
    }
    characters
}

/// Opens the books in the SQLite file at `path`, which is made if it does not exist and may be shared by many
/// processes of one machine; an empty path is for books in memory, which are gone with the process. `policy` is
/// copied; NULL for the default. No file is touched yet: a disk that is away costs the paid calls and not the host,
/// and the calls that need the file tell what is wrong with it.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for a policy out of its range, such as a zone that nobody knows.
///
/// # Safety
/// `path` must point to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_budget_open(
    path: *const c_char,
    length: usize,
    policy: Option<&AionBudgetPolicy>,
    out: Option<&mut MaybeUninit<Option<Box<AionBudget>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        // SAFETY: the caller vouches for the bytes.
        let path = unsafe { text::path(path, length, "path") }?;
        let policy = policy.map_or_else(BudgetPolicy::default, |policy| policy.core().clone());
        let budget = match path.as_os_str().is_empty() {
            true => Budget::in_memory(policy)?,
            false => Budget::open(path, policy)?,
        };
        *out = Some(Box::new(AionBudget(budget)));
        Ok(())
    })
}

/// The most tokens of a paid reply, as the policy has it; 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_budget_max_tokens_per_reply(budget: Option<&AionBudget>) -> u32 {
    guard_or(0, || Some(budget?.0.policy().max_tokens_per_reply))
}

/// Writes the current window at a glance to `out`.
///
/// Fails with AION_ERROR_UNAVAILABLE, as the functions below do, when the ledger can not be used, and then nothing is
/// written.
#[unsafe(no_mangle)]
pub extern "C" fn aion_budget_status(
    budget: Option<&AionBudget>,
    out: Option<&mut MaybeUninit<AionBudgetStatus>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = required(out, "out")?;
        out.write(core(budget)?.status()?.into());
        Ok(())
    })
}

/// Ends the grants of processes that died: what they held is released; what they had dispatched is captured in full
/// once the grace time has passed. Decisions do this by themselves, about once a minute and before a request is
/// refused for want of money. `ended` is how many there were, and may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_budget_sweep(
    budget: Option<&AionBudget>,
    ended: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let ended = ended.map(|ended| ended.write(0));
        let count = core(budget)?.sweep()?;
        if let Some(ended) = ended {
            *ended = count;
        }
        Ok(())
    })
}

/// Vouches for the wall clock: the ledger goes on from what it says now. Days that have passed never come back.
#[unsafe(no_mangle)]
pub extern "C" fn aion_budget_confirm_clock(
    budget: Option<&AionBudget>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || core(budget)?.confirm_clock())
}

/// Reads the whole journal and checks that it and the books agree. What is wrong is no failure: `problems` is how
/// many there are, 0 in books that are right, and `report` is a JSON object of "windows", "entries", "live_grants"
/// and the "problems", each a sentence. `report` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_budget_audit(
    budget: Option<&AionBudget>,
    problems: Option<&mut MaybeUninit<usize>>,
    report: Option<&mut MaybeUninit<Option<Box<AionText>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let report = report.map(|report| report.write(None));
        let problems = required(problems, "problems")?.write(0);
        let audit = core(budget)?.audit()?;
        *problems = audit.problems.len();
        if let Some(report) = report {
            *report = Some(Box::new(report_of(&audit).into()));
        }
        Ok(())
    })
}

fn report_of(audit: &Audit) -> String {
    let Audit { windows, entries, live_grants, problems, .. } = audit;
    json!({ "windows": windows, "entries": entries, "live_grants": live_grants, "problems": problems })
        .to_string()
}

/// Up to `limit` lines of the journal after line `after`, oldest first, as a JSON array; 0 for those from the
/// beginning. A line has "line", "at", "edge", "grant", "window", the changes of "captured_micro_usd",
/// "dispatched_micro_usd", "held_micro_usd" and "overrun_micro_usd", and of a hold the "record" of its decision. Books
/// in memory keep their last 10,000 lines.
#[unsafe(no_mangle)]
pub extern "C" fn aion_budget_journal_json(
    budget: Option<&AionBudget>,
    after: i64,
    limit: usize,
    out: Option<&mut MaybeUninit<Option<Box<AionText>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        let journal = core(budget)?.journal(after, limit)?;
        let lines: Vec<Value> = journal.iter().map(line).collect::<Result<_>>()?;
        *out = Some(Box::new(Value::from(lines).to_string().into()));
        Ok(())
    })
}

fn line(entry: &JournalEntry) -> Result<Value> {
    let record = entry.record.as_ref().map(|record| serde_json::from_str::<Value>(&record.to_json()));
    let no_json = |error| Error::new(ErrorKind::Internal, "a record has no JSON").with_source(error);
    Ok(json!({
        "line": entry.line,
        "at": entry.at,
        "edge": entry.edge.name(),
        "grant": entry.grant.map(|id| id.to_string()),
        "window": entry.window,
        "captured_micro_usd": entry.captured_micros,
        "dispatched_micro_usd": entry.dispatched_micros,
        "held_micro_usd": entry.held_micros,
        "overrun_micro_usd": entry.overrun_micros,
        "record": record.transpose().map_err(no_json)?,
    }))
}

/// Frees a budget. NULL is a no-op. Its grants go on; the books are closed with the last of them.
#[unsafe(no_mangle)]
pub extern "C" fn aion_budget_free(budget: Option<Box<AionBudget>>) {
    guard_drop(budget);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_to_its_room_and_ended() {
        let text = |characters: &[c_char]| characters.iter().map(|c| *c as u8 as char).collect::<String>();
        assert_eq!(text(&characters::<4>("ab")), "ab\0\0");
        assert_eq!(text(&characters::<4>("abcdef")), "abc\0");
    }
}
