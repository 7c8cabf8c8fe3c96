//! Boxes and their fields (ISO/IEC 14496-12, § 4.2), every read checked against the bytes that are there.

use super::damaged;
use crate::error::Result;

/// Whether `bytes` begin like an AVIF: a file type box with a brand of AVIF, or of HEIF with AV1.
pub(crate) fn is_avif(bytes: &[u8]) -> bool {
    let Some(Ok(IsoBox { kind: b"ftyp", content })) = Boxes(bytes).next() else { return false };
    // The four bytes after the major brand are its version.
    let has = |brand: &[u8; 4]| {
        content.chunks_exact(4).enumerate().any(|(place, other)| place != 1 && other == brand)
    };
    has(b"avif") || has(b"avis") || (has(b"mif1") && has(b"av01"))
}

/// One box without its head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct IsoBox<'a> {
    pub kind: &'a [u8; 4],
    pub content: &'a [u8],
}

/// The boxes that follow one another in some bytes, until one is cut off.
pub(super) struct Boxes<'a>(pub &'a [u8]);

impl<'a> Iterator for Boxes<'a> {
    type Item = Result<IsoBox<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        // Fewer bytes than any box has are padding.
        if self.0.len() < 8 {
            return None;
        }
        let mut fields = Fields(self.0);
        let found = fields.one_box();
        self.0 = if found.is_ok() { fields.0 } else { &[] };
        Some(found)
    }
}

/// Fields that follow one another in some bytes.
pub(super) struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(length).ok_or_else(cut_off)?;
        self.0 = rest;
        Ok(head)
    }

    pub(super) fn skip(&mut self, length: usize) -> Result<()> {
        self.take(length).map(drop)
    }

    /// A kind of something, in four letters.
    pub(super) fn kind(&mut self) -> Result<&'a [u8; 4]> {
        let (kind, rest) = self.0.split_first_chunk().ok_or_else(cut_off)?;
        self.0 = rest;
        Ok(kind)
    }

    /// A number of up to eight bytes, the most significant first; of none, it is zero.
    pub(super) fn number(&mut self, length: usize) -> Result<u64> {
        Ok(self.take(length)?.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    /// What many boxes start with: their version, and flags.
    pub(super) fn version(&mut self) -> Result<(u64, u64)> {
        Ok((self.number(1)?, self.number(3)?))
    }

    fn one_box(&mut self) -> Result<IsoBox<'a>> {
        let size = self.number(4)?;
        let kind = self.kind()?;
        let length = match size {
            // To the end of what holds it.
            0 => Some(self.0.len() as u64),
            1 => self.number(8)?.checked_sub(16),
            _ => size.checked_sub(8),
        };
        let length = length.ok_or_else(|| damaged("a box is smaller than its own head"))?;
        Ok(IsoBox { kind, content: self.take(usize::try_from(length).unwrap_or(usize::MAX))? })
    }
}

fn cut_off() -> crate::error::Error {
    damaged("a box of it is cut off")
}
