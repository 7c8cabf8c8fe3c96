//! Who answers, and why.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use aion_core::{Decision, DecisionRequest, DecisionVerdict, Usd, replay_decision};

use crate::budget::{self, AionBudget};
use crate::error::AionError;
use crate::grant::AionGrant;
use crate::handle::vacant;
use crate::panic::{guard, guard_drop, guard_or};
use crate::status::AionStatus;
use crate::text::{self, AionText};
use crate::usd::AION_COST_UNKNOWN;

/// Who answers, why, and the money if it is paid. But for its grant it never changes, so threads may share it. Freed
/// by aion_decision_free.
pub struct AionDecision {
    is_fallback: bool,
    reason: AionText,
    explanation: AionText,
    record: AionText,
    grant: Option<Box<AionGrant>>,
}

impl From<Decision> for AionDecision {
    fn from(decision: Decision) -> Self {
        Self {
            is_fallback: decision.verdict() == DecisionVerdict::Fallback,
            reason: decision.reason().name().into(),
            explanation: decision.explanation().into(),
            record: decision.record().to_json().into(),
            grant: decision.into_grant().map(|grant| Box::new(grant.into())),
        }
    }
}

/// Decides who answers, and sets the money aside if it is the paid model. `confidence` says how sure the local answer
/// is, 0 to 1; `cost_micro_usd` is the most that the paid call can cost, or AION_COST_UNKNOWN. It may wait for a disk
/// and for others, up to the patience of the policy. A ledger that can not be used is no failure: then the local
/// model answers, and the reason is "ledger_unavailable".
///
/// `key` is an idempotency key, empty for none: asked again within a week, also after a crash, the same key with the
/// same request gives the same decision. Its grant is then the one that was made before, in whatever state it is, and
/// freeing that handle does not end it.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for a confidence that is not 0 to 1 and for any other cost below zero,
/// AION_ERROR_CONFLICT for a key that was used for another request, and AION_ERROR_FORKED.
///
/// # Safety
/// `key` must point to `key_length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_budget_decide(
    budget: Option<&AionBudget>,
    confidence: f64,
    cost_micro_usd: i64,
    key: *const c_char,
    key_length: usize,
    out: Option<&mut MaybeUninit<Option<Box<AionDecision>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        let cost = match cost_micro_usd {
            AION_COST_UNKNOWN => None,
            known => Some(Usd::from_micros(known)?),
        };
        let mut request = DecisionRequest::new(confidence, cost);
        // SAFETY: the caller vouches for the bytes.
        match unsafe { text::input(key, key_length, "key") }? {
            "" => {}
            key => request = request.with_key(key),
        }
        *out = Some(Box::new(budget::core(budget)?.decide(&request)?.into()));
        Ok(())
    })
}

/// Makes a decision again from its record: the same facts give the same verdict and reason. It has no grant.
///
/// Fails with AION_ERROR_INVALID_INPUT for what is no record, or one whose policy was changed.
///
/// # Safety
/// `json` must point to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_replay_decision(
    json: *const c_char,
    length: usize,
    out: Option<&mut MaybeUninit<Option<Box<AionDecision>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        // SAFETY: the caller vouches for the bytes.
        let json = unsafe { text::input(json, length, "json") }?;
        *out = Some(Box::new(replay_decision(json)?.into()));
        Ok(())
    })
}

/// Whether the paid model answers. Otherwise, and for NULL, nothing may be paid.
#[unsafe(no_mangle)]
pub extern "C" fn aion_decision_is_fallback(decision: Option<&AionDecision>) -> bool {
    guard_or(false, || Some(decision?.is_fallback))
}

/// Why: "granted", "confident", "disabled", "daily_cap", "hourly_cap", "unknown_price", "ledger_unavailable" or
/// "clock_suspect"; later versions may add reasons. Borrowed from the decision. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_decision_reason(
    decision: Option<&AionDecision>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&decision?.reason))
}

/// Why, in a sentence or two for people. Borrowed from the decision. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_decision_explanation(
    decision: Option<&AionDecision>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&decision?.explanation))
}

/// Everything that the decision rests on, as a JSON object: numbers and the policy; no prompt, no key, no secret.
/// aion_replay_decision makes it again from that. Borrowed from the decision. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_decision_record_json(
    decision: Option<&AionDecision>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&decision?.record))
}

/// Takes the money for the paid call out of the decision: from now on the caller frees it. NULL when the local model
/// answers, and when it was taken before.
#[unsafe(no_mangle)]
pub extern "C" fn aion_decision_take_grant(decision: Option<&mut AionDecision>) -> Option<Box<AionGrant>> {
    guard_or(None, || Some(decision?.grant.take()))
}

/// Frees a decision, and a grant that was not taken as aion_grant_free would. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_decision_free(decision: Option<Box<AionDecision>>) {
    guard_drop(decision);
}
