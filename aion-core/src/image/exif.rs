//! EXIF orientation, wherever a format carries an EXIF chunk.

use image::metadata::Orientation;

/// The orientation that an EXIF chunk tells; none or a damaged one means upright.
///
/// Some WebP and PNG writers keep the `Exif\0\0` of JPEG's APP1 segment before the TIFF header.
pub(super) fn orientation(chunk: &[u8]) -> Orientation {
    let tiff = chunk.strip_prefix(b"Exif\0\0").unwrap_or(chunk);
    Orientation::from_exif_chunk(tiff).unwrap_or(Orientation::NoTransforms)
}

/// Whether width and height change places.
#[cfg(feature = "clip")]
pub(super) fn is_turned(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate90FlipH | Rotate270 | Rotate270FlipH)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROTATE_90: &[u8] = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";

    #[test]
    fn the_prefix_of_jpeg_is_no_obstacle() {
        assert_eq!(orientation(ROTATE_90), Orientation::Rotate90);
        assert_eq!(orientation(&[b"Exif\0\0", ROTATE_90].concat()), Orientation::Rotate90);
    }

    #[test]
    fn damaged_chunks_mean_upright() {
        for end in 0..ROTATE_90.len() - 8 {
            assert_eq!(orientation(&ROTATE_90[..end]), Orientation::NoTransforms, "cut at {end}");
        }
    }
}
