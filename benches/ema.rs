//! Moving averages of many vectors in place, and the one of a single vector.

use std::hint::black_box;
use std::time::{Duration, Instant};

use aion_benches::{Outcome, THREADS};
use aion_core::{EmaOptions, ema_update, ema_update_batch};
use criterion::{Criterion, SamplingMode, Throughput};

const DIMENSION: usize = 512;
/// 400 MB of vectors, and as much of targets: more than any cache has.
const ROWS: usize = 200_000;

fn main() -> Outcome {
    let mut criterion = Criterion::default().configure_from_args();
    one(&mut criterion);
    batch(&mut criterion);
    criterion.final_summary();
    Ok(())
}

fn one(criterion: &mut Criterion) {
    let (current, new, options) = (numbers(DIMENSION, 1), numbers(DIMENSION, 2), EmaOptions::default());
    criterion.bench_function("ema_update, 512 floats", |bench| {
        bench.iter(|| {
            ema_update(Some(black_box(&current)), &[&new], 3, &options).expect("the numbers are finite")
        });
    });
}

/// Each call begins with the same vectors: those that have come near their targets are faster to update.
fn batch(criterion: &mut Criterion) {
    let (start, targets) = (numbers(ROWS * DIMENSION, 1), numbers(ROWS * DIMENSION, 2));
    let mut vectors = start.clone();
    let mut group = criterion.benchmark_group(format!("ema_update_batch, {ROWS} × {DIMENSION}"));
    group
        .sample_size(20)
        .sampling_mode(SamplingMode::Flat)
        .measurement_time(Duration::from_secs(10))
        .throughput(Throughput::Bytes(size_of_val(&*start) as u64));
    for (threads, updates) in [(1, 0), (1, 50), (THREADS, 50)] {
        let updates_of_all = vec![updates; ROWS];
        let mut options = EmaOptions::default();
        options.threads = Some(threads);
        group.bench_function(format!("after {updates} updates, threads: {threads}"), |bench| {
            bench.iter_custom(|rounds| {
                let mut taken = Duration::ZERO;
                for _ in 0..rounds {
                    vectors.copy_from_slice(&start);
                    let begun = Instant::now();
                    ema_update_batch(black_box(&mut vectors), &targets, DIMENSION, &updates_of_all, &options)
                        .expect("the numbers are finite");
                    taken += begun.elapsed();
                }
                taken
            });
        });
    }
    group.finish();
}

/// Numbers between -1 and 1 that look random.
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}
