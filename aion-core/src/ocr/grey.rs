//! Grey pixels: what Tesseract is given, and what a worker owns while it reads.

use super::result::Bounds;
use crate::image::Image;

/// One byte a pixel, 0 for black, row by row from the top left.
pub(crate) struct Grey {
    width: u32,
    height: u32,
    bytes: Vec<u8>,
}

impl Grey {
    /// `width * height` bytes as they stand.
    pub(super) fn new(width: u32, height: u32, bytes: Vec<u8>) -> Self {
        Self { width, height, bytes }
    }

    /// The luma of `image` over white paper.
    ///
    /// The weights are leptonica's, so a picture looks the same as if Tesseract had opened the file itself.
    pub(crate) fn of(image: &Image) -> Self {
        let bytes = image.rgba().chunks_exact(4).map(|pixel| grey_of(pixel[0], pixel[1], pixel[2], pixel[3]));
        Self { width: image.width(), height: image.height(), bytes: bytes.collect() }
    }

    /// The levels that a hundredth of the pixels are darker than, and that a hundredth are lighter than.
    pub(super) fn range(&self) -> (u8, u8) {
        let mut counts = [0usize; 256];
        self.bytes.iter().for_each(|&level| counts[usize::from(level)] += 1);
        let few = self.bytes.len() / 100;
        let past = |sum: &mut usize, count: usize| {
            *sum += count;
            *sum > few
        };
        let mut sum = 0;
        let dark = counts.iter().position(|&count| past(&mut sum, count)).unwrap_or(0);
        let mut sum = 0;
        let light = counts.iter().rposition(|&count| past(&mut sum, count)).unwrap_or(255);
        (dark as u8, light.max(dark) as u8)
    }

    /// How much the paper, which is the lightest tenth of the pixels, differs between the parts of the picture.
    pub(super) fn paper_spread(&self) -> u8 {
        const PARTS: usize = 8;
        let (width, height) = (self.width as usize, self.height as usize);
        let mut counts = vec![[0u32; 256]; PARTS * PARTS];
        // Every other row and column tells as much as all of them.
        for (y, row) in self.bytes.chunks_exact(width).enumerate().step_by(2) {
            let parts = &mut counts[y * PARTS / height * PARTS..][..PARTS];
            for (part, piece) in parts.iter_mut().zip(row.chunks(width.div_ceil(PARTS))) {
                piece.iter().step_by(2).for_each(|&level| part[usize::from(level)] += 1);
            }
        }
        let papers = counts.iter().filter_map(|part| {
            let tenth = part.iter().sum::<u32>() / 10;
            let mut lighter = 0;
            part.iter().rposition(|&count| {
                lighter += count;
                lighter > tenth
            })
        });
        let (least, most) = papers.fold((255, 0), |(least, most), paper| (least.min(paper), most.max(paper)));
        most.saturating_sub(least) as u8
    }

    /// The same picture with `range` stretched over all levels.
    pub(super) fn stretched(&self, (dark, light): (u8, u8)) -> Self {
        let (dark, span) = (u32::from(dark), u32::from(light - dark).max(1));
        let stretch = |level: u32| (level.saturating_sub(dark) * 255 / span).min(255) as u8;
        let levels: Vec<u8> = (0..256).map(stretch).collect();
        let bytes = self.bytes.iter().map(|&level| levels[usize::from(level)]).collect();
        Self { width: self.width, height: self.height, bytes }
    }

    /// The part of the picture within `bounds`, which has to lie in it.
    pub(super) fn crop(&self, bounds: Bounds) -> Self {
        let rows = self.bytes.chunks_exact(self.width as usize);
        let rows = rows.skip(bounds.y as usize).take(bounds.height as usize);
        let bytes = rows.flat_map(|row| &row[bounds.x as usize..bounds.right() as usize]).copied().collect();
        Self { width: bounds.width, height: bounds.height, bytes }
    }

    /// Pixels from left to right.
    pub(crate) fn width(&self) -> u32 {
        self.width
    }

    /// Pixels from top to bottom.
    pub(crate) fn height(&self) -> u32 {
        self.height
    }

    /// `width * height` bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// 0.3 red, 0.5 green and 0.2 blue in 256ths, then the paper that shines through.
fn grey_of(red: u8, green: u8, blue: u8, alpha: u8) -> u8 {
    let luma = (77 * u32::from(red) + 128 * u32::from(green) + 51 * u32::from(blue) + 128) >> 8;
    let alpha = u32::from(alpha);
    ((luma * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_and_white_stay_and_what_is_clear_is_paper() {
        assert_eq!(grey_of(0, 0, 0, 255), 0);
        assert_eq!(grey_of(255, 255, 255, 255), 255);
        assert_eq!(grey_of(0, 0, 0, 0), 255);
        assert_eq!(grey_of(0, 0, 0, 128), 127);
    }

    #[test]
    fn pixels_keep_their_places() {
        let image = Image::from_rgba(2, 1, vec![0, 0, 0, 255, 255, 255, 255, 255]).unwrap();
        let grey = Grey::of(&image);
        assert_eq!((grey.width(), grey.height(), grey.bytes()), (2, 1, [0, 255].as_slice()));
    }
}
