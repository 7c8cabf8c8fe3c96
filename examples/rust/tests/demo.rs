//! `make demo`, run whole: what it says and what its report shows.

use std::path::Path;
use std::process::Command;

/// Runs the loop and gives what it printed and its report.
fn run(output: &Path, pictures: &[&str]) -> (String, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_demo")).arg(output).args(pictures).output().unwrap();
    let (said, wrong) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{said}{wrong}");
    (said.into_owned(), std::fs::read_to_string(output.join("report.html")).unwrap())
}

/// The source of the first hit of a query.
fn first_hit<'a>(said: &'a str, query: &str) -> Option<&'a str> {
    let hits = said.split_once(&format!("\n{query}  ("))?.1;
    hits.split_once("1. ")?.1.split(' ').next()
}

/// The numbers of the line that has `words`.
fn numbers(said: &str, words: &str) -> Vec<usize> {
    let line =
        said.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("no {words:?}: {said}"));
    line.split(|letter: char| !letter.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect()
}

#[test]
fn the_loop_closes_and_does_so_again() {
    let folder = tempfile::tempdir().unwrap();
    let (said, report) = run(folder.path(), &[]);
    assert_eq!(numbers(&said, "each decision is in the store"), [15, 5]);
    assert_eq!(numbers(&said, "conversations:"), [23, 20, 1, 1, 1]);
    for (query, found) in [
        ("por que a maré alta vem mais tarde", "pt/mares.html"),
        ("garca real", "pt/garca.html"),
        ("red circle", "images/red-circle.png"),
        ("doca interior", "images/aviso.jpg"),
        ("a picture", "images/blue-square.png"),
    ] {
        assert_eq!(first_hit(&said, query), Some(found), "{query}: {said}");
    }
    let &[before, all, after] = &*numbers(&said, "answers right before") else { panic!("{said}") };
    assert!(before <= 2 && after >= 18 && all == 28, "{before} before, {after} after");
    for turn in ["local, confident, $0.00:", "paid, granted, $0.00", "local, daily_cap, $0.00:"] {
        assert!(said.contains(turn), "{turn} {said}");
    }
    check_report(&report, 11);

    let letter = concat!(env!("CARGO_MANIFEST_DIR"), "/../images/letter.jpg");
    let (said, report) = run(folder.path(), &[letter]);
    assert_eq!(numbers(&said, "chunks,")[..2], [15, 12], "nothing is there twice");
    assert!(report.contains("<strong>letter.jpg</strong>") && report.contains("a scanned letter"));
    check_report(&report, 12);
}

/// Nothing is beside the page, and what happened is in it.
fn check_report(report: &str, pictures: usize) {
    for attribute in ["src=\"", "href=\""] {
        let values = report.split(attribute).skip(1);
        assert!(values.clone().all(|value| value.starts_with("data:")), "{attribute} leads out of the page");
    }
    assert!(!report.contains("<script") && !report.contains("url(") && !report.contains("@import"));
    assert_eq!(report.matches("<figure class=\"card\">").count(), pictures);
    assert_eq!(report.matches("chip bad\">refused").count(), 5);
    assert!(report.matches("<mark>").count() > 5);
    for fact in [
        "1 e-mail address, 1 phone number",
        "robots.txt disallows it",
        "the page says noai",
        "PORTO DE QUILLMOOR",
        "Loss over 300 updates",
        "percent of the day's money spent",
        "daily_cap",
        "The books agree with the journal.",
    ] {
        assert!(report.contains(fact), "{fact}");
    }
}

#[test]
fn what_it_can_not_do_it_says() {
    let done = Command::new(env!("CARGO_BIN_EXE_demo")).output().unwrap();
    assert!(!done.status.success() && String::from_utf8_lossy(&done.stderr).contains("usage: demo"));
    let folder = tempfile::tempdir().unwrap();
    let done =
        Command::new(env!("CARGO_BIN_EXE_demo")).arg(folder.path()).arg("no-such.png").output().unwrap();
    assert!(!done.status.success() && String::from_utf8_lossy(&done.stderr).contains("no-such.png"));
    assert!(!folder.path().join("report.html").exists());
}
