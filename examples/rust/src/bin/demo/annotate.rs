//! The picture with a box around every word that was read.

use std::error::Error;
use std::path::Path;

use aion_core::{Bounds, ParsedImage};
use image::{Rgba, RgbaImage};

const SURE: Rgba<u8> = Rgba([0, 140, 60, 255]);
const UNSURE: Rgba<u8> = Rgba([220, 60, 0, 255]);
const LINE_WIDTH: u32 = 2;

/// Writes a PNG in which words of a confidence over 0.6 have a green box, the others an orange one.
pub fn write(parsed: &ParsedImage, path: &Path) -> Result<(), Box<dyn Error>> {
    let rgba = parsed.rgba.clone().ok_or("the pixels were not kept")?;
    let mut canvas = RgbaImage::from_raw(parsed.width, parsed.height, rgba).ok_or("the pixels do not fit")?;
    // Words of later pages are not on this picture.
    let words = parsed.ocr.iter().flat_map(|ocr| ocr.words()).filter(|word| word.page == 0);
    for word in words {
        outline(&mut canvas, word.bounds, if word.confidence > 0.6 { SURE } else { UNSURE });
    }
    canvas.save(path)?;
    Ok(())
}

fn outline(canvas: &mut RgbaImage, bounds: Bounds, colour: Rgba<u8>) {
    let left = bounds.x.saturating_sub(LINE_WIDTH);
    let top = bounds.y.saturating_sub(LINE_WIDTH);
    let right = (bounds.x + bounds.width + LINE_WIDTH).min(canvas.width());
    let bottom = (bounds.y + bounds.height + LINE_WIDTH).min(canvas.height());
    for y in top..bottom {
        for x in left..right {
            let is_edge = x < left + LINE_WIDTH
                || x + LINE_WIDTH >= right
                || y < top + LINE_WIDTH
                || y + LINE_WIDTH >= bottom;
            if is_edge {
                canvas.put_pixel(x, y, colour);
            }
        }
    }
}
