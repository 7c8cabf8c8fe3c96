//! What the caller decides about versions and their promotion.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::candidate::Candidate;
use super::pointer::Pointer;
use crate::adapter::module::ModuleShapes;
use crate::error::{Error, ErrorKind, Result};

/// The fewest versions that are kept: the current one, and one to go back to.
const MIN_KEEP: usize = 2;

/// How versions are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AdaptersOptions {
    /// How many versions are kept, 2 or more: the current one with those that it came from, and as many of those that
    /// were current last. 5 by default. Versions that are being read are kept as well.
    pub keep: usize,
    /// How long a call waits for another promotion. A minute by default.
    pub patience: Duration,
    /// What `aion-current` is made as.
    pub pointer: Pointer,
}

impl Default for AdaptersOptions {
    fn default() -> Self {
        Self { keep: 5, patience: Duration::from_secs(60), pointer: Pointer::Auto }
    }
}

impl AdaptersOptions {
    pub(super) fn check(&self) -> Result<()> {
        if self.keep < MIN_KEEP {
            let message = format!("keep is {}; at least {MIN_KEEP} versions are kept", self.keep);
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        Ok(())
    }
}

/// The caller's own check of a candidate, such as its loss on a frozen set beside the champion's. An error refuses
/// the candidate and is handed on; a panic counts as one. No other promotion goes on meanwhile, so it must not
/// promote itself.
pub type Check<'a> = dyn Fn(&Candidate<'_>) -> Result<()> + 'a;

/// What a candidate must pass, and what is noted of it. The default asks for a whole adapter and nothing more.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct PromoteOptions<'a> {
    /// The layers of the base that it must fit.
    pub base: Option<&'a ModuleShapes>,
    /// The caller's own check, after all others.
    pub check: Option<&'a Check<'a>>,
    /// Numbers to be kept with the version, such as its loss; finite.
    pub metrics: BTreeMap<String, f64>,
}

impl fmt::Debug for PromoteOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PromoteOptions")
            .field("base", &self.base)
            .field("check", &self.check.is_some())
            .field("metrics", &self.metrics)
            .finish()
    }
}
