//! Whether a new adapter may take the place of the one that is there: the loss on sequences that neither has seen.

use std::path::Path;
use std::sync::Arc;

use super::train::check_sequences;
use super::{Trainer, TrainerOptions, invalid};
use crate::adapter::{Adapter, Candidate, ModuleShapes};
use crate::base::BaseModel;
use crate::control::Control;
use crate::dataset::{Encoder, EncoderOptions, Sequence};
use crate::error::{Error, ErrorKind, Result};

/// A frozen set, on which adapters of one base are compared. It holds no threads between calls: it may be shared by
/// threads, and used in a child process after a fork.
///
/// ```no_run
/// # use aion_core::{Control, adapter::{Adapters, Candidate, PromoteOptions}, lora::HeldOut};
/// # fn promote(adapters: &Adapters, held_out: &HeldOut) -> aion_core::Result<()> {
/// let control = Control::default();
/// let not_worse = |candidate: &Candidate<'_>| held_out.check(candidate, &control);
/// let mut options = PromoteOptions::default();
/// options.check = Some(&not_worse);
/// adapters.promote("models/adapters/aion-lora", &options, &control)?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct HeldOut {
    /// The frozen model.
    pub base: Arc<BaseModel>,
    /// The sequences.
    pub sequences: Vec<Sequence>,
    /// How much worse a candidate's loss may be, in nats. Default: [`EPSILON`](Self::EPSILON).
    pub epsilon: f64,
    /// The most tokens that are computed at once. Default: [`BATCH_TOKENS`](Self::BATCH_TOKENS).
    pub batch_tokens: usize,
    /// Threads. Default: the cores that this process may use.
    pub threads: Option<usize>,
}

impl HeldOut {
    /// What `epsilon` is by default.
    pub const EPSILON: f64 = 0.01;
    /// What `batch_tokens` is by default.
    pub const BATCH_TOKENS: usize = 4096;

    /// A comparison on `sequences`.
    pub fn new(base: Arc<BaseModel>, sequences: Vec<Sequence>) -> Self {
        Self { base, sequences, epsilon: Self::EPSILON, batch_tokens: Self::BATCH_TOKENS, threads: None }
    }

    /// A comparison on the conversations of the set at `path`, as the tokenizer of the base writes them.
    ///
    /// # Errors
    /// As [`Encoder::of_base`] and [`Encoder::encode_file`].
    pub fn of_file(
        base: Arc<BaseModel>,
        path: impl AsRef<Path>,
        encoding: EncoderOptions,
        control: &Control,
    ) -> Result<Self> {
        let (sequences, _) = Encoder::of_base(base.path(), encoding)?.encode_file(path, control)?;
        Ok(Self::new(base, sequences))
    }

    /// Whether adapters can be compared with these settings on these sequences, before a promotion depends on it.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for an `epsilon` that is no number of 0 or above, no sequences at all, one that the
    /// model or `batch_tokens` is too small for, and one of which nothing counts in the loss, named by its place.
    pub fn validate(&self) -> Result<()> {
        if !(self.epsilon.is_finite() && self.epsilon >= 0.0) {
            return Err(invalid("epsilon is out of its range; it must be 0 or above"));
        }
        check_sequences(&self.sequences, self.base.config(), &self.options(), self.batch_tokens)
    }

    /// What a trainer must be told to take sequences as long as these.
    fn options(&self) -> TrainerOptions {
        let mut options = TrainerOptions { threads: self.threads, ..TrainerOptions::default() };
        let longest = self.sequences.iter().map(|sequence| sequence.ids().len()).max();
        options.max_length = longest.unwrap_or(0).clamp(2, TrainerOptions::MAX_LENGTH);
        options
    }

    /// The mean cross-entropy of the target tokens with `adapter`, or with the base alone, in nats.
    ///
    /// # Errors
    /// As [`Trainer::new`] and [`Trainer::evaluate`].
    pub fn loss(&self, adapter: Option<&Adapter>, control: &Control) -> Result<f64> {
        let mut options = self.options();
        match adapter {
            Some(adapter) => {
                options.rank = adapter.config.rank;
                options.alpha = adapter.config.alpha;
                options.target_modules = adapter.config.target_modules.iter().copied().collect();
            }
            // A new adapter changes nothing, and the smallest costs least.
            None => options.rank = 1,
        }
        Trainer::new(Arc::clone(&self.base), options, adapter)?.evaluate(
            &self.sequences,
            self.batch_tokens,
            control,
        )
    }

    /// Refuses a candidate whose loss is above the champion's by more than `epsilon`. Where there is no champion, or where
    /// it is of another base, the base alone is what it must not be worse than.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] for a candidate that is worse, with both losses; as [`validate`](Self::validate) and
    /// [`loss`](Self::loss).
    pub fn check(&self, candidate: &Candidate<'_>, control: &Control) -> Result<()> {
        self.validate()?;
        let champion = candidate.champion.map(|champion| champion.adapter(control)).transpose()?;
        let shapes = ModuleShapes::of(self.base.config());
        let champion = champion.filter(|champion| champion.check_against(&shapes).is_ok());
        let rival = if champion.is_some() { "champion" } else { "base alone" };
        let wanted = self.loss(champion.as_ref(), control)?;
        let loss = self.loss(Some(candidate.adapter), control)?;
        if loss <= wanted + self.epsilon {
            return Ok(());
        }
        let message = format!(
            "its loss on {} held-out sequences is {loss:.4}, and that of the {rival} is {wanted:.4}",
            self.sequences.len()
        );
        Err(Error::new(ErrorKind::Conflict, message))
    }
}
