//! The text of a page that the host has.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use aion_core::{ExtractOptions, Result, extract_text};

use crate::error::AionError;
use crate::extracted::AionExtracted;
use crate::handle::vacant;
use crate::panic::guard;
use crate::status::AionStatus;
use crate::{slice, text};

/// How a page is read. Begin with aion_extract_options_default.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionExtractOptions {
    /// The page's address, which relative links are resolved against; empty for unknown.
    pub url: *const c_char,
    /// How many bytes `url` has.
    pub url_length: usize,
    /// The Content-Type header, for its charset; empty for unknown.
    pub content_type: *const c_char,
    /// How many bytes `content_type` has.
    pub content_type_length: usize,
    /// Most bytes that are read; a longer page is an error.
    pub max_bytes: usize,
}

impl AionExtractOptions {
    /// # Safety
    /// The texts must be as many bytes as their lengths say.
    unsafe fn resolve(options: Option<&Self>) -> Result<ExtractOptions> {
        let mut resolved = ExtractOptions::default();
        let Some(options) = options else { return Ok(resolved) };
        // SAFETY: the caller vouches for the bytes.
        resolved.url = unsafe { text::optional(options.url, options.url_length, "url") }?;
        let (media, length) = (options.content_type, options.content_type_length);
        // SAFETY: the caller vouches for the bytes.
        resolved.content_type = unsafe { text::optional(media, length, "content_type") }?;
        resolved.max_bytes = options.max_bytes;
        Ok(resolved)
    }
}

/// The default options: no address, no header, and 32 MiB at most.
#[unsafe(no_mangle)]
pub extern "C" fn aion_extract_options_default() -> AionExtractOptions {
    AionExtractOptions {
        url: std::ptr::null(),
        url_length: 0,
        content_type: std::ptr::null(),
        content_type_length: 0,
        max_bytes: ExtractOptions::default().max_bytes,
    }
}

/// Reads the title, the main text, the links and what a page says of itself out of HTML in any charset. Damaged, deep
/// or hostile markup gives the text that can be had. `options` may be NULL for the default.
///
/// Fails with AION_ERROR_LIMIT_EXCEEDED for more bytes than the options allow.
///
/// # Safety
/// `html` must point to `length` bytes; the texts of `options` must be as long as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_extract_text(
    html: *const u8,
    length: usize,
    options: Option<&AionExtractOptions>,
    out: Option<&mut MaybeUninit<Option<Box<AionExtracted>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        // SAFETY: the caller vouches for the bytes.
        let html = unsafe { slice::input(html, length, "html") }?;
        // SAFETY: the caller vouches for the options.
        let options = unsafe { AionExtractOptions::resolve(options) }?;
        *out = Some(Box::new(extract_text(html, &options)?.into()));
        Ok(())
    })
}
