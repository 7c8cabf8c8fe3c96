//! Generation with a frozen language model and an adapter that is not merged into it.
//!
//! [`LocalModel`] answers questions, and tells how sure it is. Below it is [`Decoder`]: tokens in, logits of the next one
//! out. Keys and values of what was read are kept, so that each token is read once.
//!
//! ```text
//! messages ── chat ──> tokens ── decoder ──> logits ── sampler ──> token ── text ──> answer
//! ```

mod answer;
mod attend;
mod cache;
mod calibration;
mod chat;
mod decoder;
mod model;
mod options;
mod platt;
mod run;
mod sampler;
mod text;

pub use answer::{Answer, Confidence, FinishReason};
pub use cache::Cache;
pub use calibration::{Calibration, expected_calibration_error};
#[cfg(feature = "hybrid")]
pub(crate) use chat::check_conversation;
pub use decoder::{Decoder, DecoderOptions};
pub use model::LocalModel;
pub use options::{GenerateOptions, LocalModelOptions, Prompt};
pub use run::OnText;

/// The programs of the guide are compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/models.md")]
mod guide {}
