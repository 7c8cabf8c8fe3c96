//! Training of adapters.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::path::Path;
use std::sync::Arc;

use aion_core::Result;
use aion_core::adapter::Adapter;
use aion_core::base::BaseModel;
use aion_core::lora::{StepReport, Trainer};

use crate::control::{self, AionControl};
use crate::error::AionError;
use crate::handle::{required, vacant};
use crate::lora_batch::{self, AionSequence};
use crate::lora_options::AionLoraOptions;
use crate::panic::{guard, guard_drop, guard_or};
use crate::status::AionStatus;
use crate::text;

/// Trains a LoRA adapter on a frozen language model. One thread at a time may use it. A call that fails leaves it as it
/// was. Freed by aion_lora_free.
pub struct AionLora(pub(crate) Trainer);

/// What a step did.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct AionLoraStep {
    /// The mean cross-entropy of the micro-batch's target tokens, in nats.
    pub loss: f64,
    /// Target tokens of the micro-batch.
    pub tokens: usize,
    /// Whether the step updated the adapter: every `gradient_accumulation`-th does.
    pub updated: bool,
    /// The norm of the whole accumulated gradient before it was clipped, if the step updated the adapter, else 0.
    pub grad_norm: f64,
    /// Updates so far, this one included.
    pub step: u64,
}

impl From<StepReport> for AionLoraStep {
    fn from(report: StepReport) -> Self {
        let StepReport { loss, tokens, grad_norm, step, updated, .. } = report;
        Self { loss, tokens, updated, grad_norm: grad_norm.unwrap_or_default(), step }
    }
}

/// Makes a trainer on the Hugging Face directory `base`: of a new adapter, or of the PEFT directory `adapter` going on,
/// whose rank, alpha and target modules the options must then say; empty for a new one. `options` may be NULL for the
/// default, `control` for none.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for options out of their range, or other than the adapter's;
/// AION_ERROR_NOT_FOUND and AION_ERROR_IO for files; AION_ERROR_INVALID_MODEL for a damaged base;
/// AION_ERROR_UNSUPPORTED for another architecture; AION_ERROR_INVALID_INPUT for an adapter that is damaged or of
/// another base.
///
/// # Safety
/// `base` and `adapter` must point to as many bytes as their lengths say, and the texts of `options` likewise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_lora_new(
    base: *const c_char,
    base_length: usize,
    adapter: *const c_char,
    adapter_length: usize,
    options: Option<&AionLoraOptions>,
    control: Option<&AionControl>,
    out: Option<&mut MaybeUninit<Option<Box<AionLora>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        // SAFETY: the caller vouches for the bytes.
        let base = unsafe { text::path(base, base_length, "base") }?;
        // SAFETY: the caller vouches for the bytes.
        let adapter = unsafe { text::path(adapter, adapter_length, "adapter") }?;
        // SAFETY: the caller vouches for the options.
        let options = unsafe { AionLoraOptions::resolve(options) }?;
        let is_given = !adapter.as_os_str().is_empty();
        let adapter = is_given.then(|| Adapter::read(adapter)).transpose()?;
        let base = Arc::new(BaseModel::open_with(base, &control::begin(control))?);
        let trainer = Trainer::new(base, options, adapter.as_ref())?;
        *out = Some(Box::new(AionLora(trainer)));
        Ok(())
    })
}

/// Makes the trainer that the checkpoint in the file `path` holds, on the directory `base`; empty for where it was then.
/// From here on each step gives the same bits as it would have given then. `threads` of 0 are the cores; `control` may be
/// NULL.
///
/// Fails with AION_ERROR_NOT_FOUND and AION_ERROR_IO for files, AION_ERROR_INVALID_INPUT for a file that is damaged or
/// no checkpoint, AION_ERROR_UNSUPPORTED for one of another version, and AION_ERROR_INVALID_ARGUMENT for another base.
///
/// # Safety
/// `path` and `base` must point to as many bytes as their lengths say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_lora_resume(
    path: *const c_char,
    path_length: usize,
    base: *const c_char,
    base_length: usize,
    threads: usize,
    control: Option<&AionControl>,
    out: Option<&mut MaybeUninit<Option<Box<AionLora>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        // SAFETY: the caller vouches for the bytes.
        let path = unsafe { text::path(path, path_length, "path") }?;
        // SAFETY: the caller vouches for the bytes.
        let base = unsafe { text::path(base, base_length, "base") }?;
        let base = match base.as_os_str().is_empty() {
            true => Trainer::checkpoint_base(path)?,
            false => base.to_owned(),
        };
        let threads = (threads > 0).then_some(threads);
        let base = Arc::new(BaseModel::open_with(base, &control::begin(control))?);
        let (trainer, _cursor) = Trainer::resume(path, base, threads)?;
        *out = Some(Box::new(AionLora(trainer)));
        Ok(())
    })
}

/// Learns from one micro-batch of `count` sequences, which are not padded and do not attend to each other. Every
/// `gradient_accumulation`-th call updates the adapter by the gradient of them all. `control` may be NULL, and `report`
/// when nobody wants it.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT when the batch has nothing to learn, an empty or too long sequence, or a token
/// that is not of the vocabulary; AION_ERROR_INVALID_STATE when the loss or a gradient is NaN, infinite, or zero where
/// something should be learnt; AION_ERROR_LIMIT_EXCEEDED without enough memory; AION_ERROR_FORKED.
///
/// # Safety
/// `sequences` must point to `count` sequences, each to its ids and marks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_lora_step(
    lora: Option<&mut AionLora>,
    sequences: *const AionSequence,
    count: usize,
    control: Option<&AionControl>,
    report: Option<&mut MaybeUninit<AionLoraStep>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let report = report.map(|report| report.write(AionLoraStep::default()));
        let trainer = &mut required(lora, "lora")?.0;
        // SAFETY: the caller vouches for the sequences.
        let batch = unsafe { lora_batch::sequences(sequences, count) }?;
        let told = trainer.lora_step(&batch, &control::begin(control))?;
        if let Some(report) = report {
            *report = told.into();
        }
        Ok(())
    })
}

/// Updates the adapter by what was gathered so far, such as at the end of the data; nothing when nothing was.
///
/// Fails with AION_ERROR_INVALID_STATE when the gathered gradient is infinite.
#[unsafe(no_mangle)]
pub extern "C" fn aion_lora_update(
    lora: Option<&mut AionLora>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || required(lora, "lora")?.0.update().map(drop))
}

/// The mean cross-entropy of a micro-batch's target tokens, in nats, without dropout and without learning. `control` may
/// be NULL.
///
/// Fails as aion_lora_step; `*loss` is 0 then.
///
/// # Safety
/// `sequences` must point to `count` sequences, each to its ids and marks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_lora_loss(
    lora: Option<&mut AionLora>,
    sequences: *const AionSequence,
    count: usize,
    control: Option<&AionControl>,
    loss: Option<&mut MaybeUninit<f64>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let loss = required(loss, "loss")?.write(0.0);
        let trainer = &mut required(lora, "lora")?.0;
        // SAFETY: the caller vouches for the sequences.
        let batch = unsafe { lora_batch::sequences(sequences, count) }?;
        *loss = trainer.loss(&batch, &control::begin(control))?;
        Ok(())
    })
}

/// Writes the adapter as a PEFT directory, which appears whole, in place of an adapter that is there.
///
/// Fails with AION_ERROR_CONFLICT when something that is no adapter is there, and AION_ERROR_IO for the disk.
///
/// # Safety
/// `path` must point to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_lora_save(
    lora: Option<&AionLora>,
    path: *const c_char,
    length: usize,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    // SAFETY: the caller vouches for the bytes.
    guard(error, || unsafe { write(lora, path, length, |trainer, path| trainer.save(path)) })
}

/// Writes all that the trainer is to a file, for aion_lora_resume. The file is the old one or the new one, whatever
/// happens.
///
/// Fails with AION_ERROR_IO for the disk.
///
/// # Safety
/// `path` must point to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_lora_checkpoint(
    lora: Option<&AionLora>,
    path: *const c_char,
    length: usize,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    // SAFETY: the caller vouches for the bytes.
    guard(error, || unsafe { write(lora, path, length, |trainer, path| trainer.checkpoint(path, &[])) })
}

/// # Safety
/// `path` must point to `length` bytes.
unsafe fn write(
    lora: Option<&AionLora>,
    path: *const c_char,
    length: usize,
    write: impl FnOnce(&Trainer, &Path) -> Result<()>,
) -> Result<()> {
    // SAFETY: the caller vouches for the bytes.
    let path = unsafe { text::path(path, length, "path") }?;
    write(&required(lora, "lora")?.0, path)
}

/// Updates so far.
#[unsafe(no_mangle)]
pub extern "C" fn aion_lora_step_count(lora: Option<&AionLora>) -> u64 {
    guard_or(0, || Some(lora?.0.step()))
}

/// Frees a trainer. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_lora_free(lora: Option<Box<AionLora>>) {
    guard_drop(lora);
}
