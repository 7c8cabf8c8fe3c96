//! The backward pass.

use super::forward::Pass;
use super::projection::Known;
use super::tape::{LayerTape, Tape};
use crate::base::ops::{Gradients, ROWS, add, gated_backward, rms_norm_backward};
use crate::base::{Layer, Module};
use crate::error::Result;

impl Pass<'_> {
    /// Adds the gradients of the adapter to `gradients`, given that of the last state, which is overwritten.
    pub(super) fn backward(&self, tape: &mut Tape, grad: &mut [f32], gradients: &mut [f32]) -> Result<()> {
        let kept = tape.layers.len();
        for index in (0..self.base.config().layers).rev() {
            let (before, after) = tape.states.split_at_mut(index + 1);
            let state = &before[index];
            let layer_tape = &mut tape.layers[index.min(kept - 1)];
            let is_last = index + 1 == self.base.config().layers;
            if kept == 1 && !is_last {
                self.layer_forward(index, state, layer_tape, &mut after[0])?;
            }
            self.layer_backward(index, state, layer_tape, grad, gradients)?;
        }
        Ok(())
    }

    /// One layer: `grad`, the gradient of what it gave, becomes that of what it read. Parts of `tape` are overwritten.
    fn layer_backward(
        &self,
        index: usize,
        state: &[f32],
        tape: &mut LayerTape,
        grad: &mut [f32],
        gradients: &mut [f32],
    ) -> Result<()> {
        let layer = &self.base.weights().layers[index];
        let mut normed = self.workspace.scratch(grad.len());
        let mut normed_grad = self.workspace.scratch(grad.len());
        self.gate_backward(index, tape, grad, gradients)?;
        self.normalize(&tape.middle, &layer.mlp_norm, &mut normed);
        for (module, grad, adds) in [(Module::Gate, &tape.gate, false), (Module::Up, &tape.up, true)] {
            let projected = &tape.projected[module.index()];
            let known = Known { input: &normed, projected, grad };
            self.project_backward(index, module, &known, gradients, &mut normed_grad, adds)?;
        }
        self.normalize_backward(&tape.middle, &layer.mlp_norm, &mut normed_grad, grad);
        self.attend_backward(index, tape, grad, gradients)?;
        self.place_heads_backward(layer, tape);
        self.normalize(state, &layer.attention_norm, &mut normed);
        for (module, grad) in [(Module::Q, &tape.queries), (Module::K, &tape.keys), (Module::V, &tape.values)]
        {
            let projected = &tape.projected[module.index()];
            let known = Known { input: &normed, projected, grad };
            self.project_backward(index, module, &known, gradients, &mut normed_grad, module != Module::Q)?;
        }
        self.normalize_backward(state, &layer.attention_norm, &mut normed_grad, grad);
        Ok(())
    }

    fn project_backward(
        &self,
        layer: usize,
        module: Module,
        known: &Known<'_>,
        gradients: &mut [f32],
        out: &mut [f32],
        adds: bool,
    ) -> Result<()> {
        self.control.check()?;
        self.projection(layer, module).backward(known, gradients, out, adds);
        Ok(())
    }

    /// Back through the down projection and the gated unit: `tape.gate` and `tape.up` become their gradients.
    fn gate_backward(
        &self,
        index: usize,
        tape: &mut LayerTape,
        grad: &[f32],
        gradients: &mut [f32],
    ) -> Result<()> {
        let mut activated = self.workspace.scratch(tape.gate.len());
        self.activate(tape, &mut activated);
        let mut inner = self.workspace.scratch(tape.gate.len());
        let projected = &tape.projected[Module::Down.index()];
        let known = Known { input: &activated, projected, grad };
        self.project_backward(index, Module::Down, &known, gradients, &mut inner, false)?;
        let length = ROWS * self.base.config().intermediate_size;
        let pairs = tape.gate.chunks_mut(length).zip(tape.up.chunks_mut(length)).zip(inner.chunks(length));
        self.workspace.on_each(pairs.collect(), |((gate, up), grad)| gated_backward(grad, gate, up));
        Ok(())
    }

    /// Back through the output projection and attention: queries, keys and values become their gradients.
    fn attend_backward(
        &self,
        index: usize,
        tape: &mut LayerTape,
        grad: &[f32],
        gradients: &mut [f32],
    ) -> Result<()> {
        let mut attended_grad = self.workspace.scratch(tape.attended.len());
        let projected = &tape.projected[Module::O.index()];
        let known = Known { input: &tape.attended, projected, grad };
        self.project_backward(index, Module::O, &known, gradients, &mut attended_grad, false)?;
        let mut queries = self.workspace.scratch(tape.attended.len());
        let mut keys = self.workspace.scratch(tape.attended.len());
        let mut values = self.workspace.scratch(tape.attended.len());
        self.attention(&tape.queries, &tape.keys, &tape.values).backward(
            self.workspace,
            (&tape.attended, &attended_grad),
            &tape.log_sums,
            Gradients { queries: &mut queries, keys: &mut keys, values: &mut values },
        );
        self.gather_heads(&queries, &mut tape.queries, 1);
        let group = self.base.config().heads / self.base.config().kv_heads;
        self.gather_heads(&keys, &mut tape.keys, group);
        self.gather_heads(&values, &mut tape.values, group);
        Ok(())
    }

    /// `[head][token]` becomes `[token][head]`; each `group` of heads is summed.
    fn gather_heads(&self, by_head: &[f32], out: &mut [f32], group: usize) {
        let (tokens, dim) = (self.positions.len(), self.base.config().head_dim);
        self.workspace.on_chunks(out, out.len() / tokens, |token, out| {
            for (index, out) in out.chunks_exact_mut(dim).enumerate() {
                let from = |head: usize| &by_head[(head * tokens + token) * dim..][..dim];
                out.copy_from_slice(from(index * group));
                (1..group).for_each(|member| add(out, from(index * group + member)));
            }
        });
    }

    /// Gradients of placed queries and keys become those of what the projections gave.
    fn place_heads_backward(&self, layer: &Layer, tape: &mut LayerTape) {
        let config = self.base.config();
        let norms = layer.head_norms.as_ref();
        for (grads, raw, size, norm) in [
            (&mut tape.queries, &tape.raw_queries, config.query_size(), norms.map(|norms| &norms[0])),
            (&mut tape.keys, &tape.raw_keys, config.key_size(), norms.map(|norms| &norms[1])),
        ] {
            self.workspace.on_chunks(grads, size, |token, grads| {
                self.rope.turn_back(grads, self.positions[token]);
                let Some(norm) = norm else { return };
                let raw = raw[token * size..][..size].chunks_exact(norm.len());
                for (grad, raw) in grads.chunks_exact_mut(norm.len()).zip(raw) {
                    let mut weighted = self.workspace.scratch(norm.len());
                    weighted.copy_from_slice(grad);
                    grad.fill(0.0);
                    rms_norm_backward(raw, norm, config.rms_norm_eps, &mut weighted, grad);
                }
            });
        }
    }

    /// Adds the gradient of `x` to `out`, given that of its norm, which is overwritten.
    fn normalize_backward(&self, x: &[f32], weight: &[f32], grad: &mut [f32], out: &mut [f32]) {
        let (size, eps) = (weight.len(), self.base.config().rms_norm_eps);
        let length = ROWS * size;
        let rows = x.chunks(length).zip(grad.chunks_mut(length)).zip(out.chunks_mut(length));
        self.workspace.on_each(rows.collect(), |((x, grad), out)| {
            let rows = x.chunks_exact(size).zip(grad.chunks_exact_mut(size)).zip(out.chunks_exact_mut(size));
            rows.for_each(|((x, grad), out)| rms_norm_backward(x, weight, eps, grad, out));
        });
    }
}
