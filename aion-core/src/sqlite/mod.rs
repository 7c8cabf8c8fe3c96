//! SQLite files that threads and processes share: opened with care, watched, and told from those of other programs.

#[cfg(all(unix, target_pointer_width = "64"))]
mod fork;
mod schema;
mod transaction;
mod watched;

pub(crate) use schema::{Durability, Schema};
pub(crate) use transaction::{Access, Transaction};

use std::fmt::Display;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::{Error, ErrorKind, Result};
use watched::WatchedFile;

/// An open file, and which file that is.
pub(crate) struct File {
    connection: Connection,
    database: WatchedFile,
    log: WatchedFile,
    is_replaced: bool,
}

impl File {
    /// Opens the file at `path`, or makes a new one there, and brings its tables up to `schema`.
    pub(crate) fn open(path: &Path, schema: &Schema, patience: Duration) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let prepare = |connection: &Connection| schema.prepare(connection, patience);
        Self::open_with(path, schema, flags, prepare)
    }

    /// Opens the file at `path`, which has to be there, and never writes to its tables. SQLite still needs to write
    /// beside it, to tell writers what is being read.
    #[cfg(feature = "knowledge")]
    pub(crate) fn open_to_read(path: &Path, schema: &Schema, patience: Duration) -> Result<Self> {
        let prepare = |connection: &Connection| schema.prepare_to_read(connection, patience);
        Self::open_with(path, schema, OpenFlags::SQLITE_OPEN_READ_ONLY, prepare)
    }

    fn open_with(
        path: &Path,
        schema: &Schema,
        flags: OpenFlags,
        prepare: impl FnOnce(&Connection) -> Result<()>,
    ) -> Result<Self> {
        #[cfg(all(unix, target_pointer_width = "64"))]
        fork::keep_children_apart();
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_PRIVATE_CACHE;
        let in_context =
            |error: Error| error.in_context(format!("cannot use `{}` as a {}", path.display(), schema.noun));
        let connection = Connection::open_with_flags(path, flags)
            .map_err(|error| in_context(unavailable(format_args!("open the {}", schema.noun), error)))?;
        prepare(&connection).map_err(in_context)?;
        // The host may change its directory later, and SQLite names the log after the file behind a link.
        let path = path.canonicalize().map_err(|source| {
            Error::new(ErrorKind::Unavailable, format!("`{}` is gone", path.display())).with_source(source)
        })?;
        let mut log = path.clone().into_os_string();
        log.push("-wal");
        let (database, log) = (WatchedFile::new(path), WatchedFile::new(log.into()));
        Ok(Self { connection, database, log, is_replaced: false })
    }

    /// A file that was removed or replaced is no longer what other processes use: what is written to it is
    /// lost. Another copy of SQLite in this process does that to the write-ahead log when it closes the file.
    pub(crate) fn check(&mut self) -> Result<()> {
        let checked = self.database.check().inspect_err(|_| self.is_replaced = true);
        checked.and_then(|()| self.log.check()).inspect_err(|_| {
            // Closing it must not move what was written to the lost log into the file that others use by now.
            let _ = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        })
    }

    /// Whether [`check`](Self::check) found another file at the path.
    pub(crate) fn is_replaced(&self) -> bool {
        self.is_replaced
    }

    /// Begins a transaction, waiting for others up to `patience`.
    pub(crate) fn begin(&self, access: Access, patience: Duration) -> Result<Transaction<'_>> {
        Transaction::begin(&self.connection, access, patience)
    }

    /// Has long statements end when `control` stops them; `None` lets them run again.
    #[cfg(feature = "knowledge")]
    pub(crate) fn watch(&mut self, control: Option<crate::control::Control>) -> Result<()> {
        /// Instructions of SQLite's machine, which takes some 100 µs for them.
        const EVERY: i32 = 10_000;
        let stop = control.map(|control| move || control.check().is_err());
        self.connection.progress_handler(EVERY, stop).map_err(|error| unavailable("watch a statement", error))
    }

    /// What SQLite finds wrong with the file.
    pub(crate) fn verify(&self) -> Result<Vec<String>> {
        let verify = || {
            let mut statement = self.connection.prepare("PRAGMA integrity_check(10)")?;
            let findings = statement.query_map((), |row| row.get::<_, String>(0))?;
            findings.filter(|finding| finding.as_deref() != Ok("ok")).collect::<rusqlite::Result<_>>()
        };
        verify().map_err(|error| unavailable("verify the file", error))
    }
}

/// SQLite failed at what the words say.
pub(crate) fn unavailable(what: impl Display, error: rusqlite::Error) -> Error {
    Error::new(ErrorKind::Unavailable, format!("SQLite could not {what}")).with_source(error)
}

/// Whether the file only was in use by others: the connection is as good as before.
pub(crate) fn is_only_busy(error: &Error) -> bool {
    std::error::Error::source(error).and_then(|source| source.downcast_ref()).is_some_and(is_busy)
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}
