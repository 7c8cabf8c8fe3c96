//! What the properties of a picture ask for: how to turn it, and how its colours are coded.

use image::metadata::Orientation;

use super::boxes::{Fields, IsoBox};
use super::obu::Coding;
use crate::error::Result;

/// What the properties of a picture say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Properties {
    /// The rotations (`irot`) and mirrorings (`imir`), joined in their order.
    pub orientation: Orientation,
    /// The coding of its colours (`colr` of the type `nclx`).
    pub coding: Option<Coding>,
}

impl Properties {
    pub(super) fn new(list: &[IsoBox<'_>]) -> Result<Self> {
        let mut turn = Turn::default();
        let mut coding = None;
        for property in list {
            let mut fields = Fields(property.content);
            match property.kind {
                b"irot" => turn.rotate(fields.number(1)?),
                b"imir" => turn.mirror(fields.number(1)?),
                b"colr" if coding.is_none() => coding = coding_of(fields)?,
                _ => {}
            }
        }
        Ok(Self { orientation: turn.orientation(), coding })
    }
}

/// The coding that a `colr` box tells, unless it holds an ICC profile.
fn coding_of(mut fields: Fields<'_>) -> Result<Option<Coding>> {
    if fields.kind()? != b"nclx" {
        return Ok(None);
    }
    // Primaries and transfer: the picture keeps the colour space of its file.
    fields.skip(4)?;
    let matrix = fields.number(2)? as u16;
    let full_range = fields.number(1)? >> 7 == 1;
    Ok(Some(Coding { matrix, full_range }))
}

/// Rotations and mirrorings joined: first some quarter turns clockwise, then perhaps left and right exchanged.
#[derive(Debug, Default)]
struct Turn {
    quarters: u64,
    mirrored: bool,
}

impl Turn {
    /// `irot` counts quarter turns anti-clockwise (ISO/IEC 23008-12, § 6.5.10).
    fn rotate(&mut self, angle: u64) {
        let angle = angle & 3;
        // A turn after a mirroring is the opposite turn before it.
        self.quarters += if self.mirrored { angle } else { 4 - angle };
    }

    /// `imir` exchanges top and bottom (0), or left and right (1) (ISO/IEC 23008-12, § 6.5.12).
    fn mirror(&mut self, axis: u64) {
        self.mirrored = !self.mirrored;
        // Exchanging top and bottom is a half turn with left and right exchanged.
        self.quarters += if axis & 1 == 0 { 2 } else { 0 };
    }

    fn orientation(&self) -> Orientation {
        match (self.quarters % 4, self.mirrored) {
            (0, false) => Orientation::NoTransforms,
            (1, false) => Orientation::Rotate90,
            (2, false) => Orientation::Rotate180,
            (_, false) => Orientation::Rotate270,
            (0, true) => Orientation::FlipHorizontal,
            (1, true) => Orientation::Rotate90FlipH,
            (2, true) => Orientation::FlipVertical,
            (_, true) => Orientation::Rotate270FlipH,
        }
    }
}
