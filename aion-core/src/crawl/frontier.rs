//! What is still to be fetched: a queue for each site, nearest to the seed first.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

use ::url::{Position, Url};

use super::fetch::Validators;
use super::guard::Origin;
use super::options::CrawlOptions;
use super::pace::Pace;
use super::site::{MAX_AGE, Site};

/// One address that waits.
#[derive(Debug, Clone, Default)]
pub(super) struct Entry {
    /// Canonical.
    pub(super) url: String,
    /// The canonical address that led here by redirects, if any did.
    pub(super) asked: Option<String>,
    /// Whether its content is wanted under this address whatever it gives as its own.
    pub(super) is_original: bool,
    pub(super) depth: u32,
    pub(super) redirects: u32,
    pub(super) attempts: u32,
    /// Whether only a sitemap names it.
    pub(super) is_listed: bool,
    /// Which seed it came from.
    pub(super) item: usize,
    pub(super) is_seed: bool,
    pub(super) validators: Option<Box<Validators>>,
    /// What the seed opened to private addresses.
    pub(super) opened: Option<Arc<Origin>>,
}

impl Entry {
    /// The address that the caller or a link named.
    pub(super) fn asked(&self) -> &str {
        self.asked.as_deref().unwrap_or(&self.url)
    }
}

/// Depth first, then order of arrival.
type Rank = (u32, u64);

/// Whether the files of a site are known.
#[derive(Debug, Default)]
pub(super) enum SiteState {
    #[default]
    Unknown,
    Loading,
    Known(Arc<Site>),
}

/// One scheme, host and port.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) url: Url,
    pub(super) opened: Option<Arc<Origin>>,
    pub(super) site: SiteState,
    pub(super) pace: Pace,
    /// Whether its sitemaps were asked for.
    pub(super) is_mapped: bool,
    waiting: BTreeMap<Rank, Entry>,
    /// Entries that are tried again later.
    delayed: Vec<(Instant, Entry)>,
}

/// All lanes.
#[derive(Debug, Default)]
pub(super) struct Frontier {
    pub(super) lanes: Vec<Lane>,
    by_origin: HashMap<String, usize>,
    arrivals: u64,
    len: usize,
}

impl Frontier {
    /// The number of the lane of `url`, new if need be.
    pub(super) fn lane(&mut self, url: &Url, opened: Option<&Arc<Origin>>, options: &CrawlOptions) -> usize {
        let origin = &url[..Position::BeforePath];
        if let Some(&lane) = self.by_origin.get(origin) {
            return lane;
        }
        self.lanes.push(Lane {
            url: url.clone(),
            opened: opened.cloned(),
            site: SiteState::Unknown,
            pace: Pace::new(options, Instant::now()),
            is_mapped: false,
            waiting: BTreeMap::new(),
            delayed: Vec::new(),
        });
        self.by_origin.insert(origin.to_owned(), self.lanes.len() - 1);
        self.lanes.len() - 1
    }

    /// The lane of `url`, if there is one.
    pub(super) fn find(&self, url: &Url) -> Option<&Lane> {
        self.by_origin.get(&url[..Position::BeforePath]).map(|&lane| &self.lanes[lane])
    }

    pub(super) fn push(&mut self, lane: usize, entry: Entry) {
        self.arrivals += 1;
        self.len += 1;
        // What the seed leads to comes before what only a sitemap names.
        let depth = if entry.is_listed { u32::MAX } else { entry.depth };
        self.lanes[lane].waiting.insert((depth, self.arrivals), entry);
    }

    /// Puts `entry` back until `time`. It has had its turn, so then it comes before all others.
    pub(super) fn delay(&mut self, lane: usize, entry: Entry, time: Instant) {
        self.len += 1;
        self.lanes[lane].delayed.push((time, entry));
    }

    /// The next entry that may be fetched now, and its lane. Its site is known.
    pub(super) fn pop(&mut self, now: Instant) -> Option<(usize, Entry)> {
        self.recall(now);
        let ready = self.lanes.iter().enumerate().filter(|(_, lane)| {
            matches!(lane.site, SiteState::Known(_)) && lane.pace.next().is_some_and(|next| next <= now)
        });
        let heads = ready.filter_map(|(number, lane)| Some((*lane.waiting.first_key_value()?.0, number)));
        let (_, number) = heads.min()?;
        let (_, entry) = self.lanes[number].waiting.pop_first()?;
        self.len -= 1;
        Some((number, entry))
    }

    /// Moves back to their places the entries whose time has come.
    fn recall(&mut self, now: Instant) {
        for lane in &mut self.lanes {
            let mut at = 0;
            while at < lane.delayed.len() {
                if lane.delayed[at].0 > now {
                    at += 1;
                    continue;
                }
                let (_, entry) = lane.delayed.swap_remove(at);
                self.arrivals += 1;
                lane.waiting.insert((0, self.arrivals), entry);
            }
        }
    }

    /// The earliest time at which something may become ready by itself.
    pub(super) fn next_time(&self) -> Option<Instant> {
        let lanes = self.lanes.iter();
        let times = lanes.flat_map(|lane| {
            let next = lane.pace.next().filter(|_| !lane.waiting.is_empty());
            next.into_iter().chain(lane.delayed.iter().map(|(time, _)| *time))
        });
        times.min()
    }

    /// Lanes with entries whose site is not known yet, or known from too long ago.
    pub(super) fn unknown_sites(&self) -> Vec<usize> {
        let wants = |lane: &Lane| match &lane.site {
            SiteState::Unknown => true,
            SiteState::Loading => false,
            SiteState::Known(site) => site.loaded.elapsed() > MAX_AGE,
        };
        let lanes = self.lanes.iter().enumerate().filter(|(_, lane)| !lane.waiting.is_empty() && wants(lane));
        lanes.map(|(number, _)| number).collect()
    }

    /// Empties a lane whose host is lost.
    pub(super) fn clear(&mut self, lane: usize) -> Vec<Entry> {
        let lane = &mut self.lanes[lane];
        let delayed = std::mem::take(&mut lane.delayed).into_iter().map(|(_, entry)| entry);
        let entries: Vec<Entry> = std::mem::take(&mut lane.waiting).into_values().chain(delayed).collect();
        self.len -= entries.len();
        entries
    }

    /// Entries that wait, those for a later time too.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing waits but what has to wait for its time.
    pub(super) fn is_dry(&self) -> bool {
        self.lanes.iter().all(|lane| lane.waiting.is_empty())
    }
}
