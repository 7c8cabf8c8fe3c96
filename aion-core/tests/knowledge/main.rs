//! The store of knowledge, from outside.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

mod average;
mod file;
mod ingest;
mod records;
mod search;
mod support;
