//! Politeness to one host: how many requests at once, and how long between two.

use std::time::{Duration, Instant};

use super::options::CrawlOptions;

/// Where an adaptive delay begins, and between which it stays.
const FIRST_DELAY: Duration = Duration::from_millis(100);
const LEAST_DELAY: Duration = Duration::from_millis(50);
const MOST_DELAY: Duration = Duration::from_secs(30);
/// Answers that say "too busy" in a row before the whole host is left alone for a while.
const MAX_BUSY: u32 = 5;
/// Failures in a row after which a host is given up.
const MAX_FAILURES: u32 = 12;
const FIRST_BACKOFF: Duration = Duration::from_millis(500);
/// Who asks for a longer pause gets no further request.
const MAX_PAUSE: Duration = Duration::from_secs(120);

/// When the next request to one host may begin.
#[derive(Debug)]
pub(super) struct Pace {
    /// `None` while it adapts.
    fixed: Option<Duration>,
    adaptive: Duration,
    /// What `robots.txt` asks for.
    crawl_delay: Duration,
    limit: usize,
    active: usize,
    next: Instant,
    busy: u32,
    failures: u32,
}

impl Pace {
    pub(super) fn new(options: &CrawlOptions, now: Instant) -> Self {
        Self {
            fixed: options.delay,
            adaptive: FIRST_DELAY,
            crawl_delay: Duration::ZERO,
            limit: options.connections(),
            active: 0,
            next: now,
            busy: 0,
            failures: 0,
        }
    }

    pub(super) fn set_crawl_delay(&mut self, delay: Option<Duration>) {
        self.crawl_delay = delay.unwrap_or_default();
    }

    /// When the next request may begin; `None` while as many as may are under way.
    pub(super) fn next(&self) -> Option<Instant> {
        (self.active < self.limit).then_some(self.next)
    }

    pub(super) fn start(&mut self, now: Instant) {
        self.active += 1;
        let delay = self.fixed.unwrap_or(self.adaptive).max(self.crawl_delay);
        self.next = self.next.max(now + delay);
    }

    /// One request has ended, with a status after its latency or without. What was busy before `is_repeat` says
    /// nothing new about the host.
    pub(super) fn end(&mut self, answer: Option<(u16, Duration)>, is_repeat: bool) {
        self.active -= 1;
        let Some((status, latency)) = answer else {
            self.failures += 1;
            self.adaptive = (self.adaptive * 2).min(MOST_DELAY);
            return;
        };
        self.failures = 0;
        if matches!(status, 429 | 503) {
            self.busy += u32::from(!is_repeat);
            self.adaptive = (self.adaptive * 2).min(MOST_DELAY);
        } else {
            self.busy = 0;
            // One request in the time that the host takes for one: what costs it more is asked for less often.
            self.adaptive = ((self.adaptive + latency) / 2).clamp(LEAST_DELAY, MOST_DELAY);
        }
    }

    /// How long to wait before the `attempt`-th repeat of a request; `None` if that is too long. A host that
    /// asks for patience itself is left alone altogether.
    pub(super) fn pause(
        &mut self,
        attempt: u32,
        asked: Option<Duration>,
        status: u16,
        now: Instant,
    ) -> Option<Duration> {
        let pause = asked.unwrap_or(FIRST_BACKOFF * 2_u32.saturating_pow(attempt.min(8)));
        if pause > MAX_PAUSE {
            return None;
        }
        // A single 503 is about its page, a 429 or many of them about us.
        if status == 429 || self.busy >= MAX_BUSY {
            self.next = self.next.max(now + pause);
        }
        Some(pause)
    }

    /// Whether the host has failed too often to be asked again.
    pub(super) fn is_lost(&self) -> bool {
        self.failures >= MAX_FAILURES
    }

    #[cfg(test)]
    pub(super) fn delay(&self) -> Duration {
        self.fixed.unwrap_or(self.adaptive).max(self.crawl_delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(delay: Option<Duration>) -> (Pace, Instant) {
        let now = Instant::now();
        (Pace::new(&CrawlOptions { delay, ..CrawlOptions::default() }, now), now)
    }

    #[test]
    fn starts_keep_their_distance() {
        let (mut pace, now) = pace(Some(Duration::from_secs(2)));
        pace.start(now);
        assert_eq!(pace.next(), Some(now + Duration::from_secs(2)));
        pace.set_crawl_delay(Some(Duration::from_secs(5)));
        pace.start(now + Duration::from_secs(2));
        assert_eq!(pace.next(), Some(now + Duration::from_secs(7)));
    }

    #[test]
    fn the_delay_follows_the_host() {
        let (mut pace, now) = pace(None);
        for _ in 0..20 {
            pace.start(now);
            pace.end(Some((200, Duration::from_secs(1))), false);
        }
        assert!(pace.delay() > Duration::from_millis(900));
        pace.start(now);
        pace.end(Some((503, Duration::ZERO)), false);
        assert!(pace.delay() > Duration::from_millis(1_800));
        for _ in 0..20 {
            pace.start(now);
            pace.end(Some((200, Duration::ZERO)), false);
        }
        assert_eq!(pace.delay(), LEAST_DELAY);
        (0..4).for_each(|_| pace.start(now));
        assert_eq!(pace.next(), None);
    }

    #[test]
    fn a_host_that_asks_for_patience_gets_it() {
        let (mut pace, now) = pace(Some(Duration::ZERO));
        let second = Some(Duration::from_secs(1));
        assert_eq!(pace.pause(0, second, 503, now), second);
        assert_eq!(pace.next(), Some(now));
        assert_eq!(pace.pause(0, Some(Duration::from_secs(3)), 429, now), Some(Duration::from_secs(3)));
        assert_eq!(pace.next(), Some(now + Duration::from_secs(3)));
        assert_eq!(pace.pause(0, Some(Duration::from_secs(3_600)), 503, now), None);
        assert_eq!(pace.pause(2, None, 500, now), Some(Duration::from_secs(2)));
        for _ in 0..MAX_FAILURES {
            pace.start(now);
            pace.end(None, false);
        }
        assert!(pace.is_lost());
    }
}
