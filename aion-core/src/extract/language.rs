//! The language that a text is written in, guessed from the text alone.

use std::collections::HashSet;

use whatlang::{Detector, Lang};

/// Bytes of the text that are looked at: enough to be sure, and a bound on the cost.
const SAMPLE_BYTES: usize = 400;
/// Letters below which nothing is guessed.
const MIN_LETTERS: usize = 60;
/// Words below which repetition is no sign.
const MIN_WORDS: usize = 16;

/// Languages in Latin letters that are rare in documents, and take the guesses of short texts from others.
const LEFT_OUT: [Lang; 12] = [
    Lang::Afr,
    Lang::Aka,
    Lang::Aze,
    Lang::Cym,
    Lang::Epo,
    Lang::Jav,
    Lang::Lat,
    Lang::Sna,
    Lang::Tgl,
    Lang::Tuk,
    Lang::Uzb,
    Lang::Zul,
];

/// The language of `text` as an ISO 639-1 code, such as `pt`; `None` for a short text, and for one whose sample is
/// mixed, repeats itself as labels do, or does not tell one language from the others.
pub(crate) fn detect_language(text: &str) -> Option<String> {
    let sample = sample(text);
    let letters = sample.chars().filter(|character| character.is_alphabetic()).count();
    if letters < MIN_LETTERS || repeats(sample) {
        return None;
    }
    let guess = Detector::with_denylist(LEFT_OUT.to_vec()).detect(sample)?;
    guess.is_reliable().then(|| code(guess.lang()))
}

/// Whether the words of a sample are mostly the same again: headings, forms and tables.
fn repeats(sample: &str) -> bool {
    let words: Vec<&str> = sample.split_whitespace().collect();
    let distinct = words.iter().collect::<HashSet<_>>().len();
    words.len() >= MIN_WORDS && distinct * 2 < words.len()
}

/// A piece from behind the first tenth, where titles, names and tables of contents stand less.
fn sample(text: &str) -> &str {
    let start = match text.len() > 4 * SAMPLE_BYTES {
        true => text.ceil_char_boundary(text.len() / 10),
        false => 0,
    };
    &text[start..text.floor_char_boundary(start + SAMPLE_BYTES)]
}

/// The code of ISO 639-1, which every language that is told has.
fn code(language: Lang) -> String {
    let three = language.code();
    let two = CODES.iter().find(|(long, _)| *long == three).map(|(_, short)| *short);
    two.unwrap_or(three).to_owned()
}

/// What ISO 639-1 calls the languages that are told apart.
#[rustfmt::skip]
const CODES: &[(&str, &str)] = &[
    ("eng", "en"), ("rus", "ru"), ("cmn", "zh"), ("spa", "es"), ("por", "pt"), ("ita", "it"), ("ben", "bn"),
    ("fra", "fr"), ("deu", "de"), ("ukr", "uk"), ("kat", "ka"), ("ara", "ar"), ("hin", "hi"), ("jpn", "ja"),
    ("heb", "he"), ("yid", "yi"), ("pol", "pl"), ("amh", "am"), ("kor", "ko"), ("nob", "nb"), ("dan", "da"),
    ("swe", "sv"), ("fin", "fi"), ("tur", "tr"), ("nld", "nl"), ("hun", "hu"), ("ces", "cs"), ("ell", "el"),
    ("bul", "bg"), ("bel", "be"), ("mar", "mr"), ("kan", "kn"), ("ron", "ro"), ("slv", "sl"), ("hrv", "hr"),
    ("srp", "sr"), ("mkd", "mk"), ("lit", "lt"), ("lav", "lv"), ("est", "et"), ("tam", "ta"), ("vie", "vi"),
    ("urd", "ur"), ("tha", "th"), ("guj", "gu"), ("pan", "pa"), ("ind", "id"), ("tel", "te"), ("pes", "fa"),
    ("mal", "ml"), ("ori", "or"), ("mya", "my"), ("nep", "ne"), ("sin", "si"), ("khm", "km"), ("slk", "sk"),
    ("cat", "ca"), ("hye", "hy"),
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
        let labels = "Section Paragraph Test ".repeat(12);
        for text in ["", "The boats came back", "12 13 14 15 16 17 ".repeat(40).as_str(), &mixed, &labels] {
            assert_eq!(detect_language(text), None, "{text}");
        }
    }

    #[test]
    fn every_code_of_the_detector_has_its_short_form() {
        for language in Lang::all().iter().filter(|language| !LEFT_OUT.contains(language)) {
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
