//! Rules with `*`: found through four octets that a path must have to match.
//!
//! Each pattern is filed under the one of its windows of four octets that the fewest patterns share; a piece that
//! is shorter is a window as a whole. A path looks up its own windows, and only what is filed there, and has no
//! octet or window that the path lacks, is matched in full.
//!
//! The worst that a file can do is to fill one slot with patterns that all but match: then a path costs the time
//! of matching them all, some 20 ns each.

use super::index::sort_by_text;
use super::pattern::{View, matches};
use super::rules::{Best, Rule, Span};

const WINDOW: usize = 4;

#[derive(Debug, Default)]
pub(super) struct Wildcards {
    /// Patterns, slot by slot, in each the most specific first.
    filed: Vec<Wildcard>,
    /// Where the patterns of each slot begin; one more than slots. Empty without patterns.
    starts: Vec<u32>,
    /// For each length of window up to [`WINDOW`] whether a pattern is filed by it.
    lengths: [bool; WINDOW + 1],
}

#[derive(Debug, Clone, Copy)]
struct Wildcard {
    text: Span,
    anchored: bool,
    best: Best,
    slot: u32,
    signature: Signature,
}

/// Which octets and which windows of four occur, some of them sharing a bit.
#[derive(Debug, Clone, Copy, Default)]
struct Signature {
    octets: u64,
    windows: u64,
}

impl Signature {
    fn new<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut signature = Self::default();
        for piece in pieces {
            for &byte in piece {
                signature.octets |= 1 << (byte & 63);
            }
            for window in piece.windows(WINDOW) {
                signature.windows |= 1 << (slot(window, 64) & 63);
            }
        }
        signature
    }

    fn is_within(self, other: Self) -> bool {
        self.octets & !other.octets == 0 && self.windows & !other.windows == 0
    }
}

impl Wildcards {
    pub(super) fn new(arena: &[u8], rules: Vec<Rule>) -> Self {
        let mut filed = merged(arena, rules);
        if filed.is_empty() {
            return Self::default();
        }
        let slots = filed.len().next_power_of_two().max(256);
        let common = common_windows(arena, &filed, slots);
        let mut lengths = [false; WINDOW + 1];
        for wildcard in &mut filed {
            let window = rarest_window(wildcard.text.of(arena), &common);
            lengths[window.len()] = true;
            wildcard.slot = slot(window, slots);
        }
        filed.sort_unstable_by_key(|wildcard| (wildcard.slot, u32::MAX - wildcard.best.top()));
        let mut starts = vec![0; slots + 1];
        for wildcard in &filed {
            starts[wildcard.slot as usize + 1] += 1;
        }
        for slot in 0..slots {
            starts[slot + 1] += starts[slot];
        }
        Self { filed, starts, lengths }
    }

    /// Joins to `best` the rules that match `path` in `view`.
    pub(super) fn improve(&self, arena: &[u8], path: &[u8], view: View, best: &mut Best) {
        let Some(slots) = self.starts.len().checked_sub(1) else { return };
        let (mut seen, signature) = (Vec::new(), Signature::new(std::iter::once(path)));
        for length in (1..=WINDOW).filter(|&length| self.lengths[length]) {
            for window in path.windows(length) {
                let slot = slot(window, slots) as usize;
                let (start, end) = (self.starts[slot] as usize, self.starts[slot + 1] as usize);
                if start < end && is_new(&mut seen, slot, slots) {
                    improve_from(&self.filed[start..end], arena, path, signature, view, best);
                }
            }
        }
    }
}

fn improve_from(
    filed: &[Wildcard],
    arena: &[u8],
    path: &[u8],
    signature: Signature,
    view: View,
    best: &mut Best,
) {
    for wildcard in filed {
        // The most specific stand first, so what follows can not change the answer.
        if wildcard.best.top() < best.top() {
            return;
        }
        let may_match = wildcard.signature.is_within(signature);
        if may_match && matches(wildcard.text.of(arena), wildcard.anchored, path) {
            best.join(wildcard.best, view);
        }
    }
}

/// One entry for each different pattern.
fn merged(arena: &[u8], mut rules: Vec<Rule>) -> Vec<Wildcard> {
    sort_by_text(arena, &mut rules);
    let mut merged: Vec<Wildcard> = Vec::with_capacity(rules.len());
    for rule in rules {
        let same = |other: &&mut Wildcard| {
            other.anchored == rule.anchored && other.text.of(arena) == rule.text.of(arena)
        };
        match merged.last_mut().filter(same) {
            Some(last) => last.best.join(rule.best(), View::Wire),
            None => merged.push(Wildcard {
                text: rule.text,
                anchored: rule.anchored,
                best: rule.best(),
                slot: 0,
                signature: Signature::new(pieces(rule.text.of(arena))),
            }),
        }
    }
    merged
}

fn pieces(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| byte == b'*')
}

/// The windows of a piece: its runs of four octets, or all of it if it is shorter.
fn windows(piece: &[u8]) -> impl Iterator<Item = &[u8]> {
    piece.windows(piece.len().clamp(1, WINDOW))
}

/// How many windows of all patterns fall into each slot.
fn common_windows(arena: &[u8], wildcards: &[Wildcard], slots: usize) -> Vec<u32> {
    let mut common = vec![0; slots];
    for window in wildcards.iter().flat_map(|wildcard| pieces(wildcard.text.of(arena))).flat_map(windows) {
        common[slot(window, slots) as usize] += 1;
    }
    common
}

/// The window of a pattern that the fewest share.
fn rarest_window<'a>(text: &'a [u8], common: &[u32]) -> &'a [u8] {
    let windows = pieces(text).flat_map(windows);
    windows.min_by_key(|window| common[slot(window, common.len()) as usize]).unwrap_or_default()
}

/// The slot of a window of at most four octets; `slots` is a power of two.
fn slot(window: &[u8], slots: usize) -> u32 {
    let number = window.iter().fold(0_u32, |number, &byte| number << 8 | u32::from(byte));
    let mixed = number.wrapping_mul(0x9E37_79B1);
    (mixed ^ mixed >> 15) & (slots - 1) as u32
}

/// Whether `slot` is seen for the first time; without this a path of one repeated octet would visit one slot
/// again and again.
fn is_new(seen: &mut Vec<u64>, slot: usize, slots: usize) -> bool {
    if seen.is_empty() {
        seen.resize(slots.div_ceil(64), 0);
    }
    let (word, bit) = (slot / 64, 1 << (slot % 64));
    let is_new = seen[word] & bit == 0;
    seen[word] |= bit;
    is_new
}
