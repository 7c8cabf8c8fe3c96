//! Who answers, and what the paid model is told.

use std::sync::Arc;

use aion_core::dataset::{Message, Role};
use aion_core::generate::{LocalModel, LocalModelOptions};
use aion_core::hybrid::{AnswerSource, HybridAnswer, HybridDriver, HybridOptions, OpenAi};
use aion_core::{Budget, BudgetPolicy, Control, DecisionVerdict, ErrorKind, Usd};

use crate::endpoint::{Endpoint, reply, usage};
use crate::support::{
    Failing, Fixed, KEY, LOCAL, QUESTION, ask, assert_no_key, assert_spent, driver, hold, listen, once,
    openai, openai_options, policy, price, purse,
};

const PAID: &str = "A capital do Brasil é Brasília.";

fn good() -> Endpoint {
    Endpoint::new(|request| reply(request, PAID, &usage(40, 9)))
}

#[test]
fn a_confident_local_answer_asks_nobody() {
    let (endpoint, budget) = (good(), purse());
    let driver = HybridDriver::new(Arc::new(Fixed(0.62)), budget.clone(), Some(Arc::new(openai(&endpoint))));
    let answer = ask(&driver, &once());
    assert_eq!(
        (answer.text.as_str(), answer.source, answer.reason.name()),
        (LOCAL, AnswerSource::Local, "confident")
    );
    assert_eq!(answer.decision.as_ref().unwrap().reason().verdict(), DecisionVerdict::Local);
    assert!(answer.attempts.is_empty() && answer.cost_usd == Usd::ZERO && endpoint.count() == 0);
    assert_spent(&budget, Usd::ZERO, "confident");
}

#[test]
fn an_unsure_one_is_paid_for_at_what_the_provider_counted() {
    for is_streamed in [false, true] {
        let (endpoint, budget) = (good(), purse());
        let driver = driver(&endpoint, &budget);
        let answer = if is_streamed { listen(&driver, &once()).0 } else { ask(&driver, &once()) };
        assert_eq!(
            (answer.text.as_str(), answer.source, answer.reason.name()),
            (PAID, AnswerSource::Paid, "granted")
        );
        assert_eq!((answer.confidence, answer.cost_usd), (0.2, price().cost(40, 9).unwrap()));
        assert_eq!((answer.attempts.len(), answer.attempts[0].held_usd), (1, hold()));
        assert_eq!(answer.decision.as_ref().unwrap().reason().verdict(), DecisionVerdict::Fallback);
        assert!(answer.notes.is_empty(), "{:?}", answer.notes);
        assert_spent(&budget, answer.cost_usd, "granted");
        assert_no_key(&answer, &driver);
        let request = &endpoint.requests()[0];
        assert!(request.head.starts_with("post /v1/chat/completions http/1.1\r\n"), "{}", request.head);
        for header in
            [&format!("authorization: bearer {KEY}"), "openai-project: proj_test", "user-agent: aion/"]
        {
            assert!(request.head.contains(header), "{}", request.head);
        }
        let body = &request.body;
        assert_eq!((&body["model"], &body["max_tokens"]), (&"paid-model".into(), &400.into()));
        assert_eq!(body["messages"][1], serde_json::json!({"role": "user", "content": QUESTION}));
        assert_eq!(body["messages"][0]["role"], "system");
        assert_eq!(body["stream_options"]["include_usage"].as_bool(), is_streamed.then_some(true));
    }
}

#[test]
fn a_conversation_goes_out_as_it_is_and_its_limit_by_either_name() {
    let (endpoint, budget) = (good(), {
        let mut policy = policy();
        policy.max_tokens_per_reply = 77;
        Budget::in_memory(policy).unwrap()
    });
    let mut options = openai_options(&endpoint);
    options.max_completion_tokens = true;
    let paid = Arc::new(OpenAi::new(options).unwrap());
    let driver = HybridDriver::new(Arc::new(Fixed(0.0)), budget, Some(paid));
    let messages = [(Role::User, "a"), (Role::Assistant, "b"), (Role::User, "c")];
    let messages = messages.map(|(role, content)| Message::new(role, content));
    driver.answer(&messages[..], &once(), None, &Control::default()).unwrap();
    let body = &endpoint.requests()[0].body;
    assert_eq!(body["messages"].as_array().unwrap().len(), 3);
    assert_eq!(body["max_completion_tokens"], 77);
    assert!(body.get("max_tokens").is_none() && body["stream"] == false, "{body}");
}

#[test]
fn what_the_budget_refuses_is_answered_locally_with_its_reason() {
    let endpoint = good();
    type Change = fn(&mut BudgetPolicy);
    let refused = |change: Change| {
        let mut policy = policy();
        change(&mut policy);
        let budget = Budget::in_memory(policy).unwrap();
        (ask(&driver(&endpoint, &budget), &once()), budget)
    };
    let cases: [(Change, &str); 4] = [
        (|policy| policy.enabled = false, "disabled"),
        (|policy| policy.daily_usd = Usd::ZERO, "daily_cap"),
        (|policy| policy.daily_usd = Usd::from_micros(10).unwrap(), "daily_cap"),
        (|policy| policy.max_fallbacks_per_hour = Some(0), "hourly_cap"),
    ];
    for (change, reason) in cases {
        let (answer, budget) = refused(change);
        assert_eq!((answer.text.as_str(), answer.reason.name()), (LOCAL, reason));
        assert!(answer.decision.unwrap().to_json().contains(&answer.explanation));
        assert_spent(&budget, Usd::ZERO, reason);
    }
    let mut options = openai_options(&endpoint);
    options.price = None;
    let paid = Arc::new(OpenAi::new(options).unwrap());
    let driver = HybridDriver::new(Arc::new(Fixed(0.1)), purse(), Some(paid));
    assert_eq!(ask(&driver, &once()).reason.name(), "unknown_price");
    assert_eq!(endpoint.count(), 0);
}

#[test]
fn without_a_paid_model_there_are_local_answers() {
    let budget = purse();
    let reason = |confidence| {
        let driver = HybridDriver::new(Arc::new(Fixed(confidence)), budget.clone(), None);
        let answer = ask(&driver, &once());
        assert_eq!((answer.text.as_str(), answer.source), (LOCAL, AnswerSource::Local));
        assert!(answer.decision.is_some());
        answer.reason.name()
    };
    assert_eq!((reason(0.9), reason(0.1), reason(f64::NAN)), ("confident", "no_external", "no_external"));
    assert_spent(&budget, Usd::ZERO, "local only");
}

#[test]
fn a_local_model_that_fails_leaves_the_paid_one_or_an_error() {
    let (endpoint, budget) = (good(), purse());
    let paid = Arc::new(openai(&endpoint));
    let failing = |kind| HybridDriver::new(Arc::new(Failing(kind)), budget.clone(), Some(paid.clone()));
    let answer = ask(&failing(ErrorKind::LimitExceeded), &once());
    assert_eq!((answer.text.as_str(), answer.source, answer.confidence), (PAID, AnswerSource::Paid, 0.0));
    let wrong = failing(ErrorKind::InvalidArgument).answer(QUESTION, &once(), None, &Control::default());
    assert_eq!(
        wrong.unwrap_err().kind(),
        ErrorKind::InvalidArgument,
        "the caller's mistake is nobody else's"
    );
    assert_eq!(endpoint.count(), 1);
    let alone = HybridDriver::new(Arc::new(Failing(ErrorKind::LimitExceeded)), purse(), None);
    let error = alone.answer(QUESTION, &once(), None, &Control::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert!(error.to_string().contains("no_external") && error.to_string().contains("too long"), "{error}");
}

#[test]
fn what_can_not_be_answered_is_refused_before_anybody_is_asked() {
    let (endpoint, budget) = (good(), purse());
    let driver = driver(&endpoint, &budget);
    let control = Control::default();
    let spoken = [Message::new(Role::Assistant, "a")];
    for messages in [&[][..], &spoken[..], &[Message::new(Role::User, " ")][..]] {
        let error = driver.answer(messages, &once(), None, &control).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
    let mut options = HybridOptions::default();
    options.max_retries = 11;
    assert_eq!(driver.answer("a", &options, None, &control).unwrap_err().kind(), ErrorKind::InvalidArgument);
    assert_eq!(endpoint.count(), 0);
}

#[test]
fn the_model_that_ships_is_asked_first() {
    let base = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("models/llama-tiny");
    let model = Arc::new(LocalModel::open(base, None, &LocalModelOptions::default()).unwrap());
    let (endpoint, budget) = (good(), purse());
    let driver = HybridDriver::new(model, budget, Some(Arc::new(openai(&endpoint))));
    let mut options = once();
    options.generate.max_tokens = 40;
    let known = driver.answer(QUESTION, &options, None, &Control::default()).unwrap();
    assert_eq!((known.text.as_str(), known.source), (PAID, AnswerSource::Local));
    assert!(known.confidence > 0.62 && endpoint.count() == 0);
    let unknown = driver.answer("Zwölf Boxkämpfer jagen wen?", &options, None, &Control::default()).unwrap();
    assert!(unknown.confidence < 0.62, "{}", unknown.confidence);
    assert_eq!((unknown.source, endpoint.count()), (AnswerSource::Paid, 1));
}

#[test]
fn an_answer_reads_back_from_its_json() {
    let (endpoint, budget) = (good(), purse());
    let answer = ask(&driver(&endpoint, &budget), &once());
    let json = serde_json::to_string(&answer).unwrap();
    let again: HybridAnswer = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), json);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&value["source"], &value["reason"]), (&"paid".into(), &"granted".into()));
    assert_eq!(value["cost_micro_usd"], answer.cost_usd.micros());
    assert_eq!(value["decision"]["verdict"], "fallback");
}
