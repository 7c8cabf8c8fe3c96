//! A page that a crawl fetched and read.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use aion_core::crawl::Page;
use serde_json::{Value, json};

use crate::error::AionError;
use crate::handle::{required, vacant};
use crate::pair::{self, AionPageImage, AionPair, Pair};
use crate::panic::{guard, guard_drop, guard_or};
use crate::status::AionStatus;
use crate::text::{self, AionText};
use crate::verdict::AionVerdict;

/// A page that a crawl fetched and read. It never changes, so threads may share it. Freed by aion_page_free; it may
/// outlive its crawl.
pub struct AionPage {
    url: AionText,
    final_url: AionText,
    status: u16,
    title: AionText,
    text: AionText,
    links: Vec<AionText>,
    images: Vec<Pair>,
    published: Option<AionText>,
    language: Option<AionText>,
    detected_language: Option<AionText>,
    meta: Vec<Pair>,
    content_type: AionText,
    depth: u32,
    html: Vec<u8>,
    verdict: AionVerdict,
    headers: Vec<Pair>,
}

impl From<Page> for AionPage {
    fn from(page: Page) -> Self {
        Self {
            url: page.url.into(),
            final_url: page.final_url.into(),
            status: page.status,
            title: page.title.into(),
            text: page.text.into(),
            links: pair::keep(page.links),
            images: pair::keep(page.images),
            published: page.published.map(AionText::from),
            language: page.language.map(AionText::from),
            detected_language: page.detected_language.map(AionText::from),
            meta: pair::keep(page.meta),
            content_type: page.content_type.into(),
            depth: page.depth,
            html: page.html,
            verdict: page.verdict.into(),
            headers: pair::keep(page.headers),
        }
    }
}

impl AionPage {
    fn json(&self) -> Value {
        let optional = |text: &Option<AionText>| text.as_ref().map(|text| text.as_str().to_owned());
        let header = |Pair(name, value): &Pair| json!([name.as_str(), value.as_str()]);
        json!({
            "url": self.url.as_str(),
            "final_url": self.final_url.as_str(),
            "status": self.status,
            "title": self.title.as_str(),
            "text": self.text.as_str(),
            "links": self.links.iter().map(AionText::as_str).collect::<Value>(),
            "images": pair::objects(&self.images, "url", "alt"),
            "published": optional(&self.published),
            "language": optional(&self.language),
            "detected_language": optional(&self.detected_language),
            "meta": pair::object(&self.meta),
            "content_type": self.content_type.as_str(),
            "depth": self.depth,
            "verdict": self.verdict.json(),
            "headers": self.headers.iter().map(header).collect::<Value>(),
        })
    }
}

/// The canonical address that was asked for. Borrowed. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_page_url(
    page: Option<&AionPage>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&page?.url))
}

/// The address that answered, after redirects. Borrowed. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_page_final_url(
    page: Option<&AionPage>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&page?.final_url))
}

/// The HTTP status, always of the 200s; 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_page_status(page: Option<&AionPage>) -> u32 {
    guard_or(0, || Some(page?.status.into()))
}

/// The title; empty without one. Borrowed. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_page_title(
    page: Option<&AionPage>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&page?.title))
}

/// The main text. Borrowed. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_page_text(
    page: Option<&AionPage>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&page?.text))
}

/// The Content-Type; empty without one. Borrowed. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_page_content_type(
    page: Option<&AionPage>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&page?.content_type))
}

/// The language that the page says it is in, such as "pt-BR"; NULL if it does not say. Borrowed. `length` may be
/// NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_page_language(
    page: Option<&AionPage>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || page?.language.as_ref())
}

/// The language that the text looks to be written in, as an ISO 639 code such as "pt": a guess by the text alone,
/// whatever the page declares. NULL for a short or a mixed text. Borrowed. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_page_detected_language(
    page: Option<&AionPage>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || page?.detected_language.as_ref())
}

/// When it was published, as it says: an ISO 8601 date or date and time; NULL if it does not say. Borrowed. `length`
/// may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_page_published(
    page: Option<&AionPage>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || page?.published.as_ref())
}

/// Links between the seed and this page; those that only a sitemap names have 1.
#[unsafe(no_mangle)]
pub extern "C" fn aion_page_depth(page: Option<&AionPage>) -> u32 {
    guard_or(0, || Some(page?.depth))
}

/// The document as it was sent, decoded from its content coding but not from its charset: bytes, after which no NUL
/// comes. Borrowed. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_page_html(
    page: Option<&AionPage>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const u8 {
    let (data, bytes) =
        guard_or((std::ptr::null(), 0), || page.map(|page| (page.html.as_ptr(), page.html.len())));
    if let Some(length) = length {
        length.write(bytes);
    }
    data
}

/// How many addresses the page links to, those too that are not followed.
#[unsafe(no_mangle)]
pub extern "C" fn aion_page_link_count(page: Option<&AionPage>) -> usize {
    guard_or(0, || Some(page?.links.len()))
}

/// The address of one link. Borrowed. NULL when there is none of that index. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_page_link(
    page: Option<&AionPage>,
    index: usize,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    pair::lend(|| Some(&page?.links), index, length)
}

/// How many images the page has.
#[unsafe(no_mangle)]
pub extern "C" fn aion_page_image_count(page: Option<&AionPage>) -> usize {
    guard_or(0, || Some(page?.images.len()))
}

/// Writes one image to `out`. False, and nothing is written, when there is none of that index.
#[unsafe(no_mangle)]
pub extern "C" fn aion_page_image(
    page: Option<&AionPage>,
    index: usize,
    out: Option<&mut MaybeUninit<AionPageImage>>,
) -> bool {
    pair::write_at(|| Some(&page?.images), index, out)
}

/// How many HTTP headers came with the page.
#[unsafe(no_mangle)]
pub extern "C" fn aion_page_header_count(page: Option<&AionPage>) -> usize {
    guard_or(0, || Some(page?.headers.len()))
}

/// Writes one header to `out`, its name in lower case. False, and nothing is written, when there is none of that
/// index.
#[unsafe(no_mangle)]
pub extern "C" fn aion_page_header(
    page: Option<&AionPage>,
    index: usize,
    out: Option<&mut MaybeUninit<AionPair>>,
) -> bool {
    pair::write_at(|| Some(&page?.headers), index, out)
}

/// How many meta elements of different names the page has.
#[unsafe(no_mangle)]
pub extern "C" fn aion_page_meta_count(page: Option<&AionPage>) -> usize {
    guard_or(0, || Some(page?.meta.len()))
}

/// Writes one meta element to `out`: its name or property in lower case, and its content. False, and nothing is
/// written, when there is none of that index.
#[unsafe(no_mangle)]
pub extern "C" fn aion_page_meta(
    page: Option<&AionPage>,
    index: usize,
    out: Option<&mut MaybeUninit<AionPair>>,
) -> bool {
    pair::write_at(|| Some(&page?.meta), index, out)
}

/// Whether the page may be ingested and trained on, and why not. Borrowed. NULL for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_page_verdict(page: Option<&AionPage>) -> Option<&AionVerdict> {
    guard_or(None, || Some(page.map(|page| &page.verdict)))
}

/// All but the document as a JSON object: "url", "final_url", "status", "title", "text", "links", "images" (objects of
/// "url" and "alt"), "published", "language", "detected_language", "meta" (an object), "content_type", "depth",
/// "verdict" as aion_verdict_to_json has it, and "headers" (arrays of a name and a value).
#[unsafe(no_mangle)]
pub extern "C" fn aion_page_to_json(
    page: Option<&AionPage>,
    out: Option<&mut MaybeUninit<Option<Box<AionText>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        *out = Some(Box::new(required(page, "page")?.json().to_string().into()));
        Ok(())
    })
}

/// Frees a page. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_page_free(page: Option<Box<AionPage>>) {
    guard_drop(page);
}
