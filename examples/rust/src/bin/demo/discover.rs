//! Steps 1 and 2: what a site has, and what may be taken of it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use aion_core::crawl::{CrawlOptions, CrawlStats, Page, Preview, Skip};
use aion_core::policy::{Language, Use};
use aion_core::{Aion, Control};

use crate::{Result, console};

/// Pages that a crawl stops at.
const MAX_PAGES: usize = 50;

/// What a crawl found, and what a curator sees of it.
pub struct Discovery {
    /// The address of the first page.
    pub site: String,
    /// The pages that were read, by address.
    pub pages: BTreeMap<String, Page>,
    /// What is known of every address that was found, those that were not asked for too.
    pub previews: Vec<Preview>,
    /// Requests of all kinds.
    pub requests: usize,
    pub took: Duration,
}

impl Discovery {
    /// Whether the page at `url` may be trained on; one that was never read may not.
    pub fn may_train(&self, url: &str) -> bool {
        self.pages.get(url).is_some_and(|page| page.verdict.allows(Use::Train))
    }
}

/// What a crawl gave.
pub struct Crawled {
    site: String,
    pages: BTreeMap<String, Page>,
    stats: CrawlStats,
}

/// Crawls the site at `seed`, which is on this machine.
pub fn crawl(aion: &Aion, seed: &str, control: &Control) -> Result<Crawled> {
    let bar = console::bar(MAX_PAGES as u64, "pages at most")?;
    let mut crawl = aion.crawl(seed, &options(aion), control)?;
    let mut pages = BTreeMap::new();
    for page in crawl.by_ref() {
        let page = page?;
        bar.set_message(page.title.clone());
        bar.inc(1);
        pages.insert(page.url.clone(), page);
    }
    bar.finish_with_message("the site has no more");
    let stats = crawl.stats();
    println!("{} pages in {} requests, {:.2?}", pages.len(), stats.requests, stats.elapsed);
    Ok(Crawled { site: seed.to_owned(), pages, stats })
}

/// Looks at each address that was found. Pages that the crawl read are not fetched again.
pub fn preview(aion: &Aion, crawled: Crawled, control: &Control) -> Result<Discovery> {
    let Crawled { site, pages, stats } = crawled;
    let previews = aion.preview(&addresses(&pages, &stats), &options(aion), control)?;
    for preview in &previews {
        let mark = if preview.ok { "ok      " } else { "refused " };
        println!("{mark} {}  {}", path(&preview.url), preview.title);
        for objection in objections(preview) {
            println!("         {objection}");
        }
    }
    Ok(Discovery { site, pages, previews, requests: stats.requests, took: stats.elapsed })
}

fn options(aion: &Aion) -> CrawlOptions {
    let mut options = aion.crawl_options();
    options.max_pages = MAX_PAGES;
    // A site on loopback, which nobody else uses.
    (options.allow_private_hosts, options.delay) = (true, Some(Duration::ZERO));
    options
}

/// The pages, and every other address of the site that they lead to; what has the content of a page is left out.
fn addresses(pages: &BTreeMap<String, Page>, stats: &CrawlStats) -> Vec<String> {
    let copies =
        stats.misses.iter().filter(|miss| miss.skip == Skip::Duplicate).map(|miss| miss.url.as_str());
    let copies: HashSet<_> = copies.collect();
    let links = pages.values().flat_map(|page| page.links.iter().map(move |link| (link, &page.url)));
    let others: BTreeSet<_> = links
        .filter(|(link, page)| is_same_site(link, page))
        .map(|(link, _)| link)
        .filter(|link| !pages.contains_key(*link) && !copies.contains(link.as_str()))
        .collect();
    pages.keys().chain(others).cloned().collect()
}

/// What speaks against a page, in sentences.
pub fn objections(preview: &Preview) -> Vec<String> {
    // Of a page that was never read nothing else is known.
    if let Some(error) = &preview.error {
        return vec![error.clone()];
    }
    let mut objections = Vec::new();
    for reason in &preview.verdict.reasons {
        let sentence = reason.message(Language::English);
        // What forbids both uses is given as two reasons.
        if reason.usage == Use::Train && preview.ok {
            objections.push(format!("not to be trained on: {sentence}"));
        } else if !objections.contains(&sentence) {
            objections.push(sentence);
        }
    }
    objections
}

/// Whether both addresses have the same scheme, host and port.
pub fn is_same_site(url: &str, page: &str) -> bool {
    let site = |url: &str| url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    site(url) == site(page)
}

/// The path of an address.
pub fn path(url: &str) -> &str {
    url.splitn(4, '/').nth(3).map_or(url, |path| if path.is_empty() { "(first page)" } else { path })
}
