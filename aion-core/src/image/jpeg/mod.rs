//! JPEGs read at a half, a quarter or an eighth of their size, for those who need no more: from each block of 8 × 8 only
//! the low frequencies are kept, and a smaller cosine transform of these is the smaller picture. All but a few of the
//! coefficients are passed over as soon as their length is known, which is most of the work of a decoder.
//!
//! What is read is the plain kind, as cameras and the web have it: sequential, Huffman-coded, 8 bits, grey or YCbCr, one
//! scan (ITU-T T.81 and T.871). For any other kind, and for anything odd or damaged, [`reduce`] gives `None` and the
//! decoder of whole pictures has the word.

mod frame;
mod huffman;
mod idct;
mod planes;
mod scan;

use image::{DynamicImage, RgbaImage};

use super::{Image, Limits, Reduced, exif};
use frame::Frame;
use planes::Planes;

/// Reads the JPEG in `bytes` as small as its short side stays at `least` pixels or more. `None` where it would be no
/// smaller, and where it is of another kind than the plain one.
pub(super) fn reduce(bytes: &[u8], least: u32, limits: &Limits) -> Option<Reduced> {
    let frame = Frame::parse(bytes)?;
    limits.check_pixels(frame.width, frame.height).ok()?;
    let short = frame.width.min(frame.height);
    let points = [1, 2, 4].into_iter().find(|&points| u64::from(short) * points / 8 >= u64::from(least))?;
    let mut planes = Planes::new(&frame, points as usize)?;
    scan::decode(&frame, &mut planes)?;
    let reduced = |side: u32| (u64::from(side) * points).div_ceil(8) as u32;
    let (width, height) = (reduced(frame.width), reduced(frame.height));
    let mut picture =
        DynamicImage::ImageRgba8(RgbaImage::from_raw(width, height, planes.rgba(width, height))?);
    let orientation = exif::orientation(frame.exif);
    picture.apply_orientation(orientation);
    let is_turned = exif::is_turned(orientation);
    let (width, height) = if is_turned { (frame.height, frame.width) } else { (frame.width, frame.height) };
    let rgba = picture.into_rgba8();
    let image = Image::from_rgba(rgba.width(), rgba.height(), rgba.into_raw()).ok()?;
    Some(Reduced { image, width, height, scale: points as f64 / 8.0 })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::image::{ImageSource, Pages};

    const PLAIN: [&str; 5] = ["420", "422", "444", "grey", "restarts"];

    fn bytes(name: &str) -> Vec<u8> {
        std::fs::read(format!("{}/tests/data/jpeg/{name}.jpg", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    fn limits() -> Limits {
        Limits::of(&crate::Config::default())
    }

    /// The mean level of each colour in the `side` × `side` pixels of the whole picture that one pixel stands for.
    fn mean(whole: &Image, (x, y): (u32, u32), side: u32) -> [f64; 3] {
        let (xs, ys) =
            (x * side..(x * side + side).min(whole.width()), y * side..(y * side + side).min(whole.height()));
        let places: Vec<_> =
            ys.flat_map(|y| xs.clone().map(move |x| (y * whole.width() + x) as usize * 4)).collect();
        [0, 1, 2].map(|c| {
            places.iter().map(|at| f64::from(whole.rgba()[at + c])).sum::<f64>() / places.len() as f64
        })
    }

    #[test]
    fn a_smaller_picture_is_the_mean_of_the_whole() {
        for name in PLAIN {
            let bytes = bytes(name);
            let whole = Pages::open(ImageSource::Bytes(&bytes), limits()).unwrap().decode_next().unwrap();
            for (least, side) in [(19, 8), (39, 4), (78, 2)] {
                let reduced = reduce(&bytes, least, &limits()).unwrap();
                let image = &reduced.image;
                assert_eq!((reduced.width, reduced.height, reduced.scale), (211, 157, 1.0 / f64::from(side)));
                assert_eq!((image.width(), image.height()), (211_u32.div_ceil(side), 157_u32.div_ceil(side)));
                let mut differences = Vec::new();
                for (index, pixel) in image.rgba().chunks_exact(4).enumerate() {
                    let place = (index as u32 % image.width(), index as u32 / image.width());
                    let expected = mean(&whole, place, side);
                    differences.extend(expected.iter().zip(pixel).map(|(a, &b)| (a - f64::from(b)).abs()));
                }
                differences.sort_by(f64::total_cmp);
                let median = differences[differences.len() / 2];
                let most = differences[differences.len() * 99 / 100];
                assert!(median <= 1.25 && most < 6.0, "{name} by {side}: {median}, {most}");
            }
            assert!(reduce(&bytes, 79, &limits()).is_none(), "it would be no smaller than asked for");
        }
    }

    #[test]
    fn other_kinds_are_left_to_the_decoder_of_whole_pictures() {
        for name in ["progressive", "rgb", "cmyk"] {
            assert!(reduce(&bytes(name), 10, &limits()).is_none(), "{name}");
        }
        assert!(reduce(b"", 10, &limits()).is_none());
    }

    #[test]
    fn a_turned_picture_is_upright() {
        let bytes = bytes("420");
        let exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let length = (exif.len() as u16 + 2).to_be_bytes();
        let turned = [&bytes[..2], &[0xFF, 0xE1], &length, exif, &bytes[2..]].concat();
        let (straight, turned) =
            (reduce(&bytes, 39, &limits()).unwrap(), reduce(&turned, 39, &limits()).unwrap());
        assert_eq!((turned.width, turned.height), (157, 211));
        assert_eq!((turned.image.width(), turned.image.height()), (40, 53));
        assert_eq!(
            turned.image.rgba()[39 * 4..40 * 4],
            straight.image.rgba()[..4],
            "the top left is the top right now"
        );
    }

    #[test]
    fn what_is_cut_short_is_none() {
        for name in PLAIN {
            let bytes = bytes(name);
            for end in (0..bytes.len()).step_by(7) {
                assert!(reduce(&bytes[..end], 10, &limits()).is_none(), "{name} cut at {end}");
            }
        }
    }

    proptest! {
        #[test]
        fn damage_is_no_panic(
            name in prop::sample::select(PLAIN.to_vec()),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
            least in 1_u32..80,
        ) {
            let mut bytes = bytes(name);
            changes.iter().for_each(|(place, byte)| *place.get_mut(&mut bytes) = *byte);
            drop(reduce(&bytes, least, &limits()));
        }
    }
}
