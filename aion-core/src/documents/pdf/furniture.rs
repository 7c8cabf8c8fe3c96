//! What every page repeats: headers, footers and page numbers.

use std::collections::HashMap;

use super::paragraphs::Line;

/// The share of a page, at its top and its bottom, that furniture stands in.
const EDGE: f32 = 0.12;
/// Pages that repeat a line before it is furniture.
const MIN_PAGES: usize = 3;
/// Lines at either edge that are looked at.
const MAX_LINES: usize = 4;

/// Leaves out page numbers, and every repetition of a line at the edge of pages but the first.
pub(super) fn remove(pages: Vec<&mut Vec<Line>>) {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for page in &pages {
        let mut found: Vec<String> = page.iter().filter(|line| is_at_edge(line)).map(pattern).collect();
        found.sort();
        found.dedup();
        found.truncate(2 * MAX_LINES);
        found.into_iter().for_each(|line| *counts.entry(line).or_default() += 1);
    }
    let needed = MIN_PAGES.max(pages.len() / 4);
    let is_single = pages.len() < 2;
    for page in pages {
        page.retain(|line| {
            if is_single || !is_at_edge(line) {
                return true;
            }
            let pattern = pattern(line);
            if is_page_number(&pattern) {
                return false;
            }
            match counts.get_mut(&pattern) {
                Some(count) if *count == usize::MAX => false,
                Some(count) if *count >= needed => {
                    *count = usize::MAX;
                    true
                }
                _ => true,
            }
        });
    }
}

fn is_at_edge(line: &Line) -> bool {
    let height = line.page_height.max(1.0);
    // Turned pages count from below zero.
    let at = (line.baseline / height).rem_euclid(1.0);
    !(EDGE..=1.0 - EDGE).contains(&at)
}

/// The line with every number as `#`: page numbers change.
fn pattern(line: &Line) -> String {
    let mut pattern = String::new();
    for character in line.text().chars().filter(|character| !character.is_whitespace()) {
        match character.is_numeric() {
            true if pattern.ends_with('#') => {}
            true => pattern.push('#'),
            false => pattern.extend(character.to_lowercase()),
        }
    }
    pattern
}

/// A number alone, or between the marks and words that go with page numbers.
fn is_page_number(pattern: &str) -> bool {
    let rest = pattern.replace(['-', '–', '—', '|', '/', '.', '[', ']', '(', ')'], "");
    matches!(
        rest.as_str(),
        "#" | "##"
            | "page#"
            | "page#of#"
            | "#of#"
            | "p#"
            | "página#"
            | "página#de#"
            | "#de#"
            | "seite#"
            | "seite#von#"
            | "page#sur#"
            | "pág#"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_numbers_are_known_by_their_pattern() {
        for text in ["#", "-#-", "page#of#", "#/#", "|#"] {
            assert!(is_page_number(text), "{text}");
        }
        assert!(!is_page_number("chapter#"));
    }
}
