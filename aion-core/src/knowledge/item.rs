//! What goes into a store.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::options::{MAX_META_BYTES, MAX_NAME_BYTES, invalid, too_large};
use super::store::Millis;
use crate::error::Result;

/// One thing to know: a text, a file or a picture, and where it comes from. Its source is its identity: what comes
/// from the same source later is a new version of it.
///
/// ```
/// use aion_core::knowledge::Item;
///
/// let mut page = Item::text("https://example.com/tides", "High water is at noon.");
/// page.title = Some("Tides".into());
/// page.etag = Some("\"33a6\"".into());
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Item {
    /// Where it comes from: a web address, a path, or any name that is its own.
    pub source: String,
    /// What it is.
    pub content: Content,
    /// Its title; a document's own title, or else the name of the file, if there is none.
    pub title: Option<String>,
    /// Its language, such as `pt-BR`; a document's own if there is none.
    pub language: Option<String>,
    /// The source of the page that a picture stands on, which has to be in the store or before it in the batch.
    pub parent: Option<String>,
    /// The `ETag` that it came with.
    pub etag: Option<String>,
    /// The `Last-Modified` that it came with.
    pub last_modified: Option<String>,
    /// When it was fetched, in milliseconds since 1970, UTC; now if there is none.
    pub fetched_at: Option<Millis>,
    /// What else is known of it.
    pub meta: Map<String, Value>,
}

/// The content of an [`Item`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Content {
    /// A text, such as the main text of a page.
    Text(String),
    /// The bytes of a file: a picture, or a document that `extract_document` reads.
    File(Vec<u8>),
    /// The path of such a file.
    Path(PathBuf),
}

/// What a document of the store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Kind {
    /// A text that was given as one.
    Text,
    /// The text of a web page.
    Page,
    /// A PDF, an office file, a table and the like.
    File,
    /// A picture.
    Image,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Text, Self::Page, Self::File, Self::Image];

    /// The stable name, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Page => "page",
            Self::File => "file",
            Self::Image => "image",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl Item {
    /// A text; one from a web address is a page.
    pub fn text(source: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(source.into(), Content::Text(text.into()))
    }

    /// A file in memory. Its name, the end of `source`, helps to tell what it is.
    pub fn bytes(source: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(source.into(), Content::File(bytes.into()))
    }

    /// A file on the disk, which is read when it is ingested. Its source is the path as given.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self::new(path.to_string_lossy().into_owned(), Content::Path(path))
    }

    /// The text of a page that was fetched, with what it came with.
    #[cfg(feature = "crawl")]
    pub fn page(page: &crate::crawl::Page) -> Self {
        let header =
            |name: &str| page.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.clone());
        let mut item = Self::text(page.url.as_str(), page.text.as_str());
        item.title = Some(page.title.clone()).filter(|title| !title.is_empty());
        item.language = page.language.clone().or_else(|| page.detected_language.clone());
        item.etag = header("etag");
        item.last_modified = header("last-modified");
        item.meta.insert("content_type".into(), page.content_type.as_str().into());
        item.meta.insert("final_url".into(), page.final_url.as_str().into());
        if let Some(published) = &page.published {
            item.meta.insert("published".into(), published.as_str().into());
        }
        item
    }

    fn new(source: String, content: Content) -> Self {
        Self {
            source,
            content,
            title: None,
            language: None,
            parent: None,
            etag: None,
            last_modified: None,
            fetched_at: None,
            meta: Map::new(),
        }
    }

    /// # Errors
    /// `InvalidArgument` for an item without a source or with a zero byte in a name, `LimitExceeded` for names or
    /// meta that are too long.
    pub(super) fn check(&self) -> Result<()> {
        if self.source.trim().is_empty() {
            return Err(invalid("an item has no source; give its address, path or a name of its own"));
        }
        let names = [
            ("source", Some(&self.source)),
            ("title", self.title.as_ref()),
            ("language", self.language.as_ref()),
            ("parent", self.parent.as_ref()),
            ("etag", self.etag.as_ref()),
            ("last_modified", self.last_modified.as_ref()),
        ];
        for (name, value) in names.iter().filter_map(|(name, value)| Some((name, (*value)?))) {
            if value.len() > MAX_NAME_BYTES {
                return Err(too_large(format!("its {name} is longer than {MAX_NAME_BYTES} bytes")));
            }
            if value.contains('\0') {
                return Err(invalid(format!("its {name} has a zero byte in it")));
            }
        }
        if self.parent.as_deref() == Some(&*self.source) {
            return Err(invalid("it is its own parent"));
        }
        meta_json(&self.meta).map(drop)
    }

    /// Whether it says anything that may change while its content stays.
    pub(super) fn has_news(&self) -> bool {
        let texts = [&self.parent, &self.etag, &self.last_modified];
        self.fetched_at.is_some() || !self.meta.is_empty() || texts.iter().any(|text| text.is_some())
    }

    /// The end of the source, without a query: what a file would be called.
    pub(super) fn name(&self) -> &str {
        let path = self.source.split(['?', '#']).next().unwrap_or_default();
        path.rsplit(['/', '\\']).next().unwrap_or_default()
    }
}

/// The host of a web address, in lower case.
pub(super) fn host(source: &str) -> Option<String> {
    let address = url::Url::parse(source).ok()?;
    matches!(address.scheme(), "http" | "https").then(|| address.host_str().map(str::to_owned))?
}

pub(super) fn meta_json(meta: &Map<String, Value>) -> Result<String> {
    let json =
        serde_json::to_string(meta).map_err(|error| invalid("its meta is no JSON").with_source(error))?;
    match json.len() <= MAX_META_BYTES {
        true => Ok(json),
        false => Err(too_large(format!("its meta takes more than {MAX_META_BYTES} bytes of JSON"))),
    }
}

/// The identity of a content, and of how it is read: SHA-256. What has the same needs no reading again.
pub(super) fn fingerprint(item: &Item, bytes: &[u8], chunk_bytes: usize) -> [u8; 32] {
    let mut hash = Sha256::new();
    let is_text = matches!(item.content, Content::Text(_));
    hash.update([1, u8::from(is_text)]);
    hash.update((chunk_bytes as u64).to_le_bytes());
    for name in [item.title.as_deref(), item.language.as_deref()] {
        // Lengths before contents: no two items have the same bytes.
        hash.update(name.map_or(u64::MAX, |name| name.len() as u64).to_le_bytes());
        hash.update(name.unwrap_or_default());
    }
    hash.update(bytes);
    hash.finalize().into()
}

/// The file name of a path, for a title.
pub(super) fn stem(name: &str) -> &str {
    Path::new(name).file_stem().and_then(|stem| stem.to_str()).unwrap_or(name)
}
