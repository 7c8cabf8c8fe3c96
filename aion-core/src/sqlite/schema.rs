//! What a file of ours is told by, and how its tables come to their newest shape.

use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::transaction::RETRY;
use super::{Access, Transaction, is_busy, unavailable};
use crate::error::{Error, ErrorKind, Result};

/// When a commit is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// At once: one `fsync` a transaction.
    EveryCommit,
    /// At the next checkpoint. A process that is killed loses nothing; a power cut may take the last transactions,
    /// each whole.
    #[cfg(feature = "knowledge")]
    Checkpoints,
}

/// The tables of one kind of file.
pub(crate) struct Schema {
    /// What the file is, for messages.
    pub(crate) noun: &'static str,
    /// SQLite's `application_id`: tells a file of this kind from others.
    pub(crate) application_id: i32,
    /// What makes a file of version `n` one of version `n + 1`, from an empty file on. Never changed, only added to.
    pub(crate) migrations: &'static [&'static str],
    /// Bytes of a page of a new file.
    pub(crate) page_size: i32,
    pub(crate) durability: Durability,
}

impl Schema {
    /// Sets up the connection, and brings the tables of the file to their newest shape.
    pub(super) fn prepare(&self, connection: &Connection, patience: Duration) -> Result<()> {
        let synchronous = match self.durability {
            Durability::EveryCommit => "FULL",
            #[cfg(feature = "knowledge")]
            Durability::Checkpoints => "NORMAL",
        };
        // First of all, since the next statements may already have to wait.
        self.set_up(connection, patience)?;
        self.set(connection, "synchronous", synchronous)?;
        self.set(connection, "page_size", self.page_size)?;
        switch_to_wal(connection, patience)?;
        connection.busy_timeout(Duration::ZERO).map_err(|error| self.cannot("prepare", error))?;
        if self.version(&*Transaction::begin(connection, Access::Read, patience)?)? < self.migrations.len() {
            self.migrate(connection, patience)?;
        }
        Ok(())
    }

    /// Sets up a connection that only reads. An older file is refused: its tables can not be changed.
    #[cfg(feature = "knowledge")]
    pub(super) fn prepare_to_read(&self, connection: &Connection, patience: Duration) -> Result<()> {
        self.set_up(connection, patience)?;
        match self.version(connection)? {
            0 => Err(Error::new(ErrorKind::Unavailable, format!("it is no {} yet", self.noun))),
            version if version < self.migrations.len() => {
                let message =
                    format!("it is of version {version}; open it once to write, to bring it up to date");
                Err(Error::new(ErrorKind::Unavailable, message))
            }
            _ => Ok(()),
        }
    }

    fn set_up(&self, connection: &Connection, patience: Duration) -> Result<()> {
        connection.busy_timeout(patience).map_err(|error| self.cannot("prepare", error))?;
        self.set(connection, "trusted_schema", false)?;
        self.set(connection, "foreign_keys", true)?;
        connection.set_prepared_statement_cache_capacity(48);
        Ok(())
    }

    fn set(&self, connection: &Connection, name: &str, value: impl rusqlite::ToSql) -> Result<()> {
        connection.pragma_update(None, name, value).map_err(|error| self.cannot("prepare", error))
    }

    fn migrate(&self, connection: &Connection, patience: Duration) -> Result<()> {
        let transaction = Transaction::begin(connection, Access::Write, patience)?;
        // Another process may have been faster.
        let version = self.version(&transaction)?;
        for migration in &self.migrations[version..] {
            transaction.execute_batch(migration).map_err(|error| self.cannot("create", error))?;
        }
        self.set(&transaction, "application_id", self.application_id)?;
        self.set(&transaction, "user_version", self.migrations.len() as i64)?;
        transaction.commit()
    }

    /// The version of the file's tables; 0 for an empty file.
    fn version(&self, connection: &Connection) -> Result<usize> {
        let failed = |error| self.cannot("read", error);
        let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
        let id = number("application_id").map_err(failed)?;
        let version = number("user_version").map_err(failed)?;
        let count = "SELECT count(*) FROM sqlite_schema";
        let tables: i64 = connection.query_row(count, (), |row| row.get(0)).map_err(failed)?;
        let newest = self.migrations.len();
        match usize::try_from(version) {
            Ok(version) if id == self.application_id && (1..=newest).contains(&version) => Ok(version),
            _ if id == self.application_id => {
                let message = format!("it is of version {version}, this library reads up to {newest}");
                Err(Error::new(ErrorKind::Unavailable, message))
            }
            Ok(0) if id == 0 && tables == 0 => Ok(0),
            _ => Err(Error::new(ErrorKind::Unavailable, "it is the database of another program")),
        }
    }

    fn cannot(&self, verb: &str, error: rusqlite::Error) -> Error {
        unavailable(format_args!("{verb} the {}", self.noun), error)
    }
}

/// Two processes that open a new file at once may find it locked here without SQLite waiting for it.
fn switch_to_wal(connection: &Connection, patience: Duration) -> Result<()> {
    let deadline = Instant::now() + patience;
    loop {
        match connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0)) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                let message = format!("its journal can not be a write-ahead log but {mode}");
                return Err(Error::new(ErrorKind::Unavailable, message));
            }
            Err(error) if is_busy(&error) && Instant::now() < deadline => thread::sleep(RETRY),
            Err(error) => return Err(unavailable("open the file", error)),
        }
    }
}
