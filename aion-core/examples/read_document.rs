//! Reads documents: `read_document FOLDER ROUNDS FILE...` puts the text of each into `FOLDER/NAME.txt`, and does it so
//! many times. `benches/peers/documents.py` compares it with other readers.

use std::error::Error;
use std::path::{Path, PathBuf};

use aion_core::{Control, Document, DocumentOptions, extract_document};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "read_document FOLDER ROUNDS FILE...";
    let folder = PathBuf::from(arguments.next().ok_or(usage)?);
    let rounds: usize = arguments.next().ok_or(usage)?.parse()?;
    let files: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    for file in std::iter::repeat_n(&files, rounds).flatten() {
        let document = read(file)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        std::fs::write(folder.join(format!("{name}.txt")), document.extracted.text)?;
    }
    Ok(())
}

fn read(file: &Path) -> Result<Document, Box<dyn Error>> {
    let mut options = DocumentOptions::default();
    options.name = file.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(extract_document(&std::fs::read(file)?, &options, None, &Control::default())?)
}
