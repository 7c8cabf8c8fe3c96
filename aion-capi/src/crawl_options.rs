//! How a crawl is to be made.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::time::Duration;

use aion_core::crawl::CrawlOptions;
use aion_core::{Aion, Blocklist, Config, Result};

use crate::engine::AionEngine;
use crate::error::AionError;
use crate::handle::required;
use crate::panic::{guard, guard_drop, guard_or};
use crate::policy::AionPolicyOptions;
use crate::status::AionStatus;
use crate::text::{self, AionStr};

/// A delay that adapts to how fast a host answers.
pub const AION_ADAPTIVE_DELAY: u64 = u64::MAX;

/// How a crawl is to be made. One thread at a time may change it. Freed by aion_crawl_options_free.
pub struct AionCrawlOptions(CrawlOptions);

/// The options, or those of the engine for NULL.
pub(crate) fn resolve(options: Option<&AionCrawlOptions>, engine: &Aion) -> CrawlOptions {
    options.map_or_else(|| engine.crawl_options(), |options| options.0.clone())
}

/// The options that a crawl of this engine has unless it is given others: polite, lawful and bounded, with what the
/// engine's settings say of crawls; of the default settings for NULL. They can be changed until a crawl begins or
/// previews are asked for, which copy and check them.
#[unsafe(no_mangle)]
pub extern "C" fn aion_crawl_options_new(engine: Option<&AionEngine>) -> Option<Box<AionCrawlOptions>> {
    guard_or(None, || {
        let options = engine.map_or_else(CrawlOptions::default, AionEngine::crawl_options);
        Some(Some(Box::new(AionCrawlOptions(options))))
    })
}

/// Sets the most pages that are handed out, over all runs with one state file. The default is 50.
#[unsafe(no_mangle)]
pub extern "C" fn aion_crawl_options_set_max_pages(
    options: Option<&mut AionCrawlOptions>,
    pages: usize,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(options, |options| options.max_pages = pages))
}

/// Sets the most links between the seed and a page. The default is 32.
#[unsafe(no_mangle)]
pub extern "C" fn aion_crawl_options_set_max_depth(
    options: Option<&mut AionCrawlOptions>,
    links: u32,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(options, |options| options.max_depth = links))
}

/// Sets whether only the seed's host is crawled, and the one that the seed redirects to. The default is true.
#[unsafe(no_mangle)]
pub extern "C" fn aion_crawl_options_set_same_host(
    options: Option<&mut AionCrawlOptions>,
    same: bool,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(options, |options| options.same_host = same))
}

/// Sets more hosts that are crawled where only the seed's is, such as "docs.example.com". The default is none.
///
/// # Safety
/// `hosts` must point to `count` texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_crawl_options_set_hosts(
    options: Option<&mut AionCrawlOptions>,
    hosts: *const AionStr,
    count: usize,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        // SAFETY: the caller vouches for the texts.
        let hosts = unsafe { text::list(hosts, count, "hosts") }?;
        set(options, |options| options.hosts = hosts.into_iter().map(str::to_owned).collect())
    })
}

/// Sets the sites that are never asked for anything, as aion_config_set_blocklist.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for an entry that is no site.
///
/// # Safety
/// `sites` must point to `count` texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_crawl_options_set_blocklist(
    options: Option<&mut AionCrawlOptions>,
    sites: *const AionStr,
    count: usize,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        // SAFETY: the caller vouches for the texts.
        let blocklist = Blocklist::new(unsafe { text::list(sites, count, "sites") }?)?;
        set(options, |options| options.blocklist = blocklist)
    })
}

/// Sets whether robots.txt is fetched and obeyed. The default is true.
#[unsafe(no_mangle)]
pub extern "C" fn aion_crawl_options_set_respect_robots(
    options: Option<&mut AionCrawlOptions>,
    respect: bool,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(options, |options| options.respect_robots = respect))
}

/// Sets the User-Agent header; its first word is the name that robots.txt is searched for. Empty for the default.
///
/// # Safety
/// `agent` must point to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_crawl_options_set_user_agent(
    options: Option<&mut AionCrawlOptions>,
    agent: *const c_char,
    length: usize,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        // SAFETY: the caller vouches for the bytes.
        let agent = match unsafe { text::input(agent, length, "agent") }? {
            "" => Config::default().user_agent,
            agent => agent.to_owned(),
        };
        set(options, |options| options.user_agent = agent)
    })
}

/// Sets the time between two requests to one host; 0 is as fast as the connections allow, AION_ADAPTIVE_DELAY, the
/// default, adapts it to how fast the host answers. A longer Crawl-delay of the site wins.
#[unsafe(no_mangle)]
pub extern "C" fn aion_crawl_options_set_delay_ms(
    options: Option<&mut AionCrawlOptions>,
    milliseconds: u64,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    let delay = (milliseconds != AION_ADAPTIVE_DELAY).then(|| Duration::from_millis(milliseconds));
    guard(error, || set(options, |options| options.delay = delay))
}

/// Sets the most requests at once, 1 to 1024. The default is 32.
#[unsafe(no_mangle)]
pub extern "C" fn aion_crawl_options_set_concurrency(
    options: Option<&mut AionCrawlOptions>,
    requests: usize,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(options, |options| options.concurrency = requests))
}

/// Sets the most requests at once to one host, 1 to 1024; 0 for the default: 4 where the delay adapts, else as many as
/// at once.
#[unsafe(no_mangle)]
pub extern "C" fn aion_crawl_options_set_connections_per_host(
    options: Option<&mut AionCrawlOptions>,
    requests: usize,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(options, |options| options.connections_per_host = (requests > 0).then_some(requests)))
}

/// Sets the most bytes of a page, decoded; a larger one is passed over. The default is 5 MiB.
#[unsafe(no_mangle)]
pub extern "C" fn aion_crawl_options_set_max_page_bytes(
    options: Option<&mut AionCrawlOptions>,
    bytes: usize,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(options, |options| options.max_page_bytes = bytes))
}

/// Sets the most bytes of the headers of an answer. The default is 64 KiB.
#[unsafe(no_mangle)]
pub extern "C" fn aion_crawl_options_set_max_header_bytes(
    options: Option<&mut AionCrawlOptions>,
    bytes: usize,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(options, |options| options.max_header_bytes = bytes))
}

/// Sets the longest time from a request to the last byte of its answer. The default is 15000.
#[unsafe(no_mangle)]
pub extern "C" fn aion_crawl_options_set_page_timeout_ms(
    options: Option<&mut AionCrawlOptions>,
    milliseconds: u64,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(options, |options| options.page_timeout = Duration::from_millis(milliseconds)))
}

/// Sets the longest time to connect. The default is 5000.
#[unsafe(no_mangle)]
pub extern "C" fn aion_crawl_options_set_connect_timeout_ms(
    options: Option<&mut AionCrawlOptions>,
    milliseconds: u64,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(options, |options| options.connect_timeout = Duration::from_millis(milliseconds)))
}

/// Sets the most redirects of one link. The default is 10.
#[unsafe(no_mangle)]
pub extern "C" fn aion_crawl_options_set_max_redirects(
    options: Option<&mut AionCrawlOptions>,
    redirects: u32,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(options, |options| options.max_redirects = redirects))
}

/// Sets how often a request is made again after a failure that may pass. The default is 3.
#[unsafe(no_mangle)]
pub extern "C" fn aion_crawl_options_set_retries(
    options: Option<&mut AionCrawlOptions>,
    retries: u32,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(options, |options| options.retries = retries))
}

/// Sets whether sitemaps are read once the links are used up. The default is true.
#[unsafe(no_mangle)]
pub extern "C" fn aion_crawl_options_set_sitemaps(
    options: Option<&mut AionCrawlOptions>,
    sitemaps: bool,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(options, |options| options.sitemaps = sitemaps))
}

/// Sets whether PDF, office files and tables are read as well, as aion_extract_document does without OCR; they count as
/// pages. The default is false.
#[unsafe(no_mangle)]
pub extern "C" fn aion_crawl_options_set_documents(
    options: Option<&mut AionCrawlOptions>,
    documents: bool,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(options, |options| options.documents = documents))
}

/// Sets whether the seed's own host and port may have a private address, as intranets and tests do. The default is
/// false.
#[unsafe(no_mangle)]
pub extern "C" fn aion_crawl_options_set_allow_private_hosts(
    options: Option<&mut AionCrawlOptions>,
    allow: bool,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(options, |options| options.allow_private_hosts = allow))
}

/// Sets the file that keeps the state of the crawl: one that was interrupted goes on, one that has ended is repeated
/// and hands out only what changed. Empty for none, which is the default.
///
/// # Safety
/// `path` must point to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_crawl_options_set_state(
    options: Option<&mut AionCrawlOptions>,
    path: *const c_char,
    length: usize,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        // SAFETY: the caller vouches for the bytes.
        let path = unsafe { text::path(path, length, "path") }?;
        set(options, |options| options.state = (!path.as_os_str().is_empty()).then(|| path.to_owned()))
    })
}

/// Sets what the verdicts on pages obey, which is copied; NULL for the default. Its user agent is passed over.
///
/// # Safety
/// The texts of `policy` must be as its fields say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_crawl_options_set_policy(
    options: Option<&mut AionCrawlOptions>,
    policy: Option<&AionPolicyOptions>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        // SAFETY: the caller vouches for the policy.
        let policy = unsafe { AionPolicyOptions::resolve(policy) }?;
        set(options, |options| options.policy = policy)
    })
}

/// Frees options. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_crawl_options_free(options: Option<Box<AionCrawlOptions>>) {
    guard_drop(options);
}

/// Changes the options, which must not be NULL.
pub(crate) fn set(
    options: Option<&mut AionCrawlOptions>,
    change: impl FnOnce(&mut CrawlOptions),
) -> Result<()> {
    change(&mut required(options, "options")?.0);
    Ok(())
}
