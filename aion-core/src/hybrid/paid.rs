//! The paid side of one answer: what was decided, tried and spent.

use super::answer::{Attempt, HybridAnswer, HybridReason};
use super::attempt::Attempted;
use super::external::Reply;
use super::failure::Failure;
use crate::budget::{Budget, DecisionRecord, DecisionRequest, Grant, Usd};
use crate::interaction::AnswerSource;

/// What came of the paid side.
pub(super) struct Paid {
    pub(super) text: Option<String>,
    pub(super) decision: Option<DecisionRecord>,
    pub(super) reason: HybridReason,
    pub(super) explanation: String,
    pub(super) attempts: Vec<Attempt>,
    pub(super) notes: Vec<String>,
}

impl Default for Paid {
    fn default() -> Self {
        let (attempts, notes) = (Vec::new(), Vec::new());
        let (reason, explanation) = (HybridReason::NoDecision, String::new());
        Self { text: None, decision: None, reason, explanation, attempts, notes }
    }
}

impl Paid {
    /// The money for the next call, if it may be made. A refusal is the reason of the answer, unless a call was made
    /// before: then that is.
    pub(super) fn decide(&mut self, budget: &Budget, request: &DecisionRequest) -> Option<Grant> {
        let is_first = self.attempts.is_empty();
        match budget.decide(request) {
            Ok(decision) if is_first || decision.grant().is_some() => {
                (self.reason, self.explanation) =
                    (HybridReason::Decided(decision.reason()), decision.explanation());
                self.decision = Some(decision.record().clone());
                decision.into_grant()
            }
            Ok(decision) => {
                self.notes.push(format!("the paid model was not asked again: {}", decision.explanation()));
                None
            }
            Err(error) if is_first => {
                self.explanation =
                    format!("The local answer is given: the budget could not be asked: {error}");
                None
            }
            Err(error) => {
                self.notes.push(format!("the paid model was not asked again: {error}"));
                None
            }
        }
    }

    /// Takes in what came of a call; why there is no answer, if there is none.
    pub(super) fn take(&mut self, attempted: Attempted) -> Option<Failure> {
        self.attempts.push(attempted.attempt);
        self.notes.extend(attempted.note);
        match attempted.outcome {
            Ok(Reply { text, is_cut, .. }) => {
                if is_cut {
                    self.notes.push("the reply was cut at the most tokens that it may have".into());
                }
                self.text = Some(text);
                None
            }
            Err(failure) => {
                self.reason = HybridReason::Failed(failure.kind);
                self.explanation = format!(
                    "The paid model was allowed and gave no answer, so the local one is given: {failure}"
                );
                Some(failure)
            }
        }
    }

    pub(super) fn into_answer(self, text: String, source: AnswerSource, confidence: f64) -> HybridAnswer {
        let costs = self.attempts.iter().map(|attempt| attempt.cost_usd.micros());
        let cost = costs.fold(0_i64, i64::saturating_add).min(Usd::MAX.micros());
        HybridAnswer {
            text,
            source,
            confidence,
            decision: self.decision,
            cost_usd: Usd::from_micros(cost).unwrap_or(Usd::MAX),
            reason: self.reason,
            explanation: self.explanation,
            attempts: self.attempts,
            notes: self.notes,
        }
    }
}
