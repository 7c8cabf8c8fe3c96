//! Canonical URLs: the cases of the WHATWG standard, and properties that hold for any text.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

mod common;

use aion_core::{Blocklist, ErrorKind, canonical_url};
use proptest::prelude::*;
use serde_json::Value;

#[test]
fn the_cases_of_the_standard_are_met() {
    let Some(folder) = common::shared("testdata/web/url") else { return };
    let cases = std::fs::read_to_string(folder.join("urltestdata.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&cases).unwrap();
    let cases: Vec<_> = cases.iter().filter(|case| case.is_object()).collect();
    let failed: Vec<_> = cases.iter().filter(|case| !is_met(case)).collect();
    for case in &failed {
        eprintln!("{} against {}: {}", case["input"], case["base"], case["href"]);
    }
    eprintln!("{} of {} met", cases.len() - failed.len(), cases.len());
    // Where the `url` crate is behind the standard: drive letters and hosts of `file:`, spaces at the end of opaque
    // paths. No crawler follows those.
    let is_of_the_web = |case: &&&&Value| case["href"].as_str().is_none_or(|href| href.starts_with("http"));
    assert_eq!(failed.iter().filter(is_of_the_web).count(), 0);
}

/// Both refuse it; or what we make of the input is what we make of the standard's own spelling of it, which it is
/// itself, apart from the fragment, where nothing is left to normalise.
fn is_met(case: &Value) -> bool {
    let input = case["input"].as_str().unwrap();
    let ours = canonical_url(input, case["base"].as_str());
    let Some(href) = case["href"].as_str() else {
        return ours.is_err_and(|error| error.kind() == ErrorKind::InvalidInput);
    };
    let Ok(ours) = ours else { return false };
    let standard = href.split('#').next().unwrap();
    ours == standard
        || (is_rewritten(standard) && canonical_url(standard, None).is_ok_and(|same| same == ours))
}

/// Whether rules beyond the standard apply: escapes, or a query, of a URL of the web.
fn is_rewritten(href: &str) -> bool {
    href.starts_with("http") && href.contains(['%', '?'])
}

fn url_like() -> impl Strategy<Value = String> {
    let query = prop::collection::vec("(utm_x|gclid|sid|a|b|a\\[\\]|%61|%2|%%34)?=?[a-z%0-9;+.]{0,18}", 0..6);
    let path =
        prop::collection::vec("(\\.|\\.\\.|%2e|%2E%2e|%2%45|%|;jsessionid=1|[a-c%~ ;\u{e9}:]{0,5})", 0..6);
    let host = "(https?|HTTP|ftp|file|x):/{0,3}[a-cA-C.@:0-9%\u{e9}]{0,8}";
    (host, path, query).prop_map(|(host, path, query)| {
        format!("{host}/{}?{}#{}", path.join("/"), query.join("&"), path.join("?"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn canonical_is_a_fixed_point(url in url_like()) {
        if let Ok(first) = canonical_url(&url, None) {
            prop_assert_eq!(canonical_url(&first, None).unwrap(), first);
        }
    }

    #[test]
    fn no_text_makes_it_panic(url in ".{0,60}", base in "(https?://[a-z.]{1,8}/)?.{0,20}") {
        let blocklist = Blocklist::new(["example.com"]).unwrap();
        blocklist.blocks(&url);
        let _ = Blocklist::new([&url]);
        for first in [canonical_url(&url, Some(&base)), canonical_url(&url, None)].into_iter().flatten() {
            prop_assert_eq!(canonical_url(&first, None).unwrap(), first);
        }
    }

    #[test]
    fn a_blocked_site_is_blocked_with_all_below(host in "[a-c]{1,3}(\\.[a-c]{1,3}){0,2}", below in "([a-c]{1,2}\\.){0,2}") {
        let blocklist = Blocklist::new([&host]).unwrap();
        let blocks = |parts: &[&str]| blocklist.blocks(&["https://", &parts.concat(), "/"].concat());
        prop_assert!(blocks(&[&below, &host]));
        prop_assert!(!blocks(&["x", &host]));
        prop_assert!(!blocks(&[&host, ".x"]));
    }
}
