//! What a crawl counts.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::page::{Miss, Skip};

/// Misses that are kept word by word; all are counted.
const MAX_MISSES: usize = 1_000;

/// What a crawl has done so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CrawlStats {
    /// Pages that were handed to the stream.
    pub pages: usize,
    /// Requests of every kind, with robots, sitemaps and repeats.
    pub requests: usize,
    /// Fetches of `robots.txt`.
    pub robots: usize,
    /// Sitemap files that were read.
    pub sitemaps: usize,
    /// Redirects that were met.
    pub redirects: usize,
    /// Requests that were made again.
    pub retries: usize,
    /// Bytes of pages, decoded.
    pub bytes: u64,
    /// Addresses that wait.
    pub waiting: usize,
    /// Since the crawl began; until its end.
    pub elapsed: Duration,
    /// Addresses without a page, counted by reason: for links each time that one was met.
    pub skipped: BTreeMap<Skip, usize>,
    /// The first thousand addresses that were tried in vain, with the reason.
    pub misses: Vec<Miss>,
}

impl CrawlStats {
    /// How often `skip` was the reason.
    pub fn skipped(&self, skip: Skip) -> usize {
        self.skipped.get(&skip).copied().unwrap_or_default()
    }

    pub(super) fn count(&mut self, skip: Skip) {
        *self.skipped.entry(skip).or_default() += 1;
    }

    pub(super) fn keep(&mut self, miss: Miss) {
        self.count(miss.skip);
        if self.misses.len() < MAX_MISSES {
            self.misses.push(miss);
        }
    }
}
