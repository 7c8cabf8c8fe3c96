//! A fake paid model on this machine: it speaks OpenAI's chat completions, counts tokens, and costs nobody anything.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::loopback::Loopback;

/// Bytes of a request.
const MAX_REQUEST: u64 = 1 << 20;
/// How long a client may take to ask.
const PATIENCE: Duration = Duration::from_secs(10);
/// About as many bytes as a token of a real model has.
const BYTES_PER_TOKEN: usize = 4;

/// An endpoint that answers until it is dropped.
///
/// ```
/// use aion_examples::endpoint::Endpoint;
///
/// let endpoint = Endpoint::open(|question| format!("You asked: {question}"))?;
/// assert!(endpoint.base_url().ends_with("/v1"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Endpoint(Loopback);

impl Endpoint {
    /// Answers questions, at any free port of loopback.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn open(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> io::Result<Self> {
        Loopback::open(0, move |stream, _| serve(&stream, &answer)).map(Self)
    }

    /// The address before `/chat/completions`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.0.address())
    }
}

fn serve(stream: &TcpStream, answer: &dyn Fn(&str) -> String) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    match read(stream)?.and_then(|request| complete(&request, answer)) {
        Some(completion) => respond(stream, "200 OK", &completion),
        None => respond(
            stream,
            "400 Bad Request",
            &json!({"error": {"message": "POST /v1/chat/completions with messages, not streamed"}}),
        ),
    }
}

/// The body of a request for a completion; `None` for anything else.
fn read(stream: &TcpStream) -> io::Result<Option<Value>> {
    let mut reader = BufReader::new(stream.take(MAX_REQUEST));
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let is_completion = line.starts_with("POST /v1/chat/completions ");
    let mut length = 0;
    while reader.read_line(&mut line)? > 2 {
        let header = line.lines().last().unwrap_or_default().to_ascii_lowercase();
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body)?;
    Ok(serde_json::from_slice(&body).ok().filter(|_| is_completion))
}

/// The completion of a request, with its usage.
fn complete(request: &Value, answer: &dyn Fn(&str) -> String) -> Option<Value> {
    let messages = request["messages"].as_array()?;
    let contents: Vec<_> = messages.iter().filter_map(|message| message["content"].as_str()).collect();
    let text = answer(contents.last()?);
    let is_streamed = request["stream"].as_bool() == Some(true);
    let tokens = |bytes: usize| bytes.div_ceil(BYTES_PER_TOKEN);
    let (input, output) = (tokens(contents.iter().map(|content| content.len()).sum()), tokens(text.len()));
    let choice =
        json!({"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"});
    let usage = json!({"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output});
    (!is_streamed)
        .then(|| json!({"id": "fake", "object": "chat.completion", "choices": [choice], "usage": usage}))
}

fn respond(mut stream: &TcpStream, status: &str, body: &Value) -> io::Result<()> {
    let body = body.to_string();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(endpoint: &Endpoint, head: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(endpoint.0.address()).unwrap();
        write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn it_answers_completions_and_nothing_else() {
        let endpoint = Endpoint::open(|question| format!("{question}!")).unwrap();
        let head = "POST /v1/chat/completions HTTP/1.1";
        let asked = r#"{"messages": [{"role": "user", "content": "Quem?"}]}"#;
        let answer = ask(&endpoint, head, asked);
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("Quem?!"), "{answer}");
        assert!(answer.contains(r#""total_tokens":4"#), "{answer}");
        for (head, body) in [(head, "{"), (head, "{}"), ("GET / HTTP/1.1", asked)] {
            assert!(ask(&endpoint, head, body).starts_with("HTTP/1.1 400 "), "{head} {body}");
        }
    }
}
