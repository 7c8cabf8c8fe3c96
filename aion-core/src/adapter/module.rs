//! The linear layers that LoRA adapts, their names and their shapes.

use std::collections::BTreeMap;
use std::fmt;

use crate::base::{ModelConfig, Module};

/// Far more decoder layers than any model has; a bound on what a damaged key can ask for.
const MAX_LAYERS: usize = 4096;

/// One linear layer of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleId {
    /// The decoder block, counted from 0.
    pub layer: usize,
    /// Which of its linear layers.
    pub module: Module,
}

/// The two factors of an update B·A, named as PEFT names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Factor {
    A,
    B,
}

impl ModuleId {
    /// The name of the layer's weight in a base's safetensors file, such as
    /// `model.layers.0.self_attn.q_proj.weight`.
    pub fn weight_name(self) -> String {
        format!("{self}.weight")
    }

    /// The key of a factor in `adapter_model.safetensors`.
    pub(crate) fn key(self, factor: Factor) -> String {
        let factor = if factor == Factor::A { "A" } else { "B" };
        format!("base_model.model.{self}.lora_{factor}.weight")
    }

    /// The layer and factor that a key of `adapter_model.safetensors` names; PEFT's `.default.` is passed over.
    pub(super) fn parse_key(key: &str) -> Option<(Self, Factor)> {
        let key = key.replace(".default.weight", ".weight");
        let (layer, rest) = key.strip_prefix("base_model.model.model.layers.")?.split_once('.')?;
        let name = rest.split('.').nth(1)?;
        let layer = layer.parse().ok().filter(|&layer| layer < MAX_LAYERS)?;
        let id = Self { layer, module: Module::from_name(name)? };
        // Whatever else the key has makes it differ from the one that these parts have.
        let factor = [Factor::A, Factor::B].into_iter().find(|&factor| id.key(factor) == key)?;
        Some((id, factor))
    }
}

/// The name of the layer inside the base, such as `model.layers.0.self_attn.q_proj`.
impl fmt::Display for ModuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "model.layers.{}.{}", self.layer, self.module.path())
    }
}

/// The shape of a linear layer, whose weight is [outputs, inputs].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModuleShape {
    /// How many numbers go in.
    pub inputs: usize,
    /// How many come out.
    pub outputs: usize,
}

/// The linear layers of a base that adapters may be for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModuleShapes(BTreeMap<ModuleId, ModuleShape>);

impl ModuleShapes {
    /// Those of a base.
    pub fn of(config: &ModelConfig) -> Self {
        let layers =
            (0..config.layers).flat_map(|layer| Module::ALL.map(|module| ModuleId { layer, module }));
        let shape = |id: ModuleId| {
            let (inputs, outputs) = config.module_shape(id.module);
            (id, ModuleShape { inputs, outputs })
        };
        layers.map(shape).collect()
    }

    /// The shape of one layer.
    pub fn get(&self, id: ModuleId) -> Option<ModuleShape> {
        self.0.get(&id).copied()
    }

    /// Every layer with its shape, block by block.
    pub fn iter(&self) -> impl Iterator<Item = (ModuleId, ModuleShape)> {
        self.0.iter().map(|(&id, &shape)| (id, shape))
    }
}

impl FromIterator<(ModuleId, ModuleShape)> for ModuleShapes {
    fn from_iter<I: IntoIterator<Item = (ModuleId, ModuleShape)>>(layers: I) -> Self {
        Self(layers.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back_and_others_are_none() {
        for module in Module::ALL {
            let id = ModuleId { layer: 12, module };
            for factor in [Factor::A, Factor::B] {
                let key = id.key(factor);
                assert_eq!(ModuleId::parse_key(&key), Some((id, factor)));
                let saved_with_its_name = key.replace(".weight", ".default.weight");
                assert_eq!(ModuleId::parse_key(&saved_with_its_name), Some((id, factor)));
            }
        }
        for key in [
            "",
            "model.layers.0.self_attn.q_proj.lora_A.weight",
            "base_model.model.layers.0.self_attn.q_proj.lora_A.weight",
            "base_model.model.model.layers.0.mlp.q_proj.lora_A.weight",
            "base_model.model.model.layers.00.self_attn.q_proj.lora_A.weight",
            "base_model.model.model.layers.+1.self_attn.q_proj.lora_A.weight",
            "base_model.model.model.layers.0.self_attn.q_proj.lora_A.bias",
            "base_model.model.model.layers.0.self_attn.q_proj.lora_C.weight",
            "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight.weight",
            "base_model.model.model.layers.99999.self_attn.q_proj.lora_A.weight",
            "base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector.weight",
            "base_model.model.model.layers.0.self_attn.q_proj.base_layer.weight",
        ] {
            assert_eq!(ModuleId::parse_key(key), None, "{key}");
        }
    }
}
