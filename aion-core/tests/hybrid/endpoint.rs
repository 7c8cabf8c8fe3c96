//! A paid endpoint for tests: a closure answers, every request is noted.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// What came in.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The request line and the headers, in lower case.
    pub(crate) head: String,
    pub(crate) body: Value,
    pub(crate) at: Instant,
    /// How many requests came before.
    pub(crate) before: usize,
}

/// What goes out: an answer as octets, or a function that writes to the connection itself.
pub(crate) enum Answer {
    Bytes(Vec<u8>),
    Stream(Box<Writer>),
}

type Writer = dyn FnOnce(&mut TcpStream) -> std::io::Result<()> + Send;

pub(crate) struct Endpoint {
    pub(crate) port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
    is_closed: Arc<AtomicBool>,
}

impl Endpoint {
    pub(crate) fn new(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (requests, is_closed) = (Arc::<Mutex<Vec<_>>>::default(), Arc::<AtomicBool>::default());
        let endpoint = Self { port, requests: Arc::clone(&requests), is_closed: Arc::clone(&is_closed) };
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if is_closed.load(Ordering::SeqCst) {
                    return;
                }
                let (requests, answer) = (Arc::clone(&requests), Arc::clone(&answer));
                thread::spawn(move || stream.map(|stream| serve(stream, &requests, &*answer)));
            }
        });
        endpoint
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}/v1", self.port)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.is_closed.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

fn serve(
    stream: TcpStream,
    requests: &Mutex<Vec<Request>>,
    answer: &dyn Fn(&Request) -> Answer,
) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut writer = stream;
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let head = head.to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1)?.split("\r\n").next()?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let request = {
        let mut requests = requests.lock().unwrap();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        let request = Request { head, body, at: Instant::now(), before: requests.len() };
        requests.push(request.clone());
        request
    };
    match answer(&request) {
        Answer::Bytes(bytes) => drop(writer.write_all(&bytes)),
        Answer::Stream(write) => drop(write(&mut writer)),
    }
    writer.shutdown(Shutdown::Both).ok()
}

pub(crate) fn response(status: u16, media: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Answer {
    let body = body.as_ref();
    let mut head =
        format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nContent-Type: {media}\r\n", body.len());
    headers.iter().for_each(|header| head += &format!("{header}\r\n"));
    Answer::Bytes([head.as_bytes(), b"\r\n", body].concat())
}

pub(crate) fn json_of(status: u16, headers: &[&str], body: &Value) -> Answer {
    response(status, "application/json; charset=utf-8", headers, body.to_string())
}

/// A whole completion of this usage.
pub(crate) fn completion(text: &str, usage: &Value) -> Answer {
    let choice =
        json!({"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"});
    json_of(200, &[], &json!({"id": "c", "choices": [choice], "usage": usage}))
}

pub(crate) fn usage(input: u64, output: u64) -> Value {
    json!({"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output})
}

/// One event of a streamed completion.
pub(crate) fn event(text: &str) -> String {
    format!(
        "data: {}\n\n",
        json!({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]})
    )
}

pub(crate) const STREAM_HEAD: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

/// A streamed completion in these pieces.
pub(crate) fn stream(pieces: &[&str], usage: &Value) -> Answer {
    let events: String = pieces.iter().map(|piece| event(piece)).collect();
    let end = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]});
    let count = json!({"choices": [], "usage": usage});
    Answer::Bytes(
        format!("{STREAM_HEAD}{events}data: {end}\n\ndata: {count}\n\ndata: [DONE]\n\n").into_bytes(),
    )
}

/// As the request asks for it: streamed or whole.
pub(crate) fn reply(request: &Request, text: &str, usage: &Value) -> Answer {
    match request.body["stream"].as_bool() {
        Some(true) => stream(&[text], usage),
        _ => completion(text, usage),
    }
}

/// Writes `bytes`, and then nothing for as long as the other side waits.
pub(crate) fn then_silence(bytes: impl Into<Vec<u8>>) -> Answer {
    let bytes = bytes.into();
    Answer::Stream(Box::new(move |stream| {
        stream.write_all(&bytes)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        // Until the client goes.
        stream.read_exact(&mut [0; 1])
    }))
}
