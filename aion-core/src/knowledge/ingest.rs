//! Ingestion: items are read first and written then, all of one or nothing of it.
//!
//! A process that ends in between leaves the store as it was, and what it had not finished is not there; so the same
//! items are simply given again.

use serde::{Deserialize, Serialize};

use super::Knowledge;
use super::item::{Content, Item};
use super::prepare::{Prepared, Spaces, Step};
use super::unit::unit;
use super::write::Writer;
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::parallel;

/// Items that are read side by side and written in one transaction.
const BATCH_ITEMS: usize = 64;
/// Bytes of such items. A file on the disk counts as a megabyte.
const BATCH_BYTES: usize = 8 << 20;
const FILE_BYTES: usize = 1 << 20;

/// What became of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ingested {
    /// The number of its document.
    pub document: i64,
    /// What that meant for the store.
    pub change: Change,
}

/// What an item meant for the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Change {
    /// Its source was not known.
    Added,
    /// Its source had another content, or vectors of another model.
    Replaced,
    /// Its source had the same content already.
    Unchanged,
}

impl Change {
    /// The stable name, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Replaced => "replaced",
            Self::Unchanged => "unchanged",
        }
    }
}

impl Knowledge {
    /// Reads items and writes them: text is cut into chunks, chunks and pictures are embedded, and each item is then
    /// written whole, in the place of an earlier version from the same source. What the store has already is not read
    /// again. The answers keep the order of the items, each with an error of its own.
    ///
    /// Of two items with the same source the later one stays.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for an item without a source; [`ErrorKind::LimitExceeded`] for one that is too
    /// long; [`ErrorKind::NotConfigured`] for a picture without an engine; [`ErrorKind::NotFound`] for a file or a
    /// parent that is not there; those of the readers and embedders; those of `control`; and for all items of a batch
    /// [`ErrorKind::Unavailable`] for the store, [`ErrorKind::InvalidState`] if it is only read.
    pub fn ingest(&self, items: &[Item], control: &Control) -> Vec<Result<Ingested>> {
        let ready = self.ready_to_write().and_then(|()| self.spaces());
        let spaces = match ready {
            Ok(spaces) => spaces,
            Err(error) => return items.iter().map(|_| Err(error.again())).collect(),
        };
        let mut results = Vec::with_capacity(items.len());
        while results.len() < items.len() {
            let rest = &items[results.len()..];
            let batch = &rest[..batch_length(rest)];
            for (item, result) in batch.iter().zip(self.ingest_batch(batch, &spaces, control)) {
                results.push(match result {
                    // Somebody removed what was there a moment ago: by now it is new.
                    Err(error) if error.kind() == ErrorKind::Conflict => {
                        self.ingest_one(item, &spaces, control)
                    }
                    result => result,
                });
            }
            control.report("items", results.len(), items.len());
        }
        results
    }

    fn ingest_one(&self, item: &Item, spaces: &Spaces, control: &Control) -> Result<Ingested> {
        let missing = || Err(Error::new(ErrorKind::Internal, "an item of a batch got no result"));
        self.ingest_batch(std::slice::from_ref(item), spaces, control).pop().unwrap_or_else(missing)
    }

    fn ready_to_write(&self) -> Result<()> {
        self.store.check_process()?;
        match self.store.is_read_only() {
            true => Err(Error::new(ErrorKind::InvalidState, "the store was opened to read only")),
            false => Ok(()),
        }
    }

    fn ingest_batch(&self, items: &[Item], spaces: &Spaces, control: &Control) -> Vec<Result<Ingested>> {
        let part = control.without_progress();
        let threads = self.options.thread_count();
        let mut steps = parallel::map(items, threads, |item| self.prepare(item, spaces, &part));
        self.embed_chunks(&mut steps, &part);
        let written = control.check().and_then(|()| self.write_batch(items, &mut steps, spaces));
        match written {
            Ok(results) => results,
            Err(error) => steps.into_iter().map(|step| step.and(Err(error.again()))).collect(),
        }
    }

    /// Embeds the chunks of all items together; if that fails, of each item alone, so that it costs only one.
    fn embed_chunks(&self, steps: &mut [Result<Step>], control: &Control) {
        let mut all: Vec<_> = steps.iter_mut().filter_map(prepared).collect();
        let is_done = self.embed(&mut all, control).is_ok();
        for step in steps.iter_mut().filter(|_| !is_done) {
            if let Some(alone) = prepared(step)
                && let Err(error) = self.embed(&mut [alone], control)
            {
                *step = Err(error);
            }
        }
    }

    fn embed(&self, items: &mut [&mut Prepared], control: &Control) -> Result<()> {
        let Some(embedder) = &self.texts else { return Ok(()) };
        let mut texts = Vec::new();
        for item in items.iter() {
            texts.extend(item.chunks.iter().map(|range| item.text[range.clone()].trim()));
        }
        texts.retain(|text| !text.is_empty());
        if texts.is_empty() {
            return Ok(());
        }
        let vectors = embedder.embed_texts(&texts, control)?;
        let wrong = |message| Error::new(ErrorKind::Engine, message);
        if vectors.len() != texts.len() {
            return Err(wrong("the text embedder gave another number of vectors than texts"));
        }
        if vectors.iter().any(|vector| vector.len() != vectors[0].len()) {
            return Err(wrong("the text embedder gave vectors of several lengths"));
        }
        let mut vectors =
            vectors.into_iter().map(|vector| unit(&vector)).collect::<Result<Vec<_>>>()?.into_iter();
        for item in items {
            for (range, slot) in item.chunks.iter().zip(&mut item.vectors) {
                if !item.text[range.clone()].trim().is_empty() {
                    *slot = vectors.next();
                }
            }
        }
        Ok(())
    }

    /// Writes a batch in one transaction. An item that can not be written leaves nothing, and the others stay.
    fn write_batch(
        &self,
        items: &[Item],
        steps: &mut [Result<Step>],
        spaces: &Spaces,
    ) -> Result<Vec<Result<Ingested>>> {
        let has_work = |(item, step): (&Item, &Result<Step>)| match step {
            Ok(Step::Known(_)) => item.has_news(),
            Ok(Step::Write(_)) => true,
            Err(_) => false,
        };
        if !items.iter().zip(&*steps).any(has_work) {
            return Ok(steps.iter_mut().map(unwritten).collect());
        }
        self.store.write(|transaction| {
            let mut writer = Writer::new(transaction, spaces);
            let mut results = Vec::with_capacity(items.len());
            for (item, step) in items.iter().zip(&mut *steps) {
                let written = match step {
                    Ok(step) => writer.write(item, step),
                    Err(error) => Err(error.again()),
                };
                match written {
                    // The transaction is no longer to be trusted.
                    Err(error) if error.kind() == ErrorKind::Unavailable => return Err(error),
                    written => results.push(written),
                }
            }
            writer.finish()?;
            Ok(results)
        })
    }
}

fn prepared(step: &mut Result<Step>) -> Option<&mut Prepared> {
    match step {
        Ok(Step::Write(prepared)) => Some(prepared),
        _ => None,
    }
}

fn unwritten(step: &mut Result<Step>) -> Result<Ingested> {
    match step {
        Ok(Step::Known(document)) => Ok(Ingested { document: *document, change: Change::Unchanged }),
        Ok(Step::Write(_)) => Err(Error::new(ErrorKind::Internal, "an item was read and not written")),
        Err(error) => Err(error.again()),
    }
}

/// How many of the items are taken together: one at least.
fn batch_length(items: &[Item]) -> usize {
    let mut bytes = 0;
    let fits = |item: &&Item| {
        bytes += match &item.content {
            Content::Text(text) => text.len(),
            Content::File(file) => file.len(),
            Content::Path(_) => FILE_BYTES,
        };
        bytes <= BATCH_BYTES
    };
    items.iter().take(BATCH_ITEMS).take_while(fits).count().max(1)
}
