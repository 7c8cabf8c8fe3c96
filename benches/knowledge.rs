//! Search of many vectors and of many words, and ingestion, in a store of its own.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use aion_benches::{Outcome, THREADS};
use aion_core::knowledge::{Item, Knowledge, KnowledgeOptions, SearchMode, SearchOptions, TextEmbedder};
use aion_core::{Control, Result};
use criterion::{BatchSize, Criterion, Throughput};

const DIMENSION: usize = 512;
/// 512 MB of vectors: more than any cache has.
const DOCUMENTS: usize = 250_000;

fn main() -> Outcome {
    let mut criterion = Criterion::default().configure_from_args();
    ingest(&mut criterion)?;
    search(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}

fn ingest(criterion: &mut Criterion) -> Outcome {
    const ITEMS: usize = 2_000;
    let folder = tempfile::tempdir()?;
    let knowledge = open(folder.path())?;
    let mut group = criterion.benchmark_group("ingest");
    group.sample_size(10).throughput(Throughput::Elements(ITEMS as u64));
    let mut next = 0;
    group.bench_function("texts of one chunk with vectors", |bench| {
        let fresh = || {
            next += ITEMS;
            items(next - ITEMS..next)
        };
        bench.iter_batched(
            fresh,
            |items| knowledge.ingest(&items, &Control::default()),
            BatchSize::PerIteration,
        );
    });
    group.finish();
    Ok(())
}

fn search(criterion: &mut Criterion) -> Outcome {
    let folder = tempfile::tempdir()?;
    let knowledge = open(folder.path())?;
    for start in (0..DOCUMENTS).step_by(10_000) {
        for result in knowledge.ingest(&items(start..start + 10_000), &Control::default()) {
            result?;
        }
    }
    let mut group = criterion.benchmark_group(format!("search, {DOCUMENTS} × {DIMENSION}"));
    group.sample_size(20).measurement_time(Duration::from_secs(8));
    for mode in [SearchMode::Vectors, SearchMode::Words, SearchMode::Hybrid] {
        let mut options = SearchOptions::default();
        options.mode = mode;
        group.bench_function(format!("{mode:?}"), |bench| {
            bench.iter(|| knowledge.search_text(black_box("number 777"), 10, &options, &Control::default()));
        });
    }
    group.finish();
    Ok(())
}

fn open(folder: &std::path::Path) -> Result<Knowledge> {
    let mut options = KnowledgeOptions::default();
    options.threads = Some(THREADS);
    Ok(Knowledge::open(folder.join("aion.db"), options)?.with_text_embedder(Arc::new(Hashes)))
}

fn items(numbers: std::ops::Range<usize>) -> Vec<Item> {
    numbers
        .map(|n| Item::text(format!("document {n}"), format!("Document number {n} tells of the sea.")))
        .collect()
}

/// Vectors without a meaning, as fast as they can be made.
struct Hashes;

impl TextEmbedder for Hashes {
    fn space(&self) -> Result<String> {
        Ok("hashes".into())
    }

    fn embed_texts(&self, texts: &[&str], _: &Control) -> Result<Vec<Vec<f32>>> {
        Ok(texts.iter().map(|text| vector(text)).collect())
    }
}

fn vector(text: &str) -> Vec<f32> {
    let mut state = text.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    let mut number = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..DIMENSION).map(|_| number()).collect()
}
