//! What is answered, and that it is the same however it is asked for.

use std::ops::ControlFlow;

use aion_core::dataset::{ChatFormat, Message, Role, SYSTEM_PROMPT};
use aion_core::generate::{FinishReason, LocalModel, LocalModelOptions};
use aion_core::{CancelToken, Control, ErrorKind};

use crate::support::{Questions, ask, at_most, base, model, open};

const QUESTION: &str = "Qual é a capital do Brasil?";
const ANSWER: &str = "A capital do Brasil é Brasília.";

#[test]
fn it_answers_what_it_was_taught() {
    for (question, expected) in &Questions::read().known {
        let answer = ask(question);
        assert_eq!((&answer.text, answer.finish), (expected, FinishReason::Stop), "{question}");
        assert_eq!(answer.tokens.len(), answer.probabilities.len());
        assert!((0.0..=1.0).contains(&answer.confidence) && answer.confidence == answer.raw_confidence);
    }
}

#[test]
fn a_question_is_asked_after_the_platforms_words_in_either_format() {
    let messages = [Message::new(Role::System, SYSTEM_PROMPT), Message::new(Role::User, QUESTION)];
    let control = Control::default();
    let expected = ask(QUESTION);
    assert_eq!(expected.text, ANSWER);
    assert_eq!(model().generate(&messages[..], &at_most(40), None, &control).unwrap(), expected);
    let mut options = LocalModelOptions::default();
    options.format = ChatFormat::Template;
    let by_template = LocalModel::open(base(), None, &options).unwrap();
    // The tiny model's own template writes the platform's format.
    assert_eq!(by_template.generate(QUESTION, &at_most(40), None, &control).unwrap(), expected);
    assert_eq!(
        by_template.confidence_of(QUESTION, ANSWER, &control).unwrap(),
        model().confidence_of(QUESTION, ANSWER, &control).unwrap()
    );
}

#[test]
fn text_comes_in_pieces_and_the_caller_may_end_it() {
    let mut pieces = Vec::new();
    let mut keep = |text: &str| {
        pieces.push(text.to_owned());
        ControlFlow::Continue(())
    };
    let answer = model().generate(QUESTION, &at_most(40), Some(&mut keep), &Control::default()).unwrap();
    assert_eq!(pieces.concat(), answer.text);
    assert!(pieces.len() > 5, "{pieces:?}");
    let mut given = String::new();
    let mut enough = |text: &str| {
        given.push_str(text);
        if given.contains("capital") { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let answer = model().generate(QUESTION, &at_most(40), Some(&mut enough), &Control::default()).unwrap();
    assert_eq!((answer.text.as_str(), answer.finish), ("A capital", FinishReason::Callback));
    assert_eq!(given, answer.text);
}

#[test]
fn the_answer_is_as_long_as_it_may_be() {
    let answer = model().generate(QUESTION, &at_most(3), None, &Control::default()).unwrap();
    assert_eq!((answer.tokens.len(), answer.finish), (3, FinishReason::MaxTokens));
    assert!(ANSWER.starts_with(&answer.text) && !answer.text.is_empty());
    let mut options = LocalModelOptions::default();
    options.max_length = answer.prompt_tokens + 4;
    let short = LocalModel::open(base(), None, &options).unwrap();
    let full = short.generate(QUESTION, &at_most(40), None, &Control::default()).unwrap();
    // The last one is said and not read again.
    assert_eq!((full.tokens.len(), full.finish), (5, FinishReason::ContextFull));
    options.max_length = answer.prompt_tokens - 1;
    let shorter = LocalModel::open(base(), None, &options).unwrap();
    let error = shorter.generate(QUESTION, &at_most(40), None, &Control::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}

#[test]
fn what_is_drawn_is_told_by_the_seed() {
    let (control, other) = (Control::default(), open(3));
    let mut options = at_most(12);
    (options.temperature, options.top_p) = (2.0, 0.95);
    let drawn = |model: &LocalModel, seed: u64| {
        let mut options = options.clone();
        options.seed = seed;
        model.generate(QUESTION, &options, None, &control).unwrap()
    };
    let answers: Vec<_> = (0..6).map(|seed| drawn(model(), seed)).collect();
    for (seed, answer) in answers.iter().enumerate() {
        assert_eq!(&drawn(&other, seed as u64), answer, "for any number of threads");
    }
    assert!(answers.iter().any(|answer| answer.tokens != answers[0].tokens), "the seed does nothing");
    // Whatever is drawn, its probability is that of the unscaled distribution, and so a score says the same.
    let answer = answers.iter().find(|answer| answer.finish == FinishReason::Stop);
    let greedy = ask(QUESTION);
    for answer in answer.into_iter().chain([&greedy]) {
        let again = model().confidence_of(QUESTION, &answer.text, &control).unwrap();
        if again.tokens == answer.tokens {
            assert_eq!(again.probabilities, answer.probabilities);
        }
    }
    let again = model().confidence_of(QUESTION, &greedy.text, &control).unwrap();
    assert_eq!((again.tokens, again.probabilities), (greedy.tokens, greedy.probabilities));
    assert_eq!(again.raw_confidence, greedy.raw_confidence);
}

#[test]
fn threads_share_one_model() {
    let expected = ask(QUESTION);
    let (model, expected) = (&open(2), &expected);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(move || {
                let answer = model.generate(QUESTION, &at_most(40), None, &Control::default()).unwrap();
                assert_eq!(&answer, expected);
            });
        }
    });
}

#[test]
fn cancel_and_deadline_end_an_answer() {
    let token = CancelToken::new();
    let control = Control::default().with_cancel(token.clone());
    let mut pieces = 0;
    let mut cancel = |_: &str| {
        pieces += 1;
        token.cancel();
        ControlFlow::Continue(())
    };
    let error = model().generate(QUESTION, &at_most(40), Some(&mut cancel), &control).unwrap_err();
    assert_eq!((error.kind(), pieces), (ErrorKind::Cancelled, 1));
    let late = Control::default().with_timeout(std::time::Duration::ZERO);
    let error = model().generate(QUESTION, &at_most(40), None, &late).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
    let error = model().confidence_of(QUESTION, ANSWER, &late).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
    assert_eq!(ask(QUESTION).text, ANSWER);
}
