//! Reading of real pages, where the shared sets are at hand.

#![expect(clippy::unwrap_used, reason = "a test tells what it leaves out, and fails loudly")]

mod common;

use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use aion_core::{ExtractOptions, Extracted, extract_text};
use serde_json::Value;

/// What Python's trafilatura 2.3.1 reaches on the same pages, without comments for the unwanted sentences:
/// 451 of 480 wanted ones, 39 of 467 unwanted ones.
const TRAFILATURA_WANTED: f64 = 451.0 / 480.0;
const TRAFILATURA_UNWANTED: f64 = 39.0 / 467.0;

/// The folder of the shared web pages.
fn shared() -> Option<PathBuf> {
    common::shared("testdata/web")
}

fn read(path: &Path) -> Extracted {
    let mut html = Vec::new();
    flate2::read::GzDecoder::new(fs::File::open(path).unwrap()).read_to_end(&mut html).unwrap();
    extract_text(&html, &ExtractOptions::default()).unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

type Shingles = HashMap<Vec<String>, usize>;

/// Runs of four words with their counts, as in `bench/extract_score.py`.
fn shingles(text: &str) -> Shingles {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let words: Vec<String> = text
        .split(|character| !is_word(character))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let mut counts = Shingles::new();
    if !words.is_empty() {
        for start in 0..words.len().saturating_sub(3).max(1) {
            *counts.entry(words[start..words.len().min(start + 4)].to_vec()).or_insert(0) += 1;
        }
    }
    counts
}

/// Precision, recall and F1 of `found` against `wanted`.
fn score(found: &Shingles, wanted: &Shingles) -> [f64; 3] {
    let common: usize =
        found.iter().map(|(run, count)| wanted.get(run).map_or(0, |other| *count.min(other))).sum();
    let (found, wanted): (usize, usize) = (found.values().sum(), wanted.values().sum());
    let share = |of: usize| if of == 0 { 0.0 } else { common as f64 / of as f64 };
    [share(found), share(wanted), 2.0 * common as f64 / (found + wanted).max(1) as f64]
}

#[test]
fn the_article_and_little_else_is_found() {
    let Some(folder) = shared().map(|folder| folder.join("aeb")) else { return };
    let truth = json(&folder.join("ground-truth.json"));
    let mut scores = Vec::new();
    for (name, wanted) in truth.as_object().unwrap() {
        let page = read(&folder.join("html").join(format!("{name}.html.gz")));
        assert!(!page.text.is_empty(), "{name} is empty");
        scores.push(score(&shingles(&page.text), &shingles(wanted["articleBody"].as_str().unwrap())));
    }
    let mean = |index: usize| scores.iter().map(|score| score[index]).sum::<f64>() / scores.len() as f64;
    let (precision, recall) = (mean(0), mean(1));
    let f1 = 2.0 * precision * recall / (precision + recall);
    let mut pages: Vec<f64> = scores.iter().map(|score| score[2]).collect();
    pages.sort_by(f64::total_cmp);
    let tenth = &pages[..pages.len() / 10];
    let worst = tenth.iter().sum::<f64>() / tenth.len() as f64;
    println!(
        "F1 {f1:.4} precision {precision:.4} recall {recall:.4} worst tenth {worst:.4} of {}",
        pages.len()
    );
    assert!(f1 >= 0.965, "F1 {f1}");
    assert!(worst >= 0.80, "worst tenth {worst}");
}

#[test]
fn wanted_sentences_are_found_and_unwanted_ones_not() {
    let Some(folder) = shared().map(|folder| folder.join("trafilatura")) else { return };
    let (mut wanted, mut unwanted) = ((0, 0), (0, 0));
    for page in json(&folder.join("evaldata.json")).as_object().unwrap().values() {
        let text = read(&folder.join("html").join(format!("{}.gz", page["file"].as_str().unwrap()))).text;
        let count = |list: &Value, sum: &mut (usize, usize)| {
            for sentence in list.as_array().unwrap() {
                sum.0 += usize::from(text.contains(sentence.as_str().unwrap()));
                sum.1 += 1;
            }
        };
        count(&page["with"], &mut wanted);
        count(&page["without"], &mut unwanted);
    }
    println!("wanted {wanted:?} unwanted {unwanted:?}");
    assert!(wanted.0 as f64 / wanted.1 as f64 >= TRAFILATURA_WANTED, "{wanted:?}");
    assert!(unwanted.0 as f64 / unwanted.1 as f64 <= TRAFILATURA_UNWANTED, "{unwanted:?}");
}

#[test]
fn pages_of_the_readability_set_are_read_and_have_text() {
    let Some(folder) = shared().map(|folder| folder.join("readability")) else { return };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap().path();
        let page = read(&entry.join("source.html.gz"));
        assert!(!page.text.is_empty(), "{entry:?} is empty");
        // The text of the expected markup, read by the same rules, from first to last word.
        let expected = read(&entry.join("expected.html.gz"));
        found.push(score(&shingles(&page.text), &shingles(&expected.text))[2]);
    }
    let mean = found.iter().sum::<f64>() / found.len() as f64;
    println!("mean F1 against Readability's own expectation: {mean:.4} of {}", found.len());
    assert!(mean >= 0.9, "{mean}");
}
