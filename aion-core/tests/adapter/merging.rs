//! Merging, beside PEFT's `merge_and_unload`.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use aion_core::adapter::{ModuleId, merge};
use aion_core::base::Module;
use aion_core::{CancelToken, Control, ErrorKind};
use half::{bf16, f16};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::{golden, golden_adapter};

type Weights = HashMap<String, Vec<f32>>;

/// The numbers of every safetensors file in `folder`.
fn weights(folder: &Path) -> Weights {
    let mut all = Weights::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "safetensors") {
            continue;
        }
        let bytes = fs::read(path).unwrap();
        for (name, view) in SafeTensors::deserialize(&bytes).unwrap().tensors() {
            let numbers = match view.dtype() {
                Dtype::F32 => {
                    view.data().chunks(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
                }
                Dtype::F16 => {
                    view.data().chunks(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect()
                }
                other => {
                    assert_eq!(other, Dtype::BF16);
                    view.data().chunks(2).map(|b| bf16::from_le_bytes([b[0], b[1]]).to_f32()).collect()
                }
            };
            all.insert(name, numbers);
        }
    }
    all
}

/// The golden base in another type, over as many files as asked for.
fn store_base(folder: &Path, dtype: Dtype, shards: usize) {
    let base = weights(&golden("base"));
    let mut names: Vec<_> = base.keys().collect();
    names.sort();
    let shape = |name: &str| {
        let bytes = fs::read(golden("base/model.safetensors")).unwrap();
        SafeTensors::deserialize(&bytes).unwrap().tensor(name).unwrap().shape().to_vec()
    };
    let encode = |numbers: &[f32]| -> Vec<u8> {
        match dtype {
            Dtype::F16 => numbers.iter().flat_map(|&n| f16::from_f32(n).to_le_bytes()).collect(),
            Dtype::BF16 => numbers.iter().flat_map(|&n| bf16::from_f32(n).to_le_bytes()).collect(),
            _ => numbers.iter().flat_map(|n| n.to_le_bytes()).collect(),
        }
    };
    let mut map = serde_json::Map::new();
    for (shard, names) in names.chunks(names.len().div_ceil(shards)).enumerate() {
        let file =
            if shards == 1 { "model.safetensors".into() } else { format!("model-{shard}.safetensors") };
        let bytes: Vec<_> = names.iter().map(|name| (*name, shape(name), encode(&base[*name]))).collect();
        let views = bytes
            .iter()
            .map(|(name, shape, bytes)| (name, TensorView::new(dtype, shape.clone(), bytes).unwrap()));
        fs::write(folder.join(&file), safetensors::serialize(views, None).unwrap()).unwrap();
        map.extend(names.iter().map(|name| ((*name).clone(), file.clone().into())));
    }
    if shards > 1 {
        let index = serde_json::json!({ "weight_map": map });
        fs::write(folder.join("model.safetensors.index.json"), index.to_string()).unwrap();
    }
}

fn assert_close(merged: &Weights, expected: &Weights, tolerance: f32) {
    assert_eq!(merged.len(), expected.len());
    for (name, numbers) in expected {
        for (ours, theirs) in merged[name].iter().zip(numbers) {
            let allowed = tolerance * theirs.abs().max(0.01);
            assert!((ours - theirs).abs() <= allowed, "{name}: {ours} and {theirs}");
        }
    }
}

#[test]
fn a_merged_base_is_that_of_peft() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("merged");
    let report = merge(golden("base"), &golden_adapter(), &output, &Control::default()).unwrap();
    assert_eq!((report.layers, report.files), (14, 1));
    let (merged, expected) = (weights(&output), weights(&golden("merged")));
    assert_close(&merged, &expected, 1e-6);
    assert_ne!(merged, weights(&golden("base")), "something was added");
    for companion in ["config.json", "generation_config.json"] {
        assert_eq!(
            fs::read(output.join(companion)).unwrap(),
            fs::read(golden("base").join(companion)).unwrap()
        );
    }
}

#[test]
fn bases_of_other_types_and_in_several_files_keep_their_form() {
    for (dtype, shards, tolerance) in
        [(Dtype::F32, 3, 1e-6), (Dtype::F16, 1, 1.0 / 512.0), (Dtype::BF16, 2, 1.0 / 64.0)]
    {
        let folder = tempfile::tempdir().unwrap();
        let (base, output) = (folder.path().join("base"), folder.path().join("merged"));
        fs::create_dir(&base).unwrap();
        store_base(&base, dtype, shards);
        fs::write(base.join("pytorch_model.bin"), "old weights").unwrap();
        let report = merge(&base, &golden_adapter(), &output, &Control::default()).unwrap();
        assert_eq!(report.files, shards);
        assert_close(&weights(&output), &weights(&golden("merged")), tolerance);
        assert!(!output.join("pytorch_model.bin").exists());
        assert_eq!(output.join("model.safetensors.index.json").exists(), shards > 1);
    }
}

#[test]
fn what_does_not_fit_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("merged");
    let try_merge = |adapter: &_, control: &Control| {
        let error = merge(golden("base"), adapter, &output, control).unwrap_err();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{error}");
        error
    };
    let mut deeper = golden_adapter();
    for module in Module::ALL {
        let factors = deeper.tensors[&ModuleId { layer: 1, module }].clone();
        deeper.tensors.insert(ModuleId { layer: 2, module }, factors);
    }
    let error = try_merge(&deeper, &Control::default());
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("model.layers.2.mlp.down_proj.weight"), "{error}");

    let mut wider = golden_adapter();
    let factors = wider.tensors.get_mut(&ModuleId { layer: 0, module: Module::Q }).unwrap();
    factors.shape.inputs = 17;
    factors.a.resize(17 * 4, 0.0);
    assert!(try_merge(&wider, &Control::default()).to_string().contains("[16, 16]"));

    let mut huge = golden_adapter();
    huge.config.alpha = 1e300;
    assert!(try_merge(&huge, &Control::default()).to_string().contains("not be finite"));

    let cancel = CancelToken::new();
    cancel.cancel();
    let control = Control::default().with_cancel(cancel);
    assert_eq!(try_merge(&golden_adapter(), &control).kind(), ErrorKind::Cancelled);
}

#[test]
fn an_index_that_leads_elsewhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["../escape.safetensors", "/tmp/escape.safetensors", "model.bin"] {
        let index = serde_json::json!({ "weight_map": { "model.embed_tokens.weight": name } });
        fs::write(folder.path().join("model.safetensors.index.json"), index.to_string()).unwrap();
        let error = merge(folder.path(), &golden_adapter(), folder.path().join("out"), &Control::default())
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}");
    }
}
