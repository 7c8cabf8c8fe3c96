//! What the forward pass keeps for the backward pass.

use super::layout::Layout;
use crate::base::ops::Memory;
use crate::base::{ModelConfig, Module};
use crate::error::Result;

/// What is kept of all layers. Its memory is used again by the next batch.
#[derive(Default)]
pub(super) struct Tape {
    /// What each layer read, and after the last, what it gave: `[token][hidden]`.
    pub(super) states: Vec<Memory>,
    /// Of each layer, or the one that is at work where layers are computed again.
    pub(super) layers: Vec<LayerTape>,
    /// Logits of some rows.
    pub(super) logits: Memory,
}

/// What is kept of a layer, by token.
#[derive(Default)]
pub(super) struct LayerTape {
    /// Queries and keys as they are before they are normalised, where they are.
    pub(super) raw_queries: Memory,
    pub(super) raw_keys: Memory,
    /// As attention reads them.
    pub(super) queries: Memory,
    pub(super) keys: Memory,
    pub(super) values: Memory,
    /// What attention gives.
    pub(super) attended: Memory,
    /// `[head][token]`.
    pub(super) log_sums: Memory,
    /// The state after attention.
    pub(super) middle: Memory,
    pub(super) gate: Memory,
    pub(super) up: Memory,
    /// Inputs of each module times `Aᵀ`, `[token][rank]`.
    pub(super) projected: [Memory; 7],
}

impl Tape {
    /// Makes room for `tokens` tokens; `kept` layers are kept at once.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`](crate::ErrorKind::LimitExceeded) when there is not enough memory.
    pub(super) fn fit(
        &mut self,
        config: &ModelConfig,
        layout: &Layout,
        rank: usize,
        tokens: usize,
        kept: usize,
    ) -> Result<()> {
        self.states.resize_with(config.layers + 1, Memory::default);
        self.states.iter_mut().try_for_each(|state| state.fit(tokens * config.hidden_size))?;
        self.layers.resize_with(kept, LayerTape::default);
        self.layers.iter_mut().try_for_each(|layer| layer.fit(config, layout, rank, tokens))
    }
}

impl LayerTape {
    fn fit(&mut self, config: &ModelConfig, layout: &Layout, rank: usize, tokens: usize) -> Result<()> {
        let (queries, keys) = (tokens * config.query_size(), tokens * config.key_size());
        let raw = usize::from(config.has_head_norms());
        self.raw_queries.fit(raw * queries)?;
        self.raw_keys.fit(raw * keys)?;
        self.queries.fit(queries)?;
        self.keys.fit(keys)?;
        self.values.fit(keys)?;
        self.attended.fit(queries)?;
        self.log_sums.fit(tokens * config.heads)?;
        self.middle.fit(tokens * config.hidden_size)?;
        self.gate.fit(tokens * config.intermediate_size)?;
        self.up.fit(tokens * config.intermediate_size)?;
        for (module, projected) in Module::ALL.into_iter().zip(&mut self.projected) {
            let is_adapted = layout.slot(0, module).is_some();
            projected.fit(if is_adapted { tokens * rank } else { 0 })?;
        }
        Ok(())
    }
}
