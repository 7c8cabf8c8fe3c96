//! What a driver may be told.

use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::generate::GenerateOptions;
use crate::random::SplitMix64;

/// More tries than help anybody.
const MAX_RETRIES: u32 = 10;
/// The first pause, before its jitter; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// How a [`HybridDriver`](super::HybridDriver) answers. `HybridOptions::default()` is the usual.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct HybridOptions {
    /// How the local answer is generated. The paid one is told no more than the budget's `max_tokens_per_reply`.
    pub generate: GenerateOptions,
    /// How often a paid call that failed is tried again, each time with a grant of its own: at most 10. Only what was
    /// refused for the moment is tried again: no connection, 429, 5xx; and never once the caller got text. Default: 2.
    pub max_retries: u32,
    /// The longest pause before a retry. A provider that asks for a longer one is not asked again. Default: 10 seconds.
    pub max_pause: Duration,
    /// What the pauses' jitter is drawn from. Default: 0.
    pub seed: u64,
}

impl Default for HybridOptions {
    fn default() -> Self {
        let (generate, max_pause) = (GenerateOptions::default(), Duration::from_secs(10));
        Self { generate, max_retries: 2, max_pause, seed: 0 }
    }
}

impl HybridOptions {
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for what is out of its range.
    pub(super) fn check(&self) -> Result<()> {
        if self.max_retries > MAX_RETRIES {
            let message = format!("max_retries is {}; it must be at most {MAX_RETRIES}", self.max_retries);
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        Ok(())
    }

    /// The pause before retry `number`, counted from 0, unless it would be too long. It doubles from retry to retry, by
    /// half at random, so that many hosts do not come back at once; and it is at least what the provider asks for.
    pub(super) fn pause(&self, number: u32, asked: Option<Duration>) -> Option<Duration> {
        let longest = FIRST_PAUSE.saturating_mul(1 << number.min(MAX_RETRIES));
        let part = SplitMix64::at(self.seed, u64::from(number)) >> 40;
        let drawn = longest.mul_f64(0.5 + 0.5 * part as f64 / (1_u64 << 24) as f64).min(self.max_pause);
        let pause = asked.map_or(drawn, |asked| asked.max(drawn));
        (pause <= self.max_pause).then_some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_jitter_and_end() {
        let options = HybridOptions::default();
        for number in 0..8 {
            let longest = (FIRST_PAUSE * (1 << number)).min(options.max_pause);
            let pause = options.pause(number, None).unwrap();
            assert!(pause <= longest && pause >= longest / 2, "{number}: {pause:?}");
            assert_eq!(options.pause(number, None), Some(pause), "the same for the same seed");
        }
        let other = HybridOptions { seed: 7, ..HybridOptions::default() };
        assert_ne!(other.pause(0, None), options.pause(0, None));
    }

    #[test]
    fn a_provider_is_given_the_time_that_it_asks_for_or_left_alone() {
        let options = HybridOptions::default();
        assert_eq!(options.pause(0, Some(Duration::from_secs(3))), Some(Duration::from_secs(3)));
        assert!(options.pause(0, Some(Duration::ZERO)).unwrap() >= FIRST_PAUSE / 2);
        assert_eq!(options.pause(0, Some(Duration::from_secs(11))), None);
        let none = HybridOptions { max_pause: Duration::ZERO, ..HybridOptions::default() };
        assert_eq!(none.pause(0, None), Some(Duration::ZERO));
    }
}
