//! Adapters of a language model: their versions, which one is current, and a base with one inside.

mod adapters;
mod candidate;
mod merge;
mod pinned;
mod version;

pub(crate) use adapters::Adapters;
pub(crate) use candidate::Candidate;
pub(crate) use merge::{MergeReport, merge_adapter, restore_merge};
pub(crate) use pinned::PinnedVersion;
pub(crate) use version::{Version, restore_version};
