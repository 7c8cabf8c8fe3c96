//! Afterwards: the journal beside what the providers know.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use aion_core::{Budget, JournalEdge, JournalEntry};

use crate::clock::{DAY, HOUR};
use crate::{Outcome, open, policy};

/// What a provider knows of one call.
struct Call {
    held: i64,
    /// When it was made, by the true time.
    at: i64,
    billed: Option<i64>,
    is_paid: bool,
}

/// What the journal knows of one grant.
#[derive(Default)]
struct Story {
    dispatched_at: Option<String>,
    captured: Option<i64>,
}

pub(crate) fn run(folder: &Path, origin: i64) -> Outcome {
    let (budget, clock) = open(folder, origin)?;
    let swept_at_once = budget.sweep()?;
    // The grace time of 15 minutes, at this speed.
    thread::sleep(Duration::from_millis(600));
    let captured_after_grace = budget.sweep()?;
    println!("{swept_at_once} grants of the dead ended at once, {captured_after_grace} after the grace time");
    let (calls, decisions) = read_providers(folder)?;
    let mut journal = Journal::default();
    journal.read(&budget)?;
    require(journal.problems.is_empty(), &journal.problems.join("\n"))?;
    compare(&calls, &journal)?;
    let days = clock.passed() / DAY + 2;
    require(journal.windows.len() as i64 <= days, "more windows than days")?;
    let audit = budget.audit()?;
    require(audit.is_clean(), &audit.problems.join("\n"))?;
    require(audit.live_grants == 0, "grants are still under way")?;
    require(journal.spent() > 0 && calls.len() > 100, "too little happened to mean anything")?;
    report(&calls, &decisions, &journal);
    println!("the audit of {} lines is clean", audit.entries);
    Ok(())
}

fn require(holds: bool, otherwise: &str) -> Outcome {
    if holds { Ok(()) } else { Err(otherwise.to_owned().into()) }
}

/// The calls by their grants, and how often each reason was given.
fn read_providers(folder: &Path) -> Outcome<(HashMap<String, Call>, BTreeMap<String, u64>)> {
    let mut calls: HashMap<String, Call> = HashMap::new();
    let mut decisions = BTreeMap::new();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        if path.extension().is_none_or(|extension| extension != "log") {
            continue;
        }
        let text = fs::read_to_string(&path)?;
        // The last line may have been cut by the kill.
        for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["decided", reason] => *decisions.entry(reason.to_owned()).or_default() += 1,
                ["call", id, held, at] => {
                    let call = Call { held: held.parse()?, at: at.parse()?, billed: None, is_paid: false };
                    require(calls.insert(id.into(), call).is_none(), "one grant, two calls")?;
                }
                ["bill", id, billed] => {
                    calls.get_mut(id).ok_or("a bill without a call")?.billed = Some(billed.parse()?)
                }
                ["paid", id] => calls.get_mut(id).ok_or("a payment without a call")?.is_paid = true,
                _ => return Err(format!("{}: {line:?}", path.display()).into()),
            }
        }
    }
    Ok((calls, decisions))
}

/// The journal, followed line by line.
#[derive(Default)]
struct Journal {
    stories: HashMap<String, Story>,
    /// Captured, dispatched, held and overrun of every window.
    windows: BTreeMap<String, [i64; 4]>,
    /// The grants of the last hour.
    hour: VecDeque<(i64, String)>,
    newest_window: String,
    busiest_hour: usize,
    lines: u64,
    problems: Vec<String>,
}

impl Journal {
    fn read(&mut self, budget: &Budget) -> Outcome {
        let mut after = 0;
        loop {
            let page = budget.journal(after, 10_000)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.line;
            page.iter().try_for_each(|entry| self.follow(entry))?;
        }
    }

    fn follow(&mut self, entry: &JournalEntry) -> Outcome {
        self.lines += 1;
        let (Some(grant), Some(window)) = (entry.grant, entry.window.clone()) else { return Ok(()) };
        let id = grant.to_string();
        self.follow_money(entry, &window);
        match entry.edge {
            JournalEdge::Held => self.follow_hold(entry, &id, &window)?,
            JournalEdge::Released => self.hour.retain(|(_, other)| *other != id),
            JournalEdge::Dispatched => {
                self.stories.entry(id).or_default().dispatched_at = Some(entry.at.clone());
            }
            _ => self.stories.entry(id).or_default().captured = Some(entry.captured_micros),
        }
        Ok(())
    }

    /// The cap holds after every line.
    fn follow_money(&mut self, entry: &JournalEntry, window: &str) {
        let sums = self.windows.entry(window.to_owned()).or_default();
        let change =
            [entry.captured_micros, entry.dispatched_micros, entry.held_micros, entry.overrun_micros];
        for (sum, change) in sums.iter_mut().zip(change) {
            *sum += change;
        }
        let [captured, dispatched, held, overrun] = *sums;
        if captured + dispatched + held - overrun > policy().daily_usd.micros() {
            self.problems.push(format!("line {}: {window} has {sums:?}", entry.line));
        }
    }

    /// The limit of the hour holds for every hour, and no window comes back.
    fn follow_hold(&mut self, entry: &JournalEntry, id: &str, window: &str) -> Outcome {
        let at = millis(&entry.at)?;
        self.hour.push_back((at, id.to_owned()));
        while self.hour.front().is_some_and(|(made_at, _)| *made_at <= at - HOUR) {
            self.hour.pop_front();
        }
        self.busiest_hour = self.busiest_hour.max(self.hour.len());
        if self.hour.len() > policy().max_fallbacks_per_hour.unwrap_or_default() as usize {
            self.problems.push(format!("line {}: {} calls in an hour", entry.line, self.hour.len()));
        }
        // The ledger counts in UTC here.
        if !entry.at.starts_with(window) && window > entry.at.as_str() {
            self.problems.push(format!("line {}: {window} was opened at {}", entry.line, entry.at));
        }
        if window < self.newest_window.as_str() {
            self.problems.push(format!("line {}: {window} after {}", entry.line, self.newest_window));
        }
        self.newest_window = window.to_owned();
        Ok(())
    }

    fn spent(&self) -> i64 {
        self.windows.values().map(|sums| sums[0]).sum()
    }
}

/// Every call that left was written down before, and is paid with what it cost or with all that was held.
fn compare(calls: &HashMap<String, Call>, journal: &Journal) -> Outcome {
    for (id, call) in calls {
        let story =
            journal.stories.get(id).ok_or_else(|| format!("{id} was called and is not in the journal"))?;
        let dispatched_at = story.dispatched_at.as_ref().ok_or_else(|| format!("{id} was not dispatched"))?;
        require(
            millis(dispatched_at)? <= call.at + slew(call.at),
            &format!("{id} was dispatched after its call"),
        )?;
        let captured = story.captured.ok_or_else(|| format!("{id} was called and not paid"))?;
        let is_right = match (call.is_paid, call.billed) {
            (true, billed) => Some(captured) == billed,
            (false, billed) => captured == call.held || Some(captured) == billed,
        };
        require(
            is_right,
            &format!("{id} cost {:?} of {}, and {captured} were captured", call.billed, call.held),
        )?;
    }
    Ok(())
}

/// How far the ledger's time may be ahead of the true one: steps of a few seconds are taken for corrections.
fn slew(at: i64) -> i64 {
    (at - 1_795_348_800_000) / 2_000 + 1
}

fn millis(time: &str) -> Outcome<i64> {
    Ok(time.parse::<jiff::Timestamp>()?.as_millisecond())
}

fn report(calls: &HashMap<String, Call>, decisions: &BTreeMap<String, u64>, journal: &Journal) {
    println!("{} decisions, each of which replays to the same verdict:", decisions.values().sum::<u64>());
    for (reason, count) in decisions {
        println!("  {reason:<20} {count:>9}");
    }
    println!("{} paid calls, all of them in the journal", calls.len());
    for (window, [captured, _, _, overrun]) in &journal.windows {
        let cap = policy().daily_usd.micros();
        println!("  {window}: {captured} captured, {overrun} of it billed above the hold, cap {cap}");
    }
    println!("busiest hour: {} calls of {:?}", journal.busiest_hour, policy().max_fallbacks_per_hour);
}
