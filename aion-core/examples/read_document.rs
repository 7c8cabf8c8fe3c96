//! Reads documents and writes their texts: `read_document FOLDER FILE...` puts `FILE.txt` into FOLDER, and prints a
//! line of JSON a file with its time. `benches/peers/documents.py` calls it.

use std::time::Instant;

use aion_core::{Control, DocumentOptions, extract_document};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap();
    for path in arguments {
        let bytes = std::fs::read(&path).unwrap();
        let name = std::path::Path::new(&path).file_name().unwrap().to_string_lossy().into_owned();
        let mut options = DocumentOptions::default();
        options.name = Some(name.clone());
        let start = Instant::now();
        match extract_document(&bytes, &options, None, &Control::default()) {
            Ok(d) => {
                println!(
                    "{name} {:?} pages {} scanned {} title {:?} lang {:?} det {:?} pub {:?} links {} images {} meta {:?} {:?}",
                    start.elapsed(),
                    d.pages,
                    d.scanned,
                    d.extracted.title,
                    d.extracted.language,
                    d.extracted.detected_language,
                    d.extracted.published,
                    d.extracted.links.len(),
                    d.extracted.images.len(),
                    d.extracted.meta,
                    d.warnings
                );
                std::fs::write(format!("{folder}/{name}.txt"), d.extracted.text).unwrap();
            }
            Err(error) => println!("{name} {error:?}"),
        }
    }
}
