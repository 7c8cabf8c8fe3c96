//! The headers of a JPEG, up to its scan (ITU-T T.81, annex B).

use super::huffman::Table;

/// What a plain JPEG says before its pixels.
pub(super) struct Frame<'a> {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) components: Vec<Component>,
    /// Blocks of an MCU across and down.
    pub(super) most: (usize, usize),
    /// MCUs between two restart markers; 0 for none.
    pub(super) restart_interval: usize,
    /// The Exif chunk, empty if there is none.
    pub(super) exif: &'a [u8],
    /// What follows the header of the scan.
    pub(super) entropy: &'a [u8],
}

/// One colour of the picture.
pub(super) struct Component {
    /// Blocks in an MCU across and down.
    pub(super) blocks: (usize, usize),
    /// By zigzag index.
    pub(super) quantization: [u16; 64],
    pub(super) dc: Table,
    pub(super) ac: Table,
}

/// A component as the frame header tells it.
struct Declared {
    id: u8,
    blocks: (usize, usize),
    quantization: usize,
}

#[derive(Default)]
struct Parser<'a> {
    quantization: [Option<[u16; 64]>; 4],
    dc: [Option<Table>; 4],
    ac: [Option<Table>; 4],
    size: Option<(u32, u32)>,
    declared: Vec<Declared>,
    restart_interval: usize,
    exif: &'a [u8],
    /// What Adobe's marker says of the colours.
    transform: Option<u8>,
}

impl<'a> Frame<'a> {
    /// `None` for whatever is not a plain JPEG.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(&[0xFF, 0xD8])?;
        let mut parser = Parser::default();
        loop {
            let marker;
            (marker, rest) = match rest {
                [0xFF, 0xFF, ..] => {
                    rest = &rest[1..];
                    continue;
                }
                [0xFF, marker, tail @ ..] => (*marker, tail),
                _ => return None,
            };
            let length = usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?]));
            let segment = rest.get(2..length)?;
            rest = rest.get(length..)?;
            if marker == 0xDA {
                return parser.finish(segment, rest);
            }
            parser.segment(marker, segment)?;
        }
    }
}

impl<'a> Parser<'a> {
    fn segment(&mut self, marker: u8, segment: &'a [u8]) -> Option<()> {
        match marker {
            0xC0 | 0xC1 => self.frame(segment),
            0xC4 => self.huffman(segment),
            0xDB => self.quantization(segment),
            0xDD => {
                self.restart_interval = usize::from(u16::from_be_bytes(segment.try_into().ok()?));
                Some(())
            }
            0xE1 => {
                if let (Some(chunk), true) = (segment.strip_prefix(b"Exif\0\0"), self.exif.is_empty()) {
                    self.exif = chunk;
                }
                Some(())
            }
            0xEE => {
                if segment.starts_with(b"Adobe") {
                    self.transform = segment.get(11).copied();
                }
                Some(())
            }
            0xE0..=0xEF | 0xFE => Some(()),
            _ => None,
        }
    }

    fn frame(&mut self, segment: &[u8]) -> Option<()> {
        let (&[precision, h1, h0, w1, w0, count], components) = segment.split_first_chunk()?;
        let (height, width) = (u16::from_be_bytes([h1, h0]), u16::from_be_bytes([w1, w0]));
        let is_known = precision == 8 && matches!(count, 1 | 3) && self.size.is_none();
        if !is_known || width == 0 || height == 0 || components.len() != 3 * usize::from(count) {
            return None;
        }
        self.size = Some((width.into(), height.into()));
        for &[id, sampling, quantization] in components.as_chunks().0 {
            let blocks = match count {
                // A lone component is not interleaved, whatever its factors are.
                1 => (1, 1),
                _ => (usize::from(sampling >> 4), usize::from(sampling & 15)),
            };
            if !matches!(blocks, (1 | 2, 1 | 2)) {
                return None;
            }
            self.declared.push(Declared { id, blocks, quantization: quantization.into() });
        }
        Some(())
    }

    fn quantization(&mut self, mut segment: &[u8]) -> Option<()> {
        while let [head, tail @ ..] = segment {
            let mut table = [0; 64];
            let used = match head >> 4 {
                0 => {
                    let values = table.iter_mut().zip(tail.get(..64)?);
                    values.for_each(|(value, &byte)| *value = byte.into());
                    64
                }
                1 => {
                    let values = table.iter_mut().zip(tail.get(..128)?.as_chunks().0);
                    values.for_each(|(value, &bytes)| *value = u16::from_be_bytes(bytes));
                    128
                }
                _ => return None,
            };
            *self.quantization.get_mut(usize::from(head & 15))? = Some(table);
            segment = &tail[used..];
        }
        Some(())
    }

    fn huffman(&mut self, mut segment: &[u8]) -> Option<()> {
        while let [head, tail @ ..] = segment {
            let (counts, symbols) = tail.split_first_chunk::<16>()?;
            let total = counts.iter().map(|&count| usize::from(count)).sum();
            let table = Table::new(counts, symbols.get(..total)?)?;
            let tables = match head >> 4 {
                0 => &mut self.dc,
                1 => &mut self.ac,
                _ => return None,
            };
            *tables.get_mut(usize::from(head & 15))? = Some(table);
            segment = &symbols[total..];
        }
        Some(())
    }

    /// The frame, with the tables that its scan names.
    fn finish(self, scan: &[u8], entropy: &'a [u8]) -> Option<Frame<'a>> {
        let (width, height) = self.size?;
        let (&count, scan) = scan.split_first()?;
        let (tables, rest) = scan.split_at_checked(2 * usize::from(count))?;
        let is_whole = usize::from(count) == self.declared.len() && rest == [0, 63, 0];
        if !is_whole || !self.is_ycbcr() {
            return None;
        }
        let mut components = Vec::with_capacity(self.declared.len());
        for (declared, &[id, table]) in self.declared.iter().zip(tables.as_chunks().0) {
            if id != declared.id {
                return None;
            }
            components.push(Component {
                blocks: declared.blocks,
                quantization: (*self.quantization.get(declared.quantization)?)?,
                dc: self.dc.get(usize::from(table >> 4))?.clone()?,
                ac: self.ac.get(usize::from(table & 15))?.clone()?,
            });
        }
        let across = components.iter().map(|component| component.blocks.0).max()?;
        let down = components.iter().map(|component| component.blocks.1).max()?;
        let most = (across, down);
        let (restart_interval, exif) = (self.restart_interval, self.exif);
        Some(Frame { width, height, components, most, restart_interval, exif, entropy })
    }

    /// Whether the colours are grey or YCbCr, as far as markers and names tell.
    fn is_ycbcr(&self) -> bool {
        let ids: Vec<_> = self.declared.iter().map(|component| component.id).collect();
        !matches!((ids.len(), self.transform), (3, Some(0))) && ids != *b"RGB"
    }
}
