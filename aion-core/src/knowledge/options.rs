//! How a store is opened, and its limits.

use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

/// The most numbers of a vector.
pub(super) const MAX_DIMENSION: usize = 16_384;
/// The most bytes of an address, a title and the like.
pub(super) const MAX_NAME_BYTES: usize = 16 << 10;
/// The most bytes of an object of JSON that is kept with something.
pub(super) const MAX_META_BYTES: usize = 4 << 20;

/// How a store is opened. The default is the usual.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnowledgeOptions {
    /// Whether nothing is ever written; the file must exist then. Default: no.
    pub read_only: bool,
    /// The most bytes of a chunk, 32 to 65,536. CLIP reads about 75 tokens of one, which 400 bytes of prose fill.
    /// Default: 400.
    pub chunk_bytes: usize,
    /// The most bytes of a document's text. Default: 32 MiB.
    pub max_text_bytes: usize,
    /// The most bytes of a file or of a picture that is ingested. Default: 128 MiB.
    pub max_file_bytes: usize,
    /// Threads that read documents and search vectors. Default: the cores that this process may use.
    pub threads: Option<usize>,
    /// How long a call waits for other writers. Default: 10 seconds.
    pub patience: Duration,
}

impl Default for KnowledgeOptions {
    fn default() -> Self {
        Self {
            read_only: false,
            chunk_bytes: 400,
            max_text_bytes: 32 << 20,
            max_file_bytes: 128 << 20,
            threads: None,
            patience: Duration::from_secs(10),
        }
    }
}

impl KnowledgeOptions {
    pub(super) fn validate(&self) -> Result<()> {
        if !(32..=65_536).contains(&self.chunk_bytes) {
            return Err(invalid(format!("chunk_bytes is {}; it must be 32 to 65,536", self.chunk_bytes)));
        }
        // SQLite itself takes no longer text.
        if !(1..=1 << 29).contains(&self.max_text_bytes) || !(1..=1 << 30).contains(&self.max_file_bytes) {
            return Err(invalid("max_text_bytes must be 1 to 512 MiB, and max_file_bytes 1 to 1 GiB"));
        }
        match self.threads {
            Some(threads) if !(1..=1024).contains(&threads) => {
                Err(invalid(format!("threads is {threads}; it must be 1 to 1024, or absent for every core")))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn thread_count(&self) -> usize {
        self.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
    }
}

pub(super) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}

pub(super) fn too_large(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::LimitExceeded, message)
}
