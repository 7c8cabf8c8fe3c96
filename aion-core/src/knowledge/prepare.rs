//! The first phase of ingestion: whatever takes long and may fail, while nothing is written.

use std::borrow::Cow;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use serde_json::{Map, Value};

use super::Knowledge;
use super::item::{Content, Item, Kind, fingerprint, host, stem};
use super::options::{MAX_NAME_BYTES, too_large};
use super::store::first;
use super::unit::unit;
use super::{chunk, embed::Seen};
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::image::ImageSource;

/// An item as it will be written.
pub(super) struct Prepared {
    pub(super) kind: Kind,
    pub(super) hash: [u8; 32],
    pub(super) host: Option<String>,
    pub(super) title: String,
    pub(super) language: Option<String>,
    pub(super) meta: Map<String, Value>,
    pub(super) text: String,
    pub(super) chunks: Vec<Range<usize>>,
    /// A unit vector for each chunk; none for chunks without words, or without an embedder.
    pub(super) vectors: Vec<Option<Vec<f32>>>,
    /// The unit vector of a picture.
    pub(super) picture: Option<Vec<f32>>,
}

/// What is to be done with an item.
pub(super) enum Step {
    /// The store has this very content; its number.
    Known(i64),
    Write(Box<Prepared>),
}

/// The spaces of the embedders of a handle.
pub(super) struct Spaces {
    pub(super) text: Option<String>,
    pub(super) image: Option<String>,
}

impl Knowledge {
    pub(super) fn spaces(&self) -> Result<Spaces> {
        Ok(Spaces {
            text: self.texts.as_ref().map(|embedder| embedder.space()).transpose()?,
            image: self.images.as_ref().map(|embedder| embedder.space()).transpose()?.flatten(),
        })
    }

    /// Reads an item, unless the store has its content already. Texts are embedded later, together.
    pub(super) fn prepare(&self, item: &Item, spaces: &Spaces, control: &Control) -> Result<Step> {
        control.check()?;
        item.check()?;
        let bytes = self.bytes_of(item)?;
        let hash = fingerprint(item, &bytes, self.options.chunk_bytes);
        if let Some(document) = self.known(&item.source, &hash, spaces)? {
            return Ok(Step::Known(document));
        }
        let mut prepared = self.read_content(item, bytes, control)?;
        prepared.hash = hash;
        if prepared.text.len() > self.options.max_text_bytes {
            let message = format!("its text is longer than max_text_bytes = {}", self.options.max_text_bytes);
            return Err(too_large(message));
        }
        prepared.chunks = chunk::split(&prepared.text, self.options.chunk_bytes);
        prepared.vectors = vec![None; prepared.chunks.len()];
        Ok(Step::Write(Box::new(prepared)))
    }

    fn bytes_of<'a>(&self, item: &'a Item) -> Result<Cow<'a, [u8]>> {
        let most = self.options.max_file_bytes;
        let bytes = match &item.content {
            Content::Text(text) => Cow::Borrowed(text.as_bytes()),
            Content::File(bytes) => Cow::Borrowed(&bytes[..]),
            Content::Path(path) => Cow::Owned(read_file(path, most)?),
        };
        match bytes.len() <= most {
            true => Ok(bytes),
            false => Err(too_large(format!("it is longer than max_file_bytes = {most}"))),
        }
    }

    /// The document with this content and with the vectors that this handle would make.
    fn known(&self, source: &str, hash: &[u8; 32], spaces: &Spaces) -> Result<Option<i64>> {
        // What has no words has no vector of them, in no space.
        let sql = "SELECT id FROM documents WHERE source = ?1 AND hash = ?2
                   AND (?3 IS NULL OR text_space = (SELECT id FROM spaces WHERE name = ?3) OR NOT EXISTS
                     (SELECT 1 FROM chunks WHERE document = documents.id AND trim(text, char(9, 10, 13, 32)) <> ''))
                   AND (?4 IS NULL OR kind <> 'image' OR image_space = (SELECT id FROM spaces WHERE name = ?4))";
        let values = (source, hash, &spaces.text, &spaces.image);
        self.store.read(|transaction| first(transaction, "the documents", sql, values, |row| row.get(0)))
    }

    fn read_content(&self, item: &Item, bytes: Cow<'_, [u8]>, control: &Control) -> Result<Prepared> {
        let mut prepared = match &item.content {
            Content::Text(text) => self.read_text(item, text),
            _ if is_picture(&bytes, item.name()) => self.read_picture(item, &bytes, control)?,
            _ => self.read_document(item, bytes, control)?,
        };
        if let Some(title) = &item.title {
            prepared.title.clone_from(title);
        }
        if let Some(language) = &item.language {
            prepared.language = Some(language.clone());
        }
        prepared.title.truncate(prepared.title.floor_char_boundary(MAX_NAME_BYTES));
        // What the caller says of it stands.
        prepared.meta.extend(item.meta.clone());
        Ok(prepared)
    }

    fn read_text(&self, item: &Item, text: &str) -> Prepared {
        let host = host(&item.source);
        let kind = if host.is_some() { Kind::Page } else { Kind::Text };
        Prepared { text: text.to_owned(), ..Prepared::new(kind, host) }
    }

    fn read_picture(&self, item: &Item, bytes: &[u8], control: &Control) -> Result<Prepared> {
        let Some(embedder) = &self.images else {
            let message =
                "a picture needs eyes; open the store with an engine, or ingest its words as a text";
            return Err(Error::new(ErrorKind::NotConfigured, message));
        };
        let Seen { vector, words, meta } = embedder.see(ImageSource::Bytes(bytes), control)?;
        let picture = vector.map(|vector| unit(&vector)).transpose()?;
        let title = stem(item.name()).to_owned();
        Ok(Prepared { text: words, picture, title, meta, ..Prepared::new(Kind::Image, host(&item.source)) })
    }

    #[cfg(feature = "documents")]
    fn read_document(&self, item: &Item, bytes: Cow<'_, [u8]>, control: &Control) -> Result<Prepared> {
        let name = Some(item.name().to_owned());
        let options = crate::documents::DocumentOptions { name, ..Default::default() };
        let mut recognize = |picture: ImageSource<'_>, control: &Control| match &self.images {
            Some(embedder) => embedder.read_words(picture, control),
            None => Ok(String::new()),
        };
        let recognize =
            self.images.is_some().then_some(&mut recognize as &mut crate::documents::Recognize<'_>);
        let document = crate::documents::extract_document(&bytes, &options, recognize, control)?;
        let page = document.extracted;
        let mut meta = Map::new();
        meta.insert("type".into(), document.kind.name().into());
        meta.insert("pages".into(), document.pages.into());
        if !document.warnings.is_empty() {
            meta.insert("warnings".into(), document.warnings.into());
        }
        let is_page = document.kind == crate::documents::DocumentKind::Html;
        Ok(Prepared {
            title: if page.title.is_empty() { stem(item.name()).to_owned() } else { page.title },
            language: page.language.or(page.detected_language),
            text: page.text,
            meta,
            ..Prepared::new(if is_page { Kind::Page } else { Kind::File }, host(&item.source))
        })
    }

    #[cfg(not(feature = "documents"))]
    fn read_document(&self, item: &Item, bytes: Cow<'_, [u8]>, _: &Control) -> Result<Prepared> {
        let text = String::from_utf8(bytes.into_owned()).map_err(|error| {
            let message = "it is neither a picture nor UTF-8; other files need the feature `documents`";
            Error::new(ErrorKind::Unsupported, message).with_source(error)
        })?;
        let title = stem(item.name()).to_owned();
        Ok(Prepared { text, title, ..Prepared::new(Kind::File, host(&item.source)) })
    }
}

impl Prepared {
    fn new(kind: Kind, host: Option<String>) -> Self {
        Self {
            kind,
            hash: [0; 32],
            host,
            title: String::new(),
            language: None,
            meta: Map::new(),
            text: String::new(),
            chunks: Vec::new(),
            vectors: Vec::new(),
            picture: None,
        }
    }
}

fn read_file(path: &Path, most: usize) -> Result<Vec<u8>> {
    let read = || {
        let mut bytes = Vec::new();
        // One byte more tells that there is more.
        std::fs::File::open(path)?.take(most as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|error| Error::io(path, error))
}

/// Whether the first bytes are a picture's. Those of PNM are letters that any text may begin with.
fn is_picture(bytes: &[u8], name: &str) -> bool {
    match ::image::guess_format(bytes) {
        Ok(::image::ImageFormat::Pnm) => {
            let name = name.to_ascii_lowercase();
            ["pbm", "pgm", "ppm", "pnm", "pam"].iter().any(|end| name.ends_with(&format!(".{end}")))
        }
        Ok(_) => true,
        Err(_) => false,
    }
}
