//! A server for tests: a closure answers, every request is noted.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use aion_core::crawl::{Crawl, CrawlOptions, Page, Resolver};
use aion_core::{Aion, Config, Control, Result};

/// What came in.
#[derive(Debug, Clone)]
pub struct Request {
    pub path: String,
    pub headers: HashMap<String, String>,
    /// How often this path was asked for before.
    pub before: usize,
}

/// What goes out: whole answers as octets, or a function that writes to the connection itself.
pub enum Answer {
    Bytes(Vec<u8>),
    Stream(fn(&mut TcpStream)),
}

pub struct Server {
    pub port: u16,
    pub host: &'static str,
    hits: Arc<Mutex<Vec<(String, Instant)>>>,
    connections: Arc<AtomicUsize>,
    is_closed: Arc<AtomicBool>,
}

pub const FILLER: &str = "The quick brown fox jumps over the lazy dog near the bank of a slow and quiet river, and \
    nobody is there to see it but a heron that has been standing in the shallows all morning long.";

/// A 200 of HTML.
pub fn html(body: &str) -> Answer {
    response(200, "text/html; charset=utf-8", &[], body)
}

/// A page of its own title with enough text and these links.
pub fn page(title: &str, links: &[&str]) -> Answer {
    html(&page_html(title, links))
}

pub fn page_html(title: &str, links: &[&str]) -> String {
    let links: String = links.iter().map(|link| format!("<a href=\"{link}\">x</a> ")).collect();
    format!("<title>{title}</title><p>{title}. {FILLER}</p>{links}")
}

pub fn response(status: u16, media: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Answer {
    let body = body.as_ref();
    let mut head =
        format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nContent-Type: {media}\r\n", body.len());
    headers.iter().for_each(|header| head += &format!("{header}\r\n"));
    Answer::Bytes([head.as_bytes(), b"\r\n", body].concat())
}

pub fn redirect(location: &str) -> Answer {
    response(302, "text/html", &[&format!("Location: {location}")], "")
}

pub fn not_found() -> Answer {
    response(404, "text/html", &[], "<title>404</title>")
}

impl Server {
    pub fn new(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::at("127.0.0.1", 0, answer)
    }

    pub fn at(
        host: &'static str,
        port: u16,
        answer: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((host, port)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (hits, connections) = (Arc::<Mutex<Vec<_>>>::default(), Arc::<AtomicUsize>::default());
        let is_closed = Arc::<AtomicBool>::default();
        let server = Self {
            port,
            host,
            hits: Arc::clone(&hits),
            connections: Arc::clone(&connections),
            is_closed: Arc::clone(&is_closed),
        };
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if is_closed.load(Ordering::SeqCst) {
                    return;
                }
                connections.fetch_add(1, Ordering::SeqCst);
                let (hits, answer) = (Arc::clone(&hits), Arc::clone(&answer));
                thread::spawn(move || stream.is_ok_and(|stream| serve(stream, &hits, &*answer).is_none()));
            }
        });
        server
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}:{}{path}", self.host, self.port)
    }

    /// The paths that were asked for, in order, without the files about the site.
    pub fn paths(&self) -> Vec<String> {
        let hits = self.hits.lock().unwrap();
        let is_page = |path: &String| {
            !matches!(path.as_str(), "/robots.txt" | "/.well-known/tdmrep.json" | "/sitemap.xml")
        };
        hits.iter().map(|(path, _)| path.clone()).filter(is_page).collect()
    }

    pub fn count(&self, path: &str) -> usize {
        self.hits.lock().unwrap().iter().filter(|(hit, _)| hit == path).count()
    }

    pub fn times(&self, path: &str) -> Vec<Instant> {
        let hits = self.hits.lock().unwrap();
        hits.iter().filter(|(hit, _)| hit == path).map(|(_, time)| *time).collect()
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_closed.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect((self.host, self.port));
    }
}

/// Answers until the other side is gone.
fn serve(
    stream: TcpStream,
    hits: &Mutex<Vec<(String, Instant)>>,
    answer: &dyn Fn(&Request) -> Answer,
) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut writer = stream;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let path = line.split(' ').nth(1)?.to_owned();
        let mut headers = HashMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let before = {
            let mut hits = hits.lock().unwrap();
            let before = hits.iter().filter(|(hit, _)| *hit == path).count();
            hits.push((path.clone(), Instant::now()));
            before
        };
        match answer(&Request { path, headers, before }) {
            Answer::Bytes(bytes) => writer.write_all(&bytes).ok()?,
            Answer::Stream(write) => {
                write(&mut writer);
                let _ = writer.shutdown(Shutdown::Both);
                return None;
            }
        }
    }
}

/// Fast, and open to the test's own server.
pub fn options() -> CrawlOptions {
    let mut options = CrawlOptions::default();
    options.delay = Some(Duration::ZERO);
    options.allow_private_hosts = true;
    options.concurrency = 4;
    options.page_timeout = Duration::from_secs(5);
    options.max_pages = 1_000;
    options
}

pub fn aion() -> Aion {
    Aion::new(Config::default()).unwrap()
}

pub fn start(server: &Server, path: &str, options: &CrawlOptions) -> Crawl {
    aion().crawl(&server.url(path), options, &Control::default()).unwrap()
}

/// The paths of all pages, and the crawl, which is at its end.
pub fn crawl(server: &Server, path: &str, options: &CrawlOptions) -> (Vec<String>, Crawl) {
    let mut crawl = start(server, path, options);
    let pages: Result<Vec<Page>> = crawl.by_ref().collect();
    let path = |page: &Page| page.url.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap();
    (pages.unwrap().iter().map(path).collect(), crawl)
}

pub fn sorted(mut paths: Vec<String>) -> Vec<String> {
    paths.sort();
    paths
}

/// A DNS that says what a test wants, in order; the last answer is repeated.
#[derive(Default)]
pub struct Names {
    answers: HashMap<String, Vec<Vec<IpAddr>>>,
    pub asked: Mutex<Vec<String>>,
}

impl Names {
    pub fn with(mut self, host: &str, answers: &[&[&str]]) -> Self {
        let parse = |answer: &&[&str]| answer.iter().map(|text| text.parse().unwrap()).collect();
        self.answers.insert(host.into(), answers.iter().map(parse).collect());
        self
    }
}

impl Resolver for Names {
    fn resolve(&self, host: &str) -> std::io::Result<Vec<IpAddr>> {
        let mut asked = self.asked.lock().unwrap();
        let before = asked.iter().filter(|name| *name == host).count();
        asked.push(host.to_owned());
        let answers = self.answers.get(host).ok_or_else(|| std::io::Error::other("no such name"))?;
        Ok(answers[before.min(answers.len() - 1)].clone())
    }
}
