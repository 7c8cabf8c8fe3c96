//! The entropy-coded part: every code is read, and few of the numbers are kept (ITU-T T.81, F.2.2).

use memchr::memchr;

use super::frame::{Component, Frame};
use super::huffman::{Bits, PADDING};
use super::idct::Transform;
use super::planes::Planes;

/// The place in a block, by rows, of each zigzag index (T.81, figure A.6).
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Fills `planes`. `None` where the data is damaged, too short, or followed by another scan.
pub(super) fn decode(frame: &Frame<'_>, planes: &mut Planes) -> Option<()> {
    let (across, down) = frame.mcus();
    let total = across * down;
    let interval = if frame.restart_interval == 0 { total } else { frame.restart_interval };
    let readers: Vec<_> = frame
        .components
        .iter()
        .zip(&planes.planes)
        .map(|(component, plane)| Reader::new(component, &plane.transform))
        .collect();
    let mut segments = Segments { rest: frame.entropy, bytes: Vec::new(), restarts: 0 };
    for first in (0..total).step_by(interval) {
        let is_last = first + interval >= total;
        let mut bits = Bits::new(segments.next(is_last)?);
        let mut predictions = [0; 3];
        for mcu in first..total.min(first + interval) {
            for (index, reader) in readers.iter().enumerate() {
                let place = (mcu % across, mcu / across);
                reader.mcu(&mut bits, &mut predictions[index], planes, index, place)?;
            }
            if bits.is_beyond() {
                return None;
            }
        }
    }
    Some(())
}

impl Frame<'_> {
    /// MCUs across and down.
    pub(super) fn mcus(&self) -> (usize, usize) {
        let count = |side: u32, blocks: usize| (side as usize).div_ceil(8 * blocks);
        (count(self.width, self.most.0), count(self.height, self.most.1))
    }
}

/// The data between restart markers, without the zeros that are stuffed into it.
struct Segments<'a> {
    rest: &'a [u8],
    bytes: Vec<u8>,
    restarts: u8,
}

impl Segments<'_> {
    /// The next one, which ends at the restart marker that is due, or is the last and ends at the end of the image.
    fn next(&mut self, is_last: bool) -> Option<&[u8]> {
        self.bytes.clear();
        loop {
            let place = memchr(0xFF, self.rest)?;
            self.bytes.extend_from_slice(&self.rest[..place]);
            let marker = *self.rest.get(place + 1)?;
            self.rest = &self.rest[place + 2..];
            match marker {
                0x00 => self.bytes.push(0xFF),
                0xD9 if is_last => break,
                _ if !is_last && marker == 0xD0 + self.restarts % 8 => break,
                _ => return None,
            }
        }
        self.restarts = self.restarts.wrapping_add(1);
        self.bytes.extend([0; PADDING]);
        Some(&self.bytes)
    }
}

/// Reads the blocks of one component.
struct Reader<'a> {
    component: &'a Component,
    /// By zigzag index, whether a coefficient is kept, as a bit.
    kept: u64,
    last_kept: usize,
    scale: [f32; 64],
}

impl<'a> Reader<'a> {
    fn new(component: &'a Component, transform: &Transform) -> Self {
        let (across, down) = transform.size();
        let is_kept = |index: &usize| {
            let place = usize::from(ZIGZAG[*index]);
            place % 8 < across && place / 8 < down
        };
        let kept = (0..64).filter(is_kept).fold(0u64, |kept, index| kept | 1 << index);
        let last_kept = 63 - kept.leading_zeros() as usize;
        Self { component, kept, last_kept, scale: component.quantization.map(f32::from) }
    }

    /// The blocks of one MCU.
    fn mcu(
        &self,
        bits: &mut Bits<'_>,
        prediction: &mut i32,
        planes: &mut Planes,
        index: usize,
        (mcu_x, mcu_y): (usize, usize),
    ) -> Option<()> {
        let (across, down) = self.component.blocks;
        let stride = planes.stride;
        let plane = &mut planes.planes[index];
        let (width, height) = plane.transform.size();
        for y in 0..down {
            for x in 0..across {
                let mut block = [0.0; 64];
                self.block(bits, prediction, &mut block)?;
                let place = (mcu_y * down + y) * height * stride + (mcu_x * across + x) * width;
                plane.transform.write(&block, &mut plane.samples[place..], stride);
            }
        }
        Some(())
    }

    /// The coefficients of one block that are kept.
    #[inline]
    fn block(&self, bits: &mut Bits<'_>, prediction: &mut i32, block: &mut [f32; 64]) -> Option<()> {
        bits.refill();
        let code = self.component.dc.find(bits)?;
        if code.run != 0 || code.size > 11 {
            return None;
        }
        *prediction = prediction.wrapping_add(bits.number(code));
        bits.skip(code.bits);
        block[0] = *prediction as f32 * self.scale[0];
        let mut index = 1;
        while index < 64 {
            bits.refill();
            if index > self.last_kept {
                let skip = self.component.ac.skip(bits);
                if skip.bits > 0 && index + usize::from(skip.coefficients) < 64 {
                    bits.skip(skip.bits);
                    index += usize::from(skip.coefficients);
                    if skip.ends {
                        break;
                    }
                    continue;
                }
            }
            let code = self.component.ac.find(bits)?;
            if code.size == 0 {
                bits.skip(code.bits);
                match code.run {
                    0 => break,
                    15 => index += 16,
                    _ => return None,
                }
                continue;
            }
            index += usize::from(code.run);
            if index > 63 {
                return None;
            }
            if self.kept >> index & 1 == 1 {
                block[usize::from(ZIGZAG[index])] = bits.number(code) as f32 * self.scale[index];
            }
            bits.skip(code.bits);
            index += 1;
        }
        Some(())
    }
}
