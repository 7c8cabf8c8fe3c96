//! Sequences of a micro-batch, one after the other without padding.

use std::ops::Range;

use super::{TrainerOptions, invalid};
use crate::base::ModelConfig;
use crate::dataset::Sequence;
use crate::error::{Error, ErrorKind, Result};

/// Tokens of a micro-batch: more would need more memory than any machine that trains on its CPU has.
const MOST_TOKENS: usize = 1 << 22;

/// A micro-batch as the model sees it.
pub(super) struct Batch {
    pub(super) tokens: Vec<u32>,
    /// Where each sequence is among the tokens.
    pub(super) sequences: Vec<Range<usize>>,
    /// The rows that are told from, with the tokens that should be told.
    pub(super) targets: Vec<(usize, u32)>,
}

impl Batch {
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] when nothing is to be learnt, when a token is not of the vocabulary, and when a
    /// sequence is empty or too long; the message names the sequence.
    pub(super) fn new<'a>(
        sequences: impl IntoIterator<Item = &'a Sequence>,
        config: &ModelConfig,
        options: &TrainerOptions,
    ) -> Result<Self> {
        let mut batch = Self { tokens: Vec::new(), sequences: Vec::new(), targets: Vec::new() };
        for (index, sequence) in sequences.into_iter().enumerate() {
            check(sequence, config, options)
                .map_err(|error| error.in_context(format!("sequence {index}")))?;
            batch.push(sequence);
        }
        if batch.sequences.is_empty() {
            return Err(invalid("the batch is empty; give at least one sequence"));
        }
        if batch.tokens.len() > MOST_TOKENS {
            let message = format!("the batch has {} tokens; {MOST_TOKENS} are the most", batch.tokens.len());
            return Err(Error::new(ErrorKind::LimitExceeded, message));
        }
        match batch.targets.is_empty() {
            true => Err(invalid(
                "the batch has nothing to learn: every token after the first of each sequence is masked out",
            )),
            false => Ok(batch),
        }
    }

    fn push(&mut self, sequence: &Sequence) {
        let start = self.tokens.len();
        self.tokens.extend(sequence.ids());
        self.sequences.push(start..self.tokens.len());
        let tokens = sequence.ids().iter().zip(sequence.is_target()).enumerate();
        let learnt = tokens.filter(|(_, (_, is_target))| **is_target);
        self.targets.extend(learnt.map(|(index, (&token, _))| (start + index - 1, token)));
    }

    /// The position of each token in its sequence.
    pub(super) fn positions(&self) -> Vec<usize> {
        self.sequences.iter().flat_map(|sequence| 0..sequence.len()).collect()
    }

    /// Whether something is told from a token that sees another one before it.
    pub(super) fn looks_back(&self) -> bool {
        let is_first =
            |row: usize| self.sequences.binary_search_by_key(&row, |sequence| sequence.start).is_ok();
        self.targets.iter().any(|&(row, _)| !is_first(row))
    }
}

pub(super) fn check(sequence: &Sequence, config: &ModelConfig, options: &TrainerOptions) -> Result<()> {
    let length = sequence.ids().len();
    if length == 0 {
        return Err(invalid("it is empty; leave it out"));
    }
    if length > options.max_length {
        let most = options.max_length;
        return Err(invalid(format!("it has {length} tokens, over max_length {most}; cut it or split it")));
    }
    if length > config.context {
        let most = config.context;
        return Err(invalid(format!(
            "it has {length} tokens, but the model sees {most}; cut it or split it"
        )));
    }
    match sequence.ids().iter().position(|&token| token as usize >= config.vocab_size) {
        Some(index) => {
            let (token, size) = (sequence.ids()[index], config.vocab_size);
            Err(invalid(format!(
                "token {index} is {token}, but the vocabulary has {size}; is it another model's?"
            )))
        }
        None => Ok(()),
    }
}
