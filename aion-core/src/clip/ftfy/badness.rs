//! How mojibake is told from text: by neighbours that are unlikely in any language.

use std::sync::LazyLock;

use regex::Regex;

/// Characters of many contexts, which say nothing by themselves.
const COMMON: &str = "\u{a0}\u{ad}´·–-―’…";
/// Control characters that are used in mojibake only.
const C1: &str = "\u{80}-\u{9f}";
/// Characters that are almost only used in mojibake.
const BAD: &str = "¤¦¨ª¬¯¸ºƒˆˇ˘˛˜†‡‰⌐◊\u{fffd}";
/// Characters of legal texts.
const LAW: &str = "§¶";
/// Signs of currencies.
const CURRENCY: &str = "¢£¥₧€";
/// Punctuation before a word.
const START_PUNCTUATION: &str = "¡©«¿΄΅‘‚“„•‹\u{f8ff}";
/// Punctuation after a word.
const END_PUNCTUATION: &str = "®»˝”›™";
/// Characters that stand beside numbers.
const NUMERIC: &str = "±-³µ¹¼-¾×÷⁄№∂∆∏∑√∞∩∫≈≠≡≤≥";
/// Letters and signs that faces are made of, which may stand in unlikely places.
const KAOMOJI: &str = "°Ò-ÖÙ-Üò-öø-üŌŐŪŲ";
/// Capitals with accents, without those of faces.
const UPPER_ACCENTED: &str = "À-ÑØÜÝĀĂĄĆČĎĐĒĖĘĚĞĢĪİĶĹĻĽŁŃŅŇŒŘŚŞŠŢŤŮŰŸŹŻŽҐ";
/// Small letters with accents, without those of faces.
const LOWER_ACCENTED: &str = "ß-ñüāăąćčďđēėęěğģīįķĺļľłœŕśşšťźżžґﬁﬂ";
/// Capitals that are common at the end of words or in whole alphabets.
const UPPER_COMMON: &str = "ÞΆΈ-ΊΌΎΏΑ-ΫЁ-Я";
/// Small letters of whole alphabets.
const LOWER_COMMON: &str = "ά-ωа-џ";
/// Parts of boxes, without the single horizontal line, which is used in faces.
const BOX: &str = "│┌┐┘├┤┬┼═-╬▀▄█▌▐-▓";

/// White space of Python, which counts some separators in.
const SPACE: &str = r"[\s\x1c-\x1f]";
/// Letters, numbers and the underscore: Python's `\w`.
const WORD: &str = r"[\p{L}\p{N}_]";

static BADNESS: LazyLock<Regex> = LazyLock::new(|| {
    let sequences = [unlikely_neighbours().join("|"), typical_mojibake().join("|")];
    Regex::new(&sequences.join("|")).expect("a constant regex")
});

/// Whether some of `text` looks like mojibake.
pub(super) fn is_bad(text: &str) -> bool {
    BADNESS.is_match(text)
}

/// Sequences of categories that no language has.
fn unlikely_neighbours() -> [String; 18] {
    let accented = format!("{LOWER_ACCENTED}{UPPER_ACCENTED}");
    let punctuation = format!("{START_PUNCTUATION}{END_PUNCTUATION}");
    let signs = format!("{CURRENCY}{NUMERIC}");
    let telling = format!("{accented}{BOX}{punctuation}{signs}{LAW}");
    [
        format!("[{C1}]"),
        format!("[{BAD}{telling}][{BAD}]"),
        format!("[a-zA-Z][{LOWER_COMMON}{UPPER_COMMON}][{BAD}]"),
        format!("[{BAD}][{telling}]"),
        format!("[{LOWER_ACCENTED}{LOWER_COMMON}{BOX}{END_PUNCTUATION}{signs}][{UPPER_ACCENTED}]"),
        format!("[{BOX}{END_PUNCTUATION}{signs}][{LOWER_ACCENTED}]"),
        format!("[{LOWER_ACCENTED}{BOX}{END_PUNCTUATION}][{CURRENCY}]"),
        format!("{SPACE}[{UPPER_ACCENTED}][{CURRENCY}]"),
        format!("[{UPPER_ACCENTED}{BOX}][{NUMERIC}{LAW}]"),
        format!("[{accented}{BOX}{CURRENCY}{END_PUNCTUATION}][{START_PUNCTUATION}][{NUMERIC}]"),
        format!("[{accented}{signs}{BOX}{LAW}][{END_PUNCTUATION}][{START_PUNCTUATION}]"),
        format!("[{signs}{BOX}][{START_PUNCTUATION}]"),
        format!("[a-z][{UPPER_ACCENTED}][{START_PUNCTUATION}{CURRENCY}]"),
        format!("[{BOX}][{KAOMOJI}]"),
        format!("[{accented}{signs}{punctuation}{LAW}][{BOX}]"),
        format!("[{BOX}][{END_PUNCTUATION}]"),
        format!("[{accented}][{punctuation}]{WORD}"),
        // A degree sign after a capital.
        format!("[{UPPER_ACCENTED}]°"),
    ]
}

/// Sequences that text gets from being decoded as the encoding named.
fn typical_mojibake() -> [String; 19] {
    let punctuation = format!("{START_PUNCTUATION}{END_PUNCTUATION}");
    let between = format!("{C1}{BAD}{punctuation}{CURRENCY}°");
    let arabic = format!(r"[ØÙ][{COMMON}{CURRENCY}{BAD}{NUMERIC}{START_PUNCTUATION}ŸŠ®°µ»]");
    [
        // An œ that no unaccented letter follows.
        "[Œœ][^A-Za-z]".into(),
        // Windows-1252: pairs that are not covered above.
        format!(r"[ÂÃÎÐ][€œŠš¢£Ÿž\xa0\xad®©°·»{punctuation}–—´]"),
        "×[²³]".into(),
        // Windows-1252: Arabic. As its characters are common, there must be two pairs.
        format!("{arabic}{arabic}"),
        // Windows-1252: the beginning of some South Asian alphabets.
        "à[²µ¹¼½¾]".into(),
        // MacRoman.
        "√[±∂†≠®™´≤≥¥µø]".into(),
        "≈[°¢]".into(),
        "‚Ä[ìîïòôúùû†°¢π]".into(),
        "‚[âó][àä°ê]".into(),
        // Windows-1251: U+2000 and after.
        "вЂ".into(),
        // Windows-1251: Latin-1 or Cyrillic. As the pairs may be common, there must be three characters.
        format!("[ВГРС][{between}µ][ВГРС]"),
        // Windows-1251 upon Latin-1 upon Windows-1252, near a Latin letter.
        "ГўВЂВ.[A-Za-z ]".into(),
        // Windows-1252: à, á and the no-break space.
        r"Ã[\xa0¡]".into(),
        format!("[a-z]{SPACE}?[ÃÂ][ ]"),
        "^[ÃÂ][ ]".into(),
        // Windows-1252: Â before the very character that it encodes.
        format!("[a-z.,?!{END_PUNCTUATION}]Â[ {punctuation}]"),
        // Windows-1253: U+2000 and after, then Latin-1 or Greek.
        r"β€[™\xa0Ά\xad®°]".into(),
        format!("[ΒΓΞΟ][{between}][ΒΓΞΟ]"),
        // Windows-1257: U+2000 and after.
        "ā€".into(),
    ]
}
