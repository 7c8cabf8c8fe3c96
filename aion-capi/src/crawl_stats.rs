//! What a crawl has done so far.

use std::mem::MaybeUninit;
use std::time::Duration;

use aion_core::Result;
use aion_core::crawl::{CrawlStats, Miss};
use serde_json::{Map, Value, json};

use crate::crawl::{self, AionCrawl};
use crate::error::AionError;
use crate::handle::{required, vacant};
use crate::panic::guard;
use crate::status::AionStatus;
use crate::text::AionText;

/// What a crawl has done so far.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionCrawlStats {
    /// Pages that wait to be taken or were taken.
    pub pages: usize,
    /// Requests of every kind, with robots, sitemaps and repeats.
    pub requests: usize,
    /// Fetches of robots.txt.
    pub robots: usize,
    /// Sitemap files that were read.
    pub sitemaps: usize,
    /// Redirects that were met.
    pub redirects: usize,
    /// Requests that were made again.
    pub retries: usize,
    /// Addresses that wait.
    pub waiting: usize,
    /// Addresses without a page: of links, each time that one was met.
    pub skipped: usize,
    /// Bytes of pages, decoded.
    pub bytes: u64,
    /// Milliseconds since the crawl began; until its end.
    pub elapsed_ms: u64,
}

impl From<&CrawlStats> for AionCrawlStats {
    fn from(stats: &CrawlStats) -> Self {
        Self {
            pages: stats.pages,
            requests: stats.requests,
            robots: stats.robots,
            sitemaps: stats.sitemaps,
            redirects: stats.redirects,
            retries: stats.retries,
            waiting: stats.waiting,
            skipped: stats.skipped.values().sum(),
            bytes: stats.bytes,
            elapsed_ms: milliseconds(stats.elapsed),
        }
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn stats(crawl: Option<&AionCrawl>) -> Result<CrawlStats> {
    let crawl = crawl::core(crawl)?;
    // Refuses a child after a fork, where the lock of the counters may be held for ever.
    crawl.wait(Duration::ZERO)?;
    Ok(crawl.stats())
}

/// Writes what the crawl has done so far to `out`.
///
/// Fails with AION_ERROR_FORKED.
#[unsafe(no_mangle)]
pub extern "C" fn aion_crawl_stats(
    crawl: Option<&AionCrawl>,
    out: Option<&mut MaybeUninit<AionCrawlStats>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = required(out, "out")?;
        out.write((&stats(crawl)?).into());
        Ok(())
    })
}

/// What the crawl has done so far as a JSON object: the fields of aion_crawl_stats_t, but "skipped" is an object of
/// numbers by reason, such as "off_host", and "misses" is an array of the first thousand addresses that were tried in
/// vain, each with "url", "reason" and "message".
///
/// Fails with AION_ERROR_FORKED.
#[unsafe(no_mangle)]
pub extern "C" fn aion_crawl_stats_json(
    crawl: Option<&AionCrawl>,
    out: Option<&mut MaybeUninit<Option<Box<AionText>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        *out = Some(Box::new(report(&stats(crawl)?).to_string().into()));
        Ok(())
    })
}

fn report(stats: &CrawlStats) -> Value {
    let skipped = stats.skipped.iter().map(|(skip, count)| (skip.name().to_owned(), (*count).into()));
    let miss = |miss: &Miss| json!({ "url": miss.url, "reason": miss.skip.name(), "message": miss.message });
    json!({
        "pages": stats.pages,
        "requests": stats.requests,
        "robots": stats.robots,
        "sitemaps": stats.sitemaps,
        "redirects": stats.redirects,
        "retries": stats.retries,
        "waiting": stats.waiting,
        "skipped": skipped.collect::<Map<_, _>>(),
        "misses": stats.misses.iter().map(miss).collect::<Value>(),
        "bytes": stats.bytes,
        "elapsed_ms": milliseconds(stats.elapsed),
    })
}
