//! What the caller decides about a crawl.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::guard::{Resolver, SystemResolver};
use crate::blocklist::Blocklist;
use crate::config::{Config, check_user_agent};
use crate::error::{Error, ErrorKind, Result};
use crate::policy::PolicyOptions;

/// Connections a host gets where the delay adapts to it.
const POLITE_CONNECTIONS: usize = 4;

/// What the caller decides about a crawl. The defaults are polite, lawful and bounded.
///
/// ```
/// use aion_core::crawl::CrawlOptions;
///
/// let mut options = CrawlOptions::default();
/// options.max_pages = 200;
/// options.user_agent = "ExampleBot/1.0 (+https://example.com/bot)".into();
/// options.validate()?;
/// # Ok::<(), aion_core::Error>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct CrawlOptions {
    /// Most pages that are handed out, over all runs with one state file. Default: 50.
    pub max_pages: usize,
    /// Most links between the seed and a page. Default: 32.
    pub max_depth: u32,
    /// Whether only the seed's host is crawled; one that the seed redirects to counts as the seed's. Default: true.
    pub same_host: bool,
    /// More hosts that are crawled, such as `docs.example.com`; only matters with `same_host`. Default: none.
    pub hosts: Vec<String>,
    /// Sites that are never asked for anything. Default: none.
    pub blocklist: Blocklist,
    /// Whether `robots.txt` is fetched and obeyed. Default: true.
    pub respect_robots: bool,
    /// The `User-Agent` header; its first word is the name that `robots.txt` is searched for. Add a contact.
    pub user_agent: String,
    /// Time between two requests to one host. `None` adapts it to how fast the host answers, with few
    /// connections; zero is as fast as the connections allow. A longer `Crawl-delay` wins. Default: `None`.
    pub delay: Option<Duration>,
    /// Most requests at once. Default: 32.
    pub concurrency: usize,
    /// Most requests at once to one host. Default: 4 where the delay adapts, else `concurrency`.
    pub connections_per_host: Option<usize>,
    /// Most bytes of a page, decoded; a larger one is passed over. Default: 5 MiB.
    pub max_page_bytes: usize,
    /// Most bytes of the headers of an answer. Default: 64 KiB.
    pub max_header_bytes: usize,
    /// Longest time from the request to the last byte. Default: 15 seconds.
    pub page_timeout: Duration,
    /// Longest time to connect. Default: 5 seconds.
    pub connect_timeout: Duration,
    /// Most redirects of one link. Default: 10.
    pub max_redirects: u32,
    /// How often a request is made again after a failure that may pass. Default: 3.
    pub retries: u32,
    /// Whether sitemaps are read once the links are used up. Default: true.
    pub sitemaps: bool,
    /// Whether PDF, office files and tables are read as well; they count as pages. Needs the feature `documents`.
    /// Default: false.
    pub documents: bool,
    /// Whether the seed's own host and port may have a private address. Default: false.
    pub allow_private_hosts: bool,
    /// A file that keeps the state: an interrupted crawl goes on, a finished one is repeated and hands out only
    /// what changed. Default: none.
    pub state: Option<PathBuf>,
    /// Which signals of sites are obeyed by the verdicts. Its user agent is taken from here.
    pub policy: PolicyOptions,
    /// What turns names into addresses. Default: the operating system.
    pub resolver: Arc<dyn Resolver>,
}

impl Default for CrawlOptions {
    fn default() -> Self {
        Self {
            max_pages: 50,
            max_depth: 32,
            same_host: true,
            hosts: Vec::new(),
            blocklist: Blocklist::default(),
            respect_robots: true,
            user_agent: Config::default().user_agent,
            delay: None,
            concurrency: 32,
            connections_per_host: None,
            max_page_bytes: 5 << 20,
            max_header_bytes: 64 << 10,
            page_timeout: Duration::from_secs(15),
            connect_timeout: Duration::from_secs(5),
            max_redirects: 10,
            retries: 3,
            sitemaps: true,
            documents: false,
            allow_private_hosts: false,
            state: None,
            policy: PolicyOptions::default(),
            resolver: Arc::new(SystemResolver),
        }
    }
}

impl CrawlOptions {
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] that names the first setting out of its range.
    pub fn validate(&self) -> Result<()> {
        let refuse = |message: String| Err(Error::new(ErrorKind::InvalidArgument, message));
        let connections = self.connections_per_host.unwrap_or(1);
        if self.max_pages == 0 {
            return refuse("max_pages is 0; it must be at least 1".into());
        }
        if !(1..=1024).contains(&self.concurrency) || !(1..=1024).contains(&connections) {
            return refuse("concurrency and connections_per_host must be 1 to 1024".into());
        }
        if self.max_page_bytes == 0 || self.max_header_bytes == 0 {
            return refuse("max_page_bytes and max_header_bytes must be at least 1".into());
        }
        if self.page_timeout.is_zero() || self.connect_timeout.is_zero() {
            return refuse("page_timeout and connect_timeout must be longer than 0".into());
        }
        if self.documents && cfg!(not(feature = "documents")) {
            let message = "this build of aion-core lacks the feature `documents`; switch the option off";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        check_user_agent(&self.user_agent)
    }

    /// The defaults, changed by what `config` says of crawls.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for a blocklist with an entry that is no site.
    pub fn of(config: &Config) -> Result<Self> {
        Ok(Self {
            max_pages: config.crawl_max_pages,
            respect_robots: config.respect_robots,
            blocklist: Blocklist::new(&config.blocklist)?,
            user_agent: config.user_agent.clone(),
            ..Self::default()
        })
    }

    /// Most requests at once to one host, resolved.
    pub(super) fn connections(&self) -> usize {
        let usual = if self.delay.is_none() { POLITE_CONNECTIONS } else { self.concurrency };
        self.connections_per_host.unwrap_or(usual).min(self.concurrency)
    }
}

impl fmt::Debug for CrawlOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CrawlOptions")
            .field("max_pages", &self.max_pages)
            .field("max_depth", &self.max_depth)
            .field("same_host", &self.same_host)
            .field("respect_robots", &self.respect_robots)
            .field("user_agent", &self.user_agent)
            .field("delay", &self.delay)
            .field("concurrency", &self.concurrency)
            .field("allow_private_hosts", &self.allow_private_hosts)
            .finish_non_exhaustive()
    }
}
