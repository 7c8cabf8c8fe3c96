//! Fixes of single characters.

use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;

use super::codecs::modern_c1;

/// Terminal escapes, such as those that set a colour.
static TERMINAL_ESCAPE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\x1b\[(?:\d|;)*[a-zA-Z]").expect("a constant regex"));

/// Writes the Windows-1252 characters for C1 control characters, as browsers do. `None` where there are none.
pub(super) fn fix_c1_controls(text: &str) -> Option<String> {
    let is_c1 = |c| matches!(c, '\u{80}'..='\u{9f}');
    text.contains(is_c1).then(|| text.chars().map(modern_c1).collect())
}

/// C1 controls, ligatures, fullwidth and halfwidth forms, and curly quotes.
pub(super) fn fix_characters(text: String) -> String {
    if text.is_ascii() {
        return text;
    }
    let mut fixed = String::with_capacity(text.len());
    for c in text.chars().map(modern_c1) {
        match c {
            '\u{3000}' => fixed.push(' '),
            '\u{ff01}'..='\u{ffef}' => fixed.extend([c].into_iter().nfkc()),
            _ => match ligature(c) {
                Some(letters) => fixed.push_str(letters),
                None => fixed.push(straight_quote(c)),
            },
        }
    }
    fixed
}

/// The letters of a Latin ligature or digraph that is an artefact; ones meant as letters, such as æ, are kept.
fn ligature(c: char) -> Option<&'static str> {
    Some(match c {
        'Ĳ' => "IJ",
        'ĳ' => "ij",
        // Its apostrophe is one of the quotes to be straightened.
        'ŉ' => "'n",
        'Ǳ' => "DZ",
        'ǲ' => "Dz",
        'ǳ' => "dz",
        'Ǆ' => "DŽ",
        'ǅ' => "Dž",
        'ǆ' => "dž",
        'Ǉ' => "LJ",
        'ǈ' => "Lj",
        'ǉ' => "lj",
        'Ǌ' => "NJ",
        'ǋ' => "Nj",
        'ǌ' => "nj",
        'ﬀ' => "ff",
        'ﬁ' => "fi",
        'ﬂ' => "fl",
        'ﬃ' => "ffi",
        'ﬄ' => "ffl",
        'ﬅ' => "ſt",
        'ﬆ' => "st",
        _ => return None,
    })
}

fn straight_quote(c: char) -> char {
    match c {
        '\u{2bc}' | '\u{2018}'..='\u{201b}' => '\'',
        '\u{201c}'..='\u{201f}' => '"',
        _ => c,
    }
}

/// Writes `\n` for every other line break.
pub(super) fn fix_line_breaks(text: String) -> String {
    let is_other = |c| matches!(c, '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
    match text.contains(is_other) {
        true => text.replace("\r\n", "\n").replace(is_other, "\n"),
        false => text,
    }
}

/// Drops the escapes by which a terminal is told of colours and the like.
pub(super) fn remove_terminal_escapes(text: String) -> String {
    match text.contains('\x1b') {
        true => TERMINAL_ESCAPE.replace_all(&text, "").into_owned(),
        false => text,
    }
}

/// Drops control characters that have no place in a text. Those that are white space, that join letters or set
/// their direction are kept.
pub(super) fn remove_control_chars(mut text: String) -> String {
    text.retain(|c| !is_unwanted(c));
    text
}

fn is_unwanted(c: char) -> bool {
    matches!(
        c,
        '\0'..='\x08'
            | '\x0b'
            | '\x0e'..='\x1f'
            | '\x7f'
            | '\u{206a}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffc}'
    )
}
