//! The books as SQL.

use std::error::Error;
use std::str::FromStr;
use std::sync::Arc;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{OptionalExtension, Params, Row};

use crate::budget::clock::{Anchor, ClockBasis};
use crate::budget::ledger::{Account, Answer, Books, Entry, GrantRow, GrantState, JournalEdge, Key, Sums};
use crate::budget::owner::Owner;
use crate::budget::record::DecisionRecord;
use crate::budget::usd::Usd;
use crate::budget::window::{Millis, Window};
use crate::error::Result;
use crate::sqlite::Transaction;

/// The books inside one transaction.
pub(super) struct SqliteBooks<'a>(&'a Transaction<'a>);

impl<'a> SqliteBooks<'a> {
    pub(super) fn new(transaction: &'a Transaction<'a>) -> Self {
        Self(transaction)
    }

    fn write(&self, sql: &str, values: impl Params) -> Result<()> {
        let write = || self.0.prepare_cached(sql)?.execute(values).map(drop);
        write().map_err(|error| unavailable("write", error))
    }

    fn first<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        let first = || self.0.prepare_cached(sql)?.query_row(values, read).optional();
        first().map_err(|error| unavailable("read", error))
    }

    fn all<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let all = || self.0.prepare_cached(sql)?.query_map(values, read)?.collect::<rusqlite::Result<_>>();
        all().map_err(|error| unavailable("read", error))
    }
}

impl Books for SqliteBooks<'_> {
    fn identity(&mut self) -> Result<u64> {
        let identity = self.first("SELECT identity FROM ledger", (), |row| row.get::<_, i64>(0))?;
        Ok(identity.unwrap_or_default().cast_unsigned())
    }

    fn anchor(&mut self) -> Result<Option<Anchor>> {
        self.first("SELECT boot, elapsed, time, basis FROM clock", (), |row| {
            let basis = row.get::<_, Text<ClockBasis>>(3)?.0;
            Ok(Anchor { boot: row.get::<_, Boot>(0)?.0, elapsed: row.get(1)?, time: row.get(2)?, basis })
        })
    }

    fn set_anchor(&mut self, anchor: &Anchor) -> Result<()> {
        self.write(
            "INSERT INTO clock (id, boot, elapsed, time, basis) VALUES (1, ?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET boot = ?1, elapsed = ?2, time = ?3, basis = ?4",
            (format!("{:032x}", anchor.boot), anchor.elapsed, anchor.time, anchor.basis.name()),
        )
    }

    fn newest_account(&mut self) -> Result<Option<Account>> {
        let sql = "SELECT window, cap, captured, dispatched, held, overrun FROM account ORDER BY window DESC LIMIT 1";
        self.first(sql, (), read_account)
    }

    fn account(&mut self, window: Window) -> Result<Option<Account>> {
        let sql = "SELECT window, cap, captured, dispatched, held, overrun FROM account WHERE window = ?";
        self.first(sql, (window.to_string(),), read_account)
    }

    fn accounts(&mut self) -> Result<Vec<Account>> {
        let sql = "SELECT window, cap, captured, dispatched, held, overrun FROM account ORDER BY window";
        self.all(sql, (), read_account)
    }

    fn put_account(&mut self, account: &Account) -> Result<()> {
        let Sums { captured, dispatched, held, overrun } = account.sums;
        let window = account.window.to_string();
        let values = (&window, account.cap, captured, dispatched, held, overrun);
        let update = "UPDATE account SET cap = ?2, captured = ?3, dispatched = ?4, held = ?5, overrun = ?6
                      WHERE window = ?1";
        let put = || match self.0.prepare_cached(update)?.execute(values)? {
            0 => self.0.prepare_cached("INSERT INTO account VALUES (?, ?, ?, ?, ?, ?)")?.execute(values),
            updated => Ok(updated),
        };
        put().map(drop).map_err(|error| unavailable("write", error))
    }

    fn grant(&mut self, number: i64) -> Result<Option<GrantRow>> {
        let sql =
            "SELECT number, window, state, hold, owner, made_at, changed_at FROM grants WHERE number = ?";
        Ok(self.first(sql, (number,), read_grant)?.map(|(_, grant)| grant))
    }

    fn insert_grant(&mut self, number: i64, grant: &GrantRow) -> Result<()> {
        self.write(
            "INSERT INTO grants (number, window, state, hold, owner, made_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                grant.window.to_string(),
                grant.state.name(),
                grant.hold.micros(),
                grant.owner.to_string(),
                grant.made_at,
                grant.changed_at,
            ),
        )
    }

    fn set_grant_state(&mut self, number: i64, state: GrantState, at: Millis) -> Result<()> {
        let sql = "UPDATE grants SET state = ?2, changed_at = ?3 WHERE number = ?1";
        self.write(sql, (number, state.name(), at))
    }

    fn live_grants(&mut self) -> Result<Vec<(i64, GrantRow)>> {
        let sql = "SELECT number, window, state, hold, owner, made_at, changed_at FROM grants
                   WHERE state IN ('held', 'dispatched') ORDER BY number";
        self.all(sql, (), read_grant)
    }

    fn fallbacks_after(&mut self, since: Millis) -> Result<u64> {
        let sql = "SELECT count(*) FROM grants WHERE made_at > ? AND state <> 'released'";
        let count = self.first(sql, (since,), |row| row.get::<_, i64>(0))?;
        Ok(count.unwrap_or_default().unsigned_abs())
    }

    fn fallback_before(&mut self, newer: u64, since: Millis) -> Result<Option<Millis>> {
        let sql = "SELECT made_at FROM grants WHERE made_at > ? AND state <> 'released'
                   ORDER BY made_at DESC LIMIT 1 OFFSET ?";
        self.first(sql, (since, i64::try_from(newer).unwrap_or(i64::MAX)), |row| row.get(0))
    }

    fn answer(&mut self, key: &Key) -> Result<Option<Answer>> {
        self.first("SELECT number, record FROM answers WHERE key = ?", (key,), |row| {
            let record: Text<DecisionRecord> = row.get(1)?;
            Ok(Answer { ask: record.0.ask, record: Arc::new(record.0), grant: row.get(0)? })
        })
    }

    fn put_answer(&mut self, key: &Key, answer: &Answer, at: Millis) -> Result<()> {
        let sql = "INSERT INTO answers (key, at, number, record) VALUES (?, ?, ?, ?)";
        self.write(sql, (key, at, answer.grant, answer.record.to_json()))
    }

    fn forget(&mut self, answers_before: Millis, grants_before: Millis) -> Result<()> {
        self.write("DELETE FROM answers WHERE at < ?", (answers_before,))?;
        let sql = "DELETE FROM grants WHERE made_at <= ? AND state IN ('settled', 'released')";
        self.write(sql, (grants_before,))
    }

    fn append(&mut self, entry: &Entry) -> Result<i64> {
        // The first line about a grant is the one that its number comes from.
        let (number, window) = (entry.number, entry.window.map(|window| window.to_string()));
        let change = &entry.change;
        self.write(
            "INSERT INTO journal (at, edge, number, window, captured, dispatched, held, overrun, cap, record)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                entry.at,
                entry.edge.name(),
                number,
                window,
                change.captured,
                change.dispatched,
                change.held,
                change.overrun,
                entry.cap,
                entry.record.as_ref().map(|record| record.to_json()),
            ),
        )?;
        Ok(self.0.last_insert_rowid())
    }

    fn last_entry_at(&mut self) -> Result<Option<Millis>> {
        self.first("SELECT at FROM journal ORDER BY line DESC LIMIT 1", (), |row| row.get(0))
    }

    fn entries(&mut self, after: i64, limit: usize) -> Result<Vec<(i64, Entry)>> {
        let sql = "SELECT line, at, edge, number, window, captured, dispatched, held, overrun, cap, record
                   FROM journal WHERE line > ? ORDER BY line LIMIT ?";
        self.all(sql, (after, i64::try_from(limit).unwrap_or(i64::MAX)), read_entry)
    }

    fn sums(&mut self) -> Result<Vec<(Window, Sums)>> {
        let sql = "SELECT window, sum(captured), sum(dispatched), sum(held), sum(overrun) FROM journal
                   WHERE window IS NOT NULL GROUP BY window ORDER BY window";
        self.all(sql, (), |row| Ok((row.get::<_, Text<Window>>(0)?.0, read_sums(row, 1)?)))
    }
}

fn read_sums(row: &Row<'_>, first: usize) -> rusqlite::Result<Sums> {
    Ok(Sums {
        captured: row.get(first)?,
        dispatched: row.get(first + 1)?,
        held: row.get(first + 2)?,
        overrun: row.get(first + 3)?,
    })
}

fn read_account(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account { window: row.get::<_, Text<Window>>(0)?.0, cap: row.get(1)?, sums: read_sums(row, 2)? })
}

fn read_grant(row: &Row<'_>) -> rusqlite::Result<(i64, GrantRow)> {
    let grant = GrantRow {
        window: row.get::<_, Text<Window>>(1)?.0,
        state: row.get::<_, Text<GrantState>>(2)?.0,
        hold: row.get::<_, Micros>(3)?.0,
        owner: row.get::<_, Text<Owner>>(4)?.0,
        made_at: row.get(5)?,
        changed_at: row.get(6)?,
    };
    Ok((row.get(0)?, grant))
}

fn read_entry(row: &Row<'_>) -> rusqlite::Result<(i64, Entry)> {
    let line = row.get(0)?;
    let edge = row.get::<_, Text<JournalEdge>>(2)?.0;
    let window: Option<Text<Window>> = row.get(4)?;
    let record: Option<Text<DecisionRecord>> = row.get(10)?;
    let entry = Entry {
        at: row.get(1)?,
        edge,
        number: row.get(3)?,
        window: window.map(|window| window.0),
        change: read_sums(row, 5)?,
        cap: row.get(9)?,
        record: record.map(|record| Arc::new(record.0)),
    };
    Ok((line, entry))
}

/// The ledger failed; nothing may be paid on it until it works again.
fn unavailable(verb: &str, error: rusqlite::Error) -> crate::Error {
    crate::sqlite::unavailable(format_args!("{verb} the ledger"), error)
}

/// A column of text that is read by its `FromStr`.
struct Text<T>(T);

impl<T: FromStr<Err: Into<Box<dyn Error + Send + Sync>>>> FromSql for Text<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map(Self).map_err(|error: T::Err| FromSqlError::Other(error.into()))
    }
}

/// A column of micro-dollars.
struct Micros(Usd);

impl FromSql for Micros {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Usd::from_micros(value.as_i64()?).map(Self).map_err(FromSqlError::other)
    }
}

/// A column with the identity of a start of the machine.
struct Boot(u128);

impl FromSql for Boot {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        u128::from_str_radix(value.as_str()?, 16).map(Self).map_err(FromSqlError::other)
    }
}
