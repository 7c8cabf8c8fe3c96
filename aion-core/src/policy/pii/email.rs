//! E-mail addresses.

use super::fold::LETTER;

/// RFC 5321 §4.5.3.1.
const MAX_LOCAL: usize = 64;
const MAX_DOMAIN: usize = 255;

/// What looks like a domain's end but is a file's, as in `logo@2x.png`.
const FILE_EXTENSIONS: &[&[u8]] = &[
    b"css", b"gif", b"htm", b"html", b"jpeg", b"jpg", b"js", b"json", b"pdf", b"php", b"png", b"svg", b"webp",
];

/// The first address whose `@` is at `from` or later; it does not begin before `floor`.
pub(super) fn next(line: &[u8], from: usize, floor: usize) -> Option<(usize, usize)> {
    let mut from = from;
    while let Some(offset) = line.get(from..)?.iter().position(|&b| b == b'@') {
        let at = from + offset;
        if let (Some(start), Some(end)) = (local_start(line, at, floor), domain_end(line, at + 1)) {
            return Some((start, end));
        }
        from = at + 1;
    }
    None
}

/// Where the local part before `at` begins. Of what RFC 5321 allows, only what addresses in use are made of
/// counts: the rest surrounds them in texts and addresses of pages.
fn local_start(line: &[u8], at: usize, floor: usize) -> Option<usize> {
    let window = &line[floor.max(at.saturating_sub(MAX_LOCAL)).min(at)..at];
    let length =
        window.iter().rev().take_while(|&&b| is_letter_or_digit(b) || b"._%+-'".contains(&b)).count();
    let lead = line[at - length..at].iter().take_while(|&&b| b".%+-'".contains(&b)).count();
    let local = &line[at - length + lead..at];
    let legal = !local.is_empty() && !local.ends_with(b".") && !local.windows(2).any(|pair| pair == b"..");
    legal.then_some(at - local.len())
}

/// Where the domain that begins at `start` ends: two labels at least, the last one of letters or punycode.
fn domain_end(line: &[u8], start: usize) -> Option<usize> {
    let window = &line[start..line.len().min(start + MAX_DOMAIN)];
    let length = window.iter().take_while(|&&b| is_letter_or_digit(b) || b == b'-' || b == b'.').count();
    let mut end = start;
    let mut at = start;
    for (index, label) in window[..length].split(|&b| b == b'.').enumerate() {
        if label.is_empty() || label.len() > 63 || label.starts_with(b"-") {
            break;
        }
        let trimmed = label.len() - label.iter().rev().take_while(|&&b| b == b'-').count();
        if index > 0 && is_top_level(&label[..trimmed]) {
            end = at + trimmed;
        }
        if trimmed < label.len() {
            break;
        }
        at += label.len() + 1;
    }
    let last = line[start..end].rsplit(|&b| b == b'.').next()?.to_ascii_lowercase();
    (end > start && !FILE_EXTENSIONS.contains(&last.as_slice())).then_some(end)
}

fn is_top_level(label: &[u8]) -> bool {
    label.len() >= 2
        && (label.iter().all(|&b| b.is_ascii_alphabetic() || b == LETTER) || label.starts_with(b"xn--"))
}

fn is_letter_or_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == LETTER
}
