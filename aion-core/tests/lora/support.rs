//! Tiny models, sequences and trainers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aion_core::Control;
use aion_core::adapter::{Adapter, AdapterConfig, LowRank, ModuleId, ModuleShapes};
use aion_core::base::{BaseModel, Module};
use aion_core::dataset::Sequence;
use aion_core::lora::{Trainer, TrainerOptions};
use safetensors::SafeTensors;
use serde::Deserialize;

/// The models that `models/make_lora_goldens.py` made.
pub(crate) const MODELS: [&str; 5] = ["llama-tied", "llama3-untied", "mistral", "qwen2", "qwen3"];

pub(crate) fn directory(model: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/lora").join(model)
}

/// What PEFT did, as the script stores it.
#[derive(Deserialize)]
pub(crate) struct Record {
    pub(crate) rank: usize,
    pub(crate) alpha: f64,
    target_modules: Vec<String>,
    learning_rate: f64,
    weight_decay: f64,
    sequences: Vec<Vec<u32>>,
    pub(crate) losses: Vec<f64>,
    pub(crate) grad_norms: Vec<f64>,
    pub(crate) logits: Vec<f32>,
}

impl Record {
    pub(crate) fn read(model: &str) -> Self {
        serde_json::from_slice(&std::fs::read(directory(model).join("trace.json")).unwrap()).unwrap()
    }

    pub(crate) fn batch(&self) -> Vec<Sequence> {
        self.sequences.iter().map(|tokens| Sequence::new(tokens.clone())).collect()
    }

    /// No dropout, and an update for each step.
    pub(crate) fn options(&self) -> TrainerOptions {
        let mut options = TrainerOptions::default();
        (options.rank, options.alpha, options.dropout) = (self.rank, self.alpha, 0.0);
        options.target_modules = self.modules().collect();
        (options.learning_rate, options.weight_decay) = (self.learning_rate, self.weight_decay);
        options.gradient_accumulation = 1;
        options.threads = Some(1);
        options
    }

    /// A trainer on the model, with the adapter that PEFT began with.
    pub(crate) fn trainer(&self, model: &str, options: TrainerOptions) -> Trainer {
        let adapter = self.adapter(model, "before");
        Trainer::new(open(model), options, Some(&adapter)).unwrap()
    }

    /// The adapter `before` or `after` the steps.
    pub(crate) fn adapter(&self, model: &str, when: &str) -> Adapter {
        let config = AdapterConfig {
            rank: self.rank,
            alpha: self.alpha,
            dropout: 0.0,
            target_modules: self.modules().collect(),
            base_model: None,
            use_rslora: false,
        };
        let mut adapter = Adapter { config, tensors: BTreeMap::new() };
        let shapes = ModuleShapes::of(open(model).config());
        let tensors = trace(model);
        let prefix = format!("{when}.base_model.model.model.layers.");
        for (key, a) in tensors.iter().filter(|(key, _)| key.starts_with(&prefix) && key.contains("lora_A")) {
            let b = &tensors[&key.replace("lora_A", "lora_B")];
            let mut parts = key[prefix.len()..].split('.');
            let layer = parts.next().unwrap().parse().unwrap();
            let module = Module::from_name(parts.nth(1).unwrap()).unwrap();
            let id = ModuleId { layer, module };
            let shape = shapes.get(id).unwrap();
            adapter.tensors.insert(id, LowRank { shape, a: a.clone(), b: b.clone() });
        }
        adapter
    }

    fn modules(&self) -> impl Iterator<Item = Module> {
        self.target_modules.iter().map(|name| Module::from_name(name).unwrap())
    }
}

pub(crate) fn open(model: &str) -> Arc<BaseModel> {
    Arc::new(BaseModel::open(directory(model)).unwrap())
}

/// The tensors that PEFT left, by name.
pub(crate) fn trace(model: &str) -> BTreeMap<String, Vec<f32>> {
    let bytes = std::fs::read(directory(model).join("trace.safetensors")).unwrap();
    let number = |bytes: &[u8]| f32::from_le_bytes(bytes.try_into().unwrap());
    let tensors = SafeTensors::deserialize(&bytes).unwrap().tensors();
    tensors.into_iter().map(|(name, tensor)| (name, tensor.data().chunks(4).map(number).collect())).collect()
}

/// Random tokens.
pub(crate) fn tokens(length: usize, seed: u32) -> Vec<u32> {
    let hash = |n: u32| (n ^ seed.wrapping_mul(0x9E37_79B9)).wrapping_mul(0x85EB_CA6B).rotate_left(15);
    (0..length as u32).map(|n| hash(n).wrapping_mul(0xC2B2_AE35) >> 8).map(|n| n % 100).collect()
}

pub(crate) fn free() -> Control {
    Control::default()
}
