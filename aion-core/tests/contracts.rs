//! What every host may rely on: threads, cancel, deadline, progress, sameness.

#![cfg(all(feature = "image", feature = "clip", feature = "ocr"))]

mod common;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aion_core::{
    Aion, CancelToken, Config, Control, Error, ErrorKind, Image, ImageSource, OcrOptions, OcrResult,
    ParseOptions, ParsedImage,
};

fn without_clip() -> ParseOptions {
    let mut options = ParseOptions::default();
    options.clip = false;
    options
}

#[test]
fn every_type_of_the_border_may_cross_threads() {
    fn crosses<T: Send + Sync + 'static>() {}
    crosses::<Aion>();
    crosses::<Config>();
    crosses::<Control>();
    crosses::<CancelToken>();
    crosses::<Error>();
    crosses::<Image>();
    crosses::<ParsedImage>();
    crosses::<OcrResult>();
}

#[test]
fn clip_without_a_model_is_an_error_and_never_a_silent_none() {
    let aion = common::aion(common::config());
    let picture = common::example("poster.png");
    let error =
        aion.parse_image(picture.as_path(), &ParseOptions::default(), &Control::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConfigured);
}

#[test]
fn the_same_picture_gives_the_same_answer_alone_in_a_batch_and_from_many_threads() {
    let aion = common::aion(common::config());
    let picture = common::example("captura.png");
    let parse = || aion.parse_image(picture.as_path(), &without_clip(), &Control::default()).unwrap();
    let first = parse();
    assert!(first.ocr_text.contains("Definições"), "{}", first.ocr_text);
    assert!(!first.ocr_text.contains('\n'));

    let sources = [ImageSource::Path(&picture); 3];
    for parsed in aion.parse_images(&sources, &without_clip(), &Control::default()) {
        assert_eq!(parsed.unwrap(), first);
    }
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(parse)).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), first);
        }
    });
}

#[test]
fn cancel_and_deadline_stop_a_batch_and_leave_the_handle_usable() {
    let aion = common::aion(common::config());
    let letter = common::example("letter.jpg");
    let sources = vec![ImageSource::Path(&letter); 40];
    let control = Control::default();
    let token = control.cancel_token().clone();
    let started = Instant::now();
    let results = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(200));
            token.cancel();
        });
        aion.parse_images(&sources, &without_clip(), &control)
    });
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(results.len(), 40);
    assert_eq!(results[39].as_ref().unwrap_err().kind(), ErrorKind::Cancelled);

    let late = Control::default().with_timeout(Duration::from_millis(30));
    let error = aion.ocr(letter.as_path(), &OcrOptions::default(), &late).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
    assert!(aion.parse_image(letter.as_path(), &without_clip(), &Control::default()).is_ok());
}

#[test]
fn progress_counts_every_item_of_a_batch() {
    let aion = common::aion(common::config());
    let picture = common::example("poster.png");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    let control = Control::default().with_progress(move |progress| sink.lock().unwrap().push(progress));
    let mut options = without_clip();
    options.ocr = false;
    aion.parse_images(&[ImageSource::Path(&picture); 5], &options, &control);
    let mut done: Vec<_> = seen.lock().unwrap().iter().map(|p| (p.stage, p.done, p.total)).collect();
    done.sort_unstable();
    assert_eq!(done, (1..=5).map(|n| ("images", n, 5)).collect::<Vec<_>>());
}

#[test]
fn a_tiff_has_as_many_pages_as_were_written() {
    use tiff::encoder::{TiffEncoder, colortype::Gray8};
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes).unwrap();
    for (width, height) in [(60, 40), (80, 30), (50, 50)] {
        encoder.write_image::<Gray8>(width, height, &vec![255; (width * height) as usize]).unwrap();
    }
    let bytes = bytes.into_inner();
    let aion = common::aion(common::config());
    let result = aion.ocr(&bytes, &OcrOptions::default(), &Control::default()).unwrap();
    let sizes: Vec<_> = result.pages.iter().map(|page| (page.width, page.height)).collect();
    assert_eq!(sizes, [(60, 40), (80, 30), (50, 50)]);
}

#[test]
fn the_pages_of_a_scanned_tiff_are_read() {
    let Some(folder) = common::shared("testdata/ocr") else { return };
    let aion = common::aion(common::config());
    let file = folder.join("mul_multipage2.tif");
    let result = aion.ocr(file.as_path(), &OcrOptions::default(), &Control::default()).unwrap();
    assert_eq!(result.pages.len(), 2);
    assert!(result.pages.iter().all(|page| !page.text.is_empty()));
    let parsed = aion.parse_image(file.as_path(), &without_clip(), &Control::default()).unwrap();
    assert_eq!((parsed.meta.pages, parsed.ocr.unwrap()), (2, result));
}
