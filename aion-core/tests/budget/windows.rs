//! Windows of money under clocks of every kind (I8).

use aion_core::{AfterReboot, Budget, ClockState, DecisionReason};

use crate::clock::{DAY, HOUR, MIDNIGHT};
use crate::engine::{Bench, ask, assert_clean, granted, micros, policy};

fn spend(budget: &Budget, cost: i64) {
    let grant = granted(budget, cost);
    grant.dispatched().unwrap();
    grant.settle(micros(cost)).unwrap();
}

fn window(budget: &Budget) -> String {
    budget.status().unwrap().window
}

#[test]
fn a_new_day_has_new_money_and_old_grants_stay_in_theirs() {
    for bench in Bench::all(MIDNIGHT + 23 * HOUR) {
        let budget = bench.open(policy(1_000, None));
        let late = granted(&budget, 900);
        assert_eq!(ask(&budget, 200).reason(), DecisionReason::DailyCap);
        bench.clock.pass(HOUR);
        assert_eq!(budget.status().unwrap().remaining.micros(), 1_000);
        spend(&budget, 950);
        late.dispatched().unwrap();
        late.settle(micros(900)).unwrap();
        assert_eq!(budget.status().unwrap().spent.micros(), 950);
        assert_clean(&budget);
    }
}

#[test]
fn days_are_those_of_the_zone_and_its_summer_time() {
    let lisbon = |bench: &Bench| {
        let mut policy = policy(1_000, None);
        policy.timezone = "Europe/Lisbon".into();
        bench.open(policy)
    };
    // 2026-10-24T22:30Z is 23:30 in Lisbon; the next day has 25 hours.
    for bench in Bench::all(1_792_881_000_000) {
        let budget = lisbon(&bench);
        spend(&budget, 1_000);
        bench.clock.pass(HOUR);
        assert_eq!(window(&budget), "2026-10-25");
        spend(&budget, 1_000);
        bench.clock.pass(24 * HOUR);
        assert_eq!(ask(&budget, 1).reason(), DecisionReason::DailyCap, "the day is not over after 24 hours");
        bench.clock.pass(HOUR);
        spend(&budget, 1_000);
        assert_eq!(window(&budget), "2026-10-26");
    }
}

#[test]
fn a_clock_that_is_set_back_stays_in_the_newest_window() {
    for bench in Bench::all(MIDNIGHT + HOUR) {
        let budget = bench.open(policy(1_000, None));
        spend(&budget, 1_000);
        bench.clock.step(-2 * DAY);
        for _ in 0..3 {
            assert_eq!(ask(&budget, 1).reason(), DecisionReason::DailyCap);
            assert_eq!(budget.status().unwrap().clock, ClockState::Behind);
            assert_eq!(window(&budget), "2026-11-22");
            bench.clock.pass(20 * HOUR);
        }
        bench.clock.pass(12 * HOUR);
        assert_eq!(window(&budget), "2026-11-23", "the wall clock has caught up");
        spend(&budget, 1_000);
        assert_clean(&budget);
    }
}

#[test]
fn a_clock_that_jumps_ahead_opens_no_window_until_it_is_confirmed() {
    for bench in Bench::all(MIDNIGHT + HOUR) {
        let budget = bench.open(policy(1_000, None));
        spend(&budget, 900);
        bench.clock.step(2 * DAY);
        assert_eq!(budget.status().unwrap().clock, ClockState::Ahead);
        assert_eq!(ask(&budget, 200).reason(), DecisionReason::DailyCap, "still the old day's money");
        spend(&budget, 50);
        bench.clock.pass(DAY);
        let refused = ask(&budget, 1);
        assert_eq!(refused.reason(), DecisionReason::ClockSuspect);
        assert!(refused.explanation().contains("confirm it"), "{}", refused.explanation());
        budget.confirm_clock().unwrap();
        assert_eq!(window(&budget), "2026-11-25");
        spend(&budget, 1_000);
        bench.clock.step(-2 * DAY);
        assert_eq!(ask(&budget, 1).reason(), DecisionReason::DailyCap, "days never come back");
        assert_clean(&budget);
    }
}

#[test]
fn a_clock_that_comes_back_needs_no_confirmation() {
    for bench in Bench::all(MIDNIGHT + HOUR) {
        let budget = bench.open(policy(1_000, Some(1)));
        spend(&budget, 1_000);
        bench.clock.step(2 * DAY);
        assert_eq!(ask(&budget, 0).reason(), DecisionReason::HourlyCap, "no hour has passed");
        bench.clock.pass(DAY);
        bench.clock.step(-2 * DAY);
        spend(&budget, 1_000);
        assert_eq!(window(&budget), "2026-11-23");
    }
}

#[test]
fn after_a_reboot_the_policy_decides() {
    for (after_reboot, reason, basis) in [
        (AfterReboot::TrustWall, DecisionReason::Granted, "trust_wall"),
        (AfterReboot::Strict, DecisionReason::ClockSuspect, "strict"),
    ] {
        for bench in Bench::all(MIDNIGHT + 20 * HOUR) {
            let mut policy = policy(1_000, None);
            policy.after_reboot = after_reboot;
            let budget = bench.open(policy.clone());
            spend(&budget, 1_000);
            bench.clock.reboot(8 * HOUR);
            let budget = if bench.is_durable() { bench.open(policy) } else { budget };
            if after_reboot == AfterReboot::Strict {
                assert_eq!(
                    ask(&budget, 1).reason(),
                    DecisionReason::DailyCap,
                    "no time is known to have passed"
                );
                bench.clock.pass(5 * HOUR);
            }
            let decision = ask(&budget, 1);
            assert_eq!(decision.reason(), reason, "{}", decision.explanation());
            assert!(decision.record().to_json().contains(&format!(r#""basis":"{basis}""#)));
            budget.confirm_clock().unwrap();
            granted(&budget, 1);
            assert_clean(&budget);
        }
    }
}

#[test]
fn suspend_is_time_that_passes() {
    for bench in Bench::all(MIDNIGHT + 20 * HOUR) {
        let budget = bench.open(policy(1_000, None));
        spend(&budget, 1_000);
        bench.clock.pass(10 * DAY);
        spend(&budget, 1_000);
        assert_eq!(window(&budget), "2026-12-02");
    }
}
