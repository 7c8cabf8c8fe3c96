//! The training step: against PEFT, against finite differences, and against itself.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

mod gradients;
mod goldens;
mod same;
mod support;
