//! What a training is told, and what it tells.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::lora::{TrainerOptions, invalid};

/// How [`Trainer::train`](crate::lora::Trainer::train) goes over its sequences. `TrainOptions::default()` is the usual.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TrainOptions {
    /// How often every sequence is learnt from. Default: 1.
    pub epochs: u32,
    /// Sequences of an update. Default: two for each of the trainer's `gradient_accumulation`, which makes 32.
    pub batch_size: Option<usize>,
    /// The most tokens that are computed at once: an update is made of as few micro-batches as its sequences fit into.
    /// Memory grows with it. Default: 4096.
    pub batch_tokens: usize,
    /// The share of sequences that is not learnt from but evaluated on, 0 to 0.5. Default: 0.
    pub held_out: f64,
    /// Updates between evaluations; the end of each epoch has one in any case. Default: none between.
    pub evaluate_every: Option<u64>,
    /// Where and how often the trainer is written down. Default: nowhere.
    pub checkpoint: Option<CheckpointPlan>,
}

/// Where and how often [`Trainer::train`](crate::lora::Trainer::train) writes its trainer down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointPlan {
    /// The file, which is replaced each time.
    pub path: PathBuf,
    /// Updates between two of them, 1 or more; the end has one in any case.
    pub every: u64,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            epochs: 1,
            batch_size: None,
            batch_tokens: 4096,
            held_out: 0.0,
            evaluate_every: None,
            checkpoint: None,
        }
    }
}

/// How a training goes; told after each micro-batch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrainProgress {
    /// The epoch that it is in, from 1.
    pub epoch: u32,
    /// Updates so far.
    pub update: u64,
    /// Updates in all.
    pub updates: u64,
    /// The mean cross-entropy of what this update has learnt from so far, in nats.
    pub loss: f64,
    /// The norm of the update's gradient before it was clipped, when the micro-batch was its last.
    pub grad_norm: Option<f64>,
    /// The loss on the held-out sequences, told once after each time that it was measured.
    pub evaluation: Option<f64>,
    /// Tokens so far.
    pub tokens: u64,
    /// Tokens a second, over this call.
    pub tokens_per_second: f64,
    /// What is left at that pace.
    pub remaining: Duration,
}

/// A loss on the held-out sequences.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The updates before it.
    pub update: u64,
    /// The mean cross-entropy of the target tokens, in nats.
    pub loss: f64,
}

/// What a training did, with what was done before it was resumed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrainReport {
    /// Updates of the adapter.
    pub updates: u64,
    /// Tokens that were learnt from, counted each time.
    pub tokens: u64,
    /// The mean cross-entropy of each update, in nats.
    pub losses: Vec<f64>,
    /// Losses on the held-out sequences.
    pub evaluations: Vec<Evaluation>,
    /// Sequences that were held out.
    pub held_out: usize,
    /// How long it took.
    pub duration: Duration,
}

/// Where a training is in its data; it stands between two updates.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(in crate::lora) struct Position {
    /// Of the sequences and of how they are gone over.
    pub(super) fingerprint: String,
    pub(super) tokens: u64,
    pub(super) losses: Vec<f64>,
    pub(super) evaluations: Vec<Evaluation>,
    pub(super) duration: Duration,
}

impl Position {
    /// The beginning.
    pub(super) fn of(fingerprint: &str) -> Self {
        Self { fingerprint: fingerprint.to_owned(), ..Self::default() }
    }

    /// Updates so far.
    pub(super) fn update(&self) -> u64 {
        self.losses.len() as u64
    }
}

impl TrainOptions {
    /// Updates that a training over `sequences` sequences makes with a trainer of these options, for a
    /// [`Schedule`](crate::lora::Schedule).
    pub fn updates(&self, sequences: usize, trainer: &TrainerOptions) -> u64 {
        let learnt = sequences - held_out_count(sequences, self.held_out);
        u64::from(self.epochs) * learnt.div_ceil(self.batch_size(trainer).max(1)) as u64
    }

    /// Sequences of an update.
    pub(super) fn batch_size(&self, trainer: &TrainerOptions) -> usize {
        self.batch_size.unwrap_or_else(|| 2 * trainer.gradient_accumulation as usize)
    }

    pub(super) fn validate(&self) -> Result<()> {
        let every = self.checkpoint.as_ref().map_or(1, |plan| plan.every);
        let rules = [
            (self.epochs > 0, "epochs", "1 or more"),
            (self.batch_size != Some(0), "batch_size", "1 or more"),
            (self.batch_tokens > 0, "batch_tokens", "1 or more"),
            ((0.0..=0.5).contains(&self.held_out), "held_out", "from 0 to 0.5"),
            (self.evaluate_every != Some(0), "evaluate_every", "1 or more"),
            (every > 0, "checkpoint.every", "1 or more"),
        ];
        match rules.into_iter().find(|(holds, ..)| !holds) {
            Some((_, name, range)) => Err(invalid(format!("{name} is out of its range; it must be {range}"))),
            None => Ok(()),
        }
    }
}

/// How many of `sequences` are held out: never all of them, and one at least where a share is asked for.
pub(super) fn held_out_count(sequences: usize, share: f64) -> usize {
    let least = usize::from(share > 0.0);
    ((sequences as f64 * share).round() as usize).max(least).min(sequences.saturating_sub(1))
}
