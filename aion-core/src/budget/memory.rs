//! Books in the memory of one process: exact and fast, gone with the process, and flat however long it lives.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

use super::clock::Anchor;
use super::ledger::{Account, Answer, Books, Entry, GrantRow, GrantState, Key, Ledger, Sums};
use super::window::{Millis, Window};
use crate::error::{Error, ErrorKind, Result};

pub(crate) const ENGINE: &str = "memory";
/// Lines of the journal that are kept; the sums of older ones are.
const JOURNAL: usize = 10_000;
/// Answers to idempotency keys that are kept.
const ANSWERS: usize = 100_000;
/// Windows whose accounts are kept.
const WINDOWS: usize = 32;
/// Distinct times of an hour's grants that are kept. Beyond them a grant counts until the end of its second:
/// up to a second too long, never too short.
const HOUR_TIMES: usize = 65_536;

/// A ledger in memory.
pub(crate) struct MemoryLedger {
    books: Mutex<MemoryBooks>,
    patience: Duration,
}

impl MemoryLedger {
    pub(crate) fn new(patience: Duration) -> Self {
        Self { books: Mutex::new(MemoryBooks::new()), patience }
    }

    fn lock(&self) -> Result<MutexGuard<'_, MemoryBooks>> {
        let busy = || Error::new(ErrorKind::Unavailable, "the ledger was in use for too long");
        self.books.try_lock_for(self.patience).ok_or_else(busy)
    }
}

impl Ledger for MemoryLedger {
    fn engine(&self) -> &'static str {
        ENGINE
    }

    /// A transaction here needs no undoing: what can fail is checked before the first write of an edge.
    fn transact(&self, work: &mut dyn FnMut(&mut dyn Books) -> Result<()>) -> Result<()> {
        work(&mut *self.lock()?)
    }

    fn view(&self, work: &mut dyn FnMut(&mut dyn Books) -> Result<()>) -> Result<()> {
        self.transact(work)
    }

    fn verify(&self) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
}

struct MemoryBooks {
    identity: u64,
    anchor: Option<Anchor>,
    accounts: BTreeMap<Window, Account>,
    /// Grants that are held or dispatched. Finished ones are forgotten at once.
    live: HashMap<i64, GrantRow>,
    /// How many grants of the last hour were made when, oldest first, and all of them.
    hour: VecDeque<(Millis, u64)>,
    hour_total: u64,
    answers: HashMap<Key, Answer>,
    /// The keys of the answers and when they were given, oldest first.
    answered: VecDeque<(Millis, Key)>,
    journal: VecDeque<Entry>,
    last_line: i64,
    /// The sums of the lines that are not.
    forgotten: BTreeMap<Window, Sums>,
}

impl MemoryBooks {
    fn new() -> Self {
        Self {
            // A hasher of the standard library is seeded by the operating system.
            identity: RandomState::new().hash_one(std::process::id()),
            anchor: None,
            accounts: BTreeMap::new(),
            live: HashMap::new(),
            hour: VecDeque::new(),
            hour_total: 0,
            answers: HashMap::new(),
            answered: VecDeque::new(),
            journal: VecDeque::new(),
            last_line: 0,
            forgotten: BTreeMap::new(),
        }
    }

    fn count_fallback(&mut self, made_at: Millis) {
        let at = if self.hour.len() < HOUR_TIMES { made_at } else { (made_at / 1_000 + 1) * 1_000 };
        match self.hour.back_mut() {
            Some((latest, count)) if *latest >= at => *count += 1,
            _ => self.hour.push_back((at, 1)),
        }
        self.hour_total += 1;
    }

    fn uncount_fallback(&mut self, made_at: Millis) {
        let place = self.hour.partition_point(|(at, _)| *at < made_at);
        if let Some((_, count)) = self.hour.get_mut(place) {
            *count = count.saturating_sub(1);
            self.hour_total = self.hour_total.saturating_sub(1);
        }
    }

    fn forget_answer(&mut self) {
        if let Some((_, key)) = self.answered.pop_front() {
            self.answers.remove(&key);
        }
    }

    fn forget_line(&mut self) {
        let Some(entry) = self.journal.pop_front() else { return };
        if let Some(window) = entry.window {
            let sums = self.forgotten.entry(window).or_default();
            *sums = sums.plus(entry.change);
        }
    }
}

impl Books for MemoryBooks {
    fn identity(&mut self) -> Result<u64> {
        Ok(self.identity)
    }

    fn anchor(&mut self) -> Result<Option<Anchor>> {
        Ok(self.anchor)
    }

    fn set_anchor(&mut self, anchor: &Anchor) -> Result<()> {
        self.anchor = Some(*anchor);
        Ok(())
    }

    fn newest_account(&mut self) -> Result<Option<Account>> {
        Ok(self.accounts.last_key_value().map(|(_, account)| *account))
    }

    fn account(&mut self, window: Window) -> Result<Option<Account>> {
        Ok(self.accounts.get(&window).copied())
    }

    fn accounts(&mut self) -> Result<Vec<Account>> {
        Ok(self.accounts.values().copied().collect())
    }

    fn put_account(&mut self, account: &Account) -> Result<()> {
        if !account.is_within_cap() {
            return Err(super::edges::broken("an account would pass its cap"));
        }
        self.accounts.insert(account.window, *account);
        while self.accounts.len() > WINDOWS
            && let Some((oldest, _)) = self.accounts.pop_first()
        {
            self.forgotten.remove(&oldest);
        }
        Ok(())
    }

    fn grant(&mut self, number: i64) -> Result<Option<GrantRow>> {
        Ok(self.live.get(&number).cloned())
    }

    fn insert_grant(&mut self, number: i64, grant: &GrantRow) -> Result<()> {
        self.live.insert(number, grant.clone());
        self.count_fallback(grant.made_at);
        Ok(())
    }

    fn set_grant_state(&mut self, number: i64, state: GrantState, at: Millis) -> Result<()> {
        match (state, self.live.get_mut(&number)) {
            (GrantState::Held | GrantState::Dispatched, Some(grant)) => {
                (grant.state, grant.changed_at) = (state, at);
            }
            (GrantState::Settled, _) => drop(self.live.remove(&number)),
            (_, _) => {
                if let Some(grant) = self.live.remove(&number) {
                    self.uncount_fallback(grant.made_at);
                }
            }
        }
        Ok(())
    }

    fn live_grants(&mut self) -> Result<Vec<(i64, GrantRow)>> {
        Ok(self.live.iter().map(|(number, grant)| (*number, grant.clone())).collect())
    }

    /// The ledger's time never goes back, so what is too old for one hour is so for every later one.
    fn fallbacks_after(&mut self, since: Millis) -> Result<u64> {
        while let Some((at, count)) = self.hour.front().copied()
            && at <= since
        {
            self.hour_total = self.hour_total.saturating_sub(count);
            self.hour.pop_front();
        }
        Ok(self.hour_total)
    }

    fn fallback_before(&mut self, newer: u64, since: Millis) -> Result<Option<Millis>> {
        let mut left = newer;
        for (at, count) in self.hour.iter().rev().take_while(|(at, _)| *at > since) {
            match left.checked_sub(*count) {
                Some(fewer) => left = fewer,
                None => return Ok(Some(*at)),
            }
        }
        Ok(None)
    }

    fn answer(&mut self, key: &Key) -> Result<Option<Answer>> {
        Ok(self.answers.get(key).cloned())
    }

    fn put_answer(&mut self, key: &Key, answer: &Answer, at: Millis) -> Result<()> {
        self.answers.insert(*key, answer.clone());
        self.answered.push_back((at, *key));
        if self.answered.len() > ANSWERS {
            self.forget_answer();
        }
        Ok(())
    }

    fn forget(&mut self, answers_before: Millis, _grants_before: Millis) -> Result<()> {
        while self.answered.front().is_some_and(|(at, _)| *at < answers_before) {
            self.forget_answer();
        }
        Ok(())
    }

    fn append(&mut self, entry: &Entry) -> Result<i64> {
        self.journal.push_back(entry.clone());
        if self.journal.len() > JOURNAL {
            self.forget_line();
        }
        self.last_line += 1;
        Ok(self.last_line)
    }

    fn last_entry_at(&mut self) -> Result<Option<Millis>> {
        Ok(self.journal.back().map(|entry| entry.at))
    }

    fn entries(&mut self, after: i64, limit: usize) -> Result<Vec<(i64, Entry)>> {
        let forgotten = self.last_line - self.journal.len() as i64;
        let numbered = (forgotten + 1..).zip(&self.journal);
        Ok(numbered
            .filter(|(line, _)| *line > after)
            .take(limit)
            .map(|(line, e)| (line, e.clone()))
            .collect())
    }

    fn sums(&mut self) -> Result<Vec<(Window, Sums)>> {
        let mut sums = self.forgotten.clone();
        for entry in &self.journal {
            if let Some(window) = entry.window {
                let sum = sums.entry(window).or_default();
                *sum = sum.plus(entry.change);
            }
        }
        sums.retain(|window, _| self.accounts.contains_key(window));
        Ok(sums.into_iter().collect())
    }
}
