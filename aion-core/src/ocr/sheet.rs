//! A page before it is read: dark ink on light paper, turned upright, levelled and large enough.

use super::engine::MAX_SIDE;
use super::geometry::Placement;
use super::grey::Grey;
use super::leptonica::{Pix, Slope, room};
use super::marks::Marks;
use super::orientation;
use crate::error::Result;

/// A page as it was given, with dark ink on light paper.
pub(super) struct Sheet {
    grey: Pix,
    ink: Pix,
    paper: u8,
    slope: Slope,
    marks: Marks,
}

/// A page as it is to be read, and the way back.
pub(super) struct Upright {
    pub(super) grey: Grey,
    pub(super) marks: Marks,
    pub(super) placement: Placement,
}

impl Sheet {
    /// Tells ink from paper, after what light and contrast have done to them.
    ///
    /// Light text on dark ground is inverted: Tesseract would read such a page twice.
    pub(super) fn new(grey: &Grey) -> Result<Self> {
        let (dark, light) = grey.range();
        let is_pale = light - dark < NEAR;
        let is_shaded = grey.paper_spread() > SHADE;
        let grey = if is_pale { Pix::of(&grey.stretched((dark, light)))? } else { Pix::of(grey)? };
        let (dark, light) = if is_pale { (0, u8::MAX) } else { (dark, light) };
        let ink = grey.binarize()?;
        if is_light_on_dark(&ink)? {
            return Self::without_specks(grey.invert()?, ink.invert()?, u8::MAX - dark);
        }
        if is_shaded && let Some((grey, ink)) = lit(&grey, &ink)? {
            return Self::without_specks(grey, ink, LIT_PAPER);
        }
        Self::without_specks(grey, ink, light)
    }

    fn without_specks(grey: Pix, ink: Pix, paper: u8) -> Result<Self> {
        let marks = Marks::of(&ink)?;
        if !marks.are_specked() {
            return Ok(Self { slope: ink.slope(), grey, ink, paper, marks });
        }
        let grey = grey.without_specks()?;
        let ink = grey.binarize()?;
        Ok(Self { slope: ink.slope(), marks: Marks::of(&ink)?, grey, ink, paper })
    }

    /// Which way up the text stands, as far as its ink tells.
    pub(super) fn orientation(&self) -> Result<orientation::Orientation> {
        orientation::detect(&self.ink, self.slope)
    }

    /// The page after `quarters` clockwise quarter turns, with its lines levelled.
    pub(super) fn upright(&self, quarters: u8) -> Result<Upright> {
        let given = (self.grey.width(), self.grey.height());
        let (grey, ink) = (Picture::of(&self.grey, quarters)?, Picture::of(&self.ink, quarters)?);
        // Upside down, lines slope as they did.
        let slope = if quarters.is_multiple_of(2) { self.slope } else { ink.get().slope() };
        let degrees = levelling(slope, ink.get());
        let is_as_given = quarters == 0 && degrees == 0.0;
        let grey = grey.rotated(degrees, |pix| pix.rotate_grey(degrees, self.paper))?;
        let ink = ink.rotated(degrees, |pix| pix.rotate_ink(degrees))?;
        let marks = if is_as_given { self.marks.clone() } else { Marks::of(ink.get())? };
        let rotated = (grey.get().width(), grey.get().height());
        let scale = enlargement(&marks, rotated);
        let grey = if scale == 1.0 { grey.get().to_grey() } else { grey.get().enlarge(scale)?.to_grey() };
        let placement = Placement { given, quarters, degrees, rotated, scale };
        Ok(Upright { grey, marks, placement })
    }
}

/// A picture that is only copied when it changes.
enum Picture<'a> {
    Borrowed(&'a Pix),
    Owned(Pix),
}

impl<'a> Picture<'a> {
    /// `pix` after clockwise quarter turns.
    fn of(pix: &'a Pix, quarters: u8) -> Result<Self> {
        if quarters == 0 { Ok(Self::Borrowed(pix)) } else { pix.turn(quarters).map(Self::Owned) }
    }

    fn get(&self) -> &Pix {
        match self {
            Self::Borrowed(pix) => pix,
            Self::Owned(pix) => pix,
        }
    }

    fn rotated(self, degrees: f32, rotate: impl Fn(&Pix) -> Result<Pix>) -> Result<Self> {
        if degrees == 0.0 { Ok(self) } else { rotate(self.get()).map(Self::Owned) }
    }
}

/// Lines of text are this much sharper along them than across.
const PLAIN: f32 = 3.0;
/// The paper of an evenly lit page differs less than this from place to place.
const SHADE: u8 = 48;

/// Ink and paper that are nearer each other than this leave Tesseract without text.
const NEAR: u8 = 128;
/// The level that leptonica gives the paper under even light.
const LIT_PAPER: u8 = 200;

/// The page under even light, if its lines are as plain there.
///
/// They are not where what is dark is a table around the paper, whose grain would be taken for text.
fn lit(grey: &Pix, ink: &Pix) -> Result<Option<(Pix, Pix)>> {
    const AS_PLAIN: f32 = 0.9;
    /// A single column of short lines has little more than a picture.
    const LINES: f32 = 2.5;
    let lit = grey.even_light()?;
    let lit_ink = lit.binarize()?;
    let is_better = lit_ink.slope().confidence >= LINES.max(ink.slope().confidence * AS_PLAIN)
        && Marks::of(&lit_ink)?.count() * 10 >= Marks::of(ink)?.count() * 9;
    Ok(is_better.then_some((lit, lit_ink)))
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
fn levelling(slope: Slope, ink: &Pix) -> f32 {
    const LEVEL: f32 = 0.3;
    let degrees = slope.degrees;
    let (side, above) = room(ink.width(), ink.height(), degrees);
    let fits = (ink.width() + 2 * side).max(ink.height() + 2 * above) <= MAX_SIDE;
    if fits && slope.confidence >= PLAIN && degrees.abs() >= LEVEL { degrees } else { 0.0 }
}

/// How much larger a page of small letters is read: Tesseract's layout analysis loses dots and commas of a few pixels.
fn enlargement(marks: &Marks, (width, height): (u32, u32)) -> f32 {
    const SMALL: u32 = 9;
    const TWICE: f32 = 2.0;
    /// A page with more pixels takes too long.
    const MOST_PIXELS: u64 = 4 << 20;
    let fits = 2 * width.max(height) <= MAX_SIDE;
    let is_small = fits && marks.count() > 0 && marks.height() <= SMALL;
    if is_small && u64::from(width) * u64::from(height) <= MOST_PIXELS { TWICE } else { 1.0 }
}
