//! An adapter as a plain value, and the numbers that a trainer has of it.

use std::collections::BTreeMap;

use super::layout::{Layout, Slot};
use super::{TrainerOptions, invalid};
use crate::base::{ModelConfig, Module};
use crate::error::Result;

/// The weights of an adapter, by layer and module.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AdapterWeights {
    /// The rank of its matrices.
    pub rank: usize,
    /// Its output is scaled by `alpha / rank`.
    pub alpha: f32,
    /// The matrices of each linear layer.
    pub pairs: BTreeMap<(usize, Module), AdapterPair>,
}

/// The two matrices of a linear layer, as PEFT stores them.
#[derive(Debug, Clone, PartialEq)]
pub struct AdapterPair {
    /// `lora_A`, `[rank][in]`.
    pub a: Vec<f32>,
    /// `lora_B`, `[out][rank]`.
    pub b: Vec<f32>,
}

impl AdapterWeights {
    /// An adapter without matrices.
    pub fn new(rank: usize, alpha: f32) -> Self {
        Self { rank, alpha, pairs: BTreeMap::new() }
    }

    /// Whether the matrices fit a model.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for a rank or an alpha out of its range, for layers that
    /// the model lacks, for matrices of other sizes, and for numbers that are not finite.
    pub(crate) fn check(&self, config: &ModelConfig) -> Result<()> {
        if !((1..=1024).contains(&self.rank) && self.alpha.is_finite() && self.alpha > 0.0) {
            return Err(invalid("the adapter's rank must be from 1 to 1024, and its alpha above 0"));
        }
        for (&(layer, module), pair) in &self.pairs {
            let (inputs, outputs) = config.module_shape(module);
            let fits = (pair.a.len(), pair.b.len()) == (inputs * self.rank, outputs * self.rank);
            if layer >= config.layers || !fits {
                let other = "it is of another model";
                return Err(invalid(format!(
                    "the adapter's {module} of layer {layer} does not fit: {other}"
                )));
            }
            if !pair.a.iter().chain(&pair.b).all(|value| value.is_finite()) {
                let message = format!("the adapter's {module} of layer {layer} has NaN or infinite numbers");
                return Err(invalid(message));
            }
        }
        Ok(())
    }

    /// What `values` are in `layout`.
    pub(super) fn from_values(layout: &Layout, options: &TrainerOptions, values: &[f32]) -> Self {
        let mut adapter = Self::new(options.rank, options.alpha);
        for slot in &layout.slots {
            let pair = pair(slot, options.rank, values);
            adapter.pairs.insert((slot.layer, slot.module), pair);
        }
        adapter
    }

    /// The numbers in the order of `layout`.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for another rank or alpha, for missing, additional or wrongly
    /// sized matrices, and for numbers that are not finite.
    pub(super) fn to_values(&self, layout: &Layout, options: &TrainerOptions) -> Result<Vec<f32>> {
        let rank = options.rank;
        if (self.rank, self.alpha) != (rank, options.alpha) {
            let (is, alpha) = (self.rank, self.alpha);
            let wanted = format!("the trainer has rank {rank} and alpha {}", options.alpha);
            return Err(invalid(format!("the adapter has rank {is} and alpha {alpha}; {wanted}")));
        }
        let is_known =
            |key: &(usize, Module)| layout.slots.iter().any(|slot| (slot.layer, slot.module) == *key);
        if let Some((layer, module)) = self.pairs.keys().find(|key| !is_known(key)) {
            return Err(invalid(format!(
                "the adapter has {module} of layer {layer}, which is not trained here"
            )));
        }
        let mut values = vec![0.0; layout.len];
        for slot in &layout.slots {
            let Some(pair) = self.pairs.get(&(slot.layer, slot.module)) else {
                return Err(invalid(format!("the adapter lacks `{}`", slot.key())));
            };
            if pair.a.len() != slot.down.len() || pair.b.len() != slot.up.len() {
                let (inputs, outputs) = (slot.inputs, slot.outputs);
                let wanted = format!("A must be {rank} × {inputs} and B {outputs} × {rank}");
                return Err(invalid(format!("the adapter's `{}` has other shapes; {wanted}", slot.key())));
            }
            if !pair.a.iter().chain(&pair.b).all(|value| value.is_finite()) {
                return Err(invalid(format!("the adapter's `{}` has NaN or infinite numbers", slot.key())));
            }
            turn(&pair.a, rank, slot.inputs, &mut values[slot.down.clone()]);
            values[slot.up.clone()].copy_from_slice(&pair.b);
        }
        Ok(values)
    }
}

/// The matrices of `slot` as PEFT has them.
pub(super) fn pair(slot: &Slot, rank: usize, values: &[f32]) -> AdapterPair {
    let mut a = vec![0.0; slot.down.len()];
    turn(&values[slot.down.clone()], slot.inputs, rank, &mut a);
    AdapterPair { a, b: values[slot.up.clone()].to_vec() }
}

/// Rows of `[rows][columns]` become columns.
fn turn(values: &[f32], rows: usize, columns: usize, out: &mut [f32]) {
    for (row, values) in values.chunks_exact(columns).enumerate() {
        values.iter().enumerate().for_each(|(column, &value)| out[column * rows + row] = value);
    }
}

/// A new adapter as PEFT makes one: `A` uniform within `±1/√in` (Kaiming, `a = √5`), `B` zero, so that it changes
/// nothing yet.
pub(super) fn initial_values(layout: &Layout, seed: u64) -> Vec<f32> {
    let mut values = vec![0.0; layout.len];
    for slot in &layout.slots {
        let bound = 1.0 / (slot.inputs as f32).sqrt();
        for index in slot.down.clone() {
            let unit = (split_mix(seed, index as u64) >> 40) as f32 / (1 << 23) as f32 - 1.0;
            values[index] = unit * bound;
        }
    }
    values
}

/// The number at `index` of the stream of `seed` (Steele et al., SplitMix, 2014).
pub(super) fn split_mix(seed: u64, index: u64) -> u64 {
    let mut value = seed.wrapping_add(index.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}
