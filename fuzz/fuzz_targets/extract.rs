//! A page of a stranger.

#![no_main]

use aion_core::{ExtractOptions, extract_text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|html: &[u8]| {
    let mut options = ExtractOptions::default();
    options.url = Some("https://example.com/a/b".into());
    let page = extract_text(html, &options).expect("every page below the limit is read");
    assert!(page.text.lines().all(|line| !line.trim().is_empty()), "an empty paragraph");
    assert_eq!(page, extract_text(html, &options).expect("as before"), "read twice, read differently");
});
