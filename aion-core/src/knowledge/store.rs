//! The file behind a handle: connections that threads borrow, and transactions in it.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use rusqlite::{OptionalExtension, Params, Row};

use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::sqlite::{self, Access, Durability, File, Schema, Transaction};

const SCHEMA: Schema = Schema {
    noun: "knowledge store",
    // "AIOK" in ASCII.
    application_id: 0x4149_4f4b,
    migrations: &[include_str!("schema.sql")],
    // A vector of CLIP takes 2 KiB, and two of them fit a page.
    page_size: 8_192,
    durability: Durability::Checkpoints,
};
/// Connections that are kept for the next call. More calls at once open more.
const IDLE: usize = 8;

/// Milliseconds since 1970, UTC.
pub(super) type Millis = i64;

/// Now by the wall clock.
pub(super) fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}

/// The store in its file. Every connection is used by one thread at a time.
pub(super) struct Store {
    path: PathBuf,
    is_read_only: bool,
    patience: Duration,
    process: u32,
    /// The store that was opened first: another one at the same path has other documents by the same numbers.
    identity: OnceLock<i64>,
    idle: Mutex<Vec<File>>,
}

impl Store {
    /// Opens the store at `path`, or makes a new one there unless it is only read.
    pub(super) fn open(path: PathBuf, is_read_only: bool, patience: Duration) -> Result<Self> {
        let store = Self {
            path,
            is_read_only,
            patience,
            process: std::process::id(),
            identity: OnceLock::new(),
            idle: Mutex::new(Vec::new()),
        };
        store.read(|_| Ok(()))?;
        Ok(store)
    }

    pub(super) fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    /// Runs `work` on one state of the file.
    pub(super) fn read<R>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<R>) -> Result<R> {
        self.with_file(|file| {
            file.check()?;
            work(&file.begin(Access::Read, self.patience)?)
        })
    }

    /// As [`read`](Self::read), and what `control` stops ends within milliseconds.
    pub(super) fn read_under<R>(
        &self,
        control: &Control,
        work: impl FnOnce(&Transaction<'_>) -> Result<R>,
    ) -> Result<R> {
        let result = self.with_file(|file| {
            file.check()?;
            file.watch(Some(control.without_progress()))?;
            let result = file.begin(Access::Read, self.patience).and_then(|transaction| work(&transaction));
            file.watch(None)?;
            result
        });
        match result {
            // SQLite only knows that it was interrupted.
            Err(error) if error.kind() == ErrorKind::Unavailable => control.check().and(Err(error)),
            result => result,
        }
    }

    /// Runs `work`, and commits what it wrote unless it failed.
    pub(super) fn write<R>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<R>) -> Result<R> {
        if self.is_read_only {
            let message = format!("`{}` was opened to read only", self.path.display());
            return Err(Error::new(ErrorKind::InvalidState, message));
        }
        self.with_file(|file| {
            file.check()?;
            let transaction = file.begin(Access::Write, self.patience)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            file.check()?;
            Ok(result)
        })
    }

    /// What SQLite finds wrong with the file.
    pub(super) fn verify(&self) -> Result<Vec<String>> {
        self.with_file(|file| file.verify())
    }

    /// Lends a connection to `work`. One that failed is closed, since it may not be what it was.
    fn with_file<R>(&self, work: impl FnOnce(&mut File) -> Result<R>) -> Result<R> {
        self.check_process()?;
        let idle = self.idle.lock().pop();
        let mut file = idle.map_or_else(|| self.connect(), Ok)?;
        let result = work(&mut file);
        let is_sound = match &result {
            Err(error) => error.kind() != ErrorKind::Unavailable || sqlite::is_only_busy(error),
            Ok(_) => true,
        };
        let mut idle = self.idle.lock();
        if is_sound && idle.len() < IDLE {
            idle.push(file);
        }
        result
    }

    fn connect(&self) -> Result<File> {
        let file = match self.is_read_only {
            true => File::open_to_read(&self.path, &SCHEMA, self.patience)?,
            false => File::open(&self.path, &SCHEMA, self.patience)?,
        };
        let transaction = file.begin(Access::Read, self.patience)?;
        let identity = first(&transaction, "the store", "SELECT identity FROM store", (), |row| row.get(0))?;
        drop(transaction);
        if self.identity.get_or_init(|| identity.unwrap_or_default()) != &identity.unwrap_or_default() {
            let message = format!("another store has taken the place of `{}`", self.path.display());
            return Err(Error::new(ErrorKind::Unavailable, message));
        }
        Ok(file)
    }

    /// Checked before any lock is taken: one that another thread held during `fork` is held for ever.
    pub(super) fn check_process(&self) -> Result<()> {
        if std::process::id() != self.process {
            let message = "this handle was made before a fork; open the store again in the child process";
            return Err(Error::new(ErrorKind::Forked, message));
        }
        Ok(())
    }
}

impl Drop for Store {
    /// Closing the last connection tidies the file up, which only the process that opened it may do.
    fn drop(&mut self) {
        if std::process::id() != self.process {
            #[expect(
                clippy::mem_forget,
                reason = "a child of the process must not close its parent's files"
            )]
            std::mem::forget(std::mem::take(self.idle.get_mut()));
        }
    }
}

/// The first row of an answer, if there is one. `what` is what is read, for messages.
pub(super) fn first<T>(
    transaction: &Transaction<'_>,
    what: &str,
    sql: &str,
    values: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>> {
    let first = || transaction.prepare_cached(sql)?.query_row(values, read).optional();
    first().map_err(|error| sqlite::unavailable(format_args!("read {what}"), error))
}

/// All rows of an answer.
pub(super) fn all<T>(
    transaction: &Transaction<'_>,
    what: &str,
    sql: &str,
    values: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    let all = || transaction.prepare_cached(sql)?.query_map(values, read)?.collect::<rusqlite::Result<_>>();
    all().map_err(|error| sqlite::unavailable(format_args!("read {what}"), error))
}

/// Writes, and tells how many rows that changed.
pub(super) fn write(
    transaction: &Transaction<'_>,
    what: &str,
    sql: &str,
    values: impl Params,
) -> Result<usize> {
    let write = || transaction.prepare_cached(sql)?.execute(values);
    write().map_err(|error| sqlite::unavailable(format_args!("write {what}"), error))
}

/// How many rows a table has.
pub(super) fn count(transaction: &Transaction<'_>, table: &str) -> Result<u64> {
    let sql = format!("SELECT count(*) FROM {table}");
    Ok(first(transaction, table, &sql, (), |row| row.get(0))?.unwrap_or_default())
}
