//! The sentences behind the codes, in English and Portuguese.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::pii::{PiiCounts, PiiKind};

/// The language of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Portuguese of Brazil.
    Portuguese,
}

/// Where a page or its site made a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Place {
    Header,
    Meta,
    RobotsTxt,
    TdmFile,
}

/// What a reason knows beyond its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Detail {
    Route { segment: String },
    Length { chars: usize, minimum: usize },
    Pii(PiiCounts),
    Robots,
    RobotsUnreachable,
    Status(u16),
    Directive { name: Cow<'static, str>, place: Place },
    Tdm { place: Place, policy: Option<String> },
    Preference { name: Cow<'static, str>, category: Cow<'static, str>, place: Place },
}

/// Words of a foreign page are cut at this many characters in a message.
const MAX_QUOTED_CHARS: usize = 200;

pub(super) fn sentence(detail: &Detail, language: Language) -> String {
    match language {
        Language::English => english(detail),
        Language::Portuguese => portuguese(detail),
    }
}

fn english(detail: &Detail) -> String {
    match detail {
        Detail::Route { segment } => {
            format!("private route: the address has the segment {}", quoted(segment))
        }
        Detail::Length { chars, minimum } => {
            format!("insufficient content: {chars} characters of text, at least {minimum} are needed")
        }
        Detail::Pii(counts) => {
            format!("the text holds identifiers of people: {}", list(counts, Language::English))
        }
        Detail::Robots => "robots.txt disallows this address".into(),
        Detail::RobotsUnreachable => {
            "robots.txt could not be read, so nothing on this site is allowed yet".into()
        }
        Detail::Status(status) => format!("the server refuses the page: HTTP status {status}"),
        Detail::Directive { name, place } => format!("the page says {name} in {}", place_in_english(*place)),
        Detail::Tdm { place, policy: None } => {
            format!("the rights to text and data mining are reserved in {}", place_in_english(*place))
        }
        Detail::Tdm { place, policy: Some(policy) } => format!(
            "the rights to text and data mining are reserved in {}; a licence may be had: {}",
            place_in_english(*place),
            quoted(policy)
        ),
        Detail::Preference { name, category, place } => {
            format!("{name} says no to {category} in {}", place_in_english(*place))
        }
    }
}

fn portuguese(detail: &Detail) -> String {
    match detail {
        Detail::Route { segment } => format!("rota privada: o endereço tem o segmento {}", quoted(segment)),
        Detail::Length { chars, minimum } => {
            format!("conteúdo insuficiente: {chars} caracteres de texto, o mínimo é {minimum}")
        }
        Detail::Pii(counts) => {
            format!("o texto contém dados pessoais: {}", list(counts, Language::Portuguese))
        }
        Detail::Robots => "o robots.txt proíbe este endereço".into(),
        Detail::RobotsUnreachable => {
            "o robots.txt não pôde ser lido, então nada deste site é permitido ainda".into()
        }
        Detail::Status(status) => format!("o servidor recusa a página: status HTTP {status}"),
        Detail::Directive { name, place } => format!("a página diz {name} {}", place_in_portuguese(*place)),
        Detail::Tdm { place, policy: None } => {
            format!(
                "os direitos de mineração de texto e dados estão reservados {}",
                place_in_portuguese(*place)
            )
        }
        Detail::Tdm { place, policy: Some(policy) } => format!(
            "os direitos de mineração de texto e dados estão reservados {}; pode haver licença: {}",
            place_in_portuguese(*place),
            quoted(policy)
        ),
        Detail::Preference { name, category, place } => {
            format!("{name} diz não a {category} {}", place_in_portuguese(*place))
        }
    }
}

fn place_in_english(place: Place) -> &'static str {
    match place {
        Place::Header => "its HTTP headers",
        Place::Meta => "a meta element",
        Place::RobotsTxt => "robots.txt",
        Place::TdmFile => "/.well-known/tdmrep.json",
    }
}

fn place_in_portuguese(place: Place) -> &'static str {
    match place {
        Place::Header => "nos cabeçalhos HTTP",
        Place::Meta => "em um elemento meta",
        Place::RobotsTxt => "no robots.txt",
        Place::TdmFile => "em /.well-known/tdmrep.json",
    }
}

/// Such as `2 e-mail addresses, 1 payment card`.
fn list(counts: &PiiCounts, language: Language) -> String {
    let name = |kind: PiiKind, count: usize| match (language, count) {
        (Language::English, 1) => kind.label().0,
        (Language::English, _) => kind.label().1,
        (Language::Portuguese, 1) => kind.label().2,
        (Language::Portuguese, _) => kind.label().3,
    };
    let parts: Vec<_> = counts.iter().map(|(kind, count)| format!("{count} {}", name(kind, count))).collect();
    parts.join(", ")
}

/// Text of a foreign page, cut and with its control characters escaped, so that it can not forge a message.
fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(MAX_QUOTED_CHARS).flat_map(char::escape_debug).collect();
    if text.chars().nth(MAX_QUOTED_CHARS).is_some() {
        shown.push('…');
    }
    format!("\"{shown}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_can_not_forge_a_message() {
        let detail =
            Detail::Tdm { place: Place::Header, policy: Some(format!("a\n\u{202e}\"{}", "b".repeat(999))) };
        let text = sentence(&detail, Language::English);
        assert!(
            text.contains("\"a\\n\\u{202e}\\\"bbb") && text.ends_with("…\"") && text.len() < 500,
            "{text}"
        );
    }

    #[test]
    fn the_prototypes_words_are_kept() {
        let route = Detail::Route { segment: "login".into() };
        assert!(sentence(&route, Language::Portuguese).starts_with("rota privada"));
        let length = Detail::Length { chars: 3, minimum: 120 };
        assert!(sentence(&length, Language::Portuguese).starts_with("conteúdo insuficiente"));
    }

    #[test]
    fn kinds_are_counted_in_both_languages() {
        let mut counts = PiiCounts::default();
        counts.add(PiiKind::Email);
        counts.add(PiiKind::Email);
        counts.add(PiiKind::Cpf);
        let detail = Detail::Pii(counts);
        assert!(sentence(&detail, Language::English).ends_with("2 e-mail addresses, 1 CPF number"));
        assert!(sentence(&detail, Language::Portuguese).ends_with("2 endereços de e-mail, 1 CPF"));
    }
}
