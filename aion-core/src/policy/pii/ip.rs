//! Public IP addresses. What no person can have is none: private, local and documentation ranges, and what is
//! rather the number of a version or a section.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::number::{is_digit_at, is_word, stands_alone};

/// The longest spelling of an IPv6 address.
const MAX_V6: usize = 45;

/// The end of the address that begins at `start`.
pub(super) fn recognise(line: &[u8], start: usize) -> Option<usize> {
    version_4(line, start).or_else(|| version_6(line, start))
}

fn version_4(line: &[u8], start: usize) -> Option<usize> {
    let mut octets = [0u8; 4];
    let mut end = start;
    for (index, octet) in octets.iter_mut().enumerate() {
        let from = if index == 0 { start } else { end + 1 };
        if index > 0 && line.get(end) != Some(&b'.') {
            return None;
        }
        let length = line[from.min(line.len())..].iter().take(4).take_while(|b| b.is_ascii_digit()).count();
        let digits = std::str::from_utf8(line.get(from..from + length)?).ok()?;
        if digits.len() > 1 && digits.starts_with('0') {
            return None;
        }
        *octet = digits.parse().ok()?;
        end = from + length;
    }
    let whole = stands_alone(line, start, end) && !line.get(end).is_some_and(|&b| is_word(b));
    let version = octets.iter().all(|&octet| octet < 32) || follows_version(line, start);
    (whole && !version && is_public(Ipv4Addr::from(octets))).then_some(end)
}

/// Whether a word for a version stands before `start`.
fn follows_version(line: &[u8], start: usize) -> bool {
    let before = line[start.saturating_sub(12)..start].trim_ascii_end();
    let length = before.iter().rev().take_while(|&&b| is_word(b)).count();
    let word = before[before.len() - length..].to_ascii_lowercase();
    word.starts_with(b"vers")
        || [b"v".as_slice(), b"ver", b"release", b"build", b"firmware"].contains(&word.as_slice())
}

/// Not in the IANA registry of special-purpose addresses (RFC 6890), and not a whole network, as an anonymised
/// address ends.
fn is_public(address: Ipv4Addr) -> bool {
    let [a, b, c, d] = address.octets();
    !(a == 0
        || d == 0
        || a >= 224
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b)))
}

/// Global unicast (RFC 4291) of the blocks that are given out, which also keeps `std::vec` and times apart.
fn version_6(line: &[u8], start: usize) -> Option<usize> {
    let head = line.get(start..start + 5).unwrap_or_default();
    let begins = matches!(head, [b'2' | b'3', middle @ .., b':'] if middle.iter().all(u8::is_ascii_hexdigit));
    if !begins || (start > 0 && line[start - 1] == b':') {
        return None;
    }
    let window = &line[start..line.len().min(start + MAX_V6 + 1)];
    let length = window.iter().take_while(|&&b| b.is_ascii_hexdigit() || b == b':').count();
    let text = std::str::from_utf8(&window[..length]).ok()?;
    // A colon after an address is punctuation.
    let text = if text.ends_with("::") { text } else { text.strip_suffix(':').unwrap_or(text) };
    let address: Ipv6Addr = text.parse().ok().filter(|_| text.bytes().filter(|&b| b == b':').count() > 2)?;
    let end = start + text.len();
    let documentation = matches!(address.segments(), [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..]);
    let is_network = line.get(end) == Some(&b'/') && is_digit_at(line, end + 1);
    let is_whole = !line.get(end).is_some_and(|&b| is_word(b));
    (is_whole && !is_network && !documentation).then_some(end)
}
