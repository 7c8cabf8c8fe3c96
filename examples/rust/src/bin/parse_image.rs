//! Reads one picture: `cargo run --release -p aion-examples --bin parse_image FILE`.

use std::path::PathBuf;

use aion_core::{Aion, Control, ParseOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file: PathBuf = std::env::args_os().nth(1).ok_or("usage: parse_image FILE")?.into();
    let aion = Aion::from_vars(std::env::vars())?;
    let mut options = ParseOptions::default();
    options.clip = aion.config().clip_model.is_some();

    let image = aion.parse_image(file.as_path(), &options, &Control::default())?;

    println!("{} × {} pixels", image.width, image.height);
    println!("text: {}", image.ocr_text);
    if let Some(vector) = &image.clip_vector {
        let captions = ["a scanned letter", "a screenshot", "a poster", "a photo of a receipt"];
        let texts = aion.embed_clip_text(&captions, &Control::default())?;
        let score = |text: &Vec<f32>| vector.iter().zip(text).map(|(a, b)| a * b).sum::<f32>();
        let scores = texts.iter().map(score);
        let best = captions.iter().zip(scores).max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((caption, score)) = best {
            println!("nearest caption: {caption} ({score:.2})");
        }
    }
    Ok(())
}
