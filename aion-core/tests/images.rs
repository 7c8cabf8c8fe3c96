//! Reading of pictures: formats, orientation, depth and limits, on pictures made here.

#![cfg(feature = "image")]
#![expect(clippy::unwrap_used, reason = "a test tells what it leaves out, and fails loudly")]

mod common;

use std::io::Cursor;
use std::path::Path;

use aion_core::{Control, ErrorKind, ImageSource, ParseOptions, ParsedImage, Result};
use image::{DynamicImage, ImageBuffer, ImageFormat, Luma, Rgba, RgbaImage};

fn pixels_only() -> ParseOptions {
    let mut options = ParseOptions::default();
    (options.ocr, options.clip) = (false, false);
    options
}

fn parse(bytes: &[u8]) -> Result<ParsedImage> {
    common::aion(common::config()).parse_image(bytes, &pixels_only(), &Control::default())
}

/// Four unequal quarters, so that every turn and mirror of it is another picture.
fn quarters(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| match (x * 2 < width, y * 2 < height) {
        (true, true) => Rgba([250, 10, 20, 255]),
        (false, true) => Rgba([10, 240, 30, 255]),
        (true, false) => Rgba([20, 30, 230, 255]),
        (false, false) => Rgba([250, 250, 40, 255]),
    })
}

fn encode(picture: &RgbaImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = DynamicImage::ImageRgba8(picture.clone());
    // These two have no alpha.
    let picture = match format {
        ImageFormat::Jpeg | ImageFormat::Pnm => DynamicImage::ImageRgb8(picture.into_rgb8()),
        _ => picture,
    };
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// An EXIF block that tells nothing but the orientation.
fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    block.extend([orientation, 0, 0, 0, 0, 0, 0]);
    block
}

fn jpeg_with_exif(picture: &RgbaImage, orientation: u8) -> Vec<u8> {
    let jpeg = encode(picture, ImageFormat::Jpeg);
    let payload = [b"Exif\0\0".to_vec(), exif(orientation)].concat();
    let length = (payload.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xFF, 0xE1], &length, &payload, &jpeg[2..]].concat()
}

fn png_with_exif(picture: &RgbaImage, orientation: u8) -> Vec<u8> {
    let png = encode(picture, ImageFormat::Png);
    let chunk = [b"eXIf".to_vec(), exif(orientation)].concat();
    let length = (chunk.len() as u32 - 4).to_be_bytes();
    let after_header = 8 + 25;
    [&png[..after_header], &length, &chunk, &crc32(&chunk).to_be_bytes(), &png[after_header..]].concat()
}

/// A lossless WebP in the extended container, its EXIF behind `prefix`.
fn webp_with_exif(picture: &RgbaImage, orientation: u8, prefix: &[u8]) -> Vec<u8> {
    const HAS_EXIF: u8 = 0b1000;
    const HAS_ALPHA: u8 = 0b1_0000;
    let simple = encode(picture, ImageFormat::WebP);
    let chunk = |name: &[u8], payload: &[u8]| {
        let padding = vec![0; payload.len() % 2];
        [name, &(payload.len() as u32).to_le_bytes(), payload, &padding].concat()
    };
    let (w, h) = ((picture.width() - 1).to_le_bytes(), (picture.height() - 1).to_le_bytes());
    let header = [&[HAS_EXIF | HAS_ALPHA, 0, 0, 0][..], &w[..3], &h[..3]].concat();
    let metadata = chunk(b"EXIF", &[prefix, &exif(orientation)].concat());
    let body = [b"WEBP".to_vec(), chunk(b"VP8X", &header), simple[12..].to_vec(), metadata].concat();
    [b"RIFF", &(body.len() as u32).to_le_bytes()[..], &body].concat()
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}

/// The stored picture whose orientation `n` makes it `upright` (EXIF 2.32, tag 0x0112).
fn stored(upright: &RgbaImage, n: u8) -> RgbaImage {
    use image::imageops::{flip_horizontal, flip_vertical, rotate90, rotate180, rotate270};
    match n {
        1 => upright.clone(),
        2 => flip_horizontal(upright),
        3 => rotate180(upright),
        4 => flip_vertical(upright),
        5 => flip_horizontal(&rotate90(upright)),
        6 => rotate270(upright),
        7 => flip_horizontal(&rotate270(upright)),
        8 => rotate90(upright),
        _ => unreachable!(),
    }
}

fn assert_shows(parsed: &ParsedImage, picture: &RgbaImage, tolerance: u8, about: &str) {
    assert_eq!((parsed.width, parsed.height), picture.dimensions(), "{about}");
    let rgba = parsed.rgba.as_ref().unwrap();
    let worst = rgba.iter().zip(picture.as_raw()).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
    assert!(worst <= tolerance, "{about} differs by {worst} levels");
}

#[test]
fn every_format_gives_the_pixels_that_were_written() {
    let picture = quarters(48, 32);
    for (format, tolerance) in [
        (ImageFormat::Png, 0),
        (ImageFormat::Bmp, 0),
        (ImageFormat::Tiff, 0),
        (ImageFormat::WebP, 0),
        (ImageFormat::Pnm, 0),
        (ImageFormat::Gif, 6),
        (ImageFormat::Jpeg, 60),
    ] {
        let parsed = parse(&encode(&picture, format)).unwrap();
        assert_shows(&parsed, &picture, tolerance, &format!("{format:?}"));
        assert_eq!((parsed.meta.kind.as_str(), parsed.meta.source_rank), ("image", 0.6));
    }
}

#[test]
fn all_orientations_of_all_formats_come_out_upright() {
    let upright = quarters(48, 32);
    for n in 1..=8 {
        let picture = stored(&upright, n);
        let files = [
            ("JPEG", jpeg_with_exif(&picture, n), 60),
            ("PNG", png_with_exif(&picture, n), 0),
            ("WebP", webp_with_exif(&picture, n, b""), 0),
            ("WebP with JPEG's prefix", webp_with_exif(&picture, n, b"Exif\0\0"), 0),
        ];
        for (name, bytes, tolerance) in files {
            let parsed = parse(&bytes).unwrap();
            assert_shows(&parsed, &upright, tolerance, &format!("{name}, orientation {n}"));
        }
    }
}

#[test]
fn sixteen_bits_are_scaled_and_alpha_is_kept() {
    let grey = ImageBuffer::<Luma<u16>, _>::from_fn(256, 1, |x, _| Luma([x as u16 * 257]));
    let mut bytes = Cursor::new(Vec::new());
    grey.write_to(&mut bytes, ImageFormat::Png).unwrap();
    let parsed = parse(&bytes.into_inner()).unwrap();
    let levels: Vec<u8> = parsed.rgba.unwrap().chunks(4).map(|pixel| pixel[0]).collect();
    assert_eq!(levels, (0..=255).collect::<Vec<u8>>());

    let glass = RgbaImage::from_pixel(3, 2, Rgba([200, 100, 50, 7]));
    assert_eq!(parse(&encode(&glass, ImageFormat::Png)).unwrap().rgba.unwrap(), glass.into_raw());
}

#[test]
fn pixels_of_three_and_four_channels_are_taken_as_they_are() {
    let aion = common::aion(common::config());
    let rgb = ImageSource::Pixels { width: 2, height: 1, channels: 3, data: &[1, 2, 3, 4, 5, 6] };
    let parsed = aion.parse_image(rgb, &pixels_only(), &Control::default()).unwrap();
    assert_eq!(parsed.rgba.unwrap(), [1, 2, 3, 255, 4, 5, 6, 255]);
    for (width, height, channels, data) in
        [(2, 1, 2, 4), (2, 1, 3, 5), (0, 1, 3, 0), (u32::MAX, u32::MAX, 4, 4)]
    {
        let wrong = ImageSource::Pixels { width, height, channels, data: &vec![0; data] };
        let error = aion.parse_image(wrong, &pixels_only(), &Control::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{width} × {height} × {channels}");
    }
}

#[test]
fn limits_are_checked_before_the_work() {
    let picture = encode(&quarters(100, 100), ImageFormat::Png);
    for (set, expected) in [
        ((|config| config.max_image_pixels = 9_999) as fn(&mut aion_core::Config), "max_image_pixels"),
        (|config| config.max_image_bytes = 50, "max_image_bytes"),
    ] {
        let mut config = common::config();
        set(&mut config);
        let error =
            common::aion(config).parse_image(&picture, &pixels_only(), &Control::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded);
        assert!(error.to_string().contains(expected), "{error}");
    }
    let mut config = common::config();
    config.max_image_pixels = 10_000;
    assert!(common::aion(config).parse_image(&picture, &pixels_only(), &Control::default()).is_ok());
}

#[test]
fn deep_pictures_count_the_memory_they_take() {
    // 16-bit RGBA takes 8 bytes a pixel and 4 more for its copy of 8 bits: over the 9 that are allowed.
    let deep = ImageBuffer::<Rgba<u16>, _>::from_pixel(100, 100, Rgba([9, 9, 9, 9]));
    let mut bytes = Cursor::new(Vec::new());
    deep.write_to(&mut bytes, ImageFormat::Png).unwrap();
    let mut config = common::config();
    config.max_image_pixels = 10_000;
    let error = common::aion(config)
        .parse_image(&bytes.into_inner(), &pixels_only(), &Control::default())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
}

#[test]
fn paths_that_are_no_pictures_are_told_apart() {
    let aion = common::aion(common::config());
    let kind = |path: &Path| aion.parse_image(path, &pixels_only(), &Control::default()).unwrap_err().kind();
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("note.png");
    std::fs::write(&text, "not a picture").unwrap();
    assert_eq!(kind(&folder.path().join("none.png")), ErrorKind::NotFound);
    assert_eq!(kind(folder.path()), ErrorKind::InvalidArgument);
    assert_eq!(kind(&text), ErrorKind::Unsupported);
    assert_eq!(kind(Path::new("/dev/zero")), ErrorKind::InvalidArgument);
    assert_eq!(parse(b"").unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn cut_pictures_give_an_answer_or_a_typed_error() {
    for format in
        [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::Tiff, ImageFormat::WebP]
    {
        let bytes = encode(&quarters(48, 32), format);
        for end in (0..bytes.len()).step_by(7) {
            if let Err(error) = parse(&bytes[..end]) {
                let expected = [ErrorKind::InvalidInput, ErrorKind::Unsupported, ErrorKind::LimitExceeded];
                assert!(expected.contains(&error.kind()), "{format:?} cut at {end}: {error:?}");
            }
        }
    }
}
