//! From logits to a token.

use super::options::GenerateOptions;
use crate::base::ops::softmax;
use crate::error::{Error, ErrorKind, Result};
use crate::random::SplitMix64;

/// Draws the tokens of one answer.
pub(super) struct Sampler {
    temperature: f32,
    top_p: f64,
    random: SplitMix64,
}

/// A token, and the probability that the model gave it at temperature 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Choice {
    pub(super) token: u32,
    pub(super) probability: f32,
}

impl Sampler {
    pub(super) fn new(options: &GenerateOptions) -> Self {
        let random = SplitMix64(options.seed);
        Self { temperature: options.temperature, top_p: f64::from(options.top_p), random }
    }

    /// The next token. Draws one number unless the temperature is 0.
    ///
    /// # Errors
    /// As [`probabilities`].
    pub(super) fn choose(&mut self, mut logits: Vec<f32>) -> Result<Choice> {
        let probabilities = probabilities(&logits)?;
        let likeliest = likeliest(&logits);
        let token = match self.temperature {
            0.0 => likeliest,
            temperature => {
                let most = logits[likeliest];
                logits.iter_mut().for_each(|logit| *logit -= most);
                softmax(&mut logits, 1.0 / temperature);
                self.draw(&logits).unwrap_or(likeliest)
            }
        };
        Ok(Choice { token: token as u32, probability: probabilities[token] })
    }

    /// `None` if rounding left nothing at the end.
    fn draw(&mut self, probabilities: &[f32]) -> Option<usize> {
        let nucleus = nucleus(probabilities, self.top_p);
        let total: f64 = nucleus.iter().map(|&token| f64::from(probabilities[token])).sum();
        let mut left = total * self.unit();
        nucleus.into_iter().find(|&token| {
            left -= f64::from(probabilities[token]);
            left < 0.0
        })
    }

    /// A number from 0 to below 1.
    fn unit(&mut self) -> f64 {
        (self.random.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// The probabilities at temperature 1.
///
/// # Errors
/// [`ErrorKind::InvalidModel`] for logits that are NaN or infinite.
pub(super) fn probabilities(logits: &[f32]) -> Result<Vec<f32>> {
    let mut probabilities = logits.to_vec();
    if softmax(&mut probabilities, 1.0).is_finite() {
        return Ok(probabilities);
    }
    let message = "the model gives NaN or infinite logits; its weights or those of the adapter are too large";
    Err(Error::new(ErrorKind::InvalidModel, message))
}

/// The first of the largest.
fn likeliest(logits: &[f32]) -> usize {
    let larger = |best: usize, index: usize| if logits[index] > logits[best] { index } else { best };
    (0..logits.len()).fold(0, larger)
}

/// The fewest tokens whose probabilities reach `top_p` together, the most probable first; or all.
fn nucleus(probabilities: &[f32], top_p: f64) -> Vec<usize> {
    if top_p >= 1.0 {
        return (0..probabilities.len()).collect();
    }
    // If one of them were needed, all that are not would reach more than the rest together.
    let needless = (1.0 - top_p) / probabilities.len() as f64;
    let is_needed = |token: &usize| f64::from(probabilities[*token]) >= needless;
    let mut tokens: Vec<_> = (0..probabilities.len()).filter(is_needed).collect();
    tokens.sort_unstable_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]).then(a.cmp(&b)));
    let mut reached = 0.0;
    let count = tokens.iter().take_while(|&&token| {
        let is_short = reached < top_p;
        reached += f64::from(probabilities[token]);
        is_short
    });
    let count = count.count();
    tokens.truncate(count);
    tokens
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sampler(temperature: f32, top_p: f32, seed: u64) -> Sampler {
        Sampler::new(&GenerateOptions { temperature, top_p, seed, ..Default::default() })
    }

    /// As it is defined: every token sorted, and cut where the sum is reached.
    fn naive_nucleus(probabilities: &[f32], top_p: f64) -> Vec<usize> {
        let mut tokens: Vec<usize> = (0..probabilities.len()).collect();
        tokens.sort_by(|&a, &b| probabilities[b].partial_cmp(&probabilities[a]).unwrap());
        let mut kept = Vec::new();
        let mut reached = 0.0;
        for token in tokens {
            if reached >= top_p {
                break;
            }
            reached += f64::from(probabilities[token]);
            kept.push(token);
        }
        kept
    }

    proptest! {
        #[test]
        fn the_nucleus_is_that_of_the_definition(
            logits in prop::collection::vec(-8f32..8.0, 1..400),
            top_p in 0.01f64..0.999,
        ) {
            let probabilities = probabilities(&logits).unwrap();
            prop_assert_eq!(nucleus(&probabilities, top_p), naive_nucleus(&probabilities, top_p));
        }
    }

    #[test]
    fn draws_have_the_frequencies_of_the_distribution() {
        let logits = [1.0, 3.0, 2.0, -4.0, 2.5];
        let temperature = 1.7;
        let mut sampler = sampler(temperature, 0.9, 7);
        let mut counts = [0f64; 5];
        const DRAWS: usize = 20_000;
        for _ in 0..DRAWS {
            counts[sampler.choose(logits.to_vec()).unwrap().token as usize] += 1.0 / DRAWS as f64;
        }
        let weights: Vec<f64> = logits.iter().map(|&logit| f64::from(logit / temperature).exp()).collect();
        let all: f64 = weights.iter().sum();
        let kept =
            naive_nucleus(&weights.iter().map(|weight| (weight / all) as f32).collect::<Vec<_>>(), 0.9);
        let total: f64 = kept.iter().map(|&token| weights[token]).sum();
        for (token, count) in counts.into_iter().enumerate() {
            let expected = if kept.contains(&token) { weights[token] / total } else { 0.0 };
            assert!((count - expected).abs() < 0.015, "{token}: {count}, not {expected}");
        }
        assert_eq!(kept.len(), 4);
    }

    #[test]
    fn probabilities_are_those_at_temperature_one() {
        let expected = 1.0 / (1.0 + (-2f32).exp());
        for (temperature, top_p) in [(0.0, 1.0), (0.001, 1.0), (0.1, 0.5), (0.1, 1.0)] {
            let choice = sampler(temperature, top_p, 3).choose(vec![0.0, 2.0]).unwrap();
            assert_eq!(choice.token, 1, "{temperature}");
            assert!((choice.probability - expected).abs() < 1e-6);
        }
        let tie = sampler(0.0, 1.0, 0).choose(vec![1.0, 5.0, 5.0]).unwrap();
        assert_eq!(tie.token, 1);
    }

    #[test]
    fn logits_that_are_none_are_refused() {
        for logits in
            [vec![0.0, f32::NAN], vec![f32::INFINITY, 0.0], vec![f32::NEG_INFINITY; 2], vec![f32::NAN; 40]]
        {
            for temperature in [0.0, 1.0] {
                let error = sampler(temperature, 0.9, 0).choose(logits.clone()).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidModel, "{logits:?}");
            }
        }
        let masked = vec![f32::NEG_INFINITY, 1.0];
        assert_eq!(sampler(1.0, 1.0, 0).choose(masked).unwrap(), Choice { token: 1, probability: 1.0 });
        let extreme = sampler(0.001, 1.0, 0).choose(vec![-3e38, 3e38, 0.0]).unwrap();
        assert_eq!(extreme.token, 1);
    }
}
