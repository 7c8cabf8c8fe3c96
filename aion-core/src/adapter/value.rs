//! An adapter as a plain value, and what makes it whole.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::config::AdapterConfig;
use super::module::{ModuleId, ModuleShape, ModuleShapes};
use crate::error::{Error, ErrorKind, Result};

/// Numbers that are hashed at once.
const CHUNK: usize = 1 << 12;

/// The update of one linear layer: W + scale · B·A.
#[derive(Debug, Clone, PartialEq)]
pub struct LowRank {
    /// The shape of the layer.
    pub shape: ModuleShape,
    /// A, [rank, inputs], row by row.
    pub a: Vec<f32>,
    /// B, [outputs, rank], row by row.
    pub b: Vec<f32>,
}

/// A LoRA adapter: its settings and two factors for each adapted layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Adapter {
    /// The settings.
    pub config: AdapterConfig,
    /// The factors: every target module of every block.
    pub tensors: BTreeMap<ModuleId, LowRank>,
}

impl Adapter {
    /// Checks that the adapter is whole: every target module in every block up to the last, nothing else, factors of
    /// the right length, finite numbers.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`], naming the first layer that is wrong.
    pub fn check(&self) -> Result<()> {
        self.config.check()?;
        let Some(last) = self.tensors.keys().map(|id| id.layer).max() else {
            return Err(invalid("it has no tensors"));
        };
        self.check_layers(&self.all_targets(last + 1))?;
        self.tensors.iter().try_for_each(|(id, factors)| self.check_factors(*id, factors))
    }

    /// Checks that the adapter is whole and made for a base with these layers.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`], naming the first layer that is wrong.
    pub fn check_against(&self, base: &ModuleShapes) -> Result<()> {
        self.check()?;
        for (id, factors) in &self.tensors {
            let Some(shape) = base.get(*id) else {
                return Err(invalid(format!("it adapts `{id}`, which the base does not have")));
            };
            if shape != factors.shape {
                let ModuleShape { inputs, outputs } = shape;
                return Err(invalid(format!(
                    "its `{id}` is {} to {} and the base's is {inputs} to {outputs}",
                    factors.shape.inputs, factors.shape.outputs
                )));
            }
        }
        let targets = &self.config.target_modules;
        let wanted = base.iter().map(|(id, _)| id).filter(|id| targets.contains(&id.module));
        self.check_layers(&wanted.collect())
    }

    /// What tells this adapter from another: a SHA-256 over its scale and all its numbers, in hexadecimal.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(format!("rank {} scale {:?}", self.config.rank, self.config.scale()));
        for (id, factors) in &self.tensors {
            let ModuleShape { inputs, outputs } = factors.shape;
            hash.update(format!("{id} {inputs} {outputs}"));
            for chunk in factors.a.chunks(CHUNK).chain(factors.b.chunks(CHUNK)) {
                let bytes: Vec<u8> = chunk.iter().flat_map(|number| number.to_le_bytes()).collect();
                hash.update(bytes);
            }
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn all_targets(&self, layers: usize) -> BTreeSet<ModuleId> {
        let of_layer =
            |layer| self.config.target_modules.iter().map(move |&module| ModuleId { layer, module });
        (0..layers).flat_map(of_layer).collect()
    }

    fn check_layers(&self, wanted: &BTreeSet<ModuleId>) -> Result<()> {
        let missing: Vec<_> = wanted.iter().filter(|id| !self.tensors.contains_key(id)).collect();
        if let Some(first) = missing.first() {
            let count = missing.len();
            return Err(invalid(format!("it lacks {count} of {} layers, first `{first}`", wanted.len())));
        }
        match self.tensors.keys().find(|id| !wanted.contains(id)) {
            Some(extra) => Err(invalid(format!("it has `{extra}`, which its `target_modules` do not name"))),
            None => Ok(()),
        }
    }

    fn check_factors(&self, id: ModuleId, factors: &LowRank) -> Result<()> {
        let rank = self.config.rank;
        let ModuleShape { inputs, outputs } = factors.shape;
        for (name, numbers, rows, columns) in
            [("A", &factors.a, rank, inputs), ("B", &factors.b, outputs, rank)]
        {
            if rows == 0 || columns == 0 || rows.checked_mul(columns) != Some(numbers.len()) {
                let count = numbers.len();
                return Err(invalid(format!(
                    "lora_{name} of `{id}` has {count} numbers for {rows} × {columns}"
                )));
            }
            if let Some(place) = numbers.iter().position(|number| !number.is_finite()) {
                let number = numbers[place];
                return Err(invalid(format!("lora_{name} of `{id}` has {number} at {place}")));
            }
        }
        Ok(())
    }
}

pub(super) fn invalid(reason: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("the adapter can not be used: {reason}"))
}
