//! The local model, the budget and the paid model, joined.

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use aion_core::Result;
use aion_core::hybrid::{AnswerSource, External, HybridAnswer, HybridDriver, HybridOptions, OnAnswer};

use crate::budget::{self, AionBudget};
use crate::control::{self, AionControl};
use crate::error::AionError;
use crate::handle::{required, vacant};
use crate::model::{AionGenerateOptions, AionMessage, AionModel, read_messages};
use crate::openai::AionOpenai;
use crate::panic::{guard, guard_drop, guard_or};
use crate::status::AionStatus;
use crate::text::{self, AionText};

/// Answers with the local model; with the paid one where the local one is unsure and the budget allows it. Threads may share
/// it. Freed by aion_hybrid_free.
pub struct AionHybrid(HybridDriver);

/// Gets an answer piece by piece, on the thread that asked, with who gives it, "local" or "paid"; a piece of another source
/// than the one before begins the answer anew. False ends a paid answer there. The texts live until this returns. It must not
/// throw or jump.
pub type AionOnAnswer = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        source: *const c_char,
        piece: *const c_char,
        length: usize,
    ) -> bool,
>;

/// How a driver answers. Begin with zeros, which are the defaults.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionHybridOptions {
    /// How the local answer is generated. Its `on_text` is not called.
    pub generate: AionGenerateOptions,
    /// Whether a paid call that failed for the moment is not tried again.
    pub no_retries: bool,
    /// How often it is, at most 10, each time with a grant of its own; 0 for 2.
    pub max_retries: u32,
    /// The longest pause before a retry, in milliseconds; 0 for 10000. A provider that asks for a longer one is not asked
    /// again.
    pub max_pause_ms: u64,
    /// Gets the answer while it comes; NULL for nobody.
    pub on_answer: AionOnAnswer,
    /// What `on_answer` is called with.
    pub user: *mut c_void,
}

/// The function of the host that gets the answer, and what it wants to be called with.
struct Listener {
    callback: unsafe extern "C" fn(*mut c_void, *const c_char, *const c_char, usize) -> bool,
    user: *mut c_void,
}

impl Listener {
    fn give(&self, source: AnswerSource, piece: &str) -> ControlFlow<()> {
        let (source, piece) = (AionText::from(source.name()), AionText::from(piece));
        let (data, length) = piece.parts();
        // SAFETY: the host gave this function and this `user` for exactly this.
        match unsafe { (self.callback)(self.user, source.parts().0, data, length) } {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    }
}

impl AionHybridOptions {
    /// # Safety
    /// The stops must be as many texts as they are said to be.
    unsafe fn resolve(options: Option<&Self>) -> Result<(HybridOptions, Option<Listener>)> {
        let mut resolved = HybridOptions::default();
        let Some(options) = options else { return Ok((resolved, None)) };
        // SAFETY: the caller vouches for the texts.
        (resolved.generate, _) = unsafe { AionGenerateOptions::resolve(Some(&options.generate)) }?;
        resolved.seed = resolved.generate.seed;
        match (options.no_retries, options.max_retries) {
            (true, _) => resolved.max_retries = 0,
            (false, 0) => {}
            (false, retries) => resolved.max_retries = retries,
        }
        if options.max_pause_ms > 0 {
            resolved.max_pause = Duration::from_millis(options.max_pause_ms);
        }
        Ok((resolved, options.on_answer.map(|callback| Listener { callback, user: options.user })))
    }
}

/// An answer, who gave it, why, and what it cost. It never changes, so threads may share it. Freed by
/// aion_hybrid_answer_free.
pub struct AionHybridAnswer {
    answer: HybridAnswer,
    text: AionText,
    source: AionText,
    reason: AionText,
    explanation: AionText,
}

impl From<HybridAnswer> for AionHybridAnswer {
    fn from(answer: HybridAnswer) -> Self {
        Self {
            text: answer.text.as_str().into(),
            source: answer.source.name().into(),
            reason: answer.reason.name().into(),
            explanation: answer.explanation.as_str().into(),
            answer,
        }
    }
}

/// A driver of these three; without `openai`, which may be NULL, answers are local. Each of them may be freed while the
/// driver goes on.
#[unsafe(no_mangle)]
pub extern "C" fn aion_hybrid_open(
    model: Option<&AionModel>,
    budget: Option<&AionBudget>,
    openai: Option<&AionOpenai>,
    out: Option<&mut MaybeUninit<Option<Box<AionHybrid>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        let local = Arc::clone(&required(model, "model")?.0);
        let external = openai.map(|client| Arc::clone(&client.0) as Arc<dyn External>);
        *out = Some(Box::new(AionHybrid(HybridDriver::new(local, budget::core(budget)?.clone(), external))));
        Ok(())
    })
}

/// Answers a conversation of `count` messages, the last of which is not the assistant's. `options` may be NULL for the
/// default, `control` for none. Whatever goes wrong with a paid call costs the paid answer and never the local one; when the
/// timeout passes while the paid model is asked, the local answer is given.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for options out of their range and unknown roles, AION_ERROR_INVALID_INPUT for a
/// conversation that no answer can follow, AION_ERROR_CANCELLED, AION_ERROR_DEADLINE_EXCEEDED while there is no answer yet, and
/// as aion_model_generate when the paid model does not answer either.
///
/// # Safety
/// `messages` must point to `count` messages, each to its texts, and the data of `options` be as long as they say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_hybrid_answer(
    driver: Option<&AionHybrid>,
    messages: *const AionMessage,
    count: usize,
    options: Option<&AionHybridOptions>,
    control: Option<&AionControl>,
    out: Option<&mut MaybeUninit<Option<Box<AionHybridAnswer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        let driver = &required(driver, "driver")?.0;
        // SAFETY: the caller vouches for the messages.
        let messages = unsafe { read_messages(messages, count) }?;
        // SAFETY: the caller vouches for the options.
        let (options, listener) = unsafe { AionHybridOptions::resolve(options) }?;
        let mut give = listener.map(|listener| move |source, piece: &str| listener.give(source, piece));
        let give = give.as_mut().map(|give| give as &mut OnAnswer<'_>);
        let answer = driver.answer(&messages, &options, give, &control::begin(control))?;
        *out = Some(Box::new(answer.into()));
        Ok(())
    })
}

/// The text of the answer. Borrowed from it. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_hybrid_answer_text(
    answer: Option<&AionHybridAnswer>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&answer?.text))
}

/// "local" or "paid". Borrowed from the answer. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_hybrid_answer_source(
    answer: Option<&AionHybridAnswer>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&answer?.source))
}

/// Why, by a stable name: that of the decision, such as "granted", "confident" or "daily_cap"; "no_external"; or what kept a
/// paid model that was allowed from answering, such as "unreachable". Borrowed from the answer. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_hybrid_answer_reason(
    answer: Option<&AionHybridAnswer>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&answer?.reason))
}

/// Why, in a sentence or two for people. Borrowed from the answer. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_hybrid_answer_explanation(
    answer: Option<&AionHybridAnswer>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&answer?.explanation))
}

/// How sure the local model was of its own answer, 0 to 1; 0 where it had none, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_hybrid_answer_confidence(answer: Option<&AionHybridAnswer>) -> f64 {
    guard_or(0.0, || Some(answer?.answer.confidence))
}

/// What was taken from the day's money for this answer, by all calls, in micro-US-dollars.
#[unsafe(no_mangle)]
pub extern "C" fn aion_hybrid_answer_cost_micro_usd(answer: Option<&AionHybridAnswer>) -> i64 {
    guard_or(0, || Some(answer?.answer.cost_usd.micros()))
}

/// All of it as a JSON object: "text", "source", "confidence", "decision", as aion_decision_record_json has it, or null,
/// "cost_micro_usd", "reason", "explanation", "attempts", which are the paid calls, and "notes".
#[unsafe(no_mangle)]
pub extern "C" fn aion_hybrid_answer_to_json(
    answer: Option<&AionHybridAnswer>,
    out: Option<&mut MaybeUninit<Option<Box<AionText>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        *out = Some(Box::new(text::json(&required(answer, "answer")?.answer)?));
        Ok(())
    })
}

/// Frees an answer. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_hybrid_answer_free(answer: Option<Box<AionHybridAnswer>>) {
    guard_drop(answer);
}

/// Frees a driver. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_hybrid_free(driver: Option<Box<AionHybrid>>) {
    guard_drop(driver);
}
