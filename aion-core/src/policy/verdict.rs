//! What is said of a page: reasons with a stable code, for two uses.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::message::{self, Detail, Language};
use super::pii::PiiCounts;

/// What a page is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Use {
    /// To be stored, embedded and retrieved as a source of answers.
    Ingest,
    /// To become part of what a model is fine-tuned on.
    Train,
}

impl Use {
    /// The stable name of this use.
    pub const fn name(self) -> &'static str {
        match self {
            Use::Ingest => "ingest",
            Use::Train => "train",
        }
    }
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One row per code: `Code = "stable name"`. A name is never given another meaning.
macro_rules! reason_codes {
    ($( $(#[doc = $doc:literal])+ $code:ident = $name:literal; )+) => {
        /// Why a page may not be used. Each code is also the name of the signal that an option turns off.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum ReasonCode { $( $(#[doc = $doc])+ #[serde(rename = $name)] $code, )+ }

        impl ReasonCode {
            /// Every code.
            pub const ALL: &'static [ReasonCode] = &[ $( ReasonCode::$code, )+ ];

            /// The stable name of this code, in snake case.
            pub const fn name(self) -> &'static str { match self { $( ReasonCode::$code => $name, )+ } }

            /// The code of this name, if there is one.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.name() == name)
            }
        }
    };
}

reason_codes! {
    /// The route is of a login, a cart, an account or the like.
    PrivateRoute = "private_route";
    /// There is too little text to be worth keeping.
    TooShort = "too_short";
    /// The text holds identifiers of people.
    Pii = "pii";
    /// `robots.txt` disallows the route (RFC 9309).
    Robots = "robots";
    /// `robots.txt` could not be had, which RFC 9309 §2.3.1.4 counts as a disallow of everything; it may come
    /// back.
    RobotsUnreachable = "robots_unreachable";
    /// The server answered 401, 402, 403 or 451.
    HttpStatus = "http_status";
    /// `noindex` or `none` in the robots meta or in `X-Robots-Tag`.
    Noindex = "noindex";
    /// `nofollow` or `none`. It speaks of links, so it is never a reason: see [`Verdict::follow_links`].
    Nofollow = "nofollow";
    /// `noai`: not for the training of models (DeviantArt, 2022).
    Noai = "noai";
    /// `noimageai`: its images not for the training of models (DeviantArt, 2022).
    Noimageai = "noimageai";
    /// `noml`: searchable, but not for machine learning (noml.info).
    Noml = "noml";
    /// `tdm-reservation: 1` in the page, its headers or `tdmrep.json` (W3C TDMRep).
    TdmReserved = "tdm_reserved";
    /// `Content-Usage` says `n` to the use (IETF aipref drafts).
    ContentUsage = "content_usage";
    /// `Content-Signal` says `no` to the use (contentsignals.org).
    ContentSignal = "content_signal";
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One objection to one use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reason {
    /// What a program branches on.
    pub code: ReasonCode,
    /// The use that it forbids. What forbids both is given as two reasons.
    pub usage: Use,
    pub(super) detail: Detail,
}

impl Reason {
    /// A sentence for people.
    pub fn message(&self, language: Language) -> String {
        message::sentence(&self.detail, language)
    }
}

/// The code, the use and the English sentence.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.code, self.usage, self.message(Language::English))
    }
}

/// What [`check_policy`](super::check_policy) found, and what it was told to overlook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Verdict {
    /// Every objection, in the order of [`ReasonCode::ALL`].
    pub reasons: Vec<Reason>,
    /// The objections that were overlooked because the caller turned their signal off.
    pub waived: Vec<Reason>,
    /// Every signal that the caller turned off, whether or not the page gave it.
    pub ignored: BTreeSet<ReasonCode>,
    /// Signals that the page gives in a form that can not be read, or only in part: "unknown", neither a yes
    /// nor a no.
    pub unknown: BTreeSet<ReasonCode>,
    /// Whether a crawler may follow the links of the page.
    pub follow_links: bool,
    /// How many identifiers of people the text holds, also where they are too few to object to.
    pub pii: PiiCounts,
}

impl Verdict {
    /// Whether the page may be ingested: the same as `allows(Use::Ingest)`. Ask [`allows`](Self::allows)
    /// before training on it.
    pub fn ok(&self) -> bool {
        self.allows(Use::Ingest)
    }

    /// Whether no reason forbids `usage`.
    pub fn allows(&self, usage: Use) -> bool {
        self.against(usage).next().is_none()
    }

    /// The reasons that forbid `usage`.
    pub fn against(&self, usage: Use) -> impl Iterator<Item = &Reason> {
        self.reasons.iter().filter(move |reason| reason.usage == usage)
    }
}
