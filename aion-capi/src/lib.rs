//! The C door of AION: `libaion` and `include/aion.h`.
//!
//! The header says what each function does; it is generated from this crate by a test (`tests/header.rs`).
//! What this side of the border keeps to:
//!
//! - A handle crosses as `Option<Box<T>>` when its ownership does and as `Option<&T>` when it is lent, so a
//!   signature tells who frees, NULL is `None`, and no `unsafe` is needed to use it. A function is `unsafe`
//!   only when it takes a pointer to data, which it turns into a slice or a text in one place
//!   ([`slice`](mod@slice), [`text`]).
//! - The body of every function that does anything runs inside one of the guards of [`panic`](mod@panic).
//! - The items are in the order in which the header prints them.

mod status;
mod version;

mod error;
mod handle;
mod panic;
mod slice;
mod text;

mod config;
mod control;
mod engine;

mod batch;
mod source;

mod ocr_result;

mod image;
mod parse;

mod ocr;

mod clip;

mod ema;

mod extract;
mod extracted;
mod pair;
mod url;

mod document_options;

mod document;

mod robots;

mod policy;
mod verdict;

mod crawl_options;
mod resolver;

mod crawl;
mod crawl_stats;

mod page;

mod preview;

mod usd;

mod budget_policy;

mod budget;
mod decision;
mod grant;

mod knowledge_options;

mod knowledge;

mod sft;

mod held_out;

mod adapter_options;
mod adapter_version;
mod adapters;

mod adapter_pin;

mod lora_batch;
mod lora_options;

mod lora;
mod lora_train;

mod model;

mod openai;

mod hybrid;

pub use adapter_options::*;
pub use adapter_pin::*;
pub use adapter_version::*;
pub use adapters::*;
pub use budget::*;
pub use budget_policy::*;
pub use clip::*;
pub use config::*;
pub use control::*;
pub use crawl::*;
pub use crawl_options::*;
pub use crawl_stats::*;
pub use decision::*;
pub use document::*;
pub use document_options::*;
pub use ema::*;
pub use engine::*;
pub use error::*;
pub use extract::*;
pub use extracted::*;
pub use grant::*;
pub use held_out::*;
pub use hybrid::*;
pub use image::*;
pub use knowledge::*;
pub use knowledge_options::*;
pub use lora::*;
pub use lora_batch::*;
pub use lora_options::*;
pub use lora_train::*;
pub use model::*;
pub use ocr::*;
pub use ocr_result::*;
pub use openai::*;
pub use page::*;
pub use pair::*;
pub use panic::*;
pub use parse::*;
pub use policy::*;
pub use preview::*;
pub use resolver::*;
pub use robots::*;
pub use sft::*;
pub use source::*;
pub use status::*;
pub use text::*;
pub use url::*;
pub use usd::*;
pub use verdict::*;
pub use version::*;
