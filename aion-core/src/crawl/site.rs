//! What a site says about itself: `robots.txt`, `tdmrep.json` and sitemaps, each asked for once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ::url::Url;

use super::desk::Desk;
use super::fetch::{Answer, Ask, Failure};
use super::guard::{self, Origin};
use super::page::Skip;
use crate::policy::{RobotsAccess, SiteSignals, TdmFile};
use crate::robots::{AgentRules, Robots};

/// RFC 9309 §2.4: a copy is not used for longer.
pub(super) const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);
/// RFC 9309 §2.5: crawlers read 500 KiB at least.
const MAX_ROBOTS_BYTES: usize = 500 << 10;
const MAX_TDM_BYTES: usize = 1 << 20;
/// RFC 9309 §2.3.1.2: five redirects at least.
const MAX_REDIRECTS: usize = 5;
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// What one scheme, host and port says about itself.
#[derive(Debug)]
pub(super) struct Site {
    /// `None` without a `robots.txt`, or where it is not asked for.
    rules: Option<AgentRules>,
    /// What holds for addresses without a rule.
    default: RobotsAccess,
    /// Why nobody answered when `robots.txt` was asked for.
    failure: Option<Failure>,
    tdm: Option<TdmFile>,
    pub(super) sitemaps: Vec<String>,
    /// Of the files, as they were read.
    pub(super) bytes: usize,
    pub(super) loaded: Instant,
}

impl Site {
    /// What is known of the site of `origin`, any address of it; its files are asked for only if no crawl of
    /// the handle did so lately.
    pub(super) async fn known(desk: &Desk, origin: &Url, opened: Option<&Origin>) -> Arc<Self> {
        let name = Self::name(desk, origin);
        if let Some(site) = desk.shelf.site(&name) {
            return site;
        }
        let site = Arc::new(Self::load(desk, origin, opened).await);
        // Who could not answer may be back in a moment.
        if site.failure.is_none() && site.default != RobotsAccess::Unreachable {
            desk.shelf.keep_site(name, &site);
        }
        site
    }

    /// Equal for crawls that would be answered the same.
    fn name(desk: &Desk, origin: &Url) -> String {
        let origin = &origin[..::url::Position::BeforePath];
        format!("{origin} {} {}", desk.options.respect_robots, desk.options.user_agent)
    }

    async fn load(desk: &Desk, origin: &Url, opened: Option<&Origin>) -> Self {
        let mut site = Self {
            rules: None,
            default: RobotsAccess::Unknown,
            failure: None,
            tdm: None,
            sitemaps: Vec::new(),
            bytes: 0,
            loaded: Instant::now(),
        };
        if desk.options.respect_robots {
            site.load_robots(desk, origin, opened).await;
        }
        site.load_tdm(desk, origin, opened).await;
        site
    }

    /// Whether `url` may be fetched.
    pub(super) fn access(&self, url: &str) -> RobotsAccess {
        match &self.rules {
            Some(rules) if rules.allowed(url) => RobotsAccess::Allowed,
            Some(_) => RobotsAccess::Disallowed,
            None => self.default,
        }
    }

    /// Why nothing may be fetched where [`access`](Self::access) says so.
    pub(super) fn why_unreachable(&self) -> (Skip, &str) {
        match &self.failure {
            Some(failure) => (failure.skip, &failure.message),
            None => (Skip::RobotsUnreachable, "robots.txt could not be had"),
        }
    }

    /// The time that the site wants between two requests.
    pub(super) fn crawl_delay(&self) -> Option<Duration> {
        self.rules.as_ref().and_then(AgentRules::crawl_delay)
    }

    /// What policy wants to know of the site for `url`.
    pub(super) fn signals(&self, url: &Url) -> SiteSignals {
        let text = url.as_str();
        let mut signals = SiteSignals { robots: self.access(text), ..SiteSignals::default() };
        if let Some(rules) = &self.rules {
            signals.content_usage = rules.content_usage(text);
            signals.content_signal = rules.content_signal(text);
        }
        if let Some(tdm) = &self.tdm {
            signals.tdm = tdm.rights(&url[::url::Position::BeforePath..::url::Position::AfterQuery]);
        }
        signals
    }

    async fn load_robots(&mut self, desk: &Desk, origin: &Url, opened: Option<&Origin>) {
        desk.stats.lock().robots += 1;
        let ask = SiteFile { limit: MAX_ROBOTS_BYTES, accepts: |_| true };
        match origin.join("/robots.txt").map(|url| (url, ask)) {
            Ok((url, ask)) => match ask.get(desk, url, opened).await {
                Ok(Answer { status: 200, body: Some(body), .. }) => {
                    self.bytes += body.len();
                    let robots = Robots::parse(&body);
                    self.sitemaps = robots.sitemaps().to_vec();
                    self.rules = Some(robots.agent(&desk.options.user_agent));
                    self.default = RobotsAccess::Allowed;
                }
                // 429 asks for patience, as a 5xx does; a chain without an end counts as no file.
                Ok(answer) if answer.status < 500 && answer.status != 429 => {
                    self.default = RobotsAccess::Allowed
                }
                Err(failure) if failure.skip == Skip::TooManyRedirects => {
                    self.default = RobotsAccess::Allowed
                }
                Ok(_) => self.default = RobotsAccess::Unreachable,
                Err(failure) => {
                    let message = format!("robots.txt could not be had: {}", failure.message);
                    self.default = RobotsAccess::Unreachable;
                    self.failure = Some(Failure { message, ..failure });
                }
            },
            Err(_) => self.default = RobotsAccess::Unreachable,
        }
    }

    async fn load_tdm(&mut self, desk: &Desk, origin: &Url, opened: Option<&Origin>) {
        let Ok(url) = origin.join("/.well-known/tdmrep.json") else { return };
        if !matches!(self.access(url.as_str()), RobotsAccess::Allowed | RobotsAccess::Unknown) {
            return;
        }
        let ask = SiteFile { limit: MAX_TDM_BYTES, accepts: |media| !media.starts_with("text/html") };
        if let Ok(Answer { body: Some(body), .. }) = ask.get(desk, url, opened).await {
            self.bytes += body.len();
            self.tdm = TdmFile::parse(&body);
        }
    }
}

/// How a file about a site is fetched.
pub(super) struct SiteFile {
    /// A longer file is cut.
    pub(super) limit: usize,
    pub(super) accepts: fn(&str) -> bool,
}

impl SiteFile {
    /// Fetches `url`, follows its redirects through the guard and the blocklist, and tries twice more after a
    /// failure that may pass.
    pub(super) async fn get(
        &self,
        desk: &Desk,
        url: Url,
        opened: Option<&Origin>,
    ) -> Result<Answer, Failure> {
        let mut tries = 0;
        loop {
            let result = self.follow(desk, url.clone(), opened).await;
            let may_pass = match &result {
                Ok(answer) => matches!(answer.status, 429 | 500 | 502..=504),
                Err(failure) => failure.is_temporary,
            };
            if !may_pass || tries == 2 {
                return result;
            }
            desk.stats.lock().retries += 1;
            tokio::time::sleep(RETRY_PAUSE * (1 << tries)).await;
            tries += 1;
        }
    }

    async fn follow(&self, desk: &Desk, mut url: Url, opened: Option<&Origin>) -> Result<Answer, Failure> {
        for _ in 0..=MAX_REDIRECTS {
            if desk.options.blocklist.blocks_url(&url) {
                return Err(Failure::new(Skip::Blocklist, "it is on the blocklist"));
            }
            let refused = |refusal: guard::Refusal| Failure::new(Skip::Forbidden, refusal.to_string());
            let door = guard::door(&url, opened).map_err(refused)?;
            let ask = Ask { door, validators: None, limit: self.limit, cut: true, accepts: self.accepts };
            desk.stats.lock().requests += 1;
            let answer = desk.fetcher.get(&url, &ask).await?;
            let Some(location) = answer.location.as_deref().filter(|_| matches!(answer.status, 300..=399))
            else {
                return Ok(answer);
            };
            url = url.join(location).map_err(|_| Failure::new(Skip::Forbidden, "it leads to no URL"))?;
            desk.stats.lock().redirects += 1;
        }
        Err(Failure::new(Skip::TooManyRedirects, format!("more than {MAX_REDIRECTS} redirects")))
    }
}
