//! Pictures from outside, decoded once and within limits: bytes in, upright RGBA out.

#[cfg(feature = "avif")]
mod avif;
mod decode;
mod exif;
#[cfg(feature = "clip")]
mod jpeg;
mod limits;
mod tiff_pages;
mod webp;

pub(crate) use decode::Pages;
pub(crate) use limits::Limits;

use std::fmt;
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};

/// A picture that may have been made smaller while it was decoded.
#[cfg(feature = "clip")]
pub(crate) struct Reduced {
    /// Its pixels, upright. Sides that are no whole numbers of smaller pixels are rounded up.
    pub(crate) image: Image,
    /// The sides of the whole picture, upright.
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// A side of the smaller picture to one of the whole, 1 or below.
    pub(crate) scale: f64,
}

/// An upright picture: 8-bit RGBA, row by row from the top left, straight (not premultiplied) alpha, in the
/// colour space of its file.
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    width: u32,
    height: u32,
    rgba: Vec<u8>,
}

impl Image {
    /// A picture of `width` × `height` pixels from its RGBA bytes.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] when a side is zero or `rgba` is not `width * height * 4` bytes long.
    pub fn from_rgba(width: u32, height: u32, rgba: Vec<u8>) -> Result<Self> {
        let expected = u64::from(width) * u64::from(height) * 4;
        if expected == 0 || rgba.len() as u64 != expected {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                format!("{width} × {height} RGBA pixels take {expected} bytes, {} were given", rgba.len()),
            ));
        }
        Ok(Self { width, height, rgba })
    }

    /// Pixels from left to right.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Pixels from top to bottom.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// `width * height * 4` bytes.
    pub fn rgba(&self) -> &[u8] {
        &self.rgba
    }

    /// The bytes of [`rgba`](Self::rgba), given away.
    pub fn into_rgba(self) -> Vec<u8> {
        self.rgba
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Image({} × {})", self.width, self.height)
    }
}

/// Where a picture comes from. Only the decoder opens it, so that its limits hold for every source.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum ImageSource<'a> {
    /// An encoded file in memory: JPEG, PNG, GIF, WebP, BMP, TIFF, PNM, AVIF.
    Bytes(&'a [u8]),
    /// The path of such a file.
    Path(&'a Path),
    /// Decoded pixels, row by row from the top left.
    Pixels {
        /// Pixels from left to right.
        width: u32,
        /// Pixels from top to bottom.
        height: u32,
        /// Bytes a pixel: 3 for RGB, 4 for RGBA.
        channels: u8,
        /// `width * height * channels` bytes.
        data: &'a [u8],
    },
}

impl<'a> From<&'a [u8]> for ImageSource<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a> From<&'a Vec<u8>> for ImageSource<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a> From<&'a Path> for ImageSource<'a> {
    fn from(path: &'a Path) -> Self {
        Self::Path(path)
    }
}

impl<'a> From<&'a Image> for ImageSource<'a> {
    fn from(image: &'a Image) -> Self {
        Self::Pixels { width: image.width, height: image.height, channels: 4, data: &image.rgba }
    }
}
