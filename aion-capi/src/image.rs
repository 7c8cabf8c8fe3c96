//! A picture that was read whole.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use aion_core::{Error, ErrorKind, ParsedImage};

use crate::error::AionError;
use crate::handle::{invalid, required};
use crate::ocr_result::AionOcr;
use crate::panic::{guard, guard_drop, guard_or};
use crate::slice;
use crate::status::AionStatus;
use crate::text::{self, AionText};

/// A picture that was read whole. It never changes, so threads may share it. Freed by aion_image_free.
pub struct AionImage {
    width: u32,
    height: u32,
    rgba: Option<Vec<u8>>,
    ocr_text: AionText,
    ocr: Option<AionOcr>,
    clip_vector: Option<Vec<f32>>,
    meta: AionText,
}

impl TryFrom<ParsedImage> for AionImage {
    type Error = Error;

    fn try_from(parsed: ParsedImage) -> Result<Self, Error> {
        let meta = serde_json::to_string(&parsed.meta).map_err(|error| {
            Error::new(ErrorKind::Internal, "the metadata of a picture have no JSON").with_source(error)
        })?;
        Ok(Self {
            width: parsed.width,
            height: parsed.height,
            rgba: parsed.rgba,
            ocr_text: parsed.ocr_text.into(),
            ocr: parsed.ocr.map(AionOcr::from),
            clip_vector: parsed.clip_vector,
            meta: meta.into(),
        })
    }
}

/// Pixels of the upright picture, from left to right.
#[unsafe(no_mangle)]
pub extern "C" fn aion_image_width(image: Option<&AionImage>) -> u32 {
    guard_or(0, || Some(image?.width))
}

/// Pixels of the upright picture, from top to bottom.
#[unsafe(no_mangle)]
pub extern "C" fn aion_image_height(image: Option<&AionImage>) -> u32 {
    guard_or(0, || Some(image?.height))
}

/// The pixels: `width * height * 4` bytes of RGBA, row by row. Borrowed from the image. NULL when they were
/// not asked for. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_image_rgba(
    image: Option<&AionImage>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const u8 {
    let (data, bytes) = guard_or((std::ptr::null(), 0), || {
        let rgba = image?.rgba.as_ref()?;
        Some((rgba.as_ptr(), rgba.len()))
    });
    if let Some(length) = length {
        length.write(bytes);
    }
    data
}

/// The text of all pages on one line; empty when it was not asked for. Borrowed from the image. `length` may be
/// NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_image_ocr_text(
    image: Option<&AionImage>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&image?.ocr_text))
}

/// The words with their places and confidence. Borrowed from the image: it must not be freed, which is why it
/// is const. NULL when text was not asked for.
#[unsafe(no_mangle)]
pub extern "C" fn aion_image_ocr(image: Option<&AionImage>) -> Option<&AionOcr> {
    guard_or(None, || Some(image?.ocr.as_ref()))
}

/// How many floats the CLIP vector has; 0 when it was not asked for.
#[unsafe(no_mangle)]
pub extern "C" fn aion_image_clip_dimension(image: Option<&AionImage>) -> usize {
    guard_or(0, || Some(image?.clip_vector.as_ref()?.len()))
}

/// Copies the CLIP vector, a unit vector, to `out`.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT when `capacity` floats are less than aion_image_clip_dimension, and
/// when the vector was not asked for.
///
/// # Safety
/// `out` must point to room for `capacity` floats.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_image_clip_vector(
    image: Option<&AionImage>,
    out: *mut f32,
    capacity: usize,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        // SAFETY: the caller vouches for the room.
        let out = unsafe { slice::output(out, capacity, "out") }?;
        let vector = required(image, "image")?.clip_vector.as_ref();
        slice::copy(vector.ok_or_else(|| invalid("the image was parsed without `clip`"))?, out)
    })
}

/// What an index keeps of the picture, as a JSON object with at least "type", "w", "h" and "sourceRank".
/// Borrowed from the image. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_image_meta_json(
    image: Option<&AionImage>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&image?.meta))
}

/// Frees an image and all that was borrowed from it. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_image_free(image: Option<Box<AionImage>>) {
    guard_drop(image);
}
