//! What the crawls of one handle have fetched lately, kept so that nothing is fetched twice: pages for previews,
//! the files of a site for the next crawl.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::page::Page;
use super::preview::Preview;
use super::site::{self, Site};

/// All texts together; the oldest leave first.
const MAX_BYTES: usize = 16 << 20;
/// A page may have changed after that.
const MAX_PAGE_AGE: Duration = Duration::from_secs(60 * 60);
/// Sites that are kept, and the bytes of their files together; parsed they take up to twenty times as much.
const MAX_SITES: usize = 256;
const MAX_SITE_BYTES: usize = 1 << 20;

/// Bounded stores of previews by address, and of sites by name.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    books: Mutex<Books>,
    /// The latest at the end.
    sites: Mutex<VecDeque<(String, Arc<Site>)>>,
}

/// A canonical address, and the terms that the verdict was found on.
type Name = (String, u64);

#[derive(Debug, Default)]
struct Books {
    by_name: HashMap<Name, (u64, Arc<Preview>)>,
    /// In order of arrival: number, time, weight and names.
    order: VecDeque<(u64, Instant, usize, Vec<Name>)>,
    arrivals: u64,
    bytes: usize,
}

impl Shelf {
    /// Keeps the preview of `page` under all its addresses, for those who ask on the same terms.
    pub(super) fn keep(&self, page: &Page, canonical: &str, terms: u64) {
        let weight = page.text.len() + page.title.len() + 512;
        if weight > MAX_BYTES / 16 {
            return;
        }
        let mut names = vec![page.url.clone(), page.final_url.clone(), canonical.to_owned()];
        names.dedup();
        let names: Vec<Name> = names.into_iter().map(|name| (name, terms)).collect();
        let preview = Arc::new(page.preview());
        let mut books = self.books.lock();
        books.arrivals += 1;
        let number = books.arrivals;
        for name in &names {
            books.by_name.insert(name.clone(), (number, Arc::clone(&preview)));
        }
        books.order.push_back((number, Instant::now(), weight, names));
        books.bytes += weight;
        while books.bytes > MAX_BYTES {
            books.drop_oldest();
        }
    }

    /// The preview of the page at the canonical address `url`, if it is fresh and was judged on these terms.
    pub(super) fn find(&self, url: &str, terms: u64) -> Option<Arc<Preview>> {
        let mut books = self.books.lock();
        while books.order.front().is_some_and(|(_, time, ..)| time.elapsed() > MAX_PAGE_AGE) {
            books.drop_oldest();
        }
        books.by_name.get(&(url.to_owned(), terms)).map(|(_, preview)| Arc::clone(preview))
    }

    /// The site of that name, if what is known of it is fresh.
    pub(super) fn site(&self, name: &str) -> Option<Arc<Site>> {
        let mut sites = self.sites.lock();
        sites.retain(|(_, site)| site.loaded.elapsed() < site::MAX_AGE);
        sites.iter().find(|(known, _)| known == name).map(|(_, site)| Arc::clone(site))
    }

    pub(super) fn keep_site(&self, name: String, site: &Arc<Site>) {
        let mut sites = self.sites.lock();
        sites.retain(|(known, _)| *known != name);
        sites.push_back((name, Arc::clone(site)));
        let mut bytes: usize = sites.iter().map(|(_, site)| site.bytes).sum();
        while sites.len() > MAX_SITES || bytes > MAX_SITE_BYTES {
            bytes -= sites.pop_front().map_or(bytes, |(_, site)| site.bytes);
        }
    }
}

impl Books {
    fn drop_oldest(&mut self) {
        let Some((number, _, weight, names)) = self.order.pop_front() else { return };
        self.bytes -= weight;
        for name in names {
            // A younger page may have taken the name.
            if self.by_name.get(&name).is_some_and(|(own, _)| *own == number) {
                self.by_name.remove(&name);
            }
        }
    }
}
