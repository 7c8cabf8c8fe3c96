//! A look at pages before anything is kept of them.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use aion_core::crawl::Preview;
use serde_json::{Value, json};

use crate::control::{self, AionControl};
use crate::crawl_options::AionCrawlOptions;
use crate::engine::{self, AionEngine};
use crate::error::AionError;
use crate::handle::{required, vacant};
use crate::pair::{self, AionPair, Pair};
use crate::panic::{guard, guard_drop, guard_or};
use crate::status::AionStatus;
use crate::text::{self, AionStr, AionText};
use crate::verdict::AionVerdict;
use crate::{batch, crawl_options};

/// The most addresses of one aion_preview that count.
pub const AION_MAX_PREVIEWS: usize = 200;

/// What a page is about and whether it may be ingested. It never changes, so threads may share it. Freed by
/// aion_preview_free.
pub struct AionPreview {
    url: AionText,
    ok: bool,
    reason: Option<AionText>,
    error: Option<AionText>,
    title: AionText,
    excerpt: AionText,
    text: AionText,
    meta: Vec<Pair>,
    verdict: AionVerdict,
}

impl From<Preview> for AionPreview {
    fn from(preview: Preview) -> Self {
        Self {
            url: preview.url.into(),
            ok: preview.ok,
            reason: preview.reason.map(AionText::from),
            error: preview.error.map(AionText::from),
            title: preview.title.into(),
            excerpt: preview.excerpt.into(),
            text: preview.text.into(),
            meta: pair::keep(preview.meta),
            verdict: preview.verdict.into(),
        }
    }
}

impl AionPreview {
    fn json(&self) -> Value {
        let optional = |text: &Option<AionText>| text.as_ref().map(|text| text.as_str().to_owned());
        json!({
            "url": self.url.as_str(),
            "ok": self.ok,
            "reason": optional(&self.reason),
            "error": optional(&self.error),
            "title": self.title.as_str(),
            "excerpt": self.excerpt.as_str(),
            "text": self.text.as_str(),
            "meta": pair::object(&self.meta),
            "verdict": self.verdict.json(),
        })
    }
}

/// Looks at the pages of `count` addresses. `previews` has `count` places, in the order of `urls`; only the first
/// AION_MAX_PREVIEWS addresses count, and the places of the others stay NULL. What a crawl or a preview of the engine
/// fetched within the last hour is not fetched again. `options` may be NULL for those of the engine, `control` for
/// none. An address that can not be had, or that the control left no time for, is no failure: its preview says so.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for an address that is not UTF-8 and for options out of their range; all
/// places are NULL then.
///
/// # Safety
/// `urls` must point to `count` texts, `previews` to room for `count` pointers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_preview(
    engine: Option<&AionEngine>,
    urls: *const AionStr,
    count: usize,
    options: Option<&AionCrawlOptions>,
    control: Option<&AionControl>,
    previews: *mut Option<Box<AionPreview>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        // SAFETY: the caller vouches for the room.
        let places = unsafe { batch::vacant(previews, count, "previews") }?;
        // SAFETY: the caller vouches for the texts.
        let urls = unsafe { text::list(urls, count, "urls") }?;
        let engine = engine::core(engine)?;
        let options = crawl_options::resolve(options, engine);
        let seen = engine.preview(&urls, &options, &control::begin(control))?;
        for (place, preview) in places.iter_mut().zip(seen) {
            *place = Some(Box::new(preview.into()));
        }
        Ok(())
    })
}

/// The address as it was given. Borrowed. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_preview_url(
    preview: Option<&AionPreview>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&preview?.url))
}

/// Whether the page was fetched and may be ingested.
#[unsafe(no_mangle)]
pub extern "C" fn aion_preview_ok(preview: Option<&AionPreview>) -> bool {
    guard_or(false, || Some(preview?.ok))
}

/// The code of what speaks against it: a reason of the verdict, or why the page could not be had, such as "network";
/// NULL if nothing does. Borrowed. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_preview_reason(
    preview: Option<&AionPreview>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || preview?.reason.as_ref())
}

/// A sentence on what went wrong; NULL if the page could be had. Borrowed. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_preview_error(
    preview: Option<&AionPreview>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || preview?.error.as_ref())
}

/// The title; empty without one. Borrowed. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_preview_title(
    preview: Option<&AionPreview>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&preview?.title))
}

/// The first 800 characters of the text, its white space made even. Borrowed. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_preview_excerpt(
    preview: Option<&AionPreview>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&preview?.excerpt))
}

/// The main text. Borrowed. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_preview_text(
    preview: Option<&AionPreview>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&preview?.text))
}

/// How many facts aion_preview_meta has.
#[unsafe(no_mangle)]
pub extern "C" fn aion_preview_meta_count(preview: Option<&AionPreview>) -> usize {
    guard_or(0, || Some(preview?.meta.len()))
}

/// Writes one fact to `out`: a meta element, or "final_url", "content_type", "status" or "language". False, and
/// nothing is written, when there is none of that index.
#[unsafe(no_mangle)]
pub extern "C" fn aion_preview_meta(
    preview: Option<&AionPreview>,
    index: usize,
    out: Option<&mut MaybeUninit<AionPair>>,
) -> bool {
    pair::write_at(|| Some(&preview?.meta), index, out)
}

/// Whether the page may be ingested and trained on, and why not. Borrowed. NULL for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_preview_verdict(preview: Option<&AionPreview>) -> Option<&AionVerdict> {
    guard_or(None, || Some(preview.map(|preview| &preview.verdict)))
}

/// All of it as a JSON object: "url", "ok", "reason", "error", "title", "excerpt", "text", "meta" (an object) and
/// "verdict" as aion_verdict_to_json has it.
#[unsafe(no_mangle)]
pub extern "C" fn aion_preview_to_json(
    preview: Option<&AionPreview>,
    out: Option<&mut MaybeUninit<Option<Box<AionText>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        *out = Some(Box::new(required(preview, "preview")?.json().to_string().into()));
        Ok(())
    })
}

/// Frees a preview. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_preview_free(preview: Option<Box<AionPreview>>) {
    guard_drop(preview);
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_limit_is_that_of_the_core() {
        assert_eq!(super::AION_MAX_PREVIEWS, aion_core::crawl::MAX_PREVIEWS);
    }
}
