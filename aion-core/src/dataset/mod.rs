//! Training sets: what people asked and the assistant answered, as JSON lines, and those as token sequences.
//!
//! ```text
//! interactions ── build_sft_jsonl ──> set.jsonl ── Encoder ──> sequences ── micro_batches ──> a trainer
//! ```
//!
//! A line of a set is `{"messages": [{"role", "content"}, …], "meta": {"rating", "citations"}}`. Lines are read one at
//! a time and bounded, and a line that is damaged costs itself only.

mod batches;
mod build;
mod chat;
mod encode;
mod json;
mod lines;
mod seen;
mod sequence;
mod template;

pub use crate::interaction::{Interaction, Message, Role};
pub(crate) use batches::pack;
pub use batches::{micro_batches, shuffled};
pub use build::{DamagedLine, DatasetReport, SftOptions, build_sft_jsonl, build_sft_jsonl_from_file};
pub use chat::ChatFormat;
pub(crate) use chat::Writer as ChatWriter;
pub(crate) use encode::tokenizer_of_base;
pub use encode::{EncodeReport, Encoder, EncoderOptions};
pub use lines::Interactions;
pub use sequence::Sequence;
pub use template::ChatTemplate;

/// What the platform tells its model before every conversation.
pub const SYSTEM_PROMPT: &str = "Você é a AION, IA autônoma da plataforma.";

#[cfg(test)]
mod tests;
