//! What a trainer learns from: token ids, and which of them count.

use crate::error::{Error, ErrorKind, Result};

/// A sequence of token ids, and which of them the model learns to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    ids: Vec<u32>,
    /// As many as there are ids; never so for the first, before which there is nothing.
    is_target: Vec<bool>,
}

impl Sequence {
    /// A sequence of which every token after the first is learnt.
    pub fn new(ids: impl Into<Vec<u32>>) -> Self {
        let ids = ids.into();
        let is_target = vec![true; ids.len()];
        Self::with_marks(ids, is_target)
    }

    /// A sequence of which only those tokens are learnt that `is_target` marks, such as the assistant's. The first has
    /// none before it to be told from, and is never learnt.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] when there are not as many marks as tokens.
    pub fn masked(ids: impl Into<Vec<u32>>, is_target: impl Into<Vec<bool>>) -> Result<Self> {
        let (ids, is_target) = (ids.into(), is_target.into());
        if ids.len() != is_target.len() {
            let message = format!(
                "the sequence has {} tokens but {} marks; give one for each",
                ids.len(),
                is_target.len()
            );
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        Ok(Self::with_marks(ids, is_target))
    }

    fn with_marks(ids: Vec<u32>, mut is_target: Vec<bool>) -> Self {
        if let Some(first) = is_target.first_mut() {
            *first = false;
        }
        Self { ids, is_target }
    }

    /// The token ids.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// For each token, whether predicting it from those before counts in the loss.
    pub fn is_target(&self) -> &[bool] {
        &self.is_target
    }

    /// How many tokens count in the loss.
    pub fn target_count(&self) -> usize {
        self.is_target.iter().filter(|&&is_target| is_target).count()
    }

    /// Cuts the sequence after `length` tokens. Whether anything was cut off.
    pub(super) fn truncate(&mut self, length: usize) -> bool {
        let is_longer = self.ids.len() > length;
        self.ids.truncate(length);
        self.is_target.truncate(length);
        is_longer
    }
}
