//! Training over a whole set, and what it is worth.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::path::Path;

use aion_core::dataset::{EncodeReport, Encoder, EncoderOptions, Sequence};
use aion_core::lora::{TrainReport, Trainer};
use aion_core::{Control, Error, Result};
use serde_json::{Value, json};

use crate::control::{self, AionControl};
use crate::error::AionError;
use crate::handle::required;
use crate::lora::AionLora;
use crate::lora_options::AionLoraTrainOptions;
use crate::panic::guard;
use crate::status::AionStatus;
use crate::text::{self, AionText};

/// Learns from the training set in the file `path`, as aion_sft_build writes it; the base needs a tokenizer.json. A
/// training that ends early leaves the trainer at the last whole update, and the same call goes on from there, also after
/// aion_lora_resume. `options` may be NULL for the default, `control` for none; its function is told about
/// "conversations" and then "tokens". `out`, which may be NULL, gets a JSON object: "updates", "tokens", "losses",
/// "evaluations" ("update" and "loss" each), "held_out", "seconds" and "dataset" (what became of the conversations).
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for options out of their range and after an unfinished training over another
/// set; AION_ERROR_INVALID_INPUT for a set with nothing to train on; AION_ERROR_NOT_FOUND without a set or tokenizer;
/// AION_ERROR_IO; and as aion_lora_step.
///
/// # Safety
/// `path` must point to `length` bytes, and the path of `options` likewise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_lora_train(
    lora: Option<&mut AionLora>,
    path: *const c_char,
    length: usize,
    options: Option<&AionLoraTrainOptions>,
    control: Option<&AionControl>,
    out: Option<&mut MaybeUninit<Option<Box<AionText>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = out.map(|out| out.write(None));
        let trainer = &mut required(lora, "lora")?.0;
        // SAFETY: the caller vouches for the bytes.
        let path = unsafe { text::path(path, length, "path") }?;
        // SAFETY: the caller vouches for the options.
        let (options, encoding) = unsafe { AionLoraTrainOptions::resolve(options) }?;
        let control = control::begin(control);
        let (sequences, encoded) = encoded(trainer, path, encoding, &control)?;
        let report = trainer.train(&sequences, &options, &mut |_| {}, &control)?;
        if let Some(out) = out {
            *out = Some(Box::new(text::json(&summary(&report, &encoded)?)?));
        }
        Ok(())
    })
}

/// The mean cross-entropy of the target tokens of the set in the file `path`, in nats, without dropout and without
/// learning. `options` may be NULL for the default; what they say of epochs, updates and checkpoints plays no part.
/// `control` may be NULL; its function is told about "conversations".
///
/// Fails as aion_lora_train; `*loss` is 0 then.
///
/// # Safety
/// `path` must point to `length` bytes, and the path of `options` likewise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_lora_evaluate(
    lora: Option<&mut AionLora>,
    path: *const c_char,
    length: usize,
    options: Option<&AionLoraTrainOptions>,
    control: Option<&AionControl>,
    loss: Option<&mut MaybeUninit<f64>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let loss = required(loss, "loss")?.write(0.0);
        let trainer = &mut required(lora, "lora")?.0;
        // SAFETY: the caller vouches for the bytes.
        let path = unsafe { text::path(path, length, "path") }?;
        // SAFETY: the caller vouches for the options.
        let (options, encoding) = unsafe { AionLoraTrainOptions::resolve(options) }?;
        let control = control::begin(control);
        let (sequences, _) = encoded(trainer, path, encoding, &control)?;
        *loss = trainer.evaluate(&sequences, options.batch_tokens, &control)?;
        Ok(())
    })
}

/// The sequences of a set, as long as the trainer takes them.
fn encoded(
    trainer: &Trainer,
    path: &Path,
    mut encoding: EncoderOptions,
    control: &Control,
) -> Result<(Vec<Sequence>, EncodeReport)> {
    encoding.max_length = trainer.options().max_length;
    Encoder::of_base(trainer.base().path(), encoding)?.encode_file(path, control)
}

fn summary(report: &TrainReport, encoded: &EncodeReport) -> Result<Value> {
    let encoded = serde_json::to_value(encoded)
        .map_err(|error| Error::new(aion_core::ErrorKind::Internal, "no report").with_source(error))?;
    Ok(json!({
        "updates": report.updates,
        "tokens": report.tokens,
        "losses": report.losses,
        "evaluations": report.evaluations,
        "held_out": report.held_out,
        "seconds": report.duration.as_secs_f64(),
        "dataset": encoded,
    }))
}
