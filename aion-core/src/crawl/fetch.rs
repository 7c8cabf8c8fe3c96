//! One request and its answer, within limits of bytes, headers and time.
//!
//! Redirects are not followed here: each hop goes back to the frontier and through every check again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ::url::Url;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderValue,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION, RETRY_AFTER, USER_AGENT,
};
use reqwest::{Client, redirect};

use super::decode::{self, Decoder};
use super::guard::{CheckedResolver, Door, Refusal};
use super::options::CrawlOptions;
use super::page::Skip;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{causes, retry_after, text, tls};

/// Header lines of one answer; a page needs a dozen.
const MAX_HEADERS: usize = 256;
/// How long a connection is kept for the next request.
const MAX_IDLE_TIME: Duration = Duration::from_secs(20);
const ACCEPTED: &str = "text/html,application/xhtml+xml,text/plain;q=0.8,*/*;q=0.5";

/// What a page said of itself, to ask later whether it has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Validators {
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
}

impl Validators {
    pub(super) fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

/// What is wanted of an answer.
pub(super) struct Ask<'a> {
    pub(super) door: Door,
    pub(super) validators: Option<&'a Validators>,
    /// Most bytes of the body, decoded.
    pub(super) limit: usize,
    /// Whether a longer body is cut instead of refused.
    pub(super) cut: bool,
    /// Whether a body of this content type is read at all.
    pub(super) accepts: fn(&str) -> bool,
}

/// An answer of any status. The body is read only of a 200 whose type is accepted.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) content_type: String,
    pub(super) location: Option<String>,
    pub(super) retry_after: Option<Duration>,
    pub(super) validators: Validators,
    /// `None` where the content type was not accepted.
    pub(super) body: Option<Vec<u8>>,
    /// From the request to the headers.
    pub(super) latency: Duration,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) skip: Skip,
    pub(super) message: String,
    /// Whether it may pass.
    pub(super) is_temporary: bool,
}

impl Failure {
    pub(super) fn new(skip: Skip, message: impl Into<String>) -> Self {
        Self { skip, message: message.into(), is_temporary: false }
    }
}

/// The two clients of a crawl and their limits.
pub(super) struct Fetcher {
    public: Client,
    opened: Client,
    page_timeout: Duration,
    max_header_bytes: usize,
}

impl Fetcher {
    /// # Errors
    /// [`ErrorKind::Engine`] when the TLS library refuses its own settings.
    pub(super) fn new(options: &CrawlOptions) -> Result<Self> {
        let tls = tls()?;
        Ok(Self {
            public: client(options, Door::Public, tls.clone())?,
            opened: client(options, Door::Opened, tls)?,
            page_timeout: options.page_timeout,
            max_header_bytes: options.max_header_bytes,
        })
    }

    /// Asks for `url`. The time-out is on the whole: a server that drips is left when it is over.
    pub(super) async fn get(&self, url: &Url, ask: &Ask<'_>) -> Result<Answer, Failure> {
        match tokio::time::timeout(self.page_timeout, self.exchange(url, ask)).await {
            Ok(answer) => answer,
            Err(_) => {
                let message = format!("it did not end within {:?}", self.page_timeout);
                Err(Failure::new(Skip::TimedOut, message))
            }
        }
    }

    async fn exchange(&self, url: &Url, ask: &Ask<'_>) -> Result<Answer, Failure> {
        let client = if ask.door == Door::Opened { &self.opened } else { &self.public };
        let started = Instant::now();
        let request = client.get(url.clone()).headers(conditions(ask.validators));
        let mut response = request.send().await.map_err(failure)?;
        let latency = started.elapsed();
        let mut answer = self.read_head(response.status().as_u16(), response.headers())?;
        answer.latency = latency;
        if answer.status != 200 || !(ask.accepts)(&answer.content_type) {
            return Ok(answer);
        }
        let limit = ask.limit;
        let too_large = || Failure::new(Skip::TooLarge, format!("its body is larger than {limit} bytes"));
        let length = response.content_length().unwrap_or_default();
        if !ask.cut && length > limit as u64 {
            return Err(too_large());
        }
        let coding = text(response.headers(), &CONTENT_ENCODING).unwrap_or_default();
        let Some(mut decoder) = Decoder::new(&coding, limit) else {
            return Err(Failure::new(Skip::ContentType, format!("its content coding is {coding:?}")));
        };
        while let Some(piece) = response.chunk().await.map_err(failure)? {
            if let Err(source) = decoder.write(&piece) {
                match decoder.overflowed() {
                    true if ask.cut => break,
                    true => return Err(too_large()),
                    false => return Err(Failure::new(Skip::Network, source.to_string())),
                }
            }
        }
        answer.body = Some(decoder.finish());
        Ok(answer)
    }

    fn read_head(&self, status: u16, headers: &HeaderMap) -> Result<Answer, Failure> {
        let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        if bytes > self.max_header_bytes {
            return Err(Failure::new(Skip::TooLarge, format!("its headers are {bytes} bytes")));
        }
        let readable = |(name, value): (&reqwest::header::HeaderName, &HeaderValue)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        Ok(Answer {
            status,
            headers: headers.iter().map(readable).collect(),
            content_type: text(headers, &CONTENT_TYPE).unwrap_or_default(),
            location: text(headers, &LOCATION),
            retry_after: text(headers, &RETRY_AFTER)
                .and_then(|value| retry_after(&value, text(headers, &DATE))),
            validators: Validators {
                etag: text(headers, &ETAG),
                last_modified: text(headers, &LAST_MODIFIED),
            },
            body: None,
            latency: Duration::ZERO,
        })
    }
}

fn conditions(validators: Option<&Validators>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let Some(validators) = validators else { return headers };
    let pairs = [(IF_NONE_MATCH, &validators.etag), (IF_MODIFIED_SINCE, &validators.last_modified)];
    for (name, value) in pairs {
        if let Some(value) = value.as_deref().and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(name, value);
        }
    }
    headers
}

/// Tells a refusal of the guard and a passing failure from the rest.
fn failure(error: reqwest::Error) -> Failure {
    let message = error.without_url();
    let text = causes(&message);
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&message);
    while let Some(error) = cause {
        if let Some(refusal) = error.downcast_ref::<Refusal>() {
            return Failure::new(Skip::Forbidden, refusal.to_string());
        }
        cause = error.source();
    }
    if message.is_timeout() {
        return Failure { skip: Skip::TimedOut, message: text, is_temporary: message.is_connect() };
    }
    Failure { skip: Skip::Network, message: text, is_temporary: true }
}

fn client(options: &CrawlOptions, door: Door, tls: rustls::ClientConfig) -> Result<Client> {
    let resolver = CheckedResolver { resolver: Arc::clone(&options.resolver), door };
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static(ACCEPTED));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(decode::ACCEPT_ENCODING));
    if let Ok(agent) = HeaderValue::from_str(&options.user_agent) {
        headers.insert(USER_AGENT, agent);
    }
    let client = Client::builder()
        .default_headers(headers)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        // Proxies come from the environment, and would choose the address in our place.
        .no_proxy()
        .dns_resolver(resolver)
        .tls_backend_preconfigured(tls)
        .http1_only()
        .http1_max_headers(MAX_HEADERS)
        .connect_timeout(options.connect_timeout)
        .pool_idle_timeout(MAX_IDLE_TIME)
        .pool_max_idle_per_host(options.connections())
        .build();
    let refused =
        |source| Error::new(ErrorKind::Engine, "the HTTP client can not be made").with_source(source);
    client.map_err(refused)
}
