//! Damaged and hostile pictures: an answer or a typed error, within bounded memory, alone and in a batch.

#![cfg(all(feature = "image", feature = "ocr"))]

mod common;

use std::path::PathBuf;

use aion_core::{Control, ErrorKind, ImageSource, ParseOptions};

const EXPECTED: &[ErrorKind] = &[ErrorKind::InvalidInput, ErrorKind::Unsupported, ErrorKind::LimitExceeded];

fn without_clip() -> ParseOptions {
    let mut options = ParseOptions::default();
    options.clip = false;
    options
}

fn bad_files() -> Vec<PathBuf> {
    common::shared("testdata/images/bad").map(|folder| common::files(&folder)).unwrap_or_default()
}

#[test]
fn every_bad_file_gives_an_answer_or_a_typed_error() {
    let aion = common::aion(common::config());
    for path in bad_files() {
        match aion.parse_image(path.as_path(), &without_clip(), &Control::default()) {
            Ok(image) => eprintln!("{}: {} × {}", common::name(&path), image.width, image.height),
            Err(error) => {
                eprintln!("{}: {error:?}", common::name(&path));
                assert!(EXPECTED.contains(&error.kind()), "{}: {error:?}", common::name(&path));
            }
        }
    }
    if let Some(peak) = common::peak_memory_kib() {
        assert!(peak < 1 << 20, "the peak was {peak} KiB");
    }
}

#[test]
fn a_bad_file_costs_only_its_own_place_in_a_batch() {
    let aion = common::aion(common::config());
    let good = common::example("poster.png");
    let good = ImageSource::Path(&good);
    let mut options = without_clip();
    options.ocr = false;
    for path in bad_files() {
        let results = aion.parse_images(&[good, path.as_path().into(), good], &options, &Control::default());
        assert_eq!(results.len(), 3);
        assert!(results[0].is_ok() && results[2].is_ok(), "{}", common::name(&path));
        if let Err(error) = &results[1] {
            assert!(EXPECTED.contains(&error.kind()), "{}: {error:?}", common::name(&path));
        }
    }
}

#[test]
fn every_good_file_is_read() {
    let Some(folder) = common::shared("testdata/images/good") else { return };
    let aion = common::aion(common::config());
    let mut options = without_clip();
    options.ocr = false;
    for path in common::files(&folder) {
        let parsed = aion.parse_image(path.as_path(), &options, &Control::default());
        assert!(parsed.is_ok(), "{}: {}", common::name(&path), parsed.unwrap_err());
    }
}
