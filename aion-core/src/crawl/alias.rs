//! Copies of pages that are known by their address: what `rel=canonical` taught.
//!
//! When every page below `/print/` has said so far that it is a copy of the one below `/article/` with the same
//! rest, the next is not fetched to be told again. The page below `/article/` is wanted in its place, so nothing
//! is lost; the first page that says otherwise ends the rule.

use std::collections::HashMap;

use ::url::Url;

/// How many copies must have said so.
const MIN_SUPPORT: u32 = 4;
/// Rules that are remembered.
const MAX_RULES: usize = 1_000;

/// The rules that one crawl has learned.
#[derive(Debug, Default)]
pub(super) struct Aliases {
    /// Site and head of a path, and what is known of the pages below.
    rules: HashMap<(String, String), Rule>,
}

#[derive(Debug)]
struct Rule {
    head: String,
    support: u32,
    is_refuted: bool,
}

impl Aliases {
    /// Tells that the page at `url` named `canonical`, which may be itself, as its address.
    pub(super) fn learn(&mut self, url: &Url, canonical: Option<&Url>) {
        let site = site(url);
        let canonical = canonical.filter(|canonical| self::site(canonical) == site && *canonical != url);
        let heads = canonical.and_then(|canonical| heads(url, canonical));
        let Some((from, to)) = heads else {
            // A page that is no copy refutes the rules for all that is above it.
            for head in heads_of(url.path()) {
                if let Some(rule) = self.rules.get_mut(&(site.clone(), head.to_owned())) {
                    rule.is_refuted = true;
                }
            }
            return;
        };
        if self.rules.len() >= MAX_RULES {
            return;
        }
        let fresh = || Rule { head: to.clone(), support: 0, is_refuted: false };
        let rule = self.rules.entry((site, from)).or_insert_with(fresh);
        rule.is_refuted |= rule.head != to;
        rule.support += 1;
    }

    /// The address that `url` is a copy of, if a rule says so.
    pub(super) fn original(&self, url: &Url) -> Option<Url> {
        if self.rules.is_empty() || url.query().is_some() {
            return None;
        }
        let site = site(url);
        heads_of(url.path()).find_map(|head| {
            let rule = self.rules.get(&(site.clone(), head.to_owned()))?;
            let is_sure = rule.support >= MIN_SUPPORT && !rule.is_refuted;
            let mut original = url.clone();
            original.set_path(&format!("{}{}", rule.head, &url.path()[head.len()..]));
            is_sure.then_some(original)
        })
    }
}

fn site(url: &Url) -> String {
    url[..::url::Position::BeforePath].to_owned()
}

/// What differs at the start of two paths that end in the same segments: `/print` and `/article`.
fn heads(url: &Url, canonical: &Url) -> Option<(String, String)> {
    if url.query().is_some() || canonical.query().is_some() {
        return None;
    }
    let (from, to) = (url.path(), canonical.path());
    let tails = from.match_indices('/').map(|(at, _)| &from[at..]);
    let tail = tails.filter(|tail| tail.len() > 1).find(|tail| to.ends_with(tail))?;
    let head = |path: &str| path[..path.len() - tail.len()].to_owned();
    // Without a head of its own the rule would speak of the whole site.
    (head(from).len() > 1).then(|| (head(from), head(to)))
}

/// `/a` and `/a/b` of `/a/b/c`.
fn heads_of(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').skip(1).map(|(at, _)| &path[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(path: &str) -> Url {
        Url::parse("http://example.com").unwrap().join(path).unwrap()
    }

    #[test]
    fn a_rule_needs_support_and_ends_with_the_first_exception() {
        let mut aliases = Aliases::default();
        for page in 0..MIN_SUPPORT {
            assert_eq!(aliases.original(&url("/dup/9.html")), None);
            aliases.learn(&url(&format!("/dup/{page}.html")), Some(&url(&format!("/p/{page}.html"))));
        }
        assert_eq!(aliases.original(&url("/dup/9.html")), Some(url("/p/9.html")));
        assert_eq!(aliases.original(&url("/other/9.html")), None);
        aliases.learn(&url("/p/5.html"), Some(&url("/p/5.html")));
        assert_eq!(aliases.original(&url("/dup/8.html")), Some(url("/p/8.html")));
        aliases.learn(&url("/dup/7.html"), None);
        assert_eq!(aliases.original(&url("/dup/9.html")), None);
    }

    #[test]
    fn what_names_one_page_for_all_is_no_rule() {
        let mut aliases = Aliases::default();
        for page in 0..20 {
            aliases.learn(&url(&format!("/a/{page}")), Some(&url("/")));
            aliases.learn(&url(&format!("/{page}")), Some(&url(&format!("/en/{page}"))));
        }
        assert_eq!(aliases.original(&url("/a/99")), None);
        assert_eq!(aliases.original(&url("/99")), None);
    }
}
