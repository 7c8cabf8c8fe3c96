//! The text of a picture.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use aion_core::{OcrOptions, Result};

use crate::control::{self, AionControl};
use crate::engine::{self, AionEngine};
use crate::error::AionError;
use crate::handle::vacant;
use crate::ocr_result::AionOcr;
use crate::panic::guard;
use crate::source::AionSource;
use crate::status::AionStatus;
use crate::text;

/// How a picture is to be read. Begin with aion_ocr_options_default.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionOcrOptions {
    /// Tesseract languages joined by `+`; empty for those of the engine.
    pub lang: *const c_char,
    /// How many bytes `lang` has.
    pub lang_length: usize,
    /// What the picture holds: "auto", "single_column", "single_block_vert_text", "single_block",
    /// "single_line", "single_word", "circle_word", "single_char", "sparse_text" or "raw_line"; empty for
    /// "auto".
    pub page_mode: *const c_char,
    /// How many bytes `page_mode` has.
    pub page_mode_length: usize,
    /// Whether to turn a page upright, level its lines and darken light text before it is read.
    pub orient: bool,
    /// The only characters that may be found, such as "0123456789"; empty for all.
    pub whitelist: *const c_char,
    /// How many bytes `whitelist` has.
    pub whitelist_length: usize,
}

impl AionOcrOptions {
    /// # Safety
    /// The texts must be as many bytes as their lengths say.
    pub(crate) unsafe fn resolve(options: Option<&Self>) -> Result<OcrOptions> {
        let mut resolved = OcrOptions::default();
        let Some(options) = options else { return Ok(resolved) };
        // SAFETY: the caller vouches for the bytes.
        resolved.lang = unsafe { text::optional(options.lang, options.lang_length, "lang") }?;
        // SAFETY: the caller vouches for the bytes.
        let mode = unsafe { text::input(options.page_mode, options.page_mode_length, "page_mode") }?;
        if !mode.is_empty() {
            resolved.page_mode = mode.parse()?;
        }
        resolved.orient = options.orient;
        // SAFETY: the caller vouches for the bytes.
        resolved.whitelist =
            unsafe { text::optional(options.whitelist, options.whitelist_length, "whitelist") }?;
        Ok(resolved)
    }
}

/// The default options: the languages of the engine, any layout, `orient` set.
#[unsafe(no_mangle)]
pub extern "C" fn aion_ocr_options_default() -> AionOcrOptions {
    let none = std::ptr::null();
    AionOcrOptions {
        lang: none,
        lang_length: 0,
        page_mode: none,
        page_mode_length: 0,
        orient: true,
        whitelist: none,
        whitelist_length: 0,
    }
}

/// Reads the text of all pages of a picture: words with their places and confidence. `options` may be NULL for
/// the default, `control` for none.
///
/// Fails with AION_ERROR_NOT_FOUND for a language whose data is missing, and AION_ERROR_INVALID_ARGUMENT for a page mode
/// that is none.
///
/// # Safety
/// `source` must be as its constructor asks; the texts of `options` as long as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_ocr(
    engine: Option<&AionEngine>,
    source: AionSource,
    options: Option<&AionOcrOptions>,
    control: Option<&AionControl>,
    out: Option<&mut MaybeUninit<Option<Box<AionOcr>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        // SAFETY: the caller vouches for the source.
        let source = unsafe { source.resolve() }?;
        // SAFETY: the caller vouches for the options.
        let options = unsafe { AionOcrOptions::resolve(options) }?;
        let read = engine::core(engine)?.ocr(source, &options, &control::begin(control))?;
        *out = Some(Box::new(read.into()));
        Ok(())
    })
}
