//! Whether the books add up.

use std::collections::BTreeMap;

use super::ledger::{Account, Books, Entry, GrantState, JournalEdge, Sums};
use super::window::Window;
use crate::error::Result;

/// Lines of the journal that are read at once.
const PAGE: usize = 4_096;
/// Problems that are told; a ledger that is wrong in one place is often so in many.
const MOST_PROBLEMS: usize = 100;

/// What an audit found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Audit {
    /// Windows that were looked at.
    pub windows: usize,
    /// Lines of the journal that were read.
    pub entries: u64,
    /// Grants that are under way.
    pub live_grants: usize,
    /// What is wrong, each in a sentence; nothing in a ledger that is right.
    pub problems: Vec<String>,
}

impl Audit {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Whether the journal's sums are the accounts: the invariant that is checked whenever a ledger is opened.
pub(crate) fn conservation(books: &mut dyn Books) -> Result<Vec<String>> {
    let sums: BTreeMap<Window, Sums> = books.sums()?.into_iter().collect();
    let accounts: BTreeMap<Window, Account> =
        books.accounts()?.into_iter().map(|account| (account.window, account)).collect();
    let mut problems = Vec::new();
    for (window, account) in &accounts {
        let journal = sums.get(window).copied().unwrap_or_default();
        if journal != account.sums {
            problems.push(format!("{window}: the journal has {journal:?}, the account {:?}", account.sums));
        }
        if !account.is_within_cap() {
            problems.push(format!("{window}: {:?} are beyond the cap of {}", account.sums, account.cap));
        }
    }
    let missing = sums.keys().filter(|window| !accounts.contains_key(window));
    problems.extend(missing.map(|window| format!("{window}: the journal knows a window without an account")));
    Ok(problems)
}

/// Follows every grant through the whole journal and compares what is left with the books.
pub(crate) fn audit(books: &mut dyn Books) -> Result<Audit> {
    let mut walk =
        Walk { audit: Audit { problems: conservation(books)?, ..Audit::default() }, ..Walk::default() };
    let mut line = 0;
    loop {
        let page = books.entries(line, PAGE)?;
        let Some((last, _)) = page.last() else { break };
        if line == 0 {
            walk.begins_late = page.first().is_some_and(|(first, _)| *first > 1);
        }
        line = *last;
        page.iter().for_each(|(line, entry)| walk.follow(*line, entry));
    }
    walk.compare(books)?;
    walk.audit.windows = books.accounts()?.len();
    walk.audit.problems.truncate(MOST_PROBLEMS);
    Ok(walk.audit)
}

#[derive(Default)]
struct Walk {
    audit: Audit,
    /// The grants that are under way at this line: their state, window and hold.
    live: BTreeMap<i64, (GrantState, Window, i64)>,
    sums: BTreeMap<Window, Sums>,
    /// The first lines are forgotten, so grants and sums may begin in the middle.
    begins_late: bool,
    last_at: i64,
}

impl Walk {
    fn problem(&mut self, line: i64, what: &str) {
        if self.audit.problems.len() < MOST_PROBLEMS {
            self.audit.problems.push(format!("line {line}: {what}"));
        }
    }

    fn follow(&mut self, line: i64, entry: &Entry) {
        self.audit.entries += 1;
        if self.audit.entries > 1 && entry.at < self.last_at {
            self.problem(line, "its time is before that of the line above");
        }
        self.last_at = entry.at;
        let (Some(number), Some(window)) = (entry.grant(line), entry.window) else { return };
        self.follow_money(line, window, entry);
        self.follow_grant(line, number, window, entry);
    }

    fn follow_money(&mut self, line: i64, window: Window, entry: &Entry) {
        let sums = self.sums.entry(window).or_default();
        *sums = sums.plus(entry.change);
        let account = Account { window, cap: entry.cap, sums: *sums };
        if !account.is_within_cap() && !self.begins_late {
            self.problem(line, "the window is beyond its cap");
        }
    }

    fn follow_grant(&mut self, line: i64, number: i64, window: Window, entry: &Entry) {
        let Sums { captured, dispatched, held, overrun } = entry.change;
        let before = self.live.get(&number).copied();
        let is_legal = match (entry.edge, before) {
            (JournalEdge::Held, None) => {
                self.live.insert(number, (GrantState::Held, window, held));
                held >= 0 && (captured, dispatched, overrun) == (0, 0, 0)
            }
            (JournalEdge::Dispatched, Some((GrantState::Held, home, hold))) => {
                self.live.insert(number, (GrantState::Dispatched, window, hold));
                home == window && (captured, dispatched, held, overrun) == (0, hold, -hold, 0)
            }
            (JournalEdge::Released, Some((GrantState::Held, home, hold))) => {
                self.live.remove(&number);
                home == window && (captured, dispatched, held, overrun) == (0, 0, -hold, 0)
            }
            (JournalEdge::Settled | JournalEdge::Lost, Some((GrantState::Dispatched, home, hold))) => {
                self.live.remove(&number);
                let over = (captured - hold).max(0);
                home == window && captured >= 0 && (dispatched, held, overrun) == (-hold, 0, over)
            }
            (_, None) => self.begins_late,
            _ => false,
        };
        if !is_legal {
            self.problem(line, &format!("grant {number} can not be {} here", entry.edge));
        }
    }

    /// The grants under way by the journal are those of the books.
    fn compare(&mut self, books: &mut dyn Books) -> Result<()> {
        let live = books.live_grants()?;
        self.audit.live_grants = live.len();
        if self.begins_late {
            return Ok(());
        }
        let mut by_journal = std::mem::take(&mut self.live);
        for (number, grant) in live {
            let known = by_journal.remove(&number);
            if known != Some((grant.state, grant.window, grant.hold.micros())) {
                self.audit.problems.push(format!("grant {number} is {} but not by the journal", grant.state));
            }
        }
        let lost = by_journal.keys().map(|number| format!("grant {number} is under way only by the journal"));
        self.audit.problems.extend(lost);
        Ok(())
    }
}
