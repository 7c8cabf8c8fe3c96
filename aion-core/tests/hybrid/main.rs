//! The local model, the budget and a paid endpoint, joined; the endpoint is a small server on loopback.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

mod endpoint;
mod hazards;
mod hosts;
mod life;
#[cfg(feature = "knowledge")]
mod remember;
mod retries;
mod rules;
mod support;
