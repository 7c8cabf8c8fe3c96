//! Sites that a host never wants to visit, matched on the borders of labels and of path segments.

use std::collections::HashMap;
use std::net::IpAddr;

use ::url::{Host, Url};

use crate::error::{Error, ErrorKind, Result};
use crate::url::{canonical, normal_escapes, parse};

/// Most octets of a name in the DNS; longer ones lead nowhere.
const MAX_NAME_BYTES: usize = 253;

/// A list of sites such as `facebook.com`, `*.example.com` or `example.com/private`.
///
/// - `example.com` means this host and everything below it, but not `notexample.com`; `.example.com` means the same;
/// - `*.example.com` means only what is below it;
/// - `example.com/private` means `/private` and what is below it, but not `/privateer`;
/// - `example.com:8080` means that port only; an IP address means itself. A scheme before it is ignored.
///
/// Hosts are compared as the WHATWG standard writes them, so case, IDNA and the spelling of an address do not
/// matter, nor does a dot at the end. Paths are compared by their octets, case included.
///
/// ```
/// use aion_core::Blocklist;
///
/// let blocklist = Blocklist::new(["facebook.com", "*.example.com"])?;
/// assert!(blocklist.blocks("https://www.Facebook.com./about"));
/// assert!(!blocklist.blocks("https://notfacebook.com/"));
/// assert!(!blocklist.blocks("https://example.com/"));
/// # Ok::<(), aion_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Blocklist {
    sites: HashMap<String, Vec<Site>>,
}

/// What of a host is blocked.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Site {
    /// Whether only hosts below it are meant.
    below_only: bool,
    port: Option<u16>,
    /// Without a `/` at the end; empty for all paths.
    path: String,
}

impl Blocklist {
    /// The list of `entries`; empty ones are passed over.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] that names the first entry which is no site: it would block nothing.
    pub fn new<S: AsRef<str>>(entries: impl IntoIterator<Item = S>) -> Result<Self> {
        let mut blocklist = Self::default();
        for entry in entries {
            let entry = entry.as_ref().trim();
            if entry.is_empty() {
                continue;
            }
            let (host, site) = read(entry).map_err(|source| {
                let shown = &entry[..entry.floor_char_boundary(200)];
                let message = format!("{shown:?} in the blocklist is not a site such as `example.com`");
                Error::new(ErrorKind::InvalidArgument, message).with_source(source)
            })?;
            let sites = blocklist.sites.entry(host).or_default();
            if !sites.contains(&site) {
                sites.push(site);
            }
        }
        Ok(blocklist)
    }

    /// Whether `url` is on the list. What is no URL, or has no host, is on none.
    pub fn blocks(&self, url: &str) -> bool {
        !self.sites.is_empty() && parse(url, None).is_ok_and(|url| self.blocks_url(&url))
    }

    /// See [`blocks`](Self::blocks).
    pub(crate) fn blocks_url(&self, url: &Url) -> bool {
        let Some(host) = url.host().filter(|_| !self.sites.is_empty()) else { return false };
        let path = normal_escapes(url.path());
        let port = url.port_or_known_default();
        let matches = |host: &str, is_below: bool| {
            let sites = self.sites.get(host).into_iter().flatten();
            sites.filter(|site| is_below || !site.below_only).any(|site| site.covers(port, &path))
        };
        match host {
            Host::Domain(domain) => {
                let name = domain.trim_end_matches('.');
                let above = name.match_indices('.').map(|(at, _)| &name[at + 1..]);
                // Without the limit a name of thousands of labels would take quadratic time.
                let mut above = above.filter(|host| host.len() <= MAX_NAME_BYTES);
                matches(name, false) || above.any(|host| matches(host, true))
            }
            Host::Ipv4(address) => matches(&address.to_string(), false),
            Host::Ipv6(address) => {
                // `::ffff:1.2.3.4` leads to 1.2.3.4.
                let same = IpAddr::V6(address).to_canonical().to_string();
                matches(&address.to_string(), false) || matches(&same, false)
            }
        }
    }
}

impl Site {
    fn covers(&self, port: Option<u16>, path: &str) -> bool {
        let rest = path.strip_prefix(&self.path);
        self.port.is_none_or(|own| port == Some(own))
            && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || self.path.is_empty())
    }
}

/// The host of an entry as it is looked up, and what of it is meant.
///
/// # Errors
/// Those of a URL without or with a wrong host.
fn read(entry: &str) -> Result<(String, Site)> {
    let rest = entry.split_once("://").map_or(entry, |(_, rest)| rest);
    let (below_only, rest) = match rest.strip_prefix("*.") {
        Some(rest) => (true, rest),
        None => (false, rest.strip_prefix('.').unwrap_or(rest)),
    };
    let refuse = |reason: &str| Err(Error::new(ErrorKind::InvalidArgument, reason));
    if rest.starts_with(['/', '\\']) {
        return refuse("it has no host");
    }
    let url = canonical(parse(&format!("http://{}", ipv6_in_brackets(rest)), None)?)?;
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("it has a user");
    }
    if url.query().is_some() {
        return refuse("it has a query");
    }
    let host = match url.host() {
        Some(Host::Domain(domain)) => domain.trim_end_matches('.').to_owned(),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) if below_only => return refuse("nothing is below an address"),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        None => String::new(),
    };
    if host.len() > MAX_NAME_BYTES {
        return refuse("its name is too long");
    }
    if host.is_empty() || host.split('.').any(str::is_empty) || host.contains('*') {
        return refuse("it has no host, or a `*` that is not at its start");
    }
    // `http` takes port 80 for granted, so it is read from the text.
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let port = url.port().or_else(|| authority.ends_with(":80").then_some(80));
    Ok((host, Site { below_only, port, path: url.path().trim_end_matches('/').to_owned() }))
}

/// `::1` is an address, not a host and a port.
fn ipv6_in_brackets(entry: &str) -> String {
    match entry.parse::<std::net::Ipv6Addr>() {
        Ok(address) => format!("[{address}]"),
        Err(_) => entry.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(entry: &str, url: &str) -> bool {
        Blocklist::new([entry]).unwrap().blocks(url)
    }

    #[test]
    fn labels_and_segments_are_whole() {
        for (entry, url, expected) in [
            ("facebook.com", "https://facebook.com/", true),
            ("facebook.com", "https://m.facebook.com/x", true),
            ("facebook.com", "https://notfacebook.com/", false),
            ("facebook.com", "https://facebook.com.evil.example/", false),
            ("facebook.com", "https://user@FACEBOOK.com.:8443/", true),
            ("facebook.com", "https://evil.example/facebook.com", false),
            ("https://Facebook.com./", "http://facebook.com/", true),
            (".facebook.com", "http://facebook.com/", true),
            ("*.example.com", "http://example.com/", false),
            ("*.example.com", "http://a.b.example.com/", true),
            ("com", "http://example.com/", true),
            ("b\u{fc}cher.example", "http://www.XN--BCHER-KVA.example/", true),
            ("xn--bcher-kva.example", "http://B\u{dc}CHER.example/", true),
            ("bu\u{308}cher.example", "http://b\u{fc}cher\u{3002}example/", true),
            ("example.com/private", "http://example.com/private", true),
            ("example.com/private", "http://www.example.com/private/a?b", true),
            ("example.com/private", "http://example.com/privateer", false),
            ("example.com/private/", "http://example.com/a/../%70rivate/", true),
            ("example.com/private", "http://example.com/Private", false),
            ("example.com:8080", "http://example.com:8080/", true),
            ("example.com:8080", "http://example.com/", false),
            ("example.com:80", "http://example.com/", true),
            ("example.com:80", "https://example.com/", false),
            ("127.0.0.1", "http://0x7f000001/", true),
            ("127.0.0.1", "http://2130706433/", true),
            ("127.0.0.1", "http://[::ffff:127.0.0.1]/", true),
            ("1.example", "http://127.0.0.1/", false),
            ("::1", "http://[0:0::1]/", true),
            ("[::1]:81", "http://[::1]:81/", true),
        ] {
            assert_eq!(blocks(entry, url), expected, "{entry} {url}");
        }
    }

    #[test]
    fn names_without_end_are_soon_done() {
        let url = format!("http://{}example.com/", "a.".repeat(4_000));
        assert!(blocks("example.com", &url));
        assert!(!blocks("xample.com", &url));
    }

    #[test]
    fn what_has_no_host_is_on_no_list() {
        assert!(!blocks("a.example", "mailto:x@a.example"));
        assert!(!blocks("a.example", "a.example"));
        assert!(!Blocklist::new([" ", ""]).unwrap().blocks("http://a.example"));
    }

    #[test]
    fn entries_that_would_block_nothing_are_refused() {
        for entry in [
            "*",
            "*.",
            "/path",
            "a..b",
            "a b",
            "ex*mple.com",
            "*.*.com",
            "*.1.2.3.4",
            "u@a.com",
            "a.com?x",
            "http://",
            "a.com:x",
        ] {
            let error = Blocklist::new(["b.example", entry]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{entry}");
            assert!(error.to_string().contains(entry), "{error}");
        }
    }
}
