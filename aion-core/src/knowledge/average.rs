//! The moving average of a document's vectors: what it is about, as its versions go by.

use serde::{Deserialize, Serialize};

use super::Knowledge;
use super::documents::{no_document, read_kind};
use super::item::Kind;
use super::store::{all, first, write};
use super::unit::{from_bytes, to_bytes};
use crate::ema::{EmaOptions, ema_update};
use crate::error::{Error, ErrorKind, Result};
use crate::sqlite::Transaction;

/// Other writers of the same document that are given way to.
const ATTEMPTS: usize = 100;

/// What [`Knowledge::update_ema`] gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Average {
    /// The moving average; `None` for a document that never had vectors.
    pub vector: Option<Vec<f32>>,
    /// How many updates it has had, this one included.
    pub updates: u64,
    /// How many new vectors this update used; 0 if there were none, and nothing changed.
    pub used: usize,
}

/// What the average is made from.
struct State {
    kind: Kind,
    vector: Option<Vec<u8>>,
    space: Option<i64>,
    updates: u64,
    /// The new vectors of one space: numbers and bytes.
    new: Vec<(i64, Vec<u8>)>,
    new_space: Option<i64>,
}

impl Knowledge {
    /// Moves the average of a document by the mean of its new vectors, as [`ema_update`](crate::ema_update) does, and
    /// marks them as seen. Pictures count their own vector, all else those of their text.
    ///
    /// Reading and writing are apart: the new average is written only if the old one, its count and the new vectors are
    /// still what they were, and computed again otherwise. So two processes at once lose nothing and count nothing twice.
    /// Vectors of another model than those of the average so far begin a new one.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is no such document, [`ErrorKind::InvalidState`] if the store is only read,
    /// [`ErrorKind::Conflict`] if others change the document all the time, [`ErrorKind::Unavailable`] for the store.
    pub fn update_ema(&self, document: i64) -> Result<Average> {
        for _ in 0..ATTEMPTS {
            let state = self.store.read(|transaction| state_of(transaction, document))?;
            let state = state.ok_or_else(|| no_document(document))?;
            if state.new.is_empty() {
                let vector = state.vector.as_deref().map(from_bytes);
                return Ok(Average { vector, updates: state.updates, used: 0 });
            }
            let (vector, updates) = next(&state)?;
            if self.store.write(|transaction| swap(transaction, document, &state, &vector, updates))? {
                return Ok(Average { vector: Some(vector), updates, used: state.new.len() });
            }
        }
        let message =
            format!("others changed document {document} {ATTEMPTS} times meanwhile; try again later");
        Err(Error::new(ErrorKind::Conflict, message))
    }

    /// The moving average of a document as it is, and nothing is changed.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is no such document, [`ErrorKind::Unavailable`] for the store.
    pub fn average(&self, document: i64) -> Result<Average> {
        let sql = "SELECT ema, ema_updates FROM documents WHERE id = ?";
        let read = self.store.read(|transaction| {
            first(transaction, "the documents", sql, (document,), |row| {
                let bytes = row.get::<_, Option<Vec<u8>>>(0)?;
                Ok(Average { vector: bytes.as_deref().map(from_bytes), updates: row.get(1)?, used: 0 })
            })
        })?;
        read.ok_or_else(|| no_document(document))
    }
}

/// The average after the update, and its count of updates.
fn next(state: &State) -> Result<(Vec<f32>, u64)> {
    let new: Vec<_> = state.new.iter().map(|(_, bytes)| from_bytes(bytes)).collect();
    let is_same_space = state.space == state.new_space;
    let current = state.vector.as_deref().filter(|_| is_same_space).map(from_bytes);
    let updates = if is_same_space { state.updates } else { 0 };
    Ok((ema_update(current.as_deref(), &new, updates, &EmaOptions::default())?, updates + 1))
}

fn state_of(transaction: &Transaction<'_>, document: i64) -> Result<Option<State>> {
    let sql = "SELECT kind, ema, ema_space, ema_updates, CASE kind WHEN 'image' THEN image_space ELSE text_space END
               FROM documents WHERE id = ?";
    let state = first(transaction, "the documents", sql, (document,), |row| {
        Ok(State {
            kind: read_kind(row, 0)?,
            vector: row.get(1)?,
            space: row.get(2)?,
            updates: row.get(3)?,
            new: Vec::new(),
            new_space: row.get(4)?,
        })
    })?;
    let Some(mut state) = state else { return Ok(None) };
    let sql =
        "SELECT id, data FROM vectors WHERE document = ? AND kind = ? AND space = ? AND is_new ORDER BY id";
    let values = (document, state.kind.vectors(), state.new_space);
    state.new = all(transaction, "the vectors", sql, values, |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Some(state))
}

/// Writes the average, if it still rests on what is in the file; whether it did.
fn swap(
    transaction: &Transaction<'_>,
    document: i64,
    state: &State,
    vector: &[f32],
    updates: u64,
) -> Result<bool> {
    match state_of(transaction, document)? {
        Some(now) if now.is(state) => {}
        _ => return Ok(false),
    }
    let sql = "UPDATE documents SET ema = ?2, ema_space = ?3, ema_updates = ?4 WHERE id = ?1";
    write(transaction, "the documents", sql, (document, to_bytes(vector), state.new_space, updates))?;
    // All vectors of the document, those of a picture's words too: none of them waits for another update.
    let seen = "UPDATE vectors SET is_new = 0 WHERE document = ? AND is_new";
    write(transaction, "the vectors", seen, (document,))?;
    Ok(true)
}

impl State {
    /// Whether both would give the same average. Vectors are never changed, so their numbers tell.
    fn is(&self, other: &Self) -> bool {
        let numbers = |state: &Self| state.new.iter().map(|(id, _)| *id).collect::<Vec<_>>();
        self.updates == other.updates && self.vector == other.vector && numbers(self) == numbers(other)
    }
}
