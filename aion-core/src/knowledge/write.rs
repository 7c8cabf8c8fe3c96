//! The second phase of ingestion: what was read goes into the file.

use std::collections::HashMap;

use rusqlite::OptionalExtension;

use super::ingest::{Change, Ingested};
use super::item::{Item, Kind, meta_json};
use super::prepare::{Prepared, Spaces, Step};
use super::store::{Millis, first, now, write};
use super::unit::to_bytes;
use crate::error::{Error, ErrorKind, Result};
use crate::sqlite::{Transaction, unavailable};

/// Writes the items of a batch inside one transaction.
pub(super) struct Writer<'a> {
    transaction: &'a Transaction<'a>,
    spaces: &'a Spaces,
    /// Numbers and dimensions of spaces that are in the file.
    known_spaces: HashMap<String, (i64, usize)>,
    now: Millis,
    added: usize,
    removed: usize,
}

/// The version of a document that is there.
struct Earlier {
    id: i64,
    hash: Vec<u8>,
    text_space: Option<i64>,
    image_space: Option<i64>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(transaction: &'a Transaction<'a>, spaces: &'a Spaces) -> Self {
        Self { transaction, spaces, known_spaces: HashMap::new(), now: now(), added: 0, removed: 0 }
    }

    /// Writes an item whole, or nothing of it.
    pub(super) fn write(&mut self, item: &Item, step: &Step) -> Result<Ingested> {
        let (added, removed) = (self.added, self.removed);
        self.execute("SAVEPOINT item")?;
        let written = match step {
            Step::Known(document) => self.touch(*document, item),
            Step::Write(prepared) => self.put(item, prepared),
        };
        if written.is_err() {
            (self.added, self.removed) = (added, removed);
            self.known_spaces.clear();
            self.execute("ROLLBACK TO item")?;
        }
        self.execute("RELEASE item")?;
        written
    }

    /// Tells the indexes of all processes what they lack.
    pub(super) fn finish(self) -> Result<()> {
        vectors_changed(self.transaction, self.added, self.removed)
    }

    fn execute(&self, sql: &str) -> Result<()> {
        write(self.transaction, "the store", sql, ()).map(drop)
    }

    /// The content is there: what came with it this time is kept.
    fn touch(&self, document: i64, item: &Item) -> Result<Ingested> {
        let parent = self.parent(item)?;
        let meta = (!item.meta.is_empty()).then(|| meta_json(&item.meta)).transpose()?;
        let touched = write(
            self.transaction,
            "the documents",
            "UPDATE documents SET etag = coalesce(?2, etag), last_modified = coalesce(?3, last_modified),
               fetched_at = coalesce(?4, fetched_at), parent = coalesce(?5, parent),
               meta = coalesce(json_patch(meta, ?6), meta) WHERE id = ?1",
            (document, &item.etag, &item.last_modified, item.fetched_at, parent, meta),
        )?;
        match touched {
            1 => Ok(Ingested { document, change: Change::Unchanged }),
            _ => Err(Error::new(ErrorKind::Conflict, "its document was removed meanwhile; ingest it again")),
        }
    }

    fn put(&mut self, item: &Item, prepared: &Prepared) -> Result<Ingested> {
        let text_space = self.space(self.spaces.text.as_deref(), prepared.vectors.iter().flatten().next())?;
        let image_space = self.space(self.spaces.image.as_deref(), prepared.picture.as_ref())?;
        let earlier = self.earlier(&item.source)?;
        if let Some(earlier) = &earlier
            && earlier.hash == prepared.hash
            && (earlier.text_space, earlier.image_space) == (text_space, image_space)
        {
            // Another process was faster.
            return self.touch(earlier.id, item);
        }
        let parent = self.parent(item)?;
        let (document, change) = match earlier {
            Some(earlier) => {
                self.clear(earlier.id)?;
                (earlier.id, Change::Replaced)
            }
            None => (self.add(item)?, Change::Added),
        };
        self.describe(document, item, prepared, (text_space, image_space, parent))?;
        self.put_chunks(document, prepared, text_space, image_space)?;
        Ok(Ingested { document, change })
    }

    fn earlier(&self, source: &str) -> Result<Option<Earlier>> {
        let sql = "SELECT id, hash, text_space, image_space FROM documents WHERE source = ?";
        first(self.transaction, "the documents", sql, (source,), |row| {
            Ok(Earlier {
                id: row.get(0)?,
                hash: row.get(1)?,
                text_space: row.get(2)?,
                image_space: row.get(3)?,
            })
        })
    }

    /// The page of a picture.
    fn parent(&self, item: &Item) -> Result<Option<i64>> {
        let Some(source) = &item.parent else { return Ok(None) };
        let sql = "SELECT id FROM documents WHERE source = ? AND parent IS NULL";
        let parent = first(self.transaction, "the documents", sql, (source,), |row| row.get(0))?;
        let missing = || {
            let message = format!("its parent `{source}` is no document of its own; ingest that before it");
            Error::new(ErrorKind::NotFound, message)
        };
        parent.map(Some).ok_or_else(missing)
    }

    fn clear(&mut self, document: i64) -> Result<()> {
        let vectors = "DELETE FROM vectors WHERE document = ?";
        self.removed += write(self.transaction, "the vectors", vectors, (document,))?;
        write(self.transaction, "the chunks", "DELETE FROM chunks WHERE document = ?", (document,)).map(drop)
    }

    /// A row that [`describe`](Self::describe) fills.
    fn add(&self, item: &Item) -> Result<i64> {
        write(
            self.transaction,
            "the documents",
            "INSERT INTO documents (source, kind, title, hash, version, fetched_at, created_at, updated_at, meta)
             VALUES (?1, 'text', '', zeroblob(32), 1, ?2, ?2, ?2, '{}')",
            (&item.source, self.now),
        )?;
        Ok(self.transaction.last_insert_rowid())
    }

    fn describe(
        &self,
        document: i64,
        item: &Item,
        prepared: &Prepared,
        (text_space, image_space, parent): (Option<i64>, Option<i64>, Option<i64>),
    ) -> Result<()> {
        let describe = || {
            let sql = "UPDATE documents SET host = ?2, kind = ?3, title = ?4, language = ?5, hash = ?6,
                       version = version + (hash <> zeroblob(32)), text_space = ?7, image_space = ?8,
                       parent = coalesce(?9, parent), etag = ?10, last_modified = ?11, fetched_at = ?12,
                       updated_at = ?13, meta = ?14 WHERE id = ?1";
            let meta = serde_json::to_string(&prepared.meta).unwrap_or_default();
            self.transaction.prepare_cached(sql)?.execute(rusqlite::params![
                document,
                prepared.host,
                prepared.kind.name(),
                prepared.title,
                prepared.language,
                prepared.hash,
                text_space,
                image_space,
                parent,
                item.etag,
                item.last_modified,
                item.fetched_at.unwrap_or(self.now),
                self.now,
                meta,
            ])
        };
        describe().map(drop).map_err(|error| unavailable("write the documents", error))
    }

    fn put_chunks(
        &mut self,
        document: i64,
        prepared: &Prepared,
        text_space: Option<i64>,
        image_space: Option<i64>,
    ) -> Result<()> {
        let sql =
            "INSERT INTO chunks (document, ordinal, start, stop, heading, text) VALUES (?, ?, ?, ?, ?, ?)";
        for (ordinal, (range, vector)) in prepared.chunks.iter().zip(&prepared.vectors).enumerate() {
            let heading = if ordinal == 0 { prepared.title.as_str() } else { "" };
            let text = &prepared.text[range.clone()];
            let values = (document, ordinal, range.start, range.end, heading, text);
            write(self.transaction, "the chunks", sql, values)?;
            let chunk = self.transaction.last_insert_rowid();
            let of_text = vector.as_ref().zip(text_space).map(|(vector, space)| (vector, space, "text"));
            let picture = prepared.picture.as_ref().filter(|_| ordinal == 0);
            let of_image = picture.zip(image_space).map(|(vector, space)| (vector, space, "image"));
            for (vector, space, kind) in of_text.into_iter().chain(of_image) {
                self.put_vector((document, chunk, space, kind), vector)?;
            }
        }
        Ok(())
    }

    fn put_vector(
        &mut self,
        (document, chunk, space, kind): (i64, i64, i64, &str),
        vector: &[f32],
    ) -> Result<()> {
        let sql =
            "INSERT INTO vectors (document, chunk, space, kind, is_new, data) VALUES (?, ?, ?, ?, 1, ?)";
        let values = (document, chunk, space, kind, to_bytes(vector));
        self.added += write(self.transaction, "the vectors", sql, values)?;
        Ok(())
    }

    /// The number of a space, whose vectors have to be as long as `vector`. A document without any vector has the
    /// space too, if it is known: then nothing is lacking.
    fn space(&mut self, name: Option<&str>, vector: Option<&Vec<f32>>) -> Result<Option<i64>> {
        let Some(name) = name else { return Ok(None) };
        let known = match self.known_spaces.get(name) {
            Some(&known) => Some(known),
            None => space_of(self.transaction, name)?,
        };
        let (number, dimension) = match (known, vector) {
            (Some((number, dimension)), Some(vector)) if vector.len() != dimension => {
                let message = format!(
                    "space {number} `{name}` has vectors of {dimension} numbers, this one has {}",
                    vector.len()
                );
                return Err(Error::new(ErrorKind::InvalidModel, message));
            }
            (Some(known), _) => known,
            (None, Some(vector)) => {
                let sql = "INSERT INTO spaces (name, dimension) VALUES (?, ?)";
                write(self.transaction, "the spaces", sql, (name, vector.len()))?;
                (self.transaction.last_insert_rowid(), vector.len())
            }
            (None, None) => return Ok(None),
        };
        self.known_spaces.insert(name.to_owned(), (number, dimension));
        Ok(Some(number))
    }
}

/// Number and dimension of a space.
pub(super) fn space_of(transaction: &Transaction<'_>, name: &str) -> Result<Option<(i64, usize)>> {
    let space = || {
        let mut statement = transaction.prepare_cached("SELECT id, dimension FROM spaces WHERE name = ?")?;
        statement.query_row((name,), |row| Ok((row.get(0)?, row.get(1)?))).optional()
    };
    space().map_err(|error| unavailable("read the spaces", error))
}

/// Notes that vectors were added or removed in this transaction.
pub(super) fn vectors_changed(transaction: &Transaction<'_>, added: usize, removed: usize) -> Result<()> {
    if added + removed > 0 {
        let sql = "UPDATE store SET generation = generation + 1, removals = removals + ?";
        write(transaction, "the store", sql, (i64::from(removed > 0),))?;
    }
    Ok(())
}

impl Kind {
    /// Which of a document's vectors its moving average follows.
    pub(super) const fn vectors(self) -> &'static str {
        match self {
            Self::Image => "image",
            _ => "text",
        }
    }
}
