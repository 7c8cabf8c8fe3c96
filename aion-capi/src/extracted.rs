//! What a page says.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use aion_core::{Extracted, Link};
use serde_json::{Value, json};

use crate::error::AionError;
use crate::handle::{required, vacant};
use crate::pair::{self, AionPageImage, AionPair, Pair};
use crate::panic::{guard, guard_drop, guard_or};
use crate::status::AionStatus;
use crate::text::{self, AionText};

/// What a page or a document says. It never changes, so threads may share it. One that aion_extract_text gave is freed
/// by aion_extracted_free, one that a document lends is freed with the document.
pub struct AionExtracted {
    title: AionText,
    text: AionText,
    language: Option<AionText>,
    detected_language: Option<AionText>,
    canonical: Option<AionText>,
    published: Option<AionText>,
    charset: AionText,
    source: AionText,
    links: Vec<Lead>,
    images: Vec<Pair>,
    meta: Vec<Pair>,
}

/// A link with its texts.
struct Lead {
    url: AionText,
    text: AionText,
    nofollow: bool,
}

impl From<Extracted> for AionExtracted {
    fn from(page: Extracted) -> Self {
        Self {
            title: page.title.into(),
            text: page.text.into(),
            language: page.language.map(AionText::from),
            detected_language: page.detected_language.map(AionText::from),
            canonical: page.canonical.map(AionText::from),
            published: page.published.map(AionText::from),
            charset: page.charset.into(),
            source: page.source.name().into(),
            links: pair::keep(page.links),
            images: pair::keep(page.images),
            meta: pair::keep(page.meta),
        }
    }
}

impl From<Link> for Lead {
    fn from(link: Link) -> Self {
        Self { url: link.url.into(), text: link.text.into(), nofollow: link.nofollow }
    }
}

impl Lead {
    fn json(&self) -> Value {
        json!({ "url": self.url.as_str(), "text": self.text.as_str(), "nofollow": self.nofollow })
    }
}

impl AionExtracted {
    pub(crate) fn json(&self) -> Value {
        let optional = |text: &Option<AionText>| text.as_ref().map(|text| text.as_str().to_owned());
        json!({
            "title": self.title.as_str(),
            "text": self.text.as_str(),
            "language": optional(&self.language),
            "detected_language": optional(&self.detected_language),
            "canonical": optional(&self.canonical),
            "published": optional(&self.published),
            "charset": self.charset.as_str(),
            "source": self.source.as_str(),
            "links": self.links.iter().map(Lead::json).collect::<Value>(),
            "images": pair::objects(&self.images, "url", "alt"),
            "meta": pair::object(&self.meta),
        })
    }
}

/// A link of a page, borrowed from it.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionLink {
    /// The address, without its fragment.
    pub url: *const c_char,
    /// How many bytes `url` has.
    pub url_length: usize,
    /// The text of the link.
    pub text: *const c_char,
    /// How many bytes `text` has.
    pub text_length: usize,
    /// Whether it asks robots not to follow it.
    pub nofollow: bool,
}

impl From<&Lead> for AionLink {
    fn from(link: &Lead) -> Self {
        let ((url, url_length), (text, text_length)) = (link.url.parts(), link.text.parts());
        Self { url, url_length, text, text_length, nofollow: link.nofollow }
    }
}

/// The title; empty if the page has none. Borrowed. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_extracted_title(
    extracted: Option<&AionExtracted>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&extracted?.title))
}

/// The main text, one line per paragraph, heading, list item or row. Borrowed. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_extracted_text(
    extracted: Option<&AionExtracted>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&extracted?.text))
}

/// The declared language as a BCP 47 tag, such as "pt-BR"; NULL if there is none. Borrowed. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_extracted_language(
    extracted: Option<&AionExtracted>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || extracted?.language.as_ref())
}

/// The language that the text looks to be written in, as an ISO 639 code such as "pt": a guess by the text alone,
/// whatever the page declares. NULL for a short or a mixed text. Borrowed. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_extracted_detected_language(
    extracted: Option<&AionExtracted>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || extracted?.detected_language.as_ref())
}

/// The address that the page wants to be known by; NULL if there is none. Borrowed. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_extracted_canonical(
    extracted: Option<&AionExtracted>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || extracted?.canonical.as_ref())
}

/// When the page was published, as it says: an ISO 8601 date or date and time; NULL if it does not say. Borrowed.
/// `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_extracted_published(
    extracted: Option<&AionExtracted>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || extracted?.published.as_ref())
}

/// The charset that the bytes were read with, such as "UTF-8". Borrowed. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_extracted_charset(
    extracted: Option<&AionExtracted>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&extracted?.charset))
}

/// Where the text was found: "article"; "prose", the element that holds most of the page's prose; "json_ld"; "plain",
/// all text of a page whose markup is beyond the limits of a tree; or "document", all text of a file that is no web
/// page. Borrowed. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_extracted_source(
    extracted: Option<&AionExtracted>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&extracted?.source))
}

/// How many addresses the page links to.
#[unsafe(no_mangle)]
pub extern "C" fn aion_extracted_link_count(extracted: Option<&AionExtracted>) -> usize {
    guard_or(0, || Some(extracted?.links.len()))
}

/// Writes one link to `out`, each address once and in the order of the page. False, and nothing is written, when there
/// is none of that index.
#[unsafe(no_mangle)]
pub extern "C" fn aion_extracted_link(
    extracted: Option<&AionExtracted>,
    index: usize,
    out: Option<&mut MaybeUninit<AionLink>>,
) -> bool {
    pair::write_at(|| Some(&extracted?.links), index, out)
}

/// How many images the page has.
#[unsafe(no_mangle)]
pub extern "C" fn aion_extracted_image_count(extracted: Option<&AionExtracted>) -> usize {
    guard_or(0, || Some(extracted?.images.len()))
}

/// Writes one image to `out`; in an office document its address is its place in the file. False, and nothing is
/// written, when there is none of that index.
#[unsafe(no_mangle)]
pub extern "C" fn aion_extracted_image(
    extracted: Option<&AionExtracted>,
    index: usize,
    out: Option<&mut MaybeUninit<AionPageImage>>,
) -> bool {
    pair::write_at(|| Some(&extracted?.images), index, out)
}

/// How many meta elements of different names the page has.
#[unsafe(no_mangle)]
pub extern "C" fn aion_extracted_meta_count(extracted: Option<&AionExtracted>) -> usize {
    guard_or(0, || Some(extracted?.meta.len()))
}

/// Writes one meta element to `out`: its name or property in lower case, and its content. False, and nothing is
/// written, when there is none of that index.
#[unsafe(no_mangle)]
pub extern "C" fn aion_extracted_meta(
    extracted: Option<&AionExtracted>,
    index: usize,
    out: Option<&mut MaybeUninit<AionPair>>,
) -> bool {
    pair::write_at(|| Some(&extracted?.meta), index, out)
}

/// All of it as a JSON object: "title", "text", "language", "detected_language", "canonical", "published", "charset",
/// "source", "links" (objects of "url", "text" and "nofollow"), "images" (objects of "url" and "alt") and "meta", an
/// object.
#[unsafe(no_mangle)]
pub extern "C" fn aion_extracted_to_json(
    extracted: Option<&AionExtracted>,
    out: Option<&mut MaybeUninit<Option<Box<AionText>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        *out = Some(Box::new(required(extracted, "extracted")?.json().to_string().into()));
        Ok(())
    })
}

/// Frees what aion_extract_text gave. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_extracted_free(extracted: Option<Box<AionExtracted>>) {
    guard_drop(extracted);
}
