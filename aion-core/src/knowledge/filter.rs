//! Which documents are looked at.

use rusqlite::types::Value as Cell;

use super::item::Kind;
use super::store::Millis;

/// Which documents are looked at; the default is all of them. Everything that is set has to hold.
///
/// ```
/// use aion_core::knowledge::{Filter, Kind};
///
/// let mut pictures = Filter::default();
/// pictures.kind = Some(Kind::Image);
/// pictures.host = Some("example.com".into());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Filter {
    /// What they are.
    pub kind: Option<Kind>,
    /// The host of their web address; hosts below it count too, as `www.example.com` does for `example.com`.
    pub host: Option<String>,
    /// What their source begins with, in the same case.
    pub source_prefix: Option<String>,
    /// Fetched at this time or later, in milliseconds since 1970, UTC.
    pub since: Option<Millis>,
    /// Fetched before this time.
    pub until: Option<Millis>,
}

impl Filter {
    /// Whether everything passes.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A filter as SQL about a row `d` of the documents.
pub(super) struct Conditions {
    sql: String,
    pub(super) values: Vec<Cell>,
}

impl Conditions {
    pub(super) fn of(filter: &Filter) -> Self {
        let mut conditions = Self { sql: "1".into(), values: Vec::new() };
        if let Some(kind) = filter.kind {
            conditions.add("d.kind = ?", Cell::Text(kind.name().into()));
        }
        if let Some(host) = &filter.host {
            let host = host.trim_matches('.').to_lowercase();
            conditions.add("(d.host = ?", Cell::Text(host.clone()));
            conditions.sql.push_str(" OR substr(d.host, -length(?)) = ?)");
            let below = format!(".{host}");
            conditions.values.extend([Cell::Text(below.clone()), Cell::Text(below)]);
        }
        if let Some(prefix) = &filter.source_prefix {
            conditions.add("substr(d.source, 1, length(?)) = ?", Cell::Text(prefix.clone()));
            conditions.values.push(Cell::Text(prefix.clone()));
        }
        if let Some(since) = filter.since {
            conditions.add("d.fetched_at >= ?", Cell::Integer(since));
        }
        if let Some(until) = filter.until {
            conditions.add("d.fetched_at < ?", Cell::Integer(until));
        }
        conditions
    }

    pub(super) fn add(&mut self, sql: &str, value: Cell) {
        self.sql.push_str(" AND ");
        self.sql.push_str(sql);
        self.values.push(value);
    }

    pub(super) fn sql(&self) -> &str {
        &self.sql
    }
}
