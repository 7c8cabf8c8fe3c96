//! The index of vectors: all of them in memory, in step with the file.
//!
//! Numbers of vectors only grow, so what was added since is what has a higher number. What was removed is told by
//! comparing numbers, and only when the file's count of removals has moved. So a process sees what others wrote, and
//! reads of it only what is new.

mod best;
mod dot;
mod rows;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};

pub(super) use best::Near;
use rows::{Owner, Rows};

use super::store::{Store, all, first};
use super::write::space_of;
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::sqlite::{Transaction, unavailable};

/// Vectors that are read before the control is looked at again.
const CHECK_EVERY: usize = 1024;

/// The vectors of a store, space by space, loaded by the first search that needs them.
#[derive(Default)]
pub(super) struct Index {
    spaces: Mutex<HashMap<(i64, Modality), Shared>>,
}

type Shared = Arc<RwLock<Loaded>>;

/// What a vector was made from. Those of texts and those of pictures are ranked apart: a text is nearer to any text
/// than to the picture that it tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Modality {
    Text,
    Image,
}

impl Modality {
    const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
        }
    }
}

/// A search of the index.
pub(super) struct Query<'a> {
    pub(super) space: &'a str,
    pub(super) modality: Modality,
    /// A unit vector.
    pub(super) vector: &'a [f32],
    pub(super) most: usize,
    /// The documents that count, if not all do.
    pub(super) documents: Option<&'a HashSet<i64>>,
    pub(super) threads: usize,
}

/// The vectors of a space, and which state of the file that is.
struct Loaded {
    space: i64,
    modality: Modality,
    rows: Rows,
    /// No state of a file: the first look at it loads everything.
    generation: i64,
    removals: i64,
    newest: i64,
}

impl Index {
    /// The vectors nearest to a query in the file as it is now, the nearest first. A space without vectors has none.
    pub(super) fn nearest(&self, store: &Store, query: &Query<'_>, control: &Control) -> Result<Vec<Near>> {
        store.check_process()?;
        let Some((space, dimension)) = store.read(|transaction| space_of(transaction, query.space))? else {
            return Ok(Vec::new());
        };
        let loaded = {
            let mut spaces = self.spaces.lock();
            let fresh = || Arc::new(RwLock::new(Loaded::new(space, query.modality, dimension)));
            spaces.entry((space, query.modality)).or_insert_with(fresh).clone()
        };
        let state = store.read(state_of)?;
        let mut guard = loaded.read();
        if guard.is_behind(state) {
            drop(guard);
            let mut writing = loaded.write();
            // Another thread may have been faster.
            if writing.is_behind(state) {
                store.read(|transaction| writing.follow(transaction, control))?;
            }
            guard = parking_lot::RwLockWriteGuard::downgrade(writing);
        }
        let rows = &guard.rows;
        if rows.dimension() != query.vector.len() {
            let message = format!(
                "the space `{}` has vectors of {} numbers, the search one of {}",
                query.space,
                rows.dimension(),
                query.vector.len()
            );
            return Err(Error::new(ErrorKind::InvalidModel, message));
        }
        rows.nearest(query.vector, query.most, query.documents, query.threads, control)
    }
}

impl Loaded {
    fn new(space: i64, modality: Modality, dimension: usize) -> Self {
        Self { space, modality, rows: Rows::new(dimension), generation: -1, removals: 0, newest: 0 }
    }

    /// Whether the file has gone on since.
    fn is_behind(&self, (generation, _): (i64, i64)) -> bool {
        self.generation < generation
    }

    /// Takes in what the file has by now.
    fn follow(&mut self, transaction: &Transaction<'_>, control: &Control) -> Result<()> {
        let (generation, removals) = state_of(transaction)?;
        if self.removals != removals {
            self.rows.retain(&self.numbers(transaction)?);
            self.removals = removals;
        }
        self.read_new(transaction, control)?;
        self.generation = generation;
        Ok(())
    }

    fn numbers(&self, transaction: &Transaction<'_>) -> Result<HashSet<i64>> {
        let sql = "SELECT id FROM vectors WHERE space = ? AND kind = ? AND id <= ?";
        let values = (self.space, self.modality.name(), self.newest);
        Ok(all(transaction, "the vectors", sql, values, |row| row.get(0))?.into_iter().collect())
    }

    /// Each row is in the index before its number is the newest, so a call that is stopped here is simply gone on
    /// with by the next one.
    fn read_new(&mut self, transaction: &Transaction<'_>, control: &Control) -> Result<()> {
        let failed = |error| unavailable("read the vectors", error);
        let sql = "SELECT id, chunk, document, data FROM vectors
                   WHERE id > ? AND space = ? AND kind = ? ORDER BY id";
        let mut statement = transaction.prepare_cached(sql).map_err(failed)?;
        let mut found = statement.query((self.newest, self.space, self.modality.name())).map_err(failed)?;
        let mut count = 0_usize;
        while let Some(row) = found.next().map_err(failed)? {
            if count.is_multiple_of(CHECK_EVERY) {
                control.check()?;
            }
            count += 1;
            let read = || {
                let owner = Owner { vector: row.get(0)?, chunk: row.get(1)?, document: row.get(2)? };
                Ok((owner, row.get_ref(3)?.as_blob()?))
            };
            let (owner, bytes) = read().map_err(failed)?;
            if !self.rows.push(owner, bytes)? {
                let message = format!("the store is damaged: vector {} has another length", owner.vector);
                return Err(Error::new(ErrorKind::Unavailable, message));
            }
            self.newest = owner.vector;
        }
        Ok(())
    }
}

/// How often vectors were changed, and how often removed.
fn state_of(transaction: &Transaction<'_>) -> Result<(i64, i64)> {
    let sql = "SELECT generation, removals FROM store";
    let state = first(transaction, "the store", sql, (), |row| Ok((row.get(0)?, row.get(1)?)))?;
    state.ok_or_else(|| Error::new(ErrorKind::Unavailable, "the store is damaged: it has no state"))
}
