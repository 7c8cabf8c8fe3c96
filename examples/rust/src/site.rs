//! A static site on this machine, for programs that crawl one: the files of a folder, with the validators by which a
//! client asks later whether they have changed.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;

use crate::loopback::Loopback;

/// How robots.txt and the sitemap of `examples/site` call the place where they are served.
const ORIGIN: &str = "http://quillmoor.example";
/// Bytes of the head of a request.
const MAX_HEAD: u64 = 16 << 10;
/// How long a client may take to ask.
const PATIENCE: Duration = Duration::from_secs(10);

/// A site that is served until it is dropped.
///
/// ```
/// use aion_examples::site::Site;
///
/// let site = Site::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../site"), 0)?;
/// assert!(site.url().starts_with("http://127.0.0.1:"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Site(Loopback);

impl Site {
    /// Serves the files of `folder` on loopback, at `port`, or at any free one for 0.
    ///
    /// # Errors
    /// When there is no such folder, or the port is taken.
    pub fn open(folder: impl AsRef<Path>, port: u16) -> io::Result<Self> {
        let folder = folder.as_ref().canonicalize()?;
        Loopback::open(port, move |stream, address| serve(stream, &folder, address)).map(Self)
    }

    /// The address of the first page.
    pub fn url(&self) -> String {
        format!("http://{}/", self.0.address())
    }
}

/// What is asked, as far as it matters here.
struct Request {
    method: String,
    path: String,
    if_none_match: Option<String>,
    if_modified_since: Option<Timestamp>,
}

impl Request {
    /// `None` for what is no request.
    fn read(stream: &TcpStream) -> io::Result<Option<Self>> {
        let mut lines = BufReader::new(stream.take(MAX_HEAD)).lines();
        let Some(first) = lines.next().transpose()? else { return Ok(None) };
        let mut words = first.split(' ');
        let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(None) };
        let path = target.split(['?', '#']).next().unwrap_or_default();
        let (method, path) = (method.to_owned(), decoded(path));
        let mut request = Self { method, path, if_none_match: None, if_modified_since: None };
        for line in lines {
            let line = line?;
            let Some((name, value)) = line.split_once(':') else { break };
            match name.to_ascii_lowercase().as_str() {
                "if-none-match" => request.if_none_match = Some(value.trim().to_owned()),
                "if-modified-since" => request.if_modified_since = time(value.trim()),
                _ => {}
            }
        }
        Ok(Some(request))
    }
}

/// The time of a header.
fn time(text: &str) -> Option<Timestamp> {
    rfc2822::parse(text).ok().map(|time| time.timestamp())
}

/// `path` with its `%XX` as the bytes that they stand for.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| byte == b'%').and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(coded) => {
                bytes.push(coded);
                rest = &after[2..];
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn serve(stream: TcpStream, folder: &Path, address: SocketAddr) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let Some(request) = Request::read(&stream)? else { return Ok(()) };
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        return respond(&stream, "405 Method Not Allowed", "Allow: GET, HEAD\r\n", None);
    }
    let found = file_of(folder, &request.path).and_then(|path| Some((File::open(&path).ok()?, path)));
    let Some((mut file, path)) = found else {
        return respond(
            &stream,
            "404 Not Found",
            "Content-Type: text/html; charset=utf-8\r\n",
            Some(b"<title>404</title>"),
        );
    };
    let meta = file.metadata()?;
    // HTTP counts whole seconds.
    let modified = Timestamp::try_from(meta.modified()?).map_err(io::Error::other)?.as_second();
    let modified = Timestamp::from_second(modified).map_err(io::Error::other)?;
    let tag = format!("\"{:x}-{:x}\"", meta.len(), modified.as_second());
    let date =
        rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&modified).map_err(io::Error::other)?;
    let headers = format!("ETag: {tag}\r\nLast-Modified: {date}\r\nContent-Type: {}\r\n", media_type(&path));
    let is_known = match &request.if_none_match {
        Some(tags) => tags.split(',').any(|known| matches!(known.trim(), "*") || known.trim() == tag),
        None => request.if_modified_since.is_some_and(|since| since >= modified),
    };
    if is_known {
        return respond(&stream, "304 Not Modified", &headers, None);
    }
    let mut body = Vec::new();
    file.read_to_end(&mut body)?;
    if path.ends_with("robots.txt") || path.ends_with("sitemap.xml") {
        body = String::from_utf8_lossy(&body).replace(ORIGIN, &format!("http://{address}")).into_bytes();
    }
    let headers = format!("{headers}Content-Length: {}\r\n", body.len());
    respond(&stream, "200 OK", &headers, Some(&body).filter(|_| request.method == "GET").map(Vec::as_slice))
}

/// The file below `folder` that `path` names; that of a folder is its `index.html`.
fn file_of(folder: &Path, path: &str) -> Option<PathBuf> {
    let path = Path::new(path.trim_start_matches('/'));
    // No way leads up, and none to another drive.
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    let mut file = folder.join(path);
    if file.is_dir() {
        file.push("index.html");
    }
    // Nor does a link.
    file.canonicalize().ok().filter(|file| file.starts_with(folder) && file.is_file())
}

fn media_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("txt") => "text/plain; charset=utf-8",
        Some("xml") => "application/xml",
        Some("png") => "image/png",
        Some("jpg") => "image/jpeg",
        _ => "application/octet-stream",
    }
}

fn respond(mut stream: &TcpStream, status: &str, headers: &str, body: Option<&[u8]>) -> io::Result<()> {
    let head = format!("HTTP/1.1 {status}\r\n{headers}Connection: close\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(site: &Site, request: &str) -> String {
        let mut stream = TcpStream::connect(site.0.address()).unwrap();
        stream.write_all(format!("{request}\r\nHost: x\r\n\r\n").as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[test]
    fn files_come_with_validators_and_are_not_sent_twice() {
        let site = Site::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../site"), 0).unwrap();
        let first = ask(&site, "GET /pt/ HTTP/1.1");
        assert!(
            first.starts_with("HTTP/1.1 200 OK\r\n") && first.contains("O porto de Quillmoor"),
            "{first}"
        );
        let header = |name: &str| first.split(name).nth(1).unwrap().split("\r\n").next().unwrap();
        for known in [
            format!("If-None-Match: \"x\", {}", header("ETag: ")),
            format!("If-Modified-Since: {}", header("Last-Modified: ")),
        ] {
            let again = ask(&site, &format!("GET /pt/index.html HTTP/1.1\r\n{known}"));
            assert!(again.starts_with("HTTP/1.1 304 ") && again.ends_with("\r\n\r\n"), "{again}");
        }
        assert!(
            ask(&site, "GET /pt/index.html HTTP/1.1\r\nIf-None-Match: \"x\"").starts_with("HTTP/1.1 200 ")
        );
        assert!(ask(&site, "HEAD / HTTP/1.1").ends_with("\r\n\r\n"));
        assert!(ask(&site, "GET /images/red%2Dcircle.png?x HTTP/1.1").contains("image/png"));
        assert!(ask(&site, "GET /sitemap.xml HTTP/1.1").contains(&format!("{}pt/mares.html", site.url())));
    }

    #[test]
    fn no_way_leads_out() {
        let site = Site::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../site"), 0).unwrap();
        for path in
            ["/../rust/Cargo.toml", "/%2e%2e/rust/Cargo.toml", "//etc/passwd", "/none", "/%", "/images"]
        {
            assert!(ask(&site, &format!("GET {path} HTTP/1.1")).starts_with("HTTP/1.1 404 "), "{path}");
        }
        assert!(ask(&site, "POST / HTTP/1.1").starts_with("HTTP/1.1 405 "));
    }
}
