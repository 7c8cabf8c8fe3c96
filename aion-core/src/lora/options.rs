//! What a trainer may be told.

use serde::{Deserialize, Serialize};

use super::invalid;
use crate::base::Module;
use crate::error::Result;

/// What a [`Trainer`](super::Trainer) may be told. `TrainerOptions::default()` is the usual.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrainerOptions {
    /// The rank of the adapter's matrices, 1 to 1024. Default: 16.
    pub rank: usize,
    /// The adapter's output is scaled by `alpha / rank`. Default: 32.
    pub alpha: f64,
    /// How much of the adapter's input is dropped in training, 0 to below 1. Default: 0.05.
    pub dropout: f64,
    /// The layers that get an adapter. Default: all seven.
    pub target_modules: Vec<Module>,
    /// The learning rate of AdamW, before the schedule. Default: 2e-4.
    pub learning_rate: f64,
    /// The decoupled weight decay of AdamW. Default: 0.
    pub weight_decay: f64,
    /// How the learning rate goes on. Default: constant.
    pub schedule: Schedule,
    /// Updates over which the learning rate rises from 0, as in transformers. Default: 0.
    pub warmup_steps: u64,
    /// The norm that gradients are clipped to; 0 for none. Default: 1.
    pub max_grad_norm: f64,
    /// The longest sequence, in tokens; a longer one is an error. Default: 2048.
    pub max_length: usize,
    /// Micro-batches of an update. Their gradients are summed and divided by the number of target tokens of them all.
    /// Default: 16.
    pub gradient_accumulation: u32,
    /// Whether layers are computed again in the backward pass instead of kept: about a quarter slower, in far less
    /// memory. The result is the same to the last bit. Default: no.
    pub recompute: bool,
    /// What the first adapter and the dropout are drawn from. Default: 0.
    pub seed: u64,
    /// Threads. Default: the cores that this process may use. The result is the same for every number.
    #[serde(skip)]
    pub threads: Option<usize>,
}

/// How the learning rate goes on after its warm-up, as in transformers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Schedule {
    /// It stays.
    Constant,
    /// It falls to 0 at update `total`, in a straight line.
    Linear {
        /// Updates in all, warm-up included.
        total: u64,
    },
    /// It falls to 0 at update `total`, as half a wave of a cosine.
    Cosine {
        /// Updates in all, warm-up included.
        total: u64,
    },
}

impl Default for TrainerOptions {
    fn default() -> Self {
        Self {
            rank: 16,
            alpha: 32.0,
            dropout: 0.05,
            target_modules: Module::ALL.to_vec(),
            learning_rate: 2e-4,
            weight_decay: 0.0,
            schedule: Schedule::Constant,
            warmup_steps: 0,
            max_grad_norm: 1.0,
            max_length: 2048,
            gradient_accumulation: 16,
            recompute: false,
            seed: 0,
            threads: None,
        }
    }
}

impl TrainerOptions {
    /// The longest that sequences may be.
    pub(super) const MAX_LENGTH: usize = 1 << 20;

    pub(super) fn validate(&self) -> Result<()> {
        let not_below_zero = |value: f64| value.is_finite() && value >= 0.0;
        let rules = [
            ((1..=1024).contains(&self.rank), "rank", "from 1 to 1024"),
            (self.alpha.is_finite() && self.alpha > 0.0, "alpha", "above 0"),
            ((0.0..1.0).contains(&self.dropout), "dropout", "from 0 to below 1"),
            (not_below_zero(self.learning_rate), "learning_rate", "0 or above"),
            (not_below_zero(self.weight_decay), "weight_decay", "0 or above"),
            (not_below_zero(self.max_grad_norm), "max_grad_norm", "above 0, or 0 for no clipping"),
            ((2..=Self::MAX_LENGTH).contains(&self.max_length), "max_length", "from 2 to 1048576"),
            (self.gradient_accumulation > 0, "gradient_accumulation", "1 or more"),
            (!self.target_modules.is_empty(), "target_modules", "at least one of q_proj to down_proj"),
        ];
        match rules.into_iter().find(|(holds, ..)| !holds) {
            Some((_, name, range)) => Err(invalid(format!("{name} is out of its range; it must be {range}"))),
            None => Ok(()),
        }
    }

    /// `alpha / rank`.
    pub(super) fn scale(&self) -> f32 {
        (self.alpha / self.rank as f64) as f32
    }

    /// The learning rate of the update after `done` others.
    pub(super) fn learning_rate_after(&self, done: u64) -> f64 {
        let share = |total: u64| {
            let left = total.saturating_sub(self.warmup_steps).max(1);
            done.saturating_sub(self.warmup_steps) as f64 / left as f64
        };
        let factor = match self.schedule {
            _ if done < self.warmup_steps => done as f64 / self.warmup_steps as f64,
            Schedule::Constant => 1.0,
            Schedule::Linear { total } => (1.0 - share(total)).max(0.0),
            Schedule::Cosine { total } => 0.5 * (1.0 + (std::f64::consts::PI * share(total).min(1.0)).cos()),
        };
        self.learning_rate * factor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_those_of_transformers() {
        let mut options = TrainerOptions { learning_rate: 1.0, warmup_steps: 2, ..Default::default() };
        let rates =
            |options: &TrainerOptions| [0, 1, 2, 4, 6, 9].map(|step| options.learning_rate_after(step));
        assert_eq!(rates(&options), [0.0, 0.5, 1.0, 1.0, 1.0, 1.0]);
        options.schedule = Schedule::Linear { total: 6 };
        assert_eq!(rates(&options), [0.0, 0.5, 1.0, 0.5, 0.0, 0.0]);
        options.schedule = Schedule::Cosine { total: 6 };
        for (rate, expected) in rates(&options).into_iter().zip([0.0, 0.5, 1.0, 0.5, 0.0, 0.0]) {
            assert!((rate - expected).abs() < 1e-12);
        }
    }
}
