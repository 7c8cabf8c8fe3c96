//! Whole pages through the whole room.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::*;
use crate::config::Config;
use crate::control::{CancelToken, Control};
use crate::image::Image;

mod upright;

/// A picture of `examples/images`, if it is there.
fn picture(name: &str) -> Option<Image> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/images").join(name);
    if !path.exists() {
        eprintln!("skipped: {} is missing", path.display());
        return None;
    }
    let pixels = ::image::open(path).unwrap().into_rgba8();
    Some(Image::from_rgba(pixels.width(), pixels.height(), pixels.into_raw()).unwrap())
}

/// The text that is drawn in a picture of `examples/images`.
fn truth(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/images").join(name);
    std::fs::read_to_string(path).unwrap()
}

fn blank(width: u32, height: u32) -> Image {
    Image::from_rgba(width, height, vec![255; (width * height * 4) as usize]).unwrap()
}

/// `image`, repeated side by side and below until it takes much longer to read than any test waits.
fn repeated(image: &Image, times: u32) -> Image {
    let (width, height) = (image.width() * times, image.height() * times);
    let mut rgba = Vec::new();
    for y in 0..height {
        let start = ((y % image.height()) * image.width() * 4) as usize;
        let row = &image.rgba()[start..start + (image.width() * 4) as usize];
        (0..times).for_each(|_| rgba.extend_from_slice(row));
    }
    Image::from_rgba(width, height, rgba).unwrap()
}

fn recognizer(threads: usize) -> Recognizer {
    let config = Config { threads: Some(threads), ocr_lang: "eng".into(), ..Config::default() };
    Recognizer::new(&config)
}

fn read(recognizer: &Recognizer, image: &Image, options: &OcrOptions) -> Result<OcrPage> {
    let control = Control::default();
    recognizer.start(image, 0, options, &control)?.wait(&control)
}

fn read_with(recognizer: &Recognizer, image: &Image, control: &Control) -> Result<OcrPage> {
    recognizer.start(image, 0, &OcrOptions::default(), control)?.wait(control)
}

#[test]
fn page_modes_have_stable_names() {
    for mode in PageMode::ALL {
        assert_eq!(mode.name().parse::<PageMode>().unwrap(), *mode);
        assert_eq!(serde_json::to_string(mode).unwrap(), format!("\"{}\"", mode.name()));
    }
    assert_eq!("osd_only".parse::<PageMode>().unwrap_err().kind(), ErrorKind::InvalidArgument);
}

#[test]
fn a_clean_letter_is_read_word_for_word() {
    let Some(image) = picture("letter.jpg") else { return };
    let page = read(&recognizer(1), &image, &OcrOptions::default()).unwrap();
    // Tesseract may see words of its own in the drawings.
    for line in truth("letter.txt").lines() {
        assert!(page.text.contains(line), "{line:?} is not in {:?}", page.text);
    }
    assert!(page.confidence > 0.9, "{}", page.confidence);
    assert_eq!((page.width, page.height, page.rotation, page.skew), (image.width(), image.height(), 0, 0.0));
    assert!(page.text.contains("\n\n") && page.text.lines().count() > 20, "{}", page.text);
}

#[test]
fn words_stand_inside_the_picture_and_in_order() {
    let Some(image) = picture("letter.jpg") else { return };
    let page = read(&recognizer(1), &image, &OcrOptions::default()).unwrap();
    for word in &page.words {
        assert!(word.bounds.width > 0 && word.bounds.right() <= image.width(), "{word:?}");
        assert!(word.bounds.height > 0 && word.bounds.bottom() <= image.height(), "{word:?}");
        assert!((0.0..=1.0).contains(&word.confidence) && word.text.trim() == word.text, "{word:?}");
    }
    let step = |a: &OcrWord, b: &OcrWord| (b.line - a.line <= 1, b.block - a.block <= 1);
    assert!(page.words.windows(2).all(|pair| step(&pair[0], &pair[1]) == (true, true)));
    assert_eq!((page.words[0].block, page.words[0].line), (0, 0));
}

#[test]
fn a_portuguese_language_is_loaded_into_the_same_engine() {
    let Some(image) = picture("captura.png") else { return };
    let recognizer = recognizer(1);
    let read = |lang: Option<&str>| {
        let options = OcrOptions { lang: lang.map(Into::into), ..OcrOptions::default() };
        read(&recognizer, &image, &options).unwrap().text
    };
    let english = read(None);
    let portuguese = read(Some("por"));
    let truth = truth("captura.txt");
    let accented: Vec<&str> = truth.split_whitespace().filter(|word| !word.is_ascii()).collect();
    let found = accented.iter().filter(|word| portuguese.contains(**word)).count();
    assert!(found * 10 >= accented.len() * 8, "{found} of {} in {portuguese:?}", accented.len());
    assert_ne!(portuguese, english);
    assert_eq!(read(None), english, "a page depends on the languages alone, not on what came before");
}

#[test]
fn many_threads_read_the_same_text() {
    let Some(image) = picture("poster.png") else { return };
    let recognizer = recognizer(2);
    let alone = read(&recognizer, &image, &OcrOptions::default()).unwrap();
    std::thread::scope(|scope| {
        let readers: Vec<_> =
            (0..8).map(|_| scope.spawn(|| read(&recognizer, &image, &OcrOptions::default()))).collect();
        for reader in readers {
            assert_eq!(reader.join().unwrap().unwrap(), alone);
        }
    });
}

#[test]
fn a_cancel_and_a_deadline_return_at_once() {
    let Some(image) = picture("letter.jpg") else { return };
    let (image, recognizer) = (repeated(&image, 4), recognizer(1));
    let token = CancelToken::new();
    let control = Control::default().with_cancel(token.clone());
    let ticket = recognizer.start(&image, 0, &OcrOptions::default(), &control).unwrap();
    let canceller = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        token.cancel();
        Instant::now()
    });
    assert_eq!(ticket.wait(&control).unwrap_err().kind(), ErrorKind::Cancelled);
    let late = canceller.join().unwrap().elapsed();
    assert!(late < Duration::from_millis(300), "{late:?}");

    let start = Instant::now();
    let control = Control::default().with_timeout(Duration::from_millis(400));
    assert_eq!(read_with(&recognizer, &image, &control).unwrap_err().kind(), ErrorKind::DeadlineExceeded);
    assert!(start.elapsed() < Duration::from_millis(700), "{:?}", start.elapsed());

    let small = picture("poster.png").map(|image| read(&recognizer, &image, &OcrOptions::default()));
    assert!(small.is_none_or(|page| page.unwrap().text.contains("Music")), "the pool is still of use");
}

#[test]
fn extreme_sizes_are_empty_pages_or_typed_errors() {
    let recognizer = recognizer(2);
    for (width, height) in
        [(1, 1), (1, 20_000), (20_000, 1), (4, 4), (5, 5), (6, 20_000), (20_000, 6), (10, 32_767)]
    {
        let page = read(&recognizer, &blank(width, height), &OcrOptions::default()).unwrap();
        assert_eq!((page.width, page.height, page.text.as_str()), (width, height, ""));
    }
    for (width, height) in [(32_768, 1), (2, 32_768)] {
        let error = read(&recognizer, &blank(width, height), &OcrOptions::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    }
}

#[test]
fn every_mode_reads_small_noise_without_a_crash() {
    let recognizer = recognizer(2);
    let mut seed = 1_u32;
    let mut noise = |width: u32, height: u32| {
        let bytes = (0..width * height * 4).map(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8
        });
        Image::from_rgba(width, height, bytes.collect()).unwrap()
    };
    for &page_mode in PageMode::ALL {
        for (width, height) in [(5, 5), (5, 300), (300, 5), (33, 40)] {
            let options = OcrOptions { page_mode, ..OcrOptions::default() };
            read(&recognizer, &noise(width, height), &options).unwrap();
        }
    }
}

#[test]
fn a_language_is_checked_for_its_name_and_its_file() {
    let recognizer = recognizer(1);
    let kind = |lang: &str| {
        let options = OcrOptions { lang: Some(lang.into()), ..OcrOptions::default() };
        read(&recognizer, &blank(50, 50), &options).unwrap_err().kind()
    };
    assert_eq!(kind("../eng"), ErrorKind::InvalidArgument);
    assert_eq!(kind("eng+xyz"), ErrorKind::NotFound);
    assert!(read(&recognizer, &blank(50, 50), &OcrOptions::default()).unwrap().words.is_empty());
}

#[test]
fn a_language_without_data_is_named_with_its_file() {
    let system = tessdata::directory(None).unwrap();
    let directory = tempfile::tempdir().unwrap();
    std::fs::copy(system.join("eng.traineddata"), directory.path().join("eng.traineddata")).unwrap();
    let tessdata = Some(directory.path().into());
    let config = Config { tessdata, ocr_lang: "eng+por".into(), ..Config::default() };
    let recognizer = Recognizer::new(&config);
    let lang = |lang: &str| OcrOptions { lang: Some(lang.into()), ..OcrOptions::default() };
    for (options, file) in [
        (OcrOptions::default(), "por.traineddata"),
        (lang("por"), "por.traineddata"),
        (lang("eng+osd"), "osd.traineddata"),
    ] {
        let error = read(&recognizer, &blank(50, 50), &options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.to_string().contains(file), "{error}");
    }
    assert!(read(&recognizer, &blank(50, 50), &lang("eng")).unwrap().words.is_empty());
}

#[test]
fn dropping_a_busy_pool_does_not_wait_for_its_pages() {
    let Some(image) = picture("letter.jpg") else { return };
    let (image, recognizer) = (repeated(&image, 3), recognizer(1));
    let control = Control::default();
    let tickets: Vec<_> = (0..4)
        .map(|page| recognizer.start(&image, page, &OcrOptions::default(), &control).unwrap())
        .collect();
    std::thread::sleep(Duration::from_millis(50));
    let start = Instant::now();
    drop(recognizer);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    for ticket in tickets {
        assert_eq!(ticket.wait(&control).unwrap_err().kind(), ErrorKind::Cancelled);
    }
}

/// Runs one ignored test in a process of its own and returns what that wrote to stdout and stderr.
fn in_a_process_of_its_own(test: &str) -> (String, String) {
    let name = format!("ocr::tests::{test}");
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", &name, "--nocapture", "--test-threads=1"])
        .output()
        .unwrap();
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(output.status.success(), "{}\n{stdout}\n{stderr}", output.status);
    assert!(stdout.contains("1 passed"), "{stdout}");
    (stdout, stderr)
}

#[test]
fn nothing_is_written_to_the_streams_of_the_host() {
    let (stdout, stderr) = in_a_process_of_its_own("reads_all_sorts");
    assert_eq!(stderr, "");
    let words = ["Tesseract", "resolution", "rror", "arning", "Detected", "Empty page"];
    assert!(words.iter().all(|word| !stdout.contains(word)), "{stdout}");
}

#[test]
#[ignore = "run by nothing_is_written_to_the_streams_of_the_host"]
fn reads_all_sorts() {
    let recognizer = recognizer(1);
    let pictures =
        [picture("letter.jpg"), picture("captura.png"), Some(blank(300, 200)), Some(blank(5, 900))];
    for image in pictures.into_iter().flatten() {
        read(&recognizer, &image, &OcrOptions::default()).unwrap();
    }
    let options = OcrOptions { lang: Some("xyz".into()), ..OcrOptions::default() };
    assert!(read(&recognizer, &blank(50, 50), &options).is_err());
    assert_eq!(threads_that_read(), 1, "OpenMP must start no threads of its own");
}

/// The threads of a pool and those that OpenMP starts from them, which inherit their name.
#[cfg(target_os = "linux")]
fn threads_that_read() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().map(|task| task.unwrap().path().join("comm"));
    tasks.filter(|comm| std::fs::read_to_string(comm).is_ok_and(|name| name.trim() == "aion-ocr")).count()
}

#[cfg(not(target_os = "linux"))]
fn threads_that_read() -> usize {
    1
}

#[test]
fn a_damaged_language_file_does_not_end_the_process() {
    let (_, stderr) = in_a_process_of_its_own("loads_damaged_language_files");
    assert_eq!(stderr, "");
}

#[test]
#[ignore = "run by a_damaged_language_file_does_not_end_the_process"]
fn loads_damaged_language_files() {
    let system = tessdata::directory(None).unwrap();
    let whole = std::fs::read(system.join("por.traineddata")).unwrap();
    let at = |percent: usize| whole.len() * percent / 100;
    let zeroed = |start: usize| {
        let mut bytes = whole.clone();
        let end = (start + 4096).min(bytes.len());
        bytes[start..end].fill(0);
        bytes
    };
    let mut hopeless = vec![Vec::new(), b"not a language".to_vec(), vec![0; 4096], vec![0xAB; 4096]];
    hopeless.extend([0, 1, 10, 20, 50, 90, 99].map(|percent| whole[..at(percent) + 3].to_vec()));
    hopeless.extend([0, 100, 1_974_900, 1_982_000].map(zeroed));
    for bytes in hopeless {
        let error = read_with_language(&bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidModel, "{error}");
        assert!(error.message().contains("por.traineddata"), "{error}");
    }
    // Other weights and other word lists make another text.
    for bytes in [1, 5, 15, 60, 98].map(|percent| zeroed(at(percent))) {
        assert!(read_with_language(&bytes).is_ok());
    }
}

/// Reads a small picture with `bytes` for a Portuguese language.
fn read_with_language(bytes: &[u8]) -> Result<OcrPage> {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("por.traineddata"), bytes).unwrap();
    let tessdata = Some(directory.path().into());
    let config = Config { tessdata, ocr_lang: "por".into(), ..Config::default() };
    let image = picture("poster.png").unwrap_or_else(|| blank(60, 40));
    read(&Recognizer::new(&config), &image, &OcrOptions::default())
}
