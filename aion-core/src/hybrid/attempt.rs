//! One paid call with its grant, from departure to bill.

use std::sync::Arc;

use super::answer::Attempt;
use super::external::{Call, Departure, External, Reply, bill};
use super::failure::{Failure, FailureKind};
use crate::budget::{Grant, Price, Usd};
use crate::control::Control;
use crate::dataset::Message;
use crate::error::{Result, catch_panic};
use crate::generate::OnText;

/// What is asked of a paid model.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) external: &'a dyn External,
    pub(super) price: Price,
    pub(super) messages: &'a [Message],
    /// An upper bound of the tokens of `messages`.
    pub(super) input_tokens: u64,
    pub(super) max_tokens: u32,
    pub(super) control: &'a Control,
}

/// What came of one call. The money is settled.
pub(super) struct Attempted {
    pub(super) outcome: Result<Reply, Failure>,
    pub(super) attempt: Attempt,
    /// Whether the caller got a piece of it.
    pub(super) has_given: bool,
    /// What went wrong with the ledger.
    pub(super) note: Option<String>,
}

/// Asks once, with the money of `grant`, and settles it.
pub(super) fn attempt<'a>(
    question: &Question<'a>,
    grant: Grant,
    on_text: Option<&'a mut OnText<'a>>,
) -> Attempted {
    let held = grant.held();
    let grant = Arc::new(grant);
    let departure = Departure::of(Arc::clone(&grant));
    let (outcome, has_given) = ask(question, &departure, on_text);
    let billing = match &outcome {
        Ok(reply) => reply.billing,
        Err(failure) => failure.billing,
    };
    let must_pay = outcome.is_ok();
    let cost = bill(billing, question.price, question.input_tokens, held);
    let settled = settle(&grant, &departure, must_pay, cost);
    let note = settled.as_ref().err().map(|error| {
        format!("the ledger could not take the bill down, so all that was set aside counts as spent: {error}")
    });
    let attempt = Attempt {
        external: question.external.name().to_owned(),
        grant: grant.id().to_string(),
        held_usd: held,
        cost_usd: settled.unwrap_or(held),
        failure: outcome.as_ref().err().map(|failure| failure.kind),
        message: outcome.as_ref().err().map(|failure| failure.message.clone()).unwrap_or_default(),
    };
    Attempted { outcome, attempt, has_given, note }
}

fn ask<'a>(
    question: &Question<'a>,
    departure: &Departure,
    on_text: Option<&'a mut OnText<'a>>,
) -> (Result<Reply, Failure>, bool) {
    let mut call =
        Call::new(question.messages, question.max_tokens, question.control, departure.clone(), on_text);
    let outcome = match question.control.check() {
        Err(stop) => Err(Failure::new(FailureKind::Stopped, stop.to_string())),
        // A client of the host's own may have bugs of its own.
        Ok(()) => catch_panic(|| Ok(question.external.complete(&mut call))).unwrap_or_else(|_| {
            Err(Failure::new(FailureKind::Failed, "the client of the paid model broke down with a panic"))
        }),
    };
    let is_empty = |reply: &Reply| reply.text.trim().is_empty() && !call.has_given();
    let outcome = match outcome {
        Ok(reply) if is_empty(&reply) => {
            let failure = Failure::new(FailureKind::InvalidReply, "the reply has no text");
            Err(failure.with_billing(reply.billing))
        }
        outcome => outcome,
    };
    (outcome, call.has_given())
}

/// Ends the grant and tells what was taken. A call that never left costs nothing, unless it answered.
fn settle(grant: &Grant, departure: &Departure, must_pay: bool, cost: Option<Usd>) -> Result<Usd> {
    if !departure.has_left() {
        if !must_pay {
            // Whoever is about to let it leave after all is refused by the ledger; if it has just left, the release is.
            return grant.release().map(|()| Usd::ZERO).or_else(|_| end(grant));
        }
        grant.dispatched()?;
    }
    match cost {
        Some(cost) => grant.settle(cost).map(|settlement| settlement.captured),
        None => end(grant),
    }
}

/// As if the handle were dropped: what was not dispatched is released, what was is captured in full.
fn end(grant: &Grant) -> Result<Usd> {
    grant.end().map(|()| grant.held())
}
