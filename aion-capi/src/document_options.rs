//! How a document is to be read.

use std::ffi::c_char;

use aion_core::{DocumentOptions, Result};

use crate::text;

/// How a document is to be read. Begin with aion_document_options_default. A limit of 0 is its default.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionDocumentOptions {
    /// The file's name, for its extension; empty for the name that a path ends with. It is asked last: content and
    /// content type go before it.
    pub name: *const c_char,
    /// How many bytes `name` has.
    pub name_length: usize,
    /// The Content-Type that the file came with; empty for unknown.
    pub content_type: *const c_char,
    /// How many bytes `content_type` has.
    pub content_type_length: usize,
    /// The file's address, which relative links are resolved against; empty for unknown.
    pub url: *const c_char,
    /// How many bytes `url` has.
    pub url_length: usize,
    /// Most bytes of the file. The default is 64 MiB.
    pub max_bytes: usize,
    /// Most bytes that all its compressed parts may unpack to. The default is 256 MiB.
    pub max_unpacked_bytes: u64,
    /// Most bytes of text. The default is 32 MiB.
    pub max_text_bytes: usize,
    /// Most pages, slides or sheets. The default is 10000.
    pub max_pages: usize,
    /// Most table cells of a workbook or a delimited file. The default is 2 million.
    pub max_cells: usize,
    /// Most pictures that are read by OCR. The default is 1000.
    pub max_pictures: usize,
    /// Most pixels of a scanned page and of an image on it: a larger page is drawn coarser for OCR, a larger image
    /// costs itself and a warning. The default is 64 million.
    pub max_picture_pixels: u64,
}

impl AionDocumentOptions {
    /// # Safety
    /// The texts must be as many bytes as their lengths say.
    pub(crate) unsafe fn resolve(options: Option<&Self>) -> Result<DocumentOptions> {
        let mut resolved = DocumentOptions::default();
        let Some(options) = options else { return Ok(resolved) };
        // SAFETY: the caller vouches for the bytes.
        resolved.name = unsafe { text::optional(options.name, options.name_length, "name") }?;
        let (media, length) = (options.content_type, options.content_type_length);
        // SAFETY: the caller vouches for the bytes.
        resolved.content_type = unsafe { text::optional(media, length, "content_type") }?;
        // SAFETY: the caller vouches for the bytes.
        resolved.url = unsafe { text::optional(options.url, options.url_length, "url") }?;
        change(&mut resolved.max_bytes, options.max_bytes);
        change(&mut resolved.max_unpacked_bytes, options.max_unpacked_bytes);
        change(&mut resolved.max_text_bytes, options.max_text_bytes);
        change(&mut resolved.max_pages, options.max_pages);
        change(&mut resolved.max_cells, options.max_cells);
        change(&mut resolved.max_pictures, options.max_pictures);
        change(&mut resolved.max_picture_pixels, options.max_picture_pixels);
        Ok(resolved)
    }
}

/// Sets a limit that was given; 0 was not.
fn change<T: Default + PartialEq>(limit: &mut T, given: T) {
    if given != T::default() {
        *limit = given;
    }
}

/// The default options: no name, no header, no address, and the limits that each field tells.
#[unsafe(no_mangle)]
pub extern "C" fn aion_document_options_default() -> AionDocumentOptions {
    let (none, limits) = (std::ptr::null(), DocumentOptions::default());
    AionDocumentOptions {
        name: none,
        name_length: 0,
        content_type: none,
        content_type_length: 0,
        url: none,
        url_length: 0,
        max_bytes: limits.max_bytes,
        max_unpacked_bytes: limits.max_unpacked_bytes,
        max_text_bytes: limits.max_text_bytes,
        max_pages: limits.max_pages,
        max_cells: limits.max_cells,
        max_pictures: limits.max_pictures,
        max_picture_pixels: limits.max_picture_pixels,
    }
}
