//! Pictures against what Pillow reads from them (see `tests/data/avif/README.md`), boxes built by hand, and
//! damaged files.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use image::DynamicImage;
use image::metadata::Orientation;

use super::obu::{Coding, inspect};
use super::*;

mod containers;

/// Levels by which an opaque value may differ from the expected one.
const TOLERANCE: u32 = 3;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/avif")
}

/// Pictures that are not part of the repository.
fn shared(directory: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/testdata/images").join(directory)
}

/// Every AVIF of a directory, by name; none when the directory is missing.
fn avifs(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "avif"))
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

fn read(name: &str) -> Vec<u8> {
    fs::read(data().join(name)).unwrap()
}

/// The whole way that a picture takes, except for limits.
fn decode(bytes: &[u8]) -> Result<image::RgbaImage> {
    let avif = Avif::parse(bytes)?;
    let (header, orientation) = (avif.header(), avif.orientation());
    let pixels = image::RgbaImage::from_raw(header.width, header.height, avif.decode()?).unwrap();
    let mut upright = DynamicImage::ImageRgba8(pixels);
    upright.apply_orientation(orientation);
    Ok(upright.into_rgba8())
}

fn assert_alike(name: &str, found: &image::RgbaImage, expected: &image::RgbaImage) {
    assert_eq!(found.dimensions(), expected.dimensions(), "{name}");
    for (x, y, pixel) in found.enumerate_pixels() {
        let wanted = expected.get_pixel(x, y);
        // The less is seen of a colour, the more its values may differ.
        let visible = [wanted.0[3], wanted.0[3], wanted.0[3], 255].map(u32::from);
        for ((value, other), visible) in pixel.0.into_iter().zip(wanted.0).zip(visible) {
            let difference = u32::from(value.abs_diff(other)) * visible;
            assert!(difference <= TOLERANCE * 255, "{name} at {x}, {y}: {pixel:?} is not {wanted:?}");
        }
    }
}

#[test]
fn pictures_look_as_in_pillow() {
    let files = avifs(&data());
    assert!(files.len() >= 20, "{} files", files.len());
    for (name, bytes) in files {
        let expected = image::open(data().join(&name).with_extension("png")).unwrap().into_rgba8();
        let found = decode(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_alike(&name, &found, &expected);
    }
}

#[test]
fn headers_tell_the_size_and_the_depth() {
    let expected = [("yuv420", 25, 17, 8), ("yuv422_10bit", 24, 16, 10), ("yuv444_12bit", 24, 16, 12)];
    for (name, width, height, bit_depth) in expected {
        let avif = Avif::parse(&read(&format!("{name}.avif"))).unwrap();
        assert_eq!(avif.header(), Header { width, height, bit_depth }, "{name}");
    }
    // Before it is turned upright.
    let turned = Avif::parse(&read("orientation6.avif")).unwrap();
    assert_eq!((turned.header().width, turned.orientation()), (25, Orientation::Rotate90));
}

#[test]
fn premultiplied_colours_are_divided_by_their_alpha() {
    let mut rgba = [100, 50, 0, 128, 10, 20, 30, 0, 200, 255, 1, 255, 90, 5, 0, 10];
    color::unmultiply(&mut rgba);
    assert_eq!(rgba, [199, 100, 0, 128, 0, 0, 0, 0, 200, 255, 1, 255, 255, 128, 0, 10]);
}

#[test]
fn a_last_box_without_a_size_goes_to_the_end() {
    let mut bytes = read("yuv420.avif");
    let size = bytes.windows(4).position(|kind| kind == b"mdat").unwrap() - 4;
    bytes[size..size + 4].fill(0);
    assert_eq!(decode(&bytes).unwrap(), decode(&read("yuv420.avif")).unwrap());
}

#[test]
fn a_grid_is_told() {
    let mut bytes = read("yuv420.avif");
    let kind = bytes.windows(4).position(|kind| kind == b"av01").unwrap();
    bytes[kind..kind + 4].copy_from_slice(b"grid");
    let error = Avif::parse(&bytes).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.message().contains("grid"), "{error}");
}

#[test]
fn another_major_brand_is_read_all_the_same() {
    let mut bytes = read("yuv420.avif");
    bytes[8..12].copy_from_slice(b"mif1");
    let header = Avif::parse(&bytes).unwrap().header();
    assert_eq!((header.width, header.height), (25, 17));
}

#[test]
fn more_frames_than_a_still_has_are_refused() {
    let frames = [0x32, 0].repeat(9);
    let error = inspect(&frames).unwrap_err();
    assert!(error.message().contains("frames"), "{error}");
    assert!(inspect(&frames[..4]).unwrap_err().message().contains("sequence header"));
}

#[test]
fn a_header_that_lies_about_the_size_does_not_get_through() {
    let avif = Avif::parse(&read("yuv420.avif")).unwrap();
    let lying = SequenceHeader { width: 24, ..avif.color.header };
    let error = av1::decode(avif.color.data, &lying).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
}

#[test]
fn an_unknown_matrix_is_told() {
    let picture = Avif::parse(&read("yuv444.avif")).unwrap().color.decode().unwrap();
    let error = color::to_rgba(&picture, Coding { matrix: 14, full_range: true }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.message().contains("14"), "{error}");
    let picture = Avif::parse(&read("yuv420.avif")).unwrap().color.decode().unwrap();
    let error = color::to_rgba(&picture, Coding { matrix: 0, full_range: true }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

/// Whatever the bytes, the answer is a picture or an error.
fn assert_survives(name: &str, bytes: &[u8]) {
    let outcome = catch_unwind(AssertUnwindSafe(|| decode(bytes)));
    let result = outcome.unwrap_or_else(|_| panic!("{name} panics"));
    if let Err(error) = result {
        let kinds = [ErrorKind::InvalidInput, ErrorKind::Unsupported, ErrorKind::LimitExceeded];
        assert!(kinds.contains(&error.kind()), "{name}: {error:?}");
    }
}

/// The next number of a sequence that is the same in every run.
fn next(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 16) as usize
}

/// Changes up to four bytes, and cuts off the end of one file in eight.
fn mutate(bytes: &[u8], state: &mut u64) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=next(state) % 4 {
        let place = next(state) % bytes.len();
        bytes[place] = if next(state).is_multiple_of(2) {
            next(state) as u8
        } else {
            bytes[place] ^ 1 << (next(state) % 8)
        };
    }
    if next(state).is_multiple_of(8) {
        bytes.truncate(next(state) % bytes.len());
    }
    bytes
}

/// A header that a mutation made huge costs memory; the caller's limits are for that.
fn small(bytes: &[u8]) -> bool {
    Avif::parse(bytes)
        .is_ok_and(|avif| u64::from(avif.header().width) * u64::from(avif.header().height) < 1 << 20)
}

#[test]
fn damaged_files_give_errors() {
    const MUTATIONS: usize = 2_000;
    let files: Vec<_> = avifs(&data()).into_iter().chain(avifs(&shared("good"))).collect();
    let mut state = 0x9e37_79b9_7f4a_7c15;
    for round in 0..MUTATIONS {
        let (name, bytes) = &files[round % files.len()];
        let bytes = mutate(bytes, &mut state);
        if small(&bytes) {
            assert_survives(&format!("{name}, mutation {round}"), &bytes);
        }
    }
}

#[test]
fn bad_files_give_errors() {
    let files = avifs(&shared("bad"));
    if files.is_empty() {
        eprintln!("skipped: there are no AVIFs in {}", shared("bad").display());
    }
    for (name, bytes) in files {
        assert_survives(&name, &bytes);
    }
}
