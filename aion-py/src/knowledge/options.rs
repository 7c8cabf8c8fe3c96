//! How a search is made, from keyword arguments.

use aion_core::Result;
use aion_core::knowledge::{Filter, Kind, SearchMode, SearchOptions};
use pyo3::prelude::*;

use super::time;
use crate::error::invalid_argument;

/// The arguments that say which documents are looked at.
pub(super) struct Chosen<'a, 'py> {
    pub(super) kind: Option<&'a str>,
    pub(super) host: Option<String>,
    pub(super) source_prefix: Option<String>,
    pub(super) since: Option<&'a Bound<'py, PyAny>>,
    pub(super) until: Option<&'a Bound<'py, PyAny>>,
}

impl Chosen<'_, '_> {
    pub(super) fn filter(self) -> Result<Filter> {
        let mut filter = Filter::default();
        filter.kind = self.kind.map(kind).transpose()?;
        filter.host = self.host;
        filter.source_prefix = self.source_prefix;
        filter.since = self.since.map(|since| time::millis(since, "since")).transpose()?;
        filter.until = self.until.map(|until| time::millis(until, "until")).transpose()?;
        Ok(filter)
    }
}

fn kind(name: &str) -> Result<Kind> {
    let wrong =
        || invalid_argument(format!("kind is '{name}'; it must be 'text', 'page', 'file' or 'image'"));
    Kind::from_name(name).ok_or_else(wrong)
}

/// The options of a search.
pub(super) fn search(filter: Filter, mode: &str, passages: bool, prefix: bool) -> Result<SearchOptions> {
    let mut options = SearchOptions::default();
    options.filter = filter;
    options.mode = match mode {
        "hybrid" => SearchMode::Hybrid,
        "words" => SearchMode::Words,
        "vectors" => SearchMode::Vectors,
        _ => {
            let known = "it must be 'hybrid', 'words' or 'vectors'";
            return Err(invalid_argument(format!("mode is '{mode}'; {known}")));
        }
    };
    options.passages = passages;
    options.prefix = prefix;
    Ok(options)
}
