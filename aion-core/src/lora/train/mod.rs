//! Training over a set: epochs, evaluation, checkpoints, and going on after a stop.

mod options;
mod run;

pub(super) use options::Position;
pub use options::{CheckpointPlan, Evaluation, TrainOptions, TrainProgress, TrainReport};

use super::batch::check;
use super::{Trainer, TrainerOptions, invalid};
use crate::base::ModelConfig;
use crate::control::Control;
use crate::dataset::{Sequence, pack};
use crate::error::{Error, ErrorKind, Result};
use run::Run;

impl Trainer {
    /// Learns from `sequences` in an order that the trainer's seed decides, and tells `on_progress` after each
    /// micro-batch.
    ///
    /// A training that ends early, by an error or by `control`, leaves the trainer at the last whole update, and the same
    /// call goes on from there; so does a trainer that was [resumed](Self::resume) from a checkpoint of a training. Both
    /// give the bits that an uninterrupted training gives. A resumed trainer that had finished does nothing more.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for options out of their range, for sequences that
    /// [`lora_step`](Self::lora_step) refuses, named by their place, and when an unfinished training was over other
    /// sequences or went over them in another way; [`InvalidState`](crate::ErrorKind::InvalidState) when `lora_step` left
    /// gradients that no update has used yet; those of [`lora_step`](Self::lora_step) and of
    /// [`checkpoint`](Self::checkpoint).
    pub fn train(
        &mut self,
        sequences: &[Sequence],
        options: &TrainOptions,
        on_progress: &mut dyn FnMut(&TrainProgress),
        control: &Control,
    ) -> Result<TrainReport> {
        options.validate()?;
        self.check_set(sequences, options)?;
        let run = Run::new(&self.options, sequences, options);
        self.enter(run.fingerprint())?;
        let outcome = run.go(self, on_progress, control);
        // What an unfinished update gathered is thrown away, and gathered again by the next call.
        self.pending.clear();
        outcome?;
        let position = self.position.take().unwrap_or_default();
        Ok(TrainReport {
            updates: position.losses.len() as u64,
            tokens: position.tokens,
            losses: position.losses,
            evaluations: position.evaluations,
            held_out: run.held_out(),
            duration: position.duration,
        })
    }

    /// Forgets where an unfinished [`train`](Self::train) was in its data, so that another one can begin. The adapter
    /// stays as it is.
    pub fn forget_position(&mut self) {
        self.position = None;
    }

    /// The mean cross-entropy of the target tokens of `sequences`, in nats, without dropout and without learning;
    /// at most `batch_tokens` tokens are computed at once.
    ///
    /// # Errors
    /// As [`loss`](Self::loss), and [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for a sequence of more than
    /// `batch_tokens` tokens.
    pub fn evaluate(
        &mut self,
        sequences: &[Sequence],
        batch_tokens: usize,
        control: &Control,
    ) -> Result<f64> {
        let places: Vec<_> = (0..sequences.len()).collect();
        self.evaluate_at(sequences, &places, batch_tokens, control)
    }

    pub(super) fn evaluate_at(
        &mut self,
        sequences: &[Sequence],
        places: &[usize],
        batch_tokens: usize,
        control: &Control,
    ) -> Result<f64> {
        let (mut loss, mut tokens) = (0.0, 0);
        for batch in pack(sequences, places, batch_tokens)? {
            let (sum, count) = self.summed_loss(batch.iter().map(|&place| &sequences[place]), control)?;
            (loss, tokens) = (loss + sum, tokens + count);
        }
        match tokens {
            0 => Err(invalid("there are no sequences to evaluate on")),
            _ => Ok(loss / tokens as f64),
        }
    }

    fn check_set(&self, sequences: &[Sequence], options: &TrainOptions) -> Result<()> {
        check_sequences(sequences, self.base.config(), &self.options, options.batch_tokens)?;
        if self.pending.batches > 0 {
            let message = "lora_step left gradients that no update has used yet; call update first";
            return Err(Error::new(ErrorKind::InvalidState, message));
        }
        Ok(())
    }

    /// Goes on where the trainer is, or begins.
    fn enter(&mut self, fingerprint: String) -> Result<()> {
        let position = self.position.get_or_insert_with(|| Position::of(&fingerprint));
        match position.fingerprint == fingerprint {
            true => Ok(()),
            false => Err(invalid(
                "the trainer is within a training over other sequences, or over these in another way; go on with \
                 those, or forget the position first",
            )),
        }
    }
}

/// Whether a set can be gone over: every sequence fits, and has something that counts in the loss.
pub(super) fn check_sequences(
    sequences: &[Sequence],
    config: &ModelConfig,
    options: &TrainerOptions,
    batch_tokens: usize,
) -> Result<()> {
    if sequences.is_empty() {
        return Err(invalid("there are no sequences in the set"));
    }
    for (index, sequence) in sequences.iter().enumerate() {
        let in_place = |error: Error| error.in_context(format!("sequence {index}"));
        check(sequence, config, options).map_err(in_place)?;
        if sequence.target_count() == 0 {
            return Err(in_place(invalid("nothing in it is to be learnt; leave it out")));
        }
        let length = sequence.ids().len();
        if length > batch_tokens {
            let message = format!("it has {length} tokens and batch_tokens is {batch_tokens}; raise it");
            return Err(in_place(invalid(message)));
        }
    }
    Ok(())
}
