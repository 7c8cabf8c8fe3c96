//! In place of the journal's kernel on processors that it is not written for.

use crate::ema::rows::Rows;

/// How far [`overwrite`] came.
pub(super) struct Noted {
    pub(super) rows: usize,
    pub(super) groups: usize,
    pub(super) is_sound: bool,
}

pub(super) fn is_available() -> bool {
    false
}

/// Overwrites nothing.
///
/// # Safety
/// There is nothing to keep; the other kernel has such a signature to its callers.
pub(super) unsafe fn overwrite(_: &mut Rows<'_>, _: &mut [u8]) -> Noted {
    Noted { rows: 0, groups: 0, is_sound: true }
}

/// Has nothing to take back.
///
/// # Safety
/// As [`overwrite`].
pub(super) unsafe fn take_back(_: &mut Rows<'_>, _: &[u8], _: usize) {}
