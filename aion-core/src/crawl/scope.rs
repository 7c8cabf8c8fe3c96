//! Which addresses belong to a crawl.

use std::collections::HashSet;

use ::url::Url;

use super::options::CrawlOptions;
use crate::error::{Error, ErrorKind, Result};

/// File names that are never documents, so that they are not even asked for.
const NO_DOCUMENTS: &[&str] = &[
    "7z", "aac", "apk", "avi", "avif", "bin", "bmp", "bz2", "css", "deb", "dll", "dmg", "eot", "exe", "flac",
    "flv", "gif", "gz", "ico", "img", "iso", "jar", "jpeg", "jpg", "js", "m4a", "m4v", "mjs", "mkv", "mov",
    "mp3", "mp4", "mpeg", "mpg", "msi", "ogg", "ogv", "otf", "png", "rar", "rpm", "svg", "swf", "tar", "tgz",
    "tif", "tiff", "ttf", "wasm", "wav", "webm", "webp", "wmv", "woff", "woff2", "xz", "zip", "zst",
];

/// The hosts of a crawl.
#[derive(Debug, Default)]
pub(super) struct Scope {
    is_open: bool,
    hosts: HashSet<String>,
}

impl Scope {
    /// Everything, or the hosts that `options` names; seeds are added by [`join`](Self::join).
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for one of `hosts` that is none.
    pub(super) fn new(options: &CrawlOptions) -> Result<Self> {
        let mut scope = Self { is_open: !options.same_host, hosts: HashSet::new() };
        for host in &options.hosts {
            let bare = host.split_once("://").map_or(host.as_str(), |(_, rest)| rest);
            let url = crate::url::parse(&format!("http://{bare}"), None).map_err(|source| {
                let message = format!("{host:?} in `hosts` is not a host such as `docs.example.com`");
                Error::new(ErrorKind::InvalidArgument, message).with_source(source)
            })?;
            scope.join(&url);
        }
        Ok(scope)
    }

    /// Adds the host of `url`; tells its name if it is new.
    pub(super) fn join(&mut self, url: &Url) -> Option<String> {
        let name = name(url);
        self.hosts.insert(name.clone()).then_some(name)
    }

    pub(super) fn covers(&self, url: &Url) -> bool {
        self.is_open || self.hosts.contains(&name(url))
    }
}

/// Host and port; HTTP and HTTPS at their own ports are one site.
fn name(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    match url.port() {
        None | Some(80 | 443) => host.to_owned(),
        Some(port) => format!("{host}:{port}"),
    }
}

/// Whether the name of the file says that it is no document.
pub(super) fn is_no_document(url: &Url) -> bool {
    let file = url.path().rsplit('/').next().unwrap_or_default();
    let extension = file.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    extension.is_some_and(|extension| NO_DOCUMENTS.binary_search(&extension.as_str()).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_whole_and_ports_count() {
        let options = CrawlOptions { hosts: vec!["docs.example.com".into()], ..CrawlOptions::default() };
        let mut scope = Scope::new(&options).unwrap();
        let url = |text: &str| Url::parse(text).unwrap();
        assert!(scope.join(&url("http://example.com/a")).is_some());
        assert!(scope.join(&url("https://example.com./")).is_none());
        for (text, expected) in [
            ("https://example.com/b", true),
            ("http://docs.example.com/", true),
            ("http://www.example.com/", false),
            ("http://example.com:8080/", false),
            ("http://notexample.com/", false),
        ] {
            assert_eq!(scope.covers(&url(text)), expected, "{text}");
        }
        let wrong = CrawlOptions { hosts: vec!["a b".into()], ..CrawlOptions::default() };
        assert_eq!(Scope::new(&wrong).unwrap_err().kind(), ErrorKind::InvalidArgument);
    }

    #[test]
    fn file_names_tell_what_is_no_document() {
        assert!(NO_DOCUMENTS.is_sorted());
        let is_none = |text: &str| is_no_document(&Url::parse("http://a").unwrap().join(text).unwrap());
        assert!(is_none("/a.ZIP") && is_none("/b/c.tar.gz?x=.html"));
        assert!(!is_none("/a.html") && !is_none("/zip") && !is_none("/a.pdf") && !is_none("/1.2"));
    }
}
