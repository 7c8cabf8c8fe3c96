//! Identifiers of people in running text: found, weighed, and replaced.
//!
//! Found are e-mail addresses, phone numbers (international and Brazilian), payment cards, IBANs, public IP
//! addresses, and the Brazilian CPF and CNPJ. Where an identifier has check digits they must be right, and a
//! number that is part of a longer one is left alone, so that order numbers, timestamps and prices are none.
//!
//! The text is read line by line in one pass, each line folded first: digits of every script, full-width
//! forms and typographic dashes are seen as their ASCII cousins, and invisible characters are not seen at
//! all.

mod assess;
mod checksum;
mod email;
mod fold;
mod ip;
mod number;
mod phone;
mod scan;
mod scrub;

use std::ops::Range;

use serde::{Deserialize, Serialize};

pub(super) use assess::assess;
pub use scrub::scrub_pii;

/// One row per kind: `Kind = "stable name", "placeholder", (English one, many), (Portuguese one, many)`.
macro_rules! pii_kinds {
    ($(
        $(#[doc = $doc:literal])+
        $kind:ident = $name:literal, $mark:literal, ($e1:literal, $en:literal), ($p1:literal, $pn:literal);
    )+) => {
        /// The kind of an identifier.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum PiiKind { $( $(#[doc = $doc])+ $kind, )+ }

        impl PiiKind {
            /// Every kind.
            pub const ALL: &'static [PiiKind] = &[ $( PiiKind::$kind, )+ ];

            /// The stable name of this kind.
            pub const fn name(self) -> &'static str { match self { $( PiiKind::$kind => $name, )+ } }

            /// What [`scrub_pii`] puts in its place.
            pub const fn placeholder(self) -> &'static str { match self { $( PiiKind::$kind => $mark, )+ } }

            /// For messages: English singular and plural, Portuguese singular and plural.
            pub(super) const fn label(self) -> (&'static str, &'static str, &'static str, &'static str) {
                match self { $( PiiKind::$kind => ($e1, $en, $p1, $pn), )+ }
            }
        }
    };
}

pii_kinds! {
    /// An e-mail address (RFC 5321 §4.1.2, also with letters beyond ASCII, RFC 6531).
    Email = "email", "[EMAIL]",
        ("e-mail address", "e-mail addresses"), ("endereço de e-mail", "endereços de e-mail");
    /// A phone number: international (ITU-T E.164), or Brazilian with its area code (Anatel).
    Phone = "phone", "[PHONE]", ("phone number", "phone numbers"), ("telefone", "telefones");
    /// A payment card (ISO/IEC 7812: issuer's prefix, length, Luhn digit).
    Card = "card", "[CARD]",
        ("payment card", "payment cards"), ("cartão de pagamento", "cartões de pagamento");
    /// A bank account (ISO 13616: country, length, two check digits mod 97).
    Iban = "iban", "[IBAN]", ("IBAN", "IBANs"), ("IBAN", "IBANs");
    /// A public IP address, version 4 or 6.
    Ip = "ip", "[IP]", ("IP address", "IP addresses"), ("endereço IP", "endereços IP");
    /// A Brazilian taxpayer, a person (two check digits mod 11).
    Cpf = "cpf", "[CPF]", ("CPF number", "CPF numbers"), ("CPF", "CPFs");
    /// A Brazilian taxpayer, a company (two check digits mod 11; letters since July 2026, IN RFB 2.229/2024).
    Cnpj = "cnpj", "[CNPJ]", ("CNPJ number", "CNPJ numbers"), ("CNPJ", "CNPJs");
}

/// One identifier in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PiiMatch {
    /// What it is.
    pub kind: PiiKind,
    /// The bytes that it takes up in the text, on borders of characters.
    pub range: Range<usize>,
}

/// How many identifiers there are of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PiiCounts([usize; PiiKind::ALL.len()]);

impl PiiCounts {
    /// How many of `kind`.
    pub fn get(&self, kind: PiiKind) -> usize {
        self.0[kind as usize]
    }

    /// How many of all kinds.
    pub fn total(&self) -> usize {
        self.0.iter().sum()
    }

    /// The kinds that there are, each with its count.
    pub fn iter(&self) -> impl Iterator<Item = (PiiKind, usize)> {
        PiiKind::ALL.iter().map(|&kind| (kind, self.get(kind))).filter(|&(_, count)| count > 0)
    }

    pub(super) fn add(&mut self, kind: PiiKind) {
        self.0[kind as usize] += 1;
    }
}

/// Every identifier in `text`, in order and without overlaps. Time is linear in the length of `text`.
///
/// ```
/// use aion_core::policy::{PiiKind, find_pii};
///
/// let text = "Pedido 12345678901 de maria@example.com, CPF 390.533.447-05";
/// let found: Vec<_> = find_pii(text).into_iter().map(|hit| (hit.kind, &text[hit.range])).collect();
/// assert_eq!(found, [(PiiKind::Email, "maria@example.com"), (PiiKind::Cpf, "390.533.447-05")]);
/// ```
pub fn find_pii(text: &str) -> Vec<PiiMatch> {
    let mut found = Vec::new();
    scan::for_each_hit(text, |hit| found.push(PiiMatch { kind: hit.kind, range: hit.range.clone() }));
    found
}

#[cfg(test)]
mod tests;
