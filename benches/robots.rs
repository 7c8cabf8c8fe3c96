//! `robots.txt` of 500 KiB: parsed, and asked about addresses. Files as sites have them, and hostile ones.

use std::fmt::Write;

use aion_benches::Outcome;
use aion_core::Robots;
use criterion::{BenchmarkId, Criterion, Throughput};

const SIZE: usize = 500 << 10;
const AGENT: &str = "AION/0.1 (+https://example.org)";
const WORDS: [&str; 10] =
    ["news", "archive", "product", "image", "search", "user", "tag", "page", "forum", "wiki"];

fn main() -> Outcome {
    let mut criterion = Criterion::default().configure_from_args();
    let mut state = 0x9e37_79b9_7f4a_7c15;
    let mut part = || word(&mut state);
    let urls: Vec<String> = (0..200)
        .map(|_| format!("https://www.example.com/{}/{}/{}.html?id={}", part(), part(), part(), part()))
        .collect();
    let long = format!("https://www.example.com/{}", "a".repeat(2_000));
    for (name, body) in files() {
        let mut group = criterion.benchmark_group(format!("robots: {name}"));
        group.bench_function("parse", |bench| bench.iter(|| Robots::parse(&body)));
        let robots = Robots::parse(&body);
        group.throughput(Throughput::Elements(urls.len() as u64));
        group.bench_function(BenchmarkId::new("allowed", "200 addresses"), |bench| {
            bench.iter(|| urls.iter().filter(|url| robots.allowed(AGENT, url)).count());
        });
        group.throughput(Throughput::Elements(1));
        group.bench_function(BenchmarkId::new("allowed", "2,000 characters"), |bench| {
            bench.iter(|| robots.allowed(AGENT, &long));
        });
        group.finish();
    }
    criterion.final_summary();
    Ok(())
}

fn files() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("as sites are", file(site_line)),
        ("20,000 rules of one prefix", file(|n, _| format!("Disallow: /a/{n:013}"))),
        ("wildcards between words", file(|_, s| format!("Disallow: /*{}*{}", word(s), word(s)))),
        ("wildcards between letters", file(letters)),
        ("lines of *a*a*a", file(|_, _| format!("Disallow: /{}", "*a".repeat(8_000)))),
        ("50,000 agents", file(|n, _| format!("User-agent:x{n:05}"))),
    ]
}

/// Some groups, one rule in twenty with wildcards.
fn site_line(number: usize, state: &mut u64) -> String {
    match number {
        n if n % 1_000 == 999 => format!("\nUser-agent: bot{n}\nUser-agent: AION"),
        n if n % 20 == 0 => format!("Disallow: /{}/*/{}$", word(state), word(state)),
        n if n % 7 == 0 => format!("Allow: /{}/{}/", word(state), word(state)),
        _ => format!("Disallow: /{}/{}?id={}", word(state), word(state), word(state)),
    }
}

fn letters(_: usize, state: &mut u64) -> String {
    let bits = random(state);
    let letter = |at: u64| char::from(b'a' + (bits >> (at * 5) & 0xf) as u8);
    (0..8).fold("Disallow: /".to_owned(), |rule, at| format!("{rule}*{}", letter(at)))
}

/// A file of [`SIZE`] whose lines `line` makes by number.
fn file(mut line: impl FnMut(usize, &mut u64) -> String) -> Vec<u8> {
    let (mut text, mut state, mut number) = (String::from("User-agent: *\n"), 0x2545_f491_4f6c_dd1d, 0);
    while text.len() < SIZE {
        let _ = writeln!(text, "{}", line(number, &mut state));
        number += 1;
    }
    text.truncate(SIZE);
    text.into_bytes()
}

fn word(state: &mut u64) -> String {
    let number = random(state);
    format!("{}{}", WORDS[number as usize % WORDS.len()], number >> 8 & 0xfff)
}

/// Xorshift: the same file in every run.
fn random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}
