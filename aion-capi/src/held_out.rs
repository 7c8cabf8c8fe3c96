//! Sets on which adapters are compared.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::sync::Arc;

use aion_core::adapter::Adapter;
use aion_core::base::BaseModel;
use aion_core::dataset::{ChatFormat, EncoderOptions};
use aion_core::lora::HeldOut;

use crate::control::{self, AionControl};
use crate::error::AionError;
use crate::handle::{required, vacant};
use crate::panic::{guard, guard_drop, guard_or};
use crate::status::AionStatus;
use crate::text;

/// A set that nothing is trained on, to compare adapters of one base by their loss. It holds no threads between calls:
/// threads may share it, and it may be used after a fork. Freed by aion_held_out_free.
pub struct AionHeldOut(HeldOut);

impl AionHeldOut {
    pub(crate) fn core(&self) -> &HeldOut {
        &self.0
    }
}

/// How adapters are compared. Begin with aion_held_out_options_default.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionHeldOutOptions {
    /// How much above the champion's a candidate's loss may be, in nats. The default is 0.01.
    pub epsilon: f64,
    /// Most tokens that are computed at once. Memory grows with it. The default is 4096.
    pub batch_tokens: usize,
    /// The longest sequence, in tokens; longer ones are cut. The default is 2048.
    pub max_length: usize,
    /// Whether only the assistant's words count.
    pub assistant_only: bool,
    /// Whether conversations are written by the chat template of the base, and not in the platform's format.
    pub chat_template: bool,
    /// Threads; 0 for the cores that this process may use.
    pub threads: usize,
}

impl AionHeldOutOptions {
    fn encoding(&self) -> EncoderOptions {
        let mut encoding = EncoderOptions::default();
        encoding.max_length = self.max_length;
        encoding.assistant_only = self.assistant_only;
        if self.chat_template {
            encoding.format = ChatFormat::Template;
        }
        encoding
    }
}

/// The default options.
#[unsafe(no_mangle)]
pub extern "C" fn aion_held_out_options_default() -> AionHeldOutOptions {
    AionHeldOutOptions {
        epsilon: HeldOut::EPSILON,
        batch_tokens: HeldOut::BATCH_TOKENS,
        max_length: EncoderOptions::default().max_length,
        assistant_only: false,
        chat_template: false,
        threads: 0,
    }
}

/// Reads the training set in the file `path`, as aion_sft_build writes it, to compare adapters of the base in the Hugging
/// Face directory `base`, which needs a tokenizer.json. `options` may be NULL for the default, `control` for none; its
/// function is told about "conversations".
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for options out of their range and sequences that do not fit,
/// AION_ERROR_INVALID_INPUT for a set with nothing to compare on, AION_ERROR_NOT_FOUND and AION_ERROR_IO for files,
/// AION_ERROR_INVALID_MODEL for a damaged base, and AION_ERROR_UNSUPPORTED for another architecture.
///
/// # Safety
/// `base` and `path` must point to as many bytes as their lengths say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_held_out_open(
    base: *const c_char,
    base_length: usize,
    path: *const c_char,
    path_length: usize,
    options: Option<&AionHeldOutOptions>,
    control: Option<&AionControl>,
    out: Option<&mut MaybeUninit<Option<Box<AionHeldOut>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        // SAFETY: the caller vouches for the bytes.
        let base = unsafe { text::path(base, base_length, "base") }?;
        // SAFETY: the caller vouches for the bytes.
        let path = unsafe { text::path(path, path_length, "path") }?;
        let options = options.copied().unwrap_or_else(|| aion_held_out_options_default());
        let control = control::begin(control);
        let base = Arc::new(BaseModel::open_with(base, &control)?);
        let mut held_out = HeldOut::of_file(base, path, options.encoding(), &control)?;
        held_out.epsilon = options.epsilon;
        held_out.batch_tokens = options.batch_tokens;
        held_out.threads = (options.threads > 0).then_some(options.threads);
        held_out.validate()?;
        *out = Some(Box::new(AionHeldOut(held_out)));
        Ok(())
    })
}

/// The mean cross-entropy of the set's target tokens, in nats, with the PEFT adapter in the directory `adapter`, or of
/// the base alone where it is empty. `control` may be NULL.
///
/// Fails with AION_ERROR_NOT_FOUND, AION_ERROR_INVALID_INPUT and AION_ERROR_UNSUPPORTED for an adapter that is none, not
/// whole or of another base; AION_ERROR_LIMIT_EXCEEDED without enough memory; `*loss` is 0 then.
///
/// # Safety
/// `adapter` must point to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_held_out_loss(
    held_out: Option<&AionHeldOut>,
    adapter: *const c_char,
    length: usize,
    control: Option<&AionControl>,
    loss: Option<&mut MaybeUninit<f64>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let loss = required(loss, "loss")?.write(0.0);
        let held_out = &required(held_out, "held_out")?.0;
        // SAFETY: the caller vouches for the bytes.
        let adapter = unsafe { text::path(adapter, length, "adapter") }?;
        let is_given = !adapter.as_os_str().is_empty();
        let adapter = is_given.then(|| Adapter::read(adapter)).transpose()?;
        *loss = held_out.loss(adapter.as_ref(), &control::begin(control))?;
        Ok(())
    })
}

/// How many sequences are compared on.
#[unsafe(no_mangle)]
pub extern "C" fn aion_held_out_count(held_out: Option<&AionHeldOut>) -> usize {
    guard_or(0, || Some(held_out?.0.sequences.len()))
}

/// Frees a set. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_held_out_free(held_out: Option<Box<AionHeldOut>>) {
    guard_drop(held_out);
}
