//! A base, its words and an adapter, joined: questions in, answers out.

use std::path::Path;
use std::sync::Arc;

use super::answer::{Answer, Chosen, Confidence, FinishReason};
use super::calibration::Calibration;
use super::chat::Chat;
use super::decoder::{Decoder, DecoderOptions};
use super::options::{GenerateOptions, LocalModelOptions, Prompt, with_system_prompt};
use super::run::{OnText, Run};
use super::sampler::{Choice, Sampler, probabilities};
use crate::adapter::{Adapter, CALIBRATION_FILE, PinnedVersion, follow};
use crate::base::BaseModel;
use crate::control::Control;
use crate::dataset::Interaction;
use crate::error::{ErrorKind, Result};

/// A language model that answers, with an adapter or without.
///
/// It may be shared by threads: each call has a conversation of its own. The same call gives the same answer, for any
/// number of threads.
///
/// ```no_run
/// use aion_core::Control;
/// use aion_core::generate::{GenerateOptions, LocalModel, LocalModelOptions};
///
/// # fn main() -> aion_core::Result<()> {
/// let model = LocalModel::open("models/llama-tiny", None, &LocalModelOptions::default())?;
/// let answer = model.generate("Quem é você?", &GenerateOptions::default(), None, &Control::default())?;
/// println!("{} ({:.2})", answer.text, answer.confidence);
/// # Ok(())
/// # }
/// ```
pub struct LocalModel {
    decoder: Decoder,
    chat: Chat,
    adapter: Option<String>,
    calibration: Option<Calibration>,
}

impl LocalModel {
    /// Opens the base in `base`, a Hugging Face directory with a `tokenizer.json`, and the adapter in `adapter`, a
    /// directory of PEFT's or an `aion-current`. A calibration that lies in the directory of the adapter, or of the base
    /// where there is no adapter, is used.
    ///
    /// # Errors
    /// As [`BaseModel::open`], [`Adapter::read`], [`new`](Self::new) and
    /// [`with_calibration`](Self::with_calibration); those of `tokenizer.json` and of the chat template if the format asks
    /// for it.
    pub fn open(base: impl AsRef<Path>, adapter: Option<&Path>, options: &LocalModelOptions) -> Result<Self> {
        Self::open_with(base, adapter, options, &Control::default())
    }

    /// As [`open`](Self::open), and stops when `control` says so.
    ///
    /// # Errors
    /// As [`open`](Self::open), and those of `control`.
    pub fn open_with(
        base: impl AsRef<Path>,
        adapter: Option<&Path>,
        options: &LocalModelOptions,
        control: &Control,
    ) -> Result<Self> {
        // The calibration must be of the same version as the adapter.
        let directory = adapter.map(follow).transpose()?;
        let adapter = directory.as_deref().map(Adapter::read).transpose()?;
        let base = Arc::new(BaseModel::open_with(base, control)?);
        let path = directory.as_deref().unwrap_or(base.path()).join(CALIBRATION_FILE);
        let model = Self::new(base, adapter, options)?;
        match path.exists() {
            true => model.with_calibration(Calibration::read(&path)?),
            false => Ok(model),
        }
    }

    /// As [`open`](Self::open), with a promoted adapter and its calibration, verified.
    ///
    /// # Errors
    /// As [`open`](Self::open), [`PinnedVersion::open_file`], and those of `control`.
    pub fn of_version(
        base: Arc<BaseModel>,
        version: &PinnedVersion,
        options: &LocalModelOptions,
        control: &Control,
    ) -> Result<Self> {
        let model = Self::new(base, Some(version.adapter(control)?), options)?;
        match version.open_file(CALIBRATION_FILE, control) {
            Ok(file) => model.with_calibration(Calibration::read_file(file)?),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(model),
            Err(error) => Err(error),
        }
    }

    /// A model of a base that is open, which other models and trainers may share.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for options out of their range, [`ErrorKind::InvalidInput`] for an adapter that is
    /// not whole or of another base, and those of the base's tokenizer and template.
    pub fn new(base: Arc<BaseModel>, adapter: Option<Adapter>, options: &LocalModelOptions) -> Result<Self> {
        let chat = Chat::of_base(base.path(), options.format, base.config())?;
        let mut decoder = DecoderOptions::default();
        (decoder.max_length, decoder.threads) = (options.max_length, options.threads);
        let fingerprint = adapter.as_ref().map(Adapter::fingerprint);
        Ok(Self {
            decoder: Decoder::new(base, adapter, &decoder)?,
            chat,
            adapter: fingerprint,
            calibration: None,
        })
    }

    /// The same model with a calibration in place of its own.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] for one that was fitted for another base or adapter.
    pub fn with_calibration(mut self, calibration: Calibration) -> Result<Self> {
        calibration.check_model(self.base().fingerprint(), self.adapter.as_deref())?;
        self.calibration = Some(calibration);
        Ok(self)
    }

    /// The frozen model.
    pub fn base(&self) -> &Arc<BaseModel> {
        self.decoder.base()
    }

    /// The calibration, if there is one.
    pub fn calibration(&self) -> Option<&Calibration> {
        self.calibration.as_ref()
    }

    /// Answers a question, or a conversation as it is. `on_text` gets the answer piece by piece.
    ///
    /// The control is asked between tokens, and between the layers of a long prompt. A call that it stops gives no
    /// answer; what `on_text` got by then is the beginning of one.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for options out of their range; [`ErrorKind::InvalidInput`] for a conversation that
    /// no answer can follow, or that the template refuses; [`ErrorKind::LimitExceeded`] for one that does not fit into
    /// the context, before any work; [`ErrorKind::InvalidModel`] for a model that gives NaN; those of `control`.
    pub fn generate<'a>(
        &self,
        prompt: impl Into<Prompt<'a>>,
        options: &GenerateOptions,
        on_text: Option<&mut OnText<'_>>,
        control: &Control,
    ) -> Result<Answer> {
        options.check()?;
        let prompt = self.chat.prompt(&prompt.into().to_messages(), self.decoder.max_length())?;
        let stops = [self.chat.stops(), &options.stop].concat();
        let mut run = Run::new(self.chat.tokenizer(), stops, on_text);
        let finish = self.run(&mut run, &prompt, options, control)?;
        let Run { text, chosen, .. } = run;
        let raw_confidence = chosen.confidence();
        Ok(Answer {
            text: text.as_str().to_owned(),
            confidence: self.calibrated(raw_confidence),
            raw_confidence,
            tokens: chosen.tokens,
            probabilities: chosen.probabilities,
            prompt_tokens: prompt.len(),
            finish,
        })
    }

    fn run(
        &self,
        run: &mut Run<'_, '_>,
        prompt: &[u32],
        options: &GenerateOptions,
        control: &Control,
    ) -> Result<FinishReason> {
        let mut sampler = Sampler::new(options);
        let mut cache = self.decoder.cache();
        let mut logits = self.decoder.feed(prompt, &mut cache, control)?;
        loop {
            let choice = sampler.choose(logits)?;
            run.chosen.push(choice);
            if self.chat.is_end(choice.token) {
                return run.finish(FinishReason::Stop);
            }
            if let Some(reason) = run.push(choice.token, self.chat.stops().len())? {
                return Ok(reason);
            }
            if run.chosen.tokens.len() >= options.max_tokens {
                return run.finish(FinishReason::MaxTokens);
            }
            if cache.len() >= self.decoder.max_length() {
                return run.finish(FinishReason::ContextFull);
            }
            logits = self.decoder.feed(&[choice.token], &mut cache, control)?;
        }
    }

    /// How sure the model is of an answer to a question, whoever gave it: the confidence that it would have had, had it
    /// said these words and then ended.
    ///
    /// # Errors
    /// As [`generate`](Self::generate), and [`ErrorKind::InvalidInput`] for an empty answer.
    pub fn confidence_of<'a>(
        &self,
        prompt: impl Into<Prompt<'a>>,
        answer: &str,
        control: &Control,
    ) -> Result<Confidence> {
        let messages = prompt.into().to_messages();
        let (tokens, prompt) = self.chat.answered(&messages, answer, self.decoder.max_length())?;
        self.decoder.check_length(tokens.len())?;
        let mut cache = self.decoder.cache();
        let mut chosen = Chosen::default();
        // One by one, as they are generated: so the numbers are the same to the last bit.
        let mut logits = self.decoder.feed(&tokens[..prompt], &mut cache, control)?;
        for &token in &tokens[prompt..] {
            chosen.push(Choice { token, probability: probabilities(&logits)?[token as usize] });
            if cache.len() + 1 < tokens.len() {
                logits = self.decoder.feed(&[token], &mut cache, control)?;
            }
        }
        let raw_confidence = chosen.confidence();
        let Chosen { tokens, probabilities } = chosen;
        let confidence = self.calibrated(raw_confidence);
        Ok(Confidence { confidence, raw_confidence, tokens, probabilities })
    }

    /// Fits a calibration to what people rated: the model's raw confidence in each answer, and whether its rating is at
    /// least `good_from`. Conversations without a rating are left out, and those without a system message get the
    /// platform's, as in training sets. The model itself stays as it is; see
    /// [`with_calibration`](Self::with_calibration) and [`Calibration::write`].
    ///
    /// Rate answers that the model was not trained on: of those it is too sure.
    ///
    /// # Errors
    /// As [`confidence_of`](Self::confidence_of), for the first conversation that fails, and
    /// [`fit_calibration`](Self::fit_calibration).
    pub fn calibrate(&self, rated: &[Interaction], good_from: f64, control: &Control) -> Result<Calibration> {
        let mut samples = Vec::with_capacity(rated.len());
        for (place, interaction) in rated.iter().enumerate() {
            control.report("answers", place, rated.len());
            let (Some(rating), Some((answer, messages))) =
                (interaction.rating, interaction.messages.split_last())
            else {
                continue;
            };
            let messages = with_system_prompt(messages);
            let confidence = self
                .confidence_of(&messages, &answer.content, control)
                .map_err(|error| error.in_context(format!("rated conversation {place}")))?;
            samples.push((confidence.raw_confidence, rating >= good_from));
        }
        self.fit_calibration(&samples)
    }

    /// Fits a calibration to raw confidences of this model, each with whether its answer was good.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for confidences out of 0 to 1; [`ErrorKind::InvalidInput`] for fewer than ten good
    /// or ten other answers, and for good answers that are not those of more confidence.
    pub fn fit_calibration(&self, samples: &[(f64, bool)]) -> Result<Calibration> {
        Calibration::fit(samples, self.base().fingerprint(), self.adapter.as_deref())
    }

    fn calibrated(&self, raw: f64) -> f64 {
        self.calibration.as_ref().map_or(raw, |calibration| calibration.apply(raw))
    }
}

impl std::fmt::Debug for LocalModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalModel")
            .field("base", self.base())
            .field("adapter", &self.adapter)
            .field("calibration", &self.calibration)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_shared_by_threads() {
        fn is_shared<T: Send + Sync>() {}
        is_shared::<LocalModel>();
    }
}
