//! Arithmetic of rows, spread over threads.

use super::math::{dot, dot_bf16, gated, rms_norm};
use super::panels::Values;
use super::workspace::Workspace;

/// Rows that one thread takes at once where each is little work.
pub(crate) const ROWS: usize = 64;
/// Outputs of a product with one vector that one thread takes at once.
const OUTPUTS: usize = 96;

/// [`rms_norm`] of each row, which are as long as `weight`.
pub(crate) fn rms_norm_rows(workspace: &Workspace, x: &[f32], weight: &[f32], eps: f32, out: &mut [f32]) {
    let size = weight.len();
    workspace.on_chunks(out, ROWS * size, |index, out| {
        let x = &x[index * ROWS * size..][..out.len()];
        for (x, out) in x.chunks_exact(size).zip(out.chunks_exact_mut(size)) {
            rms_norm(x, weight, eps, out);
        }
    });
}

/// [`gated`] of rows of `size` numbers.
pub(crate) fn gated_rows(workspace: &Workspace, gate: &[f32], up: &[f32], size: usize, out: &mut [f32]) {
    let length = ROWS * size;
    workspace.on_chunks(out, length, |index, out| {
        let range = index * length..index * length + out.len();
        gated(&gate[range.clone()], &up[range], out);
    });
}

/// `out = W · x` for one vector, where `W` has a row for each output: it reads `W` once, as it is stored.
pub(crate) fn matvec(workspace: &Workspace, x: &[f32], weights: Values<'_>, out: &mut [f32], adds: bool) {
    let size = x.len();
    workspace.on_chunks(out, OUTPUTS, |index, out| {
        let mut wide = workspace.scratch(size);
        for (row, out) in (index * OUTPUTS..).zip(out) {
            let product = match weights {
                Values::F32(values) => dot(x, &values[row * size..][..size]),
                Values::Bf16(values) => dot_bf16(x, &values[row * size..][..size]),
                Values::F16(_) => {
                    weights.read(row * size, &mut wide);
                    dot(x, &wide)
                }
            };
            *out = if adds { *out + product } else { product };
        }
    });
}
