//! What a model answered.

use serde::{Deserialize, Serialize};

use crate::generate::sampler::Choice;

/// An answer, and how sure the model is of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Answer {
    /// The text, without white space at its ends, and without what ended it.
    pub text: String,
    /// Every token that the model chose, with the one that ended the answer.
    pub tokens: Vec<u32>,
    /// The probability that the model gave each of them, at temperature 1 and among all tokens, however it was chosen.
    pub probabilities: Vec<f32>,
    /// How likely the answer is good: the raw confidence as the calibration reads it, or the raw one where there is no
    /// calibration. 0 to 1.
    pub confidence: f64,
    /// The geometric mean of `probabilities`: what is left of certainty at each token. 0 to 1.
    pub raw_confidence: f64,
    /// Tokens of the prompt.
    pub prompt_tokens: usize,
    /// Why there is no more.
    pub finish: FinishReason,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FinishReason {
    /// The model ended it, with a token or a marker of the platform's format.
    Stop,
    /// One of the caller's stop strings came.
    StopString,
    /// It has as many tokens as were allowed.
    MaxTokens,
    /// Prompt and answer fill the context.
    ContextFull,
    /// The caller's callback wanted no more.
    Callback,
}

impl FinishReason {
    /// The name in JSON and in other languages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::StopString => "stop_string",
            Self::MaxTokens => "max_tokens",
            Self::ContextFull => "context_full",
            Self::Callback => "callback",
        }
    }
}

/// How sure a model is of an answer that was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Confidence {
    /// As [`Answer::confidence`].
    pub confidence: f64,
    /// As [`Answer::raw_confidence`].
    pub raw_confidence: f64,
    /// The tokens of the answer, with the one that ends it.
    pub tokens: Vec<u32>,
    /// As [`Answer::probabilities`].
    pub probabilities: Vec<f32>,
}

/// The tokens that were chosen so far.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    pub(super) tokens: Vec<u32>,
    pub(super) probabilities: Vec<f32>,
}

impl Chosen {
    pub(super) fn push(&mut self, choice: Choice) {
        self.tokens.push(choice.token);
        self.probabilities.push(choice.probability);
    }

    /// The geometric mean of the probabilities; 1 of none.
    pub(super) fn confidence(&self) -> f64 {
        let logarithm = |&p: &f32| f64::from(p.max(f32::MIN_POSITIVE)).ln();
        let sum: f64 = self.probabilities.iter().map(logarithm).sum();
        (sum / self.probabilities.len().max(1) as f64).exp().min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_is_the_geometric_mean() {
        let of = |probabilities: &[f32]| {
            let mut chosen = Chosen::default();
            probabilities.iter().for_each(|&probability| chosen.push(Choice { token: 0, probability }));
            chosen.confidence()
        };
        assert!((of(&[0.5, 0.125]) - 0.25).abs() < 1e-9);
        assert_eq!(of(&[1.0; 1000]), 1.0);
        assert!((of(&[1e-30; 400]) - 1e-30).abs() < 1e-36, "no product that vanishes");
        assert!(of(&[0.0, 1.0]) > 0.0);
    }
}
