//! Answers of the local model, or of a paid one where the local one is unsure and the budget allows it.
//!
//! ```text
//! messages ─> local model ─> confidence ─> Budget::decide ─┬─ local ──────────────────────────────> answer ─> recorder
//!                                                          └─ grant ─> External ─> settle ─┬─ paid ─> answer ─> recorder
//!                                                                      (failure, reason) ──┴─ local > answer ─> recorder
//! ```
//!
//! [`HybridDriver`] joins the three. Whatever goes wrong on the paid side costs the paid answer and not the local one,
//! and every cent that may have been spent is in the ledger. [`OpenAi`] is a client of OpenAI's interface, which many
//! servers speak; a host may bring its own [`External`].

mod answer;
mod attempt;
mod driver;
mod external;
mod failure;
mod local;
mod openai;
mod options;
mod paid;
#[cfg(feature = "knowledge")]
mod remember;

pub use answer::{Attempt, HybridAnswer, HybridReason, Recorder};
pub use driver::{HybridDriver, OnAnswer};
pub use external::{Billing, Call, External, Reply, Usage};
pub use failure::{Failure, FailureKind};
pub use local::{Local, LocalAnswer};
pub use openai::{ApiKey, OpenAi, OpenAiOptions};
pub use options::HybridOptions;

pub use crate::interaction::AnswerSource;

/// The programs of the guide are compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/hybrid.md")]
mod guide {}
