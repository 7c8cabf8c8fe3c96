//! Whether a page may be used, and why not.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use aion_core::policy::{Language, Reason, ReasonCode, Use, Verdict};
use serde_json::{Map, Value, json};

use crate::error::AionError;
use crate::handle::{required, vacant};
use crate::pair;
use crate::panic::{guard, guard_drop, guard_or};
use crate::status::AionStatus;
use crate::text::AionText;

/// To be stored, embedded and retrieved as a source of answers.
pub const AION_USE_INGEST: u32 = 1;
/// To become part of what a model is fine-tuned on.
pub const AION_USE_TRAIN: u32 = 2;

/// English.
pub const AION_LANGUAGE_ENGLISH: u32 = 1;
/// Portuguese of Brazil.
pub const AION_LANGUAGE_PORTUGUESE: u32 = 2;

/// Whether a page may be ingested and trained on, and why not. It never changes, so threads may share it. One that
/// aion_check_policy gave is freed by aion_verdict_free, one that a page or a preview lends is freed with that.
pub struct AionVerdict {
    verdict: Verdict,
    reasons: Vec<Spoken>,
    waived: Vec<Spoken>,
}

/// A reason with its texts.
struct Spoken {
    code: AionText,
    usage: Use,
    english: AionText,
    portuguese: AionText,
}

impl From<&Reason> for Spoken {
    fn from(reason: &Reason) -> Self {
        Self {
            code: reason.code.name().into(),
            usage: reason.usage,
            english: reason.message(Language::English).into(),
            portuguese: reason.message(Language::Portuguese).into(),
        }
    }
}

impl From<Verdict> for AionVerdict {
    fn from(verdict: Verdict) -> Self {
        Self { reasons: pair::keep(&verdict.reasons), waived: pair::keep(&verdict.waived), verdict }
    }
}

/// One objection to one use. What forbids both uses is given as two. Its texts are borrowed from the verdict.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionReason {
    /// What a program branches on: "private_route", "too_short", "pii", "robots", "robots_unreachable",
    /// "http_status", "noindex", "noai", "noimageai", "noml", "tdm_reserved", "content_usage" or "content_signal";
    /// later versions may add codes.
    pub code: *const c_char,
    /// How many bytes `code` has.
    pub code_length: usize,
    /// A sentence for people.
    pub message: *const c_char,
    /// How many bytes `message` has.
    pub message_length: usize,
    /// The use that it forbids: one of AION_USE_*.
    pub usage: u32,
}

impl Spoken {
    fn told(&self, language: u32) -> Option<AionReason> {
        let message = match language {
            AION_LANGUAGE_ENGLISH => &self.english,
            AION_LANGUAGE_PORTUGUESE => &self.portuguese,
            _ => return None,
        };
        let ((code, code_length), (message, message_length)) = (self.code.parts(), message.parts());
        Some(AionReason { code, code_length, message, message_length, usage: number(self.usage) })
    }

    fn json(&self) -> Value {
        json!({
            "code": self.code.as_str(),
            "use": self.usage.name(),
            "message": self.english.as_str(),
            "message_pt": self.portuguese.as_str(),
        })
    }
}

fn number(usage: Use) -> u32 {
    match usage {
        Use::Train => AION_USE_TRAIN,
        _ => AION_USE_INGEST,
    }
}

fn named(usage: u32) -> Option<Use> {
    match usage {
        AION_USE_INGEST => Some(Use::Ingest),
        AION_USE_TRAIN => Some(Use::Train),
        _ => None,
    }
}

impl AionVerdict {
    pub(crate) fn json(&self) -> Value {
        let Verdict { ignored, unknown, follow_links, pii, .. } = &self.verdict;
        let spoken = |reasons: &[Spoken]| reasons.iter().map(Spoken::json).collect::<Value>();
        let names = |codes: &std::collections::BTreeSet<ReasonCode>| {
            codes.iter().map(|code| Value::from(code.name())).collect::<Value>()
        };
        let pii: Map<_, _> = pii.iter().map(|(kind, count)| (kind.name().to_owned(), count.into())).collect();
        json!({
            "ok": self.verdict.ok(),
            "train": self.verdict.allows(Use::Train),
            "reasons": spoken(&self.reasons),
            "waived": spoken(&self.waived),
            "ignored": names(ignored),
            "unknown": names(unknown),
            "follow_links": follow_links,
            "pii": pii,
        })
    }
}

/// Whether the page may be ingested: no reason forbids AION_USE_INGEST. Ask aion_verdict_allows before training on it.
#[unsafe(no_mangle)]
pub extern "C" fn aion_verdict_ok(verdict: Option<&AionVerdict>) -> bool {
    guard_or(false, || Some(verdict?.verdict.ok()))
}

/// Whether no reason forbids the use, which is one of AION_USE_*; false for any other number, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_verdict_allows(verdict: Option<&AionVerdict>, usage: u32) -> bool {
    guard_or(false, || Some(verdict?.verdict.allows(named(usage)?)))
}

/// Whether a crawler may follow the links of the page.
#[unsafe(no_mangle)]
pub extern "C" fn aion_verdict_follow_links(verdict: Option<&AionVerdict>) -> bool {
    guard_or(false, || Some(verdict?.verdict.follow_links))
}

/// How many reasons there are.
#[unsafe(no_mangle)]
pub extern "C" fn aion_verdict_reason_count(verdict: Option<&AionVerdict>) -> usize {
    guard_or(0, || Some(verdict?.reasons.len()))
}

/// Writes one reason to `out`, its message in the language, which is one of AION_LANGUAGE_*. False, and nothing is
/// written, when there is none of that index, or no such language.
#[unsafe(no_mangle)]
pub extern "C" fn aion_verdict_reason(
    verdict: Option<&AionVerdict>,
    index: usize,
    language: u32,
    out: Option<&mut MaybeUninit<AionReason>>,
) -> bool {
    guard_or(false, || {
        out?.write(verdict?.reasons.get(index)?.told(language)?);
        Some(true)
    })
}

/// How many objections were overlooked because the caller does not obey their signals.
#[unsafe(no_mangle)]
pub extern "C" fn aion_verdict_waived_count(verdict: Option<&AionVerdict>) -> usize {
    guard_or(0, || Some(verdict?.waived.len()))
}

/// As aion_verdict_reason, for one that was overlooked.
#[unsafe(no_mangle)]
pub extern "C" fn aion_verdict_waived(
    verdict: Option<&AionVerdict>,
    index: usize,
    language: u32,
    out: Option<&mut MaybeUninit<AionReason>>,
) -> bool {
    guard_or(false, || {
        out?.write(verdict?.waived.get(index)?.told(language)?);
        Some(true)
    })
}

/// The verdict as a JSON object: "ok" and "train", whether the page may be ingested and trained on; "reasons" and
/// "waived", arrays of objects of "code", "use", "message" and "message_pt"; "ignored" and "unknown", arrays of
/// codes: the signals that the caller does not obey, and those that can not be read; "follow_links"; and "pii", the
/// number of identifiers of people by their kind.
#[unsafe(no_mangle)]
pub extern "C" fn aion_verdict_to_json(
    verdict: Option<&AionVerdict>,
    out: Option<&mut MaybeUninit<Option<Box<AionText>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        *out = Some(Box::new(required(verdict, "verdict")?.json().to_string().into()));
        Ok(())
    })
}

/// Frees a verdict that aion_check_policy gave. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_verdict_free(verdict: Option<Box<AionVerdict>>) {
    guard_drop(verdict);
}
