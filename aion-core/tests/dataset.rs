//! Training sets from end to end: interactions, the file, token sequences.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use aion_core::dataset::{
    ChatFormat, Encoder, EncoderOptions, Interaction, Interactions, Message, Role, SYSTEM_PROMPT, SftOptions,
    build_sft_jsonl, build_sft_jsonl_from_file,
};
use aion_core::{CancelToken, Control, Error, ErrorKind};
use proptest::prelude::*;
use serde_json::Value;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/dataset").join(name)
}

fn options(change: impl FnOnce(&mut SftOptions)) -> SftOptions {
    let mut options = SftOptions::default();
    change(&mut options);
    options
}

fn encoder(change: impl FnOnce(&mut EncoderOptions)) -> Encoder {
    let mut options = EncoderOptions::default();
    change(&mut options);
    Encoder::of_base(data("base"), options).unwrap()
}

fn rated(question: &str, answer: &str, rating: Option<f64>) -> Interaction {
    Interaction { rating, ..Interaction::new(question, answer) }
}

#[test]
fn a_set_has_the_platform_s_format() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sft/aion_sft.jsonl");
    fs::create_dir(path.parent().unwrap()).unwrap();
    let mut asked = rated("Onde fica?", "Em Lisboa.", Some(4.5));
    asked.citations = vec!["https://e.com".into()];
    build_sft_jsonl([Ok(asked)], &path, &SftOptions::default(), &Control::default()).unwrap();
    let line: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let expected = serde_json::json!({
        "messages": [
            {"role": "system", "content": "Você é a AION, IA autônoma da plataforma."},
            {"role": "user", "content": "Onde fica?"},
            {"role": "assistant", "content": "Em Lisboa."}
        ],
        "meta": {"rating": 4.5, "citations": ["https://e.com"]}
    });
    assert_eq!(line, expected);
}

#[test]
fn every_interaction_is_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    let (source, path) = (folder.path().join("in.jsonl"), folder.path().join("out.jsonl"));
    let lines = [
        r#"{"question": "a", "answer": "b", "rating": 5}"#,
        r#"{"question": " A", "answer": "B ", "rating": 4}"#,
        r#"{"question": "c", "answer": "d", "rating": 2}"#,
        r#"{"question": "e", "answer": "f"}"#,
        "not JSON",
        r#"{"question": "mail to maria@example.com", "answer": "done", "meta": {"rating": 3}}"#,
        r#"{"question": "mail to jose@example.com", "answer": "done", "rating": 3}"#,
        r#"{"question": "g", "answer": "", "rating": 5}"#,
    ];
    fs::write(&source, lines.join("\n")).unwrap();
    let wanted = options(|options| options.min_rating = Some(3.0));
    let report = build_sft_jsonl_from_file(&source, &path, &wanted, &Control::default()).unwrap();
    assert_eq!((report.read, report.kept, report.too_low, report.duplicates), (8, 2, 2, 2));
    assert_eq!((report.scrubbed, report.damaged, report.is_cut), (1, 2, false));
    let damaged: Vec<_> = report.damaged_lines.iter().map(|line| line.line).collect();
    assert_eq!(damaged, [5, 8]);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("mail to [EMAIL]") && !text.contains("maria"), "{text}");
    let kept: Vec<_> = Interactions::open(&path).unwrap().map(Result::unwrap).collect();
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[0].messages[0], Message::new(Role::System, SYSTEM_PROMPT));

    let again = folder.path().join("again.jsonl");
    build_sft_jsonl_from_file(&path, &again, &SftOptions::default(), &Control::default()).unwrap();
    assert_eq!(fs::read_to_string(again).unwrap(), text, "a set is a source too, and stays as it is");
}

#[test]
fn options_are_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set.jsonl");
    let many = || (0..10).map(|n| Interaction::new(format!("q{n}"), "CPF 390.533.447-05"));
    let build = |options: &SftOptions| build_sft_jsonl(many().map(Ok), &path, options, &Control::default());
    let report = build(&options(|options| options.limit = 3)).unwrap();
    assert_eq!((report.kept, report.read, report.is_cut), (3, 3, true));
    let report = build(&options(|options| options.limit = 10)).unwrap();
    assert_eq!((report.kept, report.is_cut), (10, false));
    let plain = options(|options| (options.scrub_pii, options.system) = (false, String::new()));
    assert_eq!(build(&plain).unwrap().scrubbed, 0);
    let first = Interactions::open(&path).unwrap().next().unwrap().unwrap();
    assert_eq!(first.messages, Interaction::new("q0", "CPF 390.533.447-05").messages);
    for wrong in [options(|o| o.limit = 0), options(|o| o.min_rating = Some(f64::NAN))] {
        assert_eq!(build(&wrong).unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
    assert_eq!(Interactions::open(&path).unwrap().count(), 10, "what was there stays");
}

#[test]
fn a_source_may_fail_for_one_or_for_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set.jsonl");
    let build = |kind| {
        let failure = Err(Error::new(kind, "the source failed"));
        let empty = Interaction::new("a", "");
        let rows = [Ok(Interaction::new("a", "b")), failure, Ok(empty), Ok(Interaction::new("c", "d"))];
        build_sft_jsonl(rows, &path, &SftOptions::default(), &Control::default())
    };
    let report = build(ErrorKind::InvalidInput).unwrap();
    assert_eq!((report.read, report.kept, report.damaged), (4, 2, 2));
    assert_eq!(report.damaged_lines[0].reason, "the source failed");
    assert_eq!(report.damaged_lines[1].line, 3);
    assert_eq!(build(ErrorKind::Io).unwrap_err().kind(), ErrorKind::Io);
}

#[test]
fn a_set_that_is_not_finished_leaves_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set.jsonl");
    fs::write(&path, "old").unwrap();
    let control = Control::default();
    let token = control.cancel_token().clone();
    let endless = (0..).map(|n| {
        if n == 1000 {
            token.cancel();
        }
        Interaction::new(format!("{n}"), "x")
    });
    let error = build_sft_jsonl(endless.map(Ok), &path, &SftOptions::default(), &control).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let nowhere = folder.path().join("none/set.jsonl");
    let error = build_sft_jsonl([], nowhere, &SftOptions::default(), &Control::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn sequences_are_those_of_transformers() {
    let golden: Value = serde_json::from_str(&fs::read_to_string(data("chats.json")).unwrap()).unwrap();
    let encoder = encoder(|options| {
        (options.format, options.assistant_only) = (ChatFormat::Template, true);
    });
    let cases = golden["encoded"].as_array().unwrap();
    assert!(cases.len() >= 3);
    for case in cases {
        let messages = serde_json::from_value(case["messages"].clone()).unwrap();
        let sequence = encoder.encode(&Interaction { messages, ..Interaction::default() }).unwrap();
        let ids: Vec<u32> = serde_json::from_value(case["ids"].clone()).unwrap();
        let mask: Vec<u8> = serde_json::from_value(case["mask"].clone()).unwrap();
        assert_eq!(sequence.ids(), ids);
        assert_eq!(sequence.is_target(), mask.iter().map(|&bit| bit == 1).collect::<Vec<_>>());
    }
}

/// The text of the targets, by the golden tokenizer.
fn said(ids: impl IntoIterator<Item = u32>) -> String {
    let tokenizer = tokenizers::Tokenizer::from_file(data("base/tokenizer.json")).unwrap();
    tokenizer.decode(&ids.into_iter().collect::<Vec<_>>(), false).unwrap()
}

#[test]
fn in_the_platform_s_format_the_answer_and_its_end_are_learnt() {
    let asked = Interaction::new("Qual é a capital?", "É Lisboa, à beira do Tejo. 😀");
    let all = encoder(|_| {}).encode(&asked).unwrap();
    let text = "<|user|>: Qual é a capital?\n<|assistant|>: É Lisboa, à beira do Tejo. 😀\n<|end|>\n";
    assert_eq!(said(all.ids().to_vec()), text);
    assert_eq!(all.target_count(), all.ids().len() - 1, "nothing comes before the first");
    let answer = encoder(|options| options.assistant_only = true).encode(&asked).unwrap();
    assert_eq!(answer.ids(), all.ids());
    let targets = answer.ids().iter().zip(answer.is_target()).filter(|(_, is_target)| **is_target);
    assert_eq!(said(targets.map(|(id, _)| *id)).trim_start(), "É Lisboa, à beira do Tejo. 😀\n<|end|>\n");
}

#[test]
fn what_is_cut_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set.jsonl");
    let set = [
        Interaction::new("a", "b"),
        Interaction::new("a", "b".repeat(100)),
        Interaction::new("a".repeat(100), "b"),
    ];
    let plain = options(|options| options.system.clear());
    build_sft_jsonl(set.map(Ok), &path, &plain, &Control::default()).unwrap();
    fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"damaged\n").unwrap();
    let short = |assistant_only| {
        encoder(|options| (options.max_length, options.assistant_only) = (60, assistant_only))
    };
    let (sequences, report) = short(false).encode_file(&path, &Control::default()).unwrap();
    assert_eq!((report.read, report.sequences, report.truncated, report.damaged), (4, 3, 2, 1));
    assert_eq!(report.damaged_lines[0].line, 4);
    assert!(sequences.iter().all(|sequence| sequence.ids().len() <= 60));
    assert_eq!(report.tokens, sequences.iter().map(|sequence| sequence.ids().len()).sum::<usize>());
    assert_eq!(report.targets, report.tokens - 3);

    let (sequences, report) = short(true).encode_file(&path, &Control::default()).unwrap();
    assert_eq!((report.sequences, report.truncated, report.without_targets), (2, 1, 1));
    assert!(sequences.iter().all(|sequence| sequence.target_count() > 0));
}

#[test]
fn a_set_that_teaches_nothing_is_an_error_that_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set.jsonl");
    let encode = |encoder: Encoder| encoder.encode_file(&path, &Control::default()).unwrap_err();
    let long = Interaction::new("a".repeat(200), "b");
    build_sft_jsonl([Ok(long)], &path, &SftOptions::default(), &Control::default()).unwrap();
    let error = encode(encoder(|options| (options.max_length, options.assistant_only) = (50, true)));
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("1 had no answer within"), "{error}");
    fs::write(&path, "damaged\n").unwrap();
    let error = encode(encoder(|_| {}));
    assert!(error.to_string().contains("1 were damaged") && error.to_string().contains("line 1"), "{error}");
    fs::write(&path, "").unwrap();
    assert!(encode(encoder(|_| {})).to_string().contains("of 0 conversations"));
}

#[test]
fn a_template_that_refuses_costs_the_conversation_only() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(data("base/tokenizer.json"), folder.path().join("tokenizer.json")).unwrap();
    let template = "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}\
                    {{ m.content }}{% endfor %}";
    fs::write(folder.path().join("chat_template.jinja"), template).unwrap();
    let mut options = EncoderOptions::default();
    options.format = ChatFormat::Template;
    let encoder = Encoder::of_base(folder.path(), options.clone()).unwrap();
    let path = folder.path().join("set.jsonl");
    let good = Interaction::new("a", "b");
    let mut with_system = good.clone();
    with_system.messages.insert(0, Message::new(Role::System, "s"));
    fs::write(&path, format!("{}\n{}\n", with_system.to_json(), good.to_json())).unwrap();
    let (sequences, report) = encoder.encode_file(&path, &Control::default()).unwrap();
    assert_eq!((sequences.len(), report.damaged), (1, 1));
    assert!(report.damaged_lines[0].reason.contains("no system"), "{report:?}");
    fs::remove_file(folder.path().join("chat_template.jinja")).unwrap();
    let error = Encoder::of_base(folder.path(), options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn bases_that_can_not_be_used_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let open = |change: fn(&mut EncoderOptions)| {
        let mut options = EncoderOptions::default();
        change(&mut options);
        Encoder::of_base(folder.path(), options).unwrap_err().kind()
    };
    assert_eq!(open(|_| {}), ErrorKind::NotFound);
    fs::write(folder.path().join("tokenizer.json"), "{}").unwrap();
    assert_eq!(open(|_| {}), ErrorKind::InvalidModel);
    assert_eq!(open(|options| options.max_length = 1), ErrorKind::InvalidArgument);
    fs::write(folder.path().join("tokenizer_config.json"), "[").unwrap();
    assert_eq!(open(|options| options.format = ChatFormat::Template), ErrorKind::InvalidModel);
}

#[test]
fn cancelled_encoding_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set.jsonl");
    build_sft_jsonl([Ok(Interaction::new("a", "b"))], &path, &SftOptions::default(), &Control::default())
        .unwrap();
    let token = CancelToken::new();
    token.cancel();
    let control = Control::default().with_cancel(token);
    assert_eq!(encoder(|_| {}).encode_file(&path, &control).unwrap_err().kind(), ErrorKind::Cancelled);
}

#[cfg(target_os = "linux")]
#[test]
fn memory_stays_flat_however_long_the_file() {
    let peak = || {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let (source, path) = (folder.path().join("in.jsonl"), folder.path().join("out.jsonl"));
    let mut file = std::io::BufWriter::new(fs::File::create(&source).unwrap());
    let answer = "lorem ipsum ".repeat(200);
    for n in 0..6_000 {
        writeln!(file, r#"{{"question": "q{n}", "answer": "{answer}"}}"#).unwrap();
    }
    drop(file);
    let before = peak();
    let plain = options(|options| options.scrub_pii = false);
    let report = build_sft_jsonl_from_file(&source, &path, &plain, &Control::default()).unwrap();
    assert_eq!(report.kept, 6_000);
    let grown = peak() - before;
    assert!(grown < 7_000, "{grown} KiB for a file of {} KiB", fs::metadata(&source).unwrap().len() / 1024);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_reads_back(
        question in "\\PC{0,30}[a-z]", answer in "[a-z]\\PC{0,30}", rating in prop::option::of(-10.0..10.0),
        citations in prop::collection::vec(".{0,10}", 0..3),
    ) {
        let mut asked = rated(&question, &answer, rating);
        asked.citations = citations.into_iter().map(Value::from).collect();
        prop_assert_eq!(Interaction::from_json(&asked.to_json()).unwrap(), asked);
    }

    #[test]
    fn any_bytes_are_lines_that_are_kept_or_damaged(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let folder = tempfile::tempdir().unwrap();
        let (source, path) = (folder.path().join("in"), folder.path().join("out"));
        fs::write(&source, &bytes).unwrap();
        let report =
            build_sft_jsonl_from_file(&source, path, &SftOptions::default(), &Control::default()).unwrap();
        let lines = bytes.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count();
        prop_assert!(report.read <= lines);
        prop_assert_eq!(report.read, report.kept + report.too_low + report.duplicates + report.damaged);
    }
}
