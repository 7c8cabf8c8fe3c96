//! One request and its reply, within limits of bytes and time.

use std::ops::Deref;
use std::time::Duration;

use ::url::Url;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap, HeaderValue,
    RETRY_AFTER, USER_AGENT,
};
use reqwest::{Client, Response, redirect};
use tokio::time::timeout;

use super::super::external::{Billing, Departure};
use super::super::failure::{Failure, FailureKind};
use super::departing::Departing;
use super::engine::{Ending, Outlet};
use super::options::OpenAiOptions;
use super::reply::{Complaint, Completion};
use super::sse::{EventStream, Malformed};
use crate::http::{causes, retry_after, text};

/// Header lines of one answer.
const MAX_HEADERS: usize = 128;
/// Bytes of one line of a stream; an event is one token.
const MAX_LINE: usize = 256 << 10;
/// Bytes of a reply without its tokens, and with each of them: an event repeats the names of its fields.
const BYTES_PER_REPLY: usize = 64 << 10;
const BYTES_PER_TOKEN: usize = 2 << 10;
/// Bytes of the body of a refusal, and how long it may take to come.
const MAX_COMPLAINT: usize = 16 << 10;
const COMPLAINT_TIMEOUT: Duration = Duration::from_secs(2);
const DONE: &str = "[DONE]";

/// The way to a server.
#[derive(Clone)]
pub(super) struct Route {
    pub(super) endpoint: Url,
    pub(super) tls: rustls::ClientConfig,
}

/// One call.
pub(super) struct Talk {
    pub(super) options: OpenAiOptions,
    pub(super) route: Route,
    pub(super) body: Vec<u8>,
    pub(super) max_tokens: u32,
    pub(super) departure: Departure,
}

impl Talk {
    /// Sends the request and reads the reply, whose text goes to `outlet`.
    pub(super) async fn talk(self, outlet: &Outlet) -> Result<Ending, Failure> {
        match timeout(self.options.timeout, self.exchange(outlet)).await {
            Ok(ending) => ending,
            Err(_) => Err(self.silence("did not end", self.options.timeout)),
        }
    }

    async fn exchange(&self, outlet: &Outlet) -> Result<Ending, Failure> {
        let response = self.send().await?;
        if response.status() != 200 {
            return Err(self.refusal(response).await);
        }
        let header = |name| text(response.headers(), name).unwrap_or_default();
        let (coding, media) = (header(&CONTENT_ENCODING), header(&CONTENT_TYPE).to_ascii_lowercase());
        if !matches!(coding.as_str(), "" | "identity") {
            return Err(self.invalid(format_args!("it is packed as {coding:?}, which was not asked for")));
        }
        match media.split(';').next().unwrap_or_default().trim() {
            "text/event-stream" => self.read_stream(response, outlet).await,
            "application/json" => self.read_whole(response, outlet).await,
            _ => Err(self.invalid(format_args!("it is of the type {media:?}; is base_url right?"))),
        }
    }

    async fn send(&self) -> Result<Response, Failure> {
        let client = self.client().map_err(|error| self.lost(error))?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("AION/", env!("CARGO_PKG_VERSION"))));
        if let Some(key) = self.options.key.as_ref().and_then(|key| key.header()) {
            headers.insert(AUTHORIZATION, key);
        }
        let project = self.options.project.as_deref().map(HeaderValue::from_str);
        if let Some(Ok(project)) = project {
            headers.insert("openai-project", project);
        }
        let request = client.post(self.route.endpoint.clone()).headers(headers).body(self.body.clone());
        let patience = self.options.connect_timeout.saturating_add(self.options.first_byte_timeout);
        match timeout(patience, request.send()).await {
            Ok(response) => response.map_err(|error| self.lost(error)),
            Err(_) => Err(self.silence("did not answer", self.options.first_byte_timeout)),
        }
    }

    fn client(&self) -> reqwest::Result<Client> {
        Client::builder()
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            // A proxy would come from the environment, and would be told the key.
            .no_proxy()
            .tls_backend_preconfigured(self.route.tls.clone())
            .http1_only()
            .http1_max_headers(MAX_HEADERS)
            .pool_max_idle_per_host(0)
            .connect_timeout(self.options.connect_timeout)
            .connector_layer(Departing(self.departure.clone()))
            .build()
    }

    async fn read_stream(&self, mut response: Response, outlet: &Outlet) -> Result<Ending, Failure> {
        let (mut events, mut ending, mut bytes) = (EventStream::new(MAX_LINE), Ending::default(), 0);
        loop {
            let piece = match self.next_piece(&mut response, &mut bytes).await {
                Ok(Some(piece)) => piece,
                // The text is whole; only the count is missing.
                Ok(None) | Err(_) if ending.is_finished => return Ok(ending),
                Ok(None) => {
                    let message = "the stream ended before the reply did";
                    return Err(Failure::new(FailureKind::BrokenStream, message));
                }
                Err(failure) => return Err(failure),
            };
            let read = events.push(&piece).map_err(|malformed| match malformed {
                Malformed::TooLong => {
                    Failure::new(FailureKind::TooLarge, "the stream has a line without end")
                }
                Malformed::NotText => self.invalid(format_args!("it is not UTF-8")),
            });
            for event in read? {
                if event == DONE {
                    return Ok(ending);
                }
                self.take(event.as_bytes(), &mut ending, outlet)?;
            }
        }
    }

    async fn read_whole(&self, mut response: Response, outlet: &Outlet) -> Result<Ending, Failure> {
        let (mut body, mut bytes) = (Vec::new(), 0);
        while let Some(piece) = self.next_piece(&mut response, &mut bytes).await? {
            body.extend_from_slice(&piece);
        }
        let mut ending = Ending::default();
        self.take(&body, &mut ending, outlet)?;
        Ok(ending)
    }

    /// Takes in an answer, or one event of it.
    fn take(&self, json: &[u8], ending: &mut Ending, outlet: &Outlet) -> Result<(), Failure> {
        let read = serde_json::from_slice::<Completion>(json);
        // The parser's words may quote what it read, so they are not repeated.
        let mut completion =
            read.map_err(|_| self.invalid(format_args!("it is not the JSON of a completion")))?;
        if !completion.error.is_null() {
            let said = self.quote(&Complaint::of_value(&completion.error));
            return Err(Failure::new(FailureKind::ServerError, format!("the provider broke off{said}")));
        }
        ending.usage = completion.usage().or(ending.usage);
        if let Some(reason) = completion.finish_reason() {
            (ending.is_finished, ending.is_cut) = (true, reason == "length");
        }
        outlet.text(completion.text());
        Ok(())
    }

    /// The next bytes of the body, of which there may be only so many.
    async fn next_piece(
        &self,
        response: &mut Response,
        bytes: &mut usize,
    ) -> Result<Option<impl Deref<Target = [u8]> + use<>>, Failure> {
        let piece = match timeout(self.options.idle_timeout, response.chunk()).await {
            Ok(piece) => piece.map_err(|error| self.lost(error))?,
            Err(_) => return Err(self.silence("fell silent", self.options.idle_timeout)),
        };
        *bytes += piece.as_ref().map_or(0, |piece| piece.len());
        let limit = BYTES_PER_REPLY.saturating_add(BYTES_PER_TOKEN.saturating_mul(self.max_tokens as usize));
        match *bytes > limit {
            true => {
                let message =
                    format!("the reply is larger than {limit} bytes, for {} tokens", self.max_tokens);
                Err(Failure::new(FailureKind::TooLarge, message))
            }
            false => Ok(piece),
        }
    }

    /// What a status other than 200 means.
    async fn refusal(&self, mut response: Response) -> Failure {
        let status = response.status().as_u16();
        let header = |name| text(response.headers(), name);
        let pause = header(&RETRY_AFTER).and_then(|value| retry_after(&value, header(&DATE)));
        let complaint = Complaint::of_body(&complaint(&mut response).await);
        let said = self.quote(&complaint);
        let failure = |kind| Failure::new(kind, format!("the provider answered {status}{said}"));
        match status {
            300..400 => Failure::new(
                FailureKind::Redirected,
                format!("the provider answered {status}: base_url leads elsewhere; give the final address"),
            ),
            401 | 403 => failure(FailureKind::Unauthorized),
            404 => failure(FailureKind::NotFound),
            // No pause brings credit back.
            429 if complaint.code == "insufficient_quota" => failure(FailureKind::RateLimited).lasting(),
            429 => failure(FailureKind::RateLimited).with_retry_after(pause),
            400..500 => failure(FailureKind::Refused),
            // It says that it did not take the request in.
            503 => failure(FailureKind::ServerError).with_billing(Billing::Nothing).with_retry_after(pause),
            500..600 => failure(FailureKind::ServerError).with_retry_after(pause),
            _ => failure(FailureKind::InvalidReply),
        }
    }

    /// Why a request failed that got no answer, or half of one.
    fn lost(&self, error: reqwest::Error) -> Failure {
        let error = error.without_url();
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
        while let Some(error) = cause {
            if let Some(failure) = error.downcast_ref::<Failure>() {
                return failure.clone();
            }
            cause = error.source();
        }
        let text = self.redact(&causes(&error));
        match self.departure.has_left() {
            false => {
                Failure::new(FailureKind::Unreachable, format!("the provider can not be reached: {text}"))
            }
            true => Failure::new(FailureKind::BrokenStream, format!("the connection broke: {text}")),
        }
    }

    fn silence(&self, what: &str, patience: Duration) -> Failure {
        let kind = if self.departure.has_left() { FailureKind::TimedOut } else { FailureKind::Unreachable };
        Failure::new(kind, format!("the provider {what} within {patience:?}"))
    }

    fn invalid(&self, reason: std::fmt::Arguments<'_>) -> Failure {
        let message = format!("what the provider answered is no reply: {reason}");
        Failure::new(FailureKind::InvalidReply, self.redact(&message))
    }

    /// A server's words, without the key.
    fn quote(&self, complaint: &Complaint) -> String {
        let code = Some(&complaint.code).filter(|code| !code.is_empty()).map(|code| format!(" ({code})"));
        let message =
            Some(&complaint.message).filter(|text| !text.is_empty()).map(|text| format!(": {text}"));
        self.redact(&[code, message].into_iter().flatten().collect::<String>())
    }

    fn redact(&self, text: &str) -> String {
        self.options.key.as_ref().map_or_else(|| text.to_owned(), |key| key.redact(text))
    }
}

/// The beginning of the body of a refusal, as far as it comes soon.
async fn complaint(response: &mut Response) -> Vec<u8> {
    let mut body = Vec::new();
    let read = async {
        while let Ok(Some(piece)) = response.chunk().await {
            if body.len() + piece.len() > MAX_COMPLAINT {
                break;
            }
            body.extend_from_slice(&piece);
        }
    };
    // What did not come in time is not needed.
    let _ = timeout(COMPLAINT_TIMEOUT, read).await;
    body
}
