//! A language model that answers.

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;
use std::ops::ControlFlow;
use std::sync::Arc;

use aion_core::dataset::{ChatFormat, Message, Role};
use aion_core::generate::{Answer, Calibration, GenerateOptions, LocalModel, LocalModelOptions, OnText};
use aion_core::{Error, Result};

use crate::control::{self, AionControl};
use crate::error::AionError;
use crate::handle::{invalid, required, vacant};
use crate::panic::{guard, guard_drop, guard_or};
use crate::slice;
use crate::status::AionStatus;
use crate::text::{self, AionStr, AionText};

/// A language model that answers, with an adapter or without. Threads may share it. Freed by aion_model_free.
pub struct AionModel(pub(crate) Arc<LocalModel>);

/// How a model is opened. Begin with zeros, which are the defaults.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct AionModelOptions {
    /// Whether conversations are written by the chat template of the base, and not in the platform's format.
    pub chat_template: bool,
    /// Most tokens of a prompt and its answer; 0 for 4096. The model's own context where that is shorter.
    pub max_length: usize,
    /// Threads; 0 for the cores that this process may use. The answer is the same for every number.
    pub threads: usize,
}

/// One turn of a conversation.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionMessage {
    /// "system", "user", "assistant" or "tool".
    pub role: *const c_char,
    /// How many bytes `role` has.
    pub role_length: usize,
    /// What is said.
    pub content: *const c_char,
    /// How many bytes `content` has.
    pub content_length: usize,
}

/// Gets an answer piece by piece, on the thread that asked; false ends the answer there. `piece` lives until this
/// returns. It must not throw or jump.
pub type AionOnText =
    Option<unsafe extern "C" fn(user: *mut c_void, piece: *const c_char, length: usize) -> bool>;

/// How an answer is generated. Begin with zeros, which are the defaults.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionGenerateOptions {
    /// Most tokens of the answer; 0 for 400.
    pub max_tokens: usize,
    /// What logits are divided by before a token is drawn; 0 for the most probable one each time.
    pub temperature: f32,
    /// Tokens are drawn among the most probable ones whose probabilities reach this sum; 0 and 1 for all.
    pub top_p: f32,
    /// What is drawn is the same for the same seed.
    pub seed: u64,
    /// Texts that end the answer, and are not part of it.
    pub stop: *const AionStr,
    /// How many there are.
    pub stop_count: usize,
    /// Gets the answer while it comes; NULL for nobody.
    pub on_text: AionOnText,
    /// What `on_text` is called with.
    pub user: *mut c_void,
}

impl AionGenerateOptions {
    /// # Safety
    /// The stops must be as many texts as they are said to be.
    pub(crate) unsafe fn resolve(options: Option<&Self>) -> Result<(GenerateOptions, Option<Listener>)> {
        let mut resolved = GenerateOptions::default();
        let Some(options) = options else { return Ok((resolved, None)) };
        // SAFETY: the caller vouches for the texts.
        let stop = unsafe { text::list(options.stop, options.stop_count, "stop") }?;
        if options.max_tokens > 0 {
            resolved.max_tokens = options.max_tokens;
        }
        if options.top_p != 0.0 {
            resolved.top_p = options.top_p;
        }
        resolved.temperature = options.temperature;
        resolved.seed = options.seed;
        resolved.stop = stop.into_iter().map(str::to_owned).collect();
        Ok((resolved, options.on_text.map(|callback| Listener { callback, user: options.user })))
    }
}

/// The function of the host that gets the answer, and what it wants to be called with.
pub(crate) struct Listener {
    callback: unsafe extern "C" fn(*mut c_void, *const c_char, usize) -> bool,
    user: *mut c_void,
}

impl Listener {
    fn give(&self, piece: &str) -> ControlFlow<()> {
        let piece = AionText::from(piece);
        let (data, length) = piece.parts();
        // SAFETY: the host gave this function and this `user` for exactly this.
        match unsafe { (self.callback)(self.user, data, length) } {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    }
}

/// An answer, and how sure the model is of it. It never changes, so threads may share it. Freed by aion_answer_free.
pub struct AionAnswer {
    answer: Answer,
    text: AionText,
}

/// Opens the base in the Hugging Face directory `base` with the PEFT adapter in the directory `adapter`; empty for none.
/// A calibration that lies beside the adapter is used. `options` may be NULL for the default, `control` for none.
///
/// Fails with AION_ERROR_NOT_FOUND and AION_ERROR_IO for files; AION_ERROR_INVALID_MODEL for a damaged base, tokenizer or
/// calibration; AION_ERROR_INVALID_INPUT for an adapter that is damaged or of another base; AION_ERROR_UNSUPPORTED for
/// another architecture; AION_ERROR_INVALID_ARGUMENT for options out of their range.
///
/// # Safety
/// `base` and `adapter` must point to as many bytes as their lengths say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_model_open(
    base: *const c_char,
    base_length: usize,
    adapter: *const c_char,
    adapter_length: usize,
    options: Option<&AionModelOptions>,
    control: Option<&AionControl>,
    out: Option<&mut MaybeUninit<Option<Box<AionModel>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        // SAFETY: the caller vouches for the bytes.
        let base = unsafe { text::path(base, base_length, "base") }?;
        // SAFETY: the caller vouches for the bytes.
        let adapter = unsafe { text::path(adapter, adapter_length, "adapter") }?;
        let given = options.copied().unwrap_or_default();
        let mut options = LocalModelOptions::default();
        if given.chat_template {
            options.format = ChatFormat::Template;
        }
        if given.max_length > 0 {
            options.max_length = given.max_length;
        }
        options.threads = (given.threads > 0).then_some(given.threads);
        let adapter = (!adapter.as_os_str().is_empty()).then_some(adapter);
        let model = LocalModel::open_with(base, adapter, &options, &control::begin(control))?;
        *out = Some(Box::new(AionModel(Arc::new(model))));
        Ok(())
    })
}

/// Answers a conversation of `count` messages, the last of which is not the assistant's. `options` may be NULL for the
/// default, `control` for none.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for options out of their range and unknown roles, AION_ERROR_INVALID_INPUT for
/// a conversation that no answer can follow, AION_ERROR_LIMIT_EXCEEDED for one that does not fit into the context, and
/// AION_ERROR_FORKED.
///
/// # Safety
/// `messages` must point to `count` messages, each to its texts, and the data of `options` be as long as they say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_model_generate(
    model: Option<&AionModel>,
    messages: *const AionMessage,
    count: usize,
    options: Option<&AionGenerateOptions>,
    control: Option<&AionControl>,
    out: Option<&mut MaybeUninit<Option<Box<AionAnswer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        let model = &required(model, "model")?.0;
        // SAFETY: the caller vouches for the messages.
        let messages = unsafe { read_messages(messages, count) }?;
        // SAFETY: the caller vouches for the options.
        let (options, listener) = unsafe { AionGenerateOptions::resolve(options) }?;
        let mut give = listener.map(|listener| move |piece: &str| listener.give(piece));
        let give = give.as_mut().map(|give| give as &mut OnText<'_>);
        let answer = model.generate(&messages, &options, give, &control::begin(control))?;
        *out = Some(Box::new(AionAnswer { text: answer.text.as_str().into(), answer }));
        Ok(())
    })
}

/// # Safety
/// `messages` must point to `count` messages, each to its texts.
pub(crate) unsafe fn read_messages(messages: *const AionMessage, count: usize) -> Result<Vec<Message>> {
    // SAFETY: the caller vouches for the messages.
    let messages = unsafe { slice::input(messages, count, "messages") }?;
    let in_place = |place: usize| move |error: Error| error.in_context(format!("message {place}"));
    let read = messages.iter().enumerate().map(|(place, message)| {
        // SAFETY: the caller vouches for the texts of each.
        unsafe { turn(message) }.map_err(in_place(place))
    });
    read.collect()
}

/// # Safety
/// The message must point to as many bytes as its lengths say.
unsafe fn turn(message: &AionMessage) -> Result<Message> {
    // SAFETY: the caller vouches for the bytes.
    let role = unsafe { text::input(message.role, message.role_length, "role") }?;
    // SAFETY: the caller vouches for the bytes.
    let content = unsafe { text::input(message.content, message.content_length, "content") }?;
    let known = [Role::System, Role::User, Role::Assistant, Role::Tool]
        .into_iter()
        .find(|known| known.name() == role);
    let role = known.ok_or_else(|| invalid(format!("{role:?} is no role")))?;
    Ok(Message::new(role, content))
}

/// The text of the answer. Borrowed from it. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_answer_text(
    answer: Option<&AionAnswer>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&answer?.text))
}

/// How likely the answer is good, 0 to 1; 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_answer_confidence(answer: Option<&AionAnswer>) -> f64 {
    guard_or(0.0, || Some(answer?.answer.confidence))
}

/// How many tokens the model chose.
#[unsafe(no_mangle)]
pub extern "C" fn aion_answer_token_count(answer: Option<&AionAnswer>) -> usize {
    guard_or(0, || Some(answer?.answer.tokens.len()))
}

/// All of it as a JSON object: "text", "confidence", "raw_confidence", "tokens", "probabilities", "prompt_tokens" and
/// "finish" ("stop", "stop_string", "max_tokens", "context_full" or "callback").
#[unsafe(no_mangle)]
pub extern "C" fn aion_answer_to_json(
    answer: Option<&AionAnswer>,
    out: Option<&mut MaybeUninit<Option<Box<AionText>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        *out = Some(Box::new(text::json(&required(answer, "answer")?.answer)?));
        Ok(())
    })
}

/// Fits a calibration to `count` answers that people judged, and writes it as aion_calibration.json into `directory`,
/// that of the adapter, or of the base where there is no adapter: whoever opens the model from then on uses it.
/// `confidences` are "raw_confidence" of aion_answer_to_json, `good` says which answers were good. Judge answers that the
/// model was not trained on: of those it is too sure. Ten good and ten other answers are the least.
///
/// # Safety
/// Pointers must be as many items as their counts say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_model_calibrate(
    model: Option<&AionModel>,
    confidences: *const f64,
    good: *const bool,
    count: usize,
    directory: *const c_char,
    length: usize,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let model = required(model, "model")?;
        // SAFETY: the caller vouches for the items.
        let confidences = unsafe { slice::input(confidences, count, "confidences") }?;
        // SAFETY: as above.
        let good = unsafe { slice::input(good, count, "good") }?;
        // SAFETY: the caller vouches for the bytes.
        let directory = unsafe { text::path(directory, length, "directory") }?;
        let samples: Vec<_> = confidences.iter().copied().zip(good.iter().copied()).collect();
        model.0.fit_calibration(&samples)?.write(directory.join(Calibration::FILE_NAME))
    })
}

/// Frees an answer. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_answer_free(answer: Option<Box<AionAnswer>>) {
    guard_drop(answer);
}

/// Frees a model. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_model_free(model: Option<Box<AionModel>>) {
    guard_drop(model);
}
