//! Transactions whose statements are parsed once, and that wait for others without being overtaken.

use std::ops::Deref;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::{is_busy, unavailable};
use crate::error::Result;

/// How long to wait before a lock is asked for again.
pub(super) const RETRY: Duration = Duration::from_micros(500);

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// A transaction that is undone unless it is committed. That of `rusqlite` parses its statements every time.
pub(crate) struct Transaction<'a> {
    connection: &'a Connection,
    is_open: bool,
}

impl<'a> Transaction<'a> {
    /// SQLite would wait too, but ever longer each time, and whoever waits long is overtaken for ever.
    pub(super) fn begin(connection: &'a Connection, access: Access, patience: Duration) -> Result<Self> {
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
    pub(crate) fn commit(mut self) -> Result<()> {
        let commit = || self.connection.prepare_cached("COMMIT")?.execute(());
        commit().map_err(|error| unavailable("commit a transaction", error))?;
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
