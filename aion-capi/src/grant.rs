//! Money that is set aside for one paid call.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use aion_core::{Grant, GrantState, Usd};

use crate::budget::{self, AionBudget};
use crate::error::AionError;
use crate::handle::{required, vacant};
use crate::panic::{guard, guard_drop, guard_or};
use crate::status::AionStatus;
use crate::text::{self, AionText};

/// The money is set aside; the call has not begun.
pub const AION_GRANT_HELD: u32 = 1;
/// The bytes of the call may have left.
pub const AION_GRANT_DISPATCHED: u32 = 2;
/// What the call cost is captured.
pub const AION_GRANT_SETTLED: u32 = 3;
/// The call was not made.
pub const AION_GRANT_RELEASED: u32 = 4;

/// Money that is set aside for one paid call: aion_grant_dispatched before its bytes leave and aion_grant_settle with
/// what it cost, or aion_grant_release when no call is made. Threads may share it. Freed by aion_grant_free, which
/// ends a grant that has not ended.
pub struct AionGrant {
    grant: Grant,
    id: AionText,
}

impl From<Grant> for AionGrant {
    fn from(grant: Grant) -> Self {
        Self { id: grant.id().to_string().into(), grant }
    }
}

/// Another handle of the grant with this name, such as one that another process or an earlier run made. Freeing it
/// does not end the grant.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for a grant of another ledger, AION_ERROR_INVALID_STATE for one that is
/// not known any more, and AION_ERROR_UNAVAILABLE.
///
/// # Safety
/// `id` must point to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_budget_grant(
    budget: Option<&AionBudget>,
    id: *const c_char,
    length: usize,
    out: Option<&mut MaybeUninit<Option<Box<AionGrant>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        // SAFETY: the caller vouches for the bytes.
        let id = unsafe { text::input(id, length, "id") }?;
        *out = Some(Box::new(budget::core(budget)?.grant(id.parse()?)?.into()));
        Ok(())
    })
}

/// The grant's name, unique in the world. Borrowed from the grant. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_grant_id(
    grant: Option<&AionGrant>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&grant?.id))
}

/// The most that the call may cost, which is set aside, in micro-US-dollars.
#[unsafe(no_mangle)]
pub extern "C" fn aion_grant_held(grant: Option<&AionGrant>) -> i64 {
    guard_or(0, || Some(grant?.grant.held().micros()))
}

/// Where the grant is on its way, as the ledger has it: one of AION_GRANT_*.
///
/// Fails with AION_ERROR_UNAVAILABLE for the ledger, and AION_ERROR_INVALID_STATE when it has forgotten the grant,
/// which books in memory do when one ends; `*state` is 0 then.
#[unsafe(no_mangle)]
pub extern "C" fn aion_grant_state(
    grant: Option<&AionGrant>,
    state: Option<&mut MaybeUninit<u32>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let state = required(state, "state")?.write(0);
        *state = match required(grant, "grant")?.grant.state()? {
            GrantState::Held => AION_GRANT_HELD,
            GrantState::Dispatched => AION_GRANT_DISPATCHED,
            GrantState::Settled => AION_GRANT_SETTLED,
            GrantState::Released => AION_GRANT_RELEASED,
        };
        Ok(())
    })
}

/// Writes down that the call leaves now. Only after this has returned AION_OK may its bytes leave.
///
/// Fails with AION_ERROR_INVALID_STATE unless the grant is held, AION_ERROR_UNAVAILABLE and AION_ERROR_FORKED; after
/// any of them, make no call.
#[unsafe(no_mangle)]
pub extern "C" fn aion_grant_dispatched(
    grant: Option<&AionGrant>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || required(grant, "grant")?.grant.dispatched())
}

/// Captures what the call cost and gives the rest back. More than was held is captured too: `captured_micro_usd` is
/// what was taken, `overrun_micro_usd` the part of it above the hold. Both may be NULL. Of a call whose cost nobody
/// can tell, aion_grant_end captures the hold in full.
///
/// Fails with AION_ERROR_INVALID_STATE unless the grant is dispatched, AION_ERROR_INVALID_ARGUMENT for a cost below
/// zero, and AION_ERROR_UNAVAILABLE: try again, or free the grant, which captures the hold in full.
#[unsafe(no_mangle)]
pub extern "C" fn aion_grant_settle(
    grant: Option<&AionGrant>,
    actual_micro_usd: i64,
    captured_micro_usd: Option<&mut MaybeUninit<i64>>,
    overrun_micro_usd: Option<&mut MaybeUninit<i64>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let captured = captured_micro_usd.map(|captured| captured.write(0));
        let overrun = overrun_micro_usd.map(|overrun| overrun.write(0));
        let settlement = required(grant, "grant")?.grant.settle(Usd::from_micros(actual_micro_usd)?)?;
        if let Some(captured) = captured {
            *captured = settlement.captured.micros();
        }
        if let Some(overrun) = overrun {
            *overrun = settlement.overrun.micros();
        }
        Ok(())
    })
}

/// Gives all of it back: no call was made and none will be.
///
/// Fails with AION_ERROR_INVALID_STATE unless the grant is held, and AION_ERROR_UNAVAILABLE.
#[unsafe(no_mangle)]
pub extern "C" fn aion_grant_release(
    grant: Option<&AionGrant>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || required(grant, "grant")?.grant.release())
}

/// Does now, and tells whether it worked, what freeing the decision's grant would do: releases a grant that is held,
/// captures in full one that was dispatched, and leaves alone one that has ended.
///
/// Fails with AION_ERROR_UNAVAILABLE and AION_ERROR_FORKED.
#[unsafe(no_mangle)]
pub extern "C" fn aion_grant_end(
    grant: Option<&AionGrant>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || required(grant, "grant")?.grant.end())
}

/// Frees a grant. NULL is a no-op. If the decision made it and it has not ended, it is ended as aion_grant_end does;
/// while the ledger can not be used, that is done before the next decision. In a child of the process that made it,
/// the grant stays the parent's.
#[unsafe(no_mangle)]
pub extern "C" fn aion_grant_free(grant: Option<Box<AionGrant>>) {
    guard_drop(grant);
}
