//! Documents as they are in the store.

use rusqlite::types::Value as Cell;
use rusqlite::{Row, params_from_iter};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Knowledge;
use super::filter::{Conditions, Filter};
use super::item::Kind;
use super::store::{Millis, all, first, write};
use super::write::vectors_changed;
use crate::error::{Error, ErrorKind, Result};

/// A document of the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StoredDocument {
    /// Its number, which it keeps through all versions, and which no other document ever gets.
    pub id: i64,
    /// Where it comes from.
    pub source: String,
    /// What it is.
    pub kind: Kind,
    /// Its title; empty for none.
    pub title: String,
    /// Its language, such as `pt-BR`.
    pub language: Option<String>,
    /// Which version of its content this is, from 1 on.
    pub version: u64,
    /// The number of the page that a picture stands on.
    pub parent: Option<i64>,
    /// The `ETag` that it came with.
    pub etag: Option<String>,
    /// The `Last-Modified` that it came with.
    pub last_modified: Option<String>,
    /// When it was fetched, in milliseconds since 1970, UTC.
    pub fetched_at: Millis,
    /// When its first version was written.
    pub created_at: Millis,
    /// When this version was written.
    pub updated_at: Millis,
    /// How many chunks it has.
    pub chunks: u64,
    /// How many of its vectors its moving average has not seen yet.
    pub new_vectors: u64,
    /// How many updates its moving average has had.
    pub ema_updates: u64,
    /// What else is known of it.
    pub meta: Map<String, Value>,
}

/// A part of a document's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Chunk {
    /// Its number.
    pub id: i64,
    /// Its place among the chunks of its document, from 0 on.
    pub ordinal: u64,
    /// Where it begins in the text, in bytes of UTF-8.
    pub start: u64,
    /// Where it ends.
    pub end: u64,
    /// `text[start..end]`.
    pub text: String,
}

const COLUMNS: &str =
    "d.id, d.source, d.kind, d.title, d.language, d.version, d.parent, d.etag, d.last_modified,
     d.fetched_at, d.created_at, d.updated_at, d.ema_updates, d.meta,
     (SELECT count(*) FROM chunks c WHERE c.document = d.id),
     (SELECT count(*) FROM vectors v WHERE v.document = d.id AND v.is_new)";

impl Knowledge {
    /// The documents that pass `filter`, in the order of their numbers: at most `limit` of those after number `after`.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] for the store, [`ErrorKind::Forked`] in a child process.
    pub fn documents(&self, filter: &Filter, after: i64, limit: usize) -> Result<Vec<StoredDocument>> {
        let mut conditions = Conditions::of(filter);
        conditions.add("d.id > ?", Cell::Integer(after));
        let sql =
            format!("SELECT {COLUMNS} FROM documents d WHERE {} ORDER BY d.id LIMIT ?", conditions.sql());
        let limit = Cell::Integer(i64::try_from(limit).unwrap_or(i64::MAX));
        let values = conditions.values.into_iter().chain([limit]);
        self.store.read(|transaction| {
            all(transaction, "the documents", &sql, params_from_iter(values), read_document)
        })
    }

    /// The document of that number.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is none, and as [`documents`](Self::documents).
    pub fn document(&self, id: i64) -> Result<StoredDocument> {
        let sql = format!("SELECT {COLUMNS} FROM documents d WHERE d.id = ?");
        let found =
            self.store.read(|transaction| first(transaction, "the documents", &sql, (id,), read_document))?;
        found.ok_or_else(|| no_document(id))
    }

    /// The document from `source`, if there is one.
    ///
    /// # Errors
    /// As [`documents`](Self::documents).
    pub fn find(&self, source: &str) -> Result<Option<StoredDocument>> {
        let sql = format!("SELECT {COLUMNS} FROM documents d WHERE d.source = ?");
        self.store.read(|transaction| first(transaction, "the documents", &sql, (source,), read_document))
    }

    /// The chunks of a document, in their order. One after the other they are its text.
    ///
    /// # Errors
    /// As [`document`](Self::document).
    pub fn chunks(&self, document: i64) -> Result<Vec<Chunk>> {
        let sql = "SELECT id, ordinal, start, stop, text FROM chunks WHERE document = ? ORDER BY ordinal";
        let chunks = self.store.read(|transaction| {
            all(transaction, "the chunks", sql, (document,), |row| {
                Ok(Chunk {
                    id: row.get(0)?,
                    ordinal: row.get(1)?,
                    start: row.get(2)?,
                    end: row.get(3)?,
                    text: row.get(4)?,
                })
            })
        })?;
        // Every document has one at least.
        if chunks.is_empty() { Err(no_document(document)) } else { Ok(chunks) }
    }

    /// The text of a document.
    ///
    /// # Errors
    /// As [`document`](Self::document).
    pub fn text(&self, document: i64) -> Result<String> {
        Ok(self.chunks(document)?.into_iter().map(|chunk| chunk.text).collect())
    }

    /// Removes a document, and with a page its pictures. Whether there was one.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidState`] if the store is only read, and as [`documents`](Self::documents).
    pub fn remove(&self, document: i64) -> Result<bool> {
        const FAMILY: &str = "(WITH RECURSIVE family (id) AS
            (SELECT ?1 UNION SELECT d.id FROM documents d JOIN family ON d.parent = family.id) SELECT id FROM family)";
        self.store.write(|transaction| {
            let vectors = format!("DELETE FROM vectors WHERE document IN {FAMILY}");
            let removed = write(transaction, "the vectors", &vectors, (document,))?;
            let chunks = format!("DELETE FROM chunks WHERE document IN {FAMILY}");
            write(transaction, "the chunks", &chunks, (document,))?;
            vectors_changed(transaction, 0, removed)?;
            let documents = "DELETE FROM documents WHERE id = ?";
            Ok(write(transaction, "the documents", documents, (document,))? > 0)
        })
    }
}

pub(super) fn no_document(id: i64) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no document {id} in the store"))
}

fn read_document(row: &Row<'_>) -> rusqlite::Result<StoredDocument> {
    Ok(StoredDocument {
        id: row.get(0)?,
        source: row.get(1)?,
        kind: read_kind(row, 2)?,
        title: row.get(3)?,
        language: row.get(4)?,
        version: row.get(5)?,
        parent: row.get(6)?,
        etag: row.get(7)?,
        last_modified: row.get(8)?,
        fetched_at: row.get(9)?,
        created_at: row.get(10)?,
        updated_at: row.get(11)?,
        ema_updates: row.get(12)?,
        meta: read_json(row, 13)?,
        chunks: row.get(14)?,
        new_vectors: row.get(15)?,
    })
}

pub(super) fn read_kind(row: &Row<'_>, column: usize) -> rusqlite::Result<Kind> {
    let name = row.get_ref(column)?.as_str()?;
    Kind::from_name(name).ok_or_else(|| damaged(column, format!("`{name}` is no kind of document")))
}

/// A column of JSON.
pub(super) fn read_json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    serde_json::from_str(row.get_ref(column)?.as_str()?).map_err(|error| damaged(column, error))
}

pub(super) fn damaged(
    column: usize,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error.into())
}
