//! What the assistant knows: documents and pictures, their vectors, conversations, decisions and jobs, in one SQLite
//! file that threads and processes share.
//!
//! ```text
//! items ── prepare (read, cut, embed) ──> write (one transaction) ──> file
//! query ── words (FTS5, BM25) ────────┐
//!       └─ vectors (scan in memory) ──┴─ fuse (reciprocal ranks) ──> hits
//! ```
//!
//! Nothing is half in the file: an item is read before anything is written, and a new version takes the place of the
//! old one in one transaction. The vectors of a space are held in memory, one after the other, and searched whole: no
//! neighbour is missed, and the time is that of reading them.

mod average;
mod chunk;
mod decisions;
mod documents;
mod embed;
mod filter;
mod fuse;
mod index;
mod ingest;
mod interactions;
mod item;
mod jobs;
mod options;
mod prepare;
mod search;
mod store;
mod unit;
mod words;
mod write;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use average::Average;
pub use decisions::{NewDecision, StoredDecision};
pub use documents::{Chunk, StoredDocument};
pub use embed::{ImageEmbedder, Seen, TextEmbedder};
pub use filter::Filter;
pub use ingest::{Change, Ingested};
pub use interactions::{Answered, StoredInteraction};
pub use item::{Content, Item, Kind};
pub use jobs::{Job, JobEnd, JobState};
pub use options::KnowledgeOptions;
pub use search::{Hit, HitPage, SearchMode, SearchOptions};

pub use crate::interaction::{AnswerSource, Interaction, Message, Role};

use crate::error::Result;
use index::Index;
use store::Store;

/// Its examples run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/knowledge.md")]
struct Guide;

/// A store of knowledge. It is `Send + Sync`, every call takes `&self`, and several handles and processes may use one
/// file. It belongs to the process that opened it; in a child after `fork` it answers
/// [`ErrorKind::Forked`](crate::ErrorKind::Forked).
///
/// ```
/// use aion_core::Control;
/// use aion_core::knowledge::{Change, Item, Knowledge, KnowledgeOptions, SearchOptions};
///
/// let folder = tempfile::tempdir()?;
/// let knowledge = Knowledge::open(folder.path().join("aion.db"), KnowledgeOptions::default())?;
/// let items = [
///     Item::text("https://example.com/tides", "High water is at noon."),
///     Item::text("https://example.com/mares", "A maré alta é ao meio-dia."),
/// ];
/// let control = Control::default();
/// for result in knowledge.ingest(&items, &control) {
///     assert_eq!(result?.change, Change::Added);
/// }
/// let hits = knowledge.search_text("mare ALTA", 10, &SearchOptions::default(), &control)?;
/// assert_eq!(hits[0].source, "https://example.com/mares");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Knowledge {
    store: Store,
    index: Index,
    options: KnowledgeOptions,
    texts: Option<Arc<dyn TextEmbedder>>,
    images: Option<Arc<dyn ImageEmbedder>>,
    path: PathBuf,
}

/// How much a store has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct KnowledgeCounts {
    /// Documents of all kinds.
    pub documents: u64,
    /// Chunks of their texts.
    pub chunks: u64,
    /// Vectors of chunks and of pictures.
    pub vectors: u64,
    /// Answers that were recorded.
    pub interactions: u64,
}

impl Knowledge {
    /// Opens the store at `path`, or makes one there. The file must be on a disk of this machine. Without embedders it
    /// finds words.
    ///
    /// # Errors
    /// `InvalidArgument` for an option out of its range; `Unavailable` for a file that is damaged, of another program
    /// or of a later version of this library, or that can not be opened.
    pub fn open(path: impl AsRef<Path>, options: KnowledgeOptions) -> Result<Self> {
        options.validate()?;
        let path = path.as_ref().to_owned();
        let store = Store::open(path.clone(), options.read_only, options.patience)?;
        Ok(Self { store, index: Index::default(), options, texts: None, images: None, path })
    }

    /// The same store, with vectors of texts.
    #[must_use]
    pub fn with_text_embedder(mut self, embedder: Arc<dyn TextEmbedder>) -> Self {
        self.texts = Some(embedder);
        self
    }

    /// The same store, with pictures.
    #[must_use]
    pub fn with_image_embedder(mut self, embedder: Arc<dyn ImageEmbedder>) -> Self {
        self.images = Some(embedder);
        self
    }

    /// The same store with the engines of `aion`: text recognition, and CLIP for texts and pictures if a model is
    /// configured.
    #[cfg(feature = "clip")]
    #[must_use]
    pub fn with_engine(self, aion: Arc<crate::aion::Aion>) -> Self {
        let knowledge = match aion.config().clip_model {
            Some(_) => self.with_text_embedder(aion.clone()),
            None => self,
        };
        knowledge.with_image_embedder(aion)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The settings that the store was opened with.
    pub fn options(&self) -> &KnowledgeOptions {
        &self.options
    }

    /// How much the store has.
    ///
    /// # Errors
    /// `Unavailable` for the store, `Forked` in a child process.
    pub fn counts(&self) -> Result<KnowledgeCounts> {
        self.store.read(|transaction| {
            let count = |table| store::count(transaction, table);
            Ok(KnowledgeCounts {
                documents: count("documents")?,
                chunks: count("chunks")?,
                vectors: count("vectors")?,
                interactions: count("interactions")?,
            })
        })
    }

    /// Reads the whole file and tells what is wrong with it; nothing for a sound one.
    ///
    /// # Errors
    /// `Unavailable` if it can not even be read, `Forked` in a child process.
    pub fn verify(&self) -> Result<Vec<String>> {
        self.store.verify()
    }
}

impl fmt::Debug for Knowledge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Knowledge").field("path", &self.path).finish_non_exhaustive()
    }
}
