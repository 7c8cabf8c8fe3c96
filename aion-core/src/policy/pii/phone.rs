//! Phone numbers: international ones behind a `+`, and Brazilian ones with their area code.

use super::number::{is_digit_at, is_word, stands_alone};

/// The longest international number (ITU-T E.164 §6.2.1).
const MAX_DIGITS: usize = 15;
/// Shorter ones are scores and sums more often than numbers of small countries.
const MIN_DIGITS: usize = 9;

/// The end of the international number whose `+` is at `plus`.
pub(super) fn international(line: &[u8], plus: usize) -> Option<usize> {
    if plus > 0 && is_word(line[plus - 1]) {
        return None;
    }
    let mut digits: Vec<u8> = Vec::with_capacity(MAX_DIGITS);
    let mut end = plus + 1;
    let mut next = after_separators(line, plus + 1)?;
    loop {
        let group_end = end_of_digits(line, next, MAX_DIGITS + 1);
        let fits = digits.len() + group_end - next <= MAX_DIGITS;
        if !fits || line.get(group_end).is_some_and(|&b| is_word(b)) {
            break;
        }
        digits.extend_from_slice(&line[next..group_end]);
        end = group_end;
        if digits.len() >= *lengths(&digits).end() {
            break;
        }
        let Some(at) = after_separators(line, end) else { break };
        next = at;
    }
    let round = digits.len() >= 6 && digits[digits.len() - 6..].iter().all(|&b| b == b'0');
    (has_country_code(&digits) && lengths(&digits).contains(&digits.len()) && !round).then_some(end)
}

/// How many digits a number has that begins with these.
fn lengths(digits: &[u8]) -> std::ops::RangeInclusive<usize> {
    match digits {
        [b'1' | b'7', ..] => 11..=11,
        [b'5', b'5', ..] => 12..=13,
        _ => MIN_DIGITS..=MAX_DIGITS,
    }
}

/// The place of the digit that follows up to two separators.
fn after_separators(line: &[u8], from: usize) -> Option<usize> {
    (from..=from + 2)
        .find(|&at| is_digit_at(line, at))
        .filter(|&at| line[from..at].iter().all(|b| b" .-/()".contains(b)))
}

fn end_of_digits(line: &[u8], from: usize, limit: usize) -> usize {
    from + line[from..].iter().take(limit).take_while(|b| b.is_ascii_digit()).count()
}

/// Whether these digits begin with an assigned country code.
fn has_country_code(digits: &[u8]) -> bool {
    let [a, b, c, ..] = digits else { return false };
    let known =
        |(two, thirds): &([u8; 2], &[u8])| *two == [*a, *b] && (thirds.is_empty() || thirds.contains(c));
    matches!(a, b'1' | b'7') || COUNTRY_CODES.iter().any(known)
}

/// The first two digits of a country code, and which may be the third; none if the code has two
/// (ITU-T, list of assigned country codes to E.164).
#[rustfmt::skip]
const COUNTRY_CODES: &[([u8; 2], &[u8])] = &[
    (*b"20", b""), (*b"21", b"12368"), (*b"22", b"0123456789"), (*b"23", b"0123456789"),
    (*b"24", b"0123456789"), (*b"25", b"012345678"), (*b"26", b"0123456789"), (*b"27", b""),
    (*b"29", b"01789"), (*b"30", b""), (*b"31", b""), (*b"32", b""), (*b"33", b""), (*b"34", b""),
    (*b"35", b"0123456789"), (*b"36", b""), (*b"37", b"0123456789"), (*b"38", b"01235679"), (*b"39", b""),
    (*b"40", b""), (*b"41", b""), (*b"42", b"013"), (*b"43", b""), (*b"44", b""), (*b"45", b""),
    (*b"46", b""), (*b"47", b""), (*b"48", b""), (*b"49", b""), (*b"50", b"0123456789"), (*b"51", b""),
    (*b"52", b""), (*b"53", b""), (*b"54", b""), (*b"55", b""), (*b"56", b""), (*b"57", b""), (*b"58", b""),
    (*b"59", b"0123456789"), (*b"60", b""), (*b"61", b""), (*b"62", b""), (*b"63", b""), (*b"64", b""),
    (*b"65", b""), (*b"66", b""), (*b"67", b"023456789"), (*b"68", b"012356789"), (*b"69", b"012"),
    (*b"80", b"08"), (*b"81", b""), (*b"82", b""), (*b"84", b""), (*b"85", b"02356"), (*b"86", b""),
    (*b"87", b"08"), (*b"88", b"012368"), (*b"90", b""), (*b"91", b""), (*b"92", b""), (*b"93", b""),
    (*b"94", b""), (*b"95", b""), (*b"96", b"012345678"), (*b"97", b"012345679"), (*b"98", b""),
    (*b"99", b"234568"),
];

/// The end of the Brazilian number whose area code stands in brackets: `open` is the place of the `(`.
/// Such as `(11) 91234-5678`, `(0xx11) 3333-4444`.
pub(super) fn in_brackets(line: &[u8], open: usize) -> Option<usize> {
    let inner = &line[open + 1..line.len().min(open + 8)];
    let close = inner.iter().position(|&b| b == b')')?;
    let code = inner[..close].strip_prefix(b"0").unwrap_or(&inner[..close]);
    let code = code.strip_prefix(b"xx").or_else(|| code.strip_prefix(b"XX")).unwrap_or(code);
    if !is_area_code(code) {
        return None;
    }
    let after = open + 1 + close + 1;
    let skip = usize::from(line.get(after).is_some_and(|b| b" -.".contains(b)));
    subscriber(line, after + skip).map(|found| found.end)
}

/// The end of the Brazilian number whose area code begins at `start` without brackets: a mobile such as
/// `11 91234-5678`, or a landline with its hyphen such as `11 3333-4444`.
pub(super) fn national(line: &[u8], start: usize) -> Option<usize> {
    let code_end = end_of_digits(line, start, 4);
    let code = &line[start..code_end];
    let code = code.strip_prefix(b"0").unwrap_or(code);
    let separator = *line.get(code_end)?;
    if !is_area_code(code) || !b" -.".contains(&separator) {
        return None;
    }
    let found = subscriber(line, code_end + 1)?;
    let sure =
        if found.mobile { found.separated || separator == b' ' } else { found.hyphen && separator == b' ' };
    (sure && stands_alone(line, start, found.end)).then_some(found.end)
}

struct Subscriber {
    end: usize,
    mobile: bool,
    separated: bool,
    hyphen: bool,
}

/// Eight digits, or nine that begin with 9 (Anatel, resolution 553/2010), whole or with a separator before
/// the last four.
fn subscriber(line: &[u8], start: usize) -> Option<Subscriber> {
    let ninth_apart =
        line.get(start) == Some(&b'9') && line.get(start + 1).is_some_and(|b| b" .-".contains(b));
    let from = if ninth_apart { start + 2 } else { start };
    let first_end = end_of_digits(line, from, 10);
    let separator = line.get(first_end).copied().filter(|b| b"-. ".contains(b));
    let (end, separated) = match (first_end - from, separator) {
        (8 | 9, _) => (first_end, false),
        (4 | 5, Some(_)) if end_of_digits(line, first_end + 1, 5) == first_end + 5 => (first_end + 5, true),
        _ => return None,
    };
    let count = first_end - from + if separated { 4 } else { 0 } + usize::from(ninth_apart);
    let mobile = count == 9;
    let first_digit = line[start];
    let legal = if mobile { first_digit == b'9' } else { count == 8 && (b'2'..=b'9').contains(&first_digit) };
    let years = separated && !mobile && is_year(&line[from..first_end]) && is_year(&line[end - 4..end]);
    let whole = !line.get(end).is_some_and(|&b| is_word(b));
    (legal && whole && !years).then_some(Subscriber {
        end,
        mobile,
        separated,
        hyphen: separated && separator == Some(b'-'),
    })
}

fn is_year(digits: &[u8]) -> bool {
    matches!(digits, [b'1', b'9', _, _] | [b'2', b'0', _, _])
}

/// The area codes in use (Anatel, Plano Geral de Códigos Nacionais).
fn is_area_code(code: &[u8]) -> bool {
    let [a @ b'0'..=b'9', b @ b'0'..=b'9'] = code else { return false };
    matches!(
        (a - b'0') * 10 + (b - b'0'),
        11..=19 | 21 | 22 | 24 | 27 | 28 | 31..=35 | 37 | 38 | 41..=49 | 51 | 53..=55 | 61..=69 | 71 | 73..=75 | 77 | 79
            | 81..=89 | 91..=99
    )
}
