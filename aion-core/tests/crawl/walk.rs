//! Where a crawl goes, and where it does not.

use aion_core::crawl::Skip;
use aion_core::{Blocklist, ErrorKind};

use crate::server::*;

#[test]
fn nearest_pages_come_first_and_each_once() {
    let server = Server::new(|request| match request.path.as_str() {
        "/" => page("home", &["/a", "/b", "/a#top", "/a?utm_source=x", "./x/../b", "http://other.invalid/"]),
        "/a" => page("a", &["/", "/c", "mailto:x@example.com", "javascript:void(0)", "http://[broken"]),
        "/b" => page("b", &["/c", "/img/photo.JPG", "/login", "/shop/cart?x=1"]),
        "/c" => page("c", &["/d"]),
        "/d" => page("d", &["/e"]),
        _ => not_found(),
    });
    let mut options = options();
    options.max_depth = 3;
    // With more at once, a page may overtake one that was asked for before it.
    options.concurrency = 1;
    let (paths, crawl) = crawl(&server, "/", &options);
    assert_eq!(paths[0], "/");
    assert_eq!(sorted(paths[1..3].to_vec()), ["/a", "/b"]);
    assert_eq!(paths[3..], ["/c", "/d"]);
    assert_eq!(sorted(server.paths()), ["/", "/a", "/b", "/c", "/d"]);
    let stats = crawl.stats();
    assert_eq!((stats.pages, stats.skipped(Skip::OffHost), stats.skipped(Skip::PrivateRoute)), (5, 1, 2));
    assert_eq!(stats.skipped(Skip::TooDeep), 1);
}

#[test]
fn max_pages_is_kept_exactly() {
    let server = Server::new(|request| {
        let number: usize = request.path[1..].parse().unwrap_or_default();
        let links: Vec<String> = (1..6).map(|child| format!("/{}", number * 5 + child)).collect();
        page(&request.path, &links.iter().map(String::as_str).collect::<Vec<_>>())
    });
    for max_pages in [1, 7] {
        let mut options = options();
        options.max_pages = max_pages;
        let before = server.paths().len();
        assert_eq!(crawl(&server, "/", &options).0.len(), max_pages);
        assert_eq!(server.paths().len() - before, max_pages, "nothing is fetched that is not wanted");
    }
}

#[test]
fn more_hosts_are_crawled_only_when_named() {
    let names = || Names::default().with("a.test", &[&["127.0.0.1"]]).with("b.test", &[&["127.0.0.1"]]);
    let server = Server::new(|request| {
        let port = request.headers["host"].rsplit(':').next().unwrap().to_owned();
        page(
            &format!("{} {}", request.headers["host"], request.path),
            &[&format!("http://b.test:{port}/b"), "/a"],
        )
    });
    let mut options = options();
    options.resolver = std::sync::Arc::new(names());
    let crawl_at = |options: &aion_core::crawl::CrawlOptions| {
        let seed = format!("http://a.test:{}/", server.port);
        let crawl = aion().crawl(&seed, options, &Default::default()).unwrap();
        crawl.map(|page| page.unwrap().url.split('/').nth(2).unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(crawl_at(&options).len(), 2);
    // Named, but not opened to private addresses: only the seed's own host is.
    options.hosts = vec![format!("b.test:{}", server.port)];
    assert!(crawl_at(&options).iter().all(|host| host.starts_with("a.test")));
    options.same_host = false;
    assert_eq!(crawl_at(&options).len(), 2);
}

#[test]
fn every_hop_of_a_redirect_is_checked() {
    let canary = Server::at("127.0.0.2", 0, |_| page("secret", &[]));
    let (port, canary_port) = (canary.port, canary.port);
    let server = Server::new(move |request| match request.path.as_str() {
        "/robots.txt" => response(200, "text/plain", &[], "User-agent: *\nDisallow: /no/"),
        "/" => page(
            "home",
            &[
                "/to-a",
                "/to-robots",
                "/to-block",
                "/to-login",
                "/to-canary",
                "/to-v6",
                "/to-decimal",
                "/to-user",
                "/to-file",
                "/loop/a",
                "/chain/0",
                "/self",
                "/nowhere",
            ],
        ),
        "/to-a" => redirect("/hop"),
        "/hop" => redirect("a"),
        "/a" => page("a", &[]),
        "/to-robots" => redirect("/no/thing"),
        "/to-block" => redirect("/blocked/x"),
        "/to-login" => redirect("/login?next=/"),
        "/to-canary" => redirect(&format!("http://127.0.0.2:{canary_port}/x")),
        "/to-v6" => redirect(&format!("http://[::ffff:127.0.0.2]:{port}/x")),
        "/to-decimal" => redirect(&format!("http://2130706434:{port}/x")),
        "/to-user" => redirect(&format!("http://127.0.0.1:{port}@127.0.0.2:{port}/x")),
        "/to-file" => redirect("file:///etc/passwd"),
        "/loop/a" => redirect("/loop/b"),
        "/loop/b" => redirect("/loop/a"),
        "/self" if request.before == 0 => redirect("/self?sessionid=1"),
        "/self?sessionid=1" => page("session", &[]),
        "/nowhere" => response(302, "text/html", &[], ""),
        path => path
            .strip_prefix("/chain/")
            .map_or_else(not_found, |hop| redirect(&format!("/chain/{}", hop.parse::<usize>().unwrap() + 1))),
    });
    let mut options = options();
    options.same_host = false;
    options.blocklist = Blocklist::new(["127.0.0.1/blocked"]).unwrap();
    let (paths, crawl) = crawl(&server, "/", &options);
    assert_eq!(sorted(paths), ["/", "/self", "/to-a"]);
    assert_eq!(canary.connections(), 0);
    assert!(
        !server.paths().iter().any(|path| path.starts_with("/no/")
            || path.starts_with("/blocked")
            || path.starts_with("/login"))
    );
    let stats = crawl.stats();
    assert_eq!(stats.skipped(Skip::Forbidden), 5);
    assert_eq!((stats.skipped(Skip::Robots), stats.skipped(Skip::Blocklist)), (1, 1));
    assert_eq!((stats.skipped(Skip::TooManyRedirects), stats.skipped(Skip::PrivateRoute)), (1, 1));
    assert_eq!(server.paths().iter().filter(|path| path.starts_with("/chain/")).count(), 11);
}

#[test]
fn a_seed_that_has_moved_is_not_followed_inside() {
    let server = Server::new(|request| {
        let (host, port) = request.headers["host"].split_once(':').unwrap();
        match (host, request.path.as_str()) {
            ("old.test", "/") => redirect(&format!("http://new.test:{port}/")),
            ("old.test", _) => not_found(),
            _ => page("new", &[]),
        }
    });
    let names = Names::default().with("old.test", &[&["127.0.0.1"]]).with("new.test", &[&["127.0.0.1"]]);
    let mut options = options();
    options.resolver = std::sync::Arc::new(names);
    let seed = format!("http://old.test:{}/", server.port);
    let crawl = aion().crawl(&seed, &options, &Default::default()).unwrap();
    // A public host would be crawled in the place of the old one; a private one is open to nobody.
    let error = crawl.next_page().unwrap_err();
    assert!(error.to_string().contains("127.0.0.1 is not on the internet"), "{error}");
    assert_eq!(server.paths(), ["/"]);
}

#[test]
fn copies_are_left_for_the_page_that_they_name() {
    let server = Server::new(|request| {
        let links: Vec<String> = (0..40).map(|page| format!("/print/{page}")).collect();
        let links: Vec<&str> = links.iter().map(String::as_str).collect();
        let (kind, number) = request.path[1..].split_once('/').unwrap_or_default();
        match kind {
            // Number 3 exists only in print, though it says otherwise.
            "article" if number == "3" => not_found(),
            "print" | "article" => html(&format!(
                "<link rel=canonical href=\"/article/{number}\">{}",
                page_html(&format!("article {number}"), &[])
            )),
            "" if request.path == "/" => page("home", &links),
            _ => not_found(),
        }
    });
    let (paths, _) = crawl(&server, "/", &options());
    assert_eq!(paths.len(), 41);
    assert!(paths.contains(&"/print/3".into()));
    let prints = server.paths().iter().filter(|path| path.starts_with("/print/")).count();
    assert!(prints <= 12, "{prints} copies were fetched before the rule was learned");
}

#[test]
fn the_same_words_under_another_address_are_no_page() {
    let server = Server::new(|request| match request.path.as_str() {
        "/" => page("home", &["/a", "/b"]),
        "/a" | "/b" => page("same", &["/c"]),
        "/c" => page("c", &[]),
        _ => not_found(),
    });
    let (paths, crawl) = crawl(&server, "/", &options());
    assert_eq!(paths.len(), 3);
    assert!(crawl.stats().skipped(Skip::Duplicate) >= 1);
}

#[test]
fn nofollow_is_obeyed_and_noindex_is_told() {
    let server = Server::new(|request| match request.path.as_str() {
        "/" => page("home", &["/meta", "/header", "/noindex"]),
        "/meta" => html(&format!("<meta name=robots content=nofollow>{}", page_html("meta", &["/x"]))),
        "/header" => response(200, "text/html", &["X-Robots-Tag: nofollow"], page_html("header", &["/y"])),
        "/noindex" => response(200, "text/html", &["X-Robots-Tag: noindex"], page_html("noindex", &["/z"])),
        "/z" => page("z", &[]),
        _ => not_found(),
    });
    let pages: Vec<_> = start(&server, "/", &options()).map(Result::unwrap).collect();
    assert_eq!(pages.len(), 5);
    let noindex = pages.iter().find(|page| page.url.ends_with("/noindex")).unwrap();
    assert!(!noindex.verdict.ok() && pages.iter().filter(|page| page.verdict.ok()).count() == 4);
}

#[test]
fn a_seed_that_can_not_be_fetched_is_an_error_that_says_why() {
    let server = Server::new(|request| match request.path.as_str() {
        "/zip" => response(200, "application/zip", &[], "PK"),
        _ => not_found(),
    });
    let fails = |path: &str| start(&server, path, &options()).next().unwrap().unwrap_err();
    assert_eq!(fails("/").kind(), ErrorKind::Unavailable);
    assert!(fails("/").to_string().contains("404"));
    assert_eq!(fails("/zip").kind(), ErrorKind::Unsupported);
    // TLS is set up, and a server that does not speak it fails as any other does.
    let seed = server.url("/").replace("http:", "https:");
    let mut options = options();
    options.retries = 0;
    let crawl = aion().crawl(&seed, &options, &Default::default()).unwrap();
    assert_eq!(crawl.next_page().unwrap_err().kind(), ErrorKind::Unavailable);
    let (paths, crawl) = self::crawl(&server, "/login", &options);
    assert!(paths.is_empty());
    assert_eq!(crawl.stats().misses[0].skip, Skip::PrivateRoute);
}

#[cfg(feature = "documents")]
#[test]
fn documents_are_read_when_asked_for() {
    const PAPER: &[u8] = include_bytes!("../data/documents/paper.pdf");
    let server = Server::new(|request| match request.path.as_str() {
        "/" => page("home", &["/paper.pdf", "/broken.pdf"]),
        "/paper.pdf" => response(200, "application/pdf", &[], PAPER),
        "/broken.pdf" => response(200, "application/pdf", &[], "%PDF-1.7 no more than that"),
        _ => not_found(),
    });
    let mut options = options();
    options.sitemaps = false;
    let (paths, ended) = crawl(&server, "/", &options);
    assert_eq!(paths, ["/"]);
    assert_eq!(ended.stats().skipped(Skip::ContentType), 2);

    options.documents = true;
    let pages: Vec<_> = start(&server, "/", &options).map(Result::unwrap).collect();
    assert_eq!(pages.len(), 2);
    assert_eq!((pages[1].title.as_str(), pages[1].content_type.as_str()), ("The bay", "application/pdf"));
    assert!(pages[1].text.starts_with("Journal of the bay\n") && pages[1].verdict.ok());
}
