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

/// The part of a text between two others.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let rest = text.split_once(from).unwrap_or_else(|| panic!("no {from:?} in {text}")).1;
    rest.split_once(to).unwrap_or_else(|| panic!("no {to:?} after {from:?}")).0
}

#[test]
fn the_loop_closes_and_the_report_tells_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let (said, report) = run(folder.path(), &[]);
    for (query, first) in [
        ("por que a maré alta vem mais tarde  (", "pt/mares.html"),
        ("garca real  (", "pt/garca.html"),
        ("red circle  (", "images/red-circle.png"),
        ("dragagem do porto  (", "images/aviso.jpg"),
        ("a picture  (", "images/blue-square.png"),
    ] {
        assert_eq!(between(&said, query, "2.").split("1. ").nth(1).unwrap().split(' ').next(), Some(first));
    }
    assert!(said.contains("15 approved, 5 refused"), "{said}");
    assert!(said.contains("20 to learn from, 1 rated too low, 1 said twice, 1 about"), "{said}");
    let [before, after] = [(" answered", ""); 0].is_empty().then(|| {
        let right = said.lines().find(|line| line.contains("answers right before")).unwrap();
        let numbers: Vec<usize> = right.split(' ').filter_map(|word| word.parse().ok()).collect();
        [numbers[0], numbers[2]]
    }).unwrap();
    assert!(before <= 2 && after >= 18, "{before} before, {after} after");
    for turn in ["local, confident, $0.00", "paid, granted, $0.00", "local, daily_cap, $0.00"] {
        assert!(said.contains(turn), "{turn}: {said}");
    }
}
