//! From the picture that is read back to the one that was given.

use super::result::Bounds;

/// What was done to a picture before it was read, in this order: quarter turns, a small rotation, a change of scale.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placement {
    /// Sides of the picture that was given.
    pub(super) given: (u32, u32),
    /// Clockwise quarter turns, 0 to 3.
    pub(super) quarters: u8,
    /// The clockwise rotation about the centre, in degrees.
    pub(super) degrees: f32,
    /// Sides after that rotation, which adds paper around the picture.
    pub(super) rotated: (u32, u32),
    /// How much longer the sides then became.
    pub(super) scale: f32,
}

impl Placement {
    /// The rectangle of the picture that was given which holds `bounds` of the one that was read.
    pub(super) fn back(&self, bounds: Bounds) -> Bounds {
        if self.quarters == 0 && self.degrees == 0.0 && self.scale == 1.0 {
            return bounds;
        }
        let (left, top) = (f64::from(bounds.x), f64::from(bounds.y));
        let (right, bottom) = (f64::from(bounds.right()), f64::from(bounds.bottom()));
        let corners =
            [(left, top), (right, top), (left, bottom), (right, bottom)].map(|corner| self.point(corner));
        let least = |values: [f64; 4]| values.into_iter().fold(f64::INFINITY, f64::min);
        let most = |values: [f64; 4]| values.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let (xs, ys) = (corners.map(|corner| corner.0), corners.map(|corner| corner.1));
        let (x, width) = span(least(xs), most(xs), self.given.0);
        let (y, height) = span(least(ys), most(ys), self.given.1);
        Bounds { x, y, width, height }
    }

    fn point(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let scale = f64::from(self.scale);
        let turned = match self.quarters % 2 {
            0 => self.given,
            _ => (self.given.1, self.given.0),
        };
        let (width, height) = (f64::from(turned.0), f64::from(turned.1));
        let (dx, dy) =
            (x / scale - f64::from(self.rotated.0) / 2.0, y / scale - f64::from(self.rotated.1) / 2.0);
        let (sin, cos) = f64::from(self.degrees).to_radians().sin_cos();
        let (x, y) = (cos * dx + sin * dy + width / 2.0, cos * dy - sin * dx + height / 2.0);
        match self.quarters {
            0 => (x, y),
            1 => (y, width - x),
            2 => (width - x, height - y),
            _ => (height - y, x),
        }
    }
}

/// A start and a length of whole pixels between `from` and `to`, cut to a side of `limit`.
fn span(from: f64, to: f64, limit: u32) -> (u32, u32) {
    // Rounding errors must not add a pixel.
    const SLACK: f64 = 1e-6;
    let start = ((from + SLACK).floor().max(0.0) as u32).min(limit - 1);
    let end = ((to - SLACK).ceil().max(0.0) as u32).clamp(start + 1, limit);
    (start, end - start)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: (u32, u32) = (100, 40);
    const WORD: Bounds = Bounds { x: 10, y: 5, width: 20, height: 8 };

    fn placement(quarters: u8, scale: f32) -> Placement {
        let rotated = if quarters.is_multiple_of(2) { GIVEN } else { (GIVEN.1, GIVEN.0) };
        Placement { given: GIVEN, quarters, degrees: 0.0, rotated, scale }
    }

    #[test]
    fn what_was_not_moved_stays() {
        assert_eq!(placement(0, 1.0).back(WORD), WORD);
    }

    #[test]
    fn quarter_turns_are_taken_back_exactly() {
        let quarter = Bounds { x: GIVEN.1 - 5 - 8, y: 10, width: 8, height: 20 };
        let half = Bounds { x: GIVEN.0 - 10 - 20, y: GIVEN.1 - 5 - 8, ..WORD };
        let three = Bounds { x: 5, y: GIVEN.0 - 10 - 20, width: 8, height: 20 };
        for (quarters, seen) in [(1, quarter), (2, half), (3, three)] {
            assert_eq!(placement(quarters, 1.0).back(seen), WORD, "{quarters} quarters");
        }
    }

    #[test]
    fn an_enlarged_word_shrinks_to_its_place() {
        let seen = Bounds { x: 20, y: 10, width: 40, height: 16 };
        assert_eq!(placement(0, 2.0).back(seen), WORD);
    }

    #[test]
    fn a_rotation_is_taken_back_about_the_centre_and_cut_to_the_picture() {
        // Lines that fall to the right by 30° are levelled by a turn of −30°.
        let turn =
            Placement { given: (200, 200), quarters: 0, degrees: -30.0, rotated: (300, 300), scale: 1.0 };
        let dot = turn.back(Bounds { x: 200, y: 150, width: 1, height: 1 });
        assert!(dot.x.abs_diff(143) <= 1 && dot.y.abs_diff(125) <= 1, "{dot:?}");
        let outside = turn.back(Bounds { x: 299, y: 299, width: 1, height: 1 });
        assert!(outside.right() <= 200 && outside.bottom() <= 200 && outside.width > 0, "{outside:?}");
    }
}
