//! What was decided, by whom and why: approvals of pages, paid calls. Decisions are added and never changed.

use rusqlite::Row;
use serde_json::Value;

use super::Knowledge;
use super::documents::read_json;
use super::interactions::json;
use super::options::{MAX_META_BYTES, MAX_NAME_BYTES, invalid, too_large};
use super::store::{Millis, all, now, write};
use crate::error::Result;

/// A decision that is to be recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDecision<'a> {
    /// What kind it is, such as `"approval"`.
    pub kind: &'a str,
    /// What it is about, such as an address.
    pub subject: &'a str,
    /// Who decided.
    pub actor: &'a str,
    /// What was decided, such as `"approved"`.
    pub verdict: &'a str,
    /// What it rests on.
    pub record: &'a Value,
}

/// A decision in the store.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StoredDecision {
    /// Its number; later ones have higher ones.
    pub id: i64,
    /// When it was recorded, in milliseconds since 1970, UTC.
    pub made_at: Millis,
    /// What kind it is.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// Who decided.
    pub actor: String,
    /// What was decided.
    pub verdict: String,
    /// What it rests on.
    pub record: Value,
}

impl Knowledge {
    /// Records a decision and gives its number.
    ///
    /// # Errors
    /// `InvalidArgument` for one without kind, subject, actor or verdict, `LimitExceeded` for too long a one,
    /// `InvalidState` if the store is only read, `Unavailable` for the store.
    pub fn record_decision(&self, decision: &NewDecision<'_>) -> Result<i64> {
        let NewDecision { kind, subject, actor, verdict, record } = decision;
        for (name, value) in [("kind", kind), ("subject", subject), ("actor", actor), ("verdict", verdict)] {
            if value.trim().is_empty() {
                return Err(invalid(format!("a decision has no {name}")));
            }
            if value.len() > MAX_NAME_BYTES {
                return Err(too_large(format!("its {name} is longer than {MAX_NAME_BYTES} bytes")));
            }
        }
        let record = json(record, MAX_META_BYTES)?;
        self.store.write(|transaction| {
            let sql = "INSERT INTO decisions (made_at, kind, subject, actor, verdict, record)
                       VALUES (?, ?, ?, ?, ?, ?)";
            write(transaction, "the decisions", sql, (now(), kind, subject, actor, verdict, &record))?;
            Ok(transaction.last_insert_rowid())
        })
    }

    /// The newest decisions, the newest first, at most `limit`: of one kind and about one subject, if those are given.
    ///
    /// # Errors
    /// `Unavailable` for the store, `Forked` in a child process.
    pub fn decisions(
        &self,
        kind: Option<&str>,
        subject: Option<&str>,
        limit: usize,
    ) -> Result<Vec<StoredDecision>> {
        let sql = "SELECT id, made_at, kind, subject, actor, verdict, record FROM decisions
                   WHERE (?1 IS NULL OR kind = ?1) AND (?2 IS NULL OR subject = ?2) ORDER BY id DESC LIMIT ?3";
        let values = (kind, subject, i64::try_from(limit).unwrap_or(i64::MAX));
        self.store.read(|transaction| all(transaction, "the decisions", sql, values, read_decision))
    }
}

fn read_decision(row: &Row<'_>) -> rusqlite::Result<StoredDecision> {
    Ok(StoredDecision {
        id: row.get(0)?,
        made_at: row.get(1)?,
        kind: row.get(2)?,
        subject: row.get(3)?,
        actor: row.get(4)?,
        verdict: row.get(5)?,
        record: read_json(row, 6)?,
    })
}
