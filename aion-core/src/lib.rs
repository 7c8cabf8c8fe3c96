//! AION: the eyes, the reading, the memory and the purse of an autonomous assistant, in the host's own process and
//! offline.
//!
//! [`Aion`] is the handle on all of it: make one from a [`Config`], share it between threads, and call its
//! verbs. Nothing is loaded until a verb needs it, and nothing of the host is touched: no environment
//! variable, no logger, no signal handler, no global thread pool, no socket.
//!
//! | verb | gives | feature |
//! |---|---|---|
//! | [`Aion::parse_image`] | upright pixels, CLIP vector and text of one picture | `image` |
//! | [`Aion::parse_images`] | the same of many, each with an error of its own | `image` |
//! | [`Aion::embed_clip`], [`Aion::embed_clip_text`] | unit vectors in one space | `clip` |
//! | [`Aion::ocr`] | words with their places and confidence | `ocr` |
//! | [`ema_update`], [`ema_update_batch`] | vectors that follow what is new | |
//! | [`Budget`] | whether a paid call may be made, with its money set aside | `sqlite` for files |
//! | [`Knowledge`] | documents, pictures and conversations in one file, found by words and by meaning | `knowledge` |
//! | [`Aion::crawl`], [`Aion::preview`] | pages of a site as they come, and what a curator sees of them | `crawl` |
//! | [`extract_text`] | title, main text and links of a page | `extract` |
//! | [`extract_document`], [`Aion::extract_document`] | the same of PDF, office files, tables and plain text | `documents` |
//! | `lora::Trainer` | LoRA adapters of a language model, trained on the CPU | `lora` |
//! | `generate::LocalModel` | answers of a local language model, with a confidence | `lora` |
//! | `hybrid::HybridDriver` | the local answer, or that of a paid model within the budget | `hybrid` |
//! | `adapter`, `dataset` | PEFT's directories, their promotion, training sets | `lora` |
//! | [`Robots`], [`canonical_url`], [`Blocklist`], [`policy`] | what may be read of the web, and used | |
//!
//! Every call that can take long takes a [`Control`] for cancel, deadline and progress, and every failure is
//! an [`Error`] whose [`ErrorKind`] a program can branch on.

#[cfg(feature = "lora")]
pub mod adapter;
mod aion;
#[cfg(feature = "lora")]
pub mod base;
mod blocklist;
mod budget;
#[cfg(feature = "clip")]
mod clip;
mod config;
mod control;
#[cfg(feature = "crawl")]
pub mod crawl;
#[cfg(feature = "lora")]
pub mod dataset;
#[cfg(feature = "documents")]
mod documents;
#[cfg(feature = "lora")]
mod durable;
mod ema;
mod error;
#[cfg(feature = "extract")]
mod extract;
#[cfg(feature = "lora")]
pub mod generate;
#[cfg(any(feature = "crawl", feature = "hybrid"))]
mod http;
#[cfg(feature = "hybrid")]
pub mod hybrid;
#[cfg(feature = "image")]
mod image;
#[cfg(any(feature = "knowledge", feature = "lora"))]
mod interaction;
#[cfg(feature = "knowledge")]
pub mod knowledge;
#[cfg(feature = "lora")]
pub mod lora;
#[cfg(feature = "ocr")]
mod ocr;
mod parallel;
#[cfg(feature = "image")]
mod parse;
pub mod policy;
mod preference;
#[cfg(feature = "lora")]
mod random;
mod robots;
mod rooms;
#[cfg(feature = "sqlite")]
mod sqlite;
mod url;

pub use aion::Aion;
pub use blocklist::Blocklist;
pub use budget::{
    AfterReboot, Audit, Budget, BudgetPolicy, BudgetStatus, Clock, ClockBasis, ClockReading, ClockState,
    Decision, DecisionReason, DecisionRecord, DecisionRequest, DecisionVerdict, Grant, GrantId, GrantState,
    JournalEdge, JournalEntry, Price, Settlement, SystemClock, Usd, replay_decision,
};
pub use config::Config;
pub use control::{CancelToken, Control, Progress};
#[cfg(feature = "documents")]
pub use documents::{Document, DocumentKind, DocumentOptions, Recognize, extract_document};
pub use ema::{EmaOptions, ema_update, ema_update_batch};
pub use error::{Error, ErrorKind, Result, catch_panic};
#[cfg(feature = "extract")]
pub use extract::{ExtractOptions, Extracted, Link, PageImage, TextSource, extract_text};
#[cfg(feature = "image")]
pub use image::{Image, ImageSource};
#[cfg(feature = "knowledge")]
pub use knowledge::Knowledge;
#[cfg(feature = "ocr")]
pub use ocr::{Bounds, OcrOptions, OcrPage, OcrResult, OcrWord, PageMode};
#[cfg(feature = "image")]
pub use parse::{ImageMeta, ParseOptions, ParsedImage};
pub use preference::{ContentSignal, ContentUsage, Preference};
pub use robots::{AgentRules, Robots};
pub use url::canonical_url;
