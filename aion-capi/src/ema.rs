//! Exponential moving averages, in buffers of the caller.

use std::mem::MaybeUninit;

use aion_core::{EmaOptions, Result, ema_update, ema_update_batch};

use crate::error::AionError;
use crate::handle::invalid;
use crate::panic::guard;
use crate::slice;
use crate::status::AionStatus;

/// How vectors are updated. Begin with aion_ema_options_default.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionEmaOptions {
    /// How much a new vector weighs, above 0. With 1 the result is the plain mean of all that was ever new.
    pub c: f64,
    /// Whether the result is scaled to length 1.
    pub normalize: bool,
    /// Threads of a large batch; 0 for one for each core that this process may use. The result is the same for
    /// every number.
    pub threads: usize,
}

impl AionEmaOptions {
    fn resolve(options: Option<&Self>) -> EmaOptions {
        let mut resolved = EmaOptions::default();
        if let Some(&Self { c, normalize, threads }) = options {
            (resolved.c, resolved.normalize) = (c, normalize);
            resolved.threads = (threads > 0).then_some(threads);
        }
        resolved
    }
}

/// The default options: `c` is 0.5, not normalised, every core.
#[unsafe(no_mangle)]
pub extern "C" fn aion_ema_options_default() -> AionEmaOptions {
    let EmaOptions { c, normalize, .. } = EmaOptions::default();
    AionEmaOptions { c, normalize, threads: 0 }
}

/// Moves a vector towards the mean of `count` new ones: `out` is `(1 - rate) * current + rate * mean`, with
/// `rate = min(1, c / (updates + 1))`, where `updates` says how many updates `current` has had. With NULL for
/// `current` it is the mean itself. All vectors have `dimension` floats, and the new ones follow each other.
/// `out` may be `current`. `options` may be NULL for the default.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT when `count` or `dimension` is 0, a value is NaN or infinite, `c` is not
/// above 0, or a vector of length 0 was to be normalised; `out` is as it was then.
///
/// # Safety
/// `current` must point to `dimension` floats or be NULL, `new_vectors` to `count * dimension` floats, and `out` to
/// room for `dimension` floats.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_ema_update(
    current: *const f32,
    new_vectors: *const f32,
    count: usize,
    dimension: usize,
    updates: u64,
    options: Option<&AionEmaOptions>,
    out: *mut f32,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let length = product(count, dimension, "new_vectors")?;
        // SAFETY: the caller vouches for the vectors.
        let new_vectors = unsafe { slice::input(new_vectors, length, "new_vectors") }?;
        let current = match current.is_null() {
            true => None,
            // SAFETY: the caller vouches for the vector.
            false => Some(unsafe { slice::input(current, dimension, "current") }?),
        };
        let rows: Vec<&[f32]> = new_vectors.chunks(dimension.max(1)).collect();
        let vector = ema_update(current, &rows, updates, &AionEmaOptions::resolve(options))?;
        // SAFETY: the caller vouches for the room, and what was read, which it may be, is not read any more.
        let out = unsafe { slice::output(out, dimension, "out") }?;
        slice::copy(&vector, out)
    })
}

/// Moves `count` vectors at once, in place: each of `vectors` as aion_ema_update would by its one of `targets`,
/// after as many updates as its one of `updates` says. All vectors have `dimension` floats and follow each other.
/// `options` may be NULL for the default.
///
/// All or nothing: fails as aion_ema_update does, and also when `vectors` and `targets` share memory; `vectors` are
/// as they were then, in every bit. Nothing else may use the memory meanwhile.
///
/// # Safety
/// `vectors` and `targets` must point to `count * dimension` floats each, and `updates` to `count` numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_ema_update_batch(
    vectors: *mut f32,
    targets: *const f32,
    updates: *const u64,
    count: usize,
    dimension: usize,
    options: Option<&AionEmaOptions>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let length = product(count, dimension, "vectors")?;
        // SAFETY: the caller vouches for the numbers.
        let updates = unsafe { slice::input(updates, count, "updates") }?;
        // SAFETY: the caller vouches for the vectors.
        let targets = unsafe { slice::input(targets, length, "targets") }?;
        apart(vectors, length, targets, "targets")?;
        apart(vectors, length, updates, "updates")?;
        // SAFETY: the caller vouches for the vectors, and no other slice has a part of them.
        let vectors = unsafe { slice::in_out(vectors, length, "vectors") }?;
        ema_update_batch(vectors, targets, dimension, updates, &AionEmaOptions::resolve(options))
    })
}

fn product(count: usize, dimension: usize, name: &str) -> Result<usize> {
    let too_many = || invalid(format!("`{name}` can not hold {count} times {dimension} floats"));
    count.checked_mul(dimension).ok_or_else(too_many)
}

/// Refuses `length` floats from `written` on that share memory with `read`.
fn apart<T>(written: *const f32, length: usize, read: &[T], name: &str) -> Result<()> {
    let written = written.addr()..written.wrapping_add(length).addr();
    let read = read.as_ptr().addr()..read.as_ptr_range().end.addr();
    match written.start < read.end && read.start < written.end {
        true => Err(invalid(format!("`vectors` and `{name}` share memory"))),
        false => Ok(()),
    }
}
