//! The local model, the budget and the paid model, joined.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::answer::{HybridAnswer, HybridReason, Recorder};
use super::attempt::{Question, attempt};
use super::external::{External, most_input_tokens};
use super::local::{Local, LocalAnswer};
use super::options::HybridOptions;
use super::paid::Paid;
use crate::budget::{Budget, DecisionReason, DecisionRequest, Price};
use crate::control::Control;
use crate::dataset::Message;
use crate::error::{ErrorKind, Result, catch_panic};
use crate::generate::{GenerateOptions, OnText, Prompt, check_conversation};
use crate::interaction::AnswerSource;

/// How often the caller's control is asked while the next call waits.
const POLL: Duration = Duration::from_millis(20);

/// What takes an answer while it comes: who gives it, and pieces of its text. A piece of another source than the one
/// before begins the answer anew: that of the local model follows when the paid one broke off.
/// [`ControlFlow::Break`] ends a paid answer there.
pub type OnAnswer<'a> = dyn FnMut(AnswerSource, &str) -> ControlFlow<()> + 'a;

/// Answers with the local model; with the paid one where the local one is unsure and the budget allows it.
///
/// The rule is the budget's: one decision over confidence and money for each paid call. A paid call that fails costs the
/// paid answer, never the local one, which is then given with the reason. A driver may be shared by threads.
///
/// ```no_run
/// use std::sync::Arc;
/// use aion_core::generate::{LocalModel, LocalModelOptions};
/// use aion_core::hybrid::{HybridDriver, HybridOptions, OpenAi, OpenAiOptions};
/// use aion_core::{Budget, BudgetPolicy, Control};
///
/// # fn main() -> aion_core::Result<()> {
/// let local = LocalModel::open("models/base-llm", None, &LocalModelOptions::default())?;
/// let budget = Budget::in_memory(BudgetPolicy::from_vars(std::env::vars())?)?;
/// let paid = OpenAi::new(OpenAiOptions::from_vars(std::env::vars())?)?;
/// let driver = HybridDriver::new(Arc::new(local), budget, Some(Arc::new(paid)));
/// let answer = driver.answer("Quem é você?", &HybridOptions::default(), None, &Control::default())?;
/// println!("{} ({}: {})", answer.text, answer.source, answer.explanation);
/// # Ok(())
/// # }
/// ```
pub struct HybridDriver {
    local: Arc<dyn Local>,
    budget: Budget,
    external: Option<Arc<dyn External>>,
    recorder: Option<Arc<dyn Recorder>>,
}

impl HybridDriver {
    /// A driver of these three. Without an external there are local answers only.
    pub fn new(local: Arc<dyn Local>, budget: Budget, external: Option<Arc<dyn External>>) -> Self {
        Self { local, budget, external, recorder: None }
    }

    /// The same driver, which gives every answer to `recorder`.
    #[must_use]
    pub fn with_recorder(mut self, recorder: Arc<dyn Recorder>) -> Self {
        self.recorder = Some(recorder);
        self
    }

    /// The budget that this driver spends.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Answers a question, or a conversation as it is. `on_text` gets the answer piece by piece.
    ///
    /// Cancel and deadline answer within a fifth of a second. If the deadline passes while the paid model is asked, the
    /// local answer is given.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for options out of their range; [`ErrorKind::InvalidInput`] for a conversation that
    /// no answer can follow; [`ErrorKind::Cancelled`] when the caller cancels; [`ErrorKind::DeadlineExceeded`] while there
    /// is no answer yet; that of the local model when it fails and the paid one does not answer either.
    pub fn answer<'a>(
        &self,
        prompt: impl Into<Prompt<'a>>,
        options: &HybridOptions,
        mut on_text: Option<&mut OnAnswer<'_>>,
        control: &Control,
    ) -> Result<HybridAnswer> {
        options.check()?;
        let messages = prompt.into().to_messages();
        check_conversation(&messages)?;
        let local = self.ask_local(&messages, &options.generate, control)?;
        let confidence = local.as_ref().map_or(0.0, |local| local.confidence);
        let mut paid = self.ask_paid(&messages, confidence, options, &mut on_text, control);
        let (source, text) = match (paid.text.take(), local) {
            (Some(text), _) => (AnswerSource::Paid, text),
            (None, local) => (AnswerSource::Local, local_text(local, &paid, control)?),
        };
        if let (AnswerSource::Local, Some(on_text)) = (source, on_text) {
            // It is whole already, so there is nothing to end.
            _ = on_text(source, &text);
        }
        let mut answer = paid.into_answer(text, source, confidence);
        self.record(&mut answer, &messages);
        Ok(answer)
    }

    /// The local answer, or why there is none although the paid model may have one.
    ///
    /// # Errors
    /// What the caller asked for or did wrong.
    fn ask_local(
        &self,
        messages: &[Message],
        options: &GenerateOptions,
        control: &Control,
    ) -> Result<Result<LocalAnswer>> {
        match self.local.generate(messages, options, control) {
            Ok(mut local) => {
                let confidence = Some(local.confidence).filter(|confidence| !confidence.is_nan());
                local.confidence = confidence.unwrap_or(0.0).clamp(0.0, 1.0);
                Ok(Ok(local))
            }
            Err(error) => match error.kind() {
                ErrorKind::Cancelled | ErrorKind::DeadlineExceeded | ErrorKind::InvalidArgument => Err(error),
                _ => Ok(Err(error)),
            },
        }
    }

    fn ask_paid(
        &self,
        messages: &[Message],
        confidence: f64,
        options: &HybridOptions,
        on_text: &mut Option<&mut OnAnswer<'_>>,
        control: &Control,
    ) -> Paid {
        let Some(external) = self.external.as_deref() else { return self.without_external(confidence) };
        let (price, input_tokens) = (external.price(), most_input_tokens(messages));
        let max_tokens = self.budget.policy().max_tokens_per_reply;
        let bound = |price: Price| price.upper_bound(input_tokens, Some(max_tokens.into()));
        // A bound that is no amount is none.
        let cost = price.and_then(|price| bound(price).ok().flatten());
        let request = DecisionRequest::new(confidence, cost);
        let mut paid = Paid::default();
        for retry in 0..=options.max_retries {
            let Some(grant) = paid.decide(&self.budget, &request) else { return paid };
            let Some(price) = price else { return paid };
            let question = Question { external, price, messages, input_tokens, max_tokens, control };
            let mut give = on_text.as_mut().map(|on_text| |piece: &str| on_text(AnswerSource::Paid, piece));
            let give = give.as_mut().map(|give| give as &mut OnText<'_>);
            let attempted = attempt(&question, grant, give);
            let has_given = attempted.has_given;
            let Some(failure) = paid.take(attempted) else {
                if let (false, Some(on_text), Some(text)) = (has_given, on_text, &paid.text) {
                    _ = on_text(AnswerSource::Paid, text);
                }
                return paid;
            };
            let pause = options.pause(retry, failure.retry_after);
            let may_retry = failure.is_temporary && !has_given && retry < options.max_retries;
            if !may_retry || !pause.is_some_and(|pause| wait(pause, control)) {
                return paid;
            }
        }
        paid
    }

    fn without_external(&self, confidence: f64) -> Paid {
        let mut paid = Paid::default();
        // It has no price, so no money is set aside.
        paid.decide(&self.budget, &DecisionRequest::new(confidence, None));
        if paid.reason == HybridReason::Decided(DecisionReason::UnknownPrice) {
            paid.reason = HybridReason::NoExternal;
            paid.explanation = "The local answer is given: there is no paid model to ask.".into();
        }
        paid
    }

    fn record(&self, answer: &mut HybridAnswer, messages: &[Message]) {
        let Some(recorder) = &self.recorder else { return };
        if let Err(error) = catch_panic(|| recorder.record(answer, messages)) {
            answer.notes.push(format!("the answer was not recorded: {error}"));
        }
    }
}

impl fmt::Debug for HybridDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HybridDriver")
            .field("budget", &self.budget)
            .field("external", &self.external.as_deref().map(External::name))
            .finish_non_exhaustive()
    }
}

/// The text of the local answer, which is wanted because the paid model gave none.
///
/// # Errors
/// [`ErrorKind::Cancelled`]; without a local answer, that of the deadline or of the local model.
fn local_text(local: Result<LocalAnswer>, paid: &Paid, control: &Control) -> Result<String> {
    let stop = control.check().err();
    match (local, stop) {
        (_, Some(stop)) if stop.kind() == ErrorKind::Cancelled => Err(stop),
        (Ok(local), _) => Ok(local.text),
        (Err(_), Some(stop)) => Err(stop),
        (Err(error), None) => {
            let why = format!("no paid answer either ({}), and the local model failed", paid.reason);
            Err(error.in_context(why))
        }
    }
}

/// Waits, unless the deadline comes before; whether it did.
fn wait(pause: Duration, control: &Control) -> bool {
    if control.time_left().is_some_and(|left| left <= pause) {
        return false;
    }
    let started = Instant::now();
    while let Some(left) = pause.checked_sub(started.elapsed()) {
        if control.check().is_err() {
            return false;
        }
        thread::sleep(left.min(POLL));
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_is_shared_by_threads() {
        fn is_shared<T: Send + Sync>() {}
        is_shared::<HybridDriver>();
    }

    #[test]
    fn no_wait_goes_past_the_deadline_or_a_cancel() {
        let late = Control::default().with_timeout(Duration::from_millis(50));
        let started = Instant::now();
        assert!(!wait(Duration::from_secs(60), &late));
        late.cancel_token().cancel();
        assert!(!wait(Duration::from_millis(1), &late));
        assert!(started.elapsed() < Duration::from_secs(30), "it waited");
        assert!(wait(Duration::from_millis(1), &Control::default()));
    }
}
