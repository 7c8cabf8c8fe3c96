//! The border: no panic leaves a function that C calls.

use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};

use aion_core::{Result, catch_panic};

use crate::error::{self, AionError};
use crate::status::AionStatus;

/// Runs the body of a function that answers with a status, and hands its error to the caller.
///
/// Unwind safety is asserted: after a panic the caller has only handles whose own locks do not poison, and
/// outputs that were emptied before the work began.
pub(crate) fn guard(
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
    body: impl FnOnce() -> Result<()>,
) -> AionStatus {
    error::answer(catch_panic(body), error)
}

/// Runs the body of a function that has no status; `None` and a panic give `neutral`.
pub(crate) fn guard_or<T>(neutral: T, body: impl FnOnce() -> Option<T>) -> T {
    catch_unwind(AssertUnwindSafe(body)).ok().flatten().unwrap_or(neutral)
}

/// Drops a handle that comes back.
pub(crate) fn guard_drop<T>(handle: Option<Box<T>>) {
    guard_or((), || {
        drop(handle);
        Some(())
    });
}

/// Panics on purpose, so that the tests can see the border hold in a release build. Not in the header.
///
/// cbindgen:ignore
#[unsafe(no_mangle)]
#[expect(clippy::panic, reason = "a panic is what this hook is for")]
pub extern "C" fn aion_test_panic(error: Option<&mut MaybeUninit<Option<Box<AionError>>>>) -> AionStatus {
    guard(error, || panic!("a panic that a test asked for"))
}
