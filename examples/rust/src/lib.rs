//! What the example programs share.

pub mod endpoint;
mod loopback;
pub mod site;
