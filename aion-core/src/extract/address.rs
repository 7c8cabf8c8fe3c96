//! Addresses of links and images, made absolute.

use dom_query::{Document, local_name};
use url::Url;

use super::outline::element;

/// Longest address that is kept: longer ones are data, or a mistake.
const MAX_ADDRESS_BYTES: usize = 8 << 10;

/// What the relative addresses of a page are resolved against.
#[derive(Debug)]
pub(crate) struct Base(Option<Url>);

impl Base {
    /// The page's own address `url`, corrected by the `base` element if there is one.
    pub(super) fn of(document: &Document, url: Option<&str>) -> Self {
        let page = Self::from_url(url);
        let declared = document
            .select_single("base[href]")
            .nodes()
            .first()
            .and_then(|node| {
                element(node, |element| element.attr_ref(local_name!("href")).map(str::to_owned))
            })
            .flatten();
        match declared.and_then(|href| page.parse(&href)) {
            Some(base) => Self(Some(base)),
            None => page,
        }
    }

    pub(crate) fn from_url(url: Option<&str>) -> Self {
        Self(url.and_then(|url| Url::parse(url.trim()).ok()))
    }

    /// The address that `href` leads to, without its fragment: `None` unless a browser would fetch it.
    ///
    /// Without a base a relative address is given back as it is written.
    pub(crate) fn resolve(&self, href: &str) -> Option<String> {
        let href = href.trim();
        if href.is_empty() || href.starts_with('#') || href.len() > MAX_ADDRESS_BYTES {
            return None;
        }
        if let Some(mut url) = self.parse(href) {
            url.set_fragment(None);
            return matches!(url.scheme(), "http" | "https").then(|| url.into());
        }
        let relative = self.0.is_none() && Url::parse(href) == Err(url::ParseError::RelativeUrlWithoutBase);
        relative.then(|| href.split('#').next().unwrap_or_default().to_owned())
    }

    fn parse(&self, href: &str) -> Option<Url> {
        Url::options().base_url(self.0.as_ref()).parse(href).ok()
    }
}
