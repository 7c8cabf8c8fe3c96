//! CLIP vectors of photographs, by a ViT-B/32 of full size with random weights.

use std::hint::black_box;
use std::time::Duration;

use aion_benches::{Outcome, PHOTOS, THREADS, aion, photo};
use aion_core::{Control, ImageSource};
use criterion::{Criterion, SamplingMode, Throughput};

const MODEL: &str = "target/models/vit-b-32";
const MAKER: &str = ".venv/bin/python models/make_vit_b32.py target/models/vit-b-32";

fn main() -> Outcome {
    let mut criterion = Criterion::default().configure_from_args();
    let aion = aion(MODEL, MAKER)?;
    let control = Control::default();
    for (size, name) in PHOTOS {
        let photo = photo(name)?;
        let mut group = criterion.benchmark_group(format!("embed_clip, {size}, {THREADS} threads"));
        group.sample_size(10).sampling_mode(SamplingMode::Flat).measurement_time(Duration::from_secs(10));
        for batch in [1, 8] {
            let sources = vec![ImageSource::from(&photo); batch];
            group.throughput(Throughput::Elements(batch as u64));
            group.bench_function(format!("batch {batch}"), |bench| {
                bench.iter(|| {
                    let vectors = aion.embed_clip(black_box(&sources), &control).expect("the model runs");
                    vectors.into_iter().collect::<Result<Vec<_>, _>>().expect("the photograph is whole")
                });
            });
        }
        group.finish();
    }
    criterion.final_summary();
    Ok(())
}
