//! The head of an AV1 stream, read before the decoder gets it, so that its size is known and its work bounded.

use super::damaged;
use crate::error::Result;

/// Most frames that one picture may be made of. A still has one, a layered one up to four. Without a bound, a
/// few bytes a frame would buy the work of a whole picture each.
const MAX_FRAMES: usize = 4;

/// How RGB was turned into the planes of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Coding {
    /// Matrix coefficients as numbered in ITU-T H.273, table 4.
    pub matrix: u16,
    /// Whether samples use all of their numbers, or the range that video leaves room around.
    pub full_range: bool,
}

/// What a sequence header tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SequenceHeader {
    /// The widest that a frame may be.
    pub width: u32,
    /// The highest that a frame may be.
    pub height: u32,
    /// 8, 10 or 12.
    pub bit_depth: u8,
    /// Of its colours; a container can overrule it.
    pub coding: Coding,
}

/// The first sequence header in `data`, after a look at what else there is.
///
/// # Errors
/// `InvalidInput` when there is none, one is cut off, or there are too many frames for a still.
pub(super) fn inspect(data: &[u8]) -> Result<SequenceHeader> {
    let mut header = None;
    let mut frames = 0;
    for unit in Units(data) {
        match unit? {
            (1, content) if header.is_none() => header = Some(sequence_header(content)?),
            // A frame's header with its tiles apart or together.
            (3 | 6, _) => frames += 1,
            _ => {}
        }
    }
    if frames > MAX_FRAMES {
        return Err(damaged("its AV1 data holds more frames than a still has"));
    }
    header.ok_or_else(|| damaged("its AV1 data has no sequence header"))
}

/// Open bitstream units that follow one another: kind and content (AV1 specification, § 5.3).
struct Units<'a>(&'a [u8]);

impl<'a> Iterator for Units<'a> {
    type Item = Result<(u8, &'a [u8])>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let unit = self.one_unit().ok_or_else(|| damaged("its AV1 data is cut off"));
        if unit.is_err() {
            self.0 = &[];
        }
        Some(unit)
    }
}

impl<'a> Units<'a> {
    fn one_unit(&mut self) -> Option<(u8, &'a [u8])> {
        let head = self.byte()?;
        if head & 4 != 0 {
            self.byte()?;
        }
        let length = if head & 2 != 0 { self.leb128()? } else { self.0.len() };
        let (content, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some((head >> 3 & 15, content))
    }

    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(byte)
    }

    fn leb128(&mut self) -> Option<usize> {
        let mut number = 0_u64;
        for place in 0..8 {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                return usize::try_from(number).ok();
            }
        }
        None
    }
}

/// AV1 specification, § 5.5.1.
fn sequence_header(content: &[u8]) -> Result<SequenceHeader> {
    read_sequence_header(&mut Bits { bytes: content, at: 0 })
        .ok_or_else(|| damaged("its AV1 sequence header is cut off"))
}

fn read_sequence_header(bits: &mut Bits<'_>) -> Option<SequenceHeader> {
    let profile = bits.number(3)?;
    let _still_picture = bits.flag()?;
    let reduced = bits.flag()?;
    if reduced {
        bits.skip(5)?;
    } else {
        skip_operating_points(bits)?;
    }
    let (width_bits, height_bits) = (bits.number(4)? + 1, bits.number(4)? + 1);
    let (width, height) = (bits.number(width_bits)? + 1, bits.number(height_bits)? + 1);
    if !reduced && bits.flag()? {
        // Lengths of frame numbers.
        bits.skip(7)?;
    }
    // Superblock size, and two tools for predicting within a frame.
    bits.skip(3)?;
    if !reduced {
        skip_inter_tools(bits)?;
    }
    // Super-resolution, CDEF and loop restoration.
    bits.skip(3)?;
    let (bit_depth, coding) = color_config(bits, profile)?;
    Some(SequenceHeader { width, height, bit_depth, coding })
}

/// Timing, the decoder model and the operating points, of which a still needs nothing.
fn skip_operating_points(bits: &mut Bits<'_>) -> Option<()> {
    let mut delay_bits = None;
    if bits.flag()? {
        bits.skip(64)?;
        if bits.flag()? {
            bits.skip_uvlc()?;
        }
        if bits.flag()? {
            delay_bits = Some(bits.number(5)? + 1);
            bits.skip(42)?;
        }
    }
    let has_display_delay = bits.flag()?;
    for _ in 0..=bits.number(5)? {
        bits.skip(12)?;
        if bits.number(5)? > 7 {
            bits.skip(1)?;
        }
        if let Some(delay_bits) = delay_bits
            && bits.flag()?
        {
            bits.skip(2 * delay_bits + 1)?;
        }
        if has_display_delay && bits.flag()? {
            bits.skip(4)?;
        }
    }
    Some(())
}

/// Tools for predicting from other frames.
fn skip_inter_tools(bits: &mut Bits<'_>) -> Option<()> {
    bits.skip(4)?;
    let order_hint = bits.flag()?;
    if order_hint {
        bits.skip(2)?;
    }
    let may_use_screen_content_tools = bits.flag()? || bits.flag()?;
    if may_use_screen_content_tools && !bits.flag()? {
        bits.skip(1)?;
    }
    if order_hint {
        bits.skip(3)?;
    }
    Some(())
}

/// AV1 specification, § 5.5.2.
fn color_config(bits: &mut Bits<'_>, profile: u32) -> Option<(u8, Coding)> {
    let bit_depth = match (bits.flag()?, profile) {
        (false, _) => 8,
        (true, 2) if bits.flag()? => 12,
        (true, _) => 10,
    };
    let monochrome = profile != 1 && bits.flag()?;
    let description =
        if bits.flag()? { [bits.number(8)?, bits.number(8)?, bits.number(8)?] } else { [2, 2, 2] };
    // sRGB primaries and transfer kept as RGB leave the range untold: it is full.
    let full_range = (!monochrome && description == [1, 13, 0]) || bits.flag()?;
    Some((bit_depth, Coding { matrix: description[2] as u16, full_range }))
}

/// Bits that follow one another, the most significant first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn flag(&mut self) -> Option<bool> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(bit == 1)
    }

    /// A number of up to 32 bits.
    fn number(&mut self, length: u32) -> Option<u32> {
        (0..length).try_fold(0, |number, _| Some(number << 1 | u32::from(self.flag()?)))
    }

    fn skip(&mut self, length: u32) -> Option<()> {
        (0..length).try_for_each(|_| self.flag().map(drop))
    }

    /// As many zeros as the number behind the one after them has bits.
    fn skip_uvlc(&mut self) -> Option<()> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
        }
        // From 32 zeros on, no number follows.
        self.skip(if zeros < 32 { zeros } else { 0 })
    }
}
