//! Embeddings by the tiny model that ships, and what is said when a model or its runtime is not right.

#![cfg(feature = "clip")]
#![expect(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test tells what it leaves out, and fails loudly"
)]

mod common;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aion_core::{Aion, Config, Control, Error, ErrorKind, ImageSource};

const PICTURES: &[&str] = &["letter.jpg", "captura.png", "poster.png", "recibo.jpg"];

/// The tiny model, where the environment names an ONNX Runtime (`make test` does).
fn tiny() -> Option<Aion> {
    let config = common::config_with_clip();
    if config.onnxruntime.is_none() {
        eprintln!("not run: ORT_DYLIB_PATH names no ONNX Runtime");
        return None;
    }
    Some(common::aion(config))
}

fn paths() -> Vec<PathBuf> {
    PICTURES.iter().map(|name| common::example(name)).collect()
}

fn embed(aion: &Aion, paths: &[PathBuf]) -> Vec<Vec<f32>> {
    let sources: Vec<_> = paths.iter().map(|path| ImageSource::Path(path)).collect();
    aion.embed_clip(&sources, &Control::default())
        .unwrap()
        .into_iter()
        .map(|vector| vector.unwrap())
        .collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn nearest<'a>(vector: &[f32], captions: &[&'a str], texts: &[Vec<f32>]) -> &'a str {
    let scores = captions.iter().zip(texts).map(|(caption, text)| (caption, dot(vector, text)));
    scores.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap().0
}

#[test]
fn pictures_find_their_captions_in_both_languages() {
    let Some(aion) = tiny() else { return };
    let vectors = embed(&aion, &paths());
    for captions in [
        ["a scanned letter", "a screenshot", "a poster", "a photo of a receipt"],
        ["uma carta digitalizada", "uma captura de ecrã", "um cartaz", "uma foto de um recibo"],
    ] {
        let texts = aion.embed_clip_text(&captions, &Control::default()).unwrap();
        for (i, vector) in vectors.iter().enumerate() {
            assert_eq!(nearest(vector, &captions, &texts), captions[i], "{}", PICTURES[i]);
        }
    }
}

#[test]
fn vectors_are_unit_and_the_same_alone_in_a_batch_and_on_eight_threads() {
    let Some(aion) = tiny() else { return };
    let paths = paths();
    let batch = embed(&aion, &paths);
    let close = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
    for (path, vector) in paths.iter().zip(&batch) {
        assert!((dot(vector, vector) - 1.0).abs() < 1e-5);
        assert!(close(vector, &embed(&aion, std::slice::from_ref(path))[0]));
    }
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| embed(&aion, &paths))).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), batch);
        }
    });
}

#[test]
fn texts_of_any_length_are_embedded_alike_alone_and_in_a_batch() {
    let Some(aion) = tiny() else { return };
    let long = "blue square ".repeat(500);
    let texts = ["", "red circle", long.as_str()];
    let batch = aion.embed_clip_text(&texts, &Control::default()).unwrap();
    for (text, vector) in texts.iter().zip(&batch) {
        let single = aion.embed_clip_text(&[text], &Control::default()).unwrap();
        assert!(dot(vector, &single[0]) > 0.99999, "{text:.20}");
        assert!(aion.clip_tokenize(text).unwrap().len() <= 77);
    }
}

#[test]
fn texts_that_are_asked_for_again_get_the_same_bits_whatever_came_between() {
    let Some(aion) = tiny() else { return };
    let embed = |texts: &[&str]| aion.embed_clip_text(texts, &Control::default()).unwrap();
    let captions: Vec<_> = (0..40).map(|n| format!("a poster with {n} red circles on it")).collect();
    let captions: Vec<_> = captions.iter().map(String::as_str).collect();
    let first = embed(&captions);
    captions.iter().for_each(|caption| drop(embed(&[*caption])));
    assert_eq!(embed(&captions), first);
    let Some(other) = tiny() else { return };
    assert_eq!(other.embed_clip_text(&captions, &Control::default()).unwrap(), first);
}

#[test]
fn one_bad_picture_costs_only_its_own_place() {
    let Some(aion) = tiny() else { return };
    let good = common::example("poster.png");
    let sources = [ImageSource::Path(&good), ImageSource::Bytes(b"not a picture"), ImageSource::Path(&good)];
    let vectors = aion.embed_clip(&sources, &Control::default()).unwrap();
    assert_eq!(vectors[0].as_ref().unwrap(), vectors[2].as_ref().unwrap());
    assert_eq!(vectors[1].as_ref().unwrap_err().kind(), ErrorKind::Unsupported);
    assert!(aion.embed_clip(&[], &Control::default()).unwrap().is_empty());
}

#[test]
fn a_cancelled_call_stops() {
    let Some(aion) = tiny() else { return };
    let control = Control::default();
    control.cancel_token().cancel();
    assert_eq!(aion.embed_clip_text(&["a"], &control).unwrap_err().kind(), ErrorKind::Cancelled);
    let late = Control::default().with_timeout(Duration::ZERO);
    let picture = common::example("poster.png");
    let error = aion.embed_clip(&[ImageSource::Path(&picture)], &late).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
}

fn with_model(model: &Path) -> Config {
    let mut config = common::config();
    config.clip_model = Some(model.into());
    config
}

fn with_runtime(library: &Path) -> Config {
    let mut config = common::config_with_clip();
    config.onnxruntime = Some(library.into());
    config
}

/// The error of embedding a picture with `config`, which must come within a second.
fn refusal(config: Config) -> Error {
    let picture = common::example("poster.png");
    let started = Instant::now();
    let error =
        common::aion(config).embed_clip(&[ImageSource::Path(&picture)], &Control::default()).unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(1), "{error} took {:?}", started.elapsed());
    error
}

#[test]
fn a_model_that_is_not_there_or_not_a_model_is_named_with_its_remedy() {
    let error = refusal(common::config());
    assert_eq!(error.kind(), ErrorKind::NotConfigured);
    assert!(error.to_string().contains("AION_CLIP_MODEL_PATH"), "{error}");

    let error = refusal(with_model(Path::new("/nowhere/clip")));
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("/nowhere/clip"), "{error}");

    let empty = tempfile::tempdir().unwrap();
    assert_eq!(refusal(with_model(empty.path())).kind(), ErrorKind::NotFound);

    if common::config().onnxruntime.is_some() {
        let error = refusal(with_model(&common::example("poster.png")));
        assert_eq!(error.kind(), ErrorKind::InvalidModel);
        assert!(error.to_string().contains("poster.png"), "{error}");
    }
}

#[test]
fn a_missing_a_wrong_and_an_old_runtime_are_named_with_their_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("libonnxruntime.so");
    let error = refusal(with_runtime(&missing));
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains(&*missing.to_string_lossy()), "{error}");

    let wrong = folder.path().join("wrong.so");
    std::fs::write(&wrong, "not a library").unwrap();
    assert_eq!(refusal(with_runtime(&wrong)).kind(), ErrorKind::Engine);

    let old = old_runtime(folder.path());
    let error = refusal(with_runtime(&old));
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("1.10.0"), "{error}");
}

/// A library that says it is ONNX Runtime 1.10, which knows no newer API.
fn old_runtime(folder: &Path) -> PathBuf {
    let (source, library) = (folder.join("old.c"), folder.join("old.so"));
    let text = r#"
        struct base { const void *(*get_api)(unsigned version); const char *(*version)(void); };
        static const void *get_api(unsigned version) { return version <= 10 ? "api" : 0; }
        static const char *version(void) { return "1.10.0"; }
        static const struct base BASE = { get_api, version };
        const struct base *OrtGetApiBase(void) { return &BASE; }
    "#;
    std::fs::write(&source, text).unwrap();
    let compiled = std::process::Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &source])
        .status()
        .unwrap();
    assert!(compiled.success());
    library
}

#[test]
fn a_tokenizer_needs_no_model_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let tokenizer = common::repository().join("models/clip-tiny/tokenizer.json");
    std::fs::copy(tokenizer, folder.path().join("tokenizer.json")).unwrap();
    let aion = common::aion(with_model(folder.path()));
    let ids = aion.clip_tokenize("red circle").unwrap();
    assert!(ids.len() > 2);
    assert_eq!(ids, aion.clip_tokenize("  RED   Circle ").unwrap());

    std::fs::write(folder.path().join("tokenizer.json"), "{}").unwrap();
    let aion = common::aion(with_model(folder.path()));
    assert_eq!(aion.clip_tokenize("a").unwrap_err().kind(), ErrorKind::InvalidModel);
}
