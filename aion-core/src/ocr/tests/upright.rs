//! Pages that lie on their side, slope, or are badly lit.

use super::*;

/// `image` after clockwise quarter turns.
fn turned(image: &Image, quarters: u8) -> Image {
    let pixels = ::image::RgbaImage::from_raw(image.width(), image.height(), image.rgba().to_vec()).unwrap();
    let pixels = match quarters {
        1 => ::image::imageops::rotate90(&pixels),
        2 => ::image::imageops::rotate180(&pixels),
        _ => ::image::imageops::rotate270(&pixels),
    };
    Image::from_rgba(pixels.width(), pixels.height(), pixels.into_raw()).unwrap()
}

/// `image` with its lines falling to the right by `degrees`, on white paper of the same size.
fn skewed(image: &Image, degrees: f64) -> Image {
    let (width, height) = (image.width() as i64, image.height() as i64);
    let (sin, cos) = degrees.to_radians().sin_cos();
    let mut rgba = vec![255; (width * height * 4) as usize];
    for (place, pixel) in rgba.chunks_exact_mut(4).enumerate() {
        let (x, y) = (place as i64 % width, place as i64 / width);
        let (dx, dy) = ((x - width / 2) as f64, (y - height / 2) as f64);
        let from_x = (cos * dx + sin * dy) as i64 + width / 2;
        let from_y = (cos * dy - sin * dx) as i64 + height / 2;
        if (0..width).contains(&from_x) && (0..height).contains(&from_y) {
            let from = ((from_y * width + from_x) * 4) as usize;
            pixel.copy_from_slice(&image.rgba()[from..from + 4]);
        }
    }
    Image::from_rgba(image.width(), image.height(), rgba).unwrap()
}

/// The share of the words of `truth` that are in `text`.
fn found(truth: &str, text: &str) -> f64 {
    let words: Vec<&str> = text.split_whitespace().collect();
    let wanted: Vec<&str> = truth.split_whitespace().collect();
    wanted.iter().filter(|word| words.contains(word)).count() as f64 / wanted.len() as f64
}

#[test]
fn a_turned_page_is_read_upright_and_its_words_stand_where_they_are_in_the_picture() {
    let Some(image) = picture("letter.jpg") else { return };
    let recognizer = recognizer(1);
    let upright = read(&recognizer, &image, &OcrOptions::default()).unwrap();
    let first = &upright.words[0];
    for (quarters, rotation) in [(1, 270), (2, 180), (3, 90)] {
        let page = read(&recognizer, &turned(&image, quarters), &OcrOptions::default()).unwrap();
        assert_eq!(page.rotation, rotation);
        assert!(found(&truth("letter.txt"), &page.text) > 0.95, "{rotation}: {:?}", page.text);
        let (width, height) = (image.width(), image.height());
        let Bounds { x, y, width: w, height: h } = first.bounds;
        let expected = match quarters {
            1 => (height - y - h, x),
            2 => (width - x - w, height - y - h),
            _ => (y, width - x - w),
        };
        let word = page.words.iter().find(|word| word.text == first.text).unwrap();
        let apart = word.bounds.x.abs_diff(expected.0).max(word.bounds.y.abs_diff(expected.1));
        assert!(apart <= 3, "{rotation}: {:?} is not at {expected:?}", word.bounds);
    }
}

#[test]
fn a_skewed_page_is_levelled() {
    let Some(image) = picture("letter.jpg") else { return };
    let recognizer = recognizer(1);
    for degrees in [6.0, -3.0] {
        let page = read(&recognizer, &skewed(&image, degrees), &OcrOptions::default()).unwrap();
        assert!((f64::from(page.skew) - degrees).abs() < 0.3, "{} for {degrees}", page.skew);
        assert!(found(&truth("letter.txt"), &page.text) > 0.85, "{degrees}: {:?}", page.text);
        let is_inside =
            |word: &OcrWord| word.bounds.right() <= image.width() && word.bounds.bottom() <= image.height();
        assert!(page.words.iter().all(is_inside));
    }
}

#[test]
fn a_page_is_left_as_it_is_on_request() {
    let Some(image) = picture("letter.jpg") else { return };
    let options = OcrOptions { orient: false, ..OcrOptions::default() };
    let page = read(&recognizer(1), &turned(&image, 2), &options).unwrap();
    assert_eq!((page.rotation, page.skew), (0, 0.0));
    assert!(found(&truth("letter.txt"), &page.text) < 0.2, "{:?}", page.text);
}

#[test]
fn light_text_shadows_and_pale_ink_are_read() {
    let Some(image) = picture("letter.jpg") else { return };
    let (width, recognizer) = (image.width() as usize, recognizer(1));
    let changed = |change: &dyn Fn(usize, u8) -> u8| {
        let mut rgba = image.rgba().to_vec();
        for (place, pixel) in rgba.chunks_exact_mut(4).enumerate() {
            pixel[..3].iter_mut().for_each(|level| *level = change(place % width, *level));
        }
        Image::from_rgba(image.width(), image.height(), rgba).unwrap()
    };
    let dark = changed(&|_, level| 255 - level);
    let shaded = changed(&|x, level| (usize::from(level) * (2 * width - 3 * x / 2) / (2 * width)) as u8);
    let pale = changed(&|_, level| 120 + level / 8);
    for (name, image) in [("dark", dark), ("shaded", shaded), ("pale", pale)] {
        let page = read(&recognizer, &image, &OcrOptions::default()).unwrap();
        assert!(found(&truth("letter.txt"), &page.text) > 0.9, "{name}: {:?}", page.text);
    }
}

#[test]
fn a_whitelist_holds_for_its_call_alone() {
    let Some(image) = picture("letter.jpg") else { return };
    let recognizer = recognizer(1);
    let digits = OcrOptions { whitelist: Some("0123456789".into()), ..OcrOptions::default() };
    let page = read(&recognizer, &image, &digits).unwrap();
    assert!(page.words.iter().all(|word| word.text.chars().all(|c| c.is_ascii_digit())), "{}", page.text);
    assert!(page.words.iter().any(|word| word.text == "960418"), "a number of the letter: {}", page.text);
    let printable = (' '..='~').collect();
    let plain = OcrOptions { whitelist: Some(printable), ..OcrOptions::default() };
    let page = read(&recognizer, &image, &plain).unwrap();
    assert!(found(&truth("letter.txt"), &page.text) > 0.95, "{}", page.text);
    let page = read(&recognizer, &image, &OcrOptions::default()).unwrap();
    assert!(found(&truth("letter.txt"), &page.text) > 0.95);
    let broken = OcrOptions { whitelist: Some("a\0b".into()), ..OcrOptions::default() };
    assert_eq!(read(&recognizer, &image, &broken).unwrap_err().kind(), ErrorKind::InvalidArgument);
}

#[test]
fn thin_and_random_pictures_end_well() {
    let recognizer = recognizer(1);
    let noise = |width: u32, height: u32| {
        let mut state = 0x9E37_79B9_u32;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        Image::from_rgba(width, height, (0..width * height * 4).map(next).collect()).unwrap()
    };
    for (width, height) in
        [(5, 5), (5, 20_000), (20_000, 5), (6, 300), (17, 16), (33, 40), (300, 200), (20_000, 40)]
    {
        let page = read(&recognizer, &noise(width, height), &OcrOptions::default()).unwrap();
        assert_eq!((page.width, page.height), (width, height));
        let is_inside = |word: &OcrWord| word.bounds.right() <= width && word.bounds.bottom() <= height;
        assert!(page.words.iter().all(is_inside), "{width} × {height}");
    }
}

#[test]
fn progress_is_told_within_a_page() {
    let Some(image) = picture("letter.jpg") else { return };
    let told = std::sync::Arc::new(parking_lot::Mutex::new(Vec::new()));
    let sink = told.clone();
    let control = Control::default().with_progress(move |progress| sink.lock().push(progress));
    read_with(&recognizer(1), &image, &control).unwrap();
    let told = told.lock();
    assert!(told.len() > 2 && told.windows(2).all(|pair| pair[0].done < pair[1].done), "{told:?}");
    assert!(told.iter().all(|progress| progress.total == 100 && progress.done <= 100), "{told:?}");
}
