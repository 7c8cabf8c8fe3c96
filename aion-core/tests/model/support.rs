//! The tiny model that ships, and what it may be asked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use aion_core::Control;
use aion_core::generate::{Answer, GenerateOptions, LocalModel, LocalModelOptions};
use serde::Deserialize;

/// Questions with their answers that the model was taught, and questions of the same kinds that it was not.
#[derive(Deserialize)]
pub(crate) struct Questions {
    pub(crate) known: Vec<(String, String)>,
    pub(crate) unknown: Vec<String>,
}

impl Questions {
    pub(crate) fn read() -> Self {
        serde_json::from_str(include_str!("../data/model/questions.json")).unwrap()
    }
}

pub(crate) fn base() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("models/llama-tiny")
}

pub(crate) fn open(threads: usize) -> LocalModel {
    let mut options = LocalModelOptions::default();
    options.threads = Some(threads);
    LocalModel::open(base(), None, &options).unwrap()
}

/// One that all tests share.
pub(crate) fn model() -> &'static LocalModel {
    static MODEL: OnceLock<LocalModel> = OnceLock::new();
    MODEL.get_or_init(|| open(1))
}

/// Options for answers of at most so many tokens.
pub(crate) fn at_most(max_tokens: usize) -> GenerateOptions {
    let mut options = GenerateOptions::default();
    options.max_tokens = max_tokens;
    options
}

/// The answer of the model that all tests share, generated once.
pub(crate) fn ask(question: &str) -> Answer {
    static ANSWERS: Mutex<BTreeMap<String, Answer>> = Mutex::new(BTreeMap::new());
    let mut answers = ANSWERS.lock().unwrap();
    let generate = || model().generate(question, &at_most(40), None, &Control::default()).unwrap();
    answers.entry(question.to_owned()).or_insert_with(generate).clone()
}

/// A copy of the base, to be damaged.
pub(crate) fn copy_of_base() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(base()).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, directory.path().join(path.file_name().unwrap())).unwrap();
    }
    directory
}
