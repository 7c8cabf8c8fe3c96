//! How a crawl behaves towards a site.

use std::io::Write;
use std::time::{Duration, Instant};

use aion_core::crawl::Skip;
use aion_core::policy::{ReasonCode, Use};

use crate::server::*;

fn robots(text: &str) -> Answer {
    response(200, "text/plain", &[], text)
}

#[test]
fn robots_is_asked_once_and_obeyed() {
    let server = Server::new(|request| match request.path.as_str() {
        "/robots.txt" => robots("User-agent: aion\nDisallow: /no\n\nUser-agent: *\nDisallow: /"),
        "/" => page("home", &["/no", "/yes"]),
        path => page(path, &["/no/2", "/"]),
    });
    let (paths, crawl) = crawl(&server, "/", &options());
    assert_eq!(sorted(paths), ["/", "/yes"]);
    assert_eq!((server.count("/robots.txt"), crawl.stats().robots), (1, 1));
    assert_eq!(crawl.stats().skipped(Skip::Robots), 2);
    let mut rude = options();
    rude.respect_robots = false;
    let (paths, _) = self::crawl(&server, "/", &rude);
    assert_eq!(paths.len(), 4);
    assert_eq!(server.count("/robots.txt"), 1);
}

#[test]
fn a_site_without_robots_is_open_and_one_that_fails_is_closed() {
    let missing = Server::new(|request| if request.path == "/" { page("home", &[]) } else { not_found() });
    assert_eq!(crawl(&missing, "/", &options()).0.len(), 1);
    let failing = Server::new(|request| match request.path.as_str() {
        "/robots.txt" => response(500, "text/html", &[], ""),
        _ => page("home", &[]),
    });
    let (paths, crawl) = crawl(&failing, "/", &options());
    assert!(paths.is_empty() && failing.paths().is_empty());
    assert_eq!(crawl.stats().misses[0].skip, Skip::RobotsUnreachable);
}

#[test]
fn robots_may_move_but_not_inside() {
    let canary = Server::at("127.0.0.2", 0, |_| robots("User-agent: *\nAllow: /"));
    let port = canary.port;
    let server = Server::new(move |request| match request.path.as_str() {
        "/robots.txt" => redirect("/elsewhere.txt"),
        "/elsewhere.txt" => robots("User-agent: *\nDisallow: /no"),
        "/" => page("home", &["/no"]),
        _ => not_found(),
    });
    assert_eq!(crawl(&server, "/", &options()).0, ["/"]);
    let evil = Server::new(move |request| match request.path.as_str() {
        "/robots.txt" => redirect(&format!("http://127.0.0.2:{port}/robots.txt")),
        _ => page("home", &[]),
    });
    let error = start(&evil, "/", &options()).next_page().unwrap_err();
    assert!(error.to_string().contains("robots.txt could not be had: 127.0.0.2"), "{error}");
    assert_eq!(canary.connections(), 0);
}

#[test]
fn a_crawl_delay_is_kept() {
    let server = Server::new(|request| match request.path.as_str() {
        "/robots.txt" => robots("User-agent: *\nCrawl-delay: 0.3"),
        "/" => page("home", &["/a", "/b"]),
        path => page(path, &[]),
    });
    assert_eq!(crawl(&server, "/", &options()).0.len(), 3);
    let mut times: Vec<Instant> = ["/", "/a", "/b"].iter().flat_map(|path| server.times(path)).collect();
    times.sort();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] > Duration::from_millis(250)), "{times:?}");
}

#[test]
fn what_is_busy_is_asked_again_when_it_said() {
    let server = Server::new(|request| match (request.path.as_str(), request.before) {
        ("/", _) => page("home", &["/busy", "/broken", "/cut", "/hopeless", "/later"]),
        ("/busy", 0) => response(503, "text/html", &["Retry-After: 1"], ""),
        ("/broken", 0) => response(500, "text/html", &[], ""),
        ("/cut", 0) => Answer::Stream(|stream| {
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\n<p>");
        }),
        ("/hopeless", _) => response(502, "text/html", &[], ""),
        ("/later", _) => response(503, "text/html", &["Retry-After: 86400"], ""),
        (path, _) => page(path, &[]),
    });
    let mut options = options();
    options.retries = 2;
    let (paths, crawl) = crawl(&server, "/", &options);
    assert_eq!(sorted(paths), ["/", "/broken", "/busy", "/cut"]);
    let times = server.times("/busy");
    assert!(times[1] - times[0] >= Duration::from_secs(1));
    assert_eq!((server.count("/hopeless"), server.count("/later")), (3, 1));
    assert_eq!((crawl.stats().retries, crawl.stats().skipped(Skip::HttpStatus)), (5, 2));
}

#[test]
fn too_many_requests_stop_the_whole_host() {
    let server = Server::new(|request| match (request.path.as_str(), request.before) {
        ("/", _) => page("home", &["/a", "/b"]),
        ("/a", 0) => response(429, "text/html", &["Retry-After: 1"], ""),
        (path, _) => page(path, &[]),
    });
    let mut options = options();
    options.concurrency = 1;
    assert_eq!(crawl(&server, "/", &options).0.len(), 3);
    assert!(server.times("/b")[0] - server.times("/a")[0] >= Duration::from_secs(1));
}

#[test]
fn sitemaps_are_read_when_the_links_are_used_up() {
    let server = Server::new(|request| {
        let host = &request.headers["host"];
        let set = |pages: &[&str]| {
            let pages: String =
                pages.iter().map(|page| format!("<url><loc>http://{host}{page}</loc></url>")).collect();
            format!("<urlset>{pages}</urlset>")
        };
        match request.path.as_str() {
            "/robots.txt" => robots(&format!(
                "Disallow: /no\nUser-agent: *\nDisallow: /no\nSitemap: http://{host}/index.xml"
            )),
            "/index.xml" => response(
                200,
                "application/xml",
                &[],
                format!(
                    "<sitemapindex><loc>http://{host}/one.xml</loc><loc>http://{host}/two.xml.gz</loc><loc>http://{host}/index.xml</loc><loc>http://127.0.0.2/evil.xml</loc></sitemapindex>"
                ),
            ),
            "/one.xml" => response(200, "text/xml", &[], set(&["/listed", "/no/1", "/linked"])),
            "/two.xml.gz" => {
                let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
                gzip.write_all(set(&["/packed"]).as_bytes()).unwrap();
                response(200, "application/gzip", &[], gzip.finish().unwrap())
            }
            "/" => page("home", &["/linked"]),
            path => page(path, &[]),
        }
    });
    let (paths, crawl) = crawl(&server, "/", &options());
    assert_eq!(paths[..2], ["/", "/linked"]);
    assert_eq!(sorted(paths[2..].to_vec()), ["/listed", "/packed"]);
    assert_eq!((crawl.stats().sitemaps, server.count("/index.xml")), (3, 1));
    let mut options = options();
    options.max_pages = 2;
    assert_eq!(self::crawl(&server, "/", &options).0.len(), 2);
    assert_eq!(server.count("/index.xml"), 1, "nobody needed it");
}

#[test]
fn the_site_speaks_in_the_verdict() {
    let server = Server::new(|request| match request.path.as_str() {
        "/robots.txt" => robots("User-agent: *\nContent-Signal: ai-train=no\nContent-Usage: /n search=n"),
        "/.well-known/tdmrep.json" => {
            response(200, "application/json", &[], r#"[{"location": "/tdm", "tdm-reservation": 1}]"#)
        }
        "/" => page("home", &["/tdm", "/n"]),
        path => page(path, &[]),
    });
    for page in start(&server, "/", &options()).map(Result::unwrap) {
        let path = page.url.rsplit('/').next().unwrap();
        let has = |code| page.verdict.reasons.iter().any(|reason| reason.code == code);
        assert!(!page.verdict.allows(Use::Train), "{path}");
        assert_eq!(has(ReasonCode::TdmReserved), path == "tdm");
        assert_eq!(has(ReasonCode::ContentUsage), path == "n");
        assert_eq!(page.verdict.ok(), path.is_empty());
    }
    assert_eq!(server.count("/.well-known/tdmrep.json"), 1);
}

#[test]
fn the_agent_is_told_and_the_delay_adapts() {
    let server = Server::new(|request| {
        assert!(request.headers["user-agent"].starts_with("AION/"));
        assert_eq!(request.headers["accept-encoding"], "gzip, deflate, br");
        match request.path.as_str() {
            "/" => page("home", &["/a", "/b", "/c"]),
            path => page(path, &[]),
        }
    });
    let mut options = options();
    options.delay = None;
    let began = Instant::now();
    assert_eq!(crawl(&server, "/", &options).0.len(), 4);
    assert!(began.elapsed() > Duration::from_millis(150));
}
