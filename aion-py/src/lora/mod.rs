//! Training of adapters: a trainer, its batches, and what it reports.

mod arguments;
mod batch;
mod exclusive;
mod gradients;
mod held_out;
mod progress;
mod report;
mod source;
mod step;
mod train;
mod trainer;

pub(crate) use arguments::chat_format;
pub(crate) use held_out::HeldOut;
pub(crate) use progress::{TrainProgress, restore_progress};
pub(crate) use report::{
    EncodeReport, StepReport, TrainReport, restore_encoded, restore_step, restore_trained,
};
pub(crate) use trainer::LoraTrainer;
