//! AVIF stills in pure Rust: the container by hand, the AV1 picture by `re_rav1d`, its colours by `yuv`.
//!
//! Read are pictures of 8, 10 and 12 bits, in colour or grey, with any chroma subsampling, with alpha, and the
//! still of an animation. Not read are grids and other pictures put together from items, and the matrices of
//! constant luminance, of ICtCp, and derived from the primaries.
//!
//! The container is not left to `avif-parse` 2.1, which takes files at their word: one of 580 kB made it gather
//! 6 GB (an item in pieces that are each nearly the file), and its search for the alpha is quadratic.
//!
//! Three things are left to others or left out: turning the picture by [`Avif::orientation`], its clean aperture
//! (`clap`), which is shown whole, and the EXIF orientation, which MIAF wants readers to ignore.

mod av1;
mod boxes;
mod color;
mod container;
mod obu;
mod properties;
mod reduce;
#[cfg(test)]
mod tests;

use image::metadata::Orientation;

use crate::error::{Error, ErrorKind, Result};
use av1::Picture;
pub(crate) use boxes::is_avif;
use container::Container;
use obu::SequenceHeader;
use properties::Properties;

/// What an AVIF tells of its picture before any of it is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// Pixels from left to right, before [`Avif::orientation`] is applied.
    pub width: u32,
    /// Pixels from top to bottom, before [`Avif::orientation`] is applied.
    pub height: u32,
    /// 8, 10 or 12. The result has 8 bits all the same.
    pub bit_depth: u8,
}

/// An AVIF whose container is read and whose picture is not decoded yet.
pub(crate) struct Avif {
    properties: Properties,
    color: Item,
    alpha: Option<Item>,
    /// Whether the colours were multiplied by the alpha.
    premultiplied: bool,
}

/// One AV1 picture: its sequence header, and the data that holds it.
struct Item {
    header: SequenceHeader,
    data: Vec<u8>,
}

impl Avif {
    /// Reads the container and the headers of its pictures.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] when the file is damaged, [`ErrorKind::Unsupported`] for the kinds of AVIF
    /// that the module's documentation tells.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self> {
        if !is_avif(bytes) {
            return Err(damaged("it does not begin with an `ftyp` box of an AVIF brand"));
        }
        let container = Container::open(bytes)?;
        let properties = Properties::new(&container.picture_properties()?)?;
        let color = Item::new(container.picture()?)?;
        let alpha = container.alpha()?;
        let premultiplied = alpha.as_ref().is_some_and(|alpha| alpha.premultiplied);
        let alpha = alpha.map(|alpha| Item::new(alpha.data)).transpose()?;
        if let Some(alpha) = &alpha
            && (alpha.header.width, alpha.header.height) != (color.header.width, color.header.height)
        {
            return Err(unsupported("an alpha channel of another size than its picture"));
        }
        Ok(Self { properties, color, alpha, premultiplied })
    }

    /// The size that [`decode`](Self::decode) will give, or fail; for the caller to check against its limits.
    pub(crate) fn header(&self) -> Header {
        let SequenceHeader { width, height, bit_depth, .. } = self.color.header;
        Header { width, height, bit_depth }
    }

    /// How the decoded picture is to be turned to stand upright.
    pub(crate) fn orientation(&self) -> Orientation {
        self.properties.orientation
    }

    /// The picture as `width * height * 4` bytes of RGBA, not turned upright, with straight alpha.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] when the picture is damaged or is not what its header tells,
    /// [`ErrorKind::Unsupported`] for a matrix that is not read, [`ErrorKind::LimitExceeded`] when there is no
    /// memory for the result.
    pub(crate) fn decode(self) -> Result<Vec<u8>> {
        // The container's word on how its picture is coded overrules the AV1 data's own.
        let coding = self.properties.coding.unwrap_or(self.color.header.coding);
        let mut rgba = color::to_rgba(&self.color.decode()?, coding)?;
        if let Some(alpha) = self.alpha {
            let full_range = alpha.header.coding.full_range;
            color::set_alpha(&mut rgba, &alpha.decode()?, full_range);
            if self.premultiplied {
                color::unmultiply(&mut rgba);
            }
        }
        Ok(rgba)
    }
}

impl Item {
    fn new(data: Vec<u8>) -> Result<Self> {
        Ok(Self { header: obu::inspect(&data)?, data })
    }

    fn decode(self) -> Result<Picture> {
        av1::decode(self.data, &self.header)
    }
}

fn damaged(what: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("the AVIF image can not be read: {what}"))
}

fn unsupported(what: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("this kind of AVIF image is not read: {what}"))
}
