//! Stores in temporary folders, and embedders whose vectors can be told by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aion_core::knowledge::{
    Hit, ImageEmbedder, Item, Knowledge, KnowledgeOptions, SearchOptions, TextEmbedder,
};
use aion_core::{Control, Error, ErrorKind, ImageSource, Result};

pub(crate) const DIMENSION: usize = 20;

/// A store in a folder of its own.
pub(crate) struct Place {
    pub(crate) folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("aion.db")
    }

    pub(crate) fn open(&self) -> Knowledge {
        Knowledge::open(self.path(), KnowledgeOptions::default()).unwrap()
    }

    /// With vectors of texts and pictures in one space.
    pub(crate) fn open_with(&self, letters: &Arc<Letters>) -> Knowledge {
        self.open().with_text_embedder(letters.clone()).with_image_embedder(letters.clone())
    }

    /// The file as another program sees it.
    pub(crate) fn raw(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path()).unwrap()
    }
}

/// A text as how often it has each of twenty letters; a picture as the letters of its pixels.
#[derive(Default)]
pub(crate) struct Letters {
    pub(crate) texts: AtomicUsize,
    pub(crate) space: Option<String>,
    pub(crate) dimension: Option<usize>,
    /// Whether there are no words in pictures.
    pub(crate) silent: bool,
}

pub(crate) fn count_letters(text: &str, dimension: usize) -> Vec<f32> {
    let mut counts = vec![0.001; dimension];
    for letter in text.bytes().filter(u8::is_ascii_alphabetic) {
        counts[usize::from(letter.to_ascii_lowercase() - b'a') % dimension] += 1.0;
    }
    counts
}

impl Letters {
    fn vector(&self, text: &str) -> Vec<f32> {
        count_letters(text, self.dimension.unwrap_or(DIMENSION))
    }

    fn space_name(&self) -> String {
        self.space.clone().unwrap_or_else(|| "letters".into())
    }
}

impl TextEmbedder for Letters {
    fn space(&self) -> Result<String> {
        Ok(self.space_name())
    }

    fn embed_texts(&self, texts: &[&str], _: &Control) -> Result<Vec<Vec<f32>>> {
        self.texts.fetch_add(texts.len(), Ordering::Relaxed);
        if texts.iter().any(|text| text.contains("unembeddable")) {
            return Err(Error::new(ErrorKind::Engine, "the model gave up"));
        }
        Ok(texts.iter().map(|text| self.vector(text)).collect())
    }
}

impl ImageEmbedder for Letters {
    fn space(&self) -> Result<Option<String>> {
        Ok(Some(self.space_name()))
    }

    fn embed_image(&self, image: ImageSource<'_>, _: &Control) -> Result<Vec<f32>> {
        // The red of the first pixel is the letter, so that no decoder is needed.
        match image {
            ImageSource::Bytes(bytes) => Ok(self.vector(&String::from_utf8_lossy(&bytes[bytes.len() - 3..]))),
            _ => Err(Error::new(ErrorKind::Unsupported, "bytes only")),
        }
    }

    fn read_words(&self, _: ImageSource<'_>, _: &Control) -> Result<String> {
        Ok(if self.silent { String::new() } else { "painted words".into() })
    }
}

/// The bytes of a picture, as far as anybody here looks at them.
pub(crate) fn picture(letters: &str) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n", letters.as_bytes()].concat()
}

pub(crate) fn ingest(knowledge: &Knowledge, items: &[Item]) -> Vec<aion_core::knowledge::Ingested> {
    knowledge.ingest(items, &Control::default()).into_iter().map(Result::unwrap).collect()
}

pub(crate) fn search(knowledge: &Knowledge, query: &str) -> Vec<Hit> {
    knowledge.search_text(query, 10, &SearchOptions::default(), &Control::default()).unwrap()
}

pub(crate) fn sources(hits: &[Hit]) -> Vec<&str> {
    hits.iter().map(|hit| hit.source.as_str()).collect()
}
