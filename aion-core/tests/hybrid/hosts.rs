//! What a host brings: its own paid model, its recorder, its runtime.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use aion_core::dataset::Message;
use aion_core::hybrid::{
    AnswerSource, Call, External, Failure, FailureKind, HybridAnswer, HybridDriver, Recorder, Reply, Usage,
};
use aion_core::{Budget, Control, Error, ErrorKind, Price, Result, Usd};

use crate::endpoint::{Endpoint, reply, usage};
use crate::support::{
    Fixed, LOCAL, QUESTION, ask, assert_spent, driver, hold, listen, once, openai, price, purse,
};

/// A paid model of the host's own.
struct Own<F>(F);

impl<F: Fn(&mut Call<'_>) -> Result<Reply, Failure> + Send + Sync> External for Own<F> {
    fn name(&self) -> &str {
        "own"
    }

    fn price(&self) -> Option<Price> {
        Some(price())
    }

    fn complete(&self, call: &mut Call<'_>) -> Result<Reply, Failure> {
        (self.0)(call)
    }
}

/// What comes of one call of a host's own client, and what was spent.
fn own(
    complete: impl Fn(&mut Call<'_>) -> Result<Reply, Failure> + Send + Sync + 'static,
    spent: Usd,
    what: &str,
) -> HybridAnswer {
    let budget = purse();
    let driver = HybridDriver::new(Arc::new(Fixed(0.1)), budget.clone(), Some(Arc::new(Own(complete))));
    let answer = ask(&driver, &once());
    assert_eq!(answer.cost_usd, spent, "{what}");
    assert_spent(&budget, spent, what);
    answer
}

#[test]
fn a_hosts_own_client_is_billed_by_the_same_rules() {
    let counted = Some(Usage { input_tokens: 3, output_tokens: 2 });
    let cost = price().cost(3, 2).unwrap();
    let say = move |call: &mut Call<'_>| {
        assert_eq!((call.max_tokens(), call.messages().len(), call.is_streamed()), (400, 2, false));
        call.depart()?;
        Ok(Reply::new("own words", counted))
    };
    assert_eq!(own(say, cost, "counted").text, "own words");
    let silent = |call: &mut Call<'_>| call.depart().map(|()| Reply::new("own words", None));
    assert_eq!(own(silent, hold(), "not counted").source, AnswerSource::Paid);
    let careless = move |_: &mut Call<'_>| Ok(Reply::new("own words", counted));
    own(careless, cost, "never departed, and answered");
    let refuse = |_: &mut Call<'_>| Err(Failure::new(FailureKind::Failed, "no route"));
    let answer = own(refuse, Usd::ZERO, "never departed, and failed");
    assert_eq!((answer.text.as_str(), answer.reason.name()), (LOCAL, "failed"));
    let lost = |call: &mut Call<'_>| {
        call.depart()?;
        Err(Failure::new(FailureKind::Failed, "gone"))
    };
    own(lost, hold(), "departed, and failed");
    let empty = move |call: &mut Call<'_>| call.depart().map(|()| Reply::new(" \n", counted));
    assert_eq!(own(empty, cost, "no text").reason.name(), "invalid_reply");
    let twice =
        |call: &mut Call<'_>| call.depart().and_then(|()| call.depart()).map(|()| Reply::new("x", None));
    assert_eq!(own(twice, Usd::ZERO, "departed twice").reason.name(), "not_dispatched");
}

/// A client whose grant somebody else ends before it leaves.
struct Overtaken(aion_core::hybrid::OpenAi, Budget);

impl External for Overtaken {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn price(&self) -> Option<Price> {
        self.0.price()
    }

    fn complete(&self, call: &mut Call<'_>) -> Result<Reply, Failure> {
        let journal = self.1.journal(0, 10).unwrap();
        let held = journal.last().and_then(|entry| entry.grant).unwrap();
        self.1.grant(held).unwrap().release().unwrap();
        self.0.complete(call)
    }
}

#[test]
fn what_the_ledger_does_not_take_down_is_not_sent() {
    let endpoint = Endpoint::new(|request| reply(request, "paid", &usage(10, 5)));
    let budget = purse();
    let paid = Arc::new(Overtaken(openai(&endpoint), budget.clone()));
    let answer = ask(&HybridDriver::new(Arc::new(Fixed(0.1)), budget.clone(), Some(paid)), &once());
    assert_eq!((answer.text.as_str(), answer.reason.name()), (LOCAL, "not_dispatched"));
    assert_eq!(endpoint.count(), 0, "a connection was made, and nothing was sent");
    assert_spent(&budget, Usd::ZERO, "overtaken");
}

#[test]
fn a_client_that_panics_costs_its_call_and_nothing_else() {
    let broken = |call: &mut Call<'_>| {
        call.depart()?;
        panic!("a bug of the host")
    };
    let answer = own(broken, hold(), "panicked");
    assert_eq!((answer.text.as_str(), answer.reason.name()), (LOCAL, "failed"));
}

#[test]
fn a_bill_above_what_was_set_aside_is_an_overrun() {
    let much = Some(Usage { input_tokens: 1_000_000, output_tokens: 2 });
    let say = move |call: &mut Call<'_>| call.depart().map(|()| Reply::new("dear", much));
    let bill = price().cost(1_000_000, 2).unwrap();
    assert!(bill > hold());
    own(say, bill, "overrun");
    let absurd = Some(Usage { input_tokens: u64::MAX, output_tokens: u64::MAX });
    let say = move |call: &mut Call<'_>| call.depart().map(|()| Reply::new("dear", absurd));
    own(say, hold(), "no amount");
}

/// Keeps what it gets, or fails as told.
#[derive(Default)]
struct Notes {
    kept: Mutex<Vec<(String, usize)>>,
    failure: Option<fn() -> Result<()>>,
}

impl Recorder for Notes {
    fn record(&self, answer: &HybridAnswer, messages: &[Message]) -> Result<()> {
        self.kept.lock().unwrap().push((answer.text.clone(), messages.len()));
        self.failure.map_or(Ok(()), |fail| fail())
    }
}

#[test]
fn every_answer_is_recorded_and_a_recorder_that_fails_loses_none() {
    let endpoint = Endpoint::new(|request| reply(request, "paid", &usage(10, 5)));
    let budget = purse();
    let notes = Arc::new(Notes::default());
    let recorded = driver(&endpoint, &budget).with_recorder(notes.clone());
    assert!(ask(&recorded, &once()).notes.is_empty());
    let local = HybridDriver::new(Arc::new(Fixed(0.9)), budget.clone(), None).with_recorder(notes.clone());
    ask(&local, &once());
    assert_eq!(*notes.kept.lock().unwrap(), [("paid".to_owned(), 2), (LOCAL.to_owned(), 2)]);
    let failures: [fn() -> Result<()>; 2] =
        [|| Err(Error::new(ErrorKind::Unavailable, "the disk is full")), || panic!("a bug of the host")];
    for failure in failures {
        let notes = Arc::new(Notes { failure: Some(failure), ..Notes::default() });
        let answer = ask(&driver(&endpoint, &budget).with_recorder(notes), &once());
        assert_eq!(answer.text, "paid");
        assert!(answer.notes[0].starts_with("the answer was not recorded: "), "{:?}", answer.notes);
    }
}

#[test]
fn pieces_come_with_their_source_and_the_caller_may_end_them() {
    let endpoint = Endpoint::new(|_| crate::endpoint::stream(&["Bra", "", "sí", "lia 😀"], &usage(10, 5)));
    let budget = purse();
    let driver = driver(&endpoint, &budget);
    let (answer, pieces) = listen(&driver, &once());
    let paid = |text: &str| ("paid".to_owned(), text.to_owned());
    assert_eq!(pieces, [paid("Bra"), paid("sí"), paid("lia 😀")]);
    assert_eq!(answer.text, "Brasília 😀");
    let before = budget.status().unwrap().spent;
    let mut stop = |_: AnswerSource, _: &str| ControlFlow::Break(());
    let cut = driver.answer(QUESTION, &once(), Some(&mut stop), &Control::default()).unwrap();
    assert_eq!((cut.text.as_str(), cut.source), ("Bra", AnswerSource::Paid));
    // Its conversation and the three bytes that came.
    let input = (hold().micros() - 400 * 20) / 10;
    let expected = price().cost(input.unsigned_abs(), 3).unwrap();
    assert_eq!(cut.cost_usd, expected);
    assert_eq!(budget.status().unwrap().spent.micros() - before.micros(), expected.micros());
}

#[test]
fn a_server_that_does_not_stream_is_heard_all_the_same() {
    let endpoint = Endpoint::new(|_| crate::endpoint::completion("whole", &usage(10, 5)));
    let (answer, pieces) = listen(&driver(&endpoint, &purse()), &once());
    assert_eq!((answer.text.as_str(), pieces), ("whole", vec![("paid".to_owned(), "whole".to_owned())]));
    let endpoint = Endpoint::new(|_| crate::endpoint::stream(&["stre", "amed"], &usage(10, 5)));
    assert_eq!(ask(&driver(&endpoint, &purse()), &once()).text, "streamed");
}

#[test]
fn it_works_inside_a_hosts_runtime() {
    let endpoint = Endpoint::new(|request| reply(request, "paid", &usage(10, 5)));
    let budget = purse();
    let driver = driver(&endpoint, &budget);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let answer = runtime.block_on(async { ask(&driver, &once()) });
    assert_eq!(answer.text, "paid");
}
