//! Questions in, answers out: the tiny model that ships answers what it was taught, and knows when it does not.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

mod answers;
mod confidence;
mod learnt;
mod refusals;
mod stops;
mod support;
