//! What is tried again, each time with money of its own.

use std::time::Duration;

use aion_core::hybrid::{AnswerSource, HybridOptions};
use aion_core::{Budget, Usd};
use serde_json::json;

use crate::endpoint::{Answer, Endpoint, json_of, reply, response, usage};
use crate::support::{LOCAL, ask, assert_spent, driver, hold, policy, price, purse};

/// Refuses so often as `refuse` tells, and then answers.
fn after(times: usize, refuse: fn() -> Answer) -> Endpoint {
    Endpoint::new(move |request| match request.before < times {
        true => refuse(),
        false => reply(request, "paid", &usage(10, 5)),
    })
}

fn quick() -> HybridOptions {
    HybridOptions::default()
}

#[test]
fn what_passes_is_tried_again_and_each_try_is_paid_for() {
    let cost = price().cost(10, 5).unwrap();
    let refusals: [(fn() -> Answer, Usd); 3] = [
        (|| response(503, "text/plain", &[], ""), Usd::ZERO),
        (|| json_of(429, &["Retry-After: 0"], &json!({"error": {"code": "rate_limit_exceeded"}})), Usd::ZERO),
        // Nobody knows whether a 500 is billed.
        (|| response(500, "text/plain", &[], "oh"), hold()),
    ];
    for (refuse, lost) in refusals {
        let (endpoint, budget) = (after(1, refuse), purse());
        let answer = ask(&driver(&endpoint, &budget), &quick());
        assert_eq!((answer.text.as_str(), answer.source), ("paid", AnswerSource::Paid));
        assert_eq!(answer.reason.name(), "granted");
        let [first, second] = &answer.attempts[..] else { panic!("{:?}", answer.attempts) };
        assert_ne!(first.grant, second.grant);
        assert!(first.failure.is_some() && second.failure.is_none());
        assert_eq!((first.cost_usd, second.cost_usd), (lost, cost));
        assert_spent(&budget, answer.cost_usd, "retried");
    }
}

#[test]
fn tries_have_an_end() {
    let (endpoint, budget) = (after(99, || response(503, "text/plain", &[], "")), purse());
    let answer = ask(&driver(&endpoint, &budget), &quick());
    assert_eq!((answer.text.as_str(), answer.reason.name()), (LOCAL, "server_error"));
    assert_eq!((answer.attempts.len(), endpoint.count()), (3, 3));
    let gap = |requests: &[crate::endpoint::Request], n: usize| requests[n + 1].at - requests[n].at;
    let requests = endpoint.requests();
    assert!(
        gap(&requests, 0) >= Duration::from_millis(250) && gap(&requests, 1) >= Duration::from_millis(500)
    );
    assert_spent(&budget, Usd::ZERO, "given up");
}

#[test]
fn a_provider_is_given_the_time_that_it_asks_for() {
    let refuse: fn() -> Answer = || json_of(429, &["Retry-After: 2"], &json!({}));
    let (endpoint, budget) = (after(1, refuse), purse());
    assert_eq!(ask(&driver(&endpoint, &budget), &quick()).text, "paid");
    let requests = endpoint.requests();
    assert!(requests[1].at - requests[0].at >= Duration::from_secs(2));
    // Longer than anybody waits, or than the deadline.
    let refuse: fn() -> Answer = || json_of(429, &["Retry-After: 3600"], &json!({}));
    let (endpoint, budget) = (after(1, refuse), purse());
    let answer = ask(&driver(&endpoint, &budget), &quick());
    assert_eq!((answer.text.as_str(), answer.reason.name(), endpoint.count()), (LOCAL, "rate_limited", 1));
    let refuse: fn() -> Answer = || json_of(429, &["Retry-After: 8"], &json!({}));
    let (endpoint, budget) = (after(1, refuse), purse());
    let control = aion_core::Control::default().with_timeout(Duration::from_secs(5));
    let answer = driver(&endpoint, &budget).answer("Quem?", &quick(), None, &control).unwrap();
    assert_eq!((answer.text.as_str(), answer.reason.name(), endpoint.count()), (LOCAL, "rate_limited", 1));
}

#[test]
fn what_does_not_pass_is_not_tried_again() {
    let refusals: [fn() -> Answer; 6] = [
        || json_of(401, &[], &json!({})),
        || json_of(404, &[], &json!({})),
        || json_of(400, &[], &json!({})),
        || json_of(429, &[], &json!({"error": {"code": "insufficient_quota", "message": "no credit"}})),
        || response(200, "text/html", &[], "<html>"),
        || response(200, "application/json", &[], "{"),
    ];
    for refuse in refusals {
        let (endpoint, budget) = (after(1, refuse), purse());
        let answer = ask(&driver(&endpoint, &budget), &quick());
        assert_eq!((answer.text.as_str(), endpoint.count()), (LOCAL, 1), "{:?}", answer.attempts);
    }
}

#[test]
fn a_retry_that_the_budget_refuses_is_not_made() {
    let mut policy = policy();
    policy.max_fallbacks_per_hour = Some(1);
    let budget = Budget::in_memory(policy).unwrap();
    let endpoint = after(1, || response(503, "text/plain", &[], ""));
    let answer = ask(&driver(&endpoint, &budget), &quick());
    assert_eq!((answer.text.as_str(), answer.reason.name(), endpoint.count()), (LOCAL, "server_error", 1));
    assert!(answer.notes[0].contains("not asked again"), "{:?}", answer.notes);
    assert_eq!(answer.decision.unwrap().reason().name(), "granted", "the decision is that of the call");
}
