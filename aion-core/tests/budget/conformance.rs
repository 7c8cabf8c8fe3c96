//! What every engine must do, promise by promise.

use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;

use aion_core::{
    BudgetPolicy, DecisionReason, DecisionRequest, DecisionVerdict, ErrorKind, JournalEdge, Price, Usd,
};

use crate::clock::{DAY, HOUR, MIDNIGHT};
use crate::engine::{Bench, ask, assert_clean, granted, micros, policy};

#[test]
fn i1_threads_together_never_pass_the_cap() {
    for bench in Bench::all(MIDNIGHT) {
        let budget = bench.open(policy(10_000, None));
        let spent = AtomicI64::new(0);
        thread::scope(|scope| {
            for worker in 0..8 {
                let (budget, spent) = (&budget, &spent);
                scope.spawn(move || {
                    for call in 0..40 {
                        let hold = 30 + (worker * 7 + call * 13) % 50;
                        let Some(grant) = ask(budget, hold).into_grant() else { continue };
                        grant.dispatched().unwrap();
                        let actual = hold - call % 3;
                        grant.settle(micros(actual)).unwrap();
                        spent.fetch_add(actual, Ordering::Relaxed);
                    }
                });
            }
        });
        let status = budget.status().unwrap();
        assert_eq!(status.spent.micros(), spent.into_inner());
        assert!(status.spent.micros() <= 10_000 && status.spent.micros() > 9_900, "{status:?}");
        assert_eq!((status.held, status.overrun), (Usd::ZERO, Usd::ZERO));
        assert_clean(&budget);
    }
}

#[test]
fn i3_without_a_bound_nothing_is_paid() {
    for bench in Bench::all(MIDNIGHT) {
        let budget = bench.open(BudgetPolicy::default());
        let price = Price::new(Usd::at_least("2.5").unwrap(), Usd::at_least("10").unwrap());
        let bound = price.upper_bound(1_000, None).unwrap();
        let decision = budget.decide(&DecisionRequest::new(0.1, bound)).unwrap();
        assert_eq!(
            (decision.verdict(), decision.reason()),
            (DecisionVerdict::Local, DecisionReason::UnknownPrice)
        );
        let bound = price.upper_bound(1_000, Some(400)).unwrap();
        assert_eq!(bound, Some(Usd::at_least("0.0065").unwrap()));
        assert_eq!(
            budget.decide(&DecisionRequest::new(0.1, bound)).unwrap().verdict(),
            DecisionVerdict::Fallback
        );
    }
}

#[test]
fn i4_a_bill_above_the_hold_is_recorded_and_takes_from_the_rest() {
    for bench in Bench::all(MIDNIGHT) {
        let budget = bench.open(policy(1_000, None));
        let grant = granted(&budget, 800);
        grant.dispatched().unwrap();
        let settlement = grant.settle(micros(1_100)).unwrap();
        assert_eq!((settlement.captured.micros(), settlement.overrun.micros()), (1_100, 300));
        let status = budget.status().unwrap();
        assert_eq!((status.spent.micros(), status.overrun.micros()), (1_100, 300));
        assert_eq!(status.remaining, Usd::ZERO);
        assert_eq!(ask(&budget, 0).reason(), DecisionReason::DailyCap);
        assert_clean(&budget);
    }
}

#[test]
fn i5_an_hour_is_any_hour() {
    for bench in Bench::all(MIDNIGHT) {
        let budget = bench.open(policy(1_000_000, Some(3)));
        let mut grants = Vec::new();
        for minute in [0, 20, 40] {
            bench.clock.pass(if minute == 0 { 0 } else { 20 * 60_000 });
            grants.push(granted(&budget, 1));
        }
        bench.clock.pass(20 * 60_000 - 1);
        let refused = ask(&budget, 1);
        assert_eq!(refused.reason(), DecisionReason::HourlyCap);
        assert!(refused.record().to_json().contains(r#""next_allowed_at":"2026-11-22T01:00:00.000Z""#));
        bench.clock.pass(1);
        grants.push(granted(&budget, 1));
        assert_eq!(ask(&budget, 1).reason(), DecisionReason::HourlyCap);
        grants.pop().unwrap().release().unwrap();
        assert_eq!(budget.status().unwrap().fallbacks_last_hour, 2, "what was released was no call");
        granted(&budget, 1);
    }
}

#[test]
fn i6_a_stream_that_is_cancelled_costs_what_was_received() {
    for bench in Bench::all(MIDNIGHT) {
        let budget = bench.open(BudgetPolicy::default());
        let price = Price::new(Usd::at_least("2.5").unwrap(), Usd::at_least("10").unwrap());
        let hold = price.upper_bound(1_000, Some(400)).unwrap().unwrap();
        let decision = budget.decide(&DecisionRequest::new(0.1, hold)).unwrap();
        let grant = decision.grant().unwrap();
        grant.dispatched().unwrap();
        let received = price.cost(1_000, 57).unwrap();
        let settlement = grant.settle(received).unwrap();
        assert!(settlement.captured >= price.cost(1_000, 0).unwrap() && settlement.captured <= hold);
        assert_eq!(settlement.overrun, Usd::ZERO);
    }
}

#[test]
fn i9_a_key_gives_its_answer_again() {
    for bench in Bench::all(MIDNIGHT) {
        let budget = bench.open(policy(1_000, None));
        let request = DecisionRequest::new(0.1, micros(600)).with_key("job 7");
        let first = budget.decide(&request).unwrap();
        let again = budget.decide(&request).unwrap();
        let id = first.grant().unwrap().id();
        assert_eq!(again.grant().unwrap().id(), id);
        assert_eq!(again.record().to_json(), first.record().to_json());
        drop(again);
        assert_eq!(budget.status().unwrap().held.micros(), 600, "another handle does not end the grant");
        let other = DecisionRequest::new(0.1, micros(601)).with_key("job 7");
        assert_eq!(budget.decide(&other).unwrap_err().kind(), ErrorKind::Conflict);
        let refused = DecisionRequest::new(0.1, micros(600)).with_key("job 8");
        assert_eq!(budget.decide(&refused).unwrap().reason(), DecisionReason::DailyCap);
        first.into_grant().unwrap().release().unwrap();
        assert_eq!(
            budget.decide(&refused).unwrap().reason(),
            DecisionReason::DailyCap,
            "a refusal is an answer too"
        );
        assert_eq!(budget.decide(&request).unwrap().grant().unwrap().id(), id);
        let confident = DecisionRequest::new(0.9, micros(1)).with_key("job 9");
        assert_eq!(budget.decide(&confident).unwrap().reason(), DecisionReason::Confident);
        bench.clock.pass(8 * DAY);
        budget.sweep().unwrap();
        assert_eq!(
            budget.decide(&refused).unwrap().reason(),
            DecisionReason::Granted,
            "keys are kept for a week"
        );
    }
}

#[test]
fn the_journal_tells_the_story() {
    for bench in Bench::all(MIDNIGHT + 3 * HOUR) {
        let budget = bench.open(policy(1_000, None));
        let grant = granted(&budget, 500);
        grant.dispatched().unwrap();
        grant.settle(micros(200)).unwrap();
        granted(&budget, 100).release().unwrap();
        let dropped = granted(&budget, 50);
        dropped.dispatched().unwrap();
        drop(dropped);
        use JournalEdge::{Dispatched, Held, Lost, Released, Settled};
        let journal = budget.journal(0, 100).unwrap();
        let edges: Vec<_> = journal.iter().map(|entry| entry.edge).collect();
        assert_eq!(edges, [Held, Dispatched, Settled, Held, Released, Held, Dispatched, Lost]);
        assert_eq!(journal[0].at, "2026-11-22T03:00:00.000Z");
        assert_eq!((journal[2].captured_micros, journal[2].dispatched_micros), (200, -500));
        assert_eq!(journal[0].grant, Some(grant.id()));
        let why = journal[0].record.as_ref().unwrap();
        assert_eq!((why.reason(), journal[1].record.is_none()), (DecisionReason::Granted, true));
        let rest = budget.journal(journal[5].line, 2).unwrap();
        assert_eq!(rest.iter().map(|entry| entry.edge).collect::<Vec<_>>(), [Dispatched, Lost]);
    }
}

#[test]
fn a_long_journal_is_audited_whole() {
    for bench in Bench::all(MIDNIGHT) {
        let budget = bench.open(policy(1_000_000_000, None));
        let count = if bench.is_durable() { 60 } else { 20_000 };
        for call in 0..count {
            let grant = granted(&budget, 100);
            grant.dispatched().unwrap();
            grant.settle(micros(call % 90)).unwrap();
            bench.clock.pass(20_000);
        }
        assert_clean(&budget);
        let sum: i64 = (0..count).map(|call| call % 90).sum();
        let journal = budget.journal(0, usize::MAX).unwrap();
        assert_eq!(journal.len() as i64, (count * 3).min(10_000));
        if bench.is_durable() {
            assert_eq!(budget.status().unwrap().spent.micros(), sum);
        }
    }
}
