//! One spelling for addresses that name the same page.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use aion_core::canonical_url;

use crate::error::AionError;
use crate::handle::vacant;
use crate::panic::guard;
use crate::status::AionStatus;
use crate::text::{self, AionText};

/// The canonical spelling of `url`, which may be relative to `base`; an empty base is none. Two addresses of one page
/// that differ in their fragment, default port, dot segments, escapes, tracking and session parameters or the order
/// of their parameters have the same.
///
/// Fails with AION_ERROR_INVALID_INPUT for what is no URL, or relative without a base, and AION_ERROR_LIMIT_EXCEEDED
/// for more than 8 KiB.
///
/// # Safety
/// `url` and `base` must point to as many bytes as their lengths say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_canonical_url(
    url: *const c_char,
    url_length: usize,
    base: *const c_char,
    base_length: usize,
    out: Option<&mut MaybeUninit<Option<Box<AionText>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        // SAFETY: the caller vouches for the bytes.
        let url = unsafe { text::input(url, url_length, "url") }?;
        // SAFETY: the caller vouches for the bytes.
        let base = unsafe { text::input(base, base_length, "base") }?;
        *out = Some(Box::new(canonical_url(url, (!base.is_empty()).then_some(base))?.into()));
        Ok(())
    })
}
