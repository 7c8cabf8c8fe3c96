//! How a store of knowledge is opened, what goes in, and what a search looks at.

use std::time::Duration;

use aion_core::Result;
use aion_core::knowledge::{Filter, Item, Kind, KnowledgeOptions, SearchMode, SearchOptions};

use crate::handle::invalid;
use crate::slice;
use crate::text::{self, AionStr};

/// How a store is opened. Begin with zeros, which are the defaults.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct AionKnowledgeOptions {
    /// Whether nothing is ever written; the file must exist then.
    pub read_only: bool,
    /// Most bytes of a chunk, 32 to 65536; 0 for 400.
    pub chunk_bytes: usize,
    /// Most bytes of a document's text; 0 for 32 MiB.
    pub max_text_bytes: usize,
    /// Most bytes of a file or a picture; 0 for 128 MiB.
    pub max_file_bytes: usize,
    /// Threads that read documents and search vectors; 0 for one for each core.
    pub threads: usize,
    /// How many milliseconds a call waits for other writers; 0 for ten seconds.
    pub patience_ms: u64,
}

impl AionKnowledgeOptions {
    pub(crate) fn resolve(options: Option<&Self>) -> KnowledgeOptions {
        let mut resolved = KnowledgeOptions::default();
        let given = options.copied().unwrap_or_default();
        resolved.read_only = given.read_only;
        for (limit, given) in [
            (&mut resolved.chunk_bytes, given.chunk_bytes),
            (&mut resolved.max_text_bytes, given.max_text_bytes),
            (&mut resolved.max_file_bytes, given.max_file_bytes),
        ] {
            if given > 0 {
                *limit = given;
            }
        }
        resolved.threads = (given.threads > 0).then_some(given.threads);
        if given.patience_ms > 0 {
            resolved.patience = Duration::from_millis(given.patience_ms);
        }
        resolved
    }
}

/// One thing to know. Begin with zeros: empty texts are absent ones. It needs a `source` and one of `text` and `data`, or
/// a `path`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionKnowledgeItem {
    /// Where it comes from: an address, a path or a name. It is the item's identity.
    pub source: AionStr,
    /// Its text, if it is one.
    pub text: AionStr,
    /// The bytes of a file: a picture, or a document as aion_document_extract reads them.
    pub data: *const u8,
    /// How many bytes `data` has.
    pub data_length: usize,
    /// The path of such a file; its `source` is the path, if none is given.
    pub path: AionStr,
    /// Its title.
    pub title: AionStr,
    /// Its language, such as "pt-BR".
    pub language: AionStr,
    /// The source of the page that a picture stands on.
    pub parent: AionStr,
    /// The ETag that it came with.
    pub etag: AionStr,
    /// The Last-Modified that it came with.
    pub last_modified: AionStr,
    /// When it was fetched, in milliseconds since 1970, UTC; 0 for now.
    pub fetched_at_ms: i64,
}

impl AionKnowledgeItem {
    /// # Safety
    /// Its texts and its data must be as long as they say.
    pub(crate) unsafe fn resolve(&self) -> Result<Item> {
        // SAFETY: the caller vouches for the bytes.
        let text = |text: AionStr, name| unsafe { text::optional(text.data, text.length, name) };
        // SAFETY: the caller vouches for the bytes.
        let data = unsafe { slice::input(self.data, self.data_length, "data") }?;
        let (source, words, path) =
            (text(self.source, "source")?, text(self.text, "text")?, text(self.path, "path")?);
        let mut item = match (source, words, data, path) {
            (Some(source), Some(words), [], None) => Item::text(source, words),
            (Some(source), None, [_, ..], None) => Item::bytes(source, data),
            (source, None, [], Some(path)) => {
                let mut item = Item::file(path);
                item.source = source.unwrap_or(item.source);
                item
            }
            _ => return Err(invalid("an item needs a `source` and one of `text` and `data`, or a `path`")),
        };
        item.title = text(self.title, "title")?;
        item.language = text(self.language, "language")?;
        item.parent = text(self.parent, "parent")?;
        item.etag = text(self.etag, "etag")?;
        item.last_modified = text(self.last_modified, "last_modified")?;
        item.fetched_at = (self.fetched_at_ms != 0).then_some(self.fetched_at_ms);
        Ok(item)
    }
}

/// Words and vectors, their rankings fused; words alone without a model.
pub const AION_SEARCH_HYBRID: u32 = 0;
/// Words alone.
pub const AION_SEARCH_WORDS: u32 = 1;
/// Vectors alone.
pub const AION_SEARCH_VECTORS: u32 = 2;

/// What a search looks at. Begin with zeros: everything, by words and vectors.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionSearchOptions {
    /// Only "text", "page", "file" or "image"; empty for all.
    pub kind: AionStr,
    /// Only web addresses of this host and of those below it.
    pub host: AionStr,
    /// Only sources that begin so.
    pub source_prefix: AionStr,
    /// Only what was fetched then or later, in milliseconds since 1970, UTC; 0 for all.
    pub since_ms: i64,
    /// Only what was fetched before; 0 for all.
    pub until_ms: i64,
    /// AION_SEARCH_HYBRID, AION_SEARCH_WORDS or AION_SEARCH_VECTORS.
    pub mode: u32,
    /// Whether every chunk is a hit of its own.
    pub passages: bool,
    /// Whether the last word may be the beginning of one.
    pub prefix: bool,
}

impl AionSearchOptions {
    /// # Safety
    /// Its texts must be as long as they say.
    pub(crate) unsafe fn resolve(options: Option<&Self>) -> Result<SearchOptions> {
        let mut resolved = SearchOptions::default();
        let Some(given) = options else { return Ok(resolved) };
        // SAFETY: the caller vouches for the bytes.
        let text = |text: AionStr, name| unsafe { text::optional(text.data, text.length, name) };
        let mut filter = Filter::default();
        filter.kind = text(given.kind, "kind")?.map(|name| kind(&name)).transpose()?;
        filter.host = text(given.host, "host")?;
        filter.source_prefix = text(given.source_prefix, "source_prefix")?;
        filter.since = (given.since_ms != 0).then_some(given.since_ms);
        filter.until = (given.until_ms != 0).then_some(given.until_ms);
        resolved.filter = filter;
        resolved.mode = match given.mode {
            AION_SEARCH_HYBRID => SearchMode::Hybrid,
            AION_SEARCH_WORDS => SearchMode::Words,
            AION_SEARCH_VECTORS => SearchMode::Vectors,
            mode => return Err(invalid(format!("`mode` is {mode}; it must be an AION_SEARCH_ number"))),
        };
        resolved.passages = given.passages;
        resolved.prefix = given.prefix;
        Ok(resolved)
    }
}

fn kind(name: &str) -> Result<Kind> {
    let wrong =
        || invalid(format!("`kind` is \"{name}\"; it must be \"text\", \"page\", \"file\" or \"image\""));
    Kind::from_name(name).ok_or_else(wrong)
}
