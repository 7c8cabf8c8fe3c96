//! Reciprocal rank fusion: one ranking of several, whose scores can not be compared.
//!
//! `score(d) = Σ 1 / (60 + rank(d))` over the rankings that have `d` (Cormack, Clarke and Büttcher, Reciprocal Rank
//! Fusion outperforms Condorcet and individual Rank Learning Methods, SIGIR 2009).

use std::cmp::Ordering;
use std::collections::HashMap;

/// What keeps the first ranks from deciding everything, as the paper found it.
const K: f64 = 60.0;

/// A place in a ranking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ranked {
    /// The document, or the chunk where every passage is a hit of its own.
    pub(super) key: i64,
    pub(super) chunk: i64,
    pub(super) document: i64,
    pub(super) score: f64,
}

/// What several rankings say together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fused {
    pub(super) key: i64,
    pub(super) document: i64,
    pub(super) score: f64,
    /// Its place in the ranking by words.
    pub(super) words: Option<Ranked>,
    /// Its best place in a ranking by vectors.
    pub(super) vector: Option<Ranked>,
}

impl Fused {
    /// The chunk to show: one with words of the query, if there is one.
    pub(super) fn chunk(&self) -> i64 {
        self.words.or(self.vector).map_or(0, |ranked| ranked.chunk)
    }

    /// The better one is the less. Among equals one with words is better, then the nearer, then the older.
    fn order(&self, other: &Self) -> Ordering {
        let score = |ranked: Option<Ranked>| ranked.map_or(f64::NEG_INFINITY, |ranked| ranked.score);
        let by = |mine: f64, others: f64| others.total_cmp(&mine);
        by(self.score, other.score)
            .then_with(|| by(score(self.words), score(other.words)))
            .then_with(|| by(score(self.vector), score(other.vector)))
            .then(self.key.cmp(&other.key))
    }
}

/// The first place of each key.
pub(super) fn distinct(ranking: impl IntoIterator<Item = Ranked>) -> Vec<Ranked> {
    let mut seen = std::collections::HashSet::new();
    ranking.into_iter().filter(|ranked| seen.insert(ranked.key)).collect()
}

/// Fuses the ranking by words with those by vectors. Each has a key once. The best first.
pub(super) fn fuse(words: &[Ranked], vectors: &[Vec<Ranked>]) -> Vec<Fused> {
    let mut all = HashMap::new();
    for (rank, &ranked) in words.iter().enumerate() {
        count(&mut all, rank, ranked).words = Some(ranked);
    }
    for (rank, &ranked) in vectors.iter().flat_map(|ranking| ranking.iter().enumerate()) {
        let fused = count(&mut all, rank, ranked);
        if fused.vector.is_none_or(|vector| vector.score < ranked.score) {
            fused.vector = Some(ranked);
        }
    }
    let mut all: Vec<Fused> = all.into_values().collect();
    all.sort_by(Fused::order);
    all
}

fn count(all: &mut HashMap<i64, Fused>, rank: usize, ranked: Ranked) -> &mut Fused {
    let Ranked { key, document, .. } = ranked;
    let fused = all.entry(key).or_insert(Fused { key, document, score: 0.0, words: None, vector: None });
    fused.score += 1.0 / (K + rank as f64 + 1.0);
    fused
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranking(keys: &[i64]) -> Vec<Ranked> {
        let ranked = |(rank, &key): (usize, &i64)| Ranked {
            key,
            chunk: key * 10,
            document: key,
            score: 1.0 / (rank as f64 + 1.0),
        };
        keys.iter().enumerate().map(ranked).collect()
    }

    #[test]
    fn what_several_rankings_have_comes_first() {
        let fused = fuse(&ranking(&[1, 2, 3]), &[ranking(&[4, 2]), ranking(&[5])]);
        let keys: Vec<i64> = fused.iter().map(|fused| fused.key).collect();
        // 2 is in two rankings; 1, 4 and 5 lead one each, and words come before vectors.
        assert_eq!(keys, [2, 1, 4, 5, 3]);
        assert!((fused[0].score - 2.0 / 62.0).abs() < 1e-12);
        assert_eq!(fused[0].vector.unwrap().score, 0.5);
        assert_eq!((fused[1].vector, fused[1].chunk()), (None, 10));
    }

    #[test]
    fn a_key_counts_once_in_a_ranking() {
        assert_eq!(distinct(ranking(&[1, 2, 1, 2, 3])).len(), 3);
    }
}
