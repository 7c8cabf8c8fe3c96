//! Work that outlives a request: what it is, how far it has come, and how it ended.
//!
//! ```text
//! queued ──> running ──> done | failed | cancelled
//!    └──────────────────────> cancelled
//! ```

use rusqlite::Row;
use serde_json::Value;

use super::Knowledge;
use super::documents::{damaged, read_json};
use super::interactions::json;
use super::options::{MAX_META_BYTES, MAX_NAME_BYTES, invalid, too_large};
use super::store::{Millis, all, first, now, write};
use crate::error::{Error, ErrorKind, Result};

/// Where a job is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobState {
    /// Nobody works on it yet.
    Queued,
    /// Somebody works on it.
    Running,
    /// It ended well.
    Done,
    /// It ended with an error.
    Failed,
    /// It was stopped.
    Cancelled,
}

impl JobState {
    const ALL: [Self; 5] = [Self::Queued, Self::Running, Self::Done, Self::Failed, Self::Cancelled];

    /// The stable name, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing happens to it any more.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// How a job ends.
#[derive(Debug, Clone, PartialEq)]
pub enum JobEnd {
    /// Well, with this result.
    Done(Value),
    /// With an error.
    Failed(String),
    /// Stopped.
    Cancelled,
}

/// A job in the store.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Job {
    /// Its number.
    pub id: i64,
    /// What is to be done, such as `"ingest"`.
    pub kind: String,
    /// Where it is in its life.
    pub state: JobState,
    /// How much is done,
    pub done: u64,
    /// of how much in all; 0 while unknown.
    pub total: u64,
    /// What it was made with.
    pub payload: Value,
    /// What came of it, once it is done.
    pub result: Option<Value>,
    /// Why it failed.
    pub error: Option<String>,
    /// When it was made, in milliseconds since 1970, UTC.
    pub created_at: Millis,
    /// When work on it began.
    pub started_at: Option<Millis>,
    /// When it ended.
    pub finished_at: Option<Millis>,
}

const COLUMNS: &str =
    "id, kind, state, done, total, payload, result, error, created_at, started_at, finished_at";

impl Knowledge {
    /// Makes a job that waits, and gives its number.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] without a kind, [`ErrorKind::LimitExceeded`] for too long a payload,
    /// [`ErrorKind::InvalidState`] if the store is only read, [`ErrorKind::Unavailable`] for the store.
    pub fn create_job(&self, kind: &str, payload: &Value) -> Result<i64> {
        if kind.trim().is_empty() {
            return Err(invalid("a job has no kind"));
        }
        if kind.len() > MAX_NAME_BYTES {
            return Err(too_large(format!("a job's kind is longer than {MAX_NAME_BYTES} bytes")));
        }
        let payload = json(payload, MAX_META_BYTES)?;
        self.store.write(|transaction| {
            let sql = "INSERT INTO jobs (kind, state, payload, created_at) VALUES (?, 'queued', ?, ?)";
            write(transaction, "the jobs", sql, (kind, &payload, now()))?;
            Ok(transaction.last_insert_rowid())
        })
    }

    /// Takes a job that waits; of many that try, one succeeds.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidState`] if it does not wait any more, [`ErrorKind::NotFound`] if there is no such job.
    pub fn start_job(&self, id: i64) -> Result<()> {
        let sql = "UPDATE jobs SET state = 'running', started_at = ?2 WHERE id = ?1 AND state = 'queued'";
        self.change_job(id, sql, (id, now()), "started")
    }

    /// Tells how far a running job has come.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidState`] if it does not run, [`ErrorKind::NotFound`] if there is no such job.
    pub fn progress_job(&self, id: i64, done: u64, total: u64) -> Result<()> {
        let sql = "UPDATE jobs SET done = ?2, total = ?3 WHERE id = ?1 AND state = 'running'";
        self.change_job(id, sql, (id, done, total), "moved on")
    }

    /// Ends a job that runs, or cancels one that waits.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidState`] if it can not end so, [`ErrorKind::NotFound`] if there is no such job.
    pub fn finish_job(&self, id: i64, end: &JobEnd) -> Result<()> {
        let (state, result, error) = match end {
            JobEnd::Done(result) => (JobState::Done, Some(json(result, MAX_META_BYTES)?), None),
            JobEnd::Failed(error) => (JobState::Failed, None, Some(error)),
            JobEnd::Cancelled => (JobState::Cancelled, None, None),
        };
        let sql = "UPDATE jobs SET state = ?2, result = ?3, error = ?4, finished_at = ?5
                   WHERE id = ?1 AND (state = 'running' OR state = 'queued' AND ?2 = 'cancelled')";
        self.change_job(id, sql, (id, state.name(), result, error, now()), "ended")
    }

    /// The job of that number.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is none, [`ErrorKind::Unavailable`] for the store.
    pub fn job(&self, id: i64) -> Result<Job> {
        let sql = format!("SELECT {COLUMNS} FROM jobs WHERE id = ?");
        let found = self.store.read(|transaction| first(transaction, "the jobs", &sql, (id,), read_job))?;
        found.ok_or_else(|| no_job(id))
    }

    /// The newest jobs, the newest first, at most `limit`.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] for the store, [`ErrorKind::Forked`] in a child process.
    pub fn jobs(&self, limit: usize) -> Result<Vec<Job>> {
        let sql = format!("SELECT {COLUMNS} FROM jobs ORDER BY id DESC LIMIT ?");
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.store.read(|transaction| all(transaction, "the jobs", &sql, (limit,), read_job))
    }

    fn change_job(&self, id: i64, sql: &str, values: impl rusqlite::Params, verb: &str) -> Result<()> {
        if self.store.write(|transaction| write(transaction, "the jobs", sql, values))? > 0 {
            return Ok(());
        }
        let message = format!("job {id} is {} and can not be {verb}", self.job(id)?.state.name());
        Err(Error::new(ErrorKind::InvalidState, message))
    }
}

fn no_job(id: i64) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no job {id}"))
}

fn read_job(row: &Row<'_>) -> rusqlite::Result<Job> {
    let name = row.get_ref(2)?.as_str()?;
    let state = JobState::ALL.into_iter().find(|state| state.name() == name);
    let result = row.get_ref(6)?.as_str_or_null()?;
    Ok(Job {
        id: row.get(0)?,
        kind: row.get(1)?,
        state: state.ok_or_else(|| damaged(2, format!("`{name}` is no state of a job")))?,
        done: row.get(3)?,
        total: row.get(4)?,
        payload: read_json(row, 5)?,
        result: result.map(serde_json::from_str).transpose().map_err(|error| damaged(6, error))?,
        error: row.get(7)?,
        created_at: row.get(8)?,
        started_at: row.get(9)?,
        finished_at: row.get(10)?,
    })
}
