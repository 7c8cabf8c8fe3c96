//! What a driver answered, why, and what it cost.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::failure::FailureKind;
use crate::budget::{DecisionReason, DecisionRecord, Usd};
use crate::dataset::Message;
use crate::error::Result;
use crate::interaction::AnswerSource;

/// Why it was who answered: the decision's own reason, or what kept a paid model that was allowed from answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HybridReason {
    /// As the budget decided: `granted` for a paid answer, anything else for a local one.
    Decided(DecisionReason),
    /// There is no paid model.
    NoExternal,
    /// The budget could not be asked, such as in a child after `fork`.
    NoDecision,
    /// The paid model was allowed and gave no answer.
    Failed(FailureKind),
}

impl HybridReason {
    /// Every value.
    pub fn all() -> impl Iterator<Item = Self> {
        let decided = DecisionReason::ALL.iter().copied().map(Self::Decided);
        let failed = FailureKind::ALL.iter().copied().map(Self::Failed);
        decided.chain([Self::NoExternal, Self::NoDecision]).chain(failed)
    }

    /// The stable name, in snake case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Decided(reason) => reason.name(),
            Self::NoExternal => "no_external",
            Self::NoDecision => "no_decision",
            Self::Failed(kind) => kind.name(),
        }
    }
}

impl fmt::Display for HybridReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The answer to a conversation.
///
/// As JSON, by `serde`, it has the same names; amounts are whole micro-dollars.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HybridAnswer {
    /// The text.
    pub text: String,
    /// Who gave it.
    pub source: AnswerSource,
    /// How sure the local model was of its own answer, 0 to 1; 0 where it had none.
    pub confidence: f64,
    /// The budget's decision; `None` if it could not be asked. After retries, that of the last call that was made.
    pub decision: Option<DecisionRecord>,
    /// What was taken from the day's money for this answer, by all calls.
    #[serde(rename = "cost_micro_usd")]
    pub cost_usd: Usd,
    /// Why.
    #[serde(serialize_with = "by_name", deserialize_with = "from_name")]
    pub reason: HybridReason,
    /// Why, in a sentence or two for people.
    pub explanation: String,
    /// The paid calls, in their order.
    pub attempts: Vec<Attempt>,
    /// What else people should know, such as a reply that was cut, or a recorder that failed.
    pub notes: Vec<String>,
}

/// One paid call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attempt {
    /// Who was asked.
    pub external: String,
    /// The grant that it was paid with.
    pub grant: String,
    /// What was set aside.
    #[serde(rename = "held_micro_usd")]
    pub held_usd: Usd,
    /// What was taken.
    #[serde(rename = "cost_micro_usd")]
    pub cost_usd: Usd,
    /// What went wrong; `None` for a call that gave the answer.
    pub failure: Option<FailureKind>,
    /// What went wrong, for people; empty for a call that gave the answer.
    pub message: String,
}

/// Where answers are kept.
pub trait Recorder: Send + Sync {
    /// Keeps an answer and the conversation that it ends. Called once for each answer, on the caller's thread.
    ///
    /// # Errors
    /// Anything that keeps it from that. The caller gets the answer all the same, with a note.
    fn record(&self, answer: &HybridAnswer, messages: &[Message]) -> Result<()>;
}

fn by_name<S: Serializer>(reason: &HybridReason, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(reason.name())
}

fn from_name<'de, D: Deserializer<'de>>(from: D) -> Result<HybridReason, D::Error> {
    let name = String::deserialize(from)?;
    let found = HybridReason::all().find(|reason| reason.name() == name);
    found.ok_or_else(|| serde::de::Error::custom(format!("{name:?} is no reason of an answer")))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_read_back() {
        let names: HashSet<_> = HybridReason::all().map(HybridReason::name).collect();
        assert_eq!(names.len(), HybridReason::all().count());
        for reason in HybridReason::all() {
            let json = serde_json::to_string(&Kept { reason }).unwrap();
            assert_eq!(serde_json::from_str::<Kept>(&json).unwrap().reason, reason);
        }
        assert!(serde_json::from_str::<Kept>(r#"{"reason": "because"}"#).is_err());
    }

    #[derive(Serialize, Deserialize)]
    struct Kept {
        #[serde(serialize_with = "by_name", deserialize_with = "from_name")]
        reason: HybridReason,
    }
}
