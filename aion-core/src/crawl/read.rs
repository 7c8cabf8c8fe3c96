//! From an answer to a page: text, links and verdict. Runs beside the engine, which must not wait for it.

use std::hash::{DefaultHasher, Hash, Hasher};

use ::url::Url;

use super::desk::Desk;
use super::fetch::{Answer, Validators};
use super::page::Page;
use super::site::Site;
use crate::error::Result;
use crate::extract::{ExtractOptions, Extracted, decode_text, extract_text};
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

/// Whether documents of `content_type` are read; one that is not told is taken for HTML.
pub(super) fn accepts(content_type: &str) -> bool {
    let media = media_type(content_type);
    is_plain(&media) || matches!(media.as_str(), "" | "text/html" | "application/xhtml+xml")
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
    let extracted = extracted(&body, url, &answer.content_type)?;
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

fn extracted(body: &[u8], url: &Url, content_type: &str) -> Result<Extracted> {
    if is_plain(&media_type(content_type)) {
        let (text, charset) = decode_text(body, Some(content_type));
        return Ok(Extracted { text: text.trim().to_owned(), charset, ..Extracted::default() });
    }
    let mut options = ExtractOptions::default();
    options.url = Some(url.to_string());
    options.content_type = Some(content_type.to_owned());
    options.max_bytes = options.max_bytes.max(body.len());
    extract_text(body, &options)
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
