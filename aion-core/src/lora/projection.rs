//! One linear layer with its adapter, forward and back.

use super::dropout::Mask;
use super::layout::Slot;
use crate::base::Linear;
use crate::base::ops::{Lhs, Panels, Rhs, Target, Values, Workspace, add, matmul};

/// Rows that one thread takes at once.
const ROWS: usize = 48;
/// Rows of a gradient that one thread takes at once.
const FEATURES: usize = 112;
/// Tokens that are dropped from at once.
const TOKENS: usize = 128;

/// `y = x · Wᵀ + bias + scale · dropout(x) · Aᵀ · Bᵀ`.
pub(super) struct Projection<'a> {
    pub(super) linear: &'a Linear,
    pub(super) adapter: Option<Adapter<'a>>,
    pub(super) workspace: &'a Workspace,
}

/// The adapter of one linear layer.
pub(super) struct Adapter<'a> {
    pub(super) slot: &'a Slot,
    /// The numbers of the whole adapter.
    pub(super) values: &'a [f32],
    pub(super) rank: usize,
    pub(super) scale: f32,
    pub(super) mask: Option<Mask>,
}

/// What the backward pass of a linear layer reads.
pub(super) struct Known<'a> {
    /// What the layer read.
    pub(super) input: &'a [f32],
    /// What [`Projection::forward`] left.
    pub(super) projected: &'a [f32],
    /// The gradient of what it gave.
    pub(super) grad: &'a [f32],
}

impl Projection<'_> {
    /// Writes or adds `y` to `out`, and `dropout(x) · Aᵀ` to `projected` if there is an adapter.
    pub(super) fn forward(&self, x: &[f32], projected: &mut [f32], out: &mut [f32], adds: bool) {
        let weight = &self.linear.weight;
        let tokens = x.len() / weight.inputs;
        let adds = self.start_with_bias(out, adds);
        let lhs = Lhs::rows(x, tokens, weight.inputs, weight.inputs);
        matmul(self.workspace, lhs, &weight.forward(), out, adds);
        let Some(adapter) = &self.adapter else { return };
        adapter.project(self.workspace, x, projected);
        let lhs = Lhs::rows(projected, tokens, adapter.rank, adapter.rank);
        matmul(self.workspace, lhs, &adapter.up_transposed(), out, true);
    }

    fn start_with_bias(&self, out: &mut [f32], adds: bool) -> bool {
        let Some(bias) = &self.linear.bias else { return adds };
        self.workspace.on_chunks(out, bias.len(), |_, row| match adds {
            true => add(row, bias),
            false => row.copy_from_slice(bias),
        });
        true
    }

    /// Adds the gradients of the adapter's matrices to `gradients`, and writes or adds that of `x` to `out`.
    pub(super) fn backward(&self, known: &Known<'_>, gradients: &mut [f32], out: &mut [f32], adds: bool) {
        let weight = &self.linear.weight;
        let tokens = known.grad.len() / weight.outputs;
        let lhs = Lhs::rows(known.grad, tokens, weight.outputs, weight.outputs);
        matmul(self.workspace, lhs, &weight.backward(), out, adds);
        if let Some(adapter) = &self.adapter {
            adapter.backward(self.workspace, known, gradients, out);
        }
    }
}

impl Adapter<'_> {
    fn down(&self) -> &[f32] {
        &self.values[self.slot.down.clone()]
    }

    fn up(&self) -> &[f32] {
        &self.values[self.slot.up.clone()]
    }

    fn up_transposed(&self) -> Rhs<'_> {
        Rhs::columns(Values::F32(self.up()), self.rank, self.slot.shape.outputs, self.rank).scaled(self.scale)
    }

    /// `dropout(x) · Aᵀ`.
    fn project(&self, workspace: &Workspace, x: &[f32], out: &mut [f32]) {
        let (rank, inputs) = (self.rank, self.slot.shape.inputs);
        let panels = Panels::new(workspace, &Rhs::rows(Values::F32(self.down()), inputs, rank, rank));
        workspace.on_chunks(out, ROWS * rank, |index, out| {
            let first = index * ROWS * inputs;
            let tokens = out.len() / rank;
            let mut target = Target { values: out, stride: rank, adds: false };
            let x = &x[first..][..tokens * inputs];
            let Some(mask) = &self.mask else {
                return panels.multiply(Lhs::rows(x, tokens, inputs, inputs), 0, rank, &mut target);
            };
            let mut dropped = workspace.scratch(x.len());
            mask.apply(first, x, &mut dropped);
            panels.multiply(Lhs::rows(&dropped, tokens, inputs, inputs), 0, rank, &mut target);
        });
    }

    fn backward(&self, workspace: &Workspace, known: &Known<'_>, gradients: &mut [f32], out: &mut [f32]) {
        let (rank, outputs) = (self.rank, self.slot.shape.outputs);
        let tokens = known.projected.len() / rank;
        let mut inner = workspace.scratch(tokens * rank);
        let up = Rhs::rows(Values::F32(self.up()), outputs, rank, rank).scaled(self.scale);
        let panels = Panels::new(workspace, &up);
        workspace.on_chunks(&mut inner, ROWS * rank, |index, out| {
            let tokens = out.len() / rank;
            let grad = &known.grad[index * ROWS * outputs..][..tokens * outputs];
            let mut target = Target { values: out, stride: rank, adds: false };
            panels.multiply(Lhs::rows(grad, tokens, outputs, outputs), 0, rank, &mut target);
        });
        drop(panels);
        self.up_gradient(workspace, known, &mut gradients[self.slot.up.clone()]);
        self.down_gradient(workspace, known.input, &inner, &mut gradients[self.slot.down.clone()]);
        self.input_gradient(workspace, &inner, out);
    }

    /// `gradient += scale · gradᵀ · projected`.
    fn up_gradient(&self, workspace: &Workspace, known: &Known<'_>, gradient: &mut [f32]) {
        let (rank, outputs) = (self.rank, self.slot.shape.outputs);
        let tokens = known.projected.len() / rank;
        let projected = Rhs::rows(Values::F32(known.projected), tokens, rank, rank).scaled(self.scale);
        let panels = Panels::new(workspace, &projected);
        workspace.on_chunks(gradient, FEATURES * rank, |index, out| {
            let grad = &known.grad[index * FEATURES..];
            let lhs = Lhs::columns(grad, out.len() / rank, tokens, outputs);
            panels.multiply(lhs, 0, rank, &mut Target { values: out, stride: rank, adds: true });
        });
    }

    /// `gradient += dropout(x)ᵀ · inner`.
    fn down_gradient(&self, workspace: &Workspace, x: &[f32], inner: &[f32], gradient: &mut [f32]) {
        let (rank, inputs) = (self.rank, self.slot.shape.inputs);
        let tokens = inner.len() / rank;
        let panels = Panels::new(workspace, &Rhs::rows(Values::F32(inner), tokens, rank, rank));
        workspace.on_chunks(gradient, FEATURES * rank, |index, out| {
            let (first, count) = (index * FEATURES, out.len() / rank);
            let Some(mask) = &self.mask else {
                let lhs = Lhs::columns(&x[first..], count, tokens, inputs);
                return panels.multiply(lhs, 0, rank, &mut Target { values: out, stride: rank, adds: true });
            };
            let mut dropped = workspace.scratch(TOKENS * count);
            for start in (0..tokens).step_by(TOKENS) {
                let steps = TOKENS.min(tokens - start);
                for (token, dropped) in (start..start + steps).zip(dropped.chunks_exact_mut(count)) {
                    let place = token * inputs + first;
                    mask.apply(place, &x[place..][..count], dropped);
                }
                let lhs = Lhs::columns(&dropped, count, steps, count);
                panels.multiply(
                    lhs,
                    start,
                    rank,
                    &mut Target { values: &mut *out, stride: rank, adds: true },
                );
            }
        });
    }

    /// `out += dropout(inner · A)`, with the mask of the forward pass.
    fn input_gradient(&self, workspace: &Workspace, inner: &[f32], out: &mut [f32]) {
        let (rank, inputs) = (self.rank, self.slot.shape.inputs);
        let down = Rhs::columns(Values::F32(self.down()), rank, inputs, rank);
        let Some(mask) = &self.mask else {
            let lhs = Lhs::rows(inner, inner.len() / rank, rank, rank);
            return matmul(workspace, lhs, &down, out, true);
        };
        let panels = Panels::new(workspace, &down);
        workspace.on_chunks(out, ROWS * inputs, |index, out| {
            let tokens = out.len() / inputs;
            let inner = &inner[index * ROWS * rank..][..tokens * rank];
            let mut product = workspace.scratch(out.len());
            let mut target = Target { values: &mut product, stride: inputs, adds: false };
            panels.multiply(Lhs::rows(inner, tokens, rank, rank), 0, inputs, &mut target);
            mask.add(index * ROWS * inputs, &product, out);
        });
    }
}
