//! What a crawl hands out: pages, and why there is none.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::extract::PageImage;
use crate::policy::Verdict;

/// A page that was fetched and read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Page {
    /// The canonical address that was asked for.
    pub url: String,
    /// The address that answered, after redirects.
    pub final_url: String,
    /// The HTTP status; always a 2xx.
    pub status: u16,
    /// The title; empty without one.
    pub title: String,
    /// The main text.
    pub text: String,
    /// Addresses of all links, those too that are not followed.
    pub links: Vec<String>,
    /// Images with their alternative texts.
    pub images: Vec<PageImage>,
    /// When it was published, as it says.
    pub published: Option<String>,
    /// The language that the page says it is in.
    pub language: Option<String>,
    /// The language that its text looks to be written in.
    pub detected_language: Option<String>,
    /// Contents of the meta elements, by name.
    pub meta: std::collections::BTreeMap<String, String>,
    /// The `Content-Type`; empty without one.
    pub content_type: String,
    /// Links between the seed and this page; those that only a sitemap names have 1.
    pub depth: u32,
    /// The document, decoded from its content coding but not from its charset.
    pub html: Vec<u8>,
    /// Whether it may be ingested and trained on, and why not.
    pub verdict: Verdict,
    /// Names in lower case and values of the headers.
    pub headers: Vec<(String, String)>,
}

impl Page {
    /// About how many bytes of memory the page holds.
    pub(super) fn weight(&self) -> usize {
        let links: usize = self.links.iter().map(|link| link.len() + 24).sum();
        1024 + self.html.len() + self.text.len() + links
    }
}

/// Why an address has no page. The names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Skip {
    /// On the caller's blocklist.
    Blocklist,
    /// Its content is that of another address, or another address led there first.
    Duplicate,
    /// The server answered with a status that is not a page.
    HttpStatus,
    /// Its kind of document is not read.
    ContentType,
    /// No URL that can be crawled, or one that the guard refuses.
    #[serde(rename = "forbidden_address")]
    Forbidden,
    /// The frontier is full.
    FrontierFull,
    /// The connection failed, or the answer was damaged.
    Network,
    /// It has not changed since the last run.
    NotModified,
    /// On a host that is not crawled.
    OffHost,
    /// A login, a cart or the like.
    PrivateRoute,
    /// `robots.txt` disallows it.
    Robots,
    /// `robots.txt` could not be had, which counts as a disallow of everything.
    RobotsUnreachable,
    /// Body or headers are larger than their limits.
    TooLarge,
    /// Farther from the seed than asked for.
    TooDeep,
    /// More redirects than are followed.
    TooManyRedirects,
    /// It did not end in time.
    TimedOut,
    /// It looks like one of endlessly many addresses that say nothing new.
    Trap,
}

impl Skip {
    /// The stable name, in snake case.
    pub const fn name(self) -> &'static str {
        match self {
            Skip::Blocklist => "blocklist",
            Skip::Duplicate => "duplicate",
            Skip::HttpStatus => "http_status",
            Skip::ContentType => "content_type",
            Skip::Forbidden => "forbidden_address",
            Skip::FrontierFull => "frontier_full",
            Skip::Network => "network",
            Skip::NotModified => "not_modified",
            Skip::OffHost => "off_host",
            Skip::PrivateRoute => "private_route",
            Skip::Robots => "robots",
            Skip::RobotsUnreachable => "robots_unreachable",
            Skip::TooLarge => "too_large",
            Skip::TooDeep => "too_deep",
            Skip::TooManyRedirects => "too_many_redirects",
            Skip::TimedOut => "timed_out",
            Skip::Trap => "trap",
        }
    }

    /// Whether it says something about the world of today, not about the address or the site's wishes.
    pub(super) fn is_failure(self) -> bool {
        matches!(
            self,
            Skip::HttpStatus
                | Skip::ContentType
                | Skip::Forbidden
                | Skip::Network
                | Skip::TooLarge
                | Skip::TooManyRedirects
                | Skip::TimedOut
        )
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An address that was wanted and has no page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Miss {
    /// The canonical address.
    pub url: String,
    /// What a program branches on.
    pub skip: Skip,
    /// A sentence for people.
    pub message: String,
}

impl Miss {
    pub(super) fn new(url: impl Into<String>, skip: Skip, message: impl Into<String>) -> Self {
        Self { url: url.into(), skip, message: message.into() }
    }
}
