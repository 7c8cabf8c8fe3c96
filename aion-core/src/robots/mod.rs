//! The Robots Exclusion Protocol (RFC 9309): parse once, ask often.
//!
//! Read as Google documents and its open-source parser does it, down to the misspellings that it forgives, with
//! `Crawl-delay`, `Sitemap`, `Content-Usage` and `Content-Signal`. Every octet may be hostile: parsing is linear in
//! the first 500 KiB, memory is bounded by them, and no pattern takes more than linear time.

mod index;
mod line;
mod parse;
mod pattern;
mod rules;
#[cfg(test)]
mod tests;
mod wildcard;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;

use self::index::Index;
use self::parse::{Parsed, Says, Statement};
use self::pattern::Target;
use crate::preference::{ContentSignal, ContentUsage};

/// A longer URL is never allowed: no server takes one, and what is not read is not searched.
const MAX_URL_BYTES: usize = 64 * 1024;

/// Agents whose rules are kept ready. Most programs are one.
const MAX_READY_AGENTS: usize = 16;

/// A robots.txt, parsed.
///
/// Holds at most about 6 MiB, and about 4 MiB more for each of the last 16 agents that were asked about; files of
/// sites as they are need a few KiB. Clones share it.
///
/// ```
/// use aion_core::Robots;
///
/// let robots = Robots::parse(b"User-agent: *\nDisallow: /private/\nAllow: /private/open$\nCrawl-delay: 2");
/// assert!(robots.allowed("AION/0.1", "https://example.com/"));
/// assert!(!robots.allowed("AION/0.1", "https://example.com/private/letter"));
/// assert!(robots.allowed("AION/0.1", "https://example.com/private/open"));
/// assert_eq!(robots.crawl_delay("AION/0.1").map(|delay| delay.as_secs()), Some(2));
/// ```
#[derive(Clone, Default)]
pub struct Robots {
    parsed: Arc<Parsed>,
    ready: Arc<RwLock<Vec<(String, AgentRules)>>>,
}

impl Robots {
    /// Reads the first 500 KiB of `body`. There is no wrong robots.txt: what is not understood is passed over, so a
    /// page of HTML allows everything, as an empty file does.
    pub fn parse(body: &[u8]) -> Self {
        Self { parsed: Arc::new(parse::parse(body)), ready: Arc::default() }
    }

    /// Whether `user_agent` may fetch `url`.
    ///
    /// `user_agent` is a product token such as `AION`, or a whole header such as `AION/0.1 (+https://…)` or
    /// `Mozilla/5.0 (compatible; AION/0.1; …)`. `url` is a URL as it is sent, or a path. `/robots.txt` itself is
    /// always allowed, a URL of more than 64 KiB never.
    pub fn allowed(&self, user_agent: &str, url: &str) -> bool {
        self.agent(user_agent).allowed(url)
    }

    /// How long `user_agent` is asked to wait between two requests: a day at most, and of several values the
    /// longest. Not in the RFC, but meant.
    pub fn crawl_delay(&self, user_agent: &str) -> Option<Duration> {
        self.agent(user_agent).crawl_delay()
    }

    /// The sitemaps that the file names, as it writes them, in its order. They are not checked in any way.
    pub fn sitemaps(&self) -> &[String] {
        &self.parsed.sitemaps
    }

    /// What the `Content-Usage` lines say to `user_agent` about `url`.
    pub fn content_usage(&self, user_agent: &str, url: &str) -> ContentUsage {
        self.agent(user_agent).content_usage(url)
    }

    /// What the `Content-Signal` lines say to `user_agent` about `url`.
    pub fn content_signal(&self, user_agent: &str, url: &str) -> ContentSignal {
        self.agent(user_agent).content_signal(url)
    }

    /// Everything that concerns `user_agent`: for one that asks often. The first call for an agent orders its
    /// rules; later ones find them ready.
    pub fn agent(&self, user_agent: &str) -> AgentRules {
        let token = product_token(user_agent);
        let is_same = |(ready, _): &&(String, AgentRules)| ready.eq_ignore_ascii_case(token);
        if let Some((_, rules)) = self.ready.read().iter().find(is_same) {
            return rules.clone();
        }
        let rules = AgentRules(Arc::new(Inner::new(&self.parsed, token)));
        let mut ready = self.ready.write();
        if ready.len() >= MAX_READY_AGENTS {
            ready.remove(0);
        }
        ready.push((token.to_owned(), rules.clone()));
        rules
    }
}

impl fmt::Debug for Robots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Robots")
            .field("agents", &self.parsed.agents.len())
            .field("rules", &self.parsed.rules.len())
            .field("sitemaps", &self.parsed.sitemaps.len())
            .finish_non_exhaustive()
    }
}

/// What a robots.txt says to one agent; see [`Robots::agent`]. Clones share it.
#[derive(Clone)]
pub struct AgentRules(Arc<Inner>);

struct Inner {
    parsed: Arc<Parsed>,
    index: Index,
    crawl_delay: Option<Duration>,
    /// Indices of the statements that speak to the agent.
    statements: Vec<usize>,
}

impl AgentRules {
    /// See [`Robots::allowed`].
    pub fn allowed(&self, url: &str) -> bool {
        if url.len() > MAX_URL_BYTES {
            return false;
        }
        let target = Target::new(url);
        *target.wire == *b"/robots.txt" || self.0.index.allows(&self.0.parsed.arena, &target)
    }

    /// See [`Robots::crawl_delay`].
    pub fn crawl_delay(&self) -> Option<Duration> {
        self.0.crawl_delay
    }

    /// What the `Content-Usage` lines say about `url`: the longest path that matches counts, and among lines of the
    /// same length the strictest. Unknown for a URL of more than 64 KiB.
    pub fn content_usage(&self, url: &str) -> ContentUsage {
        self.longest(url, ContentUsage::and, |says| match says {
            Says::Usage(usage) => Some(*usage),
            Says::Signal(_) => None,
        })
    }

    /// What the `Content-Signal` lines say about `url`, chosen as for [`content_usage`](Self::content_usage).
    pub fn content_signal(&self, url: &str) -> ContentSignal {
        self.longest(url, ContentSignal::and, |says| match says {
            Says::Signal(signal) => Some(*signal),
            Says::Usage(_) => None,
        })
    }

    fn longest<T: Default>(&self, url: &str, combine: fn(T, T) -> T, pick: fn(&Says) -> Option<T>) -> T {
        let (mut length, mut found) = (0, T::default());
        if url.len() > MAX_URL_BYTES {
            return found;
        }
        let target = Target::new(url);
        let Parsed { arena, statements, .. } = &*self.0.parsed;
        for statement in self.0.statements.iter().filter_map(|&at| statements.get(at)) {
            let Statement { path, anchored, priority, ref says, .. } = *statement;
            let Some(value) = pick(says) else { continue };
            if priority < length || !pattern::matches(path.of(arena), anchored, target.canonical()) {
                continue;
            }
            found = if priority == length { combine(found, value) } else { value };
            length = priority;
        }
        found
    }
}

impl fmt::Debug for AgentRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentRules").field("crawl_delay", &self.0.crawl_delay).finish_non_exhaustive()
    }
}

impl Inner {
    fn new(parsed: &Arc<Parsed>, token: &str) -> Self {
        let lines = agent_lines(parsed, token.as_bytes());
        let concerns = |agents: &std::ops::Range<u32>| {
            let at = lines.partition_point(|&line| line < agents.start);
            lines.get(at).is_some_and(|&line| line < agents.end)
        };
        let groups = parsed.groups.iter().filter(|(agents, _)| concerns(agents));
        let rules = groups.flat_map(|(_, rules)| parsed.rules[rules.clone()].iter().cloned()).collect();
        let delays = parsed.crawl_delays.iter().filter(|(agents, _)| concerns(agents));
        let statements = parsed.statements.iter().enumerate();
        Self {
            parsed: Arc::clone(parsed),
            index: Index::new(&parsed.arena, rules),
            crawl_delay: delays.map(|&(_, delay)| delay).max(),
            statements: statements.filter(|(_, it)| concerns(&it.agents)).map(|(at, _)| at).collect(),
        }
    }
}

/// The user-agent lines, by number, that speak to `token`; those for `*` if none does.
fn agent_lines(parsed: &Parsed, token: &[u8]) -> Vec<u32> {
    let named = |name: &[u8]| -> Vec<u32> {
        let is_same = |&(_, text): &(u32, &[u8])| text.eq_ignore_ascii_case(name);
        let lines = (0..).zip(parsed.agents.iter().map(|line| line.of(&parsed.arena)));
        lines.filter(is_same).map(|(line, _)| line).collect()
    };
    let lines = named(token);
    if lines.is_empty() { named(b"*") } else { lines }
}

/// The product token of a user agent, empty where there is none to be sure of: then only rules for all apply.
fn product_token(user_agent: &str) -> &str {
    let name = leading_token(user_agent.trim_start());
    if !name.eq_ignore_ascii_case("mozilla") {
        return name;
    }
    // RFC 9309 §2.2.1: the token of `Mozilla/5.0 (compatible; ExampleBot/0.1; …)` is `ExampleBot`.
    match user_agent.split_once("compatible;") {
        Some((_, rest)) => rest.trim_start().split([';', ')', ' ']).next().map_or("", leading_token),
        None => name,
    }
}

/// Two words are no token (Google: `Foo Bar` is not `Foo`); a version or a comment may follow.
fn leading_token(text: &str) -> &str {
    // Octets of a token are ASCII, so the cut is at a character.
    let (name, rest) = text.split_at(parse::token(text.as_bytes()).len());
    let rest = rest.trim_end();
    let follows = rest.trim_start().chars().next();
    let is_whole = match follows {
        None => true,
        Some(_) if rest.starts_with('/') => true,
        Some(next) => rest.starts_with(char::is_whitespace) && !next.is_alphabetic(),
    };
    if is_whole { name } else { "" }
}
