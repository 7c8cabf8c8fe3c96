//! The crawl against a small server of its own, on loopback only.

#![expect(clippy::unwrap_used, unreachable_pub, reason = "helpers of tests")]

#[path = "../common/mod.rs"]
mod common;
mod guard;
mod life;
mod limits;
mod manners;
mod preview;
mod server;
mod site;
mod state;
mod walk;
