//! Vectors of texts that were embedded before: hosts ask the same questions and the same captions again and again.

use std::collections::HashMap;
use std::mem::size_of;

use parking_lot::Mutex;

use crate::error::Result;

/// What an entry takes besides its numbers, about: its places in the table, and the headers of its two lists.
const ENTRY_BYTES: usize = 128;

/// The ids of the texts that go through the graph together.
type Ids = Vec<Vec<u32>>;
type Vectors = Vec<Vec<f32>>;

/// The last runs of a text tower, by the token ids that it was fed, within a number of bytes.
///
/// The key is the whole run and not one text of it: a graph may round a text otherwise beside longer ones, and the same
/// call must give the same bits whatever was asked before.
pub(super) struct TextCache {
    most_bytes: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    runs: HashMap<Ids, Run>,
    bytes: usize,
    /// Counts look-ups, to tell which run was used last.
    clock: u64,
}

struct Run {
    vectors: Vectors,
    bytes: usize,
    used: u64,
}

impl TextCache {
    /// An empty one, which will hold `most_bytes` at most.
    pub(super) fn new(most_bytes: usize) -> Self {
        Self { most_bytes, kept: Mutex::default() }
    }

    /// The vectors of `ids`: those of an earlier run, or what `embed` gives, which is then kept. Threads that miss the same
    /// ids at once each run the graph, and get the same bits.
    ///
    /// # Errors
    /// Those of `embed`, of which nothing is kept.
    pub(super) fn get_or_embed(
        &self,
        ids: &[Vec<u32>],
        embed: impl FnOnce() -> Result<Vectors>,
    ) -> Result<Vectors> {
        if let Some(vectors) = self.kept.lock().get(ids) {
            return Ok(vectors);
        }
        let vectors = embed()?;
        let bytes = size(ids, &vectors);
        if bytes <= self.most_bytes {
            self.kept.lock().insert(ids.to_vec(), &vectors, bytes, self.most_bytes);
        }
        Ok(vectors)
    }
}

impl Kept {
    fn get(&mut self, ids: &[Vec<u32>]) -> Option<Vectors> {
        self.clock += 1;
        let run = self.runs.get_mut(ids)?;
        run.used = self.clock;
        Some(run.vectors.clone())
    }

    fn insert(&mut self, ids: Ids, vectors: &Vectors, bytes: usize, most_bytes: usize) {
        let run = Run { vectors: vectors.clone(), bytes, used: self.clock };
        self.bytes += bytes;
        if let Some(twin) = self.runs.insert(ids, run) {
            self.bytes -= twin.bytes;
        }
        while self.bytes > most_bytes {
            self.forget_oldest();
        }
    }

    /// A look at every run costs some microseconds, and the graph has just taken milliseconds.
    fn forget_oldest(&mut self) {
        let oldest = self.runs.iter().min_by_key(|(_, run)| run.used).map(|(ids, _)| ids.clone());
        if let Some(run) = oldest.and_then(|ids| self.runs.remove(&ids)) {
            self.bytes -= run.bytes;
        }
    }
}

/// About the memory that a run takes.
fn size(ids: &[Vec<u32>], vectors: &Vectors) -> usize {
    let ids = ids.iter().map(|row| size_of::<Vec<u32>>() + size_of_val(row.as_slice()));
    let vectors = vectors.iter().map(|row| size_of::<Vec<f32>>() + size_of_val(row.as_slice()));
    ENTRY_BYTES + ids.sum::<usize>() + vectors.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::error::{Error, ErrorKind};

    /// Stands in for a graph: it counts its runs, and gives a vector of ten numbers for each text.
    fn counted<'a>(cache: &'a TextCache, runs: &'a Cell<usize>) -> impl Fn(&[Vec<u32>]) -> Vectors + use<'a> {
        move |ids| {
            let embed = || {
                runs.set(runs.get() + 1);
                Ok(ids.iter().map(|row| vec![row[0] as f32 / 3.0; 10]).collect())
            };
            cache.get_or_embed(ids, embed).unwrap()
        }
    }

    #[test]
    fn the_same_texts_do_not_run_the_graph_again() {
        let (cache, runs) = (TextCache::new(1 << 20), Cell::new(0));
        let embed = counted(&cache, &runs);
        let ids = [vec![1, 2], vec![3]];
        let first = embed(&ids);
        assert_eq!(embed(&ids), first);
        assert_eq!(runs.get(), 1);
        // Each of these is another run of the graph.
        for other in [&ids[..1], &ids[1..], &[vec![3], vec![1, 2]][..], &[vec![1], vec![2, 3]][..]] {
            embed(other);
        }
        assert_eq!(runs.get(), 5);
        embed(&ids);
        assert_eq!(runs.get(), 5);
    }

    #[test]
    fn memory_has_its_bound_and_what_was_used_last_stays() {
        let one = size(&[vec![0, 0]], &vec![vec![0.0; 10]]);
        let (cache, runs) = (TextCache::new(3 * one), Cell::new(0));
        let embed = counted(&cache, &runs);
        for id in 0..3 {
            embed(&[vec![id, 0]]);
        }
        embed(&[vec![0, 0]]);
        embed(&[vec![3, 0]]);
        assert_eq!((runs.get(), cache.kept.lock().runs.len()), (4, 3));
        embed(&[vec![0, 0]]);
        assert_eq!(runs.get(), 4, "it was used before the one that had to go");
        embed(&[vec![1, 0]]);
        assert_eq!(runs.get(), 5);
        for id in 0..1000 {
            embed(&[vec![id; 5]]);
            let kept = cache.kept.lock();
            assert!(kept.bytes <= 3 * one);
            assert_eq!(kept.bytes, kept.runs.iter().map(|(ids, run)| size(ids, &run.vectors)).sum::<usize>());
        }
        embed(&[vec![7; 10_000]]);
        assert!(
            cache.kept.lock().runs.keys().all(|ids| ids[0].len() < 10),
            "one too large pushes nothing out"
        );
    }

    #[test]
    fn nothing_is_kept_of_a_failure_and_a_cache_of_no_size_keeps_nothing() {
        let (cache, ids) = (TextCache::new(1 << 20), [vec![1]]);
        let failed = cache.get_or_embed(&ids, || Err(Error::new(ErrorKind::Engine, "as this test wishes")));
        assert_eq!(failed.unwrap_err().kind(), ErrorKind::Engine);
        assert_eq!(cache.get_or_embed(&ids, || Ok(vec![vec![1.0]])).unwrap(), [[1.0]]);
        let none = TextCache::new(0);
        for value in [1.0, 2.0] {
            assert_eq!(none.get_or_embed(&ids, || Ok(vec![vec![value]])).unwrap(), [[value]]);
        }
    }

    #[test]
    fn threads_share_it() {
        let cache = TextCache::new(20_000);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for id in (0..2000_u32).map(|step| step * 7 % 97) {
                        let vectors = cache.get_or_embed(&[vec![id]], || Ok(vec![vec![id as f32; 20]]));
                        assert_eq!(vectors.unwrap(), [vec![id as f32; 20]]);
                    }
                });
            }
        });
        let kept = cache.kept.lock();
        assert!(kept.bytes <= 20_000 && !kept.runs.is_empty());
    }
}
