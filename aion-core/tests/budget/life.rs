//! The life of a grant, and every wrong use of one.

use aion_core::{Budget, DecisionReason, DecisionRequest, ErrorKind, GrantState, Usd};

use crate::clock::MIDNIGHT;
use crate::engine::{Bench, ask, assert_clean, granted, micros, policy};

fn spent_and_held(budget: &Budget) -> (i64, i64) {
    let status = budget.status().unwrap();
    (status.spent.micros(), status.held.micros())
}

#[test]
fn dropping_a_grant_does_what_is_safe() {
    for bench in Bench::all(MIDNIGHT) {
        let budget = bench.open(policy(1_000, None));
        drop(granted(&budget, 300));
        assert_eq!(spent_and_held(&budget), (0, 0), "a call that was not made costs nothing");
        let grant = granted(&budget, 300);
        grant.dispatched().unwrap();
        assert_eq!(budget.status().unwrap().dispatched.micros(), 300);
        drop(grant);
        assert_eq!(
            spent_and_held(&budget),
            (300, 0),
            "a call that may have been made costs all that was held"
        );
        let grant = granted(&budget, 300);
        grant.dispatched().unwrap();
        grant.settle(micros(100)).unwrap();
        grant.end().unwrap();
        drop(grant);
        assert_eq!(spent_and_held(&budget), (400, 0));
        let grant = granted(&budget, 300);
        grant.end().unwrap();
        assert_eq!(spent_and_held(&budget), (400, 0), "the same, by hand");
        assert_clean(&budget);
    }
}

#[test]
fn there_is_no_other_edge() {
    for bench in Bench::all(MIDNIGHT) {
        let budget = bench.open(policy(1_000, None));
        let refused = |outcome: aion_core::Result<()>| {
            assert_eq!(outcome.unwrap_err().kind(), ErrorKind::InvalidState);
        };
        let grant = granted(&budget, 100);
        refused(grant.settle(micros(50)).map(drop));
        grant.dispatched().unwrap();
        refused(grant.dispatched());
        refused(grant.release());
        grant.settle(micros(50)).unwrap();
        refused(grant.settle(micros(50)).map(drop));
        refused(grant.release());
        refused(grant.dispatched());
        let grant = granted(&budget, 100);
        grant.release().unwrap();
        refused(grant.release());
        refused(grant.dispatched());
        refused(grant.settle(micros(50)).map(drop));
        assert_eq!(spent_and_held(&budget), (50, 0));
        assert_clean(&budget);
    }
}

#[test]
fn a_grant_is_taken_up_by_its_name_and_only_in_its_ledger() {
    for bench in Bench::all(MIDNIGHT) {
        let budget = bench.open(policy(1_000, None));
        let grant = granted(&budget, 100);
        let found = budget.grant(grant.id().to_string().parse().unwrap()).unwrap();
        assert_eq!((found.held(), found.state().unwrap()), (micros(100), GrantState::Held));
        found.dispatched().unwrap();
        assert_eq!(grant.state().unwrap(), GrantState::Dispatched);
        drop(found);
        grant.settle(micros(1)).unwrap();
        let elsewhere = Budget::in_memory(policy(1_000, None)).unwrap();
        assert_eq!(elsewhere.grant(grant.id()).unwrap_err().kind(), ErrorKind::InvalidArgument);
        let mut never = grant.id().to_string();
        never.push_str("99");
        assert_eq!(budget.grant(never.parse().unwrap()).unwrap_err().kind(), ErrorKind::InvalidState);
        for name in
            ["no name", "+1-1", "0000000000000001--5", "0000000000000001-+1", "1-1", "0000000000000001-0"]
        {
            assert!(name.parse::<aion_core::GrantId>().is_err(), "{name}");
        }
    }
}

#[test]
fn a_confidence_that_is_none_is_refused() {
    for bench in Bench::all(MIDNIGHT) {
        let budget = bench.open(policy(1_000, None));
        for confidence in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
            let error = budget.decide(&DecisionRequest::new(confidence, Usd::ZERO)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        }
    }
}

#[test]
fn the_day_s_money_is_told_with_its_reasons() {
    for bench in Bench::all(MIDNIGHT) {
        let budget = bench.open(policy(1_000_000, Some(2)));
        let _first = granted(&budget, 600_000);
        let refused = ask(&budget, 600_000);
        assert_eq!(refused.reason(), DecisionReason::DailyCap);
        assert_eq!(
            refused.explanation(),
            "$0.60 of $1.00 are used or set aside on 2026-11-22 (UTC); $0.60 more would be too much. \
             It may be granted from 2026-11-23T00:00:00.000Z."
        );
        let second = ask(&budget, 1);
        assert!(second.explanation().contains("call 2 of 2 in this hour"), "{}", second.explanation());
        assert_eq!(ask(&budget, 1).reason(), DecisionReason::HourlyCap);
    }
}
