//! The life of a grant: `HELD → DISPATCHED → SETTLED`, `HELD → RELEASED`, and `DISPATCHED → SETTLED` in full when
//! nobody will tell. Each edge moves money between the sums of its window and adds a line to the journal, in one
//! transaction. There is no other edge.

use std::collections::HashMap;
use std::sync::Arc;

use super::clock::{Anchor, ClockReading, ClockState, Moment};
use super::decide::{Ask, DecisionReason, Facts, Ruling, rule};
use super::ledger::{Account, Answer, Books, Entry, GrantRow, GrantState, JournalEdge, Key, Sums};
use super::owner::{Life, Owner};
use super::record::{DecisionRecord, SealedPolicy};
use super::usd::Usd;
use super::window::{Millis, Window, Zone};
use crate::error::{Error, ErrorKind, Result};

const HOUR: Millis = 3_600_000;
/// How long answers to idempotency keys are kept.
const RETENTION: Millis = 7 * 24 * HOUR;

/// What every transaction needs to know besides the books.
#[derive(Clone, Copy)]
pub(crate) struct Desk<'a> {
    pub(crate) policy: &'a Arc<SealedPolicy>,
    pub(crate) zone: &'a Zone,
    pub(crate) engine: &'static str,
    pub(crate) owner: &'a Owner,
    pub(crate) reading: ClockReading,
    /// Whether the grants of dead processes may be looked for before a request is refused.
    pub(crate) may_sweep: bool,
}

/// The answer to a request, and whether it was given before.
pub(crate) struct Decided {
    pub(crate) record: Arc<DecisionRecord>,
    pub(crate) grant: Option<i64>,
    pub(crate) is_repeated: bool,
}

/// What a settled grant cost in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settlement {
    /// What was taken from the day's money.
    pub captured: Usd,
    /// The part of it that the provider billed above the hold.
    pub overrun: Usd,
}

/// The ledger's time in one transaction, and the anchor that it is carried on from.
struct Time {
    moment: Moment,
    anchor: Anchor,
    kept: Option<Anchor>,
}

impl Time {
    /// Writes the anchor down if it is new.
    fn keep(&self, books: &mut dyn Books) -> Result<()> {
        if self.kept == Some(self.anchor) { Ok(()) } else { books.set_anchor(&self.anchor) }
    }
}

impl Desk<'_> {
    /// The ledger's time; the first transaction of a ledger begins it. Nothing is written.
    fn time(&self, books: &mut dyn Books) -> Result<Time> {
        let kept = books.anchor()?;
        let start = kept.unwrap_or_else(|| Anchor::first(self.reading));
        let last = books.last_entry_at()?.unwrap_or(Millis::MIN);
        let (anchor, moment) = start.advance(self.reading, last, &self.policy.policy);
        Ok(Time { moment, anchor, kept })
    }

    /// What the books say now, for people: the calls of the last hour are counted even if nothing limits them.
    pub(crate) fn overview(&self, books: &mut dyn Books) -> Result<(Facts, Account)> {
        let moment = self.time(books)?.moment;
        let (mut facts, account) = self.facts(books, &moment)?;
        facts.fallbacks = books.fallbacks_after(moment.now - HOUR)?;
        Ok((facts, account))
    }

    /// What the books say at `moment`. Nothing is written.
    fn facts(&self, books: &mut dyn Books, moment: &Moment) -> Result<(Facts, Account)> {
        let today = self.zone.day_at(moment.opening_time())?;
        let (account, window_opens) = self.current_account(books, today.window, moment.state)?;
        let day = if account.window == today.window { today } else { self.zone.day(account.window)? };
        let (fallbacks, hour_frees_at) = self.last_hour(books, moment.now)?;
        let facts = Facts {
            now: moment.now,
            wall: moment.wall,
            clock: moment.state,
            basis: moment.basis,
            window: account.window,
            window_ends: day.ends,
            window_opens,
            used: account.sums.used(),
            fallbacks,
            hour_frees_at,
        };
        Ok((facts, account))
    }

    /// The grants of the last hour, if they are limited, and when there will be room for one more.
    fn last_hour(&self, books: &mut dyn Books, now: Millis) -> Result<(u64, Option<Millis>)> {
        let Some(cap) = self.policy.policy.max_fallbacks_per_hour else { return Ok((0, None)) };
        let since = now - HOUR;
        let fallbacks = books.fallbacks_after(since)?;
        let frees_at = match u64::from(cap).checked_sub(1) {
            Some(newer) if fallbacks > newer => books.fallback_before(newer, since)?.map(|time| time + HOUR),
            _ => None,
        };
        Ok((fallbacks, frees_at))
    }

    /// The account that counts now, and whether it may be used. Windows never go back: the newest stays until
    /// a later day may open, and a suspect clock opens none.
    fn current_account(
        &self,
        books: &mut dyn Books,
        today: Window,
        clock: ClockState,
    ) -> Result<(Account, bool)> {
        let fresh =
            Account { window: today, cap: self.policy.policy.daily_usd.micros(), sums: Sums::default() };
        Ok(match books.newest_account()? {
            Some(newest) if newest.window >= today => (newest, true),
            Some(newest) if clock == ClockState::Ahead => (newest, false),
            _ => (fresh, true),
        })
    }

    /// Decides on `ask` and sets the money aside when it is granted.
    pub(crate) fn decide(&self, books: &mut dyn Books, ask: Ask, key: Option<&Key>) -> Result<Decided> {
        if let Some(repeated) = self.repeat(books, ask, key)? {
            return Ok(repeated);
        }
        let time = self.time(books)?;
        // Written down even if the request is refused: time passes from here, not from the next grant.
        if time.kept.is_some_and(|anchor| anchor.is_before_reboot(self.reading)) {
            time.keep(books)?;
        }
        let (mut facts, mut account) = self.facts(books, &time.moment)?;
        let mut ruling = rule(&self.policy.policy, ask, Some(&facts));
        let is_capped = matches!(ruling.reason, DecisionReason::DailyCap | DecisionReason::HourlyCap);
        if is_capped && self.may_sweep && self.sweep(books)? > 0 {
            (facts, account) = self.facts(books, &time.moment)?;
            ruling = rule(&self.policy.policy, ask, Some(&facts));
        }
        let record = Arc::new(self.record(ask, Some(facts), ruling));
        let grant = match (ruling.reason, ask.cost) {
            (DecisionReason::Granted, Some(hold)) => Some(self.hold(books, account, hold, &record)?),
            _ => None,
        };
        if grant.is_some() || key.is_some() {
            time.keep(books)?;
        }
        if let Some(key) = key {
            books.put_answer(key, &Answer { ask, record: record.clone(), grant }, facts.now)?;
        }
        Ok(Decided { record, grant, is_repeated: false })
    }

    pub(crate) fn record(&self, ask: Ask, facts: Option<Facts>, ruling: Ruling) -> DecisionRecord {
        DecisionRecord { policy: self.policy.clone(), ask, engine: self.engine, failure: None, facts, ruling }
    }

    /// The answer that `key` was given before.
    fn repeat(&self, books: &mut dyn Books, ask: Ask, key: Option<&Key>) -> Result<Option<Decided>> {
        let Some(answer) = key.map(|key| books.answer(key)).transpose()?.flatten() else { return Ok(None) };
        if answer.ask != ask {
            let message =
                "this idempotency key was used for another request; use a new key for a new request";
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        Ok(Some(Decided { record: answer.record, grant: answer.grant, is_repeated: true }))
    }

    fn hold(
        &self,
        books: &mut dyn Books,
        account: Account,
        hold: Usd,
        record: &Arc<DecisionRecord>,
    ) -> Result<i64> {
        let at = record.facts.map_or(Millis::MIN, |facts| facts.now);
        let account = Account { cap: self.policy.policy.daily_usd.micros(), ..account };
        let change = Sums { held: hold.micros(), ..Sums::default() };
        let cap = book(books, account, change)?;
        let record = Some(record.clone());
        let window = Some(account.window);
        let number = books.append(&Entry {
            at,
            edge: JournalEdge::Held,
            window,
            number: None,
            change,
            cap,
            record,
        })?;
        let grant = GrantRow {
            window: account.window,
            state: GrantState::Held,
            hold,
            owner: *self.owner,
            made_at: at,
            changed_at: at,
        };
        books.insert_grant(number, &grant)?;
        Ok(number)
    }

    /// `HELD → DISPATCHED`: after this has returned, the bytes may leave.
    pub(crate) fn dispatch(&self, books: &mut dyn Books, number: i64) -> Result<()> {
        let grant = required(books, number)?;
        let hold = grant.hold.micros();
        let change = Sums { held: -hold, dispatched: hold, ..Sums::default() };
        self.step(books, number, &grant, GrantState::Held, JournalEdge::Dispatched, change)
    }

    /// `HELD → RELEASED`: the call was not made and will not be.
    pub(crate) fn release(&self, books: &mut dyn Books, number: i64) -> Result<()> {
        let grant = required(books, number)?;
        let change = Sums { held: -grant.hold.micros(), ..Sums::default() };
        self.step(books, number, &grant, GrantState::Held, JournalEdge::Released, change)
    }

    /// `DISPATCHED → SETTLED`, at what was billed.
    pub(crate) fn settle(&self, books: &mut dyn Books, number: i64, billed: Usd) -> Result<Settlement> {
        self.capture(books, number, Some(billed), JournalEdge::Settled)
    }

    /// `DISPATCHED → SETTLED` in full: nobody will tell what was billed.
    pub(crate) fn lose(&self, books: &mut dyn Books, number: i64) -> Result<Settlement> {
        self.capture(books, number, None, JournalEdge::Lost)
    }

    fn capture(
        &self,
        books: &mut dyn Books,
        number: i64,
        billed: Option<Usd>,
        edge: JournalEdge,
    ) -> Result<Settlement> {
        let grant = required(books, number)?;
        let hold = grant.hold.micros();
        let captured = billed.unwrap_or(grant.hold).micros();
        let overrun = (captured - hold).max(0);
        let change = Sums { captured, dispatched: -hold, held: 0, overrun };
        self.step(books, number, &grant, GrantState::Dispatched, edge, change)?;
        Ok(Settlement { captured: Usd::from_micros(captured)?, overrun: Usd::from_micros(overrun)? })
    }

    /// Takes `grant` along `edge`, which begins at `from`.
    fn step(
        &self,
        books: &mut dyn Books,
        number: i64,
        grant: &GrantRow,
        from: GrantState,
        edge: JournalEdge,
        change: Sums,
    ) -> Result<()> {
        if grant.state != from {
            return Err(wrong_state(grant.state, edge));
        }
        let time = self.time(books)?;
        time.keep(books)?;
        let at = time.moment.now;
        let account = books.account(grant.window)?;
        let account = account.ok_or_else(|| broken("a grant belongs to a window that has no account"))?;
        let cap = book(books, account, change)?;
        books.set_grant_state(number, edge.leads_to(), at)?;
        let (window, number) = (Some(grant.window), Some(number));
        books.append(&Entry { at, edge, window, number, change, cap, record: None }).map(drop)
    }

    /// Ends a grant whose handle was dropped: releases what was not dispatched, captures in full what was.
    pub(crate) fn end(&self, books: &mut dyn Books, number: i64) -> Result<()> {
        match books.grant(number)?.map(|grant| grant.state) {
            Some(GrantState::Held) => self.release(books, number),
            Some(GrantState::Dispatched) => self.lose(books, number).map(drop),
            Some(GrantState::Settled | GrantState::Released) | None => Ok(()),
        }
    }

    /// Ends the grants of processes that died: what was held is released, and what was dispatched is captured
    /// in full once its call can no longer be under way. Gives how many were ended.
    pub(crate) fn sweep(&self, books: &mut dyn Books) -> Result<usize> {
        let now = self.time(books)?.moment.now;
        let grace = i64::try_from(self.policy.policy.grace.as_millis()).unwrap_or(Millis::MAX);
        // A process has many grants, and asking about it takes a while.
        let mut lives = HashMap::new();
        let mut ended = 0;
        for (number, grant) in books.live_grants()? {
            let is_over = now.saturating_sub(grant.changed_at) >= grace;
            let life = *lives.entry(grant.owner).or_insert_with(|| self.owner.life_of(&grant.owner));
            match (life, grant.state) {
                (Life::Alive, _) => continue,
                (Life::Dead, GrantState::Held) => self.release(books, number)?,
                (_, GrantState::Held) if is_over => self.release(books, number)?,
                (_, GrantState::Dispatched) if is_over => drop(self.lose(books, number)?),
                _ => continue,
            }
            ended += 1;
        }
        books.forget(now - RETENTION, now - HOUR)?;
        Ok(ended)
    }

    /// Anchors the ledger's time to the wall clock, which the host vouches for.
    pub(crate) fn confirm_clock(&self, books: &mut dyn Books) -> Result<()> {
        let now = self.time(books)?.moment.now;
        let anchor = Anchor::confirmed(self.reading, now);
        books.set_anchor(&anchor)?;
        books.append(&Entry {
            at: anchor.time,
            edge: JournalEdge::ClockConfirmed,
            window: None,
            number: None,
            change: Sums::default(),
            cap: 0,
            record: None,
        })?;
        Ok(())
    }
}

impl JournalEdge {
    fn leads_to(self) -> GrantState {
        match self {
            Self::Dispatched => GrantState::Dispatched,
            Self::Released => GrantState::Released,
            Self::Settled | Self::Lost => GrantState::Settled,
            Self::Held | Self::ClockConfirmed => GrantState::Held,
        }
    }
}

/// Applies `change` to the account, which must stay within its cap, and gives that cap.
fn book(books: &mut dyn Books, account: Account, change: Sums) -> Result<i64> {
    let account = Account { sums: account.sums.plus(change), ..account };
    if !account.is_within_cap() {
        return Err(broken("a change would take a window past its cap"));
    }
    books.put_account(&account)?;
    Ok(account.cap)
}

/// The grant with this number, which must exist.
pub(crate) fn required(books: &mut dyn Books, number: i64) -> Result<GrantRow> {
    let unknown = || {
        let message =
            format!("grant {number} is not under way: it was settled or released before, or never made");
        Error::new(ErrorKind::InvalidState, message)
    };
    books.grant(number)?.ok_or_else(unknown)
}

fn wrong_state(state: GrantState, edge: JournalEdge) -> Error {
    let message = match (edge, state) {
        (JournalEdge::Released, GrantState::Dispatched) => {
            "the call was dispatched, so it may have been billed; settle the grant instead of releasing it"
        }
        (JournalEdge::Settled | JournalEdge::Lost, GrantState::Held) => {
            "the call was not dispatched; call `dispatched` before its bytes leave, or `release` without a call"
        }
        (_, GrantState::Settled) => "the grant is settled already",
        (_, GrantState::Released) => "the grant was released; ask for a new decision",
        _ => "the grant was dispatched already; each call needs a grant of its own",
    };
    Error::new(ErrorKind::InvalidState, message)
}

/// The books contradict themselves; nothing may be paid on their word.
pub(crate) fn broken(reason: &str) -> Error {
    Error::new(ErrorKind::Unavailable, format!("the ledger is damaged: {reason}"))
}
