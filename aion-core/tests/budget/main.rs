//! The promises of the purse, I1 to I10 of docs/budget.md, held by every engine alike.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

mod clock;
mod conformance;
mod engine;
mod life;
mod model;
mod windows;

#[cfg(feature = "sqlite")]
mod file;
