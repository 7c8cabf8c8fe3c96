//! The training step: against PEFT, against finite differences, and against itself.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

mod checkpoint;
mod files;
mod generate;
mod goldens;
mod gradients;
mod refusals;
mod same;
mod support;
mod train;
