//! What the engine makes of a visit: a page to hand out, a copy to leave, a failure to try again.

use std::time::{Duration, Instant};

use ::url::Url;

use super::admit;
use super::engine::Engine;
use super::frontier::Entry;
use super::page::{Miss, Skip};
use super::pipe::{Delivery, Receipt};
use super::read::Reading;
use super::state::line;
use super::visit::{Outcome, Visit};

/// The least that is expected of a visit, in pages, and how much the last visit counts.
const LEAST_YIELD: f64 = 0.05;
const YIELD_WEIGHT: f64 = 0.02;
/// Copies that are remembered.
const MAX_COPIES: usize = 100_000;

impl Engine {
    pub(super) fn take_in(&mut self, lane: usize, visit: Visit) {
        let Visit { entry, latency, outcome } = visit;
        let answer = outcome.status().map(|status| (status, latency));
        self.frontier.lanes[lane].pace.end(answer, entry.attempts > 0);
        let before = self.pages;
        self.take_in_outcome(lane, entry, outcome);
        let pages = (self.pages - before) as f64;
        self.yields = (self.yields + (pages - self.yields) * YIELD_WEIGHT).max(LEAST_YIELD);
    }

    fn take_in_outcome(&mut self, lane: usize, entry: Entry, outcome: Outcome) {
        match outcome {
            Outcome::Page(reading) => self.take_in_page(entry, *reading),
            Outcome::Redirect { location, .. } => self.redirect(&entry, &location),
            Outcome::NotModified { validators } => {
                let known = entry.validators.as_deref().cloned().unwrap_or_default();
                let validators = if validators.is_empty() { known } else { validators };
                line::unchanged(&mut self.record, &entry.url, entry.depth, &validators);
                self.desk.stats.lock().count(Skip::NotModified);
            }
            Outcome::Busy { status, retry_after } => {
                let message = format!("the server answered with status {status}");
                self.try_again(lane, entry, retry_after, status, Skip::HttpStatus, &message);
            }
            Outcome::Failed(failure) if failure.is_temporary => {
                self.try_again(lane, entry, None, 0, failure.skip, &failure.message);
                if self.frontier.lanes[lane].pace.is_lost() {
                    self.give_up(lane);
                }
            }
            Outcome::Failed(failure) => self.miss(&entry, failure.skip, &failure.message),
            Outcome::NoPage { status } => {
                let message = format!("the server answered with status {status}");
                self.miss(&entry, Skip::HttpStatus, &message);
            }
        }
    }

    fn try_again(
        &mut self,
        lane: usize,
        mut entry: Entry,
        asked: Option<Duration>,
        status: u16,
        skip: Skip,
        message: &str,
    ) {
        let now = Instant::now();
        let pause = self.frontier.lanes[lane].pace.pause(entry.attempts, asked, status, now);
        let Some(pause) = pause.filter(|_| entry.attempts < self.desk.options.retries) else {
            return self.miss(&entry, skip, message);
        };
        entry.attempts += 1;
        self.desk.stats.lock().retries += 1;
        self.frontier.delay(lane, entry, now + pause);
    }

    fn give_up(&mut self, lane: usize) {
        for entry in self.frontier.clear(lane) {
            self.miss(&entry, Skip::Network, "its host failed too often");
        }
    }

    fn take_in_page(&mut self, entry: Entry, reading: Reading) {
        let Ok(url) = Url::parse(&reading.page.final_url) else { return };
        let canonical = reading.canonical.as_ref().filter(|_| self.follows);
        self.aliases.learn(&url, canonical);
        let is_repeated = reading.fingerprint.is_some_and(|it| !self.fingerprints.insert(it));
        self.patterns.learn(&url, reading.is_poor || is_repeated);
        self.follow_page(&entry, &reading, &url);
        if let Some(original) = canonical.filter(|original| self.is_better(original, &entry)).cloned() {
            if let Some(fingerprint) = reading.fingerprint {
                self.fingerprints.remove(&fingerprint);
            }
            return self.prefer(entry, &original);
        }
        // Both names are taken; what waits under either is a copy from now on.
        let main = canonical.unwrap_or(&url).to_string();
        let mut names = vec![self.hash(url.as_str()), self.hash(&main)];
        names.dedup();
        self.seen.extend(&names);
        let known = names.into_iter().filter(|&name| !self.delivered.insert(name)).count();
        if self.follows && (known > 0 || is_repeated) {
            return self.miss(&entry, Skip::Duplicate, "its content came under another address");
        }
        if !self.is_full() {
            self.deliver(&entry, reading, &main);
        }
    }

    fn follow_page(&mut self, entry: &Entry, reading: &Reading, url: &Url) {
        if !self.follows || !reading.may_follow {
            return;
        }
        if entry.depth < self.desk.options.max_depth {
            self.follow(&reading.followed, url, entry);
        } else {
            self.desk.stats.lock().count(Skip::TooDeep);
        }
    }

    fn deliver(&mut self, entry: &Entry, reading: Reading, main: &str) {
        self.pages += 1;
        {
            let mut stats = self.desk.stats.lock();
            stats.pages += 1;
            stats.bytes += reading.page.html.len() as u64;
        }
        // The links go to the journal before the page goes to its caller.
        self.flush();
        self.desk.shelf.keep(&reading.page, main, self.desk.terms);
        let receipt = Receipt(line::taken(&entry.url, entry.depth, &reading.validators, main));
        // Who has the page has been told of it.
        self.control.report("pages", self.pages, self.total());
        self.pipe.push(Delivery::Page { item: entry.item, page: reading.page, receipt });
    }

    /// How many pages there may be, as far as can be seen.
    fn total(&self) -> usize {
        let known = self.pages + self.visits + self.frontier.len();
        if self.follows { known.min(self.desk.options.max_pages) } else { known }
    }

    /// Notes that `entry` has no page, and what follows from it.
    pub(super) fn miss(&mut self, entry: &Entry, skip: Skip, message: &str) {
        line::missed(&mut self.record, &entry.url);
        let miss = Miss::new(entry.asked(), skip, message);
        self.desk.stats.lock().keep(miss.clone());
        if !self.follows {
            return self.pipe.push(Delivery::Miss { item: entry.item, miss });
        }
        // The page was said to be the original of a copy; if there is none, the copy is all there is.
        let hash = self.hash(&entry.url);
        let copy = self.copies.remove(&hash).filter(|_| skip != Skip::Duplicate);
        if skip != Skip::Duplicate {
            self.gone.insert(hash);
        }
        if let Some(copy) = copy {
            self.enqueue(Entry { url: copy, asked: None, is_original: true, attempts: 0, ..entry.clone() });
        } else if entry.is_seed && self.pages == 0 && skip.is_failure() {
            self.fatal = Some(admit::seed_error(entry.asked(), skip, message));
        }
    }

    /// The page that `entry` is a copy of, by what others of its kind have said.
    pub(super) fn original_of(&self, entry: &Entry) -> Option<Url> {
        let url = Url::parse(&entry.url).ok().filter(|_| self.follows)?;
        self.aliases.original(&url).filter(|original| self.is_better(original, entry))
    }

    /// Whether the page at `original` is to be fetched in place of the one of `entry`: the site prefers it, and
    /// nothing forbids it or has shown that it does not exist.
    fn is_better(&self, original: &Url, entry: &Entry) -> bool {
        let hash = self.hash(original.as_str());
        let is_own = original.as_str() == entry.url || entry.is_seed || entry.is_original;
        !is_own && !self.gone.contains(&hash) && self.objection(original, entry).is_none()
    }

    /// Leaves the copy that `entry` is for the page at `original`.
    pub(super) fn prefer(&mut self, entry: Entry, original: &Url) {
        self.miss(&entry, Skip::Duplicate, original.as_str());
        let hash = self.hash(original.as_str());
        if self.copies.len() < MAX_COPIES && !self.delivered.contains(&hash) {
            self.copies.insert(hash, entry.url.clone());
        }
        if self.seen.insert(hash) {
            let url = original.to_string();
            self.enqueue(Entry {
                url,
                asked: None,
                is_original: true,
                attempts: 0,
                validators: None,
                ..entry
            });
        }
    }
}
