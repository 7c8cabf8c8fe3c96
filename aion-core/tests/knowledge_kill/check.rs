//! What has to hold in the file, whatever happened.

use std::path::Path;

use aion_core::knowledge::{Filter, SearchMode, SearchOptions};
use aion_core::{Control, knowledge::Knowledge};

use crate::worker::{open, text};
use crate::{Outcome, SOURCES};

/// Checks everything and gives the number of vectors. With `all`, every source has to be there.
pub(crate) fn run(folder: &Path, all: bool) -> Outcome<u64> {
    let knowledge = open(folder)?;
    let problems = knowledge.verify()?;
    if !problems.is_empty() {
        return Err(format!("the file is damaged: {problems:?}").into());
    }
    raw(folder)?;
    let documents = knowledge.documents(&Filter::default(), 0, usize::MAX)?;
    if documents.len() as u64 > SOURCES || all && documents.len() as u64 != SOURCES {
        return Err(format!("{} documents of {SOURCES} sources", documents.len()).into());
    }
    let mut chunks = 0;
    for document in &documents {
        let version = document.meta["version"].as_u64().unwrap_or(u64::MAX);
        if knowledge.text(document.id)? != text(&document.source, version) {
            return Err(format!("{} is no version of itself", document.source).into());
        }
        if document.ema_updates > document.version {
            return Err(format!("{} has more updates than versions", document.source).into());
        }
        chunks += document.chunks;
    }
    let counts = knowledge.counts()?;
    if (counts.chunks, counts.vectors) != (chunks, chunks) {
        return Err(format!("{counts:?} do not fit {chunks} chunks of documents").into());
    }
    search(&knowledge, documents.len())?;
    Ok(counts.vectors)
}

/// Both ways of searching find every document.
fn search(knowledge: &Knowledge, documents: usize) -> Outcome {
    for mode in [SearchMode::Words, SearchMode::Vectors] {
        let mut options = SearchOptions::default();
        options.mode = mode;
        let hits = knowledge.search_text("version", 1_000, &options, &Control::default())?;
        if hits.len() != documents {
            return Err(format!("{mode:?} finds {} of {documents} documents", hits.len()).into());
        }
    }
    Ok(())
}

/// What SQLite itself can tell: the index of words has what the chunks have, and no row lacks what it refers to.
fn raw(folder: &Path) -> Outcome {
    let raw = rusqlite::Connection::open(folder.join("aion.db"))?;
    raw.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)", ())?;
    let broken: i64 = raw.query_row("SELECT count(*) FROM pragma_foreign_key_check", (), |row| row.get(0))?;
    let strays =
        "SELECT count(*) FROM vectors v JOIN chunks c ON c.id = v.chunk WHERE c.document <> v.document";
    let strays: i64 = raw.query_row(strays, (), |row| row.get(0))?;
    match (broken, strays) {
        (0, 0) => Ok(()),
        _ => Err(format!("{broken} rows refer to nothing, {strays} vectors to another document").into()),
    }
}
