//! Who is let into the frontier: every address passes here, be it a seed, a link, a redirect or of a sitemap.

use ::url::Url;

use super::engine::Engine;
use super::frontier::{Entry, SiteState};
use super::guard;
use super::page::Skip;
use super::scope::is_no_document;
use super::state::line;
use super::trap::looks_endless;
use crate::error::{Error, ErrorKind, Result};
use crate::policy::{self, RobotsAccess};
use crate::url;

/// Links of one page that are looked at.
const MAX_LINKS: usize = 10_000;
/// Addresses that may wait; of more a crawl would not come to the end.
const MAX_WAITING: usize = 500_000;

impl Engine {
    /// Lets in a seed. What forbids it is told as for any other address.
    pub(super) fn plant(&mut self, mut seed: Entry) {
        seed.is_seed = true;
        let Ok(url) = Url::parse(&seed.url) else { return };
        if self.follows {
            self.scope.join(&url);
        }
        let hash = self.hash(&seed.url);
        self.seen.insert(hash);
        match self.objection(&url, &seed) {
            Some((skip, message)) => self.miss(&seed, skip, message),
            None => self.enqueue(seed),
        }
    }

    /// Lets in the links of the page at `base`, which `entry` led to.
    pub(super) fn follow(&mut self, links: &[String], base: &Url, entry: &Entry) {
        for link in links.iter().take(MAX_LINKS) {
            let link_entry = Entry {
                depth: entry.depth + 1,
                opened: entry.opened.clone(),
                item: entry.item,
                ..Entry::default()
            };
            self.meet(link, base, link_entry);
        }
    }

    /// Lets in the address `text`, written at `base`, as `entry`, unless something speaks against it.
    pub(super) fn meet(&mut self, text: &str, base: &Url, mut entry: Entry) {
        let Some(url) = canonical(text, base) else { return self.count(Skip::Forbidden) };
        let hash = self.hash(url.as_str());
        if !self.seen.insert(hash) {
            return self.count(Skip::Duplicate);
        }
        if let Some((skip, _)) = self.objection(&url, &entry) {
            return self.count(skip);
        }
        if looks_endless(&url) || self.patterns.is_spent(&url) {
            return self.count(Skip::Trap);
        }
        if self.frontier.len() >= MAX_WAITING {
            return self.count(Skip::FrontierFull);
        }
        entry.url = url.into();
        self.enqueue(entry);
    }

    /// Goes where `entry` was sent, through the same checks.
    pub(super) fn redirect(&mut self, entry: &Entry, location: &str) {
        self.desk.stats.lock().redirects += 1;
        let Ok(base) = Url::parse(&entry.url) else { return };
        let Some(mut url) = canonical(location, &base) else {
            return self.miss(entry, Skip::Forbidden, "it redirects to what is no address");
        };
        if entry.redirects >= self.desk.options.max_redirects {
            return self.miss(entry, Skip::TooManyRedirects, "it redirects too often");
        }
        // The caller named the seed, so where it has moved to is meant; the guard still has its say.
        if entry.is_seed
            && self.follows
            && let Some(host) = self.scope.join(&url)
        {
            line::joined(&mut self.record, &host);
        }
        if let Some((skip, message)) = self.objection(&url, entry) {
            return self.miss(entry, skip, message);
        }
        if url.as_str() == entry.url {
            // The server insists on a spelling that we take for the same, such as one with a session.
            let Ok(spelled) = url::parse(location, Some(&base)) else { return };
            url = spelled;
        }
        let hash = self.hash(url.as_str());
        if !self.seen.insert(hash) {
            // The preview looks there for the page.
            return self.miss(entry, Skip::Duplicate, url.as_str());
        }
        line::missed(&mut self.record, &entry.url);
        let mut next = entry.clone();
        next.asked = Some(entry.asked().to_owned());
        next.url = url.into();
        (next.redirects, next.attempts, next.validators) = (entry.redirects + 1, 0, None);
        self.enqueue(next);
    }

    /// What speaks against `url` before anything is asked of its host.
    pub(super) fn objection(&self, url: &Url, entry: &Entry) -> Option<(Skip, &'static str)> {
        if guard::door(url, entry.opened.as_deref()).is_err() {
            return Some((Skip::Forbidden, "its address is not one that may be crawled"));
        }
        if self.desk.options.blocklist.blocks_url(url) {
            return Some((Skip::Blocklist, "it is on the blocklist"));
        }
        if self.follows && !self.scope.covers(url) {
            return Some((Skip::OffHost, "it is on a host that is not crawled"));
        }
        if policy::is_private_route(url.as_str()) {
            return Some((Skip::PrivateRoute, "its route leads behind a login or into a purchase"));
        }
        if is_no_document(url) {
            return Some((Skip::ContentType, "its name says that it is no document"));
        }
        let SiteState::Known(site) = &self.frontier.find(url)?.site else { return None };
        let is_disallowed = site.access(url.as_str()) == RobotsAccess::Disallowed;
        is_disallowed.then_some((Skip::Robots, "robots.txt disallows it"))
    }

    fn count(&self, skip: Skip) {
        self.desk.stats.lock().count(skip);
    }
}

fn canonical(text: &str, base: &Url) -> Option<Url> {
    url::canonical(url::parse(text, Some(base)).ok()?).ok()
}

/// The canonical form of a seed.
///
/// # Errors
/// [`ErrorKind::InvalidArgument`] for what is no HTTP address or one that the guard refuses.
pub(super) fn seed(text: &str, opens: bool) -> Result<Entry> {
    let refuse = |source: Error| {
        Error::new(ErrorKind::InvalidArgument, "the seed can not be crawled").with_source(source)
    };
    let url = url::canonical(url::parse(text, None).map_err(refuse)?).map_err(refuse)?;
    let opened = opens.then(|| guard::Origin::of(&url)).flatten();
    guard::door(&url, opened.as_ref()).map_err(|refusal| {
        let message = format!("the seed {url} can not be crawled");
        Error::new(ErrorKind::InvalidArgument, message).with_source(refusal)
    })?;
    Ok(Entry { url: url.into(), opened: opened.map(std::sync::Arc::new), ..Entry::default() })
}

/// The error of a crawl that came to nothing because its seed can not be fetched.
pub(super) fn seed_error(url: &str, skip: Skip, message: &str) -> Error {
    let kind = match skip {
        Skip::Forbidden => ErrorKind::InvalidArgument,
        Skip::ContentType => ErrorKind::Unsupported,
        Skip::TooLarge => ErrorKind::LimitExceeded,
        _ => ErrorKind::Unavailable,
    };
    Error::new(kind, format!("the seed {url} can not be fetched ({skip}): {message}"))
}
