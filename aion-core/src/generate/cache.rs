//! What a conversation has been so far, as attention remembers it.

use crate::base::ModelConfig;
use crate::error::{Error, ErrorKind, Result};

/// Keys and values of the tokens that were read. Made by [`Decoder::cache`](super::Decoder::cache), for one conversation
/// at a time.
#[derive(Debug, Clone)]
pub struct Cache {
    pub(super) layers: Vec<Layer>,
    len: usize,
}

/// Of one block, `[token][head][head_dim]`, by token.
#[derive(Debug, Clone, Default)]
pub(super) struct Layer {
    pub(super) keys: Vec<f32>,
    pub(super) values: Vec<f32>,
}

impl Cache {
    pub(super) fn new(config: &ModelConfig) -> Self {
        Self { layers: vec![Layer::default(); config.layers], len: 0 }
    }

    /// Tokens that were read.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was read yet.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Forgets all but the first `len` tokens.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Makes room for `count` more tokens of `size` numbers.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`] when there is not enough memory.
    pub(super) fn reserve(&mut self, count: usize, size: usize) -> Result<()> {
        let length = (self.len + count) * size;
        for values in self.layers.iter_mut().flat_map(|layer| [&mut layer.keys, &mut layer.values]) {
            values.try_reserve(length.saturating_sub(values.len())).map_err(|error| {
                let message = "there is not enough memory for more tokens; begin a new conversation";
                Error::new(ErrorKind::LimitExceeded, message).with_source(error)
            })?;
            values.resize(length, 0.0);
        }
        Ok(())
    }

    /// Tells that `count` more tokens were read.
    pub(super) fn advance(&mut self, count: usize) {
        self.len += count;
    }
}
