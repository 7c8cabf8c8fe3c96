//! What only a ledger in a file can suffer, and how it fails closed (I2, I7, I10).

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aion_core::{Budget, BudgetPolicy, DecisionReason, DecisionRequest, DecisionVerdict, ErrorKind, Usd};
use rusqlite::Connection;

use crate::clock::{DAY, HOUR, MIDNIGHT, TestClock};
use crate::engine::{ask, assert_clean, granted, micros, policy};

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn ledger(&self) -> PathBuf {
        self.folder.path().join("ledger.db")
    }

    fn open(&self) -> Budget {
        let mut policy = policy(1_000, None);
        policy.patience = Duration::from_millis(200);
        Budget::open(self.ledger(), policy).unwrap()
    }

    /// The file as another program sees it.
    fn raw(&self) -> Connection {
        Connection::open(self.ledger()).unwrap()
    }
}

fn assert_fails_closed(budget: &Budget, why: &str) {
    let decision = ask(budget, 1);
    assert_eq!(
        (decision.verdict(), decision.reason()),
        (DecisionVerdict::Local, DecisionReason::LedgerUnavailable)
    );
    assert!(decision.explanation().contains(why), "{}", decision.explanation());
    let replayed = aion_core::replay_decision(&decision.record().to_json()).unwrap();
    assert_eq!(replayed.reason(), DecisionReason::LedgerUnavailable);
    assert_eq!(budget.status().unwrap_err().kind(), ErrorKind::Unavailable);
    let confident = budget.decide(&DecisionRequest::new(0.9, Usd::ZERO)).unwrap();
    assert_eq!(confident.reason(), DecisionReason::Confident, "what needs no ledger works");
}

#[test]
fn a_ledger_survives_its_handle() {
    let place = Place::new();
    let grant = granted(&place.open(), 700);
    grant.dispatched().unwrap();
    let budget = place.open();
    assert_eq!(ask(&budget, 400).reason(), DecisionReason::DailyCap);
    grant.settle(micros(100)).unwrap();
    assert_eq!(budget.status().unwrap().spent.micros(), 100);
    let request = DecisionRequest::new(0.1, micros(10)).with_key("once");
    let id = budget.decide(&request).unwrap().into_grant().unwrap().id();
    drop(budget);
    assert_eq!(place.open().decide(&request).unwrap().grant().unwrap().id(), id, "I9 across a restart");
}

#[test]
fn what_is_no_ledger_is_not_used() {
    let place = Place::new();
    fs::create_dir(place.ledger()).unwrap();
    assert_fails_closed(&place.open(), "could not open");
    fs::remove_dir(place.ledger()).unwrap();
    fs::write(place.ledger(), "no database at all, but long enough to be read as one".repeat(40)).unwrap();
    assert_fails_closed(&place.open(), "not a database");
    fs::remove_file(place.ledger()).unwrap();
    place.raw().execute_batch("CREATE TABLE notes (text TEXT)").unwrap();
    assert_fails_closed(&place.open(), "another program");
    let nowhere = Budget::open("/does/not/exist/ledger.db", BudgetPolicy::default()).unwrap();
    assert_fails_closed(&nowhere, "could not open");
}

#[test]
fn a_later_version_is_not_touched() {
    let place = Place::new();
    drop(granted(&place.open(), 1));
    place.raw().pragma_update(None, "user_version", 99).unwrap();
    assert_fails_closed(&place.open(), "version 99");
}

#[test]
fn a_ledger_that_is_locked_for_too_long_is_unavailable_and_then_works_again() {
    let place = Place::new();
    let budget = place.open();
    let grant = granted(&budget, 10);
    let other = place.raw();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let decision = ask(&budget, 1);
    assert_eq!(decision.reason(), DecisionReason::LedgerUnavailable);
    assert_eq!(grant.dispatched().unwrap_err().kind(), ErrorKind::Unavailable, "no durable row, no call");
    let dropped = granted_while_free(&place);
    drop(dropped);
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    grant.dispatched().unwrap();
    grant.settle(micros(5)).unwrap();
    assert_eq!(budget.status().unwrap().spent.micros(), 5);
    assert_clean(&budget);
}

/// A decision of a budget that can not reach the ledger has no grant to drop.
fn granted_while_free(place: &Place) -> Option<aion_core::Grant> {
    ask(&place.open(), 1).into_grant()
}

#[test]
fn a_grant_that_is_dropped_while_the_ledger_is_away_is_ended_later() {
    let place = Place::new();
    let budget = place.open();
    let grant = granted(&budget, 900);
    let other = place.raw();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    drop(grant);
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    granted(&budget, 900);
    assert_clean(&budget);
}

#[test]
fn a_ledger_that_is_removed_or_replaced_is_not_started_again() {
    let place = Place::new();
    let budget = place.open();
    drop(granted(&budget, 1_000));
    for suffix in ["", "-wal", "-shm"] {
        fs::remove_file(place.folder.path().join(format!("ledger.db{suffix}"))).unwrap();
    }
    assert_fails_closed(&budget, "removed or replaced");
    granted(&place.open(), 1);
    assert_fails_closed(&budget, "not to be trusted");
}

#[test]
fn a_ledger_behind_a_link_or_a_changed_directory_is_the_same_ledger() {
    let place = Place::new();
    granted(&place.open(), 100).dispatched().unwrap();
    let link = place.folder.path().join("link.db");
    std::os::unix::fs::symlink(place.ledger(), &link).unwrap();
    let linked = Budget::open(&link, policy(1_000, None)).unwrap();
    assert_eq!(linked.status().unwrap().spent.micros(), 100);
    drop(granted(&linked, 50));
    assert_clean(&linked);
}

#[test]
fn a_ledger_that_was_replaced_while_it_was_closed_is_noticed() {
    let place = Place::new();
    let budget = place.open();
    drop(granted(&budget, 1_000));
    fs::remove_file(place.folder.path().join("ledger.db-wal")).unwrap();
    assert_eq!(ask(&budget, 1).reason(), DecisionReason::LedgerUnavailable, "closed");
    fs::remove_file(place.ledger()).unwrap();
    assert_fails_closed(&budget, "another ledger");
}

#[test]
fn another_sqlite_in_this_process_that_takes_the_log_away_costs_nothing() {
    let place = Place::new();
    let budget = place.open();
    let grant = granted(&budget, 900);
    // What a second copy of SQLite does in this process when it closes the file: it moves the log into the
    // database and removes it, since locks of the same process do not stop it.
    let copy = fs::read(place.ledger()).unwrap();
    assert!(!copy.is_empty());
    place.raw().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    for suffix in ["-wal", "-shm"] {
        fs::remove_file(place.folder.path().join(format!("ledger.db{suffix}"))).unwrap();
    }
    assert_eq!(ask(&budget, 200).reason(), DecisionReason::LedgerUnavailable);
    assert_eq!(
        ask(&budget, 200).reason(),
        DecisionReason::DailyCap,
        "opened again, with all that was set aside"
    );
    grant.dispatched().unwrap();
    grant.settle(micros(900)).unwrap();
    assert_clean(&budget);
}

#[test]
fn books_that_do_not_add_up_are_not_used() {
    let place = Place::new();
    let budget = place.open();
    let grant = granted(&budget, 500);
    grant.dispatched().unwrap();
    grant.settle(micros(500)).unwrap();
    drop(budget);
    place.raw().execute_batch("UPDATE account SET captured = 0").unwrap();
    assert_fails_closed(&place.open(), "do not add up");
}

#[test]
fn sql_keeps_the_promises_too() {
    let place = Place::new();
    let budget = place.open();
    let grant = granted(&budget, 500);
    let raw = place.raw();
    for (sql, why) in [
        ("UPDATE account SET held = 1001", "CHECK"),
        ("UPDATE account SET captured = 501", "CHECK"),
        ("DELETE FROM account", "never deleted"),
        ("INSERT INTO account VALUES ('2020-01-01', 5, 0, 0, 0, 0)", "never older"),
        ("UPDATE grants SET state = 'settled'", "no such edge"),
        ("UPDATE grants SET hold = 1", "no such edge"),
        ("DELETE FROM journal", "only added to"),
        ("UPDATE journal SET captured = 1", "only added to"),
    ] {
        let error = raw.execute_batch(sql).unwrap_err().to_string();
        assert!(error.contains(why), "{sql}: {error}");
    }
    drop(raw);
    grant.dispatched().unwrap();
}

#[test]
fn the_grants_of_a_machine_that_was_started_again_are_ended() {
    let place = Place::new();
    let clock = Arc::new(TestClock::starting_at(MIDNIGHT + HOUR));
    let open = || Budget::open_with_clock(place.ledger(), policy(1_000, None), clock.clone()).unwrap();
    let before = open();
    let held = granted(&before, 300);
    let dispatched = granted(&before, 400);
    dispatched.dispatched().unwrap();
    clock.reboot(60_000);
    let after = open();
    assert_eq!(after.sweep().unwrap(), 1, "what was held is released at once");
    assert_eq!((after.status().unwrap().held.micros(), after.status().unwrap().spent.micros()), (400, 0));
    clock.pass(15 * 60_000);
    assert_eq!(after.sweep().unwrap(), 1, "what was dispatched is captured after the grace time");
    granted(&after, 600).release().unwrap();
    assert_eq!(after.status().unwrap().spent.micros(), 400);
    assert_eq!(held.dispatched().unwrap_err().kind(), ErrorKind::InvalidState);
    assert_eq!(dispatched.settle(micros(1)).unwrap_err().kind(), ErrorKind::InvalidState);
    clock.pass(DAY);
    assert_clean(&after);
}
