//! What ends an answer.

use aion_core::Control;
use aion_core::generate::{FinishReason, LocalModel, LocalModelOptions};

use crate::support::{at_most, copy_of_base, model};

const QUESTION: &str = "Qual é a capital do Brasil?";

#[test]
fn stop_strings_end_it_and_are_left_out() {
    for (stop, expected) in [
        (" é Bras", "A capital do Brasil"),
        ("rasil é", "A capital do B"),
        (".", "A capital do Brasil é Brasília"),
        ("A", ""),
    ] {
        let mut options = at_most(40);
        options.stop = vec!["never".to_owned(), stop.to_owned()];
        let mut given = String::new();
        let mut keep = |text: &str| {
            given.push_str(text);
            std::ops::ControlFlow::Continue(())
        };
        let answer = model().generate(QUESTION, &options, Some(&mut keep), &Control::default()).unwrap();
        assert_eq!((answer.text.as_str(), answer.finish), (expected, FinishReason::StopString), "{stop:?}");
        assert_eq!(given, answer.text, "{stop:?}");
    }
}

/// A base that was not made for the platform has no token for the marker, and says it in some of its own.
#[test]
fn markers_end_it_where_the_tokenizer_does_not_know_them() {
    let directory = copy_of_base();
    let path = directory.path().join("tokenizer.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut tokenizer: serde_json::Value = serde_json::from_str(&text).unwrap();
    tokenizer["added_tokens"].as_array_mut().unwrap().retain(|token| token["id"] != 0);
    let vocabulary = tokenizer["model"]["vocab"].as_object_mut().unwrap();
    vocabulary.remove("<|end|>").unwrap();
    vocabulary.insert("<|end|>!".to_owned(), 0.into());
    std::fs::write(&path, tokenizer.to_string()).unwrap();
    let config = directory.path().join("config.json");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("\"eos_token_id\": 0", "\"eos_token_id\": null")).unwrap();
    let model = LocalModel::open(directory.path(), None, &LocalModelOptions::default()).unwrap();
    let answer = model.generate(QUESTION, &at_most(40), None, &Control::default()).unwrap();
    assert_eq!(answer.text, "A capital do Brasil é Brasília.");
    assert_eq!((answer.finish, answer.tokens.last()), (FinishReason::Stop, Some(&0)));
}

#[test]
fn tokens_of_the_generation_settings_end_it() {
    let whole = model().generate(QUESTION, &at_most(40), None, &Control::default()).unwrap();
    let directory = copy_of_base();
    let third = whole.tokens[2];
    let settings = format!("{{\"eos_token_id\": [1535, {third}]}}");
    std::fs::write(directory.path().join("generation_config.json"), settings).unwrap();
    let model = LocalModel::open(directory.path(), None, &LocalModelOptions::default()).unwrap();
    let answer = model.generate(QUESTION, &at_most(40), None, &Control::default()).unwrap();
    let end = whole.tokens.iter().position(|&token| token == third).unwrap();
    assert_eq!((&answer.tokens[..], answer.finish), (&whole.tokens[..=end], FinishReason::Stop));
    assert!(whole.text.starts_with(&answer.text) && answer.text.len() < whole.text.len());
}
