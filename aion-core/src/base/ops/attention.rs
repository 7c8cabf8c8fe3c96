//! Causal attention of each sequence on itself, forward and back, without keeping what each position looked at
//! (Dao, FlashAttention-2, 2023): only the logarithm of the softmax's sum is kept, and the rest computed again.

use std::ops::Range;

use super::gemm::Panels;
use super::math::{dot, softmax, softmax_again, softmax_backward};
use super::panels::{Rhs, Values};
use super::tile::{Lhs, Target};
use super::workspace::Workspace;

/// Queries that are looked at together.
const BLOCK: usize = 60;

/// Queries, keys and values of a batch, `[token][head][head_dim]`, and where its sequences are.
#[derive(Clone, Copy)]
pub(crate) struct Attention<'a> {
    pub(crate) queries: &'a [f32],
    pub(crate) keys: &'a [f32],
    pub(crate) values: &'a [f32],
    pub(crate) heads: usize,
    pub(crate) kv_heads: usize,
    pub(crate) head_dim: usize,
    /// The tokens of each sequence, one sequence after the other.
    pub(crate) sequences: &'a [Range<usize>],
}

/// What the backward pass gives, `[head][token][head_dim]`; keys and values for each head of the queries.
pub(crate) struct Gradients<'a> {
    pub(crate) queries: &'a mut [f32],
    pub(crate) keys: &'a mut [f32],
    pub(crate) values: &'a mut [f32],
}

impl Attention<'_> {
    /// Writes what each head gives, `[head][token][head_dim]`, and its logarithms `[head][token]`.
    pub(crate) fn forward(&self, workspace: &Workspace, out: &mut [f32], log_sums: &mut [f32]) {
        let outs = self.split(out, self.head_dim);
        let tasks = outs.into_iter().zip(self.split(log_sums, 1)).enumerate().collect();
        workspace
            .on_each(tasks, |(index, (out, log_sums))| self.forward_head(workspace, index, out, log_sums));
    }

    fn forward_head(&self, workspace: &Workspace, index: usize, out: &mut [f32], log_sums: &mut [f32]) {
        let head = self.head(index);
        let transposed_keys = Panels::new(workspace, &head.right(self.keys, true));
        let values = Panels::new(workspace, &head.right(self.values, false));
        let mut scores = workspace.scratch(BLOCK * head.stride());
        for block in head.blocks() {
            head.scores(block.clone(), self.queries, &transposed_keys, &mut scores);
            for (row, position) in block.clone().enumerate() {
                let scores = &mut scores[row * head.stride()..][..block.end];
                log_sums[position] = softmax(&mut scores[..=position], head.scale);
                scores[position + 1..].fill(0.0);
            }
            let lhs = Lhs::rows(&scores, block.len(), block.end, head.stride());
            let values_out = &mut out[block.start * self.head_dim..];
            let mut target = Target { values: values_out, stride: self.head_dim, adds: false };
            values.multiply(lhs, 0, self.head_dim, &mut target);
        }
    }

    /// The gradients of queries, keys and values from that of `out`, which is `[token][head][head_dim]`, and so is
    /// `grad`.
    pub(crate) fn backward(
        &self,
        workspace: &Workspace,
        (out, grad): (&[f32], &[f32]),
        log_sums: &[f32],
        gradients: Gradients<'_>,
    ) {
        let queries = self.split(gradients.queries, self.head_dim);
        let keys = self.split(gradients.keys, self.head_dim);
        let values = self.split(gradients.values, self.head_dim);
        let tasks = queries.into_iter().zip(keys.into_iter().zip(values)).enumerate();
        let tasks =
            tasks.map(|(index, (queries, (keys, values)))| (index, Gradients { queries, keys, values }));
        workspace.on_each(tasks.collect(), |(index, gradients)| {
            self.backward_head(workspace, index, (out, grad), log_sums, gradients);
        });
    }

    fn backward_head(
        &self,
        workspace: &Workspace,
        index: usize,
        (out, grad): (&[f32], &[f32]),
        log_sums: &[f32],
        gradients: Gradients<'_>,
    ) {
        let head = self.head(index);
        let dim = self.head_dim;
        let log_sums = &log_sums[head.index * self.tokens() + head.tokens.start..];
        let keys = Panels::new(workspace, &head.right(self.keys, false));
        let transposed_keys = Panels::new(workspace, &head.right(self.keys, true));
        let transposed_values = Panels::new(workspace, &head.right(self.values, true));
        gradients.keys.fill(0.0);
        gradients.values.fill(0.0);
        let stride = head.stride();
        let mut probabilities = workspace.scratch(BLOCK * stride);
        let mut slopes = workspace.scratch(BLOCK * stride);
        for block in head.blocks() {
            head.scores(block.clone(), self.queries, &transposed_keys, &mut probabilities);
            head.scores(block.clone(), grad, &transposed_values, &mut slopes);
            for (row, position) in block.clone().enumerate() {
                let (probabilities, slopes) =
                    (&mut probabilities[row * stride..], &mut slopes[row * stride..]);
                let mean = dot(head.query(out, position), head.query(grad, position));
                softmax_again(&mut probabilities[..=position], head.scale, log_sums[position]);
                softmax_backward(&mut slopes[..=position], &probabilities[..=position], mean, head.scale);
                probabilities[position + 1..block.end].fill(0.0);
                slopes[position + 1..block.end].fill(0.0);
            }
            let lhs = Lhs::rows(&slopes, block.len(), block.end, stride);
            let values = &mut gradients.queries[block.start * dim..];
            keys.multiply(lhs, 0, dim, &mut Target { values, stride: dim, adds: false });
            for (left, right, values) in [
                (&slopes, self.queries, &mut *gradients.keys),
                (&probabilities, grad, &mut *gradients.values),
            ] {
                let right = Panels::new(workspace, &head.queries_as_right(right, block.clone()));
                let lhs = Lhs::columns(left, block.end, block.len(), stride);
                right.multiply(lhs, 0, dim, &mut Target { values, stride: dim, adds: true });
            }
        }
    }

    fn tokens(&self) -> usize {
        self.sequences.last().map_or(0, |range| range.end)
    }

    /// Splits `[head][token][width]` into one piece for each sequence of each head.
    fn split<'a>(&self, mut data: &'a mut [f32], width: usize) -> Vec<&'a mut [f32]> {
        let mut pieces = Vec::with_capacity(self.heads * self.sequences.len());
        for _ in 0..self.heads {
            for sequence in self.sequences {
                let (piece, rest) = data.split_at_mut(sequence.len() * width);
                pieces.push(piece);
                data = rest;
            }
        }
        pieces
    }

    /// One head in one sequence, by the index of its piece.
    fn head(&self, index: usize) -> Head {
        let count = self.sequences.len();
        Head {
            index: index / count,
            kv_index: index / count / (self.heads / self.kv_heads),
            tokens: self.sequences[index % count].clone(),
            dim: self.head_dim,
            query_size: self.heads * self.head_dim,
            key_size: self.kv_heads * self.head_dim,
            scale: 1.0 / (self.head_dim as f32).sqrt(),
        }
    }
}

struct Head {
    index: usize,
    kv_index: usize,
    tokens: Range<usize>,
    dim: usize,
    query_size: usize,
    key_size: usize,
    scale: f32,
}

impl Head {
    fn blocks(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let length = self.tokens.len();
        (0..length).step_by(BLOCK).map(move |start| start..length.min(start + BLOCK))
    }

    /// Numbers from one row of scores to the next: never a power of two, which would crowd one set of the cache.
    fn stride(&self) -> usize {
        self.tokens.len().next_multiple_of(16) + 16
    }

    /// The keys or values of this head and sequence; transposed, one token is a column.
    fn right<'a>(&self, values: &'a [f32], is_transposed: bool) -> Rhs<'a> {
        let values = Values::F32(&values[self.tokens.start * self.key_size + self.kv_index * self.dim..]);
        match is_transposed {
            true => Rhs::columns(values, self.dim, self.tokens.len(), self.key_size),
            false => Rhs::rows(values, self.tokens.len(), self.dim, self.key_size),
        }
    }

    fn from<'a>(&self, values: &'a [f32], position: usize) -> &'a [f32] {
        &values[(self.tokens.start + position) * self.query_size + self.index * self.dim..]
    }

    fn query<'a>(&self, values: &'a [f32], position: usize) -> &'a [f32] {
        &self.from(values, position)[..self.dim]
    }

    fn queries_as_right<'a>(&self, values: &'a [f32], block: Range<usize>) -> Rhs<'a> {
        Rhs::rows(Values::F32(self.from(values, block.start)), block.len(), self.dim, self.query_size)
    }

    /// Products of the rows of a block with every token that one of them may see.
    fn scores(&self, block: Range<usize>, queries: &[f32], right: &Panels<'_>, out: &mut [f32]) {
        let lhs = Lhs::rows(self.from(queries, block.start), block.len(), self.dim, self.query_size);
        right.multiply(lhs, 0, block.end, &mut Target { values: out, stride: self.stride(), adds: false });
    }
}
