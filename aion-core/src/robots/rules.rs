//! What a parsed file is made of.

use super::pattern::View;

/// Octets of the arena that all texts of a file lie in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// Appends `text` to `arena`.
    pub(super) fn push(arena: &mut Vec<u8>, text: &[u8]) -> Self {
        let start = arena.len();
        arena.extend_from_slice(text);
        // 500 KiB grow threefold at most by each of two views.
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: narrow(start), end: narrow(arena.len()) }
    }

    pub(super) fn of(self, arena: &[u8]) -> &[u8] {
        arena.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    pub(super) fn len(self) -> usize {
        (self.end - self.start) as usize
    }
}

/// An `Allow` or a `Disallow` in one view.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) text: Span,
    /// See [`super::pattern::Pattern::priority`].
    pub(super) priority: u32,
    pub(super) anchored: bool,
    pub(super) is_allow: bool,
    /// Whether a `*` is left in the text.
    pub(super) is_wild: bool,
    /// Room for the first octets while rules are sorted.
    pub(super) key: u64,
}

impl Rule {
    /// What this rule alone says about a path that it matches.
    pub(super) fn best(&self) -> Best {
        match self.is_allow {
            true => Best { allow: self.priority, disallow: 0 },
            false => Best { allow: 0, disallow: self.priority },
        }
    }
}

/// The priorities of the most specific rules that match; 0 where none does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Best {
    pub(super) allow: u32,
    pub(super) disallow: u32,
}

impl Best {
    /// Takes over what is more specific; in the canonical view only restrictions count.
    pub(super) fn join(&mut self, other: Self, view: View) {
        self.disallow = self.disallow.max(other.disallow);
        if view == View::Wire {
            self.allow = self.allow.max(other.allow);
        }
    }

    /// The longest match decides; on a tie the least restrictive rule (RFC 9309 §2.2.2).
    pub(super) fn allows(self) -> bool {
        self.allow >= self.disallow
    }

    pub(super) fn top(self) -> u32 {
        self.allow.max(self.disallow)
    }
}
