//! Previews: per address, in order, and never fetched twice.

use std::time::{Duration, Instant};

use aion_core::Control;
use aion_core::crawl::MAX_PREVIEWS;

use crate::server::*;

fn site() -> Server {
    Server::new(|request| match request.path.as_str() {
        "/robots.txt" => response(200, "text/plain", &[], "User-agent: *\nDisallow: /no"),
        "/" => page("home", &["/a"]),
        "/moved" | "/too" => redirect("/b"),
        "/circle" => redirect("/circle2"),
        "/circle2" => redirect("/circle"),
        "/long" => html(&format!("<title>long</title><p>{}</p>", "word ".repeat(1_000))),
        "/thin" => html("<title>thin</title><p>Hi.</p>"),
        "/a" | "/b" => page(&request.path, &["/c"]),
        _ => not_found(),
    })
}

#[test]
fn every_address_has_its_own_answer() {
    let server = site();
    let paths = [
        "/long", "/moved", "/missing", "/no", "/login", "/b", "/too", "/thin", "/long#x", "/circle", "/x.zip",
    ];
    let mut urls: Vec<String> = paths.iter().map(|path| server.url(path)).collect();
    urls.extend(["nonsense".into(), "http://169.254.169.254/".into(), "http://127.0.0.1:1/".into()]);
    let mut options = options();
    options.retries = 0;
    let previews = aion().preview(&urls, &options, &Control::default()).unwrap();
    let got: Vec<&str> = previews.iter().map(|preview| preview.url.as_str()).collect();
    assert_eq!(got, urls);
    let reasons: Vec<Option<&str>> = previews.iter().map(|preview| preview.reason.as_deref()).collect();
    let expected = [
        None,
        None,
        Some("http_status"),
        Some("robots"),
        Some("private_route"),
        None,
        None,
        Some("too_short"),
        None,
        Some("timed_out"),
        Some("content_type"),
        Some("forbidden_address"),
        Some("forbidden_address"),
        Some("network"),
    ];
    assert_eq!(reasons, expected);
    for preview in &previews {
        assert_eq!(preview.ok, preview.reason.is_none(), "{preview:?}");
        assert!(preview.verdict.ok() == preview.ok);
    }
    assert_eq!(previews[0].excerpt.chars().count(), 800);
    assert_eq!((previews[1].title.as_str(), previews[6].title.as_str()), ("/b", "/b"));
    assert_eq!(previews[1].meta["final_url"], server.url("/b"));
    assert!(previews[7].error.is_none() && previews[2].error.as_deref().is_some_and(|it| it.contains("404")));
    assert_eq!((server.count("/b"), server.count("/long")), (1, 1));
}

#[test]
fn what_a_crawl_fetched_is_not_fetched_again() {
    let server = site();
    let aion = aion();
    let crawl = aion.crawl(&server.url("/"), &options(), &Control::default()).unwrap();
    let pages: Vec<_> = crawl.map(Result::unwrap).collect();
    let before = server.paths().len();
    let urls: Vec<&str> = pages.iter().map(|page| page.url.as_str()).collect();
    let previews = aion.preview(&urls, &options(), &Control::default()).unwrap();
    assert_eq!(previews.len(), pages.len());
    assert!(previews.iter().all(|preview| preview.ok));
    assert_eq!((server.paths().len(), server.count("/robots.txt")), (before, 1));
}

#[test]
fn a_verdict_found_on_other_terms_is_not_taken_over() {
    let server = Server::new(|request| match request.path.as_str() {
        "/robots.txt" => response(200, "text/plain", &[], "User-agent: *\nDisallow: /no"),
        path => page(path, &["/no"]),
    });
    let aion = aion();
    let mut lax = options();
    lax.respect_robots = false;
    let pages = aion.crawl(&server.url("/"), &lax, &Control::default()).unwrap().count();
    assert_eq!(pages, 2);
    let previews = aion.preview(&[server.url("/no")], &options(), &Control::default()).unwrap();
    assert_eq!(previews[0].reason.as_deref(), Some("robots"));
    assert!(!previews[0].verdict.ok());
}

#[test]
fn the_files_of_a_site_are_asked_for_once_a_handle() {
    let server = site();
    let aion = aion();
    for url in [server.url("/b"), server.url("/a")] {
        let previews = aion.preview(&[url], &options(), &Control::default()).unwrap();
        assert!(previews[0].ok, "{:?}", previews[0].error);
    }
    assert_eq!((server.count("/b"), server.count("/a"), server.count("/robots.txt")), (1, 1, 1));
    // Another name may have other rules.
    let mut other = options();
    other.user_agent = "ExampleBot/1.0".into();
    aion.preview(&[server.url("/long")], &other, &Control::default()).unwrap();
    assert_eq!(server.count("/robots.txt"), 2);
}

#[test]
fn the_first_two_hundred_count_and_a_deadline_costs_only_the_rest() {
    let server = Server::new(|request| match request.path.as_str() {
        "/slow" => Answer::Stream(|_| std::thread::sleep(Duration::from_secs(10))),
        path => page(path, &[]),
    });
    let urls: Vec<String> = (0..250).map(|page| server.url(&format!("/{page}"))).collect();
    let previews = aion().preview(&urls, &options(), &Control::default()).unwrap();
    assert_eq!((previews.len(), server.paths().len()), (MAX_PREVIEWS, MAX_PREVIEWS));
    let began = Instant::now();
    let control = Control::default().with_timeout(Duration::from_millis(700));
    let urls = [server.url("/fast"), server.url("/slow")];
    let previews = aion().preview(&urls, &options(), &control).unwrap();
    assert!(began.elapsed() < Duration::from_secs(2));
    assert!(previews[0].ok && previews[1].error.as_deref().is_some_and(|error| error.contains("deadline")));
}
