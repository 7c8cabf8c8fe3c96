//! The state file: go on after a kill, ask again only for what may have changed.

use std::collections::HashSet;
use std::io::Write as _;
use std::path::Path;

use aion_core::crawl::Skip;
use aion_core::{Control, ErrorKind};

use crate::server::*;

const PAGES: u64 = 200;

fn tree() -> Server {
    Server::new(|request| {
        let number: u64 = request.path[1..].parse().unwrap_or(1);
        let tag = format!("\"{number}\"");
        if number > PAGES || request.path.starts_with("/.well") || request.path == "/robots.txt" {
            return not_found();
        }
        // Page 7 changes all the time.
        if number != 7 && request.headers.get("if-none-match") == Some(&tag) {
            return response(304, "text/html", &[], "");
        }
        let links = [format!("/{}", number * 2), format!("/{}", number * 2 + 1)];
        let text = page_html(&format!("{number} {}", request.before), &[&links[0], &links[1]]);
        response(200, "text/html", &[&format!("ETag: {tag}")], text)
    })
}

fn take(server: &Server, state: &Path, most: usize) -> Vec<String> {
    let mut options = options();
    options.state = Some(state.to_owned());
    let crawl = start(server, "/1", &options);
    crawl.take(most).map(|page| page.unwrap().url).collect()
}

#[test]
fn an_interrupted_crawl_goes_on_and_loses_nothing() {
    let (server, folder) = (tree(), tempfile::tempdir().unwrap());
    let state = folder.path().join("state");
    let mut taken = Vec::new();
    for most in [5, 40, 1, 60] {
        let part = take(&server, &state, most);
        assert_eq!(part.len(), most);
        taken.push(part);
        // A line that a kill has cut.
        std::fs::OpenOptions::new().append(true).open(&state).unwrap().write_all(b"-\thttp://127").unwrap();
    }
    taken.push(take(&server, &state, usize::MAX));
    let all: HashSet<&String> = taken.iter().flatten().collect();
    assert_eq!(all.len() as u64, PAGES);
    let repeats = taken.iter().map(Vec::len).sum::<usize>() - all.len();
    assert!(repeats <= 4, "only the page in hand may come again: {repeats}");
    let numbers = server
        .paths()
        .iter()
        .filter_map(|path| path[1..].parse().ok())
        .filter(|&it: &u64| it <= PAGES)
        .count();
    assert!(numbers as u64 - PAGES < 4 * 24, "{numbers} fetches: only those in flight are made again");
    assert_eq!(take(&server, &state, usize::MAX), [server.url("/7")], "the next run knows all parts");
}

#[test]
fn a_finished_crawl_asks_only_for_changes() {
    let (server, folder) = (tree(), tempfile::tempdir().unwrap());
    let state = folder.path().join("state");
    assert_eq!(take(&server, &state, usize::MAX).len() as u64, PAGES);
    let mut options = options();
    options.state = Some(state.clone());
    for _ in 0..2 {
        let mut crawl = start(&server, "/1", &options);
        let changed: Vec<String> = crawl.by_ref().map(|page| page.unwrap().url).collect();
        assert_eq!(changed, [server.url("/7")]);
        assert_eq!(crawl.stats().skipped(Skip::NotModified) as u64, PAGES - 1);
    }
}

#[test]
fn a_state_file_has_one_crawl_and_one_seed() {
    let (server, folder) = (tree(), tempfile::tempdir().unwrap());
    let state = folder.path().join("state");
    let mut options = options();
    options.state = Some(state.clone());
    let crawl = start(&server, "/1", &options);
    let fails = |seed: &str| {
        let error = aion().crawl(&server.url(seed), &options, &Control::default()).unwrap_err();
        error.kind()
    };
    assert_eq!(fails("/1"), ErrorKind::Unavailable);
    drop(crawl);
    assert_eq!(fails("/2"), ErrorKind::InvalidArgument);
    std::fs::write(&state, "something else\n").unwrap();
    assert_eq!(fails("/1"), ErrorKind::InvalidInput);
    assert_eq!(std::fs::read_to_string(&state).unwrap(), "something else\n", "what is not ours stays");
}
