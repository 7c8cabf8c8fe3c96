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
