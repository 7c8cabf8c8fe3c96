//! The first frame of an animated WebP, as it is stored.
//!
//! The decoder blends it over an empty canvas, which loses the colours under transparent pixels; libwebp
//! keeps them, and so does every reader that drops alpha (WebP container specification, "ANMF" chunk).

use std::borrow::Cow;

/// Where an `ANMF` payload holds its flags: after offsets, sizes and duration of three bytes each.
const FLAGS_AT: usize = 15;
const DO_NOT_BLEND: u8 = 0b10;

/// Tells the first frame of an animation not to blend; other files stay as they are.
pub(super) fn keep_first_frame(bytes: &mut Cow<'_, [u8]>) {
    if let Some(flags) = first_frame_flags(bytes)
        && bytes[flags] & DO_NOT_BLEND == 0
    {
        bytes.to_mut()[flags] |= DO_NOT_BLEND;
    }
}

/// The offset of the flags of the first `ANMF` chunk of a RIFF container.
fn first_frame_flags(bytes: &[u8]) -> Option<usize> {
    let mut start = 12_usize;
    loop {
        let header = bytes.get(start..start.checked_add(8)?)?;
        let payload = start + 8;
        if header.starts_with(b"ANMF") {
            return Some(payload + FLAGS_AT).filter(|&at| at < bytes.len());
        }
        let size = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
        // Chunks are padded to an even size.
        start = payload.checked_add(size)?.checked_add(size % 2)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WEBP".to_vec();
        for (name, payload) in chunks {
            bytes.extend(*name);
            bytes.extend((payload.len() as u32).to_le_bytes());
            bytes.extend(*payload);
            bytes.resize(bytes.len().next_multiple_of(2), 0);
        }
        bytes
    }

    #[test]
    fn only_the_first_frame_is_changed() {
        let original =
            container(&[(b"VP8X", &[0; 10]), (b"ALPH", &[0; 3]), (b"ANMF", &[0; 16]), (b"ANMF", &[0; 16])]);
        let mut bytes = Cow::Borrowed(original.as_slice());
        keep_first_frame(&mut bytes);
        let changed: Vec<_> = (0..original.len()).filter(|&i| bytes[i] != original[i]).collect();
        assert_eq!(changed, [12 + 18 + 12 + 8 + FLAGS_AT]);
    }

    #[test]
    fn stills_and_damaged_files_stay_as_they_are() {
        let still = container(&[(b"VP8 ", &[7; 30])]);
        let mut cut = container(&[(b"ANMF", &[0; 16])]);
        cut.truncate(30);
        for original in [still, cut, b"RIFF".to_vec(), container(&[(b"ABCD", &[0; 4])])[..18].to_vec()] {
            let mut bytes = Cow::Borrowed(original.as_slice());
            keep_first_frame(&mut bytes);
            assert!(matches!(bytes, Cow::Borrowed(_)));
        }
    }
}
