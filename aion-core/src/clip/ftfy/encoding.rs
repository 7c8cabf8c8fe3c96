//! Mojibake: UTF-8 that was decoded as something else, found by its badness and undone.

use super::Budget;
use super::badness::is_bad;
use super::codecs::CODECS;
use super::fixes::fix_c1_controls;

/// Texts within texts that are looked at. Each is shorter than the one it lies in; this bounds the stack.
const MAX_DEPTH: usize = 16;

/// Characters of the bytes C2 to DF, beside the ranges of [`continuations_of`].
const FIRST_OF_2: &str = "ĀĂĆČĎĐĒĖĘĚĞĢĪİĶĹĻŁŃŅŇŌŐŘŚŞŠŢŪŮŰŲŹŻŽ";

/// Characters of the bytes E0 to EF, beside the ranges of [`continuations_of`].
const FIRST_OF_3: &str = "āăąćčďēėęěģīįķĺļŕź";

/// Characters of the bytes F0 and F3; the others lead only to unassigned characters.
const FIRST_OF_4: &str = "ðóđğšπσру";

/// Characters of the bytes 80 to BF, beside the ranges of [`continues_strictly`].
const CONTINUATIONS: &str = "ÆØæøĄąĽľŁłŒœŖŗŚśŞşŠšŤťŸŹźŻżŽžƒˆˇ˘˛˜˝΄΅ΆΌΎΏҐґ†‡‰‹›€№™";

/// `ftfy.fix_encoding`: undoes mojibake, layer by layer.
pub(super) fn fix_encoding(text: String, budget: &mut Budget) -> String {
    fix_nested(text, budget, 0)
}

fn fix_nested(mut text: String, budget: &mut Budget, depth: usize) -> String {
    while let Some(fixed) = fix_layer(&text, budget, depth) {
        if fixed == text {
            break;
        }
        text = fixed;
    }
    text
}

/// Undoes one layer, where there is one.
fn fix_layer(text: &str, budget: &mut Budget, depth: usize) -> Option<String> {
    if text.is_ascii() || !is_bad(text) || !budget.spend(text.len()) {
        return None;
    }
    // One that decodes is the answer, even where it says that nothing changes.
    let whole = CODECS.iter().find_map(|codec| codec.undo(text));
    whole.or_else(|| fix_parts(text, budget, depth)).or_else(|| fix_c1_controls(text))
}

/// `ftfy.fixes.decode_inconsistent_utf8`: undoes the mojibake of single sequences, in a text that can not be
/// decoded as a whole.
fn fix_parts(text: &str, budget: &mut Budget, depth: usize) -> Option<String> {
    let mut fixed = String::with_capacity(text.len());
    let mut previous = None;
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        // After a strict continuation, it would be a few characters out of a large garble.
        let length = if previous.is_some_and(continues_strictly) { 0 } else { sequences(rest) };
        let (part, tail) = rest.split_at(length.max(character.len_utf8()));
        match length {
            1.. if length < text.len() && depth < MAX_DEPTH => {
                fixed.push_str(&fix_nested(part.to_owned(), budget, depth + 1));
            }
            _ => fixed.push_str(part),
        }
        previous = part.chars().next_back();
        rest = tail;
    }
    (fixed != text).then_some(fixed)
}

/// Length of the run of characters at the beginning of `text` that stand for the bytes of UTF-8.
fn sequences(text: &str) -> usize {
    let mut rest = text;
    while let Some(tail) = after_sequence(rest) {
        rest = tail;
    }
    text.len() - rest.len()
}

fn after_sequence(text: &str) -> Option<&str> {
    let mut chars = text.chars();
    let continuations = continuations_of(chars.next()?)?;
    for _ in 0..continuations {
        chars.next().filter(|&c| continues(c))?;
    }
    Some(chars.as_str())
}

/// Continuations that follow the character of a first byte, in any of the encodings.
fn continuations_of(first: char) -> Option<usize> {
    match first {
        '\0'..='\x7f' => None,
        'Â'..='ß' | 'Β'..='Ρ' | 'Σ'..='ί' | 'В'..='Я' => Some(1),
        'à'..='ï' | 'ΰ'..='ο' | 'а'..='п' => Some(2),
        _ if FIRST_OF_2.contains(first) => Some(1),
        _ if FIRST_OF_3.contains(first) => Some(2),
        _ if FIRST_OF_4.contains(first) => Some(3),
        _ => None,
    }
}

/// A character of the bytes 80 to BF, or a space that may have been a no-break space.
fn continues(c: char) -> bool {
    matches!(c, ' ' | '–'..='―' | '‘'..='‚' | '“'..='„' | '•' | '…') || continues_strictly(c)
}

/// Of those, one that does not often stand for itself beside mojibake.
fn continues_strictly(c: char) -> bool {
    let is_in_range = matches!(c, '\u{80}'..='¿' | 'Έ'..='Ί' | 'Ё'..='Ќ' | 'Ў'..='Џ' | 'ё'..='ќ' | 'ў'..='џ');
    is_in_range || (!c.is_ascii() && CONTINUATIONS.contains(c))
}
