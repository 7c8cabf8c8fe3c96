//! Reading of real documents, where the shared sets are at hand, beside the texts that other readers made of them.

#![cfg(feature = "documents")]
#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test tells what it leaves out, and fails loudly"
)]

mod common;

use std::collections::HashMap;
use std::path::Path;

use aion_core::{Control, Document, DocumentOptions, extract_document};

fn read(path: &Path) -> Document {
    let mut options = DocumentOptions::default();
    options.name = Some(common::name(path));
    let bytes = std::fs::read(path).unwrap();
    extract_document(&bytes, &options, None, &Control::default())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

type Words = HashMap<String, usize>;

/// Words with their counts: letters and digits in lower case, without the marks and comments of Markdown, and
/// without the addresses of its links, which are no text.
fn words(text: &str) -> Words {
    let mut counts = Words::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once("<!--") {
        plain.push_str(before);
        rest = tail.split_once("-->").map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    let plain = without_addresses(&plain).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    for word in plain.to_lowercase().split(|character: char| !character.is_alphanumeric()) {
        if !word.is_empty() {
            *counts.entry(word.to_owned()).or_insert(0) += 1;
        }
    }
    counts
}

fn without_addresses(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once("](") {
        plain.push_str(before);
        rest = tail.split_once(')').map_or("", |(_, after)| after);
        plain.push(' ');
    }
    plain + rest
}

/// Precision, recall and F1 of `found` against `wanted`.
fn score(found: &Words, wanted: &Words) -> [f64; 3] {
    let common: usize =
        found.iter().map(|(word, count)| wanted.get(word).map_or(0, |other| *count.min(other))).sum();
    let (found, wanted): (usize, usize) = (found.values().sum(), wanted.values().sum());
    let share = |of: usize| if of == 0 { 1.0 } else { common as f64 / of as f64 };
    [share(found), share(wanted), 2.0 * common as f64 / (found + wanted).max(1) as f64]
}

/// The mean scores of a folder's files that have an expected text.
fn mean(folder: &str) -> Option<[f64; 3]> {
    let folder = common::shared("testdata/docs")?.join(folder);
    let mut scores = Vec::new();
    for path in common::files(&folder) {
        let expected = path.with_file_name(format!("{}.expected.md", common::name(&path)));
        let Ok(expected) = std::fs::read_to_string(expected) else { continue };
        let document = read(&path);
        let found = score(&words(&document.extracted.text), &words(&expected));
        println!(
            "{:<50} {} {:.3} {:.3} {:.3} {:?}",
            common::name(&path),
            document.pages,
            found[0],
            found[1],
            found[2],
            document.warnings
        );
        scores.push(found);
    }
    let count = scores.len() as f64;
    let mean = std::array::from_fn(|index| scores.iter().map(|score| score[index]).sum::<f64>() / count);
    println!(
        "{}: {} files, precision {:.4} recall {:.4} F1 {:.4}",
        folder.display(),
        scores.len(),
        mean[0],
        mean[1],
        mean[2]
    );
    Some(mean)
}

fn assert_floor(folder: &str, precision: f64, recall: f64) {
    let Some([found_precision, found_recall, _]) = mean(folder) else { return };
    assert!(found_precision >= precision, "{folder}: precision {found_precision}");
    assert!(found_recall >= recall, "{folder}: recall {found_recall}");
}

#[test]
fn pdf() {
    assert_floor("docling/pdf", 0.975, 0.97);
    assert_floor("markitdown", 0.98, 0.98);
}

#[test]
fn docx() {
    assert_floor("docling/docx", 0.95, 0.94);
}

#[test]
fn pptx() {
    assert_floor("docling/pptx", 0.92, 0.85);
}

#[test]
fn xlsx() {
    assert_floor("docling/xlsx", 0.99, 0.94);
}

#[test]
fn csv() {
    assert_floor("docling/csv", 0.99, 0.99);
}

#[test]
fn html() {
    assert_floor("docling/html", 0.98, 0.75);
}
