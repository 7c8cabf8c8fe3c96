//! Training sets: what was asked and answered, as JSON lines.

mod report;
mod row;
mod verb;

pub(crate) use report::{DatasetReport, restore_dataset};
pub(crate) use row::interaction;
pub(crate) use verb::build_sft_jsonl;
