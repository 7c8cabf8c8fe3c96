//! Limits of bytes, headers and time, and traps.

use std::io::Write;
use std::time::{Duration, Instant};

use aion_core::crawl::Skip;

use crate::server::*;

#[test]
fn what_is_too_large_or_too_slow_is_left() {
    let server = Server::new(|request| match request.path.as_str() {
        "/" => page(
            "home",
            &["/long", "/endless", "/bomb", "/headers", "/many", "/drip", "/binary", "/zstd", "/good"],
        ),
        "/long" => response(200, "text/html", &[], vec![b'a'; 200_000]),
        "/endless" => Answer::Stream(|stream| {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n");
            while stream.write_all(&[b'a'; 65_536]).is_ok() {}
        }),
        "/bomb" => {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            gzip.write_all(&vec![0; 20 << 20]).unwrap();
            response(200, "text/html", &["Content-Encoding: gzip"], gzip.finish().unwrap())
        }
        "/headers" => response(200, "text/html", &[&format!("X-Big: {}", "a".repeat(100_000))], "x"),
        "/many" => {
            let headers: Vec<String> = (0..2_000).map(|number| format!("X-{number}: 1")).collect();
            response(200, "text/html", &headers.iter().map(String::as_str).collect::<Vec<_>>(), "x")
        }
        "/drip" => Answer::Stream(|stream| {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n");
            while stream.write_all(b"a").is_ok() {
                std::thread::sleep(Duration::from_millis(100));
            }
        }),
        "/binary" => response(200, "application/octet-stream", &[], vec![0; 1_000]),
        "/zstd" => response(200, "text/html", &["Content-Encoding: zstd"], "x"),
        path => page(path, &[]),
    });
    let mut options = options();
    options.max_page_bytes = 100_000;
    options.page_timeout = Duration::from_secs(1);
    options.retries = 0;
    let began = Instant::now();
    let (paths, crawl) = crawl(&server, "/", &options);
    assert_eq!(sorted(paths), ["/", "/good"]);
    assert!(began.elapsed() < Duration::from_secs(4));
    let stats = crawl.stats();
    assert_eq!(stats.skipped(Skip::TooLarge), 4, "{:?}", stats.misses);
    assert_eq!((stats.skipped(Skip::TimedOut), stats.skipped(Skip::ContentType)), (1, 2));
    assert_eq!(stats.skipped(Skip::Network), 1, "too many header lines");
}

#[test]
fn codings_are_undone() {
    let server = Server::new(|request| {
        let text = page_html(&request.path, &["/zlib", "/gzip"]);
        let (coding, body) = match request.path.as_str() {
            "/zlib" => {
                let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
                zlib.write_all(text.as_bytes()).unwrap();
                ("deflate", zlib.finish().unwrap())
            }
            _ => {
                let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
                gzip.write_all(text.as_bytes()).unwrap();
                ("gzip", gzip.finish().unwrap())
            }
        };
        response(200, "text/html", &[&format!("Content-Encoding: {coding}")], body)
    });
    let pages: Vec<_> = start(&server, "/", &options()).map(Result::unwrap).collect();
    assert_eq!(pages.len(), 3);
    assert!(pages.iter().all(|page| page.text.contains("quick brown fox")));
}

#[test]
fn traps_end_by_themselves() {
    let server = Server::new(|request| {
        let path = request.path.as_str();
        let number = |prefix: &str| path.strip_prefix(prefix).and_then(|rest| rest.parse::<usize>().ok());
        if let Some(month) = number("/cal/") {
            return html(&format!(
                "<title>{month}</title><p>Nothing.</p><a href=/cal/{}>next</a>",
                month + 1
            ));
        }
        if let Some(session) = number("/s/") {
            return html(&format!("<title>s</title><p>{FILLER}</p><a href=/s/{}>again</a>", session + 1));
        }
        match path {
            "/" => page("home", &["/cal/1", "/s/1", "/deep/a/", "/shop?a=1&b=1&c=1", "/good/1"]),
            "/good/1" => page("good", &[]),
            _ if path.starts_with("/deep") => page(path, &["a/", "b/a/"]),
            _ if path.starts_with("/shop") => {
                let links: Vec<String> = (0..20).map(|n| format!("{path}&f{n}=1")).collect();
                page(path, &links.iter().map(String::as_str).collect::<Vec<_>>())
            }
            _ => not_found(),
        }
    });
    let mut options = options();
    options.max_pages = 100_000;
    options.max_depth = 1_000;
    let (paths, crawl) = crawl(&server, "/", &options);
    assert!(paths.contains(&"/good/1".into()));
    let of = |prefix: &str| server.paths().iter().filter(|path| path.starts_with(prefix)).count();
    assert!(
        of("/cal/") <= 20 && of("/s/") <= 20 && of("/deep") <= 200,
        "{} {} {}",
        of("/cal/"),
        of("/s/"),
        of("/deep")
    );
    assert!(of("/shop") <= 600, "{}", of("/shop"));
    assert!(crawl.stats().skipped(Skip::Trap) > 0);
}
