//! Traps: endlessly many addresses that say nothing new.
//!
//! Some show in the address itself ([`looks_endless`]); the others only by what comes of them, so every pattern
//! of addresses has a budget of poor pages ([`Patterns`]).

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use ::url::Url;

/// A longer address is made by a machine for itself.
const MAX_URL_BYTES: usize = 2_048;
const MAX_SEGMENTS: usize = 24;
/// How often one segment may occur in a path.
const MAX_REPEATS: usize = 3;
const MAX_PARAMETERS: usize = 8;
/// Sets of parameter names of one path; a filter that can be combined has exponentially many.
const MAX_QUERY_SHAPES: usize = 64;
/// Addresses of one path with three or more parameters.
const MAX_COMBINATIONS: usize = 512;
/// Poor pages of one pattern before it may be given up.
const MIN_POOR: u32 = 16;
/// Patterns that are remembered; a crawl that meets more has other limits.
const MAX_PATTERNS: usize = 100_000;

/// Whether `url` has the marks of a trap: too long, too deep, or a path that repeats itself.
pub(super) fn looks_endless(url: &Url) -> bool {
    if url.as_str().len() > MAX_URL_BYTES
        || url.query().is_some_and(|it| it.split('&').count() > MAX_PARAMETERS)
    {
        return true;
    }
    let segments: Vec<&str> = url.path().split('/').filter(|segment| !segment.is_empty()).collect();
    let repeats = |segment: &&str| segments.iter().filter(|other| other == &segment).count() > MAX_REPEATS;
    segments.len() > MAX_SEGMENTS || segments.iter().any(repeats) || is_periodic(&segments)
}

/// Whether the path ends in the same two or more segments three times over: `/a/b/a/b/a/b`.
fn is_periodic(segments: &[&str]) -> bool {
    (2..=segments.len() / 3).any(|period| {
        let (rest, last) = segments.split_at(segments.len() - period);
        let (rest, middle) = rest.split_at(rest.len() - period);
        middle == last && rest.ends_with(last)
    })
}

/// What came of the pages of each pattern so far.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    yields: HashMap<u64, Yield>,
    queries: HashMap<u64, Queries>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Yield {
    pages: u32,
    poor: u32,
}

#[derive(Debug, Default)]
struct Queries {
    shapes: HashSet<u64>,
    combinations: usize,
}

impl Patterns {
    /// Whether the budget of the pattern of `url` is used up. Asked once for each address.
    pub(super) fn is_spent(&mut self, url: &Url) -> bool {
        let found = self.yields.get(&pattern(url)).copied().unwrap_or_default();
        // Nine of ten pages poor: a site of thin pages has some good ones between them.
        let is_poor = found.poor >= MIN_POOR && found.poor * 10 >= found.pages * 9;
        is_poor || self.explodes(url)
    }

    /// Tells what came of a page: `is_poor` if it had next to no text, or one that was known.
    pub(super) fn learn(&mut self, url: &Url, is_poor: bool) {
        if self.yields.len() < MAX_PATTERNS {
            let found = self.yields.entry(pattern(url)).or_default();
            found.pages += 1;
            found.poor += u32::from(is_poor);
        }
    }

    fn explodes(&mut self, url: &Url) -> bool {
        let Some(query) = url.query() else { return false };
        if self.queries.len() >= MAX_PATTERNS {
            return true;
        }
        let mut names: Vec<&str> =
            query.split('&').map(|part| part.split('=').next().unwrap_or_default()).collect();
        names.sort_unstable();
        let known = self.queries.entry(hash(&(url.host_str(), url.path()))).or_default();
        known.combinations += usize::from(names.len() > 2);
        let shape = hash(&names);
        if known.shapes.len() >= MAX_QUERY_SHAPES && !known.shapes.contains(&shape) {
            return true;
        }
        known.shapes.insert(shape);
        known.combinations > MAX_COMBINATIONS
    }
}

/// The address with its numbers and the values of its parameters taken out: `/cal/#/#?day=`.
fn pattern(url: &Url) -> u64 {
    let mut shape = String::with_capacity(url.path().len() + 16);
    let mut was_digit = false;
    for character in url.path().chars() {
        let is_digit = character.is_ascii_digit();
        if !is_digit {
            shape.push(character);
        } else if !was_digit {
            shape.push('#');
        }
        was_digit = is_digit;
    }
    for part in url.query().into_iter().flat_map(|query| query.split('&')) {
        shape.push('?');
        shape.push_str(part.split('=').next().unwrap_or_default());
    }
    hash(&(url.host_str(), shape))
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(path: &str) -> Url {
        Url::parse("http://example.com").unwrap().join(path).unwrap()
    }

    #[test]
    fn paths_that_repeat_themselves_are_traps() {
        for path in ["/a/a/a/a", "/deep/a/a/a/a/", "/x/a/b/a/b/a/b", "/a/b/c/a/b/c/a/b/c"] {
            assert!(looks_endless(&url(path)), "{path}");
        }
        let long = format!("/{}", "x".repeat(MAX_URL_BYTES));
        let many = format!("/?{}", "a=1&".repeat(9));
        assert!(
            looks_endless(&url(&long))
                && looks_endless(&url(&many))
                && looks_endless(&url(&"/a/b".repeat(13)))
        );
        for path in ["/", "/2024/01/01/a", "/a/b/a/b", "/docs/a/b/c/d/e/f", "/wiki/Wiki/wiki", "/?a=1&b=2"] {
            assert!(!looks_endless(&url(path)), "{path}");
        }
    }

    #[test]
    fn poor_patterns_run_out_and_good_ones_do_not() {
        let mut patterns = Patterns::default();
        for month in 0..40 {
            patterns.learn(&url(&format!("/cal/2024/{month}")), true);
            patterns.learn(&url(&format!("/p/{month}.html")), month % 2 == 0);
        }
        assert!(patterns.is_spent(&url("/cal/3000/7")));
        assert!(!patterns.is_spent(&url("/p/3000.html")) && !patterns.is_spent(&url("/cal/about")));
    }

    #[test]
    fn queries_explode_but_numbered_ones_do_not() {
        let mut patterns = Patterns::default();
        assert!(!(0..5_000).any(|topic| patterns.is_spent(&url(&format!("/topic?id={topic}")))));
        assert!((0..100).any(|name| patterns.is_spent(&url(&format!("/shop?f{name}=1")))));
        assert!((0..600).any(|price| patterns.is_spent(&url(&format!("/list?a={price}&b=1&c=2")))));
    }
}
