//! Sitemaps (sitemaps.org): XML, its indices, plain text, gzip.
//!
//! Only the addresses are read, by their tags: no entities are defined and nothing is nested, so there is
//! nothing for a hostile file to expand.

use std::collections::HashSet;

use ::url::Url;
use memchr::memmem;

use super::decode::Decoder;
use super::desk::Desk;
use super::fetch::Answer;
use super::guard::Origin;
use super::site::{Site, SiteFile};
use crate::policy::RobotsAccess;

/// Of a larger file the rest is not read; the protocol allows 50 MB.
const MAX_BYTES: usize = 16 << 20;
/// Files of one site.
const MAX_FILES: usize = 64;
/// Addresses of one site; the protocol allows as many in one file.
const MAX_ADDRESSES: usize = 50_000;

/// What a sitemap file names.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sitemap {
    pages: Vec<String>,
    files: Vec<String>,
}

/// The addresses of pages that the sitemaps of `site` name; those in `robots.txt`, else `/sitemap.xml`.
pub(super) async fn addresses(
    desk: &Desk,
    site: &Site,
    origin: &Url,
    opened: Option<&Origin>,
) -> Vec<String> {
    let mut files: Vec<String> = site.sitemaps.iter().take(MAX_FILES).cloned().rev().collect();
    if files.is_empty() {
        files.push("/sitemap.xml".into());
    }
    let (mut known, mut pages) = (HashSet::new(), Vec::new());
    while let Some(file) = files.pop() {
        let Ok(url) = origin.join(&file) else { continue };
        // Other hosts have a robots.txt of their own, which nobody has read.
        let is_own = url.origin() == origin.origin();
        let may = matches!(site.access(url.as_str()), RobotsAccess::Allowed | RobotsAccess::Unknown);
        if known.len() >= MAX_FILES || pages.len() >= MAX_ADDRESSES || !is_own || !may || !known.insert(file)
        {
            continue;
        }
        let found = read(desk, url, opened).await;
        pages.extend(found.pages);
        files.extend(found.files.into_iter().take(MAX_FILES).rev());
    }
    pages.truncate(MAX_ADDRESSES);
    pages
}

async fn read(desk: &Desk, url: Url, opened: Option<&Origin>) -> Sitemap {
    let file = SiteFile { limit: MAX_BYTES, accepts: |media| !media.starts_with("text/html") };
    let Ok(Answer { body: Some(body), .. }) = file.get(desk, url, opened).await else {
        return Sitemap::default();
    };
    desk.stats.lock().sitemaps += 1;
    tokio::task::spawn_blocking(move || parse(&unpacked(body))).await.unwrap_or_default()
}

/// The file of a `.xml.gz`, which is no content coding.
fn unpacked(body: Vec<u8>) -> Vec<u8> {
    let is_gzip = body.starts_with(&[0x1f, 0x8b]);
    let Some(mut decoder) = Decoder::new("gzip", MAX_BYTES).filter(|_| is_gzip) else { return body };
    // What came out before the limit or the damage counts.
    let _ = decoder.write(&body);
    decoder.finish()
}

fn parse(body: &[u8]) -> Sitemap {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let is_xml = body.trim_ascii_start().starts_with(b"<");
    let is_index = memmem::find(body, b"<sitemapindex").is_some();
    let addresses = if is_xml { locations(body) } else { lines(body) };
    if is_index {
        Sitemap { files: addresses, pages: Vec::new() }
    } else {
        Sitemap { pages: addresses, files: Vec::new() }
    }
}

fn lines(body: &[u8]) -> Vec<String> {
    let lines =
        body.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| line.starts_with(b"http"));
    lines.take(MAX_ADDRESSES).map(|line| String::from_utf8_lossy(line).into_owned()).collect()
}

/// The contents of all `loc` elements; `image:loc` is none.
fn locations(body: &[u8]) -> Vec<String> {
    let starts = memmem::find_iter(body, b"<loc>").map(|at| &body[at + 5..]);
    let contents = starts.filter_map(|rest| memchr::memchr(b'<', rest).map(|end| (&rest[..end], rest)));
    contents.take(MAX_ADDRESSES).filter_map(|(text, rest)| address(text, rest)).collect()
}

fn address(text: &[u8], rest: &[u8]) -> Option<String> {
    let cdata = rest.trim_ascii_start().strip_prefix(b"<![CDATA[");
    let text = match cdata {
        Some(inner) => String::from_utf8_lossy(&inner[..memmem::find(inner, b"]]>")?]).into_owned(),
        None => unescaped(&String::from_utf8_lossy(text)),
    };
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The five entities that XML defines; `&amp;` last, so that nothing is read twice.
fn unescaped(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    text.replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_pages_are_told_apart() {
        let set = parse(
            b"<?xml version='1.0'?><urlset xmlns='x' xmlns:image='y'><url><loc> http://a/1?x=1&amp;y=2\n</loc>\
              <image:image><image:loc>http://a/i.png</image:loc></image:image></url>\
              <url><loc><![CDATA[http://a/2?a&b]]></loc></url><url><loc></loc></url><url><loc>http://a/cut",
        );
        assert_eq!(set.pages, ["http://a/1?x=1&y=2", "http://a/2?a&b"]);
        let index = parse(
            b"\xef\xbb\xbf<sitemapindex><sitemap><loc>http://a/s.xml.gz</loc></sitemap></sitemapindex>",
        );
        assert_eq!((index.files.len(), index.pages.len()), (1, 0));
        assert_eq!(parse(b"http://a/1\r\n# no\nhttp://a/2\n").pages, ["http://a/1", "http://a/2"]);
        assert_eq!(parse(b"\xff\xfe\x00"), Sitemap::default());
    }

    #[test]
    fn entities_do_not_explode() {
        let body =
            b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]><urlset><url><loc>http://a/&a;&amp;lt;</loc></url></urlset>";
        assert_eq!(parse(body).pages, ["http://a/&a;&lt;"]);
    }
}
