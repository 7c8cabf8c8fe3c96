//! The engine: one loop on one thread that starts requests, takes in what comes of them, and hands out pages.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::url::Url;
use tokio::task::JoinSet;

use super::alias::Aliases;
use super::desk::Desk;
use super::frontier::{Entry, Frontier, SiteState};
use super::page::Skip;
use super::pipe::Pipe;
use super::scope::Scope;
use super::site::Site;
use super::sitemap;
use super::state::{Journal, line};
use super::trap::Patterns;
use super::visit::{Visit, visit};
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::policy::RobotsAccess;

/// How often the engine looks at its control while nothing happens.
const TICK: Duration = Duration::from_millis(50);

/// What a task of the engine comes back with.
enum Done {
    Site { lane: usize, site: Arc<Site> },
    Sitemaps { lane: usize, addresses: Vec<String> },
    Visit { lane: usize, visit: Box<Visit> },
}

/// The seeds of an engine and how it treats them.
pub(super) struct Plan {
    /// Each with the number that its deliveries carry.
    pub(super) seeds: Vec<Entry>,
    pub(super) scope: Scope,
    /// Whether it goes on from its seeds and tells only of pages; else it tells of every seed and of nothing more.
    pub(super) follows: bool,
}

/// The state of one crawl. Everything is used by one thread.
pub(super) struct Engine {
    pub(super) desk: Arc<Desk>,
    pub(super) frontier: Frontier,
    pub(super) scope: Scope,
    pub(super) follows: bool,
    pub(super) patterns: Patterns,
    pub(super) aliases: Aliases,
    /// Hashes of the addresses that were met, and of those whose page was handed out.
    pub(super) seen: HashSet<u64>,
    pub(super) delivered: HashSet<u64>,
    /// Hashes of addresses that were tried in vain.
    pub(super) gone: HashSet<u64>,
    /// Copies that were left for the page that they name, by its hash: wanted if it turns out not to exist.
    pub(super) copies: HashMap<u64, String>,
    pub(super) hashes: RandomState,
    /// Of title and text of the pages that were handed out.
    pub(super) fingerprints: HashSet<u64>,
    tasks: JoinSet<Done>,
    /// Visits under way.
    pub(super) visits: usize,
    /// Pages that were handed out in this and earlier runs.
    pub(super) pages: usize,
    /// How many pages come of a visit, lately.
    pub(super) yields: f64,
    pub(super) pipe: Arc<Pipe>,
    pub(super) journal: Option<Arc<Journal>>,
    /// Lines of the journal that are not written yet.
    pub(super) record: String,
    pub(super) control: Control,
    pub(super) started: Instant,
    /// What ends the crawl at once.
    pub(super) fatal: Option<Error>,
}

impl Engine {
    pub(super) fn new(
        desk: Arc<Desk>,
        plan: Plan,
        pipe: Arc<Pipe>,
        journal: Option<Arc<Journal>>,
        control: Control,
    ) -> Self {
        let mut engine = Self {
            desk,
            frontier: Frontier::default(),
            scope: plan.scope,
            follows: plan.follows,
            patterns: Patterns::default(),
            aliases: Aliases::default(),
            seen: HashSet::new(),
            delivered: HashSet::new(),
            gone: HashSet::new(),
            copies: HashMap::new(),
            hashes: RandomState::new(),
            fingerprints: HashSet::new(),
            tasks: JoinSet::new(),
            visits: 0,
            pages: 0,
            yields: 1.0,
            pipe,
            journal,
            record: String::new(),
            control,
            started: Instant::now(),
            fatal: None,
        };
        plan.seeds.into_iter().for_each(|seed| engine.plant(seed));
        engine
    }

    /// Takes up what an earlier run has left.
    pub(super) fn remember(&mut self, memory: super::state::Memory) {
        for host in &memory.hosts {
            if let Ok(url) = Url::parse(&format!("http://{host}")) {
                self.scope.join(&url);
            }
        }
        let hash = |url: &String| self.hashes.hash_one(url.as_str());
        self.delivered.extend(memory.delivered.iter().map(hash));
        self.seen.extend(memory.seen.iter().map(hash));
        self.pages = memory.pages;
        memory.waiting.into_iter().for_each(|entry| self.queue(entry));
    }

    /// Runs until there is nothing left to do or nobody wants it.
    ///
    /// # Errors
    /// What the control asks for, a seed that can not be fetched, a state file that can not be written.
    pub(super) async fn run(mut self) -> Result<()> {
        let result = self.work().await;
        self.flush();
        self.tell();
        result?;
        if let Some(journal) = &self.journal {
            if !self.pipe.is_closed() {
                journal.append(line::FINISHED);
            }
            journal.check()?;
        }
        Ok(())
    }

    async fn work(&mut self) -> Result<()> {
        loop {
            self.control.check()?;
            if self.pipe.is_closed() || self.is_full() {
                return Ok(());
            }
            self.load_sites();
            self.start_visits();
            self.flush();
            if let Some(error) = self.fatal.take() {
                return Err(error);
            }
            if self.tasks.is_empty() && self.frontier.len() == 0 {
                return Ok(());
            }
            self.wait().await?;
        }
    }

    /// Waits until something has happened or may.
    async fn wait(&mut self) -> Result<()> {
        let now = Instant::now();
        let due = self.frontier.next_time().filter(|_| self.may_start());
        let pause = due.map_or(TICK, |due| due.saturating_duration_since(now).min(TICK));
        // A time in the past belongs to a site that is being loaded; its task will wake us.
        let pause = pause.max(Duration::from_millis(1));
        tokio::select! {
            Some(done) = self.tasks.join_next() => self.settle(done)?,
            () = self.pipe.wake.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
        while let Some(done) = self.tasks.try_join_next() {
            self.settle(done)?;
        }
        Ok(())
    }

    fn settle(&mut self, done: Result<Done, tokio::task::JoinError>) -> Result<()> {
        let bug =
            |source| Error::new(ErrorKind::Internal, "a task of the crawl broke down").with_source(source);
        match done.map_err(bug)? {
            Done::Site { lane, site } => {
                let known = &mut self.frontier.lanes[lane];
                known.pace.set_crawl_delay(site.crawl_delay());
                known.site = SiteState::Known(site);
            }
            Done::Sitemaps { lane, addresses } => self.list(lane, &addresses),
            Done::Visit { lane, visit } => {
                self.visits -= 1;
                self.take_in(lane, *visit);
            }
        }
        Ok(())
    }

    /// Whether as many pages as wanted were handed out.
    pub(super) fn is_full(&self) -> bool {
        self.follows && self.pages >= self.desk.options.max_pages
    }

    /// Whether one more visit may begin: there is room for its page, and it may still be wanted.
    fn may_start(&self) -> bool {
        let options = &self.desk.options;
        // Where nothing but old acquaintances is left, more visits than missing pages are needed to find them.
        let expected = self.visits as f64 * self.yields;
        let wanted = !self.follows || expected < options.max_pages.saturating_sub(self.pages) as f64;
        wanted && self.visits < options.concurrency && self.pipe.has_room()
    }

    fn load_sites(&mut self) {
        for lane in self.frontier.unknown_sites() {
            let known = &mut self.frontier.lanes[lane];
            known.site = SiteState::Loading;
            let (desk, origin, opened) = (Arc::clone(&self.desk), known.url.clone(), known.opened.clone());
            self.tasks.spawn(async move {
                Done::Site { lane, site: Site::known(&desk, &origin, opened.as_deref()).await }
            });
        }
        self.load_sitemaps();
    }

    /// Sitemaps are asked for when the links are used up: until then nobody needs them.
    fn load_sitemaps(&mut self) {
        let is_wanted =
            self.follows && self.desk.options.sitemaps && self.visits == 0 && self.frontier.is_dry();
        if !is_wanted {
            return;
        }
        for lane in 0..self.frontier.lanes.len() {
            let known = &mut self.frontier.lanes[lane];
            let SiteState::Known(site) = &known.site else { continue };
            if std::mem::replace(&mut known.is_mapped, true) {
                continue;
            }
            let (desk, site) = (Arc::clone(&self.desk), Arc::clone(site));
            let (origin, opened) = (known.url.clone(), known.opened.clone());
            self.tasks.spawn(async move {
                let addresses = sitemap::addresses(&desk, &site, &origin, opened.as_deref()).await;
                Done::Sitemaps { lane, addresses }
            });
        }
    }

    fn list(&mut self, lane: usize, addresses: &[String]) {
        let (base, opened) =
            (self.frontier.lanes[lane].url.clone(), self.frontier.lanes[lane].opened.clone());
        for address in addresses {
            let entry = Entry { depth: 1, is_listed: true, opened: opened.clone(), ..Entry::default() };
            self.meet(address, &base, entry);
        }
    }

    fn start_visits(&mut self) {
        let now = Instant::now();
        while self.may_start() {
            let Some((lane, entry)) = self.frontier.pop(now) else { return };
            self.start(lane, entry, now);
        }
    }

    fn start(&mut self, lane: usize, entry: Entry, now: Instant) {
        // A rule may have been learned since it was queued.
        if let Some(original) = self.original_of(&entry) {
            return self.prefer(entry, &original);
        }
        // Its page may have come under another address since it was queued.
        if self.follows && self.delivered.contains(&self.hash(&entry.url)) && entry.validators.is_none() {
            return self.miss(&entry, Skip::Duplicate, "its page came under another address");
        }
        let SiteState::Known(site) = &self.frontier.lanes[lane].site else { return };
        let site = Arc::clone(site);
        match site.access(&entry.url) {
            RobotsAccess::Disallowed => return self.miss(&entry, Skip::Robots, "robots.txt disallows it"),
            RobotsAccess::Unreachable => {
                let (skip, message) = site.why_unreachable();
                return self.miss(&entry, skip, message);
            }
            RobotsAccess::Allowed | RobotsAccess::Unknown => {}
        }
        self.frontier.lanes[lane].pace.start(now);
        self.visits += 1;
        let desk = Arc::clone(&self.desk);
        self.tasks.spawn(async move {
            let visit = Box::new(visit(&desk, site, entry).await);
            Done::Visit { lane, visit }
        });
    }

    /// Puts an admitted entry into the lane of its site, and into the journal.
    pub(super) fn enqueue(&mut self, entry: Entry) {
        line::waits(&mut self.record, &entry);
        self.queue(entry);
    }

    fn queue(&mut self, entry: Entry) {
        let Ok(url) = Url::parse(&entry.url) else { return };
        let lane = self.frontier.lane(&url, entry.opened.as_ref(), &self.desk.options);
        self.frontier.push(lane, entry);
    }

    pub(super) fn hash(&self, url: &str) -> u64 {
        self.hashes.hash_one(url)
    }

    /// Writes the journal and brings the counters up to date.
    pub(super) fn flush(&mut self) {
        if let Some(journal) = &self.journal {
            journal.append(&self.record);
        }
        self.record.clear();
        self.tell();
    }

    fn tell(&self) {
        let mut stats = self.desk.stats.lock();
        stats.waiting = self.frontier.len() + self.visits;
        stats.elapsed = self.started.elapsed();
    }
}
