//! A process that writes to the store.

use std::path::Path;
use std::sync::Arc;

use aion_core::knowledge::{Change, Item, Knowledge, KnowledgeOptions, TextEmbedder};
use aion_core::{Control, ErrorKind, Result};

use crate::{Outcome, SOURCES};

/// The first byte of a text and its length decide about its vector.
struct Lengths;

impl TextEmbedder for Lengths {
    fn space(&self) -> Result<String> {
        Ok("lengths".into())
    }

    fn embed_texts(&self, texts: &[&str], _: &Control) -> Result<Vec<Vec<f32>>> {
        Ok(texts
            .iter()
            .map(|text| vec![1.0, text.len() as f32 / 400.0, f32::from(text.as_bytes()[0])])
            .collect())
    }
}

pub(crate) fn open(folder: &Path) -> Result<Knowledge> {
    let knowledge = Knowledge::open(folder.join("aion.db"), KnowledgeOptions::default())?;
    Ok(knowledge.with_text_embedder(Arc::new(Lengths)))
}

/// What a version of a source says: long enough for several chunks, and telling of itself in each.
pub(crate) fn text(source: &str, version: u64) -> String {
    let sentence = format!("Version {version} of {source} says what version {version} says. ");
    sentence.repeat(8 + (version % 40) as usize)
}

pub(crate) fn item(source: u64, version: u64) -> Item {
    let source = format!("source {source}");
    let text = text(&source, version);
    let mut item = Item::text(source, text);
    item.meta.insert("version".into(), version.into());
    item
}

/// Ingests all sources, then moves all averages. Says how many documents it added and how many vectors it used.
#[expect(clippy::print_stdout, reason = "what the parent reads")]
pub(crate) fn run_once(folder: &Path) -> Outcome {
    let knowledge = open(folder)?;
    let items: Vec<_> = (0..SOURCES).map(|source| item(source, 7)).collect();
    let (mut added, mut used) = (0, 0);
    let mut documents = Vec::new();
    for result in knowledge.ingest(&items, &Control::default()) {
        let result = result?;
        added += u64::from(result.change == Change::Added);
        documents.push(result.document);
    }
    for document in documents {
        used += knowledge.update_ema(document)?.used;
    }
    println!("{added} {used}");
    Ok(())
}

/// Writes versions and averages for ever.
pub(crate) fn run_until_killed(folder: &Path, seed: u64) -> Outcome {
    let knowledge = open(folder)?;
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = |most: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % most
    };
    loop {
        let items: Vec<_> = (0..1 + next(20)).map(|_| item(next(SOURCES), next(1_000))).collect();
        for result in knowledge.ingest(&items, &Control::default()) {
            let document = match result {
                // Another process removed it twice in the meantime.
                Err(error) if error.kind() == ErrorKind::Conflict => continue,
                result => result?.document,
            };
            match knowledge.update_ema(document) {
                // Another process removed it in the meantime.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                updated => drop(updated?),
            }
        }
        if next(4) == 0
            && let Some(document) = knowledge.find(&format!("source {}", next(SOURCES)))?
        {
            knowledge.remove(document.id)?;
        }
    }
}
