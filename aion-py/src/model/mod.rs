//! A language model that answers.

mod answer;
mod local;
mod prompt;

pub(crate) use answer::{Answer, Confidence, restore_answer, restore_confidence};
pub(crate) use local::{LocalModel, texts};
pub(crate) use prompt::Asked;
