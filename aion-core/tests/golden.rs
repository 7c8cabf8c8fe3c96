//! What CLIP is fed, compared with what Pillow and OpenAI's tokenizer make of the same input.

#![cfg(feature = "clip")]

mod common;

use aion_core::{Image, ImageSource};
use serde_json::Value;

#[expect(clippy::excessive_precision, reason = "the digits are those that OpenAI published")]
const STD: [f32; 3] = [0.26862954, 0.26130258, 0.27577711];
const MEAN: [f32; 3] = [0.48145466, 0.4578275, 0.40821073];

/// Levels of the preprocessed picture, in the order of the golden PNG.
fn levels(planes: &[f32], edge: usize) -> Vec<f32> {
    let plane = edge * edge;
    (0..plane).flat_map(|i| (0..3).map(move |c| (planes[c * plane + i] * STD[c] + MEAN[c]) * 255.0)).collect()
}

fn differences(got: &[f32], golden: &Image) -> Vec<f32> {
    let golden = golden.rgba().chunks(4).flat_map(|pixel| &pixel[..3]);
    let mut differences: Vec<f32> = got.iter().zip(golden).map(|(a, &b)| (a - f32::from(b)).abs()).collect();
    differences.sort_by(f32::total_cmp);
    differences
}

#[test]
fn preprocessing_is_that_of_pillow() {
    let Some(folder) = common::shared("testdata/images") else { return };
    let index = std::fs::read_to_string(folder.join("golden_preprocess/index.json")).unwrap();
    let index: Value = serde_json::from_str(&index).unwrap();
    let aion = common::aion(common::config());
    let mut failures = Vec::new();
    for entry in index["images"].as_array().unwrap() {
        let file = entry["file"].as_str().unwrap();
        if entry["mode"].as_str().is_some_and(|mode| mode.starts_with("I;16")) {
            continue; // Pillow clips 16-bit grey; this library scales it.
        }
        let golden = folder.join(format!("golden_preprocess/{file}.224.png"));
        let golden = common::decode(&golden);
        let (planes, edge) = match aion.clip_preprocess(folder.join("good").join(file).as_path()) {
            Ok(answer) => answer,
            Err(error) => {
                failures.push(format!("{file}: {error}"));
                continue;
            }
        };
        let differences = differences(&levels(&planes, edge as usize), &golden);
        let mean = differences.iter().sum::<f32>() / differences.len() as f32;
        let tail = differences[differences.len() * 999 / 1000];
        let short = entry["size"].as_array().unwrap().iter().filter_map(Value::as_u64).min().unwrap();
        eprintln!("{mean:7.3} mean {tail:7.2} at 99.9 % short side {short:5} {file} {}", entry["note"]);
        let held = if short >= 224 { mean <= 0.35 && tail <= 6.0 } else { mean <= 0.7 };
        if !held {
            failures.push(format!("{file}: mean {mean:.3}, 99.9th percentile {tail:.2}"));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn all_exif_orientations_come_out_upright() {
    let Some(folder) = common::shared("testdata/images/good") else { return };
    let aion = common::aion(common::config());
    let upright = aion.clip_preprocess(folder.join("exif_Landscape_1.jpg").as_path()).unwrap().0;
    for n in 2..=8 {
        let turned =
            aion.clip_preprocess(folder.join(format!("exif_Landscape_{n}.jpg")).as_path()).unwrap().0;
        let difference: f32 = upright.iter().zip(&turned).map(|(a, b)| (a - b).abs()).sum::<f32>();
        let mean = difference / upright.len() as f32;
        // Each is a JPEG of its own; a turned one would differ by far more.
        assert!(mean < 0.06, "orientation {n} differs by {mean}");
    }
}

#[test]
fn token_ids_are_those_of_openai() {
    let Some(folder) = common::shared("models/clip") else { return };
    let golden = std::fs::read_to_string(folder.join("tokenizer_golden.json")).unwrap();
    let golden: Value = serde_json::from_str(&golden).unwrap();
    let mut config = common::config();
    config.clip_model = Some(folder);
    let aion = common::aion(config);
    let rows = golden["rows"].as_array().unwrap();
    let mut failures = Vec::new();
    for row in rows {
        let text = row["text"].as_str().unwrap();
        let expected: Vec<u32> =
            row["ids"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32).collect();
        let ids = aion.clip_tokenize(text).unwrap();
        if ids != expected {
            failures.push(format!("{text:?}\n  got      {ids:?}\n  expected {expected:?}"));
        }
    }
    assert!(failures.is_empty(), "{} of {}: {}", failures.len(), rows.len(), failures.join("\n"));
}

#[test]
fn pixels_and_files_are_fed_alike() {
    let picture = common::decode(&common::example("poster.png"));
    let aion = common::aion(common::config());
    let of_file = aion.clip_preprocess(common::example("poster.png").as_path()).unwrap();
    assert_eq!(of_file, aion.clip_preprocess(ImageSource::from(&picture)).unwrap());
}
