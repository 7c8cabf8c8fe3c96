//! Robots: the cases of RFC 9309, Google and others, and properties that hold for any bytes.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use aion_core::Robots;
use proptest::prelude::*;
use serde_json::Value;

/// Cases whose source contradicts Google's own tests of the same file: Google's hold.
const CONTRADICTED: &[&str] = &["texting-180", "texting-185"];

#[test]
fn the_known_cases_are_met() {
    let Some(folder) = common::shared("testdata/web/robots") else { return };
    let cases = std::fs::read_to_string(folder.join("cases.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&cases).unwrap();
    let mut counts: BTreeMap<&str, (usize, Vec<&str>)> = BTreeMap::new();
    for case in &cases {
        let (total, failed) = counts.entry(case["level"].as_str().unwrap()).or_default();
        *total += 1;
        if !is_met(case, &folder) {
            failed.push(case["id"].as_str().unwrap());
        }
    }
    for (level, (total, failed)) in &counts {
        eprintln!("{level}: {} of {total}, failed {failed:?}", total - failed.len());
        assert!(failed.iter().all(|id| CONTRADICTED.contains(id)), "{level}: {failed:?}");
    }
}

fn is_met(case: &Value, folder: &Path) -> bool {
    let robots = Robots::parse(&body(case, folder));
    let agent = case["agent"].as_str().unwrap();
    match case["url"].as_str() {
        Some(url) => robots.allowed(agent, url) == case["allowed"].as_bool().unwrap(),
        None => {
            let delay = robots.crawl_delay(agent).map(|delay| delay.as_secs_f64());
            delay == case["crawl_delay"].as_f64()
        }
    }
}

fn body(case: &Value, folder: &Path) -> Vec<u8> {
    if let Some(text) = case["robots"].as_str() {
        return text.as_bytes().to_vec();
    }
    match case["robots_file"].as_str() {
        Some(file) => std::fs::read(folder.join(file)).unwrap(),
        None => base64(case["robots_b64"].as_str().unwrap()),
    }
}

fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.bytes().filter_map(|byte| ALPHABET.iter().position(|&digit| digit == byte));
    let bits: Vec<bool> =
        digits.flat_map(|digit| (0..6).rev().map(move |bit| digit >> bit & 1 == 1)).collect();
    let octet = |bits: &[bool]| bits.iter().fold(0, |octet, &bit| octet << 1 | u8::from(bit));
    bits.chunks_exact(8).map(octet).collect()
}

/// What RFC 9309 and Google's documentation say, without a thought for time: for texts without escapes.
fn reference_allows(rules: &[(bool, String)], path: &str) -> bool {
    let matching = |is_allow: bool| {
        let chosen = rules.iter().filter(|(allow, value)| *allow == is_allow && !value.is_empty());
        let matched = chosen.filter(|(_, value)| reference_matches(value.as_bytes(), path.as_bytes()));
        matched.map(|(_, value)| value.len()).max().unwrap_or(0)
    };
    matching(true) >= matching(false)
}

fn reference_matches(pattern: &[u8], path: &[u8]) -> bool {
    match (pattern, path) {
        ([], _) => true,
        ([b'$'], rest) => rest.is_empty(),
        ([b'*', rest @ ..], _) => (0..=path.len()).any(|at| reference_matches(rest, &path[at..])),
        ([a, pattern @ ..], [b, path @ ..]) if a == b => reference_matches(pattern, path),
        _ => false,
    }
}

fn rules() -> impl Strategy<Value = Vec<(bool, String)>> {
    prop::collection::vec((any::<bool>(), "/?[ab/*]{0,7}[ab*$]?"), 0..12)
}

fn file(rules: &[(bool, String)]) -> String {
    let line = |(is_allow, value): &(bool, String)| {
        format!("{}: {value}\n", if *is_allow { "Allow" } else { "Disallow" })
    };
    format!("User-agent: *\n{}", rules.iter().map(line).collect::<String>())
}

/// Lines that look like a robots.txt, mixed with bytes that do not.
fn body_like() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        "(User-agent|Disallow|Allow|Crawl-delay|Sitemap|Content-Usage|Content-Signal) ?:? ?[ -~]{0,24}"
            .prop_map(String::into_bytes),
        "(User-agent|Disallow|Allow): ?[*/$%a-c0-9\u{e9}]{0,12}".prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..24),
    ];
    prop::collection::vec(line, 0..16).prop_map(|lines| lines.join(&b'\n'))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic(body in body_like(), agent in ".{0,12}", url in "(https?://[a-c.]{0,6})?.{0,24}") {
        let robots = Robots::parse(&body);
        for agent in [agent.as_str(), "*", "a"] {
            robots.allowed(agent, &url);
            robots.crawl_delay(agent);
            robots.content_usage(agent, &url);
            robots.content_signal(agent, &url);
        }
    }

    #[test]
    fn line_ends_do_not_matter(rules in rules(), path in "/[ab/]{0,8}", ends in prop::collection::vec(0..4_usize, 16)) {
        let plain = file(&rules);
        let ends = ends.iter().cycle().map(|&end| ["\n", "\r", "\r\n", "\r\n\n"][end]);
        let mixed: String = plain.lines().zip(ends).flat_map(|(line, end)| [line, end]).collect();
        let answers = |body: &str| Robots::parse(body.as_bytes()).allowed("AION", &path);
        prop_assert_eq!(answers(&plain), answers(&mixed));
    }

    #[test]
    fn answers_are_those_of_a_simple_matcher(rules in rules(), path in "/[ab/]{0,10}") {
        prop_assert_eq!(
            Robots::parse(file(&rules).as_bytes()).allowed("AION", &format!("http://x{path}")),
            reference_allows(&rules, &path),
            "{}", file(&rules)
        );
    }

    #[test]
    fn an_escape_never_opens_a_door(rules in rules(), path in "/[ab/]{1,8}") {
        let robots = Robots::parse(file(&rules).as_bytes());
        let disguised = path.replace('a', "%61").replace('b', "%62");
        let (path, disguised) = (format!("http://x{path}"), format!("http://x{disguised}"));
        prop_assert!(robots.allowed("AION", &path) || !robots.allowed("AION", &disguised));
    }
}
