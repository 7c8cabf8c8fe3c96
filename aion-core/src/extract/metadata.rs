//! What the markup of a page says of it: title, links, images, language, dates and `meta` elements.

use std::collections::{BTreeMap, HashSet};

use dom_query::{Document, Element, LocalName, NodeRef, local_name};

use super::address::Base;
use super::outline::{element, element_name, text_of};
use super::{Link, PageImage, dates, json_ld};

/// Most links, images and `meta` names of one page, and bytes of one text: bounds for hostile pages.
const MAX_LINKS: usize = 10_000;
const MAX_IMAGES: usize = 2_000;
const MAX_NAMES: usize = 256;
const MAX_TEXT_BYTES: usize = 4 << 10;

/// Where a page may say when it was published, the surest first.
const PUBLISHED: &[&str] = &[
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "date",
    "dc.date",
    "dcterms.date",
    "dc.date.issued",
    "dcterms.created",
    "parsely-pub-date",
    "sailthru.date",
    "publishdate",
    "pubdate",
    "publication_date",
    "article.published",
];

/// All that is read besides the text.
#[derive(Debug, Default)]
pub(super) struct Metadata {
    pub(super) title: String,
    /// Every form of the title that the page has, in lower case: what is not repeated in the text.
    pub(super) titles: String,
    pub(super) links: Vec<Link>,
    pub(super) language: Option<String>,
    pub(super) canonical: Option<String>,
    pub(super) published: Option<String>,
    pub(super) images: Vec<PageImage>,
    pub(super) meta: BTreeMap<String, String>,
    /// The text of the article in JSON-LD.
    pub(super) body: Option<String>,
    declared_title: String,
    heading: String,
    time: Option<String>,
    article: json_ld::Article,
    seen: HashSet<String>,
}

impl Metadata {
    pub(super) fn read(document: &Document, base: &Base) -> Self {
        let mut metadata = Self::default();
        for node in document.tree.root().descendants_it() {
            if let Some(name) = element_name(&node) {
                metadata.read_element(&node, name.as_ref(), base);
            }
        }
        metadata.conclude();
        metadata
    }

    fn read_element(&mut self, node: &NodeRef<'_>, name: &str, base: &Base) {
        match name {
            "html" => self.language = attribute(node, "lang").or_else(|| attribute(node, "xml:lang")),
            "title" if self.declared_title.is_empty() => self.declared_title = inner_text(node),
            "h1" if self.heading.is_empty() => self.heading = inner_text(node),
            "time" if self.time.is_none() => {
                self.time = attribute(node, "datetime").and_then(|time| dates::iso(&time))
            }
            "meta" => self.read_meta(node),
            "link" => self.read_relation(node, base),
            "a" | "area" => self.read_link(node, base),
            "img" => self.read_image(node, base),
            "script" => self.read_script(node),
            _ => {}
        }
    }

    fn read_meta(&mut self, node: &NodeRef<'_>) {
        let Some(content) = attribute(node, "content") else { return };
        let Some(name) =
            ["name", "property", "itemprop", "http-equiv"].iter().find_map(|at| attribute(node, at))
        else {
            return;
        };
        let name = cut(&name.to_lowercase(), 128).to_owned();
        let is_full = self.meta.len() >= MAX_NAMES;
        match self.meta.get_mut(&name) {
            // Two `robots` elements are one statement; a network reads the first of its own names.
            Some(value) if name.starts_with("og:") || name.starts_with("twitter:") || *value == content => {}
            Some(value) if value.len() + content.len() < MAX_TEXT_BYTES => {
                value.push_str(", ");
                value.push_str(&content);
            }
            None if !is_full => {
                self.meta.insert(name, content);
            }
            _ => {}
        }
    }

    fn read_relation(&mut self, node: &NodeRef<'_>, base: &Base) {
        let is_canonical = attribute(node, "rel").is_some_and(|rel| has_word(&rel, "canonical"));
        if is_canonical && self.canonical.is_none() {
            self.canonical = attribute(node, "href").and_then(|href| base.resolve(&href));
        }
    }

    fn read_link(&mut self, node: &NodeRef<'_>, base: &Base) {
        if self.links.len() >= MAX_LINKS {
            return;
        }
        let Some(url) = attribute(node, "href").and_then(|href| base.resolve(&href)) else { return };
        if self.seen.insert(url.clone()) {
            let nofollow = attribute(node, "rel").is_some_and(|rel| has_word(&rel, "nofollow"));
            self.links.push(Link { url, text: inner_text(node), nofollow });
        }
    }

    fn read_image(&mut self, node: &NodeRef<'_>, base: &Base) {
        if self.images.len() >= MAX_IMAGES {
            return;
        }
        // Pages that load images late put a placeholder into `src`.
        let sources = ["data-src", "data-lazy-src", "data-original", "src"];
        let Some(url) =
            sources.iter().filter_map(|name| attribute(node, name)).find_map(|src| base.resolve(&src))
        else {
            return;
        };
        if self.seen.insert(format!("image {url}")) {
            self.images.push(PageImage { url, alt: attribute(node, "alt").unwrap_or_default() });
        }
    }

    fn read_script(&mut self, node: &NodeRef<'_>) {
        let is_json_ld =
            attribute(node, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("application/ld+json"));
        if !is_json_ld || self.article.headline.is_some() {
            return;
        }
        let Some(text) = node.first_child() else { return };
        if let Some(article) = text_of(&text, json_ld::article).flatten() {
            self.article = article;
        }
    }

    fn conclude(&mut self) {
        let from_meta = |name: &str| self.meta.get(name).cloned();
        let headline = from_meta("og:title")
            .or_else(|| self.article.headline.take())
            .map(|title| cut(&title, MAX_TEXT_BYTES).to_owned());
        let titles = [&self.declared_title, &self.heading].into_iter().chain(&headline);
        self.titles = titles.map(|title| title.to_lowercase()).collect::<Vec<_>>().join("\n");
        self.title = best_title(&self.declared_title, &self.heading, headline.as_deref());
        let published = PUBLISHED.iter().find_map(|name| dates::iso(self.meta.get(*name)?));
        let in_article = || self.article.published.as_deref().and_then(dates::iso);
        self.published = published.or_else(in_article).or_else(|| self.time.take());
        let others = [from_meta("content-language"), from_meta("og:locale"), self.article.language.take()];
        self.language = self
            .language
            .take()
            .into_iter()
            .chain(others.into_iter().flatten())
            .find_map(|tag| language_tag(&tag));
        self.body = self.article.body.take();
    }
}

/// The heading if the title repeats it with the site's name around it, else what the page gives to networks that
/// show it, else its title.
fn best_title(declared: &str, heading: &str, headline: Option<&str>) -> String {
    let repeated = heading.split_whitespace().count() >= 3 && declared.contains(heading);
    let order = [heading].into_iter().filter(|_| repeated).chain(headline).chain([declared, heading]);
    order.map(str::trim).find(|title| !title.is_empty()).unwrap_or_default().to_owned()
}

/// A BCP 47 tag from the forms that pages use, such as `pt_BR` or `en-US, fr`.
pub(crate) fn language_tag(text: &str) -> Option<String> {
    let tag = text.split([',', ';', ' ']).next()?.trim().replace('_', "-");
    let mut parts = tag.split('-');
    let language = parts.next()?;
    let is_language =
        (2..=3).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_part =
        |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_language && tag.len() <= 35 && parts.all(is_part)).then_some(tag)
}

fn has_word(text: &str, word: &str) -> bool {
    text.split_ascii_whitespace().any(|part| part.eq_ignore_ascii_case(word))
}

/// A trimmed attribute that is not empty.
fn attribute(node: &NodeRef<'_>, name: &str) -> Option<String> {
    let read = |element: &Element| {
        let value = element.attr_ref(LocalName::from(name))?.trim();
        let limit = if matches!(name, "href" | "src") { usize::MAX } else { MAX_TEXT_BYTES };
        (!value.is_empty()).then(|| cut(value, limit).to_owned())
    };
    element(node, read).flatten()
}

/// The text under `node` with its white space collapsed.
fn inner_text(node: &NodeRef<'_>) -> String {
    let mut text = String::new();
    for inside in node.descendants_it() {
        if text.len() >= MAX_TEXT_BYTES {
            break;
        }
        text_of(&inside, |part| text.push_str(cut(part, MAX_TEXT_BYTES)));
        if element_name(&inside) == Some(local_name!("br")) {
            text.push(' ');
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}
