//! The crawl that a caller holds: pages, pulled from an engine on a thread of its own.

use std::fmt;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::desk::Desk;
use super::engine::{Engine, Plan};
use super::page::Page;
use super::pipe::{Delivery, Pipe, Receipt, Taken};
use super::state::{Journal, Memory};
use super::stats::CrawlStats;
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result, catch_panic};

/// Threads for names and documents; few are ever used at once.
const MAX_HELPERS: usize = 16;

/// What [`Crawl::next_within`] found.
#[derive(Debug)]
pub enum Pull {
    /// The next page.
    Page(Box<Page>),
    /// None yet; there may be more.
    Pending,
    /// There are no more.
    End,
}

/// Pages of a site as they come. They are asked for nearest to the seed first; one that answers quickly may overtake
/// one that was asked for a moment before.
///
/// The crawl runs on one thread of its own and waits when about 16 pages were not taken yet. The caller's
/// thread only waits. Dropping the crawl ends it and its thread at once; a state file keeps what is left.
///
/// A crawl belongs to the process that began it: in a child after `fork` it answers [`ErrorKind::Forked`].
pub struct Crawl {
    pipe: Arc<Pipe>,
    desk: Arc<Desk>,
    journal: Option<Arc<Journal>>,
    /// Of the page that the caller has now; written when it comes for the next one.
    receipt: Mutex<Option<Receipt>>,
    control: Control,
    process: u32,
    thread: Option<JoinHandle<()>>,
}

impl Crawl {
    pub(super) fn start(
        desk: Arc<Desk>,
        plan: Plan,
        state: Option<(Journal, Memory)>,
        control: &Control,
    ) -> Result<Self> {
        let pipe = Arc::new(Pipe::default());
        let (journal, memory) =
            state.map_or((None, None), |(journal, memory)| (Some(Arc::new(journal)), Some(memory)));
        let engine = {
            let mut engine =
                Engine::new(Arc::clone(&desk), plan, Arc::clone(&pipe), journal.clone(), control.clone());
            memory.into_iter().for_each(|memory| engine.remember(memory));
            engine
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(MAX_HELPERS)
            .thread_name("aion-crawl-read")
            .build();
        let refused = |source| Error::new(ErrorKind::Io, "the crawl can not be started").with_source(source);
        let runtime = runtime.map_err(refused)?;
        let outlet = Arc::clone(&pipe);
        let work = move || {
            let result = catch_panic(|| runtime.block_on(engine.run()));
            // A name that is being resolved or a page that is being read must not hold the end up.
            runtime.shutdown_background();
            outlet.finish(result.err());
        };
        let thread = thread::Builder::new().name("aion-crawl".into()).spawn(work).map_err(refused)?;
        Ok(Self {
            pipe,
            desk,
            journal,
            receipt: Mutex::new(None),
            control: control.clone(),
            process: std::process::id(),
            thread: Some(thread),
        })
    }

    /// Waits for the next page; `None` after the last.
    ///
    /// # Errors
    /// [`ErrorKind::Cancelled`] and [`ErrorKind::DeadlineExceeded`] as the crawl's control asks;
    /// [`ErrorKind::Unavailable`] when the seed can not be fetched, [`ErrorKind::InvalidArgument`] when it leads
    /// where nothing may be fetched; [`ErrorKind::Io`] for the state file; [`ErrorKind::Forked`].
    pub fn next_page(&self) -> Result<Option<Page>> {
        loop {
            match self.pull(None)? {
                Pull::Page(page) => return Ok(Some(*page)),
                Pull::End => return Ok(None),
                Pull::Pending => {}
            }
        }
    }

    /// Waits for the next page for `timeout` at most.
    ///
    /// # Errors
    /// As [`next_page`](Self::next_page).
    pub fn next_within(&self, timeout: Duration) -> Result<Pull> {
        self.pull(Instant::now().checked_add(timeout))
    }

    /// Waits, for `timeout` at most, until [`next_within`](Self::next_within) would answer at once, and takes
    /// nothing: for a host whose waiting may be abandoned.
    ///
    /// # Errors
    /// [`ErrorKind::Forked`].
    pub fn wait(&self, timeout: Duration) -> Result<bool> {
        self.check_process()?;
        Ok(self.pipe.wait(&self.control, Instant::now().checked_add(timeout)))
    }

    /// What the crawl has done so far; nothing in a child process, where it does not run.
    pub fn stats(&self) -> CrawlStats {
        if self.check_process().is_err() {
            return CrawlStats::default();
        }
        self.desk.stats.lock().clone()
    }

    fn pull(&self, until: Option<Instant>) -> Result<Pull> {
        loop {
            match self.take(until)? {
                Taken::Delivery(Delivery::Page { page, receipt, .. }) => {
                    *self.receipt.lock() = Some(receipt);
                    return Ok(Pull::Page(page));
                }
                Taken::Delivery(Delivery::Miss { .. }) => {}
                Taken::Nothing => return Ok(Pull::Pending),
                Taken::End => return Ok(Pull::End),
            }
        }
    }

    /// The next delivery. Whoever comes for it is done with the one before.
    pub(super) fn take(&self, until: Option<Instant>) -> Result<Taken> {
        self.check_process()?;
        if let (Some(journal), Some(receipt)) = (&self.journal, self.receipt.lock().take()) {
            journal.append(&receipt.0);
        }
        self.pipe.take(&self.control, until)
    }

    /// Asked before any lock is taken: one that another thread held during `fork` is held for ever.
    fn check_process(&self) -> Result<()> {
        if std::process::id() == self.process {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Forked,
            "this crawl was begun before a fork and its thread does not exist here; begin a new one",
        ))
    }
}

/// Ends with the first error.
impl Iterator for Crawl {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_page().transpose()
    }
}

impl Drop for Crawl {
    fn drop(&mut self) {
        // In the child of a `fork` there is no thread to join, and its locks may be held for ever.
        if std::process::id() != self.process {
            #[expect(
                clippy::mem_forget,
                reason = "dropping would wait for a thread that did not survive the fork"
            )]
            std::mem::forget(self.thread.take());
            return;
        }
        self.pipe.close();
        if let Some(thread) = self.thread.take() {
            // Its panics were caught, so there is nothing to learn from the result.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Crawl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crawl").field("options", &self.desk.options).finish_non_exhaustive()
    }
}
