//! The samples of each colour at the smaller size, and the pixels that they make.

use super::frame::Frame;
use super::idct::Transform;

/// The planes of a picture, all of the same size: where a colour has fewer blocks, these become larger.
pub(super) struct Planes {
    pub(super) stride: usize,
    pub(super) planes: Vec<Plane>,
}

pub(super) struct Plane {
    pub(super) transform: Transform,
    pub(super) samples: Vec<u8>,
}

impl Planes {
    /// Planes for blocks of which the finest colour keeps `points` × `points` samples. `None` where a colour would need
    /// more than its blocks have.
    pub(super) fn new(frame: &Frame<'_>, points: usize) -> Option<Self> {
        let (across, down) = frame.mcus();
        let stride = across * frame.most.0 * points;
        let rows = down * frame.most.1 * points;
        let mut planes = Vec::with_capacity(frame.components.len());
        for component in &frame.components {
            let size =
                (points * frame.most.0 / component.blocks.0, points * frame.most.1 / component.blocks.1);
            if size.0 > 8 || size.1 > 8 {
                return None;
            }
            planes.push(Plane { transform: Transform::new(size), samples: vec![0; stride * rows] });
        }
        Some(Self { stride, planes })
    }

    /// The pixels of the top left `width` × `height`.
    pub(super) fn rgba(&self, width: u32, height: u32) -> Vec<u8> {
        let (width, height) = (width as usize, height as usize);
        let mut rgba = vec![255; width * height * 4];
        for (y, out) in rgba.chunks_exact_mut(width * 4).enumerate() {
            let row = y * self.stride..y * self.stride + width;
            match &self.planes[..] {
                [luma, blue, red] => {
                    let [y, cb, cr] = [luma, blue, red].map(|plane| &plane.samples[row.clone()]);
                    let pixels = out.as_chunks_mut().0.iter_mut().zip(y).zip(cb).zip(cr);
                    pixels.for_each(|(((pixel, &y), &cb), &cr)| *pixel = color(y, cb, cr));
                }
                grey => {
                    let samples = grey.iter().flat_map(|plane| &plane.samples[row.clone()]);
                    let pixels = out.as_chunks_mut().0.iter_mut().zip(samples);
                    pixels.for_each(|(pixel, &level)| *pixel = [level, level, level, 255]);
                }
            }
        }
        rgba
    }
}

/// ITU-T T.871, section 7, in numbers of 16 binary places.
#[inline]
fn color(y: u8, cb: u8, cr: u8) -> [u8; 4] {
    let y = (i32::from(y) << 16) + (1 << 15);
    let (cb, cr) = (i32::from(cb) - 128, i32::from(cr) - 128);
    let level = |value: i32| (value >> 16).clamp(0, 255) as u8;
    [level(y + 91_881 * cr), level(y - 22_554 * cb - 46_802 * cr), level(y + 116_130 * cb), 255]
}
