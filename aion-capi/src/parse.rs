//! Pictures read whole.

use std::mem::MaybeUninit;

use aion_core::ParseOptions;

use crate::batch::{self, Batch};
use crate::control::{self, AionControl};
use crate::engine::{self, AionEngine};
use crate::error::AionError;
use crate::handle::vacant;
use crate::image::AionImage;
use crate::panic::guard;
use crate::source::AionSource;
use crate::status::AionStatus;

/// What to make of a picture. Begin with aion_parse_options_default.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionParseOptions {
    /// Whether to read its text.
    pub ocr: bool,
    /// Whether to make its CLIP vector, which needs a configured model.
    pub clip: bool,
    /// Whether to keep its pixels.
    pub rgba: bool,
}

impl AionParseOptions {
    fn resolve(options: Option<&Self>) -> ParseOptions {
        let mut resolved = ParseOptions::default();
        if let Some(&Self { ocr, clip, rgba }) = options {
            (resolved.ocr, resolved.clip, resolved.rgba) = (ocr, clip, rgba);
        }
        resolved
    }
}

/// The default options: everything.
#[unsafe(no_mangle)]
pub extern "C" fn aion_parse_options_default() -> AionParseOptions {
    AionParseOptions { ocr: true, clip: true, rgba: true }
}

/// Reads a picture whole: upright pixels, CLIP vector and text. It is decoded once, and the engines work side
/// by side. Of a TIFF with several pages the text of all is read; the rest is of the first. `options` may be
/// NULL for the default, `control` for none.
///
/// Fails with AION_ERROR_NOT_CONFIGURED when the CLIP vector is wanted and no model is configured.
///
/// # Safety
/// `source` must be as its constructor asks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_parse_image(
    engine: Option<&AionEngine>,
    source: AionSource,
    options: Option<&AionParseOptions>,
    control: Option<&AionControl>,
    out: Option<&mut MaybeUninit<Option<Box<AionImage>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        // SAFETY: the caller vouches for the source.
        let source = unsafe { source.resolve() }?;
        let options = AionParseOptions::resolve(options);
        let parsed = engine::core(engine)?.parse_image(source, &options, &control::begin(control))?;
        *out = Some(Box::new(parsed.try_into()?));
        Ok(())
    })
}

/// Reads `count` pictures on the threads of the engine. `images` and `errors` have `count` places each, in the
/// order of `sources`: an item that was read has its image there, one that failed has NULL there and its
/// error in `errors`, which may be NULL. The batch itself is AION_OK even when every item failed; otherwise all
/// places are NULL.
///
/// # Safety
/// `sources` must point to `count` sources, `images` to room for `count` pointers, `errors` too or be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_parse_images(
    engine: Option<&AionEngine>,
    sources: *const AionSource,
    count: usize,
    options: Option<&AionParseOptions>,
    control: Option<&AionControl>,
    images: *mut Option<Box<AionImage>>,
    errors: *mut Option<Box<AionError>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        // SAFETY: the caller vouches for the room.
        let images = unsafe { batch::vacant(images, count, "images") }?;
        // SAFETY: the caller vouches for the room.
        let errors = unsafe { batch::vacant_errors(errors, count) }?;
        // SAFETY: the caller vouches for the sources.
        let batch = unsafe { Batch::new(sources, count) }?;
        let options = AionParseOptions::resolve(options);
        let parsed = engine::core(engine)?.parse_images(&batch.sources, &options, &control::begin(control));
        let results = batch.all(parsed).map(|result| result.and_then(AionImage::try_from).map(Box::new));
        for (place, image) in images.iter_mut().zip(batch::hand_over(results, errors)) {
            *place = image;
        }
        Ok(())
    })
}
