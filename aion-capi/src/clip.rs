//! CLIP: pictures and texts as unit vectors in one space, copied into buffers of the caller.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use aion_core::{Error, ErrorKind, Result};

use crate::batch::{self, Batch};
use crate::control::{self, AionControl};
use crate::engine::{self, AionEngine};
use crate::error::AionError;
use crate::handle::required;
use crate::panic::guard;
use crate::slice::{self, Buffer};
use crate::source::AionSource;
use crate::status::AionStatus;
use crate::text;

/// Embeds a picture: a unit vector, copied to `out`. `control` may be NULL.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT when `capacity` floats are too few; `dimension` tells how many it takes.
///
/// # Safety
/// `source` must be as its constructor asks, and `out` point to room for `capacity` floats.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_embed_clip_image(
    engine: Option<&AionEngine>,
    source: AionSource,
    control: Option<&AionControl>,
    out: *mut f32,
    capacity: usize,
    dimension: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        // SAFETY: the caller vouches for the room.
        let out = unsafe { Buffer::new(out, capacity, dimension, "dimension") }?;
        // SAFETY: the caller vouches for the source.
        let source = unsafe { source.resolve() }?;
        let vectors = engine::core(engine)?.embed_clip(&[source], &control::begin(control))?;
        out.fill(&only(vectors)??)
    })
}

/// Embeds `count` pictures: `count` rows of `dimension` floats, in the order of `sources`. The row of a picture
/// that failed is zeros, and its error is in `errors`, which has `count` places or is NULL. The batch itself is
/// AION_OK even when every item failed; `dimension` is 0 then.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT when `capacity` floats are less than `count * dimension`.
///
/// # Safety
/// `sources` must point to `count` sources, `out` to room for `capacity` floats, `errors` to room for `count`
/// pointers or be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_embed_clip_images(
    engine: Option<&AionEngine>,
    sources: *const AionSource,
    count: usize,
    control: Option<&AionControl>,
    out: *mut f32,
    capacity: usize,
    dimension: Option<&mut MaybeUninit<usize>>,
    errors: *mut Option<Box<AionError>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        // SAFETY: the caller vouches for the room.
        let errors = unsafe { batch::vacant_errors(errors, count) }?;
        // SAFETY: the caller vouches for the room.
        let out = unsafe { Buffer::new(out, capacity, dimension, "dimension") }?;
        // SAFETY: the caller vouches for the sources.
        let batch = unsafe { Batch::new(sources, count) }?;
        let vectors = engine::core(engine)?.embed_clip(&batch.sources, &control::begin(control))?;
        let rows = batch::hand_over(batch.all(vectors), errors);
        out.fill_rows(&rows).inspect_err(|_| errors.fill_with(|| None))
    })
}

/// Embeds a text: a unit vector in the space of the pictures, copied to `out`. `control` may be NULL.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT when `capacity` floats are too few; `dimension` tells how many it takes.
///
/// # Safety
/// `text` must point to `length` bytes, and `out` to room for `capacity` floats.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_embed_clip_text(
    engine: Option<&AionEngine>,
    text: *const c_char,
    length: usize,
    control: Option<&AionControl>,
    out: *mut f32,
    capacity: usize,
    dimension: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        // SAFETY: the caller vouches for the room.
        let out = unsafe { Buffer::new(out, capacity, dimension, "dimension") }?;
        // SAFETY: the caller vouches for the bytes.
        let text = unsafe { text::input(text, length, "text") }?;
        let vectors = engine::core(engine)?.embed_clip_text(&[text], &control::begin(control))?;
        out.fill(&only(vectors)?)
    })
}

/// Copies to `out` the ids that CLIP is fed for a text, with start and end, not padded. Needs only the
/// tokenizer.json of the model.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT when `capacity` ids are too few; `count` tells how many there are.
///
/// # Safety
/// `text` must point to `length` bytes, and `out` to room for `capacity` ids.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_clip_tokenize(
    engine: Option<&AionEngine>,
    text: *const c_char,
    length: usize,
    out: *mut u32,
    capacity: usize,
    count: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        // SAFETY: the caller vouches for the room.
        let out = unsafe { Buffer::new(out, capacity, count, "count") }?;
        // SAFETY: the caller vouches for the bytes.
        let text = unsafe { text::input(text, length, "text") }?;
        out.fill(&engine::core(engine)?.clip_tokenize(text)?)
    })
}

/// Copies to `out` what CLIP sees of a picture: `3 * edge * edge` normalised floats, channel by channel. The edge
/// is 224 unless a configured model says otherwise. Needs no model.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT when `capacity` floats are too few; `edge` is told all the same.
///
/// # Safety
/// `source` must be as its constructor asks, and `out` point to room for `capacity` floats.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_clip_preprocess(
    engine: Option<&AionEngine>,
    source: AionSource,
    out: *mut f32,
    capacity: usize,
    edge: Option<&mut MaybeUninit<u32>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let edge = required(edge, "edge")?.write(0);
        // SAFETY: the caller vouches for the room.
        let out = unsafe { slice::output(out, capacity, "out") }?;
        // SAFETY: the caller vouches for the source.
        let source = unsafe { source.resolve() }?;
        let (floats, side) = engine::core(engine)?.clip_preprocess(source)?;
        *edge = side;
        slice::copy(&floats, out)
    })
}

/// The one result of a batch of one.
fn only<T>(results: Vec<T>) -> Result<T> {
    results.into_iter().next().ok_or_else(|| Error::new(ErrorKind::Internal, "a batch of one has no result"))
}
