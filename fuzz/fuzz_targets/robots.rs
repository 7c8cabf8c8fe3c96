//! `robots.txt` of a stranger, asked about addresses of a stranger.

#![no_main]

use aion_core::Robots;
use libfuzzer_sys::fuzz_target;

const AGENT: &str = "AION/0.1";

fuzz_target!(|input: (&[u8], &str)| {
    let (body, url) = input;
    let robots = Robots::parse(body);
    let rules = robots.agent(AGENT);
    assert_eq!(rules.allowed(url), robots.allowed(AGENT, url), "asked twice, answered differently");
    assert!(robots.allowed(AGENT, "/robots.txt"));
    let day = std::time::Duration::from_secs(24 * 60 * 60);
    assert!(rules.crawl_delay().is_none_or(|delay| delay <= day));
    let _ = (robots.content_usage(AGENT, url), robots.content_signal(AGENT, url), robots.sitemaps().len());
});
