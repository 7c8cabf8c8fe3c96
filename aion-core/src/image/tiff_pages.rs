//! The pages of a TIFF: a chain of image file directories (TIFF 6.0, section 2; BigTIFF by Aware Systems).
//!
//! The decoder reads the page that the header points to, so a page is selected by pointing the header at it.

use std::collections::HashSet;

use crate::error::{Error, ErrorKind, Result};

/// More pages than any scan of a book; a hostile chain must not occupy the caller.
const MAX_PAGES: usize = 4096;

const NEW_SUBFILE_TYPE: u16 = 254;
const REDUCED_RESOLUTION: u32 = 1;
const TRANSPARENCY_MASK: u32 = 4;

/// Offsets of the directories of all pages; thumbnails and masks after the first are no pages.
pub(super) fn directories(bytes: &[u8]) -> Result<Vec<u64>> {
    let layout = Layout::of(bytes).ok_or_else(damaged)?;
    let mut pages = Vec::new();
    let mut seen = HashSet::new();
    let mut offset = layout.first(bytes).ok_or_else(damaged)?;
    while offset != 0 && seen.insert(offset) {
        let Some(directory) = layout.directory(bytes, offset) else { break };
        if pages.is_empty() || directory.subfile & (REDUCED_RESOLUTION | TRANSPARENCY_MASK) == 0 {
            pages.push(offset);
        }
        if pages.len() > MAX_PAGES {
            return Err(Error::new(ErrorKind::LimitExceeded, format!("the TIFF has over {MAX_PAGES} pages")));
        }
        offset = directory.next;
    }
    if pages.is_empty() { Err(damaged()) } else { Ok(pages) }
}

/// Makes the page whose directory is at `offset`, as [`directories`] told it, the first one.
pub(super) fn select(bytes: &mut [u8], offset: u64) {
    let Some(layout) = Layout::of(bytes) else { return };
    let target = &mut bytes[layout.first_at()..][..layout.offset_size()];
    let (little, big) = (offset.to_le_bytes(), offset.to_be_bytes());
    let size = target.len();
    target.copy_from_slice(if layout.little_endian { &little[..size] } else { &big[8 - size..] });
}

struct Directory {
    subfile: u32,
    next: u64,
}

#[derive(Clone, Copy)]
struct Layout {
    little_endian: bool,
    big: bool,
}

impl Layout {
    fn of(bytes: &[u8]) -> Option<Self> {
        let (little_endian, big) = match bytes.get(..4)? {
            b"II*\0" => (true, false),
            b"MM\0*" => (false, false),
            b"II+\0" => (true, true),
            b"MM\0+" => (false, true),
            _ => return None,
        };
        Some(Self { little_endian, big })
    }

    fn first_at(self) -> usize {
        if self.big { 8 } else { 4 }
    }

    fn offset_size(self) -> usize {
        if self.big { 8 } else { 4 }
    }

    fn first(self, bytes: &[u8]) -> Option<u64> {
        self.number(bytes, self.first_at(), self.offset_size())
    }

    fn directory(self, bytes: &[u8], offset: u64) -> Option<Directory> {
        let (count_size, entry_size) = if self.big { (8, 20) } else { (2, 12) };
        let start = usize::try_from(offset).ok()?;
        let count = usize::try_from(self.number(bytes, start, count_size)?).ok()?;
        let entries = start.checked_add(count_size)?;
        let end = entries.checked_add(count.checked_mul(entry_size)?)?;
        let next = self.number(bytes, end, self.offset_size())?;
        let subfile = bytes[entries..end]
            .chunks_exact(entry_size)
            .find(|entry| self.number(entry, 0, 2) == Some(u64::from(NEW_SUBFILE_TYPE)))
            .and_then(|entry| self.number(entry, entry_size - self.offset_size(), 4))
            .unwrap_or(0);
        Some(Directory { subfile: subfile as u32, next })
    }

    /// The unsigned number of `size` bytes at `at`.
    fn number(self, bytes: &[u8], at: usize, size: usize) -> Option<u64> {
        let field = bytes.get(at..at.checked_add(size)?)?;
        let fold = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
        Some(if self.little_endian { field.iter().rev().fold(0, fold) } else { field.iter().fold(0, fold) })
    }
}

fn damaged() -> Error {
    Error::new(ErrorKind::InvalidInput, "the TIFF is damaged: it has no image directory")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A little-endian TIFF of empty directories, each followed by the next of the list.
    fn chain(offsets: &[u32], last_next: u32) -> Vec<u8> {
        let mut bytes = b"II*\0".to_vec();
        bytes.extend(offsets[0].to_le_bytes());
        for (i, &offset) in offsets.iter().enumerate() {
            bytes.resize(offset as usize, 0);
            bytes.extend([0, 0]);
            bytes.extend(offsets.get(i + 1).copied().unwrap_or(last_next).to_le_bytes());
        }
        bytes
    }

    #[test]
    fn a_chain_is_followed_to_its_end() {
        assert_eq!(directories(&chain(&[8, 20, 40], 0)).unwrap(), [8, 20, 40]);
    }

    #[test]
    fn a_loop_and_an_offset_outside_end_the_chain() {
        assert_eq!(directories(&chain(&[8, 20], 8)).unwrap(), [8, 20]);
        assert_eq!(directories(&chain(&[8, 20], 9999)).unwrap(), [8, 20]);
    }

    #[test]
    fn no_directory_is_an_error() {
        for bytes in [&b"II*\0"[..], b"II*\0\0\0\0\0", b"MM\0*\xff\xff\xff\xff", b"II+\0\x08\0\0\0"] {
            assert_eq!(directories(bytes).unwrap_err().kind(), ErrorKind::InvalidInput);
        }
    }

    #[test]
    fn selecting_points_the_header_at_the_page() {
        for mut bytes in [b"II*\0\x08\0\0\0".to_vec(), b"MM\0*\0\0\0\x08".to_vec()] {
            select(&mut bytes, 0x0102_0304);
            let layout = Layout::of(&bytes).unwrap();
            assert_eq!(layout.first(&bytes), Some(0x0102_0304));
        }
    }
}
