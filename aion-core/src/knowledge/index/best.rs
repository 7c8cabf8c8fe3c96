//! The best of many, in an order that is always the same.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A vector that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::knowledge) struct Near {
    /// The cosine of the angle to what was searched for.
    pub(in crate::knowledge) score: f32,
    /// The number of the vector.
    pub(in crate::knowledge) vector: i64,
    pub(in crate::knowledge) chunk: i64,
    pub(in crate::knowledge) document: i64,
}

impl Eq for Near {}

/// The better one is the less: a higher score, or among equals a lower number.
impl Ord for Near {
    fn cmp(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then(self.vector.cmp(&other.vector))
    }
}

impl PartialOrd for Near {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The best `most` of what it is given.
pub(super) struct Best {
    most: usize,
    /// The worst of them on top.
    heap: BinaryHeap<Near>,
    /// The score below which nothing gets in.
    least: f32,
}

impl Best {
    pub(super) fn new(most: usize) -> Self {
        let least = if most == 0 { f32::INFINITY } else { f32::NEG_INFINITY };
        Self { most, heap: BinaryHeap::with_capacity(most.min(1024)), least }
    }

    /// Whether something with this score may get in.
    #[inline]
    pub(super) fn may_take(&self, score: f32) -> bool {
        score >= self.least
    }

    pub(super) fn add(&mut self, near: Near) {
        if self.heap.len() < self.most {
            self.heap.push(near);
        } else if self.heap.peek().is_some_and(|worst| near < *worst) {
            self.heap.pop();
            self.heap.push(near);
        }
        if self.heap.len() == self.most {
            self.least = self.heap.peek().map_or(self.least, |worst| worst.score);
        }
    }

    /// The best first.
    pub(super) fn into_sorted(self) -> Vec<Near> {
        self.heap.into_sorted_vec()
    }
}
