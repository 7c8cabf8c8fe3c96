//! A paid call through the purse: decided, dispatched and settled, in memory and in a file beside bare SQLite.

#![expect(clippy::print_stdout, reason = "Criterion can not compare two things turn by turn")]

use std::time::Instant;

use aion_benches::{Outcome, path};
use aion_core::{Budget, BudgetPolicy, DecisionRequest, Usd};
use criterion::{Criterion, Throughput};
use rusqlite::Connection;

/// Turns of each side; a disk has moods, so the median of many short turns tells more than one long one.
const TURNS: usize = 41;
/// Paid calls a turn, of three transactions each.
const CALLS: usize = 50;

fn main() -> Outcome {
    let mut policy = BudgetPolicy::default();
    (policy.daily_usd, policy.max_fallbacks_per_hour) = (Usd::MAX, None);
    let mut criterion = Criterion::default().configure_from_args();
    let budget = Budget::in_memory(policy.clone())?;
    let mut group = criterion.benchmark_group("budget in memory");
    group.throughput(Throughput::Elements(1));
    group.bench_function("decide, dispatched, settle", |bench| {
        bench.iter(|| paid_call(&budget).expect("there is money"));
    });
    group.finish();
    criterion.final_summary();
    beside_bare_sqlite(policy)
}

fn paid_call(budget: &Budget) -> aion_core::Result<()> {
    let decision = budget.decide(&DecisionRequest::new(0.3, Usd::from_micros(100)?))?;
    if let Some(grant) = decision.grant() {
        grant.dispatched()?;
        grant.settle(Usd::from_micros(42)?)?;
    }
    Ok(())
}

/// Durable transactions a second, and those of the least that SQLite can do, turn by turn.
fn beside_bare_sqlite(policy: BudgetPolicy) -> Outcome {
    let folder = path("target/bench/budget");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let budget = Budget::open(folder.join("ledger.db"), policy)?;
    let bare = Connection::open(folder.join("bare.db"))?;
    bare.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE counter (id INTEGER PRIMARY KEY, value INTEGER); INSERT INTO counter VALUES (1, 0);",
    )?;
    paid_call(&budget)?;
    let mut turns = Vec::new();
    for _ in 0..TURNS {
        let started = Instant::now();
        for _ in 0..3 * CALLS {
            bare.execute_batch("BEGIN IMMEDIATE; UPDATE counter SET value = value + 1; COMMIT")?;
        }
        let theirs = started.elapsed().as_secs_f64();
        let started = Instant::now();
        for _ in 0..CALLS {
            paid_call(&budget)?;
        }
        turns.push((theirs, started.elapsed().as_secs_f64()));
    }
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let transactions = (3 * CALLS) as f64;
    let theirs = transactions / median(turns.iter().map(|turn| turn.0).collect());
    let ours = transactions / median(turns.iter().map(|turn| turn.1).collect());
    let ratio = median(turns.iter().map(|(theirs, ours)| theirs / ours).collect());
    println!(
        "budget in a file: {ours:.0} durable transactions/s, bare SQLite {theirs:.0}; ratio {ratio:.2} (median of {TURNS} turns)"
    );
    Ok(())
}
