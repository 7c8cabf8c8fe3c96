//! What can not be answered, and bases that are damaged.

use aion_core::dataset::{ChatFormat, Message, Role};
use aion_core::generate::{LocalModel, LocalModelOptions};
use aion_core::{Control, Error, ErrorKind};

use crate::support::{at_most, copy_of_base, model};

fn ask(messages: &[Message]) -> Error {
    model().generate(messages, &at_most(4), None, &Control::default()).unwrap_err()
}

#[test]
fn conversations_that_can_not_be_answered_are_told() {
    let user = Message::new(Role::User, "Quem é você?");
    let assistant = Message::new(Role::Assistant, "A AION.");
    for (messages, words) in [
        (vec![], "no messages"),
        (vec![user.clone(), assistant.clone()], "spoke last"),
        (vec![user.clone(), Message::new(Role::User, " \n")], "of the user is empty"),
        (vec![user.clone(); 10_001], "10000"),
    ] {
        let error = ask(&messages);
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(words), "{error}");
    }
    for length in [5_000, 50_000_000] {
        let error = ask(&[Message::new(Role::User, "a b ".repeat(length / 4))]);
        assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    }
    let free = Control::default();
    let empty = model().confidence_of(&[user][..], " ", &free).unwrap_err();
    assert_eq!(empty.kind(), ErrorKind::InvalidInput);
    let long = model().confidence_of("Quem?", &"a ".repeat(600), &free).unwrap_err();
    assert_eq!(long.kind(), ErrorKind::LimitExceeded);
    let none = model().generate("Quem?", &at_most(0), None, &free).unwrap_err();
    assert_eq!(none.kind(), ErrorKind::InvalidArgument);
}

/// What opening and then asking gives once `change` has been at a copy of the base.
fn damaged(format: ChatFormat, change: impl Fn(&std::path::Path)) -> Error {
    let directory = copy_of_base();
    change(directory.path());
    let mut options = LocalModelOptions::default();
    options.format = format;
    let model = LocalModel::open(directory.path(), None, &options);
    model.and_then(|model| model.generate("Quem?", &at_most(4), None, &Control::default())).unwrap_err()
}

fn write(directory: &std::path::Path, name: &str, text: &str) {
    std::fs::write(directory.join(name), text).unwrap();
}

#[test]
fn damaged_bases_are_told() {
    let platform = ChatFormat::Platform;
    let missing = damaged(platform, |base| std::fs::remove_file(base.join("tokenizer.json")).unwrap());
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    for (name, text, words) in [
        ("tokenizer.json", "{}", "tokenizer.json"),
        ("tokenizer.json", "\u{0}", "tokenizer.json"),
        ("generation_config.json", "{\"eos_token_id\": -1}", "eos_token_id"),
        ("generation_config.json", "{\"eos_token_id\": [\"</s>\"]}", "eos_token_id"),
        ("generation_config.json", "[", "eos_token_id"),
        ("aion_calibration.json", "{}", "aion_calibration.json"),
    ] {
        let error = damaged(platform, |base| write(base, name, text));
        assert_eq!(error.kind(), ErrorKind::InvalidModel, "{name} {text}: {error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    let pipe = damaged(platform, |base| std::fs::create_dir(base.join("generation_config.json")).unwrap());
    assert_eq!(pipe.kind(), ErrorKind::InvalidInput);
    // A tokenizer with more words than the model.
    let foreign = damaged(platform, |base| {
        let path = base.join("tokenizer.json");
        let text = std::fs::read_to_string(&path).unwrap();
        let mut tokenizer: serde_json::Value = serde_json::from_str(&text).unwrap();
        let mut token = tokenizer["added_tokens"][0].clone();
        (token["id"], token["content"]) = (1536.into(), "Quem".into());
        tokenizer["added_tokens"].as_array_mut().unwrap().push(token);
        std::fs::write(&path, tokenizer.to_string()).unwrap();
    });
    assert_eq!(foreign.kind(), ErrorKind::InvalidModel);
    assert!(foreign.to_string().contains("token 1536"), "{foreign}");
}

#[test]
fn hostile_templates_are_told() {
    for (template, kind, words) in [
        ("{% for m in messages %}", ErrorKind::InvalidModel, "no template"),
        ("{{ raise_exception('not so') }}", ErrorKind::InvalidInput, "not so"),
        (
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
            ErrorKind::InvalidInput,
            "fuel",
        ),
        ("", ErrorKind::InvalidInput, "as tokens"),
        ("{{ eos_token }}", ErrorKind::InvalidInput, "as tokens"),
    ] {
        let error = damaged(ChatFormat::Template, |base| write(base, "chat_template.jinja", template));
        assert_eq!(error.kind(), kind, "{template}: {error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

/// Weights whose products are too large to be numbers.
#[test]
fn logits_that_are_no_numbers_are_told() {
    let error = damaged(ChatFormat::Platform, |base| {
        let path = base.join("model.safetensors");
        let mut bytes = std::fs::read(&path).unwrap();
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
        let place = |index: usize| {
            8 + length + header["model.norm.weight"]["data_offsets"][index].as_u64().unwrap() as usize
        };
        // The largest bfloat16.
        bytes[place(0)..place(1)]
            .chunks_exact_mut(2)
            .for_each(|number| number.copy_from_slice(&[0x7f, 0x7f]));
        std::fs::write(&path, bytes).unwrap();
    });
    assert_eq!(error.kind(), ErrorKind::InvalidModel, "{error}");
    assert!(error.to_string().contains("NaN"), "{error}");
}
