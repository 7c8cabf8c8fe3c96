//! The forward pass.

use std::ops::Range;

use super::TrainerOptions;
use super::dropout::Mask;
use super::layout::Layout;
use super::projection::{Adapter, Projection};
use super::tape::{LayerTape, Tape};
use crate::base::ops::{Attention, Memory, ROWS, Workspace, gated_rows, rms_norm_rows};
use crate::base::{BaseModel, Layer, Module, RopeTable};
use crate::control::Control;
use crate::error::Result;

/// One pass through the model: all that stays the same in it.
pub(super) struct Pass<'a> {
    pub(super) base: &'a BaseModel,
    pub(super) layout: &'a Layout,
    pub(super) options: &'a TrainerOptions,
    pub(super) parameters: &'a [f32],
    pub(super) rope: &'a RopeTable,
    pub(super) workspace: &'a Workspace,
    pub(super) control: &'a Control,
    pub(super) sequences: &'a [Range<usize>],
    pub(super) positions: &'a [usize],
    /// The micro-batch that dropout is drawn for; `None` for no dropout.
    pub(super) dropout_batch: Option<u64>,
}

impl Pass<'_> {
    /// Runs all layers on `tokens`, keeping what `tape` has room for.
    pub(super) fn forward(&self, tokens: &[u32], tape: &mut Tape) -> Result<()> {
        let hidden = self.base.config().hidden_size;
        let embedding = &self.base.weights().embedding;
        self.workspace.on_chunks(&mut tape.states[0], hidden, |row, out| {
            embedding.row(tokens[row] as usize, out);
        });
        let kept = tape.layers.len();
        for index in 0..self.base.config().layers {
            let (before, after) = tape.states.split_at_mut(index + 1);
            self.layer_forward(index, &before[index], &mut tape.layers[index.min(kept - 1)], &mut after[0])?;
        }
        Ok(())
    }

    /// One layer: reads `state`, fills `tape`, and writes the next state.
    pub(super) fn layer_forward(
        &self,
        index: usize,
        state: &[f32],
        tape: &mut LayerTape,
        next: &mut [f32],
    ) -> Result<()> {
        let layer = &self.base.weights().layers[index];
        let mut normed = self.workspace.scratch(state.len());
        self.normalize(state, &layer.attention_norm, &mut normed);
        for (module, out) in
            [(Module::Q, &mut tape.queries), (Module::K, &mut tape.keys), (Module::V, &mut tape.values)]
        {
            self.project(index, module, &normed, &mut tape.projected, out, false)?;
        }
        self.place_heads(layer, tape);
        self.attend(tape);
        tape.middle.copy_from_slice(state);
        self.project(index, Module::O, &tape.attended, &mut tape.projected, &mut tape.middle, true)?;
        self.normalize(&tape.middle, &layer.mlp_norm, &mut normed);
        for (module, out) in [(Module::Gate, &mut tape.gate), (Module::Up, &mut tape.up)] {
            self.project(index, module, &normed, &mut tape.projected, out, false)?;
        }
        drop(normed);
        let mut activated = self.workspace.scratch(tape.gate.len());
        self.activate(tape, &mut activated);
        next.copy_from_slice(&tape.middle);
        self.project(index, Module::Down, &activated, &mut tape.projected, next, true)
    }

    /// A linear layer with its adapter.
    pub(super) fn projection(&self, layer: usize, module: Module) -> Projection<'_> {
        let options = self.options;
        let mask = self
            .dropout_batch
            .and_then(|batch| Mask::new(options.dropout, options.seed, batch, layer, module));
        let adapter = self.layout.slot(layer, module).map(|slot| Adapter {
            slot,
            values: self.parameters,
            rank: options.rank,
            scale: options.scale(),
            mask,
        });
        let linear = self.base.weights().layers[layer].linear(module);
        Projection { linear, adapter, workspace: self.workspace }
    }

    fn project(
        &self,
        layer: usize,
        module: Module,
        x: &[f32],
        projected: &mut [Memory; 7],
        out: &mut [f32],
        adds: bool,
    ) -> Result<()> {
        self.control.check()?;
        self.projection(layer, module).forward(x, &mut projected[module.index()], out, adds);
        Ok(())
    }

    pub(super) fn normalize(&self, x: &[f32], weight: &[f32], out: &mut [f32]) {
        rms_norm_rows(self.workspace, x, weight, self.base.config().rms_norm_eps, out);
    }

    pub(super) fn activate(&self, tape: &LayerTape, out: &mut [f32]) {
        gated_rows(self.workspace, &tape.gate, &tape.up, self.base.config().intermediate_size, out);
    }

    /// Normalises queries and keys in each head, where the model does, and turns them to their positions.
    fn place_heads(&self, layer: &Layer, tape: &mut LayerTape) {
        let config = self.base.config();
        if let Some([query_norm, key_norm]) = &layer.head_norms {
            tape.raw_queries.copy_from_slice(&tape.queries);
            tape.raw_keys.copy_from_slice(&tape.keys);
            self.normalize(&tape.raw_queries, query_norm, &mut tape.queries);
            self.normalize(&tape.raw_keys, key_norm, &mut tape.keys);
        }
        for (rows, size) in [(&mut tape.queries, config.query_size()), (&mut tape.keys, config.key_size())] {
            self.workspace.on_chunks(rows, ROWS * size, |index, rows| {
                for (row, values) in rows.chunks_exact_mut(size).enumerate() {
                    self.rope.turn(values, self.positions[index * ROWS + row]);
                }
            });
        }
    }

    fn attend(&self, tape: &mut LayerTape) {
        let config = self.base.config();
        let mut by_head = self.workspace.scratch(tape.attended.len());
        self.attention(&tape.queries, &tape.keys, &tape.values).forward(
            self.workspace,
            &mut by_head,
            &mut tape.log_sums,
        );
        let (tokens, dim, heads) = (self.positions.len(), config.head_dim, config.heads);
        self.workspace.on_chunks(&mut tape.attended, dim * heads, |token, out| {
            for (head, out) in out.chunks_exact_mut(dim).enumerate() {
                out.copy_from_slice(&by_head[(head * tokens + token) * dim..][..dim]);
            }
        });
    }

    pub(super) fn attention<'a>(
        &'a self,
        queries: &'a [f32],
        keys: &'a [f32],
        values: &'a [f32],
    ) -> Attention<'a> {
        let config = self.base.config();
        Attention {
            queries,
            keys,
            values,
            heads: config.heads,
            kv_heads: config.kv_heads,
            head_dim: config.head_dim,
            sequences: self.sequences,
        }
    }
}
