//! The rules that one agent must obey, ordered so that a path meets the few that can concern it.

use super::pattern::{Target, View};
use super::rules::{Best, Rule, Span};
use super::wildcard::Wildcards;

const NONE: u32 = u32::MAX;

/// Rules without `*` as a sorted list of prefixes, each with the longest other prefix that it begins with; rules
/// with `*` behind a filter.
#[derive(Debug)]
pub(super) struct Index {
    prefixes: Vec<Prefix>,
    wildcards: Wildcards,
}

#[derive(Debug)]
struct Prefix {
    text: Span,
    /// The longest other entry that is a prefix of this one, or [`NONE`].
    parent: u32,
    /// An ancestor further up, so that any ancestor is found in O(log n) steps (Myers, skew-binary jump pointers).
    jump: u32,
    /// How many ancestors there are.
    depth: u32,
    /// The most specific rules that match every path that begins so; those of the ancestors are counted in.
    begins: Best,
    /// The most specific rules that match this very path only.
    equals: Best,
}

impl Index {
    /// Orders `rules`, whose texts lie in `arena`. O(n log n) comparisons.
    pub(super) fn new(arena: &[u8], rules: Vec<Rule>) -> Self {
        let (wild, plain): (Vec<_>, Vec<_>) = rules.into_iter().partition(|rule| rule.is_wild);
        let mut prefixes = merged(arena, plain);
        link_parents(arena, &mut prefixes);
        Self { prefixes, wildcards: Wildcards::new(arena, wild) }
    }

    /// Whether the most specific rule that matches `target` allows it; on a tie, and without any rule, it does.
    pub(super) fn allows(&self, arena: &[u8], target: &Target<'_>) -> bool {
        let mut best = Best::default();
        self.improve(arena, &target.wire, View::Wire, &mut best);
        if let Some(canonical) = &target.canonical {
            self.improve(arena, canonical, View::Canonical, &mut best);
        }
        best.allows()
    }

    fn improve(&self, arena: &[u8], path: &[u8], view: View, best: &mut Best) {
        // Sorted texts between a prefix of `path` and `path` itself all begin with that prefix, so every prefix of
        // `path` is the entry just before it or one of that entry's ancestors.
        let after = self.prefixes.partition_point(|entry| entry.text.of(arena) <= path);
        if let Some(nearest) = after.checked_sub(1).map(|at| &self.prefixes[at]) {
            let text = nearest.text.of(arena);
            if text == path {
                best.join(nearest.equals, view);
            }
            let common = text.iter().zip(path).take_while(|(a, b)| a == b).count();
            if let Some(prefix) = self.ancestor(nearest, common) {
                best.join(prefix.begins, view);
            }
        }
        self.wildcards.improve(arena, path, view, best);
    }

    /// The longest of `entry` and its ancestors that has at most `length` octets.
    fn ancestor<'a>(&'a self, mut entry: &'a Prefix, length: usize) -> Option<&'a Prefix> {
        while entry.text.len() > length {
            let jump = self.prefixes.get(entry.jump as usize).filter(|jump| jump.text.len() > length);
            entry = match jump {
                Some(jump) => jump,
                None => self.prefixes.get(entry.parent as usize)?,
            };
        }
        Some(entry)
    }
}

/// One entry for each different text, sorted by text.
fn merged(arena: &[u8], mut rules: Vec<Rule>) -> Vec<Prefix> {
    sort_by_text(arena, &mut rules);
    let mut prefixes: Vec<Prefix> = Vec::with_capacity(rules.len());
    for rule in rules {
        if prefixes.last().is_none_or(|last| last.text.of(arena) != rule.text.of(arena)) {
            let (begins, equals) = (Best::default(), Best::default());
            prefixes.push(Prefix { text: rule.text, parent: NONE, jump: NONE, depth: 0, begins, equals });
        }
        if let Some(last) = prefixes.last_mut() {
            let place = if rule.anchored { &mut last.equals } else { &mut last.begins };
            place.join(rule.best(), View::Wire);
        }
    }
    prefixes
}

fn link_parents(arena: &[u8], prefixes: &mut [Prefix]) {
    let mut ancestors: Vec<usize> = Vec::new();
    for at in 0..prefixes.len() {
        let text = prefixes[at].text.of(arena);
        while let Some(&top) = ancestors.last()
            && !text.starts_with(prefixes[top].text.of(arena))
        {
            ancestors.pop();
        }
        if let Some(&top) = ancestors.last() {
            let Prefix { begins, depth, .. } = prefixes[top];
            let (parent, jump) = (u32::try_from(top).unwrap_or(NONE), next_jump(prefixes, top));
            let entry = &mut prefixes[at];
            (entry.parent, entry.jump) = (parent, jump.unwrap_or(parent));
            entry.begins.join(begins, View::Wire);
            entry.depth = depth + 1;
        }
        ancestors.push(at);
    }
}

/// Where the children of `parent` jump, if not to `parent`: when its last two jumps were of one length, past both.
fn next_jump(prefixes: &[Prefix], parent: usize) -> Option<u32> {
    let parent = &prefixes[parent];
    let first = prefixes.get(parent.jump as usize)?;
    let second_depth = prefixes.get(first.jump as usize).map_or(0, |second| second.depth);
    (parent.depth - first.depth == first.depth - second_depth).then_some(first.jump)
}

/// Sorts by text, those that need not end there first. Most comparisons see only the eight octets after what all
/// texts have in common.
pub(super) fn sort_by_text(arena: &[u8], rules: &mut [Rule]) {
    let Some(first) = rules.first().map(|rule| rule.text.of(arena)) else { return };
    let common = rules.iter().fold(first.len(), |common, rule| {
        first[..common].iter().zip(rule.text.of(arena)).take_while(|(a, b)| a == b).count()
    });
    let key = |rule: &Rule| {
        let mut key = [0; 8];
        let rest = &rule.text.of(arena)[common..];
        let length = rest.len().min(8);
        key[..length].copy_from_slice(&rest[..length]);
        u64::from_be_bytes(key)
    };
    for rule in &mut *rules {
        rule.key = key(rule);
    }
    rules.sort_unstable_by(|a, b| {
        let texts = || a.text.of(arena).cmp(b.text.of(arena));
        a.key.cmp(&b.key).then_with(texts).then(a.anchored.cmp(&b.anchored))
    });
}
