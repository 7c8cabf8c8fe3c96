//! The guard against requests that a page forges (SSRF): who may be talked to is decided by address, and the
//! address that was checked is the one that is used.
//!
//! A literal address never reaches a resolver, so [`Guard::door`] reads it from the URL; a name is resolved
//! only by [`CheckedResolver`], inside the connection that asked, so a second answer of the DNS changes nothing.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use ::url::{Host, Url};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::{Reach, reach};

/// Turns names into addresses. What it answers is checked before it is used.
pub trait Resolver: Send + Sync {
    /// The addresses of `host`. Runs on a thread of its own and may block; answers after the page's time-out
    /// are thrown away.
    ///
    /// # Errors
    /// Whatever kept it from answering.
    fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The resolver of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok((host, 0).to_socket_addrs()?.map(|address| address.ip()).collect())
    }
}

/// A host and port that the caller named itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    host: String,
    port: u16,
}

impl Origin {
    /// The host and port of `url`, if it has both.
    pub(super) fn of(url: &Url) -> Option<Self> {
        Some(Self { host: url.host_str()?.to_owned(), port: url.port_or_known_default()? })
    }
}

/// Which of the two clients a request takes: their connections are never mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// Public addresses only.
    Public,
    /// Private addresses too: only to the host and port that were opened.
    Opened,
}

/// Why an address may not be talked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal(String);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}

/// The door for `url`: [`Door::Opened`] only for the origin that the caller opened. Names are checked when they
/// are resolved.
///
/// # Errors
/// A [`Refusal`] for a literal address that is out of bounds, a scheme that is not HTTP, or credentials.
pub(super) fn door(url: &Url, opened: Option<&Origin>) -> Result<Door, Refusal> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Refusal(format!("`{}` is not a scheme that is crawled", url.scheme())));
    }
    // `http://good.example@evil.example/` is meant to be misread.
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refusal("a URL with credentials is not crawled".into()));
    }
    let door = match opened {
        Some(opened) if Origin::of(url).as_ref() == Some(opened) => Door::Opened,
        _ => Door::Public,
    };
    match url.host() {
        Some(Host::Ipv4(address)) => check(IpAddr::V4(address), door)?,
        Some(Host::Ipv6(address)) => check(IpAddr::V6(address), door)?,
        Some(Host::Domain(_)) => {}
        None => return Err(Refusal("a URL without a host is not crawled".into())),
    }
    Ok(door)
}

fn check(address: IpAddr, door: Door) -> Result<(), Refusal> {
    match (reach(address), door) {
        (Reach::Public, _) | (Reach::Private, Door::Opened) => Ok(()),
        (Reach::Private, Door::Public) => Err(Refusal(format!(
            "{address} is not on the internet; `allow_private_hosts` opens the seed's own host and port"
        ))),
        (Reach::Never, _) => Err(Refusal(format!("{address} is never crawled: no page is served there"))),
    }
}

/// The resolver that one client connects by: it hands on only addresses that its door lets through.
pub(super) struct CheckedResolver {
    pub(super) resolver: Arc<dyn Resolver>,
    pub(super) door: Door,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (resolver, door) = (Arc::clone(&self.resolver), self.door);
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let addresses = tokio::task::spawn_blocking(move || resolver.resolve(&host)).await??;
            // A name that leads inside and outside is a trap, so one wrong address refuses them all.
            for &address in &addresses {
                check(address, door)?;
            }
            Ok(Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str, opened: Option<&str>) -> bool {
        let opened = opened.and_then(|opened| Origin::of(&Url::parse(opened).unwrap()));
        door(&Url::parse(url).unwrap(), opened.as_ref()).is_err()
    }

    #[test]
    fn literals_are_refused_in_every_spelling() {
        for url in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0177.0.0.1/",
            "http://0x7f.1/",
            "http://127.1/",
            "http://127.0.0.1./",
            "http://%31%32%37.0.0.1/",
            "http://\u{ff11}27.0.0.1/",
            "http://\u{2460}27.0.0.1/",
            "http://127\u{3002}0\u{3002}0\u{3002}1/",
            "http://[::1]/",
            "http://[0:0:0:0:0:ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[64:ff9b::127.0.0.1]/",
            "http://[fe80::1]/",
            "http://0/",
            "http://0.0.0.0/",
            "http://169.254.169.254/latest/meta-data/",
            "http://2852039166/",
            "http://[fd00:ec2::254]/",
            "http:\\\\127.0.0.1\\x",
            "http://user@1.1.1.1/",
            "http://1.1.1.1@127.0.0.1/",
            "file:///etc/passwd",
            "gopher://1.1.1.1/",
            "ftp://1.1.1.1/",
        ] {
            assert!(refused(url, None), "{url}");
            assert!(refused(url, Some("http://192.168.0.1:8080/")), "{url}");
        }
        assert!(!refused("http://1.1.1.1/", None) && !refused("https://example.com/", None));
    }

    #[test]
    fn only_the_opened_host_and_port_are_open() {
        let opened = Some("http://127.0.0.1:8080/seed");
        assert!(!refused("http://127.0.0.1:8080/other", opened));
        assert!(!refused("https://0x7f000001:8080/", opened));
        for url in
            ["http://127.0.0.1/", "http://127.0.0.1:8081/", "http://127.0.0.2:8080/", "http://[::1]:8080/"]
        {
            assert!(refused(url, opened), "{url}");
        }
        assert!(refused("http://169.254.169.254/", Some("http://169.254.169.254/")));
    }
}
