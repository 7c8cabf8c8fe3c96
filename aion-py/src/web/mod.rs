//! Reading the web: what may be read, what it says, and whole sites as they come.

mod blocklist;
mod crawl;
mod extract;
mod page;
mod pii;
mod policy;
mod preview;
mod resolver;
mod robots;
mod settings;
mod stats;
mod verbs;
mod verdict;

pub(crate) use blocklist::{Blocklist, entries};
pub(crate) use crawl::Crawl;
pub(crate) use extract::{
    Extracted, Link, PageImage, extract_text, restore_extracted, restore_image, restore_link,
};
pub(crate) use page::{Page, restore_web_page};
pub(crate) use pii::{PiiMatch, find_pii, scrub_pii};
pub(crate) use policy::check_policy;
pub(crate) use preview::{Preview, restore_preview};
pub(crate) use robots::{Robots, canonical_url};
pub(crate) use stats::{CrawlStats, Miss, restore_miss, restore_stats};
pub(crate) use verdict::{Reason, Verdict, restore_reason, restore_verdict};
