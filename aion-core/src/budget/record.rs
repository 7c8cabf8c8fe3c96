//! What a decision was made of: kept with the grant, shown to people, and enough to make it again.

use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::clock::{ClockBasis, ClockState};
use super::decide::{Ask, DecisionReason, DecisionVerdict, Facts, Limit, Ruling, rule};
use super::policy::BudgetPolicy;
use super::usd::Usd;
use super::window::{self, Window};
use crate::error::{Error, ErrorKind, Result};

const VERSION: u32 = 1;
const DAILY: &str = "daily_micro_usd";
const HOURLY: &str = "fallbacks_per_hour";

/// A policy and its hash, shared by all decisions that were made by it.
#[derive(Debug, PartialEq)]
pub(crate) struct SealedPolicy {
    pub(crate) policy: BudgetPolicy,
    pub(crate) hash: String,
}

impl SealedPolicy {
    pub(crate) fn new(policy: BudgetPolicy) -> Self {
        let hash = policy.hash();
        Self { policy, hash }
    }
}

/// Everything that a decision rests on. It holds numbers and the policy; no prompt, no key, no secret.
///
/// As JSON ([`to_json`](Self::to_json)) it has: `version`; `policy` and its SHA-256 `policy_hash`;
/// `confidence`; `cost_micro_usd`; the `ledger` and its `ledger_error`; the `clock` (state, what it rests on, the
/// ledger's time and the wall clock's); the `window`; each of the `limits` with `name`, `before`, `hold`, `cap` and
/// `pass`; `verdict`, `reason`, `next_allowed_at` and the `explanation`. What the rule did not need to look at is
/// `null` or absent; the calls of the last hour read 0 where nothing limits them.
#[derive(Debug, Clone)]
pub struct DecisionRecord {
    pub(crate) policy: Arc<SealedPolicy>,
    pub(crate) ask: Ask,
    pub(crate) engine: &'static str,
    pub(crate) failure: Option<Arc<str>>,
    pub(crate) facts: Option<Facts>,
    pub(crate) ruling: Ruling,
}

impl DecisionRecord {
    /// Why it was decided so.
    pub fn reason(&self) -> DecisionReason {
        self.ruling.reason
    }

    /// The record as JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&Wire::from(self)).unwrap_or_default()
    }

    /// Reads a record and makes its decision again, from the facts that it holds.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] when `json` is no record, or its policy is not the one that it names.
    pub fn from_json(json: &str) -> Result<Self> {
        let wire: Wire =
            serde_json::from_str(json).map_err(|source| damaged("it can not be read").with_source(source))?;
        wire.replay()
    }
}

#[derive(Serialize, Deserialize)]
struct Wire {
    version: u32,
    policy: BudgetPolicy,
    policy_hash: String,
    confidence: f64,
    cost_micro_usd: Option<i64>,
    ledger: String,
    ledger_error: Option<String>,
    clock: Option<WireClock>,
    window: Option<WireWindow>,
    limits: Vec<WireLimit>,
    verdict: DecisionVerdict,
    reason: DecisionReason,
    next_allowed_at: Option<String>,
    explanation: String,
}

#[derive(Serialize, Deserialize)]
struct WireClock {
    state: ClockState,
    basis: ClockBasis,
    now: String,
    wall: String,
}

#[derive(Serialize, Deserialize)]
struct WireWindow {
    id: String,
    ends_at: String,
    opens: bool,
    used_micro_usd: i64,
    fallbacks_last_hour: u64,
    hour_frees_at: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct WireLimit {
    name: String,
    before: i64,
    hold: i64,
    cap: i64,
    pass: bool,
}

impl From<&DecisionRecord> for Wire {
    fn from(record: &DecisionRecord) -> Self {
        let limit = |name: &str, limit: Option<Limit>| {
            limit.map(|limit| WireLimit {
                name: name.into(),
                before: limit.before,
                hold: limit.hold,
                cap: limit.cap,
                pass: limit.passes(),
            })
        };
        let ruling = &record.ruling;
        Self {
            version: VERSION,
            policy: record.policy.policy.clone(),
            policy_hash: record.policy.hash.clone(),
            confidence: record.ask.confidence,
            cost_micro_usd: record.ask.cost.map(Usd::micros),
            ledger: record.engine.into(),
            ledger_error: record.failure.as_deref().map(str::to_owned),
            clock: record.facts.as_ref().map(WireClock::from),
            window: record.facts.as_ref().map(WireWindow::from),
            limits: limit(DAILY, ruling.daily).into_iter().chain(limit(HOURLY, ruling.hourly)).collect(),
            verdict: ruling.reason.verdict(),
            reason: ruling.reason,
            next_allowed_at: ruling.next_allowed_at.map(window::to_text),
            explanation: record.explanation(),
        }
    }
}

impl From<&Facts> for WireClock {
    fn from(facts: &Facts) -> Self {
        Self {
            state: facts.clock,
            basis: facts.basis,
            now: window::to_text(facts.now),
            wall: window::to_text(facts.wall),
        }
    }
}

impl From<&Facts> for WireWindow {
    fn from(facts: &Facts) -> Self {
        Self {
            id: facts.window.to_string(),
            ends_at: window::to_text(facts.window_ends),
            opens: facts.window_opens,
            used_micro_usd: facts.used,
            fallbacks_last_hour: facts.fallbacks,
            hour_frees_at: facts.hour_frees_at.map(window::to_text),
        }
    }
}

impl Wire {
    fn replay(self) -> Result<DecisionRecord> {
        if self.version != VERSION {
            return Err(damaged(format!("it is of version {}, this library reads {VERSION}", self.version)));
        }
        if !(0.0..=1.0).contains(&self.confidence) {
            return Err(damaged("its confidence is not 0 to 1"));
        }
        self.policy.validate()?;
        let facts = self.facts()?;
        let policy = SealedPolicy::new(self.policy);
        if policy.hash != self.policy_hash {
            return Err(damaged("its policy is not the one that its hash names"));
        }
        let ask =
            Ask { confidence: self.confidence, cost: self.cost_micro_usd.map(Usd::from_micros).transpose()? };
        Ok(DecisionRecord {
            ruling: rule(&policy.policy, ask, facts.as_ref()),
            policy: Arc::new(policy),
            ask,
            engine: if self.ledger == super::memory::ENGINE { super::memory::ENGINE } else { "sqlite" },
            failure: self.ledger_error.map(Arc::from),
            facts,
        })
    }

    fn facts(&self) -> Result<Option<Facts>> {
        let (Some(clock), Some(window)) = (&self.clock, &self.window) else { return Ok(None) };
        Ok(Some(Facts {
            now: window::from_text(&clock.now)?,
            wall: window::from_text(&clock.wall)?,
            clock: clock.state,
            basis: clock.basis,
            window: window.id.parse::<Window>()?,
            window_ends: window::from_text(&window.ends_at)?,
            window_opens: window.opens,
            used: window.used_micro_usd,
            fallbacks: window.fallbacks_last_hour,
            hour_frees_at: window.hour_frees_at.as_deref().map(window::from_text).transpose()?,
        }))
    }
}

fn damaged(reason: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("this is no record of a decision: {reason}"))
}

/// As [`to_json`](DecisionRecord::to_json).
impl Serialize for DecisionRecord {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Wire::from(self).serialize(to)
    }
}

/// As [`from_json`](DecisionRecord::from_json).
impl<'de> Deserialize<'de> for DecisionRecord {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Wire::deserialize(from)?.replay().map_err(serde::de::Error::custom)
    }
}

impl FromStr for DecisionRecord {
    type Err = Error;

    fn from_str(json: &str) -> Result<Self> {
        Self::from_json(json)
    }
}
