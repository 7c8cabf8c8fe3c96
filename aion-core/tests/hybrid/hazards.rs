//! What a provider may do wrong: each time the local answer with the reason, the books right, and no word of the key.

use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use aion_core::hybrid::{AnswerSource, HybridDriver, OpenAi};
use aion_core::{Budget, Usd};
use serde_json::json;

use crate::endpoint::{
    Answer, Endpoint, STREAM_HEAD, completion, event, json_of, response, stream, then_silence, usage,
};
use crate::support::{
    Fixed, KEY, LOCAL, ask, assert_no_key, assert_spent, hold, listen, once, openai_options, purse,
};

/// Asks an endpoint that answers so, streamed and whole.
fn misbehave(what: &str, answer: fn() -> Answer, reason: &str, is_billed: bool) {
    misbehave_within(Duration::from_secs(30), what, answer, reason, is_billed);
}

fn misbehave_within(patience: Duration, what: &str, answer: fn() -> Answer, reason: &str, is_billed: bool) {
    for is_streamed in [false, true] {
        let what = format!("{what}, streamed: {is_streamed}");
        let endpoint = Endpoint::new(move |_| answer());
        let mut options = openai_options(&endpoint);
        (options.first_byte_timeout, options.idle_timeout) = (patience, patience);
        // It is waited for before the first byte.
        options.connect_timeout = Duration::from_secs(2);
        let budget = purse();
        let paid = Arc::new(OpenAi::new(options).unwrap());
        let driver = HybridDriver::new(Arc::new(Fixed(0.2)), budget.clone(), Some(paid));
        let answer = if is_streamed { listen(&driver, &once()).0 } else { ask(&driver, &once()) };
        assert_eq!((answer.text.as_str(), answer.source), (LOCAL, AnswerSource::Local), "{what}");
        assert_eq!(answer.reason.name(), reason, "{what}: {}", answer.explanation);
        let attempt = &answer.attempts[0];
        assert_eq!(attempt.failure.unwrap().name(), reason, "{what}");
        assert!(answer.explanation.contains(&attempt.message) && !attempt.message.is_empty(), "{what}");
        assert_no_key(&answer, &driver);
        assert_spent(&budget, if is_billed { hold() } else { Usd::ZERO }, &what);
        assert_eq!(endpoint.count(), 1, "{what}");
    }
}

#[test]
fn refusals_cost_nothing() {
    let echo = || json_of(401, &[], &json!({"error": {"message": format!("bad key {KEY}"), "code": KEY}}));
    misbehave("401 that quotes the key", echo, "unauthorized", false);
    misbehave("403", || response(403, "text/plain", &[], KEY), "unauthorized", false);
    misbehave(
        "404",
        || json_of(404, &[], &json!({"error": {"code": "model_not_found"}})),
        "not_found",
        false,
    );
    misbehave("429", || json_of(429, &["Retry-After: 9999999999999"], &json!({})), "rate_limited", false);
    misbehave("400", || json_of(400, &[], &json!({"error": "max_tokens is not known"})), "refused", false);
    misbehave("503", || response(503, "text/plain", &[], "busy"), "server_error", false);
}

#[test]
fn failures_whose_bill_nobody_knows_cost_what_was_set_aside() {
    misbehave("500", || response(500, "text/html", &[], "<h1>oh</h1>"), "server_error", true);
    misbehave("502", || response(502, "text/plain", &[], "\u{1b}[31m"), "server_error", true);
    misbehave("204", || response(204, "text/plain", &[], ""), "invalid_reply", true);
    misbehave(
        "HTML",
        || response(200, "text/html", &[], "<title>Wi-Fi login</title>"),
        "invalid_reply",
        true,
    );
    misbehave(
        "half a JSON",
        || response(200, "application/json", &[], "{\"choices\": ["),
        "invalid_reply",
        true,
    );
    misbehave("no choices", || json_of(200, &[], &json!({"choices": []})), "invalid_reply", true);
    misbehave("another JSON", || json_of(200, &[], &json!([1, 2])), "invalid_reply", true);
    misbehave(
        "an error as a 200",
        || json_of(200, &[], &json!({"error": {"message": KEY}})),
        "server_error",
        true,
    );
    misbehave("its type quotes the key", || response(200, KEY, &[], ""), "invalid_reply", true);
    let deep = || response(200, "application/json", &[], "[".repeat(100_000));
    misbehave("deep JSON", deep, "invalid_reply", true);
}

#[test]
fn a_choice_without_text_is_no_reply_and_is_paid_as_counted() {
    let endpoint = Endpoint::new(|_| completion("", &usage(10, 0)));
    let budget = purse();
    let answer = ask(&crate::support::driver(&endpoint, &budget), &once());
    assert_eq!((answer.text.as_str(), answer.reason.name()), (LOCAL, "invalid_reply"));
    assert_spent(&budget, crate::support::price().cost(10, 0).unwrap(), "no text");
}

#[test]
fn streams_that_break() {
    let cut = || Answer::Bytes([STREAM_HEAD, &event("half an ans")].concat().into_bytes());
    misbehave("cut stream", cut, "broken_stream", true);
    let cut = || {
        Answer::Bytes(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{".to_vec(),
        )
    };
    misbehave("cut body", cut, "broken_stream", true);
    misbehave("nothing", || Answer::Bytes(Vec::new()), "broken_stream", true);
    misbehave("not HTTP", || Answer::Bytes(b"SSH-2.0-OpenSSH_9.7\r\n".to_vec()), "broken_stream", true);
    let error = || {
        Answer::Bytes(
            format!("{STREAM_HEAD}{}data: {{\"error\": {{\"message\": \"{KEY}\"}}}}\n\n", event("a"))
                .into_bytes(),
        )
    };
    misbehave("an error in the stream", error, "server_error", true);
    let binary = || Answer::Bytes([STREAM_HEAD.as_bytes(), b"data: \xff\xfe\n\n"].concat());
    misbehave("not UTF-8", binary, "invalid_reply", true);
    let garbage = || Answer::Bytes(format!("{STREAM_HEAD}data: {KEY}\n\n").into_bytes());
    misbehave("an event that is none", garbage, "invalid_reply", true);
}

#[test]
fn servers_that_are_slow_are_left() {
    let soon = Duration::from_millis(300);
    misbehave_within(soon, "slow head", || then_silence(""), "timed_out", true);
    misbehave_within(soon, "half a head", || then_silence("HTTP/1.1 200 OK\r\nX-Slow"), "timed_out", true);
    let stalled = || then_silence([STREAM_HEAD, &event("half")].concat());
    misbehave_within(soon, "stalled stream", stalled, "timed_out", true);
    let slow = || then_silence("HTTP/1.1 401 X\r\nContent-Length: 99\r\n\r\n");
    misbehave_within(soon, "a refusal whose body does not come", slow, "unauthorized", false);
}

#[test]
fn what_is_too_large_is_left() {
    let line = || Answer::Bytes([STREAM_HEAD.as_bytes(), b"data: ", &vec![b'x'; 400 << 10]].concat());
    misbehave("huge line", line, "too_large", true);
    let endless = || {
        Answer::Stream(Box::new(|stream| {
            stream.write_all(STREAM_HEAD.as_bytes())?;
            loop {
                stream.write_all(event("mud ").repeat(100).as_bytes())?;
            }
        }))
    };
    misbehave("endless stream", endless, "too_large", true);
    let large = || json_of(200, &[], &json!({"choices": [], "x": "x".repeat(2 << 20)}));
    misbehave("large body", large, "too_large", true);
    let bomb = || {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(&vec![b' '; 100 << 20]).unwrap();
        response(200, "application/json", &["Content-Encoding: gzip"], packer.finish().unwrap())
    };
    misbehave("gzip bomb", bomb, "invalid_reply", true);
    let headers = || {
        let lines: String = (0..5_000).map(|n| format!("X-{n}: {n}\r\n")).collect();
        Answer::Bytes(format!("HTTP/1.1 200 OK\r\n{lines}\r\n").into_bytes())
    };
    misbehave("many headers", headers, "broken_stream", true);
}

#[test]
fn nobody_follows_a_redirect_with_the_key() {
    let trap = Endpoint::new(|_| completion("stolen", &usage(1, 1)));
    let location = format!("Location: {}/chat/completions", trap.base_url());
    for status in [301, 302, 307, 308] {
        let location = location.clone();
        let endpoint = Endpoint::new(move |_| response(status, "text/plain", &[&location], ""));
        let budget = purse();
        let answer = ask(&crate::support::driver(&endpoint, &budget), &once());
        assert_eq!((answer.text.as_str(), answer.reason.name()), (LOCAL, "redirected"));
        assert_spent(&budget, Usd::ZERO, "redirect");
    }
    assert_eq!(trap.count(), 0);
}

#[test]
fn counts_that_can_not_be_true_are_billed_in_full() {
    for count in [
        json!(null),
        json!({}),
        json!("many"),
        json!({"prompt_tokens": -1, "completion_tokens": 5}),
        json!({"prompt_tokens": 10, "completion_tokens": 0}),
        json!({"prompt_tokens": 0, "completion_tokens": 5}),
        json!({"prompt_tokens": 1e300, "completion_tokens": 5}),
    ] {
        let counted = count.clone();
        let endpoint = Endpoint::new(move |request| crate::endpoint::reply(request, "paid", &counted));
        for is_streamed in [false, true] {
            let budget = purse();
            let driver = crate::support::driver(&endpoint, &budget);
            let answer = if is_streamed { listen(&driver, &once()).0 } else { ask(&driver, &once()) };
            assert_eq!((answer.text.as_str(), answer.cost_usd), ("paid", hold()), "{count}");
            assert_spent(&budget, hold(), &count.to_string());
        }
    }
}

#[test]
fn a_whole_text_counts_even_if_its_stream_stalls_before_the_count() {
    let finished = || {
        let end = json!({"choices": [{"delta": {}, "finish_reason": "length"}]});
        then_silence(format!("{STREAM_HEAD}{}data: {end}\n\n", event("whole")))
    };
    let endpoint = Endpoint::new(move |_| finished());
    let mut options = openai_options(&endpoint);
    options.idle_timeout = Duration::from_millis(300);
    let budget = purse();
    let paid = Arc::new(OpenAi::new(options).unwrap());
    let driver = HybridDriver::new(Arc::new(Fixed(0.2)), budget.clone(), Some(paid));
    let (answer, _) = listen(&driver, &once());
    assert_eq!((answer.text.as_str(), answer.source), ("whole", AnswerSource::Paid));
    assert!(answer.notes[0].contains("cut"), "{:?}", answer.notes);
    assert_spent(&budget, hold(), "no count");
}

#[test]
fn text_that_was_shown_is_followed_by_the_local_answer_and_never_by_a_retry() {
    let endpoint = Endpoint::new(|_| {
        let error = "data: {\"error\": {\"message\": \"overloaded\"}}\n\n";
        Answer::Bytes([STREAM_HEAD, &event("half an ans"), error].concat().into_bytes())
    });
    let budget = purse();
    let (answer, pieces) = listen(&crate::support::driver(&endpoint, &budget), &Default::default());
    assert_eq!(pieces, [("paid".into(), "half an ans".into()), ("local".into(), LOCAL.to_owned())]);
    assert_eq!((answer.text.as_str(), endpoint.count()), (LOCAL, 1));
}

#[test]
fn a_call_that_never_left_costs_nothing_and_no_place_in_the_hour() {
    let nobody = {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.local_addr().unwrap().port()
    };
    let endpoint = Endpoint::new(|_| completion("x", &usage(1, 1)));
    for base_url in [
        format!("http://127.0.0.1:{nobody}/v1"),
        format!("https://127.0.0.1:{}/v1", endpoint.port),
        "http://no-such-name.invalid".into(),
    ] {
        let mut options = openai_options(&endpoint);
        options.key = options.key.filter(|_| !base_url.contains("invalid"));
        options.base_url = base_url.clone();
        let mut policy = crate::support::policy();
        policy.max_fallbacks_per_hour = Some(1);
        let budget = Budget::in_memory(policy).unwrap();
        let paid = Arc::new(OpenAi::new(options).unwrap());
        let driver = HybridDriver::new(Arc::new(Fixed(0.2)), budget.clone(), Some(paid));
        for _ in 0..2 {
            let answer = ask(&driver, &once());
            assert_eq!((answer.text.as_str(), answer.reason.name()), (LOCAL, "unreachable"), "{base_url}");
            assert_no_key(&answer, &driver);
        }
        assert_spent(&budget, Usd::ZERO, &base_url);
        assert_eq!(budget.status().unwrap().fallbacks_last_hour, 0);
    }
    assert_eq!(endpoint.count(), 0);
}

/// A valid answer with some of its bytes changed, doubled or left out, by the numbers of a seed.
fn damaged(valid: &[u8], seed: usize) -> Vec<u8> {
    let mut state = seed as u64;
    let mut below = |n: usize| {
        // Knuth, MMIX.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n.max(1)
    };
    let mut bytes = valid.to_vec();
    for _ in 0..=below(4) {
        let place = below(bytes.len());
        match below(4) {
            0 => bytes[place] = below(256) as u8,
            1 => bytes.truncate(place.max(1)),
            2 => drop(bytes.drain(place..(place + below(9)).min(bytes.len()))),
            _ => bytes.extend_from_within(place..),
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }
    bytes
}

#[test]
fn any_bytes_give_an_answer_and_right_books() {
    const CASES: usize = 300;
    for is_streamed in [false, true] {
        let endpoint = Endpoint::new(move |request| {
            let counted = usage(10, 5);
            let pieces = ["Bra", "sí", "lia"];
            let valid =
                if is_streamed { stream(&pieces, &counted) } else { completion("Brasília", &counted) };
            let Answer::Bytes(valid) = valid else { unreachable!() };
            Answer::Bytes(damaged(&valid, request.before))
        });
        let budget = purse();
        let driver = crate::support::driver(&endpoint, &budget);
        let mut spent = 0;
        for case in 0..CASES {
            let answer = if is_streamed { listen(&driver, &once()).0 } else { ask(&driver, &once()) };
            let is_local = answer.source == AnswerSource::Local;
            assert_eq!(answer.text == LOCAL, is_local, "{case}: {answer:?}");
            spent += answer.cost_usd.micros();
        }
        assert_spent(&budget, Usd::from_micros(spent).unwrap(), "damaged answers");
        assert_eq!(endpoint.count(), CASES);
    }
}
