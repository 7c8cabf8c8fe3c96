//! A version that is held while it is read.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use aion_core::adapter::PinnedVersion;

use crate::adapter_version::AionAdapterVersion;
use crate::adapters::{self, AionAdapters};
use crate::control::{self, AionControl};
use crate::error::AionError;
use crate::handle::{required, vacant};
use crate::panic::{guard, guard_drop, guard_or};
use crate::status::AionStatus;
use crate::text;

/// A version that is held: its directory stays on the disk and does not change, whatever is promoted meanwhile. Threads
/// may share it. Freed by aion_adapter_pin_free, which lets go.
pub struct AionAdapterPin {
    pinned: PinnedVersion,
    version: AionAdapterVersion,
}

impl From<PinnedVersion> for AionAdapterPin {
    fn from(pinned: PinnedVersion) -> Self {
        Self { version: pinned.version().clone().into(), pinned }
    }
}

/// Holds the version `id` for reading; the current one when `id` is empty, and then `*out` is NULL if nothing was
/// promoted yet.
///
/// Fails with AION_ERROR_NOT_FOUND for an id that is not in the history, and AION_ERROR_IO for the disk.
///
/// # Safety
/// `id` must point to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_adapters_pin(
    adapters: Option<&AionAdapters>,
    id: *const c_char,
    length: usize,
    out: Option<&mut MaybeUninit<Option<Box<AionAdapterPin>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        // SAFETY: the caller vouches for the bytes.
        let id = unsafe { text::input(id, length, "id") }?;
        let adapters = adapters::core(adapters)?;
        let pinned = match id {
            "" => adapters.open_current()?,
            id => Some(adapters.open_version(id)?),
        };
        *out = pinned.map(|pinned| Box::new(pinned.into()));
        Ok(())
    })
}

/// Which version it is. Borrowed from the pin: it must not be freed, which is why it is const. NULL for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_adapter_pin_version(pin: Option<&AionAdapterPin>) -> Option<&AionAdapterVersion> {
    guard_or(None, || Some(pin.map(|pin| &pin.version)))
}

/// Reads every file of the version and compares sizes and hashes with those that were promoted. `control` may be NULL.
///
/// Fails with AION_ERROR_INVALID_INPUT, naming the file, when one was changed since, and AION_ERROR_IO for the disk.
#[unsafe(no_mangle)]
pub extern "C" fn aion_adapter_pin_verify(
    pin: Option<&AionAdapterPin>,
    control: Option<&AionControl>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let pinned = &required(pin, "pin")?.pinned;
        let control = control::begin(control);
        pinned.files().try_for_each(|name| pinned.open_file(name, &control).map(drop))
    })
}

/// Lets go of a version, and frees the version that was borrowed from the pin. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_adapter_pin_free(pin: Option<Box<AionAdapterPin>>) {
    guard_drop(pin);
}
