//! The language that a text is written in, guessed from the text alone.

use whatlang::Lang;

/// Bytes of the text that are looked at: enough to be sure, and a bound on the cost.
const SAMPLE_BYTES: usize = 800;
/// Letters below which nothing is guessed.
const MIN_LETTERS: usize = 60;

/// The language of `text` as an ISO 639 code (`pt`, `en`), two letters where there are two; `None` for a short text,
/// and for one that is mixed: both halves of a longer sample have to tell the same.
pub(crate) fn detect_language(text: &str) -> Option<String> {
    let sample = sample(text);
    let letters = sample.chars().filter(|character| character.is_alphabetic()).count();
    if letters < MIN_LETTERS {
        return None;
    }
    let (first, second) = sample.split_at(sample.floor_char_boundary(sample.len() / 2));
    let guess = whatlang::detect(sample)?;
    let agrees = |half| whatlang::detect_lang(half) == Some(guess.lang());
    let is_whole = letters < 2 * MIN_LETTERS || agrees(first) && agrees(second);
    (guess.is_reliable() && is_whole).then(|| code(guess.lang()))
}

/// A piece from behind the first tenth, where titles, names and tables of contents stand less.
fn sample(text: &str) -> &str {
    let start = match text.len() > 4 * SAMPLE_BYTES {
        true => text.ceil_char_boundary(text.len() / 10),
        false => 0,
    };
    &text[start..text.floor_char_boundary(start + SAMPLE_BYTES)]
}

/// ISO 639-1 where it has a code, ISO 639-3 where not.
fn code(language: Lang) -> String {
    let three = language.code();
    let two = CODES.iter().find(|(long, _)| *long == three).map(|(_, short)| *short);
    two.unwrap_or(three).to_owned()
}

/// What ISO 639-1 calls the languages that are told apart.
#[rustfmt::skip]
const CODES: &[(&str, &str)] = &[
    ("epo", "eo"), ("eng", "en"), ("rus", "ru"), ("cmn", "zh"), ("spa", "es"), ("por", "pt"), ("ita", "it"),
    ("ben", "bn"), ("fra", "fr"), ("deu", "de"), ("ukr", "uk"), ("kat", "ka"), ("ara", "ar"), ("hin", "hi"),
    ("jpn", "ja"), ("heb", "he"), ("yid", "yi"), ("pol", "pl"), ("amh", "am"), ("jav", "jv"), ("kor", "ko"),
    ("nob", "nb"), ("dan", "da"), ("swe", "sv"), ("fin", "fi"), ("tur", "tr"), ("nld", "nl"), ("hun", "hu"),
    ("ces", "cs"), ("ell", "el"), ("bul", "bg"), ("bel", "be"), ("mar", "mr"), ("kan", "kn"), ("ron", "ro"),
    ("slv", "sl"), ("hrv", "hr"), ("srp", "sr"), ("mkd", "mk"), ("lit", "lt"), ("lav", "lv"), ("est", "et"),
    ("tam", "ta"), ("vie", "vi"), ("urd", "ur"), ("tha", "th"), ("guj", "gu"), ("uzb", "uz"), ("pan", "pa"),
    ("aze", "az"), ("ind", "id"), ("tel", "te"), ("pes", "fa"), ("mal", "ml"), ("ori", "or"), ("mya", "my"),
    ("nep", "ne"), ("sin", "si"), ("khm", "km"), ("tuk", "tk"), ("aka", "ak"), ("zul", "zu"), ("sna", "sn"),
    ("afr", "af"), ("lat", "la"), ("slk", "sk"), ("cat", "ca"), ("tgl", "tl"), ("hye", "hy"), ("cym", "cy"),
];

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: &[(&str, &str)] = &[
        (
            "en",
            "The boats came back to the harbour before noon, and the people of the town went down to meet them.",
        ),
        (
            "pt",
            "Os barcos voltaram ao porto antes do meio-dia, e as pessoas da cidade desceram para os receber.",
        ),
        (
            "es",
            "Los barcos volvieron al puerto antes del mediodía, y la gente de la ciudad bajó a recibirlos.",
        ),
        (
            "de",
            "Die Boote kamen vor dem Mittag in den Hafen zurück, und die Leute der Stadt gingen ihnen entgegen.",
        ),
        (
            "fr",
            "Les bateaux sont revenus au port avant midi, et les gens de la ville sont descendus à leur rencontre.",
        ),
        (
            "ru",
            "Лодки вернулись в гавань до полудня, и жители города спустились, чтобы встретить рыбаков на берегу.",
        ),
    ];

    #[test]
    fn sentences_are_told_apart() {
        for (language, text) in TEXTS {
            assert_eq!(detect_language(text).as_deref(), Some(*language), "{text}");
        }
    }

    #[test]
    fn nothing_is_guessed_of_short_or_mixed_texts_or_numbers() {
        let mixed = format!("{} {}", TEXTS[0].1, TEXTS[3].1);
        for text in ["", "The boats came back", "12 13 14 15 16 17 ".repeat(40).as_str(), &mixed] {
            assert_eq!(detect_language(text), None, "{text}");
        }
    }

    #[test]
    fn every_code_of_the_detector_has_its_short_form() {
        for language in Lang::all() {
            assert!(CODES.iter().any(|(long, _)| *long == language.code()), "{language:?}");
        }
    }

    #[test]
    fn a_sample_never_cuts_a_character() {
        for length in 0..20 {
            let text = format!("{}{}", "a".repeat(length), "é".repeat(4_000));
            assert!(sample(&text).len() <= SAMPLE_BYTES);
        }
    }
}
