//! A look at pages before anything is kept of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::admit;
use super::desk::Desk;
use super::engine::Plan;
use super::options::CrawlOptions;
use super::page::{Miss, Page, Skip};
use super::pipe::{Delivery, Taken};
use super::scope::Scope;
use super::shelf::Shelf;
use super::stream::Crawl;
use crate::control::Control;
use crate::error::{Error, Result};
use crate::policy::{PolicyOptions, PolicyPage, RobotsAccess, SiteSignals, Use, Verdict, check_policy};

/// Addresses of one call that count.
pub const MAX_PREVIEWS: usize = 200;
const EXCERPT_CHARS: usize = 800;

/// What a page is about and whether it may be ingested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Preview {
    /// The address as it was given.
    pub url: String,
    /// Whether the page was fetched and may be ingested.
    pub ok: bool,
    /// The code of what speaks against it: of the verdict, or of why it was not fetched.
    pub reason: Option<String>,
    /// A sentence on what went wrong, if the page could not be had.
    pub error: Option<String>,
    /// The title; empty without one.
    pub title: String,
    /// The first 800 characters of the text, its white space made even.
    pub excerpt: String,
    /// The main text.
    pub text: String,
    /// Contents of the meta elements, and `final_url`, `content_type`, `status`, `language`.
    pub meta: BTreeMap<String, String>,
    /// Whether the page may be ingested and trained on, and why not.
    pub verdict: Verdict,
}

impl Page {
    /// What a curator sees of this page.
    pub fn preview(&self) -> Preview {
        let mut meta = self.meta.clone();
        meta.insert("final_url".into(), self.final_url.clone());
        meta.insert("content_type".into(), self.content_type.clone());
        meta.insert("status".into(), self.status.to_string());
        let language = self.language.as_ref().or(self.detected_language.as_ref());
        meta.extend(language.map(|language| ("language".into(), language.clone())));
        Preview {
            url: self.url.clone(),
            ok: self.verdict.ok(),
            reason: self.verdict.against(Use::Ingest).next().map(|reason| reason.code.name().into()),
            error: None,
            title: self.title.clone(),
            excerpt: excerpt(&self.text),
            text: self.text.clone(),
            meta,
            verdict: self.verdict.clone(),
        }
    }
}

impl Preview {
    fn missing(url: &str, miss: &Miss, options: &PolicyOptions) -> Self {
        let robots = match miss.skip {
            Skip::Robots => RobotsAccess::Disallowed,
            Skip::RobotsUnreachable => RobotsAccess::Unreachable,
            _ => RobotsAccess::Unknown,
        };
        let page = PolicyPage {
            url,
            site: SiteSignals { robots, ..SiteSignals::default() },
            ..PolicyPage::default()
        };
        Self {
            url: url.to_owned(),
            ok: false,
            reason: Some(miss.skip.name().into()),
            error: Some(miss.message.clone()),
            title: String::new(),
            excerpt: String::new(),
            text: String::new(),
            meta: BTreeMap::new(),
            verdict: check_policy(&page, options),
        }
    }
}

fn excerpt(text: &str) -> String {
    let mut excerpt = String::new();
    let mut chars = 0;
    for word in text.split_whitespace() {
        for character in (chars > 0).then_some(' ').into_iter().chain(word.chars()) {
            if chars == EXCERPT_CHARS {
                return excerpt;
            }
            excerpt.push(character);
            chars += 1;
        }
    }
    excerpt
}

/// Previews of the first 200 of `urls`, in their order.
///
/// # Errors
/// Those of the settings; an address that fails says so itself.
pub(super) fn previews(
    urls: &[&str],
    options: &CrawlOptions,
    shelf: &Arc<Shelf>,
    control: &Control,
) -> Result<Vec<Preview>> {
    let mut desk = Desk::new(options.clone(), Arc::clone(shelf), control)?;
    desk.options.state = None;
    let urls = &urls[..urls.len().min(MAX_PREVIEWS)];
    let mut round = Round { policy: desk.options.policy.clone(), ..Round::default() };
    let mut seeds = Vec::new();
    for (item, url) in urls.iter().enumerate() {
        match admit::seed(url, options.allow_private_hosts) {
            Ok(entry) if round.first.contains_key(&entry.url) => round.same(item, &entry.url),
            Ok(mut entry) => {
                round.first.insert(entry.url.clone(), item);
                entry.item = item;
                match shelf.find(&entry.url, desk.terms) {
                    Some(preview) => round.put(item, (*preview).clone()),
                    None => seeds.push(entry),
                }
            }
            Err(error) => round.fail(item, url, &Miss::new(*url, Skip::Forbidden, error.to_string())),
        }
    }
    if !seeds.is_empty() {
        let plan = Plan { seeds, scope: Scope::default(), follows: false };
        let crawl = Crawl::start(Arc::new(desk), plan, None, &control.without_progress())?;
        round.collect(&crawl, urls, control);
    }
    Ok(round.finish(urls))
}

/// What is known so far of the items of one call.
#[derive(Default)]
struct Round {
    policy: PolicyOptions,
    found: HashMap<usize, Preview>,
    /// The first item of each canonical address.
    first: HashMap<String, usize>,
    /// Items that are the same as another, by canonical address.
    same: Vec<(usize, String)>,
    stopped: Option<Error>,
}

impl Round {
    fn put(&mut self, item: usize, preview: Preview) {
        self.found.insert(item, preview);
    }

    fn fail(&mut self, item: usize, url: &str, miss: &Miss) {
        let preview = Preview::missing(url, miss, &self.policy);
        self.put(item, preview);
    }

    fn same(&mut self, item: usize, url: &str) {
        self.same.push((item, url.to_owned()));
    }

    fn collect(&mut self, crawl: &Crawl, urls: &[&str], control: &Control) {
        loop {
            match crawl.take(None) {
                Ok(Taken::Delivery(Delivery::Page { item, page, .. })) => {
                    self.first.entry(page.final_url.clone()).or_insert(item);
                    self.put(item, page.preview());
                }
                Ok(Taken::Delivery(Delivery::Miss { item, miss })) if miss.skip == Skip::Duplicate => {
                    self.same(item, &miss.message);
                }
                Ok(Taken::Delivery(Delivery::Miss { item, miss })) => self.fail(item, urls[item], &miss),
                Ok(Taken::Nothing) => {}
                Ok(Taken::End) => return,
                Err(error) => return self.stopped = Some(error),
            }
            control.report("previews", self.found.len(), urls.len());
        }
    }

    fn finish(mut self, urls: &[&str]) -> Vec<Preview> {
        // An address may lead to one that leads to a third; no chain is longer than the list.
        for _ in 0..urls.len().min(8) {
            for (item, url) in std::mem::take(&mut self.same) {
                match self.first.get(&url).and_then(|first| self.found.get(first)).cloned() {
                    Some(preview) => self.put(item, preview),
                    None => self.same(item, &url),
                }
            }
        }
        let stopped = self.stopped.take();
        let why = stopped.map_or_else(|| "it leads in a circle".into(), |error| error.to_string());
        for (item, url) in urls.iter().enumerate() {
            match self.found.get_mut(&item) {
                Some(preview) => preview.url = (*url).to_owned(),
                None => self.fail(item, url, &Miss::new(*url, Skip::TimedOut, why.clone())),
            }
        }
        (0..urls.len()).filter_map(|item| self.found.remove(&item)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_even_and_end() {
        assert_eq!(excerpt(" a \n\n b\tc "), "a b c");
        assert_eq!(excerpt(&"\u{e9} ".repeat(5_000)).chars().count(), EXCERPT_CHARS);
        assert_eq!(excerpt(&"\u{e9}".repeat(801)).chars().count(), EXCERPT_CHARS);
        assert_eq!(excerpt(""), "");
    }
}
