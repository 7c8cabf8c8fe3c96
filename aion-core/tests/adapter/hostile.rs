//! Directories that are no adapters, or only nearly.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use aion_core::ErrorKind;
use aion_core::adapter::Adapter;
use half::{bf16, f16};
use proptest::prelude::*;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::{golden, golden_adapter};

const CONFIG: &str = "adapter_config.json";
const TENSORS: &str = "adapter_model.safetensors";

type Tensors = HashMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

fn golden_tensors() -> Tensors {
    let bytes = fs::read(golden("peft").join(TENSORS)).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let parts = |view: &TensorView<'_>| (view.dtype(), view.shape().to_vec(), view.data().to_vec());
    tensors.tensors().iter().map(|(name, view)| (name.clone(), parts(view))).collect()
}

fn store(folder: &Path, tensors: &Tensors) {
    fs::copy(golden("peft").join(CONFIG), folder.join(CONFIG)).unwrap();
    let views = tensors
        .iter()
        .map(|(name, (dtype, shape, bytes))| (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap()));
    fs::write(folder.join(TENSORS), safetensors::serialize(views, None).unwrap()).unwrap();
}

/// Reads the golden adapter after a change of its tensors.
fn read_changed(change: impl FnOnce(&mut Tensors)) -> aion_core::Result<Adapter> {
    let folder = tempfile::tempdir().unwrap();
    let mut tensors = golden_tensors();
    change(&mut tensors);
    store(folder.path(), &tensors);
    Adapter::read(folder.path())
}

fn assert_refused(words: &str, change: impl FnOnce(&mut Tensors)) {
    let error = read_changed(change).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.to_string().contains(words), "{words}: {error}");
}

const A: &str = "base_model.model.model.layers.1.mlp.up_proj.lora_A.weight";
const B: &str = "base_model.model.model.layers.1.mlp.up_proj.lora_B.weight";

#[test]
fn tensors_that_are_missing_or_too_many_are_named() {
    assert_refused(A, |tensors| drop(tensors.remove(A)));
    assert_refused(B, |tensors| drop(tensors.remove(B)));
    assert_refused("lacks 1 of 14 layers, first `model.layers.1.mlp.up_proj`", |tensors| {
        tensors.remove(A);
        tensors.remove(B);
    });
    assert_refused("is missing", |tensors| tensors.retain(|key, _| key.contains("lora_A")));
    assert_refused("has no tensors", Tensors::clear);
    assert_refused("is there twice", |tensors| {
        let again = tensors[A].clone();
        tensors.insert(A.replace(".weight", ".default.weight"), again);
    });
    assert_refused("lora_embedding_A", |tensors| {
        let tensor = tensors[A].clone();
        tensors.insert("base_model.model.model.embed_tokens.lora_embedding_A".into(), tensor);
    });
}

#[test]
fn a_prefix_that_peft_would_pass_over_is_refused() {
    for (from, to) in [("base_model.model.", ""), ("model.model.model", "model.model"), ("mlp", "ffn")] {
        assert_refused("is not of the form", |tensors| {
            *tensors = tensors.drain().map(|(key, tensor)| (key.replace(from, to), tensor)).collect();
        });
    }
}

#[test]
fn shapes_and_numbers_that_can_not_be_are_refused() {
    assert_refused("does not fit rank 4", |tensors| tensors.get_mut(A).unwrap().1.reverse());
    assert_refused("does not fit rank 4", |tensors| tensors.get_mut(B).unwrap().1 = vec![96]);
    assert_refused("does not fit rank 4", |tensors| tensors.get_mut(B).unwrap().1 = vec![24, 4, 1]);
    for number in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        assert_refused("lora_B of `model.layers.1.mlp.up_proj`", |tensors| {
            tensors.get_mut(B).unwrap().2[8..12].copy_from_slice(&number.to_le_bytes());
        });
    }
    let error = read_changed(|tensors| tensors.get_mut(A).unwrap().0 = Dtype::I32).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("I32"), "{error}");
}

#[test]
fn names_of_adapters_inside_keys_are_passed_over() {
    let read = read_changed(|tensors| {
        *tensors = tensors
            .drain()
            .map(|(key, tensor)| (key.replace(".weight", ".default.weight"), tensor))
            .collect();
    });
    assert_eq!(read.unwrap(), golden_adapter());
}

#[test]
fn half_precision_becomes_single() {
    let golden = golden_adapter();
    type Narrow = (Dtype, fn(f32) -> [u8; 2], fn(f32) -> f32);
    let formats: [Narrow; 2] = [
        (Dtype::F16, |n| f16::from_f32(n).to_le_bytes(), |n| f16::from_f32(n).to_f32()),
        (Dtype::BF16, |n| bf16::from_f32(n).to_le_bytes(), |n| bf16::from_f32(n).to_f32()),
    ];
    for (dtype, narrow, rounded) in formats {
        let read = read_changed(|tensors| {
            for (kind, _, bytes) in tensors.values_mut() {
                *kind = dtype;
                let numbers = bytes.chunks(4).map(|b| f32::from_le_bytes(b.try_into().unwrap()));
                *bytes = numbers.flat_map(narrow).collect();
            }
        })
        .unwrap();
        for (id, factors) in &golden.tensors {
            let expected: Vec<_> = factors.b.iter().copied().map(rounded).collect();
            assert_eq!(read.tensors[id].b, expected);
        }
    }
}

#[test]
fn files_that_are_missing_or_of_another_kind_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let read = || Adapter::read(folder.path()).unwrap_err();
    assert_eq!(read().kind(), ErrorKind::NotFound);
    fs::copy(golden("peft").join(CONFIG), folder.path().join(CONFIG)).unwrap();
    assert_eq!(read().kind(), ErrorKind::NotFound);
    fs::write(folder.path().join("adapter_model.bin"), "pickle").unwrap();
    assert_eq!(read().kind(), ErrorKind::Unsupported);
    fs::create_dir(folder.path().join(TENSORS)).unwrap();
    assert_eq!(read().kind(), ErrorKind::InvalidInput);
    fs::write(folder.path().join(CONFIG), vec![b' '; (1 << 20) + 1]).unwrap();
    assert_eq!(read().kind(), ErrorKind::LimitExceeded);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join(CONFIG);
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_eq!(Adapter::read(folder.path()).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    store(folder.path(), &golden_tensors());
    let bytes = fs::read(folder.path().join(TENSORS)).unwrap();
    for length in (0..bytes.len()).step_by(97).chain([bytes.len() - 1]) {
        fs::write(folder.path().join(TENSORS), &bytes[..length]).unwrap();
        assert_eq!(Adapter::read(folder.path()).unwrap_err().kind(), ErrorKind::InvalidInput, "{length}");
    }
    fs::write(folder.path().join(TENSORS), [&bytes[..], b"more"].concat()).unwrap();
    assert_eq!(Adapter::read(folder.path()).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn headers_that_promise_too_much_cost_nothing() {
    let folder = tempfile::tempdir().unwrap();
    store(folder.path(), &golden_tensors());
    for header in [
        r#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#,
        r#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,18446744073709551615]}}"#,
        r#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[16,0]}}"#,
        r#"{"a":{"dtype":"F99","shape":[4],"data_offsets":[0,16]}}"#,
        "[[[[",
    ] {
        let file = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
        fs::write(folder.path().join(TENSORS), file).unwrap();
        assert_eq!(Adapter::read(folder.path()).unwrap_err().kind(), ErrorKind::InvalidInput, "{header}");
    }
    for length in [u64::MAX, 1 << 40, 100_000_000] {
        fs::write(folder.path().join(TENSORS), length.to_le_bytes()).unwrap();
        assert_eq!(Adapter::read(folder.path()).unwrap_err().kind(), ErrorKind::InvalidInput, "{length}");
    }
}

proptest! {
    #[test]
    fn damaged_bytes_are_an_error_or_another_adapter(
        place in 0usize..10_856, byte: u8, in_config: bool,
    ) {
        let folder = tempfile::tempdir().unwrap();
        store(folder.path(), &golden_tensors());
        let file = folder.path().join(if in_config { CONFIG } else { TENSORS });
        let mut bytes = fs::read(&file).unwrap();
        let place = place % bytes.len();
        bytes[place] = byte;
        fs::write(&file, bytes).unwrap();
        if let Ok(adapter) = Adapter::read(folder.path()) {
            adapter.check().unwrap();
        }
    }
}
