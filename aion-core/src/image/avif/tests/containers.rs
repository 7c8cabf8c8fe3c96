//! Containers built by hand.

use image::DynamicImage;

use crate::error::{ErrorKind, Result};
use crate::image::avif::container::Container;
use crate::image::avif::is_avif;
use crate::image::avif::obu::Coding;
use crate::image::avif::properties::Properties;

fn read(file: &[u8]) -> Result<Properties> {
    Properties::new(&Container::open(file)?.picture_properties()?)
}

#[test]
fn brands_tell_an_avif() {
    let file = |brands: &[u8]| [&(brands.len() as u32 + 8).to_be_bytes(), &b"ftyp"[..], brands].concat();
    assert!(is_avif(&file(b"avif\0\0\0\0")));
    assert!(is_avif(&file(b"avis\0\0\0\0msf1")));
    assert!(is_avif(&file(b"mif1\0\0\0\0miafavif")));
    assert!(is_avif(&file(b"mif1\0\0\0\0av01")));
    assert!(!is_avif(&file(b"heic\0\0\0\0mif1heic")));
    assert!(!is_avif(&file(b"mif1avif")), "the version is not a brand");
    assert!(!is_avif(&[&file(b"heic\0\0\0\0")[..], b"avif"].concat()), "only the first box counts");
    assert!(!is_avif(b"\0\0\0\x04ftypavif"));
    assert!(!is_avif(b"\0\0\0\x18fty"));
}

fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes(), &kind[..], content].concat()
}

/// A container whose primary item, number 1, has these properties in this order, and item 2 the first of them.
fn container(properties: &[Vec<u8>]) -> Vec<u8> {
    let mut associations = vec![0, 0, 0, 0, 0, 0, 0, 2, 0, 2, 1, 1, 0, 1, properties.len() as u8 + 1, 0];
    associations.extend((1..=properties.len() as u8).map(|index| index | 0x80));
    let properties = boxed(b"ipco", &properties.concat());
    let properties = boxed(b"iprp", &[properties, boxed(b"ipma", &associations)].concat());
    let primary = boxed(b"pitm", &[0, 0, 0, 0, 0, 1]);
    let meta = [vec![0; 4], primary, properties].concat();
    [boxed(b"ftyp", b"avif\0\0\0\0"), boxed(b"meta", &meta)].concat()
}

fn orientation(properties: &[Vec<u8>]) -> u8 {
    read(&container(properties)).unwrap().orientation.to_exif()
}

#[test]
fn rotations_and_mirrorings_join_to_an_exif_orientation() {
    let irot = |angle| boxed(b"irot", &[angle]);
    let imir = |axis| boxed(b"imir", &[axis]);
    // By hand, on a page with its corners marked; the same as libavif's table.
    for (angle, plain, top_bottom, left_right) in [(0, 1, 4, 2), (1, 8, 5, 7), (2, 3, 2, 4), (3, 6, 7, 5)] {
        assert_eq!(orientation(&[irot(angle)]), plain, "angle {angle}");
        assert_eq!(orientation(&[irot(angle), imir(0)]), top_bottom, "angle {angle}, top and bottom");
        assert_eq!(orientation(&[irot(angle), imir(1)]), left_right, "angle {angle}, left and right");
    }
    assert_eq!(orientation(&[imir(1), irot(1)]), 5, "in the order of their list");
    assert_eq!(orientation(&[imir(0), irot(1)]), 7, "in the order of their list");
    assert_eq!(orientation(&[]), 1);
}

/// The table above once more, by moving pixels as the standard words it.
#[test]
fn orientations_move_pixels_as_the_standard_says() {
    let (width, height) = (3, 2);
    let marked = image::GrayImage::from_fn(width, height, |x, y| image::Luma([(10 * y + x) as u8]));
    for (angle, axis) in (0..4).flat_map(|angle| [(angle, 0), (angle, 1)]) {
        let mut expected = marked.clone();
        for _ in 0..angle {
            // A quarter turn anti-clockwise: the right column becomes the top row.
            let (w, h) = expected.dimensions();
            expected = image::GrayImage::from_fn(h, w, |x, y| *expected.get_pixel(w - 1 - y, x));
        }
        let (w, h) = expected.dimensions();
        let expected = image::GrayImage::from_fn(w, h, |x, y| match axis {
            0 => *expected.get_pixel(x, h - 1 - y),
            _ => *expected.get_pixel(w - 1 - x, y),
        });
        let properties = [boxed(b"irot", &[angle]), boxed(b"imir", &[axis])];
        let mut found = DynamicImage::ImageLuma8(marked.clone());
        found.apply_orientation(read(&container(&properties)).unwrap().orientation);
        assert_eq!(found.into_luma8(), expected, "angle {angle}, axis {axis}");
    }
}

#[test]
fn the_container_overrules_how_colours_are_coded() {
    let profile = boxed(b"colr", b"prof\0\0\0\0");
    let coding = boxed(b"colr", b"nclx\0\x01\0\x0d\0\x09\x80");
    let properties = read(&container(&[profile, coding])).unwrap();
    assert_eq!(properties.coding, Some(Coding { matrix: 9, full_range: true }));
    assert_eq!(read(&container(&[])).unwrap().coding, None);
}

#[test]
fn damaged_boxes_are_refused() {
    let whole = container(&[boxed(b"irot", &[1]), boxed(b"imir", &[])]);
    assert_eq!(read(&whole).unwrap_err().kind(), ErrorKind::InvalidInput, "a property without content");
    let whole = container(&[boxed(b"irot", &[1])]);
    for length in 17..whole.len() {
        let error = read(&whole[..length]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{length} bytes");
    }
}

/// Numbers one item of AV1, in pieces of the given offsets and lengths.
fn located(method: u8, pieces: &[[u8; 8]]) -> Vec<u8> {
    let kind = boxed(b"infe", &[&[2, 0, 0, 0, 0, 1, 0, 0], &b"av01\0"[..]].concat());
    let kinds = boxed(b"iinf", &[vec![0, 0, 0, 0, 0, 1], kind].concat());
    let count = (pieces.len() as u16).to_be_bytes();
    let head = [1, 0, 0, 0, 0x44, 0, 0, 1, 0, 1, 0, method, 0, 0];
    let locations = boxed(b"iloc", &[&head[..], &count, &pieces.concat()].concat());
    let data = boxed(b"idat", b"0123456789");
    let primary = boxed(b"pitm", &[0, 0, 0, 0, 0, 1]);
    let meta = boxed(b"meta", &[vec![0; 4], primary, kinds, locations, data].concat());
    [boxed(b"ftyp", b"avif\0\0\0\0"), meta].concat()
}

fn picture(file: &[u8]) -> Result<Vec<u8>> {
    Container::open(file)?.picture()
}

#[test]
fn the_pieces_of_an_item_are_put_together() {
    let file = located(1, &[[0, 0, 0, 7, 0, 0, 0, 2], [0, 0, 0, 1, 0, 0, 0, 3]]);
    assert_eq!(picture(&file).unwrap(), b"78123");
    // Without a length, the rest.
    assert_eq!(picture(&located(1, &[[0, 0, 0, 6, 0, 0, 0, 0]])).unwrap(), b"6789");
    let file = located(0, &[[0, 0, 0, 4, 0, 0, 0, 8]]);
    assert_eq!(picture(&file).unwrap(), b"ftypavif");
}

#[test]
fn pieces_that_are_not_there_are_refused() {
    for piece in [[0, 0, 0, 9, 0, 0, 0, 2], [0, 0, 0, 11, 0, 0, 0, 0], [255; 8]] {
        let error = picture(&located(1, &[piece])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{piece:?}");
    }
    let error = picture(&located(2, &[])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

/// Put together, these would be 65,535 times the file.
#[test]
fn an_item_that_claims_the_file_over_and_over_is_refused() {
    let error = picture(&located(0, &[[0; 8]; 0xffff])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("claims"), "{error}");
}
