//! Where each matrix of an adapter is among its numbers.

use std::ops::Range;

use super::TrainerOptions;
use crate::adapter::{ModuleId, ModuleShape};
use crate::base::{ModelConfig, Module};

/// All matrices of an adapter, one after the other. `A` lies transposed, `[in][rank]`, beside `B`, `[out][rank]`: then
/// both are read alike, and threads share them by rows.
pub(super) struct Layout {
    pub(super) slots: Vec<Slot>,
    by_layer: Vec<[Option<usize>; 7]>,
    /// Numbers in all.
    pub(super) len: usize,
}

/// The two matrices of one linear layer.
#[derive(Clone)]
pub(super) struct Slot {
    pub(super) id: ModuleId,
    pub(super) shape: ModuleShape,
    /// `A`, `[in][rank]`.
    pub(super) down: Range<usize>,
    /// `B`, `[out][rank]`.
    pub(super) up: Range<usize>,
}

impl Layout {
    pub(super) fn new(config: &ModelConfig, options: &TrainerOptions) -> Self {
        let mut layout = Self { slots: Vec::new(), by_layer: vec![[None; 7]; config.layers], len: 0 };
        for layer in 0..config.layers {
            for module in Module::ALL.into_iter().filter(|module| options.target_modules.contains(module)) {
                layout.by_layer[layer][module.index()] = Some(layout.slots.len());
                let (inputs, outputs) = config.module_shape(module);
                layout.push(ModuleId { layer, module }, ModuleShape { inputs, outputs }, options.rank);
            }
        }
        layout
    }

    fn push(&mut self, id: ModuleId, shape: ModuleShape, rank: usize) {
        let middle = self.len + shape.inputs * rank;
        let end = middle + shape.outputs * rank;
        self.slots.push(Slot { id, shape, down: self.len..middle, up: middle..end });
        self.len = end;
    }

    pub(super) fn slot(&self, layer: usize, module: Module) -> Option<&Slot> {
        self.by_layer[layer][module.index()].map(|index| &self.slots[index])
    }
}

impl Slot {
    /// Both matrices.
    pub(super) fn both(&self) -> Range<usize> {
        self.down.start..self.up.end
    }
}
