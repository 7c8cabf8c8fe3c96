//! Where a picture or a document comes from.

use std::ffi::c_char;

use aion_core::{ImageSource, Result};

use crate::handle::invalid;
use crate::{slice, text};

/// A file in memory: JPEG, PNG, GIF, WebP, BMP, TIFF, PNM or AVIF where a picture is read.
pub const AION_SOURCE_BYTES: u32 = 1;
/// The path of such a file.
pub const AION_SOURCE_PATH: u32 = 2;
/// Decoded pixels, row by row from the top left; no document.
pub const AION_SOURCE_PIXELS: u32 = 3;

/// A picture or a document to be read, made by aion_source_bytes, aion_source_path or aion_source_pixels. It borrows
/// its data, which must stay as they are until the call that reads it has returned. There is nothing to free.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionSource {
    /// The bytes, the path or the pixels.
    pub data: *const u8,
    /// How many bytes `data` has.
    pub length: usize,
    /// One of AION_SOURCE_*.
    pub kind: u32,
    /// Of pixels, from left to right; otherwise 0.
    pub width: u32,
    /// Of pixels, from top to bottom; otherwise 0.
    pub height: u32,
    /// Bytes a pixel, 3 for RGB or 4 for RGBA; otherwise 0.
    pub channels: u32,
}

impl AionSource {
    const fn whole(kind: u32, data: *const u8, length: usize) -> Self {
        Self { data, length, kind, width: 0, height: 0, channels: 0 }
    }

    /// What the core reads, with every field checked.
    ///
    /// # Safety
    /// `data` must point to `length` bytes that stay as they are for `'a`.
    pub(crate) unsafe fn resolve<'a>(&self) -> Result<ImageSource<'a>> {
        if self.kind == AION_SOURCE_PATH {
            // SAFETY: the caller vouches for the bytes.
            return unsafe { text::path(self.data.cast(), self.length, "path") }.map(ImageSource::Path);
        }
        // SAFETY: the caller vouches for the bytes.
        let data = unsafe { slice::input(self.data, self.length, "data") }?;
        match self.kind {
            AION_SOURCE_BYTES => Ok(ImageSource::Bytes(data)),
            AION_SOURCE_PIXELS => self.pixels(data),
            kind => Err(invalid(format!("{kind} is no kind of source; make it with aion_source_bytes"))),
        }
    }

    fn pixels<'a>(&self, data: &'a [u8]) -> Result<ImageSource<'a>> {
        let channels = u8::try_from(self.channels)
            .map_err(|_| invalid(format!("a pixel has 3 or 4 channels, not {}", self.channels)))?;
        Ok(ImageSource::Pixels { width: self.width, height: self.height, channels, data })
    }
}

/// A picture or a document as a file in memory. Nothing is read yet.
#[unsafe(no_mangle)]
pub extern "C" fn aion_source_bytes(data: *const u8, length: usize) -> AionSource {
    AionSource::whole(AION_SOURCE_BYTES, data, length)
}

/// A picture or a document as the path of a file. Nothing is read yet.
#[unsafe(no_mangle)]
pub extern "C" fn aion_source_path(path: *const c_char, length: usize) -> AionSource {
    AionSource::whole(AION_SOURCE_PATH, path.cast(), length)
}

/// A picture as pixels of 3 (RGB) or 4 (RGBA) bytes, `width * height * channels` bytes in all.
#[unsafe(no_mangle)]
pub extern "C" fn aion_source_pixels(
    data: *const u8,
    length: usize,
    width: u32,
    height: u32,
    channels: u32,
) -> AionSource {
    AionSource { data, length, kind: AION_SOURCE_PIXELS, width, height, channels }
}
