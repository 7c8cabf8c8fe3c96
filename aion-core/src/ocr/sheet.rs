//! A page before it is read: dark ink on light paper, turned upright, levelled and large enough.

use super::geometry::Placement;
use super::grey::Grey;
use super::leptonica::{Pix, Slope};
use super::marks::Marks;
use super::orientation;
use crate::error::Result;

/// A page as it was given, with dark ink on light paper.
pub(super) struct Sheet {
    grey: Pix,
    ink: Pix,
}

/// A page as it is to be read, and the way back.
pub(super) struct Upright {
    pub(super) grey: Grey,
    pub(super) marks: Marks,
    pub(super) placement: Placement,
}

impl Sheet {
    /// Tells ink from paper. Light text on dark ground is inverted: Tesseract would read such a page twice.
    pub(super) fn new(grey: &Grey) -> Result<Self> {
        let grey = Pix::of(grey)?;
        let ink = grey.binarize()?;
        if !is_light_on_dark(&ink)? {
            return Ok(Self { grey, ink });
        }
        Ok(Self { grey: grey.invert()?, ink: ink.invert()? })
    }

    /// Which way up the text stands, as far as its ink tells.
    pub(super) fn orientation(&self) -> Result<orientation::Orientation> {
        orientation::detect(&self.ink)
    }

    /// The page after `quarters` clockwise quarter turns, with its lines levelled.
    pub(super) fn upright(&self, quarters: u8) -> Result<Upright> {
        let given = (self.grey.width(), self.grey.height());
        let turned = Picture::Borrowed(&self.grey).turn(quarters)?;
        let ink = Picture::Borrowed(&self.ink).turn(quarters)?;
        let degrees = levelling(ink.get().slope());
        let (levelled, ink) = (turned.rotate(degrees)?, ink.rotate(degrees)?);
        let marks = Marks::of(ink.get())?;
        let rotated = (levelled.get().width(), levelled.get().height());
        let scale = enlargement(&marks, rotated);
        let grey =
            if scale > 1.0 { levelled.get().enlarge(scale)?.to_grey() } else { levelled.get().to_grey() };
        let placement = Placement { given, quarters, degrees, rotated, scale };
        Ok(Upright { grey, marks, placement })
    }
}

/// A picture that is only copied when it changes.
enum Picture<'a> {
    Borrowed(&'a Pix),
    Owned(Pix),
}

impl Picture<'_> {
    fn get(&self) -> &Pix {
        match self {
            Self::Borrowed(pix) => pix,
            Self::Owned(pix) => pix,
        }
    }

    fn turn(self, quarters: u8) -> Result<Self> {
        if quarters == 0 { Ok(self) } else { self.get().turn(quarters).map(Self::Owned) }
    }

    fn rotate(self, degrees: f32) -> Result<Self> {
        if degrees == 0.0 { Ok(self) } else { self.get().rotate(degrees).map(Self::Owned) }
    }
}

/// Whether most of the picture is dark and there are more letters in its light parts than in its dark ones.
fn is_light_on_dark(ink: &Pix) -> Result<bool> {
    const MOSTLY: f32 = 0.5;
    if ink.ink_share() <= MOSTLY {
        return Ok(false);
    }
    let light = ink.invert()?;
    // Letters have holes, which are of the other colour.
    Ok(Marks::of(&light)?.count() * 2 > Marks::of(ink)?.count() * 3)
}

/// The clockwise turn in degrees that is worth its blur: the lines are plain, and not level already.
fn levelling(slope: Slope) -> f32 {
    const PLAIN: f32 = 3.0;
    const LEVEL: f32 = 0.3;
    if slope.confidence >= PLAIN && slope.degrees.abs() >= LEVEL { slope.degrees } else { 0.0 }
}

/// How much larger a page of small letters is read: Tesseract's layout analysis loses dots and commas of a few pixels.
fn enlargement(marks: &Marks, (width, height): (u32, u32)) -> f32 {
    const SMALL: u32 = 9;
    const TWICE: f32 = 2.0;
    /// A page with more pixels takes too long.
    const MOST_PIXELS: u64 = 4 << 20;
    let is_small = marks.count() > 0 && marks.height() <= SMALL;
    if is_small && u64::from(width) * u64::from(height) <= MOST_PIXELS { TWICE } else { 1.0 }
}
