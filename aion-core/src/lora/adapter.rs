//! An adapter as a value, and as the numbers that a trainer has of it.

use super::layout::{Layout, Slot};
use super::{TrainerOptions, invalid};
use crate::adapter::{Adapter, AdapterConfig, LowRank, ModuleShapes};
use crate::base::{BaseModel, Module};
use crate::error::Result;
use crate::random::SplitMix64;

/// What `values` are in `layout`.
pub(super) fn from_values(
    base: &BaseModel,
    layout: &Layout,
    options: &TrainerOptions,
    values: &[f32],
) -> Adapter {
    let factors = |slot: &Slot| (slot.id, low_rank(slot, options.rank, values));
    Adapter {
        config: AdapterConfig {
            rank: options.rank,
            alpha: options.alpha,
            dropout: options.dropout,
            target_modules: options.target_modules.iter().copied().collect(),
            base_model: Some(base.path().display().to_string()),
            use_rslora: false,
        },
        tensors: layout.slots.iter().map(factors).collect(),
    }
}

/// The numbers of `adapter` in the order of `layout`.
///
/// # Errors
/// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when the trainer is told something else than the adapter's
/// settings say; [`InvalidInput`](crate::ErrorKind::InvalidInput) when the adapter is not whole or of another model.
pub(super) fn to_values(
    adapter: &Adapter,
    base: &BaseModel,
    layout: &Layout,
    options: &TrainerOptions,
) -> Result<Vec<f32>> {
    check_settings(&adapter.config, options)?;
    adapter.check_against(&ModuleShapes::of(base.config()))?;
    let mut values = vec![0.0; layout.len];
    for slot in &layout.slots {
        // There for each slot: the adapter is whole and has the same targets.
        let Some(factors) = adapter.tensors.get(&slot.id) else { continue };
        turn(&factors.a, options.rank, slot.shape.inputs, &mut values[slot.down.clone()]);
        values[slot.up.clone()].copy_from_slice(&factors.b);
    }
    Ok(values)
}

fn check_settings(adapter: &AdapterConfig, options: &TrainerOptions) -> Result<()> {
    let differ = |name: &str, has: &dyn std::fmt::Display, told: &dyn std::fmt::Display| {
        Err(invalid(format!(
            "the adapter has {name} {has}, but the trainer is told {told}; tell it the same"
        )))
    };
    if adapter.use_rslora {
        return Err(invalid(
            "the adapter is scaled by alpha / √rank (use_rslora), which is not trained here",
        ));
    }
    if adapter.rank != options.rank {
        return differ("rank", &adapter.rank, &options.rank);
    }
    if adapter.alpha != options.alpha {
        return differ("alpha", &adapter.alpha, &options.alpha);
    }
    if adapter.target_modules != options.target_modules.iter().copied().collect() {
        return differ("target_modules", &names(&adapter.target_modules), &names(&options.target_modules));
    }
    Ok(())
}

fn names<'a>(modules: impl IntoIterator<Item = &'a Module>) -> String {
    modules.into_iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The matrices of `slot` as PEFT has them.
pub(super) fn low_rank(slot: &Slot, rank: usize, values: &[f32]) -> LowRank {
    let mut a = vec![0.0; slot.down.len()];
    turn(&values[slot.down.clone()], slot.shape.inputs, rank, &mut a);
    LowRank { shape: slot.shape, a, b: values[slot.up.clone()].to_vec() }
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
        let bound = 1.0 / (slot.shape.inputs as f32).sqrt();
        for index in slot.down.clone() {
            let unit = (SplitMix64::at(seed, index as u64) >> 40) as f32 / (1 << 23) as f32 - 1.0;
            values[index] = unit * bound;
        }
    }
    values
}
