//! The text of a web page, with what the page says of itself.
//!
//! The page is parsed once. Its furniture is taken out by markup (`prune`), Readability's scores say where the
//! article is (`opinion`), and the page's own blocks mend what the scores left out (`choose`). A second opinion,
//! the element that holds the prose, is asked for only where the first one found next to nothing. Markup that is
//! beyond the limits of a tree is read as a stream of tags (`plain`).

mod address;
mod blocks;
pub(crate) mod charset;
mod choose;
pub(crate) mod dates;
mod json_ld;
mod language;
mod metadata;
mod opinion;
mod outline;
mod parse;
mod plain;
mod prune;
mod tidy;
mod vocabulary;

#[cfg(feature = "documents")]
pub(crate) use address::Base;
#[cfg(feature = "documents")]
pub(crate) use blocks::is_invisible;
pub(crate) use language::detect_language;
#[cfg(feature = "documents")]
pub(crate) use metadata::language_tag;

use std::collections::BTreeMap;

use dom_query::Document;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result, catch_panic};
#[cfg(not(feature = "documents"))]
use address::Base;
use blocks::Block;
use metadata::Metadata;
use outline::Outline;

/// How a page is read.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ExtractOptions {
    /// The page's address, which relative links are resolved against. Without it, and without a `base` element,
    /// relative links stay as they are written.
    pub url: Option<String>,
    /// The `Content-Type` header, for its charset.
    pub content_type: Option<String>,
    /// Most bytes that are read; a longer page is an error.
    pub max_bytes: usize,
}

impl Default for ExtractOptions {
    fn default() -> Self {
        Self { url: None, content_type: None, max_bytes: 32 << 20 }
    }
}

/// Where the text of an [`Extracted`] page was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TextSource {
    /// The article that the scores of Readability point to.
    Article,
    /// The element that holds most of the page's prose: no article was found.
    Prose,
    /// The `articleBody` of the page's JSON-LD: the markup holds no text.
    JsonLd,
    /// All text of the page: its markup is beyond the limits of a tree.
    #[default]
    Plain,
    /// All text of a file that is no web page.
    Document,
}

impl TextSource {
    /// The stable name, in snake case.
    pub const fn name(self) -> &'static str {
        match self {
            TextSource::Article => "article",
            TextSource::Prose => "prose",
            TextSource::JsonLd => "json_ld",
            TextSource::Plain => "plain",
            TextSource::Document => "document",
        }
    }
}

/// A link of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Link {
    /// The address, without its fragment.
    pub url: String,
    /// The text of the link, its white space collapsed.
    pub text: String,
    /// Whether the link asks robots not to follow it.
    pub nofollow: bool,
}

/// An image of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PageImage {
    /// The address.
    pub url: String,
    /// The text that stands for the image; empty if there is none.
    pub alt: String,
}

/// Under a name of its own because serde would borrow a `&str` from what it reads.
type CharsetName = &'static str;

/// What a page says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Extracted {
    /// The title; empty if the page has none.
    pub title: String,
    /// The main text, one line per paragraph, heading, list item or row.
    pub text: String,
    /// Each address that the page links to, once, in the order of the page.
    pub links: Vec<Link>,
    /// The declared language as a BCP 47 tag, such as `pt-BR`.
    pub language: Option<String>,
    /// The language that the text looks to be written in, as an ISO 639 code such as `pt`: a guess by the text alone,
    /// whatever the page declares. `None` for a short or a mixed text.
    pub detected_language: Option<String>,
    /// The address that the page wants to be known by.
    pub canonical: Option<String>,
    /// When the page was published, as it says: an ISO 8601 date or date and time.
    pub published: Option<String>,
    /// The images of the page, in its order.
    pub images: Vec<PageImage>,
    /// The page's `meta` elements by lower-case name or property. Values of a repeated name are joined by `, `; of
    /// `og:` and `twitter:` names the first one stands.
    pub meta: BTreeMap<String, String>,
    /// The charset that the bytes were read with, by its name in the Encoding Standard.
    #[serde(deserialize_with = "charset::name")]
    pub charset: CharsetName,
    /// Where the text was found.
    pub source: TextSource,
}

/// Reads an HTML page. Damaged, deep or hostile markup gives the text that can be had, in bounded time.
///
/// # Errors
/// [`ErrorKind::LimitExceeded`] for more than `max_bytes` bytes.
pub fn extract_text(html: &[u8], options: &ExtractOptions) -> Result<Extracted> {
    if html.len() > options.max_bytes {
        let message = format!("a page of {} bytes is over the limit of {}", html.len(), options.max_bytes);
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    let (html, charset) = charset::decode(html, options.content_type.as_deref());
    // The parser and the scores are other people's code: a panic there costs the structure, not the page.
    let tree =
        catch_panic(|| Ok(parse::parse(&html).map(|document| from_tree(document, options)))).ok().flatten();
    let mut page = tree.unwrap_or_else(|| plain::read(&html, options.url.as_deref()));
    page.charset = charset.name();
    page.detected_language = detect_language(&page.text);
    Ok(page)
}

/// What a plain file says.
#[cfg(feature = "crawl")]
pub(crate) fn plain_file(bytes: &[u8], content_type: Option<&str>) -> Extracted {
    let (text, encoding) = charset::decode(bytes, content_type);
    let text = text.trim().to_owned();
    let detected_language = detect_language(&text);
    Extracted { text, detected_language, charset: encoding.name(), ..Extracted::default() }
}

/// The text of a piece of HTML, without a tree.
#[cfg(feature = "documents")]
pub(crate) fn plain_text(html: &str) -> String {
    plain::read(html, None).text
}

fn from_tree(document: Document, options: &ExtractOptions) -> Extracted {
    let base = Base::of(&document, options.url.as_deref());
    let metadata = Metadata::read(&document, &base);
    let (text, source) = main_text(document, &metadata);
    let Metadata { title, links, language, canonical, published, images, meta, .. } = metadata;
    Extracted {
        title,
        text,
        links,
        language,
        canonical,
        published,
        images,
        meta,
        source,
        ..Extracted::default()
    }
}

fn main_text(document: Document, metadata: &Metadata) -> (String, TextSource) {
    let whole = Outline::of(document.tree.root());
    prune::prune(&document, &whole);
    let outline = Outline::of(document.tree.root());
    let page = blocks::blocks(&document.tree.root());
    let prose = opinion::by_prose(&document, &outline);
    let scored = if outline.is_modest() { opinion::by_score(document) } else { Vec::new() };
    let article = tidy::tidy(choose::mend(scored, &page), &metadata.titles);
    if !choose::is_doubtful(&article, &page) {
        return (join(&article), TextSource::Article);
    }
    let prose = tidy::tidy(prose, &metadata.titles);
    let (best, source) = match size(&prose) > size(&article) {
        true => (prose, TextSource::Prose),
        false => (article, TextSource::Article),
    };
    match metadata.body.as_deref() {
        Some(body) if body.chars().count() > 2 * size(&best) => (plain::paragraphs(body), TextSource::JsonLd),
        _ => (join(&best), source),
    }
}

fn size(blocks: &[Block]) -> usize {
    blocks.iter().map(|block| block.chars).sum()
}

fn join(blocks: &[Block]) -> String {
    blocks.iter().map(|block| block.text.as_str()).collect::<Vec<_>>().join("\n")
}
