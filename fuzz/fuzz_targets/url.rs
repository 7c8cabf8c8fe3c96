//! Addresses, bases and blocklists of a stranger.

#![no_main]

use aion_core::{Blocklist, canonical_url};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (text, base) = input;
    for base in [None, Some(base)] {
        if let Ok(url) = canonical_url(text, base) {
            let again = canonical_url(&url, None).expect("a canonical address is an address");
            assert_eq!(url, again, "canonical twice, spelled differently");
            assert!(url.is_ascii() && !url.contains('#'));
        }
    }
    if let Ok(blocklist) = Blocklist::new([text]) {
        let _ = blocklist.blocks(base);
        assert!(!blocklist.blocks("https://not-on-any-list.invalid/") || text.contains("invalid"));
    }
});
