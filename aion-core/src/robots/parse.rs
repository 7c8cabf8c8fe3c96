//! From records to groups: which rules each agent must obey.

use std::ops::Range;
use std::time::Duration;

use super::line::{Field, Record, for_each_record};
use super::pattern::{Pattern, View};
use super::rules::{Rule, Span};
use crate::preference::{ContentSignal, ContentUsage};

/// A longer `Crawl-delay` counts as this long: a file is fetched anew after a day anyway.
const MAX_CRAWL_DELAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A file as it was read, before any agent asks. All texts lie in one arena; ranges are of [`Self::agents`].
///
/// At most about 3 MiB of texts and 2 MiB of rules for a file of 500 KiB.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) arena: Vec<u8>,
    /// The product token of every user-agent line, `*` for all.
    pub(super) agents: Vec<Span>,
    pub(super) rules: Vec<Rule>,
    /// The rules of one group, and the agents that it speaks to.
    pub(super) groups: Vec<(Range<u32>, Range<usize>)>,
    pub(super) crawl_delays: Vec<(Range<u32>, Duration)>,
    pub(super) statements: Vec<Statement>,
    pub(super) sitemaps: Vec<String>,
}

/// A `Content-Usage` or a `Content-Signal` line.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) agents: Range<u32>,
    /// The pattern in the canonical view.
    pub(super) path: Span,
    pub(super) anchored: bool,
    /// 0 without a path: any path is more specific.
    pub(super) priority: u32,
    pub(super) says: Says,
}

#[derive(Debug)]
pub(super) enum Says {
    Usage(ContentUsage),
    Signal(ContentSignal),
}

/// Reads a file. Time and memory are linear in its first 500 KiB, whatever they hold.
pub(super) fn parse(body: &[u8]) -> Parsed {
    let mut parser = Parser::default();
    for_each_record(body, |record| parser.read(record));
    let mut parsed = parser.parsed;
    parsed.arena.shrink_to_fit();
    parsed.rules.shrink_to_fit();
    parsed
}

/// The user-agent lines that the next record of a kind belongs to: those from `start` on.
#[derive(Debug, Default, Clone, Copy)]
struct Run {
    start: u32,
    /// Whether such a record has come, so that the next user-agent line starts anew.
    closed: bool,
}

/// Only `Allow` and `Disallow` end the user-agent lines of a group (RFC 9309 §2.2.4: other records must not
/// interfere). Still an agent's `Crawl-delay` is not that of the agents named after it, so those records have runs
/// of their own within the group's.
#[derive(Debug, Default)]
struct Parser {
    parsed: Parsed,
    rules: Run,
    delays: Run,
    statements: Run,
    has_agent_line: bool,
    /// The user-agent line of this group lacks its colon, so its rules may as well.
    lacks_colon: bool,
}

impl Parser {
    fn read(&mut self, Record { field, value, colon }: Record<'_>) {
        // A stray line of two words in a file that knows its colons is prose.
        if !colon && field != Field::UserAgent && !self.lacks_colon {
            return;
        }
        match field {
            Field::UserAgent => self.user_agent(value, colon),
            Field::Allow => self.rule(value, true),
            Field::Disallow => self.rule(value, false),
            Field::CrawlDelay => self.crawl_delay(value),
            Field::ContentUsage => self.statement(value, |text| Says::Usage(ContentUsage::parse(text))),
            Field::ContentSignal => self
                .statement(value, |text| Says::Signal(ContentSignal::parse(&String::from_utf8_lossy(text)))),
            Field::Sitemap if value.is_empty() => {}
            Field::Sitemap => self.parsed.sitemaps.push(String::from_utf8_lossy(value).into_owned()),
        }
    }

    fn user_agent(&mut self, value: &[u8], colon: bool) {
        let is_first = !std::mem::replace(&mut self.has_agent_line, true);
        if is_first {
            // There are groups, so rules before them belong to none. Delays and statements, of which the RFC knows
            // nothing, stay: some sites begin with one for all.
            self.parsed.rules.clear();
            self.parsed.groups.clear();
        }
        self.lacks_colon = !colon;
        let fresh = Run { start: self.agent_count(), closed: false };
        if is_first || self.rules.closed {
            (self.rules, self.delays, self.statements) = (fresh, fresh, fresh);
        }
        for run in [&mut self.delays, &mut self.statements] {
            *run = if run.closed { fresh } else { *run };
        }
        let token = match value {
            // Google: `*` counts whatever words follow it.
            [b'*'] | [b'*', b' ' | b'\t', ..] => b"*",
            _ => token(value),
        };
        if !token.is_empty() {
            let span = Span::push(&mut self.parsed.arena, token);
            self.parsed.agents.push(span);
        }
    }

    fn agent_count(&self) -> u32 {
        // At most one for every twelve octets of 500 KiB.
        u32::try_from(self.parsed.agents.len()).unwrap_or(u32::MAX)
    }

    /// The agents that a record belongs to. What stands before any user-agent line speaks to all: its author knew
    /// no better, and meant something.
    fn agents_of(&mut self, run: Run) -> Range<u32> {
        if !self.has_agent_line && self.parsed.agents.is_empty() {
            let span = Span::push(&mut self.parsed.arena, b"*");
            self.parsed.agents.push(span);
        }
        run.start..self.agent_count()
    }

    fn rule(&mut self, value: &[u8], is_allow: bool) {
        let agents = self.agents_of(self.rules);
        self.rules.closed = true;
        let first = self.parsed.rules.len();
        self.push_rules(value, is_allow);
        let rules = self.parsed.rules.len();
        match self.parsed.groups.last_mut() {
            Some((same, range)) if *same == agents => range.end = rules,
            _ => self.parsed.groups.push((agents, first..rules)),
        }
    }

    /// The rules that one line makes; an empty value makes none.
    fn push_rules(&mut self, value: &[u8], is_allow: bool) {
        if value.is_empty() {
            return;
        }
        let wire = Pattern::new(value, View::Wire);
        if is_allow {
            self.push_index_page(&wire);
        } else {
            let canonical = Pattern::new(value, View::Canonical);
            if canonical.text != wire.text {
                self.push_rule(&canonical, is_allow);
            }
        }
        self.push_rule(&wire, is_allow);
    }

    /// Google: who allows `/a/index.html` allows `/a/` as well.
    fn push_index_page(&mut self, wire: &Pattern<'_>) {
        let slash = wire.text.iter().rposition(|&byte| byte == b'/');
        if let Some(slash) = slash
            && wire.text[slash..].starts_with(b"/index.htm")
        {
            let text = &wire.text[..=slash];
            let priority = u32::try_from(text.len() + 1).unwrap_or(u32::MAX);
            self.push_rule(&Pattern { text: text.into(), anchored: true, priority }, true);
        }
    }

    fn push_rule(&mut self, pattern: &Pattern<'_>, is_allow: bool) {
        let text = Span::push(&mut self.parsed.arena, &pattern.text);
        let is_wild = pattern.text.contains(&b'*');
        let Pattern { priority, anchored, .. } = *pattern;
        self.parsed.rules.push(Rule { text, priority, anchored, is_allow, is_wild, key: 0 });
    }

    fn crawl_delay(&mut self, value: &[u8]) {
        let Some(delay) = seconds(value) else { return };
        let agents = self.agents_of(self.delays);
        self.delays.closed = true;
        self.parsed.crawl_delays.push((agents, delay));
    }

    fn statement(&mut self, value: &[u8], read: impl Fn(&[u8]) -> Says) {
        let agents = self.agents_of(self.statements);
        self.statements.closed = true;
        let (path, text) = split_path(value);
        let Pattern { text: path, anchored, priority } = Pattern::new(path, View::Canonical);
        let path = Span::push(&mut self.parsed.arena, &path);
        self.parsed.statements.push(Statement { agents, path, anchored, priority, says: read(text) });
    }
}

/// The letters, digits, `-` and `_` that `value` begins with. RFC 9309 has no digits, but bots do (`MJ12bot`).
pub(super) fn token(value: &[u8]) -> &[u8] {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-' || *byte == b'_';
    let end = value.iter().position(|byte| !is_part(byte)).unwrap_or(value.len());
    &value[..end]
}

/// A decimal number of seconds that is not negative.
fn seconds(value: &[u8]) -> Option<Duration> {
    let is_number = value.len() <= 32 && value.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    let seconds: f64 = std::str::from_utf8(value).ok().filter(|_| is_number)?.parse().ok()?;
    Some(Duration::from_secs_f64(seconds.min(MAX_CRAWL_DELAY.as_secs_f64())))
}

/// `[path] statement`: the path, if the value begins with one, and the rest.
fn split_path(value: &[u8]) -> (&[u8], &[u8]) {
    if !value.starts_with(b"/") {
        return (b"", value);
    }
    let end = value.iter().position(|byte| matches!(byte, b' ' | b'\t')).unwrap_or(value.len());
    (&value[..end], value[end..].trim_ascii())
}
