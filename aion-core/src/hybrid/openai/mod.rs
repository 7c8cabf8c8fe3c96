//! A client of OpenAI's chat completions, which many servers speak.
//!
//! ```text
//! caller's thread:  Request ─> engine::run ──────── pieces of text ──> on_text        a thread of its own, no pool
//! call's thread:               Talk: connect ─> Departing ─> send ─> status ─> EventStream or JSON ─> ending
//! ```
//!
//! The caller's thread only waits. Each call has a thread, a current-thread runtime and a connection of its own, which
//! end with it: paid calls are few, and nothing is left between them that a `fork` could break.

mod departing;
mod engine;
mod key;
mod options;
mod reply;
mod sse;
mod talk;

use std::fmt;

pub use key::ApiKey;
pub use options::OpenAiOptions;

use super::external::{Call, External, Reply};
use super::failure::{Failure, FailureKind};
use crate::budget::Price;
use crate::error::Result;
use crate::http;
use reply::{Request, StreamOptions};
use talk::{Route, Talk};

/// A paid model behind OpenAI's interface, wherever it runs.
///
/// Redirects and proxies are not followed, and nothing is read of the environment. Certificates are checked against the
/// roots of Mozilla, which are compiled in.
///
/// ```
/// use aion_core::hybrid::{ApiKey, External, OpenAi, OpenAiOptions};
///
/// let mut options = OpenAiOptions::default();
/// options.key = Some(ApiKey::new("sk-...")?);
/// let paid = OpenAi::new(options)?;
/// assert_eq!(paid.name(), "gpt-4o-mini");
/// # Ok::<(), aion_core::Error>(())
/// ```
pub struct OpenAi {
    options: OpenAiOptions,
    route: Route,
    price: Option<Price>,
}

impl OpenAi {
    /// A client with these settings. Nothing is sent.
    ///
    /// # Errors
    /// As [`OpenAiOptions::validate`]; [`ErrorKind::Engine`](crate::ErrorKind::Engine) if TLS can not be set up.
    pub fn new(options: OpenAiOptions) -> Result<Self> {
        options.validate()?;
        let route = Route { endpoint: options.endpoint()?, tls: http::tls()? };
        Ok(Self { price: options.known_price(), route, options })
    }

    /// The settings.
    pub fn options(&self) -> &OpenAiOptions {
        &self.options
    }

    fn body(&self, call: &Call<'_>) -> Result<Vec<u8>, Failure> {
        let limit = Some(call.max_tokens());
        let is_new = self.options.max_completion_tokens;
        let request = Request {
            model: &self.options.model,
            messages: call.messages(),
            max_tokens: limit.filter(|_| !is_new),
            max_completion_tokens: limit.filter(|_| is_new),
            stream: call.is_streamed(),
            stream_options: call.is_streamed().then_some(StreamOptions { include_usage: true }),
        };
        let refused =
            |error| Failure::new(FailureKind::Refused, format!("the request can not be written: {error}"));
        serde_json::to_vec(&request).map_err(refused)
    }
}

impl External for OpenAi {
    fn name(&self) -> &str {
        &self.options.model
    }

    fn price(&self) -> Option<Price> {
        self.price
    }

    fn complete(&self, call: &mut Call<'_>) -> Result<Reply, Failure> {
        let talk = Talk {
            options: self.options.clone(),
            route: self.route.clone(),
            body: self.body(call)?,
            max_tokens: call.max_tokens(),
            departure: call.departure(),
        };
        engine::run(talk, call)
    }
}

impl fmt::Debug for OpenAi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAi").field("options", &self.options).finish_non_exhaustive()
    }
}
