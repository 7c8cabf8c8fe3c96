//! Adapters: PEFT's own and ours, whole and damaged, merged into a base.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

mod hostile;
mod merging;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use aion_core::ErrorKind;
use aion_core::adapter::{Adapter, AdapterConfig, LowRank, ModuleId, ModuleShape, ModuleShapes};
use aion_core::base::Module;
use proptest::prelude::*;

/// What `models/peft_adapter.py` stored.
fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/adapter").join(name)
}

fn golden_adapter() -> Adapter {
    Adapter::read(golden("peft")).unwrap()
}

/// The linear layers of the golden base.
fn golden_shapes() -> ModuleShapes {
    let shape = |module| match module {
        Module::K | Module::V => (16, 8),
        Module::Gate | Module::Up => (16, 24),
        Module::Down => (24, 16),
        _ => (16, 16),
    };
    let of_layer = |layer| {
        Module::ALL.into_iter().map(move |module| {
            let (inputs, outputs) = shape(module);
            (ModuleId { layer, module }, ModuleShape { inputs, outputs })
        })
    };
    (0..2).flat_map(of_layer).collect()
}

fn small_adapter(rank: usize, layers: usize, targets: BTreeSet<Module>, numbers: &[f32]) -> Adapter {
    let shape = ModuleShape { inputs: 5, outputs: 3 };
    let mut numbers = numbers.iter().copied().cycle();
    let mut take = |count| numbers.by_ref().take(count).collect::<Vec<_>>();
    let ids = (0..layers).flat_map(|layer| targets.iter().map(move |&module| ModuleId { layer, module }));
    let tensors: BTreeMap<_, _> =
        ids.map(|id| (id, LowRank { shape, a: take(rank * 5), b: take(3 * rank) })).collect();
    let config = AdapterConfig {
        rank,
        alpha: 2.0 * rank as f64,
        dropout: 0.05,
        target_modules: targets,
        base_model: Some("./models/base-llm".into()),
        use_rslora: false,
    };
    Adapter { config, tensors }
}

#[test]
fn an_adapter_of_peft_is_read_with_all_that_it_has() {
    let adapter = golden_adapter();
    assert_eq!(adapter.config.rank, 4);
    assert_eq!(adapter.config.scale(), 2.0);
    assert_eq!(adapter.config.dropout, 0.05);
    assert_eq!(adapter.config.base_model.as_deref(), Some("base"));
    assert_eq!(adapter.tensors.len(), 14);
    adapter.check_against(&golden_shapes()).unwrap();
    let bytes = fs::read(golden("peft/adapter_model.safetensors")).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    for (id, factors) in &adapter.tensors {
        for (letter, numbers) in [("A", &factors.a), ("B", &factors.b)] {
            let tensor = tensors.tensor(&format!("base_model.model.{id}.lora_{letter}.weight")).unwrap();
            let bytes: Vec<_> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
            assert_eq!(tensor.data(), bytes, "{id}");
        }
    }
}

#[test]
fn what_is_written_is_left_for_peft_to_read() {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("adapter-for-peft");
    let adapter = golden_adapter();
    adapter.write(&place).unwrap();
    assert_eq!(Adapter::read(&place).unwrap(), adapter);
}

#[test]
fn writing_replaces_an_adapter_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("deep/aion-lora");
    let mut adapter = golden_adapter();
    adapter.write(&place).unwrap();
    adapter.config.alpha = 4.0;
    adapter.write(&place).unwrap();
    assert_eq!(Adapter::read(&place).unwrap(), adapter);
    fs::write(place.join("notes.txt"), "mine").unwrap();
    let error = adapter.write(&place).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("notes.txt"), "{error}");
    fs::write(folder.path().join("file"), "").unwrap();
    assert_eq!(adapter.write(folder.path().join("file")).unwrap_err().kind(), ErrorKind::Conflict);
    let left: Vec<_> = fs::read_dir(place.parent().unwrap()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn an_adapter_of_another_base_is_told_by_its_first_difference() {
    let adapter = golden_adapter();
    let without = |wrong: ModuleId| golden_shapes().iter().filter(|(id, _)| *id != wrong).collect();
    let id = ModuleId { layer: 1, module: Module::Up };
    let deeper = ModuleId { layer: 2, ..id };
    let shape = golden_shapes().get(id).unwrap();
    let wider = ModuleShape { inputs: 17, ..shape };
    let changed = |id, shape| golden_shapes().iter().chain([(id, shape)]).collect::<ModuleShapes>();
    for (shapes, words) in [
        (without(id), "which the base does not have"),
        (changed(id, wider), "16 to 24 and the base's is 17 to 24"),
        (changed(deeper, shape), "lacks 1 of 15 layers, first `model.layers.2.mlp.up_proj`"),
    ] {
        let error = adapter.check_against(&shapes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(words), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_reads_back(
        rank in 1usize..5,
        layers in 1usize..4,
        targets in prop::collection::btree_set(prop::sample::select(&Module::ALL[..]), 1..4),
        numbers in prop::collection::vec(prop::num::f32::NORMAL | prop::num::f32::ZERO | prop::num::f32::SUBNORMAL, 1..60),
        alpha in 0.001f64..1000.0,
        use_rslora: bool,
        base_model in prop::option::of(".{0,20}"),
    ) {
        let mut adapter = small_adapter(rank, layers, targets, &numbers);
        (adapter.config.alpha, adapter.config.use_rslora) = (alpha, use_rslora);
        adapter.config.base_model = base_model;
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("adapter");
        adapter.write(&place).unwrap();
        prop_assert_eq!(Adapter::read(&place).unwrap(), adapter);
    }
}
