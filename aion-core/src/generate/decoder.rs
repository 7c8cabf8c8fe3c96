//! The forward pass of a conversation.

use std::sync::Arc;

use super::attend::Attend;
use super::cache::Cache;
use crate::adapter::{Adapter, ModuleId, ModuleShapes};
use crate::base::ops::{
    Lhs, Rhs, Values, Workspace, add, gated_rows, matmul, matvec, rms_norm, rms_norm_rows,
};
use crate::base::{BaseModel, Module, RopeTable};
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};

/// What a decoder may be told. `DecoderOptions::default()` is the usual.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DecoderOptions {
    /// The most tokens of a conversation; the model's own context where that is shorter. Default: 4096.
    pub max_length: usize,
    /// Threads. Default: the cores that this process may use. The result is the same for every number.
    pub threads: Option<usize>,
}

impl Default for DecoderOptions {
    fn default() -> Self {
        Self { max_length: 4096, threads: None }
    }
}

/// A model that reads tokens and tells what the next one may be. It is shared by conversations, each of which has a
/// [`Cache`].
pub struct Decoder {
    base: Arc<BaseModel>,
    adapter: Option<Adapter>,
    workspace: Workspace,
    rope: RopeTable,
    max_length: usize,
}

impl Decoder {
    /// A decoder of `base`, changed by `adapter` if there is one.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for options out of their range, and [`ErrorKind::InvalidInput`] for an adapter that is
    /// not whole or of another model.
    pub fn new(base: Arc<BaseModel>, adapter: Option<Adapter>, options: &DecoderOptions) -> Result<Self> {
        if !(1..=1 << 20).contains(&options.max_length) {
            let message = "max_length is out of its range; it must be from 1 to 1048576";
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        if let Some(adapter) = &adapter {
            adapter.check_against(&ModuleShapes::of(base.config()))?;
        }
        let max_length = options.max_length.min(base.config().context);
        let rope = base.config().rope.table(max_length, base.config().head_dim);
        Ok(Self { workspace: Workspace::new(options.threads)?, base, adapter, rope, max_length })
    }

    /// The frozen model.
    pub fn base(&self) -> &Arc<BaseModel> {
        &self.base
    }

    /// The most tokens of a conversation.
    pub fn max_length(&self) -> usize {
        self.max_length
    }

    /// An empty conversation.
    pub fn cache(&self) -> Cache {
        Cache::new(self.base.config())
    }

    /// Reads `tokens` after what `cache` has, and gives the logits of the token that may follow: one for each of the
    /// vocabulary. A call that fails leaves the cache as it was.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] when there are no tokens, when one is not of the vocabulary, or when `cache` is of
    /// another model; [`ErrorKind::LimitExceeded`] when the conversation becomes too long or there is not enough memory;
    /// and those of `control`.
    pub fn feed(&self, tokens: &[u32], cache: &mut Cache, control: &Control) -> Result<Vec<f32>> {
        self.check(tokens, cache)?;
        self.workspace.run(|| self.read(tokens, cache, control))
    }

    fn read(&self, tokens: &[u32], cache: &mut Cache, control: &Control) -> Result<Vec<f32>> {
        let config = self.base.config();
        cache.reserve(tokens.len(), config.key_size())?;
        let hidden = config.hidden_size;
        let mut state = self.workspace.scratch(tokens.len() * hidden);
        for (&token, row) in tokens.iter().zip(state.chunks_exact_mut(hidden)) {
            self.base.weights().embedding.row(token as usize, row);
        }
        for layer in 0..config.layers {
            control.check()?;
            self.layer(layer, &mut state, cache);
        }
        control.check()?;
        cache.advance(tokens.len());
        Ok(self.logits(&state[(tokens.len() - 1) * hidden..]))
    }

    fn check(&self, tokens: &[u32], cache: &Cache) -> Result<()> {
        let config = self.base.config();
        let invalid = |message: String| Err(Error::new(ErrorKind::InvalidArgument, message));
        if tokens.is_empty() {
            return invalid("there are no tokens to read; give at least one".to_owned());
        }
        if let Some(token) = tokens.iter().find(|&&token| token as usize >= config.vocab_size) {
            return invalid(format!(
                "token {token} is not of the vocabulary, which has {}",
                config.vocab_size
            ));
        }
        let fits = |values: &[f32]| values.len().is_multiple_of(config.key_size());
        if cache.layers.len() != config.layers || !cache.layers.iter().all(|layer| fits(&layer.keys)) {
            return invalid("the cache was made by a decoder of another model".to_owned());
        }
        self.check_length(cache.len() + tokens.len())
    }

    pub(super) fn check_length(&self, length: usize) -> Result<()> {
        if length > self.max_length {
            let message =
                format!("the conversation has {length} tokens, over the {} that fit", self.max_length);
            return Err(Error::new(ErrorKind::LimitExceeded, message));
        }
        Ok(())
    }

    /// One layer: `state` becomes the next.
    fn layer(&self, index: usize, state: &mut [f32], cache: &mut Cache) {
        let (config, workspace) = (self.base.config(), &self.workspace);
        let layer = &self.base.weights().layers[index];
        let tokens = state.len() / config.hidden_size;
        let before = cache.len();
        let mut normed = workspace.scratch(state.len());
        rms_norm_rows(workspace, state, &layer.attention_norm, config.rms_norm_eps, &mut normed);
        let mut queries = workspace.scratch(tokens * config.query_size());
        let memory = &mut cache.layers[index];
        let new = before * config.key_size()..(before + tokens) * config.key_size();
        self.linear(index, Module::Q, &normed, &mut queries, false);
        self.linear(index, Module::K, &normed, &mut memory.keys[new.clone()], false);
        self.linear(index, Module::V, &normed, &mut memory.values[new.clone()], false);
        let norms = layer.head_norms.as_ref();
        self.place(&mut queries, config.query_size(), norms.map(|norms| &*norms[0]), before);
        self.place(&mut memory.keys[new], config.key_size(), norms.map(|norms| &*norms[1]), before);
        let mut attended = workspace.scratch(queries.len());
        Attend { config, workspace, layer: memory, before }.run(&queries, &mut attended);
        self.linear(index, Module::O, &attended, state, true);
        rms_norm_rows(workspace, state, &layer.mlp_norm, config.rms_norm_eps, &mut normed);
        let inner = config.intermediate_size;
        let mut gate = workspace.scratch(tokens * inner);
        let mut up = workspace.scratch(tokens * inner);
        let mut activated = workspace.scratch(tokens * inner);
        self.linear(index, Module::Gate, &normed, &mut gate, false);
        self.linear(index, Module::Up, &normed, &mut up, false);
        gated_rows(workspace, &gate, &up, inner, &mut activated);
        self.linear(index, Module::Down, &activated, state, true);
    }

    /// Normalises each head, where the model does, and turns it to its position.
    fn place(&self, rows: &mut [f32], size: usize, norm: Option<&[f32]>, before: usize) {
        let eps = self.base.config().rms_norm_eps;
        self.workspace.on_chunks(rows, size, |token, row| {
            if let Some(norm) = norm {
                let mut raw = self.workspace.scratch(norm.len());
                for head in row.chunks_exact_mut(norm.len()) {
                    raw.copy_from_slice(head);
                    rms_norm(&raw, norm, eps, head);
                }
            }
            self.rope.turn(row, before + token);
        });
    }

    fn linear(&self, layer: usize, module: Module, x: &[f32], out: &mut [f32], adds: bool) {
        let linear = self.base.weights().layers[layer].linear(module);
        let (weight, workspace) = (&linear.weight, &self.workspace);
        self.multiply(x, weight.values(), (weight.inputs, weight.outputs), out, adds);
        if let Some(bias) = &linear.bias {
            workspace.on_chunks(out, bias.len(), |_, row| add(row, bias));
        }
        let Some(adapter) = &self.adapter else { return };
        let Some(factors) = adapter.tensors.get(&ModuleId { layer, module }) else { return };
        let (rank, scale) = (adapter.config.rank, adapter.config.scale() as f32);
        let mut inner = workspace.scratch(x.len() / weight.inputs * rank);
        self.multiply(x, Values::F32(&factors.a), (weight.inputs, rank), &mut inner, false);
        inner.iter_mut().for_each(|value| *value *= scale);
        self.multiply(&inner, Values::F32(&factors.b), (rank, weight.outputs), out, true);
    }

    /// `out = x · Wᵀ`, or added.
    fn multiply(
        &self,
        x: &[f32],
        weights: Values<'_>,
        (inputs, outputs): (usize, usize),
        out: &mut [f32],
        adds: bool,
    ) {
        let tokens = x.len() / inputs;
        if tokens == 1 {
            return matvec(&self.workspace, x, weights, out, adds);
        }
        let rhs = Rhs::columns(weights, inputs, outputs, inputs);
        matmul(&self.workspace, Lhs::rows(x, tokens, inputs, inputs), &rhs, out, adds);
    }

    fn logits(&self, state: &[f32]) -> Vec<f32> {
        let (weights, config) = (self.base.weights(), self.base.config());
        let mut normed = vec![0.0; config.hidden_size];
        rms_norm(state, &weights.norm, config.rms_norm_eps, &mut normed);
        let mut logits = vec![0.0; config.vocab_size];
        matvec(&self.workspace, &normed, weights.head().values(), &mut logits, false);
        logits
    }
}
