//! Calls that are stopped, from inside and from outside.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use aion_core::hybrid::{AnswerSource, HybridDriver, OpenAi};
use aion_core::{Budget, CancelToken, Control, ErrorKind, Usd};

use crate::endpoint::{Endpoint, STREAM_HEAD, event, then_silence};
use crate::support::{
    Fixed, LOCAL, QUESTION, assert_spent, driver, hold, once, openai_options, policy, price, purse,
};

/// Waits until `is_so`, and fails if that does not come.
fn wait_until(is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(60), "it never came");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_cancelled_call_ends_soon_and_is_paid_for() {
    let endpoint = Arc::new(Endpoint::new(|_| then_silence("")));
    let budget = purse();
    let driver = driver(&endpoint, &budget);
    let token = CancelToken::new();
    let control = Control::default().with_cancel(token.clone());
    let cancelled = thread::scope(|scope| {
        scope.spawn(|| {
            wait_until(|| endpoint.count() == 1);
            token.cancel();
        });
        driver.answer(QUESTION, &once(), None, &control).unwrap_err()
    });
    assert_eq!(cancelled.kind(), ErrorKind::Cancelled);
    assert_spent(&budget, hold(), "a call that is not streamed may be billed in full");
}

#[test]
fn a_cancelled_stream_is_paid_for_as_far_as_it_came() {
    let endpoint = Endpoint::new(|_| then_silence([STREAM_HEAD, &event("abc")].concat()));
    let budget = purse();
    let driver = driver(&endpoint, &budget);
    let token = CancelToken::new();
    let control = Control::default().with_cancel(token.clone());
    let mut cancel = |_: AnswerSource, _: &str| {
        token.cancel();
        std::ops::ControlFlow::Continue(())
    };
    let error = driver.answer(QUESTION, &once(), Some(&mut cancel), &control).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    let input = (hold().micros() - 400 * 20) / 10;
    assert_spent(&budget, price().cost(input.unsigned_abs(), 3).unwrap(), "input and what came");
}

#[test]
fn a_deadline_gives_the_local_answer_in_time() {
    let endpoint = Endpoint::new(|_| then_silence(""));
    let budget = purse();
    let control = Control::default().with_timeout(Duration::from_millis(1500));
    let started = Instant::now();
    let answer = driver(&endpoint, &budget).answer(QUESTION, &once(), None, &control).unwrap();
    assert!(started.elapsed() < Duration::from_secs(9), "it waited for the provider's time-out");
    assert_eq!((answer.text.as_str(), answer.reason.name()), (LOCAL, "stopped"));
    assert_spent(&budget, hold(), "deadline");
    let late = Control::default().with_timeout(Duration::ZERO);
    let error = driver(&endpoint, &budget).answer(QUESTION, &once(), None, &late).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded, "there is no answer yet");
    assert_eq!(endpoint.count(), 1);
}

/// The variables of a child: the port of the endpoint and the file of the ledger.
const PORT: &str = "AION_TEST_PORT";
const LEDGER: &str = "AION_TEST_LEDGER";

/// The child of the test below: it asks an endpoint that never answers.
#[test]
#[ignore = "the child of another test"]
#[expect(clippy::disallowed_methods, reason = "the tests are a host, and a host reads its environment")]
fn child_that_asks() {
    let (Ok(port), Ok(ledger)) = (std::env::var(PORT), std::env::var(LEDGER)) else { return };
    let mut options = aion_core::hybrid::OpenAiOptions::default();
    options.base_url = format!("http://127.0.0.1:{port}/v1");
    options.price = Some(price());
    let paid = Arc::new(OpenAi::new(options).unwrap());
    let budget = Budget::open(ledger, policy()).unwrap();
    let driver = HybridDriver::new(Arc::new(Fixed(0.1)), budget, Some(paid));
    driver.answer(QUESTION, &once(), None, &Control::default()).unwrap();
}

#[test]
fn a_killed_process_leaves_its_money_in_the_ledger() {
    let endpoint = Endpoint::new(|_| then_silence(""));
    let directory = tempfile::tempdir().unwrap();
    let ledger = directory.path().join("purse.db");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "life::child_that_asks", "--ignored"])
        .env(PORT, endpoint.port.to_string())
        .env(LEDGER, &ledger)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    wait_until(|| endpoint.count() == 1);
    child.kill().unwrap();
    child.wait().unwrap();
    let mut policy = policy();
    let reopened = Budget::open(&ledger, policy.clone()).unwrap();
    let status = reopened.status().unwrap();
    assert_eq!((status.spent, status.dispatched, status.held), (Usd::ZERO, hold(), hold()));
    assert_eq!(reopened.sweep().unwrap(), 0, "its call may still be under way");
    policy.grace = Duration::ZERO;
    let later = Budget::open(&ledger, policy).unwrap();
    assert_eq!(later.sweep().unwrap(), 1);
    assert_spent(&later, hold(), "captured in full");
}

#[test]
fn fifty_threads_never_spend_more_than_the_cap() {
    // Each call is billed at its hold: as many as the cap has room for.
    let input = (hold().micros() - 400 * 20) / 10;
    let endpoint = Endpoint::new(move |request| {
        thread::sleep(Duration::from_millis(5));
        crate::endpoint::reply(request, "paid", &crate::endpoint::usage(input.unsigned_abs(), 400))
    });
    let mut policy = policy();
    policy.daily_usd = Usd::from_micros(hold().micros() * 37 + 5).unwrap();
    policy.patience = Duration::from_secs(60);
    let directory = tempfile::tempdir().unwrap();
    let ledger = directory.path().join("purse.db");
    // Two budgets of one file, as two processes have.
    let budgets = [(); 2].map(|()| Budget::open(&ledger, policy.clone()).unwrap());
    let paid = Arc::new(OpenAi::new(openai_options(&endpoint)).unwrap());
    let drivers: Vec<_> = budgets
        .iter()
        .map(|budget| HybridDriver::new(Arc::new(Fixed(0.2)), budget.clone(), Some(paid.clone())))
        .collect();
    let answers: Vec<_> = thread::scope(|scope| {
        let ask = |n: usize| {
            let driver = &drivers[n % 2];
            move || driver.answer(QUESTION, &once(), None, &Control::default()).unwrap()
        };
        let asked: Vec<_> = (0..50).map(|n| scope.spawn(ask(n))).collect();
        asked.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let paid = answers.iter().filter(|answer| answer.source == AnswerSource::Paid).count();
    assert_eq!((paid, endpoint.count()), (37, 37), "as the endpoint counts");
    let refused = answers.iter().filter(|answer| answer.reason.name() == "daily_cap").count();
    assert_eq!(refused, 13);
    assert_spent(&budgets[0], Usd::from_micros(hold().micros() * 37).unwrap(), "the cap");
}
