//! What the forward pass keeps for the backward pass.

use super::layout::Layout;
use crate::base::{ModelConfig, Module};
use crate::error::{Error, ErrorKind, Result};

/// What is kept of all layers. Its memory is used again by the next batch.
#[derive(Default)]
pub(super) struct Tape {
    /// What each layer read, and after the last, what it gave: `[token][hidden]`.
    pub(super) states: Vec<Vec<f32>>,
    /// Of each layer, or the one that is at work where layers are computed again.
    pub(super) layers: Vec<LayerTape>,
    /// Logits of some rows.
    pub(super) logits: Vec<f32>,
}

/// What is kept of a layer, by token.
#[derive(Default)]
pub(super) struct LayerTape {
    /// Queries and keys as they are before they are normalised, where they are.
    pub(super) raw_queries: Vec<f32>,
    pub(super) raw_keys: Vec<f32>,
    /// As attention reads them.
    pub(super) queries: Vec<f32>,
    pub(super) keys: Vec<f32>,
    pub(super) values: Vec<f32>,
    /// What attention gives.
    pub(super) attended: Vec<f32>,
    /// `[head][token]`.
    pub(super) log_sums: Vec<f32>,
    /// The state after attention.
    pub(super) middle: Vec<f32>,
    pub(super) gate: Vec<f32>,
    pub(super) up: Vec<f32>,
    /// Inputs of each module times `Aᵀ`, `[token][rank]`.
    pub(super) projected: [Vec<f32>; 7],
}

impl Tape {
    /// Makes room for `tokens` tokens; `kept` layers are kept at once.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`] when there is not enough memory.
    pub(super) fn fit(
        &mut self,
        config: &ModelConfig,
        layout: &Layout,
        rank: usize,
        tokens: usize,
        kept: usize,
    ) -> Result<()> {
        self.states.resize_with(config.layers + 1, Vec::new);
        self.states.iter_mut().try_for_each(|state| fit(state, tokens * config.hidden_size))?;
        self.layers.resize_with(kept, LayerTape::default);
        self.layers.iter_mut().try_for_each(|layer| layer.fit(config, layout, rank, tokens))
    }
}

impl LayerTape {
    fn fit(&mut self, config: &ModelConfig, layout: &Layout, rank: usize, tokens: usize) -> Result<()> {
        let (queries, keys) = (tokens * config.query_size(), tokens * config.key_size());
        let raw = usize::from(config.has_head_norms());
        fit(&mut self.raw_queries, raw * queries)?;
        fit(&mut self.raw_keys, raw * keys)?;
        fit(&mut self.queries, queries)?;
        fit(&mut self.keys, keys)?;
        fit(&mut self.values, keys)?;
        fit(&mut self.attended, queries)?;
        fit(&mut self.log_sums, tokens * config.heads)?;
        fit(&mut self.middle, tokens * config.hidden_size)?;
        fit(&mut self.gate, tokens * config.intermediate_size)?;
        fit(&mut self.up, tokens * config.intermediate_size)?;
        for (module, projected) in Module::ALL.into_iter().zip(&mut self.projected) {
            let is_adapted = layout.slot(0, module).is_some();
            fit(projected, if is_adapted { tokens * rank } else { 0 })?;
        }
        Ok(())
    }
}

/// Sets the length; what is in it is anything.
pub(super) fn fit(values: &mut Vec<f32>, length: usize) -> Result<()> {
    if length > values.capacity() {
        *values = Vec::new();
        values.try_reserve_exact(length).map_err(|error| {
            let message =
                "there is not enough memory for the batch; give fewer tokens at once, or set `recompute`";
            Error::new(ErrorKind::LimitExceeded, message).with_source(error)
        })?;
    }
    values.resize(length, 0.0);
    Ok(())
}
