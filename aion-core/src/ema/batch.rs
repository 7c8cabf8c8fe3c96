//! A batch: all of it, or nothing.

use parking_lot::Mutex;

use super::invalid;
use super::journal::Journal;
use super::rows::Rows;
use crate::error::{Error, Result};
use crate::parallel;

/// Numbers that are worth a thread: it takes longer to start one than to update fewer.
const LEAST_PER_THREAD: usize = 1 << 20;

/// The rows of one thread, of which the first `done` are updated and noted in the journal.
struct Part<'a> {
    before: usize,
    rows: Rows<'a>,
    journal: Option<Journal>,
    done: usize,
}

/// Updates the rows in one pass over the memory, noting what is overwritten, as far as the journals reach. The
/// rest is checked before it is overwritten. So whatever is wrong is found while all can be taken back.
///
/// # Errors
/// As [`ema_update_batch`](super::ema_update_batch).
pub(super) fn update(rows: Rows<'_>) -> Result<()> {
    let threads = rows.options.thread_count();
    let parts = split(rows, threads);
    let outcome = overwrite(&parts, threads);
    if outcome.is_err() {
        on_all(&parts, threads, |part| part.take_back())?;
    }
    outcome
}

fn overwrite(parts: &[Mutex<Part<'_>>], threads: usize) -> Result<()> {
    if !on_all(parts, threads, |part| part.overwrite_noting())? {
        on_all(parts, threads, |part| part.take_back())?;
    }
    // What a journal refused is looked at again here, where an error gets its name.
    if !on_all(parts, threads, |part| part.rows.after(part.done).is_sound())? {
        let refusal = parts.iter().find_map(|part| part.lock().refusal());
        return Err(refusal.unwrap_or_else(|| invalid("another thread wrote to the vectors or the targets")));
    }
    on_all(parts, threads, |part| part.overwrite_rest()).map(drop)
}

fn split(mut rows: Rows<'_>, threads: usize) -> Vec<Mutex<Part<'_>>> {
    let most = (rows.vectors.len() / LEAST_PER_THREAD).clamp(1, threads);
    let each = rows.len().div_ceil(most);
    let (mut parts, mut before) = (Vec::with_capacity(most), 0);
    while rows.len() > 0 {
        let count = each.min(rows.len());
        let (first, others) = rows.split_at(count);
        parts.push(Mutex::new(Part { before, journal: None, rows: first, done: 0 }));
        (rows, before) = (others, before + count);
    }
    parts
}

/// Whether `work` succeeds with every part.
fn on_all(
    parts: &[Mutex<Part<'_>>],
    threads: usize,
    work: impl Fn(&mut Part<'_>) -> bool + Sync,
) -> Result<bool> {
    let outcomes = parallel::map(parts, threads, |part| Ok(work(&mut part.lock())));
    outcomes.into_iter().try_fold(true, |all, outcome| Ok(all & outcome?))
}

impl Part<'_> {
    /// Does nothing where there can be no journal.
    fn overwrite_noting(&mut self) -> bool {
        self.journal = Journal::for_rows(&self.rows);
        let Some(journal) = &mut self.journal else { return true };
        let (done, is_sound) = journal.overwrite(&mut self.rows);
        self.done = done;
        is_sound
    }

    fn overwrite_rest(&mut self) -> bool {
        self.rows.after(self.done).overwrite();
        true
    }

    fn take_back(&mut self) -> bool {
        if let Some(journal) = self.journal.take() {
            journal.take_back(&mut self.rows);
        }
        self.done = 0;
        true
    }

    fn refusal(&self) -> Option<Error> {
        self.rows.refusal(self.before)
    }
}
