//! From an answer to a page: text, links and verdict. Runs beside the engine, which must not wait for it.

use std::hash::{DefaultHasher, Hash, Hasher};

use ::url::Url;

use super::desk::Desk;
use super::fetch::{Answer, Validators};
use super::options::CrawlOptions;
use super::page::Page;
use super::site::Site;
#[cfg(feature = "documents")]
use crate::documents::{DocumentOptions, extract_document};
use crate::error::Result;
use crate::extract::{ExtractOptions, Extracted, extract_text, plain_file};
use crate::policy::{PolicyPage, check_policy};
use crate::url;

/// A page, and what the engine wants to know of it.
pub(super) struct Reading {
    pub(super) page: Box<Page>,
    /// What it gives as its address, on the same host and canonical.
    pub(super) canonical: Option<Url>,
    /// Its links, without those that ask not to be followed.
    pub(super) followed: Vec<String>,
    /// Whether its links may be followed.
    pub(super) may_follow: bool,
    /// Equal for pages of the same title and text; none without text.
    pub(super) fingerprint: Option<u64>,
    /// Whether it has next to no text.
    pub(super) is_poor: bool,
    pub(super) validators: Validators,
}

/// Whether a body of some content type is read; one that is not told is taken for HTML.
pub(super) fn accepted(options: &CrawlOptions) -> fn(&str) -> bool {
    if options.documents { is_page_or_document } else { is_page }
}

fn is_page(content_type: &str) -> bool {
    let media = media_type(content_type);
    is_plain(&media) || matches!(media.as_str(), "" | "text/html" | "application/xhtml+xml")
}

fn is_page_or_document(content_type: &str) -> bool {
    is_page(content_type) || is_document(&media_type(content_type))
}

/// PDF, office files and tables. What is called a stream of octets says nothing.
fn is_document(media: &str) -> bool {
    matches!(media, "application/pdf" | "text/csv" | "text/tab-separated-values")
        || media.starts_with("application/vnd.openxmlformats-officedocument.")
        || media.starts_with("application/vnd.oasis.opendocument.")
}

/// Reads the body of `answer`, which came from `url`.
///
/// # Errors
/// Those of the extraction.
pub(super) fn read(
    desk: &Desk,
    site: &Site,
    url: &Url,
    asked: &str,
    depth: u32,
    answer: Answer,
) -> Result<Reading> {
    let body = answer.body.unwrap_or_default();
    let extracted = extracted(desk, &body, url, &answer.content_type)?;
    let headers: Vec<(&str, &str)> =
        answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let options = &desk.options.policy;
    let page = PolicyPage {
        url: url.as_str(),
        text: &extracted.text,
        headers: &headers,
        html: Some(&body),
        status: Some(answer.status),
        site: site.signals(url),
    };
    let verdict = check_policy(&page, options);
    let canonical = extracted.canonical.as_deref().and_then(|canonical| canonical_of(url, canonical));
    let followed = extracted.links.iter().filter(|link| !link.nofollow).map(|link| link.url.clone());
    Ok(Reading {
        canonical,
        followed: followed.collect(),
        may_follow: verdict.follow_links,
        fingerprint: fingerprint(&extracted),
        is_poor: extracted.text.chars().take(options.min_text_chars).count() < options.min_text_chars,
        validators: answer.validators,
        page: Box::new(Page {
            url: asked.to_owned(),
            final_url: url.to_string(),
            status: answer.status,
            title: extracted.title,
            text: extracted.text,
            links: extracted.links.into_iter().map(|link| link.url).collect(),
            images: extracted.images,
            published: extracted.published,
            language: extracted.language,
            detected_language: extracted.detected_language,
            meta: extracted.meta,
            content_type: answer.content_type,
            depth,
            html: body,
            verdict,
            headers: answer.headers,
        }),
    })
}

fn media_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is_plain(media: &str) -> bool {
    matches!(media, "text/plain" | "text/markdown")
}

#[cfg_attr(not(feature = "documents"), expect(unused_variables, reason = "only documents have a deadline"))]
fn extracted(desk: &Desk, body: &[u8], url: &Url, content_type: &str) -> Result<Extracted> {
    let media = media_type(content_type);
    #[cfg(feature = "documents")]
    if is_document(&media) {
        return document(desk, body, url, content_type);
    }
    if is_plain(&media) {
        return Ok(plain_file(body, Some(content_type)));
    }
    let mut options = ExtractOptions::default();
    options.url = Some(url.to_string());
    options.content_type = Some(content_type.to_owned());
    options.max_bytes = options.max_bytes.max(body.len());
    extract_text(body, &options)
}

/// A file other than a page; it has as long as a page has to come.
#[cfg(feature = "documents")]
fn document(desk: &Desk, body: &[u8], url: &Url, content_type: &str) -> Result<Extracted> {
    let options = DocumentOptions {
        url: Some(url.to_string()),
        name: url.path_segments().and_then(|mut segments| segments.next_back()).map(str::to_owned),
        content_type: Some(content_type.to_owned()),
        ..DocumentOptions::default()
    };
    let control = desk.control.without_progress().with_timeout(desk.options.page_timeout);
    Ok(extract_document(body, &options, None, &control)?.extracted)
}

/// A page may speak for its own host only.
fn canonical_of(url: &Url, canonical: &str) -> Option<Url> {
    let canonical = url::canonical(url::parse(canonical, Some(url)).ok()?).ok()?;
    (canonical.origin() == url.origin()).then_some(canonical)
}

fn fingerprint(extracted: &Extracted) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    (&extracted.title, &extracted.text).hash(&mut hasher);
    (!extracted.text.is_empty()).then(|| hasher.finish())
}
