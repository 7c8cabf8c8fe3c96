//! Attention of new tokens on all that were read.

use super::cache::Layer;
use crate::base::ModelConfig;
use crate::base::ops::{Attention, Workspace, add_product, dot, softmax};

/// New tokens of a conversation, and what their layer remembers, theirs included.
pub(super) struct Attend<'a> {
    pub(super) config: &'a ModelConfig,
    pub(super) workspace: &'a Workspace,
    pub(super) layer: &'a Layer,
    /// Tokens before the new ones.
    pub(super) before: usize,
}

impl Attend<'_> {
    /// What each head gives to each new token, `[token][head][head_dim]`, as `queries` are.
    pub(super) fn run(&self, queries: &[f32], out: &mut [f32]) {
        match self.before == 0 && queries.len() > self.config.query_size() {
            true => self.first(queries, out),
            false => self.more(queries, out),
        }
    }

    /// At the beginning, in blocks.
    fn first(&self, queries: &[f32], out: &mut [f32]) {
        let (config, dim) = (self.config, self.config.head_dim);
        let tokens = queries.len() / config.query_size();
        let whole = 0..tokens;
        let mut by_head = self.workspace.scratch(out.len());
        let mut log_sums = self.workspace.scratch(tokens * config.heads);
        let attention = Attention {
            queries,
            keys: &self.layer.keys,
            values: &self.layer.values,
            heads: config.heads,
            kv_heads: config.kv_heads,
            head_dim: dim,
            sequences: std::slice::from_ref(&whole),
        };
        attention.forward(self.workspace, &mut by_head, &mut log_sums);
        self.workspace.on_chunks(out, dim * config.heads, |token, out| {
            for (head, out) in out.chunks_exact_mut(dim).enumerate() {
                out.copy_from_slice(&by_head[(head * tokens + token) * dim..][..dim]);
            }
        });
    }

    /// Later, token by token.
    fn more(&self, queries: &[f32], out: &mut [f32]) {
        let (config, dim) = (self.config, self.config.head_dim);
        let group = config.heads / config.kv_heads;
        let scale = 1.0 / (dim as f32).sqrt();
        self.workspace.on_chunks(out, dim, |index, out| {
            let (token, head) = (index / config.heads, index % config.heads);
            let seen = self.before + token + 1;
            let of = |values: &'_ [f32], position: usize| {
                let start = position * config.key_size() + head / group * dim;
                start..(start + dim).min(values.len())
            };
            let query = &queries[index * dim..][..dim];
            let mut scores = self.workspace.scratch(seen);
            for (position, score) in scores.iter_mut().enumerate() {
                *score = dot(query, &self.layer.keys[of(&self.layer.keys, position)]);
            }
            softmax(&mut scores, scale);
            out.fill(0.0);
            for (position, &weight) in scores.iter().enumerate() {
                add_product(out, weight, &self.layer.values[of(&self.layer.values, position)]);
            }
        });
    }
}
