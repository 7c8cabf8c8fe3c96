//! The output layer and the loss, some rows at a time: the logits never exist whole.

use super::forward::Pass;
use crate::base::ops::{Lhs, Memory, matmul, rms_norm, rms_norm_backward, softmax};
use crate::error::Result;

/// Logits that are computed at once, where rows are not fewer than the least.
const LOGITS: usize = 1 << 24;
/// Rows that make it worth the while to read the output layer's weights.
const LEAST_ROWS: usize = 224;

impl Pass<'_> {
    /// The summed cross-entropy of `targets`: rows of `states`, the last ones, with the tokens that they should tell.
    /// Writes its gradient of `states` to `grad`, if there is one.
    pub(super) fn loss(
        &self,
        states: &[f32],
        targets: &[(usize, u32)],
        logits: &mut Memory,
        mut grad: Option<&mut [f32]>,
    ) -> Result<f64> {
        let config = self.base.config();
        if let Some(grad) = &mut grad {
            grad.fill(0.0);
        }
        let most = (LOGITS / config.vocab_size).max(LEAST_ROWS).min(targets.len());
        logits.fit(most * config.vocab_size)?;
        let mut total = 0.0;
        for targets in targets.chunks(most) {
            self.control.check()?;
            let logits = &mut logits[..targets.len() * config.vocab_size];
            self.logits(states, targets, logits);
            let losses = self.cross_entropy(targets, logits);
            total += losses.iter().map(|&loss| f64::from(loss)).sum::<f64>();
            self.control.check()?;
            if let Some(grad) = &mut grad {
                self.loss_backward(states, targets, logits, grad);
            }
        }
        Ok(total)
    }

    fn logits(&self, states: &[f32], targets: &[(usize, u32)], logits: &mut [f32]) {
        let (weights, hidden) = (self.base.weights(), self.base.config().hidden_size);
        let mut normed = self.workspace.scratch(targets.len() * hidden);
        for (&(row, _), out) in targets.iter().zip(normed.chunks_exact_mut(hidden)) {
            rms_norm(&states[row * hidden..][..hidden], &weights.norm, self.base.config().rms_norm_eps, out);
        }
        let lhs = Lhs::rows(&normed, targets.len(), hidden, hidden);
        matmul(self.workspace, lhs, &weights.head().forward(), logits, false);
    }

    /// The loss of each row, whose logits become their gradients.
    fn cross_entropy(&self, targets: &[(usize, u32)], logits: &mut [f32]) -> Vec<f32> {
        let mut losses = vec![0.0; targets.len()];
        let rows = logits.chunks_mut(self.base.config().vocab_size).zip(&mut losses).zip(targets);
        self.workspace.on_each(rows.collect(), |((logits, loss), &(_, token))| {
            let wanted = logits[token as usize];
            *loss = softmax(logits, 1.0) - wanted;
            logits[token as usize] -= 1.0;
        });
        losses
    }

    fn loss_backward(&self, states: &[f32], targets: &[(usize, u32)], logits: &[f32], grad: &mut [f32]) {
        let (weights, config) = (self.base.weights(), self.base.config());
        let hidden = config.hidden_size;
        let mut normed_grad = self.workspace.scratch(targets.len() * hidden);
        let lhs = Lhs::rows(logits, targets.len(), config.vocab_size, config.vocab_size);
        matmul(self.workspace, lhs, &weights.head().backward(), &mut normed_grad, false);
        for (&(row, _), normed_grad) in targets.iter().zip(normed_grad.chunks_exact_mut(hidden)) {
            let range = row * hidden..(row + 1) * hidden;
            let state = &states[range.clone()];
            rms_norm_backward(state, &weights.norm, config.rms_norm_eps, normed_grad, &mut grad[range]);
        }
    }
}
