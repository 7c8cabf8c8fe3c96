//! The versions of one adapter, and which of them is current.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::time::Duration;

use aion_core::Result;
use aion_core::adapter::{Adapter, Adapters, AdaptersOptions, Candidate, PromoteOptions, merge};

use crate::adapter_options::AionPromoteOptions;
use crate::adapter_version::{AionAdapterHistory, AionAdapterVersion};
use crate::control::{self, AionControl};
use crate::error::AionError;
use crate::handle::{required, vacant};
use crate::panic::{guard, guard_drop};
use crate::status::AionStatus;
use crate::text;

/// The versions of one adapter under a root directory. It holds nothing open between calls: threads may share it, and
/// it may be used after a fork. Freed by aion_adapters_free.
pub struct AionAdapters(Adapters);

/// How versions are kept. Begin with zeros, which are the defaults.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct AionAdaptersOptions {
    /// How many versions are kept, 2 or more, the current one among them; 0 for 5. Versions that are being read are kept
    /// as well.
    pub keep: usize,
    /// How many milliseconds a call waits for another promotion; 0 for a minute.
    pub patience_ms: u64,
}

impl AionAdaptersOptions {
    fn resolve(options: Option<&Self>) -> AdaptersOptions {
        let mut resolved = AdaptersOptions::default();
        let options = options.copied().unwrap_or_default();
        if options.keep > 0 {
            resolved.keep = options.keep;
        }
        if options.patience_ms > 0 {
            resolved.patience = Duration::from_millis(options.patience_ms);
        }
        resolved
    }
}

/// What a call works on.
pub(crate) fn core(adapters: Option<&AionAdapters>) -> Result<&Adapters> {
    required(adapters, "adapters").map(|adapters| &adapters.0)
}

/// Opens the versions under the directory `root`, which is made if it is missing, and puts them in order after a crash.
/// A plain adapter directory at root/aion-current becomes the first version. `options` may be NULL for the default,
/// `control` for none.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for options out of their range, AION_ERROR_INVALID_STATE when something that
/// is no adapter is in the place of aion-current, and AION_ERROR_IO for the disk.
///
/// # Safety
/// `root` must point to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_adapters_open(
    root: *const c_char,
    length: usize,
    options: Option<&AionAdaptersOptions>,
    control: Option<&AionControl>,
    out: Option<&mut MaybeUninit<Option<Box<AionAdapters>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        // SAFETY: the caller vouches for the bytes.
        let root = unsafe { text::path(root, length, "root") }?;
        let options = AionAdaptersOptions::resolve(options);
        let adapters = Adapters::open_with(root, options, &control::begin(control))?;
        *out = Some(Box::new(AionAdapters(adapters)));
        Ok(())
    })
}

/// Makes a verified copy of the PEFT adapter in the directory `path` the current version. Readers see the old version
/// until the new one is whole, and the new one from then on; root/aion-current always opens as a whole adapter. The
/// candidate stays as it is. `options` may be NULL for a whole adapter and nothing more, `control` for none. `out`
/// may be NULL when nobody wants the version.
///
/// Fails with AION_ERROR_NOT_FOUND, AION_ERROR_INVALID_INPUT and AION_ERROR_UNSUPPORTED for a candidate that is no
/// adapter, not whole or not for the base; AION_ERROR_CONFLICT when it is worse on the held-out set, with both losses,
/// or the check refused it; AION_ERROR_UNAVAILABLE when another promotion takes too long; AION_ERROR_IO for the disk.
/// Nothing is changed then.
///
/// # Safety
/// `path` must point to `length` bytes, and the data of `options` be as long as they say and stay until the call has
/// returned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_adapter_promote(
    adapters: Option<&AionAdapters>,
    path: *const c_char,
    length: usize,
    options: Option<&AionPromoteOptions>,
    control: Option<&AionControl>,
    out: Option<&mut MaybeUninit<Option<Box<AionAdapterVersion>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = out.map(|out| out.write(None));
        let adapters = core(adapters)?;
        // SAFETY: the caller vouches for the bytes.
        let path = unsafe { text::path(path, length, "path") }?;
        // SAFETY: the caller vouches for the options.
        let given = unsafe { AionPromoteOptions::resolve(options) }?;
        let control = control::begin(control);
        let check = |candidate: &Candidate<'_>| given.judges.run(candidate, &control);
        let mut options = PromoteOptions::default();
        options.base = given.base.as_ref();
        options.check = Some(&check);
        options.metrics = given.metrics;
        let version = adapters.promote(path, &options, &control)?;
        if let Some(out) = out {
            *out = Some(Box::new(version.into()));
        }
        Ok(())
    })
}

/// The current version; `*out` is NULL if nothing was promoted yet.
///
/// Fails with AION_ERROR_IO when the disk can not be read.
#[unsafe(no_mangle)]
pub extern "C" fn aion_adapters_current(
    adapters: Option<&AionAdapters>,
    out: Option<&mut MaybeUninit<Option<Box<AionAdapterVersion>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        *out = core(adapters)?.current()?.map(|version| Box::new(version.into()));
        Ok(())
    })
}

/// Makes the version that was current before the current one was promoted current again, or if it is damaged or gone
/// the one before that. `control` may be NULL. `out` may be NULL when nobody wants the version.
///
/// Fails with AION_ERROR_INVALID_STATE when there is none, AION_ERROR_UNAVAILABLE when a promotion takes too long, and
/// AION_ERROR_IO for the disk.
#[unsafe(no_mangle)]
pub extern "C" fn aion_adapters_rollback(
    adapters: Option<&AionAdapters>,
    control: Option<&AionControl>,
    out: Option<&mut MaybeUninit<Option<Box<AionAdapterVersion>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = out.map(|out| out.write(None));
        let version = core(adapters)?.rollback(&control::begin(control))?;
        if let Some(out) = out {
            *out = Some(Box::new(version.into()));
        }
        Ok(())
    })
}

/// Makes the version `id`, which has been current before, current again, once it is verified. `control` may be NULL.
///
/// Fails with AION_ERROR_NOT_FOUND for an id that is not in the history and AION_ERROR_INVALID_INPUT when its files
/// were changed; otherwise as aion_adapters_rollback.
///
/// # Safety
/// `id` must point to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_adapters_rollback_to(
    adapters: Option<&AionAdapters>,
    id: *const c_char,
    length: usize,
    control: Option<&AionControl>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        // SAFETY: the caller vouches for the bytes.
        let id = unsafe { text::input(id, length, "id") }?;
        core(adapters)?.rollback_to(id, &control::begin(control)).map(drop)
    })
}

/// The versions that have been current and are still there, the newest first.
///
/// Fails with AION_ERROR_IO when the disk can not be read.
#[unsafe(no_mangle)]
pub extern "C" fn aion_adapters_history(
    adapters: Option<&AionAdapters>,
    out: Option<&mut MaybeUninit<Option<Box<AionAdapterHistory>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        *out = Some(Box::new(core(adapters)?.history()?.into()));
        Ok(())
    })
}

/// Adds the PEFT adapter in the directory `adapter` to the weights of the base in the directory `base` and writes the
/// result, a directory of the same shape, as `output`, which must not exist and appears whole. `control` may be NULL.
///
/// Fails with AION_ERROR_INVALID_INPUT for an adapter that does not fit or a damaged file, AION_ERROR_UNSUPPORTED for
/// weights of other types than f64, f32, f16 and bf16, AION_ERROR_CONFLICT when `output` exists, AION_ERROR_NOT_FOUND
/// and AION_ERROR_IO. Nothing is left behind then.
///
/// # Safety
/// Each path must point to as many bytes as its length says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_adapter_merge(
    base: *const c_char,
    base_length: usize,
    adapter: *const c_char,
    adapter_length: usize,
    output: *const c_char,
    output_length: usize,
    control: Option<&AionControl>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        // SAFETY: the caller vouches for the bytes.
        let base = unsafe { text::path(base, base_length, "base") }?;
        // SAFETY: the caller vouches for the bytes.
        let adapter = unsafe { text::path(adapter, adapter_length, "adapter") }?;
        // SAFETY: the caller vouches for the bytes.
        let output = unsafe { text::path(output, output_length, "output") }?;
        merge(base, &Adapter::read(adapter)?, output, &control::begin(control)).map(drop)
    })
}

/// Frees a handle on versions; the versions stay. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_adapters_free(adapters: Option<Box<AionAdapters>>) {
    guard_drop(adapters);
}
