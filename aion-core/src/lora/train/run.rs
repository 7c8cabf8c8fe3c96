//! One call of `train`: updates, evaluations and checkpoints in their order.

use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::options::{Evaluation, Position, TrainOptions, TrainProgress, held_out_count};
use crate::control::Control;
use crate::dataset::{Sequence, pack, shuffled};
use crate::error::Result;
use crate::lora::{Trainer, TrainerOptions};

/// Draws the held-out sequences from another stream than the order of an epoch.
const HELD_OUT_STREAM: u64 = 0x68E1_D007;

type OnProgress<'a> = &'a mut dyn FnMut(&TrainProgress);

/// The sequences and the way over them.
pub(super) struct Run<'a> {
    sequences: &'a [Sequence],
    options: &'a TrainOptions,
    seed: u64,
    batch_size: usize,
    /// Places of the sequences that are learnt from.
    learnt: Vec<usize>,
    held_out: Vec<usize>,
    updates_of_epoch: u64,
}

/// How fast it goes: where this call began, and when.
struct Clock {
    began: Instant,
    tokens_before: u64,
    duration_before: Duration,
    tokens_in_all: u64,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        trainer: &TrainerOptions,
        sequences: &'a [Sequence],
        options: &'a TrainOptions,
    ) -> Self {
        let (seed, batch_size) = (trainer.seed, options.batch_size(trainer));
        let mut learnt = shuffled(sequences.len(), seed ^ HELD_OUT_STREAM);
        let held_out = learnt.split_off(sequences.len() - held_out_count(sequences.len(), options.held_out));
        let updates_of_epoch = learnt.len().div_ceil(batch_size) as u64;
        Self { sequences, options, seed, batch_size, learnt, held_out, updates_of_epoch }
    }

    /// How many sequences are held out.
    pub(super) fn held_out(&self) -> usize {
        self.held_out.len()
    }

    /// A hash of all that decides what the updates and evaluations are.
    pub(super) fn fingerprint(&self) -> String {
        let options = self.options;
        let mut hash = Sha256::new();
        for number in [u64::from(options.epochs), self.batch_size as u64, options.batch_tokens as u64] {
            hash.update(number.to_le_bytes());
        }
        hash.update(options.held_out.to_le_bytes());
        hash.update(options.evaluate_every.unwrap_or(0).to_le_bytes());
        for sequence in self.sequences {
            hash.update((sequence.ids().len() as u64).to_le_bytes());
            sequence.ids().iter().for_each(|id| hash.update(id.to_le_bytes()));
            sequence.is_target().iter().for_each(|&is_target| hash.update([u8::from(is_target)]));
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Goes on from the trainer's position to the end.
    pub(super) fn go(
        &self,
        trainer: &mut Trainer,
        on_progress: OnProgress<'_>,
        control: &Control,
    ) -> Result<()> {
        let clock = Clock::new(position(trainer), self.tokens_in_all());
        let first = position(trainer).update();
        self.evaluate(trainer, &clock, on_progress, control)?;
        let mut order = (None, Vec::new());
        for update in first..self.updates() {
            let epoch = update / self.updates_of_epoch;
            if order.0 != Some(epoch) {
                order = (Some(epoch), self.order(epoch));
            }
            let from = (update % self.updates_of_epoch) as usize * self.batch_size;
            let places = &order.1[from..order.1.len().min(from + self.batch_size)];
            self.update(trainer, places, &clock, on_progress, control)?;
            self.evaluate(trainer, &clock, on_progress, control)?;
            self.write_down(trainer)?;
        }
        Ok(())
    }

    fn updates(&self) -> u64 {
        u64::from(self.options.epochs) * self.updates_of_epoch
    }

    fn tokens_in_all(&self) -> u64 {
        let tokens = self.learnt.iter().map(|&place| self.sequences[place].ids().len() as u64);
        u64::from(self.options.epochs) * tokens.sum::<u64>()
    }

    /// The order of an epoch.
    fn order(&self, epoch: u64) -> Vec<usize> {
        let order = shuffled(self.learnt.len(), self.seed.wrapping_add(epoch));
        order.into_iter().map(|index| self.learnt[index]).collect()
    }

    /// Learns from the sequences at `places`, and moves the position behind them.
    fn update(
        &self,
        trainer: &mut Trainer,
        places: &[usize],
        clock: &Clock,
        on_progress: OnProgress<'_>,
        control: &Control,
    ) -> Result<()> {
        let batches = pack(self.sequences, places, self.options.batch_tokens)?;
        let before = trainer.batches;
        let mut progress = self.progress(position(trainer));
        let (mut loss, mut targets) = (0.0, 0);
        for (index, batch) in batches.iter().enumerate() {
            let is_last = index + 1 == batches.len();
            let members = || batch.iter().map(|&place| &self.sequences[place]);
            // Dropout is drawn by the number of the micro-batch, so an update that fails gives its numbers back.
            let learnt =
                trainer.learn(members(), is_last, control).inspect_err(|_| trainer.batches = before)?;
            (loss, targets) = (loss + learnt.loss, targets + learnt.tokens);
            progress.tokens += members().map(|sequence| sequence.ids().len() as u64).sum::<u64>();
            progress.loss = loss / targets as f64;
            progress.grad_norm = learnt.grad_norm;
            progress.update += u64::from(is_last);
            if is_last {
                let position = position(trainer);
                position.losses.push(progress.loss);
                position.tokens = progress.tokens;
                position.duration = clock.duration();
            }
            clock.tell(&mut progress, on_progress, control);
        }
        Ok(())
    }

    /// Measures the loss on the held-out sequences where it is due and not known yet.
    fn evaluate(
        &self,
        trainer: &mut Trainer,
        clock: &Clock,
        on_progress: OnProgress<'_>,
        control: &Control,
    ) -> Result<()> {
        let mut progress = self.progress(position(trainer));
        let update = progress.update;
        let is_due = update.is_multiple_of(self.updates_of_epoch)
            || self.options.evaluate_every.is_some_and(|every| update.is_multiple_of(every));
        let is_known = position(trainer).evaluations.iter().any(|evaluation| evaluation.update == update);
        if self.held_out.is_empty() || update == 0 || is_known || !is_due {
            return Ok(());
        }
        let loss = trainer.evaluate_at(self.sequences, &self.held_out, self.options.batch_tokens, control)?;
        position(trainer).evaluations.push(Evaluation { update, loss });
        progress.evaluation = Some(loss);
        clock.tell(&mut progress, on_progress, control);
        Ok(())
    }

    fn write_down(&self, trainer: &mut Trainer) -> Result<()> {
        let update = position(trainer).update();
        match &self.options.checkpoint {
            Some(plan) if update.is_multiple_of(plan.every) || update == self.updates() => {
                trainer.checkpoint(&plan.path, &[])
            }
            _ => Ok(()),
        }
    }

    fn progress(&self, position: &Position) -> TrainProgress {
        let update = position.update();
        TrainProgress {
            epoch: ((update / self.updates_of_epoch) as u32 + 1).min(self.options.epochs),
            update,
            updates: self.updates(),
            loss: position.losses.last().copied().unwrap_or(f64::NAN),
            grad_norm: None,
            evaluation: None,
            tokens: position.tokens,
            tokens_per_second: 0.0,
            remaining: Duration::ZERO,
        }
    }
}

/// Where the trainer is; [`Trainer::train`] has set it.
fn position(trainer: &mut Trainer) -> &mut Position {
    trainer.position.get_or_insert_default()
}

impl Clock {
    fn new(position: &Position, tokens_in_all: u64) -> Self {
        let (tokens_before, duration_before) = (position.tokens, position.duration);
        Self { began: Instant::now(), tokens_before, duration_before, tokens_in_all }
    }

    /// Since the training began, without the time between a stop and its resumption.
    fn duration(&self) -> Duration {
        self.duration_before + self.began.elapsed()
    }

    fn tell(&self, progress: &mut TrainProgress, on_progress: OnProgress<'_>, control: &Control) {
        let pace =
            (progress.tokens - self.tokens_before) as f64 / self.began.elapsed().as_secs_f64().max(1e-9);
        let left = self.tokens_in_all.saturating_sub(progress.tokens) as f64;
        progress.tokens_per_second = pace;
        progress.remaining = Duration::try_from_secs_f64(left / pace).unwrap_or(Duration::MAX);
        on_progress(progress);
        control.report("tokens", progress.tokens as usize, self.tokens_in_all as usize);
    }
}
