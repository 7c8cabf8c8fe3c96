//! A decision in a sentence or two, for people.

use super::clock::ClockBasis;
use super::decide::DecisionReason;
use super::record::DecisionRecord;
use super::usd::Usd;
use super::window;

impl DecisionRecord {
    /// The decision in a sentence or two.
    pub fn explanation(&self) -> String {
        let sentence = match self.ruling.reason {
            DecisionReason::Granted => self.granted(),
            DecisionReason::Confident => self.confident(),
            DecisionReason::Disabled => "Paid calls are turned off.".into(),
            DecisionReason::DailyCap => self.daily_cap(),
            DecisionReason::HourlyCap => self.hourly_cap(),
            DecisionReason::UnknownPrice => {
                "The most that the call can cost is not known, so nothing can be set aside for it.".into()
            }
            DecisionReason::LedgerUnavailable => self.ledger_unavailable(),
            DecisionReason::ClockSuspect => self.clock_suspect(),
        };
        match self.ruling.next_allowed_at {
            Some(time) => format!("{sentence} It may be granted from {}.", window::to_text(time)),
            None => sentence,
        }
    }

    fn granted(&self) -> String {
        let (confidence, threshold) = (self.ask.confidence, self.policy.policy.confidence_threshold);
        let (hold, used, daily, day) = (self.hold(), self.used(), self.policy.policy.daily_usd, self.day());
        let hour = match self.ruling.hourly {
            Some(limit) => format!("call {} of {} in this hour", limit.before + 1, limit.cap),
            None => "no limit an hour".into(),
        };
        let basis = match self.facts.map(|facts| facts.basis) {
            Some(ClockBasis::TrustWall) => "; the wall clock is trusted since the machine was started again",
            Some(ClockBasis::Strict) => "; the time goes on from before the machine was started again",
            _ => "",
        };
        format!(
            "Confidence {confidence} is below {threshold}; ${hold} fit beside ${used} of ${daily} on {day}; \
             {hour}{basis}."
        )
    }

    fn confident(&self) -> String {
        let (confidence, threshold) = (self.ask.confidence, self.policy.policy.confidence_threshold);
        format!("The local answer is good enough: its confidence {confidence} is not below {threshold}.")
    }

    fn daily_cap(&self) -> String {
        let (hold, used, daily, day) = (self.hold(), self.used(), self.policy.policy.daily_usd, self.day());
        if daily == Usd::ZERO {
            return "The day's limit is $0: nothing is ever paid.".into();
        }
        format!("${used} of ${daily} are used or set aside on {day}; ${hold} more would be too much.")
    }

    fn hourly_cap(&self) -> String {
        let calls = self.ruling.hourly.map_or(0, |limit| limit.before);
        let allowed = self.policy.policy.max_fallbacks_per_hour.unwrap_or_default();
        format!("The last hour had {calls} paid calls, and {allowed} are allowed.")
    }

    fn ledger_unavailable(&self) -> String {
        let failure = self.failure.as_deref().unwrap_or("no reason is known");
        format!("The ledger is unavailable, so nothing can be set aside: {failure}.")
    }

    fn clock_suspect(&self) -> String {
        let day = self.day();
        format!(
            "The wall clock is ahead of the time that has passed, and no new day opens on its word after {day}; set \
             it right or confirm it."
        )
    }

    fn hold(&self) -> Usd {
        self.ask.cost.unwrap_or_default()
    }

    fn used(&self) -> Usd {
        let before = self.ruling.daily.map_or(0, |limit| limit.before);
        Usd::from_micros(before).unwrap_or(Usd::MAX)
    }

    fn day(&self) -> String {
        let zone = &self.policy.policy.timezone;
        self.facts.map(|facts| format!("{} ({zone})", facts.window)).unwrap_or_default()
    }
}
