//! Why a paid call gave no answer, and what it may have cost all the same.

use std::fmt;
use std::time::Duration;

use super::external::Billing;
use crate::budget::names::named;

named! {
    /// The kind of a [`Failure`].
    #[non_exhaustive]
    pub enum FailureKind {
        /// No connection could be made, so nothing was sent.
        Unreachable = "unreachable",
        /// The key is wrong, or may not do this (401, 403).
        Unauthorized = "unauthorized",
        /// There is no such model or address (404).
        NotFound = "not_found",
        /// Too many calls, or no credit left (429).
        RateLimited = "rate_limited",
        /// The request was refused (other 4xx).
        Refused = "refused",
        /// The address leads elsewhere (3xx); nobody follows with a key in hand.
        Redirected = "redirected",
        /// The provider failed (5xx, or an error in a stream).
        ServerError = "server_error",
        /// The provider was silent for too long.
        TimedOut = "timed_out",
        /// The connection ended before the reply did.
        BrokenStream = "broken_stream",
        /// What came is no reply, or has no text.
        InvalidReply = "invalid_reply",
        /// The reply is larger than any of so many tokens.
        TooLarge = "too_large",
        /// The deadline passed, or the caller cancelled.
        Stopped = "stopped",
        /// The ledger could not be written, so nothing was sent.
        NotDispatched = "not_dispatched",
        /// Anything else, such as an error of the host's own client.
        Failed = "failed",
    }
}

impl FailureKind {
    /// What is known of the bill of such a call, where nothing better is.
    fn billing(self) -> Billing {
        match self {
            Self::Unreachable
            | Self::Unauthorized
            | Self::NotFound
            | Self::RateLimited
            | Self::Refused
            | Self::Redirected
            | Self::NotDispatched => Billing::Nothing,
            _ => Billing::Unknown,
        }
    }

    /// Whether another call may fare better.
    fn may_pass(self) -> bool {
        matches!(self, Self::Unreachable | Self::RateLimited | Self::ServerError)
    }
}

/// Why a paid call gave no answer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Failure {
    /// What a program branches on.
    pub kind: FailureKind,
    /// What happened, for people. It holds no key.
    pub message: String,
    /// What the call is billed, as far as is known.
    pub billing: Billing,
    /// Whether another call may fare better.
    pub is_temporary: bool,
    /// How long the provider asks to wait before another call.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// A failure of `kind`, with what is usual of it: a call that was refused or never left costs nothing, any other may
    /// be billed in full; another call is worth a try if the provider was unreachable, busy or down.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            billing: kind.billing(),
            is_temporary: kind.may_pass(),
            retry_after: None,
        }
    }

    /// The same failure of a call whose bill is known better.
    #[must_use]
    pub fn with_billing(mut self, billing: Billing) -> Self {
        self.billing = billing;
        self
    }

    /// The same failure of a provider that asks to wait.
    #[must_use]
    pub fn with_retry_after(mut self, pause: Option<Duration>) -> Self {
        self.retry_after = pause;
        self
    }

    /// The same failure, which will not pass.
    #[must_use]
    pub fn lasting(mut self) -> Self {
        self.is_temporary = false;
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
