//! The maintainers' site server, where it is at hand: a site of traps, and its own truth about verdicts.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use aion_core::Control;

use aion_core::crawl::Page;
use aion_core::policy::{ReasonCode, Use};

use crate::common;
use crate::server::{aion, options};

struct Site {
    port: u16,
    child: Child,
}

impl Site {
    fn start(arguments: &[&str]) -> Option<Self> {
        let server = common::shared("bench")?.join("site_server.py");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new("python3");
        command.arg(server).args(["--ttl", "120", "--port", &port.to_string()]).args(arguments);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut String::new()).unwrap();
        Some(Self { port, child })
    }

    fn ask(&self, path: &str) -> serde_json::Value {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\n\r\n").unwrap();
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    fn crawl(&self) -> Vec<Page> {
        let mut options = options();
        options.concurrency = 32;
        options.max_pages = 10_000;
        options.page_timeout = std::time::Duration::from_secs(3);
        let seed = format!("http://127.0.0.1:{}/", self.port);
        aion().crawl(&seed, &options, &Control::default()).unwrap().map(Result::unwrap).collect()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The number of a page, by its address; the seed is page 0.
fn number(page: &Page) -> u64 {
    let name = page.final_url.rsplit('/').next().unwrap();
    if name.is_empty() { 0 } else { name.trim_end_matches(".html").parse().unwrap() }
}

#[test]
fn verdicts_are_the_truth() {
    for seed in 1..=5 {
        let Some(site) = Site::start(&["--pages", "1000", "--seed", &seed.to_string()]) else { return };
        let truth = site.ask("/__truth");
        let told = |name: &str| -> BTreeSet<u64> {
            truth[name].as_array().unwrap().iter().map(|number| number.as_u64().unwrap()).collect()
        };
        let pages = site.crawl();
        let of = |code: ReasonCode| -> BTreeSet<u64> {
            let has = |page: &&Page| page.verdict.reasons.iter().any(|reason| reason.code == code);
            pages.iter().filter(has).map(number).collect()
        };
        assert_eq!(pages.len() as u64, truth["reachable"].as_u64().unwrap(), "seed {seed}");
        assert_eq!(of(ReasonCode::Noindex), told("noindex"), "seed {seed}");
        assert_eq!(of(ReasonCode::Noai), told("noai"), "seed {seed}");
        assert_eq!(of(ReasonCode::TdmReserved), told("noai"), "seed {seed}");
        assert_eq!(of(ReasonCode::TooShort), told("thin"), "seed {seed}");
        assert_eq!(of(ReasonCode::Pii), told("pii"), "seed {seed}");
        assert_eq!(of(ReasonCode::PrivateRoute), BTreeSet::new(), "seed {seed}");
        assert!(pages.iter().all(|page| page.verdict.allows(Use::Train) || !page.verdict.reasons.is_empty()));
        let unmarked: BTreeSet<u64> =
            pages.iter().filter(|page| !page.text.contains("marker-")).map(number).collect();
        assert_eq!(unmarked, told("thin"), "seed {seed}");
        let stats = site.ask("/__stats");
        let count = |name: &str| stats[name].as_u64().unwrap();
        assert_eq!(
            (count("private_hits"), count("disallowed_hits"), count("robots")),
            (0, 0, 1),
            "seed {seed}"
        );
        let duplicates = count("content_hits") - count("content") + count("dup_hits") + count("param_hits");
        assert!(duplicates < 50, "seed {seed}: {duplicates}");
    }
}

#[test]
fn hazards_cost_neither_a_page_nor_a_secret() {
    let Some(site) = Site::start(&["--mode", "hazards", "--pages", "300"]) else { return };
    let pages = site.crawl();
    let normal = pages.iter().filter(|page| page.title.starts_with("Page ")).count();
    assert_eq!(normal as u64, site.ask("/__truth")["reachable"].as_u64().unwrap());
    let stats = site.ask("/__stats");
    assert_eq!(stats["canary_connections"].as_u64(), Some(0));
    assert!(stats["hazard"]["cal"].as_u64().unwrap() < 40, "{stats}");
}
