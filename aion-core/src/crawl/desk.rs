//! What the tasks of one crawl share.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Semaphore;

use super::fetch::Fetcher;
use super::options::CrawlOptions;
use super::shelf::Shelf;
use super::stats::CrawlStats;
use crate::control::Control;
use crate::error::Result;

/// Documents that are read at once: each may take many times its size of memory.
const MAX_READERS: usize = 4;

/// Settings, clients, counters, and what was fetched lately.
pub(super) struct Desk {
    pub(super) options: CrawlOptions,
    #[cfg_attr(not(feature = "documents"), expect(dead_code, reason = "only documents take long to read"))]
    pub(super) control: Control,
    pub(super) fetcher: Fetcher,
    /// Equal for crawls that judge pages alike.
    pub(super) terms: u64,
    pub(super) stats: Mutex<CrawlStats>,
    pub(super) readers: Semaphore,
    /// Shared by all crawls of one handle.
    pub(super) shelf: Arc<Shelf>,
}

impl Desk {
    /// # Errors
    /// Those of [`Fetcher::new`].
    pub(super) fn new(mut options: CrawlOptions, shelf: Arc<Shelf>, control: &Control) -> Result<Self> {
        options.policy.user_agent.clone_from(&options.user_agent);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            fetcher: Fetcher::new(&options)?,
            terms: terms(&options),
            options,
            control: control.clone(),
            stats: Mutex::default(),
            readers: Semaphore::new(cores.min(MAX_READERS)),
            shelf,
        })
    }
}

/// What a verdict depends on beside the page.
fn terms(options: &CrawlOptions) -> u64 {
    let policy = &options.policy;
    let mut hasher = DefaultHasher::new();
    (options.respect_robots, &policy.user_agent, policy.min_text_chars, &policy.ignore).hash(&mut hasher);
    hasher.finish()
}
