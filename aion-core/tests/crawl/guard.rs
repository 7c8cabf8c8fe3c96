//! SSRF: the address that was checked is the address that is used. Nothing here leaves the machine.

use std::sync::Arc;

use aion_core::crawl::CrawlOptions;
use aion_core::{Control, ErrorKind};

use crate::server::*;

fn fails(seed: &str, options: &CrawlOptions) -> ErrorKind {
    match aion().crawl(seed, options, &Control::default()) {
        Ok(mut crawl) => crawl.next().unwrap().unwrap_err().kind(),
        Err(error) => error.kind(),
    }
}

#[test]
fn private_seeds_are_refused_before_anything_is_sent() {
    let server = Server::new(|_| page("home", &[]));
    let port = server.port;
    let mut closed = options();
    closed.allow_private_hosts = false;
    for host in ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "[::ffff:127.0.0.1]", "127.1", "0.0.0.0"]
    {
        assert_eq!(fails(&format!("http://{host}:{port}/"), &closed), ErrorKind::InvalidArgument, "{host}");
    }
    // Metadata services stay closed to those who open the seed.
    for seed in [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/",
        "file:///etc/passwd",
        "no url",
    ] {
        assert_eq!(fails(seed, &options()), ErrorKind::InvalidArgument, "{seed}");
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn names_are_judged_by_where_they_lead() {
    let server = Server::new(|_| page("home", &[]));
    let names = Names::default()
        .with("private.test", &[&["127.0.0.1"]])
        .with("mixed.test", &[&["93.184.216.34", "10.0.0.1"]])
        .with("metadata.test", &[&["169.254.169.254"]])
        .with("mapped.test", &[&["::ffff:192.168.0.1"]]);
    let mut closed = options();
    closed.resolver = Arc::new(names);
    closed.allow_private_hosts = false;
    for host in ["private.test", "mixed.test", "metadata.test", "mapped.test"] {
        assert_eq!(
            fails(&format!("http://{host}:{}/", server.port), &closed),
            ErrorKind::InvalidArgument,
            "{host}"
        );
    }
    closed.allow_private_hosts = true;
    assert_eq!(fails("http://metadata.test/", &closed), ErrorKind::InvalidArgument);
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_second_answer_of_the_dns_changes_nothing() {
    // Every connection is closed after one answer, so every page needs a new one and a new look at the name.
    let server = Server::new(|request| match request.path.as_str() {
        "/" => response(200, "text/html", &["Connection: close"], page_html("home", &["/a"])),
        path => response(200, "text/html", &["Connection: close"], page_html(path, &[])),
    });
    let names = Arc::new(
        Names::default()
            .with("rebind.test", &[&["127.0.0.1"], &["127.0.0.1"], &["127.0.0.1"], &["169.254.169.254"]]),
    );
    let mut options = options();
    options.concurrency = 1;
    options.retries = 0;
    options.resolver = Arc::<Names>::clone(&names);
    let seed = format!("http://rebind.test:{}/", server.port);
    let crawl = aion().crawl(&seed, &options, &Control::default()).unwrap();
    let pages: Vec<_> = crawl.map(|page| page.unwrap().url).collect();
    let asked = names.asked.lock().unwrap().len();
    // One look at the name for each connection and none beside: what was checked is what was used.
    assert_eq!(pages.len(), 1, "robots, tdmrep and the seed were served, /a was refused");
    assert!(asked > server.connections(), "{asked} {}", server.connections());
    assert_eq!(server.connections(), 3);
}

#[test]
fn only_the_port_of_the_seed_is_open() {
    let other = Server::new(|_| page("internal", &[]));
    let link = other.url("/internal");
    let server = Server::new(move |request| match request.path.as_str() {
        "/" => page("home", &[&link, "/away"]),
        "/away" => redirect(&link),
        _ => not_found(),
    });
    let mut options = options();
    options.same_host = false;
    assert_eq!(crawl(&server, "/", &options).0, ["/"]);
    assert_eq!(other.connections(), 0);
}

#[test]
fn sitemaps_lead_nowhere_inside() {
    let canary = Server::at("127.0.0.2", 0, |_| page("secret", &[]));
    let (map, away) = (canary.url("/sitemap.xml"), canary.url("/listed"));
    let server = Server::new(move |request| match request.path.as_str() {
        "/robots.txt" => response(
            200,
            "text/plain",
            &[],
            format!("Sitemap: {map}\nSitemap: /own.xml\nSitemap: /moved.xml"),
        ),
        "/own.xml" => response(200, "text/xml", &[], format!("<urlset><loc>{away}</loc></urlset>")),
        "/moved.xml" => redirect(&map),
        "/" => page("home", &[]),
        _ => not_found(),
    });
    let mut options = options();
    options.same_host = false;
    assert_eq!(crawl(&server, "/", &options).0, ["/"]);
    assert_eq!((canary.connections(), server.count("/own.xml"), server.count("/moved.xml")), (0, 1, 1));
}
