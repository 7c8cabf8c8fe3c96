//! The error object that a failed call gives away.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use aion_core::{Error, Result};

use crate::panic::{guard_drop, guard_or};
use crate::status::{AION_OK, AionStatus};
use crate::text::{self, AionText};

/// What went wrong, with which input, and what to do about it. An error never changes, so threads may share
/// it. Freed by aion_error_free.
pub struct AionError {
    status: AionStatus,
    is_retryable: bool,
    kind: AionText,
    message: AionText,
}

impl From<Error> for AionError {
    fn from(error: Error) -> Self {
        let kind = error.kind();
        Self {
            status: kind.code(),
            is_retryable: kind.is_retryable(),
            kind: kind.name().into(),
            message: error.to_string().into(),
        }
    }
}

/// The status of `outcome`; its error goes to the caller if the caller wants it.
pub(crate) fn answer(
    outcome: Result<()>,
    out: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    let error = outcome.err();
    let status = error.as_ref().map_or(AION_OK, |error| error.kind().code());
    if let Some(out) = out {
        out.write(error.map(|error| Box::new(error.into())));
    }
    status
}

/// The status that the failed call returned; AION_OK for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_error_status(error: Option<&AionError>) -> AionStatus {
    guard_or(AION_OK, || Some(error?.status))
}

/// The stable name of the kind of the error, such as "not_found". Borrowed from the error. `length` may be
/// NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_error_kind(
    error: Option<&AionError>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&error?.kind))
}

/// The message, for people: its words may change between releases. Borrowed from the error. `length` may be
/// NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_error_message(
    error: Option<&AionError>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&error?.message))
}

/// Whether the same call may succeed later without a change to its input.
#[unsafe(no_mangle)]
pub extern "C" fn aion_error_is_retryable(error: Option<&AionError>) -> bool {
    guard_or(false, || Some(error?.is_retryable))
}

/// Frees an error. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_error_free(error: Option<Box<AionError>>) {
    guard_drop(error);
}
