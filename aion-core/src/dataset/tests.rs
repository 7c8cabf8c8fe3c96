//! Chats as transformers writes them: `models/chat_goldens.py` stored what it made of them.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::*;
use crate::ErrorKind;

#[derive(Deserialize)]
struct Golden {
    templates: Vec<GoldenTemplate>,
}

#[derive(Deserialize)]
struct GoldenTemplate {
    name: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    messages: Vec<Message>,
    prompt: bool,
    text: Option<String>,
    error: Option<String>,
    /// Where the assistant's parts are, in characters.
    parts: Option<Vec<(usize, usize)>>,
}

fn golden() -> Vec<GoldenTemplate> {
    let text = include_str!("../../tests/data/dataset/chats.json");
    serde_json::from_str::<Golden>(text).unwrap().templates
}

impl GoldenTemplate {
    fn template(&self) -> ChatTemplate {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/dataset/templates");
        template(&std::fs::read_to_string(folder.join(format!("{}.jinja", self.name))).unwrap())
    }
}

fn template(source: &str) -> ChatTemplate {
    let tokens =
        [("bos_token", "<s>"), ("eos_token", "</s>")].map(|(name, token)| (name.into(), token.into()));
    ChatTemplate::new(source, tokens.into(), Some(1_700_000_000)).unwrap()
}

#[test]
fn templates_render_as_in_transformers() {
    let mut count = 0;
    for golden in golden() {
        let (name, template) = (&golden.name, golden.template());
        for case in golden.cases {
            let rendered = template.render(&case.messages, case.prompt);
            match (rendered, case.text, case.error) {
                (Ok(text), Some(expected), None) => assert_eq!(text, expected, "{name}"),
                (Err(error), None, Some(expected)) => {
                    assert_eq!(error.kind(), ErrorKind::InvalidInput);
                    assert!(error.to_string().contains(&expected), "{name}: {error}");
                }
                (rendered, ..) => panic!("{name}: {rendered:?}"),
            }
            count += 1;
        }
    }
    assert!(count > 50);
}

#[test]
fn generation_blocks_tell_the_same_parts_as_in_transformers() {
    let mut count = 0;
    for golden in golden() {
        for case in golden.cases.iter().filter(|case| !case.prompt) {
            let Some(expected) = &case.parts else { continue };
            let rendered = golden.template().render_parts(&case.messages).unwrap();
            let chars = |byte| rendered.text[..byte].chars().count();
            let parts: Vec<_> =
                rendered.parts.iter().map(|part| (chars(part.start), chars(part.end))).collect();
            assert_eq!(parts, *expected);
            count += 1;
        }
    }
    assert!(count >= 4);
}

#[test]
fn without_generation_blocks_prefixes_tell_the_parts() {
    let answers = BTreeMap::from([
        ("chatml", ["Dois<|im_end|>\n", "Quatro 😀<|im_end|>\n"]),
        ("qwen", ["Dois<|im_end|>\n", "Quatro 😀<|im_end|>\n"]),
        ("llama2", [" Dois </s>", " Quatro 😀 </s>"]),
        ("llama3", ["Dois<|eot_id|>", "Quatro 😀<|eot_id|>"]),
        ("zephyr", ["Dois</s>\n", "Quatro 😀</s>\n"]),
        ("gemma", ["Dois<end_of_turn>\n", "Quatro 😀<end_of_turn>\n"]),
    ]);
    for golden in golden() {
        let name = golden.name.as_str();
        let Some(expected) = answers.get(name) else { continue };
        let rendered = golden.template().render_parts(&golden.cases[4].messages).unwrap();
        let parts: Vec<_> = rendered.parts.iter().map(|part| &rendered.text[part.clone()]).collect();
        assert_eq!(parts, *expected, "{name}");
    }
}

#[test]
fn a_template_that_rewrites_what_was_said_is_told() {
    let source = "{% for message in messages %}{{ message.content if loop.last else '…' }}{% endfor %}";
    let messages = [Interaction::new("a", "b").messages, Interaction::new("c", "d").messages].concat();
    let error = template(source).render_parts(&messages).unwrap_err();
    assert!(error.to_string().contains("generation"), "{error}");
}

#[test]
fn time_and_python_s_ways_are_those_of_transformers() {
    let render = |source: &str| template(source).render(&Interaction::new("a", "b").messages, false).unwrap();
    assert_eq!(render("{{ strftime_now('%d %b %Y') }}"), "14 Nov 2023");
    assert_eq!(render("{{ none }} {{ true }} {{ false }} {{ missing }}"), "None True False ");
    assert_eq!(render("{{ {'b': [1, 'é'], 'a': {}} | tojson }}"), r#"{"b": [1, "é"], "a": {}}"#);
    assert_eq!(render("{{ ['é', '😀'] | tojson(ensure_ascii=true) }}"), r#"["\u00e9", "\ud83d\ude00"]"#);
    assert_eq!(render("{{ {'a': [1]} | tojson(indent=2) }}"), "{\n  \"a\": [\n    1\n  ]\n}");
    assert_eq!(render("{{ '<b>&' | tojson }}"), r#""<b>&""#);
}

#[test]
fn templates_that_are_none_or_never_end_are_refused() {
    let none = BTreeMap::new;
    for source in ["{% for %}", "{{ 'a' ", "{% generation %}", &"x".repeat(2 << 20)] {
        let error = ChatTemplate::new(source, none(), None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidModel);
    }
    let endless = "{% for a in range(9999) %}{% for b in range(9999) %}{{ b }}{% endfor %}{% endfor %}";
    let recursive = "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}";
    for source in [endless, recursive, "{{ messages[9].content.strip() }}", "{% include 'x' %}"] {
        let template = ChatTemplate::new(source, none(), None);
        let rendered =
            template.and_then(|template| template.render(&Interaction::new("a", "b").messages, false));
        assert!(rendered.is_err(), "{source}");
    }
}

#[test]
fn marks_of_parts_can_not_be_forged() {
    let source = "{% for message in messages %}{% if message.role == 'assistant' %}{% generation %}{{ message.content }}\
                  {% endgeneration %}{% else %}{{ message.content }}{% endif %}{% endfor %}";
    let messages = Interaction::new("\u{FDD0}ask\u{FDD1}", "answer").messages;
    let rendered = template(source).render_parts(&messages).unwrap();
    assert_eq!(rendered.parts.len(), 1);
    assert_eq!(&rendered.text[rendered.parts[0].clone()], "answer");
}
