//! The trainer: micro-batches in, updates of an adapter out.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::TrainerOptions;
use super::adapter::{from_values, initial_values, low_rank, to_values};
use super::batch::Batch;
use super::forward::Pass;
use super::layout::Layout;
use super::optimizer::AdamW;
use super::tape::Tape;
use super::train::Position;
use crate::adapter::{Adapter, Factor};
use crate::base::ops::{Workspace, add};
use crate::base::{BaseModel, Module, RopeTable};
use crate::control::Control;
use crate::dataset::Sequence;
use crate::error::{Error, ErrorKind, Result};

/// Trains one adapter on one frozen model.
///
/// A step that fails, for whatever reason, leaves the trainer as it was before.
pub struct Trainer {
    pub(super) base: Arc<BaseModel>,
    pub(super) options: TrainerOptions,
    pub(super) layout: Layout,
    pub(super) parameters: Vec<f32>,
    pub(super) optimizer: AdamW,
    pub(super) pending: Pending,
    /// Micro-batches so far.
    pub(super) batches: u64,
    /// The summed gradient of the last micro-batch, and its target tokens.
    last: Vec<f32>,
    last_tokens: usize,
    workspace: Workspace,
    rope: RopeTable,
    tape: Tape,
    /// Where an unfinished [`train`](Self::train) is in its data.
    pub(super) position: Option<Position>,
}

/// What was gathered since the last update.
pub(super) struct Pending {
    /// Summed, not divided by tokens yet.
    pub(super) gradients: Vec<f32>,
    pub(super) tokens: u64,
    pub(super) batches: u32,
}

impl Pending {
    pub(super) fn clear(&mut self) {
        self.gradients.fill(0.0);
        (self.tokens, self.batches) = (0, 0);
    }
}

/// What was learnt from one micro-batch.
pub(super) struct Learnt {
    /// Summed over the target tokens.
    pub(super) loss: f64,
    pub(super) tokens: usize,
    pub(super) grad_norm: Option<f64>,
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StepReport {
    /// The mean cross-entropy of the micro-batch's target tokens, in nats.
    pub loss: f64,
    /// Target tokens of the micro-batch.
    pub tokens: usize,
    /// The norm of the whole accumulated gradient before it was clipped, if the step updated the adapter.
    pub grad_norm: Option<f64>,
    /// Updates so far, this one included.
    pub step: u64,
    /// Whether the step updated the adapter: every `gradient_accumulation`-th does.
    pub updated: bool,
}

impl Trainer {
    /// A trainer of a new adapter, which changes nothing yet, or of `adapter` going on.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for options out of their range, and for an adapter of another rank, alpha or other
    /// target modules than they say; [`ErrorKind::InvalidInput`] for one that is not whole or of another model.
    pub fn new(base: Arc<BaseModel>, options: TrainerOptions, adapter: Option<&Adapter>) -> Result<Self> {
        options.validate()?;
        let layout = Layout::new(base.config(), &options);
        let parameters = match adapter {
            Some(adapter) => to_values(adapter, &base, &layout, &options)?,
            None => initial_values(&layout, options.seed),
        };
        let positions = options.max_length.min(base.config().context);
        let len = layout.len;
        Ok(Self {
            rope: base.config().rope.table(positions, base.config().head_dim),
            workspace: Workspace::new(options.threads)?,
            base,
            options,
            layout,
            parameters,
            optimizer: AdamW::new(len),
            pending: Pending { gradients: vec![0.0; len], tokens: 0, batches: 0 },
            batches: 0,
            last: vec![0.0; len],
            last_tokens: 0,
            tape: Tape::default(),
            position: None,
        })
    }

    /// As [`new`](Self::new) with a new adapter on the model in `directory`.
    ///
    /// # Errors
    /// As [`new`](Self::new) and [`BaseModel::open`].
    pub fn open(directory: impl AsRef<Path>, options: TrainerOptions) -> Result<Self> {
        Self::new(Arc::new(BaseModel::open(directory)?), options, None)
    }

    /// The frozen model.
    pub fn base(&self) -> &Arc<BaseModel> {
        &self.base
    }

    /// What the trainer was told.
    pub fn options(&self) -> &TrainerOptions {
        &self.options
    }

    /// Updates so far.
    pub fn step(&self) -> u64 {
        self.optimizer.steps
    }

    /// The adapter as it is now.
    pub fn adapter(&self) -> Adapter {
        from_values(&self.base, &self.layout, &self.options, &self.parameters)
    }

    /// Writes the adapter as the directory `directory`, which PEFT and [`Adapters::promote`](crate::adapter::Adapters::promote)
    /// take. It appears whole, in place of an adapter that is there.
    ///
    /// # Errors
    /// As [`Adapter::write`].
    pub fn save(&self, directory: impl AsRef<Path>) -> Result<()> {
        self.adapter().write(directory)
    }

    /// Learns from one micro-batch. Every `gradient_accumulation`-th call updates the adapter by the gradient of them
    /// all, divided by the number of their target tokens.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] when the batch has nothing to learn, an empty or too long sequence, or a token that
    /// is not of the vocabulary; [`ErrorKind::InvalidState`] when the loss or a gradient is NaN or infinite, or when a
    /// module that should learn has a gradient of exactly zero; [`ErrorKind::LimitExceeded`] when there is not enough
    /// memory; and those of `control`.
    pub fn lora_step(&mut self, batch: &[Sequence], control: &Control) -> Result<StepReport> {
        let is_last = self.pending.batches + 1 >= self.options.gradient_accumulation;
        let learnt = self.learn(batch, is_last, control)?;
        let loss = learnt.loss / learnt.tokens as f64;
        let (grad_norm, step) = (learnt.grad_norm, self.optimizer.steps);
        Ok(StepReport { loss, tokens: learnt.tokens, grad_norm, step, updated: is_last })
    }

    /// Gathers the gradient of one micro-batch, and updates the adapter where it `is_last` of its update.
    pub(super) fn learn<'a>(
        &mut self,
        batch: impl IntoIterator<Item = &'a Sequence>,
        is_last: bool,
        control: &Control,
    ) -> Result<Learnt> {
        self.last_tokens = 0;
        let batch = self.prepare(batch)?;
        let mut gradients = std::mem::take(&mut self.last);
        let outcome = self.forward_backward(&batch, &mut gradients, control);
        let outcome = outcome.and_then(|loss| self.check(loss, &gradients, &batch).map(|()| loss));
        self.last = gradients;
        let loss = outcome?;
        let tokens = batch.targets.len();
        let grad_norm = match is_last {
            true => Some(self.norm_with(&self.last, self.pending.tokens + tokens as u64)?),
            false => None,
        };
        add(&mut self.pending.gradients, &self.last);
        self.pending.tokens += tokens as u64;
        self.pending.batches += 1;
        self.batches += 1;
        self.last_tokens = tokens;
        if let Some(norm) = grad_norm {
            self.apply(norm);
        }
        Ok(Learnt { loss, tokens, grad_norm })
    }

    /// Updates the adapter by what was gathered so far, such as at the end of the data. Gives the gradient's norm, or
    /// `None` when nothing was gathered since the last update.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidState`] when the gathered gradient is infinite.
    pub fn update(&mut self) -> Result<Option<f64>> {
        if self.pending.batches == 0 {
            return Ok(None);
        }
        let norm = self.norm_with(&[], self.pending.tokens)?;
        self.apply(norm);
        Ok(Some(norm))
    }

    /// The mean cross-entropy of the batch's target tokens, in nats, without dropout and without learning.
    ///
    /// # Errors
    /// As [`lora_step`](Self::lora_step).
    pub fn loss(&mut self, batch: &[Sequence], control: &Control) -> Result<f64> {
        let (loss, tokens) = self.summed_loss(batch, control)?;
        Ok(loss / tokens as f64)
    }

    /// The summed cross-entropy, and the number of target tokens.
    pub(super) fn summed_loss<'a>(
        &mut self,
        batch: impl IntoIterator<Item = &'a Sequence>,
        control: &Control,
    ) -> Result<(f64, usize)> {
        let batch = self.prepare(batch)?;
        let mut tape = std::mem::take(&mut self.tape);
        let positions = batch.positions();
        let outcome = self.workspace.run(|| {
            tape.fit(self.base.config(), &self.layout, self.options.rank, positions.len(), 1)?;
            let pass = self.pass(&batch, &positions, None, control);
            pass.forward(&batch.tokens, &mut tape)?;
            let states = &tape.states[tape.states.len() - 1];
            pass.loss(states, &batch.targets, &mut tape.logits, None)
        });
        self.tape = tape;
        Ok((outcome?, batch.targets.len()))
    }

    /// The gradients of the last micro-batch's mean loss, by PEFT's keys, each as its weight lies: `lora_A` is
    /// `[rank][in]`, `lora_B` is `[out][rank]`. Empty before the first step, and after one that failed.
    pub fn gradients(&self) -> BTreeMap<String, Vec<f32>> {
        let mut gradients = BTreeMap::new();
        if self.last_tokens == 0 {
            return gradients;
        }
        let scale = 1.0 / self.last_tokens as f32;
        let scaled = |mut values: Vec<f32>| {
            values.iter_mut().for_each(|value| *value *= scale);
            values
        };
        for slot in &self.layout.slots {
            let factors = low_rank(slot, self.options.rank, &self.last);
            gradients.insert(slot.id.key(Factor::A), scaled(factors.a));
            gradients.insert(slot.id.key(Factor::B), scaled(factors.b));
        }
        gradients
    }

    /// Gives the memory of activations back to the system; the next step takes it again.
    pub fn release_memory(&mut self) {
        self.tape = Tape::default();
        self.workspace.release();
    }

    pub(super) fn prepare<'a>(&self, batch: impl IntoIterator<Item = &'a Sequence>) -> Result<Batch> {
        Batch::new(batch, self.base.config(), &self.options)
    }

    fn pass<'a>(
        &'a self,
        batch: &'a Batch,
        positions: &'a [usize],
        dropout_batch: Option<u64>,
        control: &'a Control,
    ) -> Pass<'a> {
        Pass {
            base: &self.base,
            layout: &self.layout,
            options: &self.options,
            parameters: &self.parameters,
            rope: &self.rope,
            workspace: &self.workspace,
            control,
            sequences: &batch.sequences,
            positions,
            dropout_batch,
        }
    }

    /// The summed loss, and its gradient in `gradients`.
    fn forward_backward(&mut self, batch: &Batch, gradients: &mut [f32], control: &Control) -> Result<f64> {
        let mut tape = std::mem::take(&mut self.tape);
        let positions = batch.positions();
        let kept = if self.options.recompute { 1 } else { self.base.config().layers };
        let outcome = self.workspace.run(|| {
            tape.fit(self.base.config(), &self.layout, self.options.rank, positions.len(), kept)?;
            let pass = self.pass(batch, &positions, Some(self.batches), control);
            pass.forward(&batch.tokens, &mut tape)?;
            let states = &tape.states[tape.states.len() - 1];
            let mut grad = self.workspace.scratch(states.len());
            let loss = pass.loss(states, &batch.targets, &mut tape.logits, Some(&mut grad))?;
            check_loss(loss)?;
            gradients.fill(0.0);
            pass.backward(&mut tape, &mut grad, gradients)?;
            Ok(loss)
        });
        self.tape = tape;
        outcome
    }

    fn check(&self, loss: f64, gradients: &[f32], batch: &Batch) -> Result<()> {
        check_loss(loss)?;
        for slot in &self.layout.slots {
            let gradient = &gradients[slot.both()];
            if !gradient.iter().all(|value| value.is_finite()) {
                let id = slot.id;
                return Err(broken(format!(
                    "the gradient of `{id}` is NaN or infinite; nothing was updated"
                )));
            }
            let is_moved = self.parameters[slot.up.clone()].iter().any(|&value| value != 0.0);
            let looks = batch.looks_back() || !matches!(slot.id.module, Module::Q | Module::K);
            if is_moved && looks && gradient.iter().all(|&value| value == 0.0) {
                let why = "nothing would be learnt there, and nothing was updated";
                return Err(broken(format!("the gradient of `{}` is exactly zero: {why}", slot.id)));
            }
        }
        Ok(())
    }

    /// The norm of what is pending and `more`, divided by `tokens`.
    fn norm_with(&self, more: &[f32], tokens: u64) -> Result<f64> {
        let more = more.iter().chain(std::iter::repeat(&0.0));
        let squares = self.pending.gradients.iter().zip(more).map(|(a, b)| f64::from(a + b).powi(2));
        let norm = squares.sum::<f64>().sqrt() / tokens as f64;
        match norm.is_finite() {
            true => Ok(norm),
            false => Err(broken("the accumulated gradient is infinite; nothing was updated".to_owned())),
        }
    }

    fn apply(&mut self, norm: f64) {
        let most = self.options.max_grad_norm;
        // The 1e-6 is that of `clip_grad_norm_`.
        let clip = if most > 0.0 { (most / (norm + 1e-6)).min(1.0) } else { 1.0 };
        let factor = (clip / self.pending.tokens as f64) as f32;
        self.optimizer.update(&self.options, &mut self.parameters, &self.pending.gradients, factor);
        self.pending.clear();
    }
}

fn check_loss(loss: f64) -> Result<()> {
    match loss.is_finite() {
        true => Ok(()),
        false => Err(broken(format!("the loss is {loss}; nothing was updated, try a lower learning_rate"))),
    }
}

fn broken(message: String) -> Error {
    Error::new(ErrorKind::InvalidState, message)
}
