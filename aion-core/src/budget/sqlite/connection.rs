//! The connection to a ledger file: opened with care, and watched.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::{Error, ErrorKind, Result};

/// "AION" in ASCII: tells a ledger from other SQLite files.
const APPLICATION_ID: i32 = 0x4149_4f4e;
const SCHEMA_VERSION: i32 = 1;
const SCHEMA: &str = include_str!("schema.sql");
/// Bytes of a page of a new file. An edge changes a row on each of three pages, and all of a page is written.
const PAGE_SIZE: i32 = 1_024;
/// How long to wait before a lock is asked for again.
const RETRY: Duration = Duration::from_micros(500);

/// An open ledger file, and which file that is.
pub(super) struct Store {
    connection: Connection,
    database: WatchedFile,
    log: WatchedFile,
    is_replaced: bool,
}

impl Store {
    /// Opens the ledger at `path`, or makes a new one there.
    pub(super) fn open(path: &Path, patience: Duration) -> Result<Self> {
        #[cfg(all(unix, target_pointer_width = "64"))]
        super::fork::keep_children_apart();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_PRIVATE_CACHE;
        let connection =
            Connection::open_with_flags(path, flags).map_err(|error| unavailable("open", error))?;
        prepare(&connection, patience)
            .map_err(|error| error.in_context(format!("cannot use `{}` as a ledger", path.display())))?;
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
    pub(super) fn check_file(&mut self) -> Result<()> {
        let checked = self.database.check().inspect_err(|_| self.is_replaced = true);
        checked.and_then(|()| self.log.check()).inspect_err(|_| {
            // Closing it must not move what was written to the lost log into the file that others use by now.
            let _ = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        })
    }

    /// Whether [`check_file`](Self::check_file) found another ledger at the path: then its sums start again,
    /// and nothing may be paid on them.
    pub(super) fn is_replaced(&self) -> bool {
        self.is_replaced
    }

    /// Begins a transaction, waiting for others up to `patience`.
    pub(super) fn begin(&self, access: Access, patience: Duration) -> Result<Transaction<'_>> {
        Transaction::begin(&self.connection, access, patience)
    }

    /// What SQLite finds wrong with the file.
    pub(super) fn verify(&self) -> Result<Vec<String>> {
        let verify = || {
            let mut statement = self.connection.prepare("PRAGMA integrity_check(10)")?;
            let findings = statement.query_map((), |row| row.get::<_, String>(0))?;
            findings.filter(|finding| finding.as_deref() != Ok("ok")).collect::<rusqlite::Result<_>>()
        };
        verify().map_err(|error| unavailable("verify", error))
    }
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// A transaction that is undone unless it is committed. That of `rusqlite` parses its statements every time.
pub(super) struct Transaction<'a> {
    connection: &'a Connection,
    is_open: bool,
}

impl<'a> Transaction<'a> {
    /// SQLite would wait too, but ever longer each time, and whoever waits long is overtaken for ever.
    fn begin(connection: &'a Connection, access: Access, patience: Duration) -> Result<Self> {
        let deadline = Instant::now() + patience;
        let begin = match access {
            Access::Read => "BEGIN",
            Access::Write => "BEGIN IMMEDIATE",
        };
        loop {
            match connection.prepare_cached(begin).and_then(|mut begin| begin.execute(())) {
                Ok(_) => return Ok(Self { connection, is_open: true }),
                Err(error) if is_busy(&error) && Instant::now() < deadline => thread::sleep(RETRY),
                Err(error) => return Err(unavailable("begin a transaction", error)),
            }
        }
    }

    /// Makes what was written durable.
    pub(super) fn commit(mut self) -> Result<()> {
        let commit = || self.connection.prepare_cached("COMMIT")?.execute(());
        commit().map_err(|error| unavailable("commit", error))?;
        self.is_open = false;
        Ok(())
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.is_open {
            // What can not be undone by hand is undone when the connection is closed or the file opened next.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }
}

/// Sets up the connection, and the schema of a new file.
fn prepare(connection: &Connection, patience: Duration) -> Result<()> {
    let failed = |error| unavailable("prepare", error);
    // First of all, since the next statements may already have to wait.
    connection.busy_timeout(patience).map_err(failed)?;
    connection.pragma_update(None, "trusted_schema", false).map_err(failed)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(failed)?;
    connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
    connection.pragma_update(None, "page_size", PAGE_SIZE).map_err(failed)?;
    switch_to_wal(connection, patience)?;
    connection.busy_timeout(Duration::ZERO).map_err(failed)?;
    if !has_schema(&*Transaction::begin(connection, Access::Read, patience)?)? {
        let transaction = Transaction::begin(connection, Access::Write, patience)?;
        // Another process may have been faster.
        if !has_schema(&transaction)? {
            create_schema(&transaction).map_err(|error| unavailable("create", error))?;
        }
        transaction.commit()?;
    }
    connection.set_prepared_statement_cache_capacity(32);
    Ok(())
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
            Err(error) => return Err(unavailable("open", error)),
        }
    }
}

/// Whether the file is a ledger; if not, it is empty.
fn has_schema(connection: &Connection) -> Result<bool> {
    let failed = |error| unavailable("read", error);
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let id = number("application_id").map_err(failed)?;
    let version = number("user_version").map_err(failed)?;
    let count = "SELECT count(*) FROM sqlite_schema";
    let tables: i64 = connection.query_row(count, (), |row| row.get(0)).map_err(failed)?;
    match (id, version, tables) {
        (APPLICATION_ID, SCHEMA_VERSION, _) => Ok(true),
        (APPLICATION_ID, ..) => {
            let message = format!("it is a ledger of version {version}, this library reads {SCHEMA_VERSION}");
            Err(Error::new(ErrorKind::Unavailable, message))
        }
        (0, 0, 0) => Ok(false),
        _ => Err(Error::new(ErrorKind::Unavailable, "it is the database of another program")),
    }
}

fn create_schema(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(SCHEMA)?;
    connection.execute("INSERT INTO ledger (id, identity) VALUES (1, random())", ())?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", SCHEMA_VERSION)
}

/// The store failed; nothing may be paid on it until it works again.
pub(super) fn unavailable(verb: &str, error: rusqlite::Error) -> Error {
    Error::new(ErrorKind::Unavailable, format!("SQLite could not {verb} the ledger")).with_source(error)
}

/// Whether the ledger only was in use by others: the connection is as good as before.
pub(super) fn is_only_busy(error: &Error) -> bool {
    std::error::Error::source(error).and_then(|source| source.downcast_ref()).is_some_and(is_busy)
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// A file that must stay the one that was opened.
struct WatchedFile {
    path: PathBuf,
    identity: Option<FileIdentity>,
}

impl WatchedFile {
    fn new(path: PathBuf) -> Self {
        Self { identity: FileIdentity::of(&path), path }
    }

    fn check(&self) -> Result<()> {
        if FileIdentity::of(&self.path) == self.identity {
            return Ok(());
        }
        let message = format!("`{}` was removed or replaced while it was in use", self.path.display());
        Err(Error::new(ErrorKind::Unavailable, message))
    }
}

/// Which file a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileIdentity {
    device: u64,
    number: u64,
}

impl FileIdentity {
    /// Asks for the number of the file and nothing else: Linux keeps the times of a file whose times are asked for
    /// more finely, and then every `fsync` has to write them, which costs half of its speed.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn of(path: &Path) -> Option<Self> {
        use rustix::fs::{AtFlags, CWD, StatxFlags, statx};
        let file = statx(CWD, path, AtFlags::STATX_DONT_SYNC, StatxFlags::INO).ok()?;
        let device = u64::from(file.stx_dev_major) << 32 | u64::from(file.stx_dev_minor);
        Some(Self { device, number: file.stx_ino })
    }

    #[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
    fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let file = std::fs::metadata(path).ok()?;
        Some(Self { device: file.dev(), number: file.ino() })
    }

    /// Elsewhere an open file can not be removed or replaced.
    #[cfg(not(unix))]
    fn of(_path: &Path) -> Option<Self> {
        None
    }
}
