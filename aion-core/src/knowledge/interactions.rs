//! Conversations as they were answered: what tomorrow's training set is made of.

use rusqlite::Row;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Knowledge;
use super::documents::{damaged, read_json};
use super::options::{MAX_META_BYTES, invalid, too_large};
use super::store::{Millis, all, now, write};
use crate::budget::Usd;
use crate::error::{Error, ErrorKind, Result};
use crate::interaction::{AnswerSource, Interaction};

/// Interactions that are read at a time.
const PAGE: usize = 500;
/// The most bytes of a conversation.
const MAX_BYTES: usize = 16 << 20;

/// An answer as it was given: a conversation, and how it came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Answered {
    /// The conversation with its rating and citations.
    pub interaction: Interaction,
    /// Who answered.
    pub source: AnswerSource,
    /// How sure the local model was, from 0 to 1.
    pub confidence: Option<f64>,
    /// What the answer cost.
    pub cost: Usd,
    /// The record of the decision between the two, which replays.
    pub decision: Option<Value>,
}

/// An answer in the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StoredInteraction {
    /// Its number.
    pub id: i64,
    /// When it was recorded, in milliseconds since 1970, UTC.
    pub made_at: Millis,
    /// What was recorded.
    pub answered: Answered,
}

impl Answered {
    /// An answer of the local model, free and of unknown confidence.
    pub fn local(interaction: Interaction) -> Self {
        Self { interaction, source: AnswerSource::Local, confidence: None, cost: Usd::ZERO, decision: None }
    }
}

impl Knowledge {
    /// Records an answer and gives its number.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for what is no interaction, [`ErrorKind::InvalidArgument`] for a confidence outside
    /// 0 to 1, [`ErrorKind::LimitExceeded`] above 16 MiB, [`ErrorKind::InvalidState`] if the store is only read,
    /// [`ErrorKind::Unavailable`] for the store.
    pub fn record(&self, answered: &Answered) -> Result<i64> {
        answered.interaction.check()?;
        if answered.confidence.is_some_and(|confidence| !(0.0..=1.0).contains(&confidence)) {
            return Err(invalid("confidence must be 0 to 1"));
        }
        let messages = json(&answered.interaction.messages, MAX_BYTES)?;
        let citations = json(&answered.interaction.citations, MAX_META_BYTES)?;
        let record = answered.decision.as_ref().map(|record| json(record, MAX_META_BYTES)).transpose()?;
        self.store.write(|transaction| {
            let sql = "INSERT INTO interactions
                       (made_at, messages, citations, rating, source, confidence, cost, record)
                       VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
            let values = (
                now(),
                &messages,
                &citations,
                answered.interaction.rating,
                answered.source.name(),
                answered.confidence,
                answered.cost.micros(),
                &record,
            );
            write(transaction, "the interactions", sql, values)?;
            Ok(transaction.last_insert_rowid())
        })
    }

    /// Notes how good people found an answer; `None` takes the rating back.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is no such interaction, [`ErrorKind::InvalidArgument`] for a rating that is no
    /// number, and as [`record`](Self::record).
    pub fn rate(&self, interaction: i64, rating: Option<f64>) -> Result<()> {
        if rating.is_some_and(|rating| !rating.is_finite()) {
            return Err(invalid("a rating must be a finite number"));
        }
        let sql = "UPDATE interactions SET rating = ?2 WHERE id = ?1";
        let values = (interaction, rating);
        match self.store.write(|transaction| write(transaction, "the interactions", sql, values))? {
            0 => Err(Error::new(ErrorKind::NotFound, format!("there is no interaction {interaction}"))),
            _ => Ok(()),
        }
    }

    /// The interactions after number `after`, in the order of their numbers, at most `limit`.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] for the store, [`ErrorKind::Forked`] in a child process.
    pub fn interactions(&self, after: i64, limit: usize) -> Result<Vec<StoredInteraction>> {
        let sql = "SELECT id, made_at, messages, citations, rating, source, confidence, cost, record
                   FROM interactions WHERE id > ? ORDER BY id LIMIT ?";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.store
            .read(|transaction| all(transaction, "the interactions", sql, (after, limit), read_interaction))
    }

    /// All interactions one by one, read page by page: what
    #[cfg_attr(feature = "lora", doc = "[`build_sft_jsonl`](crate::dataset::build_sft_jsonl) takes.")]
    #[cfg_attr(not(feature = "lora"), doc = "`build_sft_jsonl` takes.")]
    pub fn conversations(&self) -> impl Iterator<Item = Result<Interaction>> + '_ {
        let (mut page, mut last, mut is_done) = (Vec::new().into_iter(), 0, false);
        std::iter::from_fn(move || {
            loop {
                if let Some::<StoredInteraction>(next) = page.next() {
                    last = next.id;
                    return Some(Ok(next.answered.interaction));
                }
                if is_done {
                    return None;
                }
                match self.interactions(last, PAGE) {
                    Ok(next) => {
                        is_done = next.len() < PAGE;
                        page = next.into_iter();
                    }
                    Err(error) => {
                        is_done = true;
                        return Some(Err(error));
                    }
                }
            }
        })
    }
}

pub(super) fn json(value: &impl serde::Serialize, most: usize) -> Result<String> {
    let text = serde_json::to_string(value).map_err(|error| invalid("it is no JSON").with_source(error))?;
    match text.len() <= most {
        true => Ok(text),
        false => Err(too_large(format!("it takes more than {most} bytes of JSON"))),
    }
}

fn read_interaction(row: &Row<'_>) -> rusqlite::Result<StoredInteraction> {
    let source = row.get_ref(5)?.as_str()?.parse().map_err(|error: Error| damaged(5, error))?;
    let interaction =
        Interaction { messages: read_json(row, 2)?, citations: read_json(row, 3)?, rating: row.get(4)? };
    let record = row.get_ref(8)?.as_str_or_null()?;
    let answered = Answered {
        interaction,
        source,
        confidence: row.get(6)?,
        cost: Usd::from_micros(row.get(7)?).map_err(|error| damaged(7, error))?,
        decision: record.map(serde_json::from_str).transpose().map_err(|error| damaged(8, error))?,
    };
    Ok(StoredInteraction { id: row.get(0)?, made_at: row.get(1)?, answered })
}
