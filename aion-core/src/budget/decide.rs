//! The rule: what is known of a request and of the books in, a ruling out. It reads no clock and no ledger,
//! so that the same facts give the same ruling for ever.

use super::clock::{ClockBasis, ClockState};
use super::names::named;
use super::policy::BudgetPolicy;
use super::usd::Usd;
use super::window::{Millis, Window};

named! {
    /// Who answers.
    pub enum DecisionVerdict {
        /// The local model; nothing may be paid.
        Local = "local",
        /// The paid model, with the grant of the decision.
        Fallback = "fallback",
    }
}

named! {
    /// Why: the first rule that decided.
    #[non_exhaustive]
    pub enum DecisionReason {
        /// The money is set aside.
        Granted = "granted",
        /// The local answer is good enough.
        Confident = "confident",
        /// The policy pays for nothing.
        Disabled = "disabled",
        /// The day's money does not reach.
        DailyCap = "daily_cap",
        /// The hour has had its paid calls.
        HourlyCap = "hourly_cap",
        /// Nobody knows what the call would cost at most.
        UnknownPrice = "unknown_price",
        /// The ledger can not be read or written, so nothing could be set aside.
        LedgerUnavailable = "ledger_unavailable",
        /// The wall clock jumped ahead, and a new day may not open on its word.
        ClockSuspect = "clock_suspect",
    }
}

impl DecisionReason {
    /// Only what was granted may be paid.
    pub const fn verdict(self) -> DecisionVerdict {
        match self {
            Self::Granted => DecisionVerdict::Fallback,
            _ => DecisionVerdict::Local,
        }
    }
}

/// What the host asks: how sure the local answer is, and what the paid one costs at most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ask {
    pub(crate) confidence: f64,
    pub(crate) cost: Option<Usd>,
}

/// What the books say at the moment of the decision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Facts {
    pub(crate) now: Millis,
    pub(crate) wall: Millis,
    pub(crate) clock: ClockState,
    pub(crate) basis: ClockBasis,
    pub(crate) window: Window,
    /// When the next window begins.
    pub(crate) window_ends: Millis,
    /// Whether the window may be used: it is open already, or the clock may open it.
    pub(crate) window_opens: bool,
    /// Captured, dispatched and held in the window, in micro-dollars; an overrun may take it past the cap.
    pub(crate) used: i64,
    /// Grants of the last hour that were not released.
    pub(crate) fallbacks: u64,
    /// When enough of them are an hour old for one more.
    pub(crate) hour_frees_at: Option<Millis>,
}

/// One limit as the rule saw it: `before + hold <= cap`, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) before: i64,
    pub(crate) hold: i64,
    pub(crate) cap: i64,
}

impl Limit {
    pub(crate) fn passes(&self) -> bool {
        self.before.saturating_add(self.hold) <= self.cap
    }
}

/// What the rule says, and what it looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ruling {
    pub(crate) reason: DecisionReason,
    pub(crate) daily: Option<Limit>,
    pub(crate) hourly: Option<Limit>,
    /// When the same request may be granted, if time alone can bring that about.
    pub(crate) next_allowed_at: Option<Millis>,
}

impl Ruling {
    fn without_books(reason: DecisionReason) -> Self {
        Self { reason, daily: None, hourly: None, next_allowed_at: None }
    }
}

/// What can be said without the books; `None` when they must be looked at.
pub(crate) fn rule_without_books(policy: &BudgetPolicy, ask: Ask) -> Option<Ruling> {
    let reason = if ask.confidence >= policy.confidence_threshold {
        DecisionReason::Confident
    } else if !policy.enabled {
        DecisionReason::Disabled
    } else if policy.daily_usd == Usd::ZERO {
        DecisionReason::DailyCap
    } else if ask.cost.is_none() {
        DecisionReason::UnknownPrice
    } else {
        return None;
    };
    Some(Ruling::without_books(reason))
}

/// The ruling on `ask`; without facts the ledger was unavailable.
pub(crate) fn rule(policy: &BudgetPolicy, ask: Ask, facts: Option<&Facts>) -> Ruling {
    if let Some(ruling) = rule_without_books(policy, ask) {
        return ruling;
    }
    let (Some(facts), Some(cost)) = (facts, ask.cost) else {
        return Ruling::without_books(DecisionReason::LedgerUnavailable);
    };
    if !facts.window_opens {
        return Ruling::without_books(DecisionReason::ClockSuspect);
    }
    let daily = Limit { before: facts.used, hold: cost.micros(), cap: policy.daily_usd.micros() };
    let hourly = policy.max_fallbacks_per_hour.map(|cap| Limit {
        before: i64::try_from(facts.fallbacks).unwrap_or(i64::MAX),
        hold: 1,
        cap: i64::from(cap),
    });
    let (reason, next_allowed_at) = if !daily.passes() {
        // What is more than a whole day may cost never fits.
        (DecisionReason::DailyCap, (daily.hold <= daily.cap).then_some(facts.window_ends))
    } else if hourly.is_some_and(|limit| !limit.passes()) {
        (DecisionReason::HourlyCap, facts.hour_frees_at)
    } else {
        (DecisionReason::Granted, None)
    };
    Ruling { reason, daily: Some(daily), hourly, next_allowed_at }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn facts(used: i64, fallbacks: u64, window_opens: bool) -> Facts {
        Facts {
            now: 0,
            wall: 0,
            clock: ClockState::Steady,
            basis: ClockBasis::FirstUse,
            window: "2026-11-22".parse().unwrap(),
            window_ends: 1_000,
            window_opens,
            used,
            fallbacks,
            hour_frees_at: Some(500),
        }
    }

    #[test]
    fn each_rule_has_its_reason() {
        use DecisionReason as R;
        let policy = BudgetPolicy { max_fallbacks_per_hour: Some(2), ..BudgetPolicy::default() };
        let off = BudgetPolicy { enabled: false, ..policy.clone() };
        let never = BudgetPolicy { daily_usd: Usd::ZERO, ..policy.clone() };
        let cent = Some(Usd::at_least("0.01").unwrap());
        let doubtful = Ask { confidence: 0.61, cost: cent };
        let ready = facts(0, 0, true);
        for (policy, ask, facts, reason, next) in [
            (&policy, doubtful, Some(ready), R::Granted, None),
            (&policy, Ask { confidence: 0.62, cost: None }, None, R::Confident, None),
            (&off, doubtful, Some(ready), R::Disabled, None),
            (&never, Ask { cost: Some(Usd::ZERO), ..doubtful }, Some(ready), R::DailyCap, None),
            (&policy, Ask { cost: None, ..doubtful }, Some(ready), R::UnknownPrice, None),
            (&policy, doubtful, None, R::LedgerUnavailable, None),
            (&policy, doubtful, Some(facts(0, 0, false)), R::ClockSuspect, None),
            (&policy, doubtful, Some(facts(1_490_000, 1, true)), R::Granted, None),
            (&policy, doubtful, Some(facts(1_490_001, 1, true)), R::DailyCap, Some(1_000)),
            (&policy, Ask { cost: Some(Usd::MAX), ..doubtful }, Some(ready), R::DailyCap, None),
            (&policy, doubtful, Some(facts(0, 2, true)), R::HourlyCap, Some(500)),
        ] {
            let ruling = rule(policy, ask, facts.as_ref());
            assert_eq!((ruling.reason, ruling.next_allowed_at), (reason, next));
            assert_eq!(reason.verdict() == DecisionVerdict::Fallback, reason == R::Granted);
        }
    }

    proptest! {
        #[test]
        fn what_is_granted_is_within_every_limit(
            confidence in 0.0..=1.0_f64, cost in prop::option::of(0..3_000_000_i64), used in 0..3_000_000_i64,
            fallbacks in 0..30_u64, opens: bool, known: bool, enabled: bool,
        ) {
            let policy = BudgetPolicy { enabled, ..BudgetPolicy::default() };
            let ask = Ask { confidence, cost: cost.map(|micros| Usd::from_micros(micros).unwrap()) };
            let facts = facts(used, fallbacks, opens);
            let ruling = rule(&policy, ask, known.then_some(&facts));
            let is_allowed = confidence < 0.62 && enabled && known && opens && fallbacks < 15
                && cost.is_some_and(|cost| used + cost <= 1_500_000);
            prop_assert_eq!(ruling.reason == DecisionReason::Granted, is_allowed);
        }
    }
}
