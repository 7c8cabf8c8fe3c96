//! Everything that a page and its server say of themselves.

#![no_main]

use aion_core::policy::{Language, PolicyOptions, PolicyPage, TdmFile, Use, check_policy, find_pii, scrub_pii};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str, &str, &str, &[u8])| {
    let (url, text, name, value, html) = input;
    let headers = [(name, value), ("X-Robots-Tag", value), ("Content-Usage", value), ("Content-Signal", value)];
    let page = PolicyPage { url, text, headers: &headers, html: Some(html), ..PolicyPage::default() };
    let verdict = check_policy(&page, &PolicyOptions::default());
    for reason in &verdict.reasons {
        assert!(!reason.message(Language::Portuguese).is_empty() && !reason.to_string().is_empty());
    }
    assert_eq!(verdict.ok(), verdict.allows(Use::Ingest));
    let scrubbed = scrub_pii(text);
    assert!(find_pii(&scrubbed).is_empty(), "an identifier was left");
    let _ = TdmFile::parse(html).map(|file| file.rights(url));
});
