//! Whether the identifiers in a text are somebody's, or just how to reach the site.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use super::scan::{Hit, for_each_hit};
use super::{PiiCounts, PiiKind};

/// So many different contacts are a list of people, however long the text is.
const MAX_CONTACTS: usize = 3;
/// One contact in so many characters is a byline or a footer; more are what the page is about.
const CHARS_PER_CONTACT: usize = 500;

/// Mailboxes of an office, not of a person (RFC 2142 and what is in use in English and Portuguese).
const ROLES: &[&str] = &[
    "abuse",
    "admin",
    "ajuda",
    "atendimento",
    "comercial",
    "contact",
    "contato",
    "dpo",
    "editor",
    "editorial",
    "enquiries",
    "faleconosco",
    "feedback",
    "git",
    "hello",
    "help",
    "hostmaster",
    "imprensa",
    "info",
    "jobs",
    "lgpd",
    "mail",
    "marketing",
    "news",
    "newsletter",
    "no-reply",
    "noreply",
    "office",
    "ouvidoria",
    "postmaster",
    "press",
    "privacidade",
    "privacy",
    "redacao",
    "rh",
    "sac",
    "sales",
    "security",
    "suporte",
    "support",
    "vendas",
    "webmaster",
];

/// What was found in one text.
#[derive(Debug, Default)]
pub(crate) struct Assessment {
    /// Every hit.
    pub(crate) counts: PiiCounts,
    /// Whether one of them is a person's by its nature: a card, an account, a CPF.
    personal: bool,
    /// Different contacts that are not the site's own.
    contacts: usize,
    chars: usize,
}

impl Assessment {
    /// Whether the text is to be treated as personal data. A card, an IBAN or a CPF always is. E-mail
    /// addresses, phones, CNPJs and IP addresses are if they are many or dense: the usual page has its own
    /// contact in the footer.
    pub(crate) fn is_personal(&self) -> bool {
        self.personal || self.contacts > MAX_CONTACTS || self.contacts * CHARS_PER_CONTACT > self.chars
    }
}

/// Weighs the identifiers of `text`, which is a page of `host`.
pub(crate) fn assess(text: &str, host: &str) -> Assessment {
    let mut found = Assessment { chars: text.chars().count(), ..Assessment::default() };
    let hasher = RandomState::new();
    let mut seen: HashSet<u64> = HashSet::new();
    let mut own: Option<u64> = None;
    for_each_hit(text, |hit| {
        found.counts.add(hit.kind);
        match hit.kind {
            PiiKind::Card | PiiKind::Iban | PiiKind::Cpf => found.personal = true,
            PiiKind::Email if is_role(hit.folded) => {}
            PiiKind::Email | PiiKind::Phone | PiiKind::Cnpj | PiiKind::Ip => {
                let identity = hasher.hash_one(identity(hit));
                let is_own = is_of_host(hit, host) && *own.get_or_insert(identity) == identity;
                // The set needs no more entries than decide the matter.
                if !is_own && seen.len() <= MAX_CONTACTS {
                    seen.insert(identity);
                }
            }
        }
    });
    found.contacts = seen.len();
    found
}

/// Equal for two spellings of one contact.
fn identity(hit: &Hit<'_>) -> (PiiKind, Vec<u8>) {
    let keep = |b: &&u8| hit.kind == PiiKind::Email || b.is_ascii_alphanumeric();
    (hit.kind, hit.folded.iter().filter(keep).map(u8::to_ascii_lowercase).collect())
}

fn is_role(address: &[u8]) -> bool {
    let local = address.split(|&b| b == b'@').next().unwrap_or_default().to_ascii_lowercase();
    std::str::from_utf8(&local).is_ok_and(|local| ROLES.binary_search(&local).is_ok())
}

/// Whether the address is at the page's own host, or at the domain above or below it.
fn is_of_host(hit: &Hit<'_>, host: &str) -> bool {
    let Some(domain) = hit.folded.split(|&b| b == b'@').nth(1) else { return false };
    let (domain, host) = (domain.to_ascii_lowercase(), host.to_ascii_lowercase().into_bytes());
    let within = |long: &[u8], short: &[u8]| {
        long.strip_suffix(short).is_some_and(|rest| rest.is_empty() || rest.ends_with(b"."))
    };
    hit.kind == PiiKind::Email && !host.is_empty() && (within(&domain, &host) || within(&host, &domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_personal(text: &str) -> bool {
        assess(text, "jornal.example.com.br").is_personal()
    }

    #[test]
    fn the_table_is_sorted() {
        assert!(ROLES.is_sorted());
    }

    #[test]
    fn a_contact_in_the_footer_is_nobodys() {
        let article = "Uma notícia comprida sobre nada. ".repeat(40);
        for contact in [
            "Fale conosco: redacao@jornal.example.com.br, (11) 3333-4444, CNPJ 16.727.230/0001-97",
            "Contato: maria.silva@example.com.br",
            "mail@elsewhere.org and info@elsewhere.org and sales@elsewhere.org and press@elsewhere.org",
            "contact someone@gmail.com or someone@gmail.com or SOMEONE@GMAIL.COM",
        ] {
            assert!(!is_personal(&format!("{article}\n{contact}")), "{contact}");
        }
        assert!(!is_personal("Escreva para joana@example.com.br"), "its own address, however short the text");
    }

    #[test]
    fn contacts_of_people_are_personal() {
        assert!(is_personal("Escreva para joana@gmail.com"), "dense");
        assert!(
            is_personal("joana@example.com.br, maria@example.com.br"),
            "one address of its own is enough"
        );
        let article = "Uma notícia comprida sobre nada. ".repeat(400);
        let staff: String = (0..4).map(|n| format!("Pessoa {n}: pessoa{n}@gmail.com\n")).collect();
        assert!(is_personal(&format!("{article}\n{staff}")), "a list of people");
    }

    #[test]
    fn a_card_an_account_or_a_cpf_is_enough() {
        let article = "Uma notícia comprida sobre nada. ".repeat(4000);
        for personal in ["390.533.447-05", "4111 1111 1111 1111", "GB82 WEST 1234 5698 7654 32"] {
            assert!(is_personal(&format!("{article}{personal}.")), "{personal}");
        }
        assert!(!is_personal(&article));
    }

    #[test]
    fn everything_is_counted() {
        let found = assess("a@b.co a@b.co info@b.co 390.533.447-05", "b.co");
        assert_eq!(
            (found.counts.get(PiiKind::Email), found.counts.get(PiiKind::Cpf), found.counts.total()),
            (3, 1, 4)
        );
    }
}
