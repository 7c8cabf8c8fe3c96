//! Pictures as an index wants them: what CLIP sees of a photograph, and text and vector of a batch.

use std::hint::black_box;
use std::time::Duration;

use aion_benches::{EXAMPLES, Outcome, PHOTOS, THREADS, aion, example, photo};
use aion_core::{Aion, Config, Control, ImageSource, ParseOptions};
use criterion::{Criterion, SamplingMode, Throughput};

/// How often each example picture stands in a batch.
const ROUNDS: usize = 2;

fn main() -> Outcome {
    let mut criterion = Criterion::default().configure_from_args();
    preprocess(&mut criterion)?;
    parse(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}

/// Decoding, resizing, cropping and normalising, on one thread.
fn preprocess(criterion: &mut Criterion) -> Outcome {
    let aion = Aion::new(Config::default())?;
    let mut group = criterion.benchmark_group("decode and preprocess");
    group.sample_size(50).measurement_time(Duration::from_secs(8));
    for (size, name) in PHOTOS {
        let photo = photo(name)?;
        group.bench_function(size, |bench| {
            bench.iter(|| aion.clip_preprocess(black_box(&photo)).expect("the photograph is whole"));
        });
    }
    group.finish();
    Ok(())
}

/// Text and vector of eight pictures, by one call for all and by one call for each.
fn parse(criterion: &mut Criterion) -> Outcome {
    let aion = aion("models/clip-tiny", "git checkout models/clip-tiny")?;
    let pictures = EXAMPLES.map(example).into_iter().collect::<Result<Vec<_>, _>>()?;
    let sources = pictures.iter().map(ImageSource::from).collect::<Vec<_>>().repeat(ROUNDS);
    let (options, control) = (ParseOptions::default(), Control::default());

    let mut group = criterion.benchmark_group(format!("parse {} pictures, {THREADS} threads", sources.len()));
    group
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .measurement_time(Duration::from_secs(30))
        .throughput(Throughput::Elements(sources.len() as u64));
    group.bench_function("parse_images", |bench| {
        bench.iter(|| {
            let parsed = aion.parse_images(black_box(&sources), &options, &control);
            parsed.into_iter().collect::<Result<Vec<_>, _>>().expect("the pictures can be read")
        });
    });
    group.bench_function("parse_image one by one", |bench| {
        let parse = |source: &ImageSource<'_>| aion.parse_image(*source, &options, &control);
        bench
            .iter(|| black_box(&sources).iter().map(parse).collect::<Result<Vec<_>, _>>().expect("as above"));
    });
    group.finish();
    Ok(())
}
