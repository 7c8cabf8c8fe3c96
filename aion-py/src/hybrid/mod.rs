//! The local model, the budget and the paid model, joined.

mod answer;
mod driver;
mod host;
mod openai;

pub(crate) use answer::{HybridAnswer, restore_hybrid};
pub(crate) use driver::HybridDriver;
pub(crate) use openai::OpenAi;
