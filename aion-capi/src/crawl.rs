//! A crawl: pages, pulled one by one.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aion_core::crawl::{Crawl, Pull};
use aion_core::{ErrorKind, Result};

use crate::control::{self, AionControl};
use crate::crawl_options::{self, AionCrawlOptions};
use crate::engine::{self, AionEngine};
use crate::error::AionError;
use crate::handle::{required, vacant};
use crate::page::AionPage;
use crate::panic::{guard, guard_drop, guard_or};
use crate::status::AionStatus;
use crate::text;

/// A crawl. It runs on one thread of its own, and waits when about 16 pages were not taken yet. Threads may share it,
/// and each page goes to one of them. Freed by aion_crawl_free; it may outlive its engine.
pub struct AionCrawl {
    crawl: Crawl,
    has_ended: AtomicBool,
}

/// The core behind `crawl`.
pub(crate) fn core(crawl: Option<&AionCrawl>) -> Result<&Crawl> {
    required(crawl, "crawl").map(|crawl| &crawl.crawl)
}

impl AionCrawl {
    fn next(&self, timeout: Duration) -> Result<Option<AionPage>> {
        let pull = self.crawl.next_within(timeout);
        let is_last = match &pull {
            Ok(pull) => matches!(pull, Pull::End),
            Err(error) => error.kind() != ErrorKind::Forked,
        };
        if is_last {
            self.has_ended.store(true, Ordering::Release);
        }
        match pull? {
            Pull::Page(page) => Ok(Some((*page).into())),
            Pull::Pending | Pull::End => Ok(None),
        }
    }
}

/// Begins to crawl from `seed`, breadth first and on its host, and returns at once; the pages are pulled by
/// aion_crawl_next as they come. `options` may be NULL for those of the engine.
///
/// `control` may be NULL. It holds for the whole crawl: its timeout counts from now, cancelling it ends the crawl, and
/// its function, told about "pages", must stay usable until aion_crawl_free has returned. The control itself may be
/// freed at any time.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for options out of their range, for a seed that is no HTTP address, and for
/// one with a private address unless the options allow it; with AION_ERROR_UNAVAILABLE, AION_ERROR_INVALID_INPUT or
/// AION_ERROR_IO for the state file; with AION_ERROR_FORKED.
///
/// # Safety
/// `seed` must point to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_crawl_start(
    engine: Option<&AionEngine>,
    seed: *const c_char,
    length: usize,
    options: Option<&AionCrawlOptions>,
    control: Option<&AionControl>,
    out: Option<&mut MaybeUninit<Option<Box<AionCrawl>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        // SAFETY: the caller vouches for the bytes.
        let seed = unsafe { text::input(seed, length, "seed") }?;
        let engine = engine::core(engine)?;
        let options = crawl_options::resolve(options, engine);
        let crawl = engine.crawl(seed, &options, &control::begin(control))?;
        *out = Some(Box::new(AionCrawl { crawl, has_ended: AtomicBool::new(false) }));
        Ok(())
    })
}

/// Waits for the next page, for so many milliseconds at most: 0 does not wait, AION_NO_TIMEOUT waits for ever. The
/// caller owns the page.
///
/// `*out` is NULL without a failure when there is no page yet and the time is over, and when there are no more;
/// aion_crawl_has_ended tells which. With AION_NO_TIMEOUT it can only be the end.
///
/// A failure ends the crawl: AION_ERROR_CANCELLED and AION_ERROR_DEADLINE_EXCEEDED as its control asks, within some
/// ten milliseconds; AION_ERROR_UNAVAILABLE when the seed can not be fetched, AION_ERROR_UNSUPPORTED when it is no
/// page, AION_ERROR_LIMIT_EXCEEDED when it is too large, AION_ERROR_INVALID_ARGUMENT when it leads where nothing may
/// be fetched; AION_ERROR_IO for the state file. A seed that robots.txt or the blocklist forbids is no failure: the
/// crawl ends without a page, and aion_crawl_stats_json says why. AION_ERROR_FORKED ends nothing.
#[unsafe(no_mangle)]
pub extern "C" fn aion_crawl_next(
    crawl: Option<&AionCrawl>,
    timeout_ms: u64,
    out: Option<&mut MaybeUninit<Option<Box<AionPage>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        *out = required(crawl, "crawl")?.next(Duration::from_millis(timeout_ms))?.map(Box::new);
        Ok(())
    })
}

/// Whether aion_crawl_next has told the end or a failure: no call of it that begins now gives a page. Ask it when no
/// page came: a page may be the last that one thread is given while another is told the end. True for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_crawl_has_ended(crawl: Option<&AionCrawl>) -> bool {
    guard_or(true, || Some(crawl?.has_ended.load(Ordering::Acquire)))
}

/// Ends a crawl and its thread, and frees it. Requests under way are dropped, and what the state file has not written
/// down as taken is handed out again by the next run. NULL is a no-op. The progress function of its control must not
/// call it. In a child of the process that began the crawl, it gives back almost nothing, but it does not hang.
#[unsafe(no_mangle)]
pub extern "C" fn aion_crawl_free(crawl: Option<Box<AionCrawl>>) {
    guard_drop(crawl);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the header promises; nothing in C would notice.
    #[test]
    fn threads_may_share_what_the_web_gives() {
        fn check<T: Send + Sync>() {}
        check::<AionCrawl>();
        check::<AionPage>();
        check::<crate::AionCrawlOptions>();
        check::<crate::AionDocument>();
        check::<crate::AionExtracted>();
        check::<crate::AionPreview>();
        check::<crate::AionRobots>();
        check::<crate::AionVerdict>();
    }
}
