//! The store as the place where answers are kept.

use super::answer::{HybridAnswer, Recorder};
use crate::dataset::{Interaction, Message, Role};
use crate::error::{Error, ErrorKind, Result};
use crate::knowledge::{Answered, Knowledge};

/// Each answer becomes an interaction, to be rated and trained on.
impl Recorder for Knowledge {
    fn record(&self, answer: &HybridAnswer, messages: &[Message]) -> Result<()> {
        let mut messages = messages.to_vec();
        messages.push(Message::new(Role::Assistant, &answer.text));
        let decision = answer.decision.as_ref().map(serde_json::to_value).transpose().map_err(|error| {
            Error::new(ErrorKind::Internal, "the record of a decision is no JSON").with_source(error)
        })?;
        let answered = Answered {
            interaction: Interaction { messages, ..Interaction::default() },
            source: answer.source,
            confidence: Some(answer.confidence),
            cost: answer.cost_usd,
            decision,
        };
        Self::record(self, &answered).map(drop)
    }
}
