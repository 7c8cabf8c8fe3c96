//! Generation with a frozen language model and an adapter that is not merged into it: tokens in, logits of the next one
//! out. Keys and values of what was read are kept, so that each token is read once.

mod attend;
mod cache;
mod decoder;

pub use cache::Cache;
pub use decoder::{Decoder, DecoderOptions};
