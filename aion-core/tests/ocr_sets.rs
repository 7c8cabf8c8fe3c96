//! How well whole pages are read, on the maintainers' set of pictures with their true text.

#![cfg(feature = "ocr")]
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

mod common;

use std::path::Path;

use aion_core::{Aion, Config, Control, ImageSource, OcrOptions, OcrResult};

/// Edits between two sequences: insertions, deletions, replacements.
fn distance<T: PartialEq>(truth: &[T], found: &[T]) -> usize {
    let mut row: Vec<usize> = (0..=found.len()).collect();
    for (above, wanted) in truth.iter().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], above + 1);
        for (at, got) in found.iter().enumerate() {
            let replaced = corner + usize::from(wanted != got);
            corner = row[at + 1];
            row[at + 1] = replaced.min(row[at] + 1).min(corner + 1);
        }
    }
    row[found.len()]
}

/// On one line, with plain quotes and dashes.
fn normalised(text: &str) -> String {
    let plain = |letter| match letter {
        '“' | '”' | '„' => '"',
        '‘' | '’' => '\'',
        '—' | '–' | '−' => '-',
        other => other,
    };
    let text: String = text.chars().map(plain).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Wrong and true characters, wrong and true words.
#[derive(Default, Clone, Copy)]
struct Score {
    wrong: usize,
    letters: usize,
    wrong_words: usize,
    words: usize,
}

impl Score {
    fn of(truth: &str, found: &str) -> Self {
        let (truth, found) = (normalised(truth), normalised(found));
        let [letters, read] = [&truth, &found].map(|text| text.chars().collect::<Vec<_>>());
        let [words, read_words] = [&truth, &found].map(|text| text.split(' ').collect::<Vec<_>>());
        Self {
            wrong: distance(&letters, &read),
            letters: letters.len(),
            wrong_words: distance(&words, &read_words),
            words: words.len(),
        }
    }

    fn add(&mut self, other: Self) {
        self.wrong += other.wrong;
        self.letters += other.letters;
        self.wrong_words += other.wrong_words;
        self.words += other.words;
    }

    fn cer(self) -> f64 {
        self.wrong as f64 / self.letters.max(1) as f64
    }
}

fn read(aion: &Aion, path: &Path) -> OcrResult {
    aion.ocr(ImageSource::Path(path), &OcrOptions::default(), &Control::default()).unwrap()
}

#[test]
fn pages_of_all_sorts_are_read_within_the_bounds() {
    let Some(folder) = common::shared("testdata/ocr") else { return };
    let aion = Aion::new(Config::default()).unwrap();
    let (mut all, mut capped, mut pages) = (Score::default(), 0.0, 0);
    for path in common::files(&folder) {
        let Ok(truth) = std::fs::read_to_string(path.with_extension("gt.txt")) else { continue };
        let result = read(&aion, &path);
        let score = Score::of(&truth, &result.text);
        let name = common::name(&path);
        if name.starts_with("blank") {
            assert_eq!(result.text, "", "{name}");
        }
        if name.contains("_rot") || name.contains("_skew") || name.contains("invert") {
            assert!(score.cer() <= 0.02, "{name}: {:.3} in {:?}", score.cer(), result.text);
        }
        all.add(score);
        capped += score.cer().min(1.0);
        pages += 1;
    }
    let wer = all.wrong_words as f64 / all.words as f64;
    assert!(pages > 20, "{pages} pages");
    assert!(all.cer() <= 0.045, "CER {:.4}", all.cer());
    assert!(capped / f64::from(pages) <= 0.025, "mCER {:.4}", capped / f64::from(pages));
    assert!(wer <= 0.080, "WER {wer:.4}");
}

#[test]
fn both_pages_of_a_tiff_are_read() {
    let Some(folder) = common::shared("testdata/ocr") else { return };
    let aion = Aion::new(Config::default()).unwrap();
    let result = read(&aion, &folder.join("mul_multipage2.tif"));
    assert_eq!(result.pages.len(), 2);
    assert!(result.pages.iter().all(|page| page.text.len() > 100));
}
