//! Which way up the text of a page stands, told by its ink: more letters rise above their line than fall below it.

use super::leptonica::{Ascenders, Pix, Slope};
use crate::error::Result;

/// A guess, and whether it needs no second one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Orientation {
    /// The clockwise quarter turns that make the page upright, 0 to 3.
    pub(super) quarters: u8,
    /// Whether the ink says so plainly.
    pub(super) is_sure: bool,
}

/// Looks at a picture of one bit a pixel, whose lines have that slope; 0 and unsure where there is too little text to tell.
pub(super) fn detect(ink: &Pix, slope: Slope) -> Result<Orientation> {
    /// Ascenders are told on lines that are level within this many degrees.
    const STEEP: f32 = 2.0;
    /// Lines as plain as this are lines of text along that axis.
    const PLAIN: f32 = 3.0;
    let level = |ink: &Pix, slope: Slope| -> Result<Option<Pix>> {
        let is_steep = slope.confidence >= PLAIN && slope.degrees.abs() > STEEP;
        is_steep.then(|| ink.rotate_ink(slope.degrees)).transpose()
    };
    let levelled = level(ink, slope)?;
    let found = decide(levelled.as_ref().unwrap_or(ink).ascenders());
    if found.is_sure {
        return Ok(found);
    }
    // The lines may run from top to bottom, and steeply.
    let turned = ink.turn(1)?;
    let Some(levelled) = level(&turned, turned.slope())? else { return Ok(found) };
    let other = decide(levelled.ascenders());
    Ok(if other.is_sure { Orientation { quarters: (other.quarters + 1) % 4, ..other } } else { found })
}

/// The direction with most evidence, if it is plain and far ahead of that along the other axis.
fn decide(found: Ascenders) -> Orientation {
    const PLAIN: f32 = 6.0;
    const AHEAD: f32 = 2.0;
    let (up, left) = (found.up.abs(), found.left.abs());
    let is_sure = up.max(left) >= PLAIN && up.max(left) >= AHEAD * up.min(left);
    let quarters = match (is_sure, up > left) {
        (false, _) => 0,
        (true, true) => {
            if found.up > 0.0 {
                0
            } else {
                2
            }
        }
        (true, false) => {
            if found.left > 0.0 {
                1
            } else {
                3
            }
        }
    };
    Orientation { quarters, is_sure }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_evidence_decides_if_it_is_plain() {
        let decide = |up, left| decide(Ascenders { up, left });
        assert_eq!(decide(11.6, -0.6), Orientation { quarters: 0, is_sure: true });
        assert_eq!(decide(-18.9, 5.8), Orientation { quarters: 2, is_sure: true });
        assert_eq!(decide(3.4, 29.7), Orientation { quarters: 1, is_sure: true });
        assert_eq!(decide(0.0, -12.0), Orientation { quarters: 3, is_sure: true });
        assert_eq!(decide(2.5, -0.6), Orientation { quarters: 0, is_sure: false });
        assert_eq!(decide(-9.0, 8.0), Orientation { quarters: 0, is_sure: false });
    }
}
