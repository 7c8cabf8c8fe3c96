//! Bytes of any charset under any header.

#![no_main]

use aion_core::{ExtractOptions, extract_text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &[u8])| {
    let (content_type, html) = input;
    let mut options = ExtractOptions::default();
    options.content_type = Some(content_type.to_owned());
    let page = extract_text(html, &options).expect("every page below the limit is read");
    assert!(!page.charset.is_empty());
});
