//! What is refused before any work is done on it: bytes, pixels and memory.

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};

/// Memory that decoding may take for each pixel that the limits allow. RGBA and its source together take up
/// to 8 bytes, and a progressive JPEG without subsampling 9: 6 for its coefficients and 3 for its pixels.
const MEMORY_PER_PIXEL: u64 = 9;

/// The limits of one handle.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    max_bytes: u64,
    max_pixels: u64,
}

impl Limits {
    pub(crate) fn of(config: &Config) -> Self {
        Self { max_bytes: config.max_image_bytes, max_pixels: config.max_image_pixels }
    }

    pub(super) fn check_bytes(&self, bytes: u64) -> Result<()> {
        if bytes <= self.max_bytes {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::LimitExceeded,
            format!(
                "the image is larger than max_image_bytes = {}; raise the limit to read it",
                self.max_bytes
            ),
        ))
    }

    pub(super) fn check_pixels(&self, width: u32, height: u32) -> Result<()> {
        let pixels = u64::from(width) * u64::from(height);
        match pixels {
            0 => Err(Error::new(ErrorKind::InvalidInput, format!("the image has {width} × {height} pixels"))),
            _ if pixels <= self.max_pixels => Ok(()),
            _ => Err(Error::new(
                ErrorKind::LimitExceeded,
                format!(
                    "the image has {width} × {height} pixels, max_image_pixels is {}; raise the limit to read it",
                    self.max_pixels
                ),
            )),
        }
    }

    /// Checks what decoding will hold at its peak: `native` bytes of decoded samples and `working` bytes of
    /// the codec's own, beside the RGBA bytes that they become.
    pub(super) fn check_memory(&self, width: u32, height: u32, native: u64, working: u64) -> Result<()> {
        let rgba = u64::from(width) * u64::from(height) * 4;
        let peak = native.saturating_add(working.max(rgba).max(native));
        let allowed = self.max_memory();
        if peak <= allowed {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::LimitExceeded,
            format!(
                "decoding the {width} × {height} image would take {peak} bytes, {allowed} are allowed \
                 ({MEMORY_PER_PIXEL} × max_image_pixels); raise max_image_pixels to read it"
            ),
        ))
    }

    /// The bytes that decoding one picture may hold at its peak.
    pub(super) fn max_memory(&self) -> u64 {
        self.max_pixels.saturating_mul(MEMORY_PER_PIXEL)
    }

    /// The bytes that one encoded picture may have.
    pub(super) fn max_bytes(&self) -> u64 {
        self.max_bytes
    }
}
