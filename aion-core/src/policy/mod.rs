//! Policy: may this page be ingested, may it be trained on, and if not, why not.
//!
//! Text, headers and HTML go in; a [`Verdict`] with reasons comes out. Nothing here opens a socket or a file:
//! what the site says elsewhere (`robots.txt`, `tdmrep.json`) comes in as [`SiteSignals`].
//!
//! Any objection wins, and what can not be read counts as unknown, never as a yes. Every signal is obeyed
//! unless the caller turns it off, which the verdict records.
//!
//! | signal | codes | forbids | source |
//! |---|---|---|---|
//! | route | `private_route` | ingest, train | this library |
//! | length | `too_short` | ingest, train | this library |
//! | identifiers of people | `pii` | ingest, train | LGPD (Lei 13.709/2018), GDPR |
//! | `robots.txt` | `robots`, `robots_unreachable` | ingest, train | RFC 9309 |
//! | status 401, 402, 403, 451 | `http_status` | ingest, train | RFC 9110, RFC 7725 |
//! | robots meta, `X-Robots-Tag` | `noindex` | ingest, train | Google, MDN |
//! | robots meta, `X-Robots-Tag` | `noai`, `noimageai`, `noml` | train | DeviantArt, noml.info |
//! | TDMRep | `tdm_reserved` | ingest, train | W3C CG report; Directive (EU) 2019/790, Art. 4 |
//! | `Content-Usage` | `content_usage` | ingest (`search`), train (`train-ai`) | IETF aipref drafts |
//! | `Content-Signal` | `content_signal` | ingest (`ai-input`), train (`ai-train`) | contentsignals.org |

mod directives;
mod length;
mod message;
mod meta;
mod optout;
mod pii;
mod route;
mod tdm;
mod verdict;

use std::collections::BTreeSet;

pub use message::Language;
pub use pii::{PiiCounts, PiiKind, PiiMatch, find_pii, scrub_pii};
pub use tdm::{TdmFile, TdmRights};
pub use verdict::{Reason, ReasonCode, Use, Verdict};

use crate::preference::{ContentSignal, ContentUsage};
use message::Detail;
use optout::Finding;
use route::Address;

/// Of a longer document only this much is searched for meta elements; the verdict then says what stays
/// unknown.
const MAX_HTML_BYTES: usize = 32 << 20;
/// Of a longer text only this much is searched for identifiers; the verdict then says so.
const MAX_TEXT_BYTES: usize = 32 << 20;

/// What `robots.txt` says to our crawler about one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RobotsAccess {
    /// Nobody asked. It is no objection.
    #[default]
    Unknown,
    /// The address may be fetched, or there is no `robots.txt` (4xx).
    Allowed,
    /// A rule disallows the address.
    Disallowed,
    /// `robots.txt` could not be had (5xx, no connection): everything is disallowed for now.
    Unreachable,
}

/// What the site says about one address in other places than the page; the crawler fills it in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SiteSignals {
    /// Whether `robots.txt` lets us fetch the address.
    pub robots: RobotsAccess,
    /// The `Content-Usage` rules of `robots.txt` that match the address: those with the longest path, joined
    /// by [`ContentUsage::and`].
    pub content_usage: ContentUsage,
    /// The `Content-Signal` lines of our group in `robots.txt`, joined by [`ContentSignal::and`].
    pub content_signal: ContentSignal,
    /// What `/.well-known/tdmrep.json` says: [`TdmFile::rights`].
    pub tdm: TdmRights,
}

/// One page, as far as policy asks for it. Everything but `url` and `text` may be left at its default.
#[derive(Debug, Clone, Default)]
pub struct PolicyPage<'a> {
    /// Its final address; any text is accepted.
    pub url: &'a str,
    /// Its main text, as it would be ingested.
    pub text: &'a str,
    /// Names and values of its HTTP headers, a line each; names in any case.
    pub headers: &'a [(&'a str, &'a str)],
    /// Its document, to be searched for meta elements: UTF-8, or any encoding that extends ASCII, or UTF-16
    /// with a byte order mark.
    pub html: Option<&'a [u8]>,
    /// The HTTP status that it came with.
    pub status: Option<u16>,
    /// What its site says of it elsewhere.
    pub site: SiteSignals,
}

/// What the caller decides about policy. The default obeys every signal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyOptions {
    /// Our user agent. Directives that name its product token, the letters at its beginning, are meant for
    /// us; those that name another agent are not.
    pub user_agent: String,
    /// The least number of characters of text.
    pub min_text_chars: usize,
    /// Signals that are not obeyed. What they would have forbidden is told in [`Verdict::waived`].
    pub ignore: BTreeSet<ReasonCode>,
}

impl Default for PolicyOptions {
    fn default() -> Self {
        Self { user_agent: "aion".into(), min_text_chars: 120, ignore: BTreeSet::new() }
    }
}

impl PolicyOptions {
    /// The same options without the signal `code`.
    #[must_use]
    pub fn ignoring(mut self, code: ReasonCode) -> Self {
        self.ignore.insert(code);
        self
    }
}

/// Says whether `page` may be ingested and trained on, and why not.
///
/// It never fails and takes time linear in the length of its input.
///
/// ```
/// use aion_core::policy::{PolicyOptions, PolicyPage, ReasonCode, Use, check_policy};
///
/// let text = "A long article. ".repeat(20);
/// let headers = [("X-Robots-Tag", "noai")];
/// let page = PolicyPage { url: "https://e.com/a", text: &text, headers: &headers, ..PolicyPage::default() };
///
/// let verdict = check_policy(&page, &PolicyOptions::default());
/// assert!(verdict.ok() && !verdict.allows(Use::Train));
/// assert_eq!(verdict.reasons[0].code, ReasonCode::Noai);
///
/// let verdict = check_policy(&page, &PolicyOptions::default().ignoring(ReasonCode::Noai));
/// assert!(verdict.allows(Use::Train) && verdict.ignored.contains(&ReasonCode::Noai));
/// assert_eq!(verdict.waived[0].code, ReasonCode::Noai);
/// ```
pub fn check_policy(page: &PolicyPage<'_>, options: &PolicyOptions) -> Verdict {
    let address = Address::of(page.url);
    let mut found = Vec::new();
    if let Some(segment) = route::private_segment(address) {
        found.push(against_both(ReasonCode::PrivateRoute, Detail::Route { segment }));
    }
    let (chars, minimum) = (length::visible_chars(page.text, options.min_text_chars), options.min_text_chars);
    if chars < minimum {
        found.push(against_both(ReasonCode::TooShort, Detail::Length { chars, minimum }));
    }
    let text = &page.text[..page.text.floor_char_boundary(MAX_TEXT_BYTES)];
    if text.len() < page.text.len() {
        found.push(Finding::Unknown(ReasonCode::Pii));
    }
    let pii = pii::assess(text, address.host);
    if pii.is_personal() {
        found.push(against_both(ReasonCode::Pii, Detail::Pii(pii.counts)));
    }
    optout::findings(page, options, &mut found);
    verdict(found, options, pii.counts)
}

/// Whether the path of `url` is a private route, which a crawler leaves alone without asking for it.
#[cfg(feature = "crawl")]
pub(crate) fn is_private_route(url: &str) -> bool {
    route::private_segment(Address::of(url)).is_some()
}

fn against_both(code: ReasonCode, detail: Detail) -> Finding {
    Finding::Against(code, &[Use::Ingest, Use::Train], detail)
}

/// Sorts the findings into those that count and those that the caller overlooks.
fn verdict(found: Vec<Finding>, options: &PolicyOptions, pii: PiiCounts) -> Verdict {
    let mut verdict = Verdict {
        reasons: Vec::new(),
        waived: Vec::new(),
        ignored: options.ignore.clone(),
        unknown: BTreeSet::new(),
        follow_links: true,
        pii,
    };
    for finding in found {
        match finding {
            Finding::Unknown(code) => drop(verdict.unknown.insert(code)),
            Finding::Against(ReasonCode::Nofollow, ..) => {
                verdict.follow_links = options.ignore.contains(&ReasonCode::Nofollow);
            }
            Finding::Against(code, uses, detail) => {
                let list =
                    if options.ignore.contains(&code) { &mut verdict.waived } else { &mut verdict.reasons };
                for &usage in uses {
                    if !list.iter().any(|reason| reason.code == code && reason.usage == usage) {
                        list.push(Reason { code, usage, detail: detail.clone() });
                    }
                }
            }
        }
    }
    verdict
}

#[cfg(test)]
mod tests;
