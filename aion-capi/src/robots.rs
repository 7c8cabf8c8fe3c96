//! robots.txt, parsed once and asked often.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use aion_core::Robots;

use crate::error::AionError;
use crate::handle::{required, vacant};
use crate::panic::{guard, guard_drop, guard_or};
use crate::status::AionStatus;
use crate::text::{self, AionText};
use crate::{pair, slice};

/// No delay is asked for.
pub const AION_NO_CRAWL_DELAY: u64 = u64::MAX;

/// A robots.txt (RFC 9309), parsed. It never changes, so threads may share it. Freed by aion_robots_free.
pub struct AionRobots {
    robots: Robots,
    sitemaps: Vec<AionText>,
}

impl From<Robots> for AionRobots {
    fn from(robots: Robots) -> Self {
        Self { sitemaps: pair::keep(robots.sitemaps().iter().map(String::as_str)), robots }
    }
}

/// The core behind `robots`.
pub(crate) fn core(robots: &AionRobots) -> &Robots {
    &robots.robots
}

/// Reads the first 500 KiB of a robots.txt, in any charset. There is no wrong one: what is not understood is passed
/// over, so an empty file and a page of HTML allow everything.
///
/// # Safety
/// `body` must point to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_robots_parse(
    body: *const u8,
    length: usize,
    out: Option<&mut MaybeUninit<Option<Box<AionRobots>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        // SAFETY: the caller vouches for the bytes.
        let body = unsafe { slice::input(body, length, "body") }?;
        *out = Some(Box::new(Robots::parse(body).into()));
        Ok(())
    })
}

/// Whether the user agent, a product token such as "ExampleBot" or a whole header, may fetch the address or path
/// `url`. A URL of more than 64 KiB is never allowed. `*allowed` is false after a failure.
///
/// # Safety
/// `user_agent` and `url` must point to as many bytes as their lengths say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_robots_allowed(
    robots: Option<&AionRobots>,
    user_agent: *const c_char,
    user_agent_length: usize,
    url: *const c_char,
    url_length: usize,
    allowed: Option<&mut MaybeUninit<bool>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let allowed = required(allowed, "allowed")?.write(false);
        // SAFETY: the caller vouches for the bytes.
        let agent = unsafe { text::input(user_agent, user_agent_length, "user_agent") }?;
        // SAFETY: the caller vouches for the bytes.
        let url = unsafe { text::input(url, url_length, "url") }?;
        *allowed = required(robots, "robots")?.robots.allowed(agent, url);
        Ok(())
    })
}

/// How long the user agent is asked to wait between two requests, in milliseconds and a day at most;
/// AION_NO_CRAWL_DELAY when nothing is asked for, and after a failure.
///
/// # Safety
/// `user_agent` must point to `user_agent_length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_robots_crawl_delay(
    robots: Option<&AionRobots>,
    user_agent: *const c_char,
    user_agent_length: usize,
    milliseconds: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let milliseconds = required(milliseconds, "milliseconds")?.write(AION_NO_CRAWL_DELAY);
        // SAFETY: the caller vouches for the bytes.
        let agent = unsafe { text::input(user_agent, user_agent_length, "user_agent") }?;
        if let Some(delay) = required(robots, "robots")?.robots.crawl_delay(agent) {
            *milliseconds = delay.as_millis() as u64;
        }
        Ok(())
    })
}

/// How many sitemaps the file names.
#[unsafe(no_mangle)]
pub extern "C" fn aion_robots_sitemap_count(robots: Option<&AionRobots>) -> usize {
    guard_or(0, || Some(robots?.sitemaps.len()))
}

/// One sitemap, as the file writes it: it is not checked in any way. Borrowed from the handle. NULL when there is
/// none of that index. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_robots_sitemap(
    robots: Option<&AionRobots>,
    index: usize,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    pair::lend(|| Some(&robots?.sitemaps), index, length)
}

/// Frees a robots.txt. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_robots_free(robots: Option<Box<AionRobots>>) {
    guard_drop(robots);
}
