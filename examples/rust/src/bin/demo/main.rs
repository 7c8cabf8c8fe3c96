//! The main job on real pictures: `demo OUTPUT_FOLDER FILE…` parses each file with the real engines, answers a
//! text query over them, and writes annotated pictures and a report.

mod annotate;
mod report;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aion_core::{Aion, Control, ParseOptions, ParsedImage};
use indicatif::{ProgressBar, ProgressStyle};

/// Captions that the pictures are compared with, in both languages of the tiny model.
const CAPTIONS: &[&str] = &[
    "a scanned letter",
    "a screenshot",
    "a photo of a receipt",
    "a poster with shapes and words",
    "a red circle",
    "uma carta digitalizada",
    "uma captura de ecrã",
    "uma foto de um recibo",
    "um cartaz com formas e palavras",
    "um círculo vermelho",
];

/// What is looked for among the pictures.
const QUERIES: &[&str] = &["a photo of a receipt", "uma carta digitalizada", "a poster with a red circle"];

/// One parsed picture and what the demo tells of it.
struct Entry {
    path: PathBuf,
    annotated: PathBuf,
    image: ParsedImage,
    took: Duration,
    /// Captions by falling score.
    captions: Vec<(&'static str, f32)>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let output = arguments.next().ok_or("usage: demo OUTPUT_FOLDER FILE…")?;
    let files: Vec<PathBuf> = arguments.collect();
    std::fs::create_dir_all(&output)?;

    let aion = Aion::from_vars(std::env::vars())?;
    let started = Instant::now();
    let captions = aion.embed_clip_text(CAPTIONS, &Control::default())?;
    let queries = aion.embed_clip_text(QUERIES, &Control::default())?;
    println!(
        "CLIP loaded and {} texts embedded in {}",
        CAPTIONS.len() + QUERIES.len(),
        seconds(started.elapsed())
    );

    let entries = parse_all(&aion, &files, &captions, &output)?;
    for entry in &entries {
        print_entry(entry);
    }
    let answers: Vec<_> =
        QUERIES.iter().zip(&queries).map(|(query, text)| (*query, rank(&entries, text))).collect();
    for (query, ranking) in &answers {
        let (file, score) = &ranking[0];
        println!("query \u{201c}{query}\u{201d}: {file} ({score:.2})");
    }
    let report = output.join("report.html");
    std::fs::write(&report, report::html(&entries, &answers))?;
    println!("\nannotated pictures and the report are in {}", output.display());
    println!("open {}", report.display());
    Ok(())
}

fn parse_all(
    aion: &Aion,
    files: &[PathBuf],
    captions: &[Vec<f32>],
    output: &Path,
) -> Result<Vec<Entry>, Box<dyn Error>> {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {msg}")?;
    let bar = ProgressBar::new(files.len() as u64).with_style(style);
    let mut entries = Vec::new();
    for path in files {
        bar.set_message(file_name(path));
        let started = Instant::now();
        let image = aion.parse_image(path.as_path(), &ParseOptions::default(), &Control::default())?;
        let took = started.elapsed();
        let vector = image.clip_vector.as_deref().unwrap_or_default();
        let mut captions: Vec<_> =
            CAPTIONS.iter().copied().zip(captions.iter().map(|text| dot(vector, text))).collect();
        captions.sort_by(|a, b| b.1.total_cmp(&a.1));
        let annotated = output.join(file_name(path)).with_extension("words.png");
        annotate::write(&image, &annotated)?;
        entries.push(Entry { path: path.clone(), annotated, image, took, captions });
        bar.inc(1);
    }
    bar.finish_with_message("done");
    Ok(entries)
}

/// The files by falling likeness to a text.
fn rank(entries: &[Entry], text: &[f32]) -> Vec<(String, f32)> {
    let score = |entry: &Entry| dot(entry.image.clip_vector.as_deref().unwrap_or_default(), text);
    let mut ranking: Vec<_> = entries.iter().map(|entry| (file_name(&entry.path), score(entry))).collect();
    ranking.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranking
}

fn print_entry(entry: &Entry) {
    let ocr = entry.image.ocr.as_ref();
    let (words, confidence) = ocr.map_or((0, 0.0), |ocr| (ocr.words().count(), ocr.confidence));
    println!("\n{}", entry.path.display());
    println!("  size        {} × {} pixels", entry.image.width, entry.image.height);
    println!("  text        {words} words, confidence {:.0} %", confidence * 100.0);
    println!("  begins      {}", first_words(&entry.image.ocr_text));
    if let Some((caption, score)) = entry.captions.first() {
        println!("  looks like  {caption} ({score:.2})");
    }
    println!("  took        {}", seconds(entry.took));
}

fn first_words(text: &str) -> String {
    let words: Vec<_> = text.split(' ').take(12).collect();
    words.join(" ")
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
