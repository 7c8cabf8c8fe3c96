//! A picture of a stranger, as CLIP sees it: headers, the reader of smaller JPEGs, decoders, the resizer.

#![no_main]

use std::sync::LazyLock;

use aion_core::{Aion, Config, ImageSource};
use libfuzzer_sys::fuzz_target;

static AION: LazyLock<Aion> = LazyLock::new(|| {
    let mut config = Config::default();
    // What a picture may cost is bounded for the fuzzer's sake.
    config.max_image_pixels = 4 << 20;
    Aion::new(config).expect("the defaults are valid")
});

fuzz_target!(|bytes: &[u8]| {
    if let Ok((planes, edge)) = AION.clip_preprocess(ImageSource::Bytes(bytes)) {
        assert_eq!(planes.len(), 3 * (edge as usize).pow(2));
        assert!(planes.iter().all(|value| value.is_finite()));
    }
});
