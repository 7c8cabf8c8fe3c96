//! Training of LoRA adapters on a frozen language model (Hu et al., LoRA: Low-Rank Adaptation of Large Language Models,
//! 2021), on the CPU.
//!
//! The forward and the backward pass are written out, without a graph: frozen weights get no gradient, what is cheap
//! is computed again, and the logits never exist whole. Sequences of a batch lie one after the other without padding,
//! and each attends to itself only. The same calls give the same bits for any number of threads, and after
//! [`Trainer::resume`] too.

mod adapter;
mod backward;
mod batch;
mod checkpoint;
mod config;
mod dropout;
mod forward;
mod head;
mod held_out;
mod layout;
mod optimizer;
mod options;
mod projection;
mod tape;
mod train;
mod trainer;

pub use config::TrainConfig;
pub use held_out::HeldOut;
pub use options::{Schedule, TrainerOptions};
pub use train::{CheckpointPlan, Evaluation, TrainOptions, TrainProgress, TrainReport};
pub use trainer::{StepReport, Trainer};

use crate::error::{Error, ErrorKind};

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}
