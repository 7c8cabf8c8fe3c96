//! LoRA adapters as PEFT stores them: read, written, checked against a base, merged into one, and promoted.
//!
//! An [`Adapter`] is a plain value. On disk it is a directory with `adapter_config.json` and
//! `adapter_model.safetensors`, as PEFT (<https://github.com/huggingface/peft>, tested with 0.21.2) writes and
//! reads it. PEFT loads some incomplete directories without a word and computes something else; here they are
//! errors that name what is wrong.
//!
//! [`Adapters`] keeps the versions of one adapter and says which one is current. A promotion is verified before it
//! is visible, visible at one stroke, and can be taken back.

mod config;
mod merge;
mod module;
mod promote;
mod read;
mod tensors;
mod value;
mod write;

pub use config::AdapterConfig;
pub use merge::{MergeReport, merge};
pub(crate) use module::Factor;
pub use module::{ModuleId, ModuleShape, ModuleShapes};
pub(crate) use promote::follow;
pub use promote::{
    Adapters, AdaptersOptions, Candidate, Check, PinnedVersion, Pointer, PromoteOptions, Version,
};
pub use value::{Adapter, LowRank};

/// The settings of an adapter.
const CONFIG_FILE: &str = "adapter_config.json";
/// Its tensors.
const TENSORS_FILE: &str = "adapter_model.safetensors";

/// What a model's confidence means, fitted for the adapter.
pub(crate) const CALIBRATION_FILE: &str = "aion_calibration.json";

/// The programs of the guide are compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/training.md")]
mod guide {}
