//! Books in an SQLite file that threads and processes share: durable at every commit.
//!
//! Write-ahead log with `synchronous=FULL` (one `fsync` a transaction), `BEGIN IMMEDIATE`, one connection a
//! handle. A ledger that can not be trusted is not used: a foreign or damaged file, one that was replaced while it
//! was open, books that do not add up.

mod books;

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};

use super::audit;
use super::ledger::{Books, Ledger};
use crate::error::{Error, ErrorKind, Result};
use crate::sqlite::{self, Access, Durability, File, Schema};
use books::SqliteBooks;

const SCHEMA: Schema = Schema {
    noun: "ledger",
    // "AION" in ASCII.
    application_id: 0x4149_4f4e,
    migrations: &[include_str!("schema.sql")],
    // An edge changes a row on each of three pages, and all of a page is written.
    page_size: 1_024,
    durability: Durability::EveryCommit,
};

/// A ledger in a file.
pub(crate) struct SqliteLedger {
    path: PathBuf,
    patience: Duration,
    /// The ledger that was opened first: another one at the same path has other sums.
    identity: OnceLock<u64>,
    store: Mutex<State>,
}

/// What is known of the file.
enum State {
    Closed,
    Open(Box<File>),
    /// It must not be used again by this handle, and why.
    Distrusted(String),
}

impl SqliteLedger {
    /// Nothing is opened yet: a disk that is away must not keep the host from starting.
    pub(crate) fn new(path: PathBuf, patience: Duration) -> Self {
        Self { path, patience, identity: OnceLock::new(), store: Mutex::new(State::Closed) }
    }

    /// Runs `work` on the open store. After a failure of the store it is closed, to be opened and checked
    /// anew by the next call.
    fn with_store<R>(&self, work: impl FnOnce(&mut File) -> Result<R>) -> Result<R> {
        let mut state = self.lock()?;
        let store = self.open(&mut state)?;
        let result = work(store);
        match &result {
            Err(error) if store.is_replaced() => *state = State::Distrusted(error.to_string()),
            Err(error) if sqlite::is_only_busy(error) => {}
            Err(error) if error.kind() == ErrorKind::Unavailable => *state = State::Closed,
            _ => {}
        }
        result
    }

    fn lock(&self) -> Result<MutexGuard<'_, State>> {
        let busy = || Error::new(ErrorKind::Unavailable, "other threads used the ledger for too long");
        self.store.try_lock_for(self.patience).ok_or_else(busy)
    }

    fn open<'a>(&self, state: &'a mut State) -> Result<&'a mut File> {
        if matches!(state, State::Closed) {
            let store = File::open(&self.path, &SCHEMA, self.patience)?;
            *state = match self.problem_of(&store)? {
                Some(problem) => State::Distrusted(problem),
                None => State::Open(Box::new(store)),
            };
        }
        match state {
            State::Open(store) => Ok(store),
            State::Distrusted(reason) => {
                Err(Error::new(ErrorKind::Unavailable, format!("the ledger is not to be trusted: {reason}")))
            }
            State::Closed => Err(Error::new(ErrorKind::Internal, "the ledger was not opened")),
        }
    }

    /// What keeps the ledger from being used.
    fn problem_of(&self, store: &File) -> Result<Option<String>> {
        let transaction = store.begin(Access::Read, self.patience)?;
        let mut books = SqliteBooks::new(&transaction);
        let identity = books.identity()?;
        if *self.identity.get_or_init(|| identity) != identity {
            return Ok(Some("another ledger has taken its place".into()));
        }
        let problems = audit::conservation(&mut books)?;
        Ok(problems.first().map(|problem| format!("its books do not add up: {problem}")))
    }

    fn run(&self, access: Access, work: &mut dyn FnMut(&mut dyn Books) -> Result<()>) -> Result<()> {
        let started = Instant::now();
        self.with_store(|store| {
            let patience = self.patience.saturating_sub(started.elapsed());
            // A hold that is written to a log without a name would come back when the log is closed, and be nobody's.
            store.check()?;
            let transaction = store.begin(access, patience)?;
            work(&mut SqliteBooks::new(&transaction))?;
            transaction.commit()?;
            store.check()
        })
    }
}

impl Ledger for SqliteLedger {
    fn engine(&self) -> &'static str {
        "sqlite"
    }

    fn transact(&self, work: &mut dyn FnMut(&mut dyn Books) -> Result<()>) -> Result<()> {
        self.run(Access::Write, work)
    }

    fn view(&self, work: &mut dyn FnMut(&mut dyn Books) -> Result<()>) -> Result<()> {
        self.run(Access::Read, work)
    }

    fn verify(&self) -> Result<Vec<String>> {
        self.with_store(|store| store.verify())
    }
}
