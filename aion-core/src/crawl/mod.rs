//! Reading the web: a polite, bounded crawl, pulled page by page.
//!
//! ```text
//! seed, links, redirects, sitemaps → admit → frontier → visit (guard → fetch → decode → read) → pipe → caller
//! ```
//!
//! Every address passes `admit`: canonical form, guard, blocklist, hosts, private routes, `robots.txt`, traps.
//! A redirect is no exception, so no hop escapes a check. One engine thread runs a current-thread runtime;
//! documents are read and names resolved on helpers beside it; the caller waits on a condition variable.

mod address;
mod admit;
mod alias;
mod decode;
mod desk;
mod engine;
mod fetch;
mod frontier;
mod guard;
mod intake;
mod options;
mod pace;
mod page;
mod pipe;
mod preview;
mod read;
mod scope;
mod shelf;
mod site;
mod sitemap;
mod state;
mod stats;
mod stream;
mod trap;
mod visit;

use std::sync::Arc;

use crate::control::Control;
use crate::error::Result;

pub use guard::{Resolver, SystemResolver};
pub use options::CrawlOptions;
pub use page::{Miss, Page, Skip};
pub use preview::{MAX_PREVIEWS, Preview};
pub use stats::CrawlStats;
pub use stream::{Crawl, Pull};

use desk::Desk;
use engine::Plan;
use scope::Scope;
use shelf::Shelf;
use state::Journal;

/// The room of all crawls of one handle. It remembers what they fetched lately, for previews. Making one costs
/// nothing.
#[derive(Debug, Default)]
pub(crate) struct Crawler {
    shelf: Arc<Shelf>,
}

impl Crawler {
    /// A room that has fetched nothing yet.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Begins to crawl from `seed`. Returns at once; the pages are pulled from the answer.
    ///
    /// `control` holds for the whole crawl: its deadline, its cancel token, its progress of `"pages"`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`](crate::ErrorKind::InvalidArgument) for a setting out of its range or a seed
    /// that is no HTTP address or a private one;
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable), `InvalidInput` or `Io` for the state file.
    pub(crate) fn crawl(&self, seed: &str, options: &CrawlOptions, control: &Control) -> Result<Crawl> {
        options.validate()?;
        control.check()?;
        let mut entry = admit::seed(seed, options.allow_private_hosts)?;
        let mut scope = Scope::new(options)?;
        let mut state = options.state.as_deref().map(|path| Journal::open(path, &entry.url)).transpose()?;
        let mut seeds = Vec::new();
        match &mut state {
            Some((_, memory)) if memory.is_known => {
                if let Ok(url) = crate::url::parse(&entry.url, None) {
                    scope.join(&url);
                }
                for waiting in &mut memory.waiting {
                    waiting.opened.clone_from(&entry.opened);
                    waiting.is_seed = waiting.url == entry.url;
                }
            }
            _ => {
                entry.is_seed = true;
                seeds.push(entry);
            }
        }
        let desk = Arc::new(Desk::new(options.clone(), Arc::clone(&self.shelf), control)?);
        Crawl::start(desk, Plan { seeds, scope, follows: true }, state, control)
    }

    /// Looks at the first 200 of `urls` and answers in their order. What a crawl of this room fetched within the
    /// last hour is not fetched again. `allow_private_hosts` opens to each address its own host and port.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`](crate::ErrorKind::InvalidArgument) for a setting out of its range. An
    /// address that can not be had, or that the control left no time for, says so in its own preview.
    pub(crate) fn preview<S: AsRef<str>>(
        &self,
        urls: &[S],
        options: &CrawlOptions,
        control: &Control,
    ) -> Result<Vec<Preview>> {
        options.validate()?;
        let urls: Vec<&str> = urls.iter().map(AsRef::as_ref).collect();
        preview::previews(&urls, options, &self.shelf, control)
    }
}
