//! The crawl that Python holds: pages as they come, for `for` and for `async for`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use aion_core::crawl::{self as core, Pull};
use aion_core::{Control, Error, ErrorKind, Progress, Result, catch_panic};
use parking_lot::{Mutex, RwLock};
use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{PyTraverseError, PyVisit};

use super::page::Page;
use super::settings::Settings;
use super::stats::CrawlStats;
use crate::control::{Wishes, seconds};
use crate::door::{Detached, enter_briefly};
use crate::error::{OrRaise, exception};
use crate::view::repr;

/// How often a thread that waits looks for signals, for news and for `close()`.
const SLICE: Duration = Duration::from_millis(20);
/// How long a thread of an event loop's executor is kept at most, once nobody waits for it any more.
const EXECUTOR_SLICE: Duration = Duration::from_millis(50);

/// The pages of a site as they come: `for page in crawl`, or `async for page in crawl` under asyncio.
///
/// The crawl runs on one thread of its own, ahead of its caller by about 16 pages. Pages that were asked for nearest to
/// the seed come first; one that answers quickly may overtake one that was asked for a moment before. Several threads or
/// tasks may take pages; each page is handed out once. `progress` is called by whoever comes for a page, before it is
/// taken; an exception of it ends the crawl and is raised. Ctrl-C ends the waiting, not the crawl: no page is lost.
///
/// It ends with the last page, an error, `close()`, at the end of a `with` block, or when it is deleted; a `state` file
/// keeps what is left. A crawl belongs to the process that began it: in a child after `os.fork()` it raises `ForkedError`.
///
/// Attributes:
///     stats: What it has done so far, a `CrawlStats`.
#[pyclass(frozen, weakref, module = "aion")]
pub(crate) struct Crawl {
    /// The lock is only waited for while the interpreter is released.
    stream: RwLock<Stream>,
    is_closed: AtomicBool,
    news: Mutex<Receiver<Progress>>,
    progress: Option<Py<PyAny>>,
    seed: String,
    process: u32,
}

/// The core's crawl until it is closed, and what it had counted then.
struct Stream {
    open: Option<Detached<core::Crawl>>,
    counted: core::CrawlStats,
}

/// Why nobody gets a page.
enum Fault {
    /// The crawl failed.
    Failed(Error),
    /// A signal handler or `progress` raised.
    Raised(PyErr),
}

impl Crawl {
    /// Begins to crawl from `seed` with the handle's own settings, changed by those that are given.
    pub(crate) fn begin(
        py: Python<'_>,
        handle: &aion_core::Aion,
        seed: &str,
        given: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let Settings { options, wishes } = Settings::new(py, handle, given)?;
        let (control, news) = control(&wishes);
        let open = enter_briefly(py, || handle.crawl(seed, &options, &control))?;
        Ok(Self {
            stream: RwLock::new(Stream {
                open: Some(Detached::new(open)),
                counted: core::CrawlStats::default(),
            }),
            is_closed: AtomicBool::new(false),
            news: Mutex::new(news),
            progress: wishes.progress,
            seed: seed.into(),
            process: std::process::id(),
        })
    }

    /// Asked before any lock is taken: one that another thread held during `fork` is held for ever.
    fn check_process(&self) -> Result<()> {
        if std::process::id() == self.process {
            return Ok(());
        }
        let message =
            "this crawl was begun before a fork and its thread does not exist here; begin a new one";
        Err(Error::new(ErrorKind::Forked, message))
    }

    /// Asks the core's crawl; a closed one answers `closed`. Called with the interpreter released.
    fn ask<R>(&self, closed: R, question: impl FnOnce(&core::Crawl) -> Result<R>) -> Result<R> {
        let stream = self.stream.read();
        match &stream.open {
            Some(open) if !self.is_closed.load(Ordering::Acquire) => catch_panic(|| question(open.get()?)),
            _ => Ok(closed),
        }
    }

    /// Whether there is an answer already; waits for it for `time` at most.
    fn wait(&self, time: Duration) -> Result<bool> {
        self.ask(true, |crawl| crawl.wait(time))
    }

    fn take(&self) -> Result<Pull> {
        self.ask(Pull::End, |crawl| crawl.next_within(Duration::ZERO))
    }

    /// The next page, waited for until `until` with the interpreter released.
    fn pull(&self, py: Python<'_>, until: Option<Instant>) -> PyResult<Pull> {
        self.check_process().or_raise(py)?;
        py.detach(|| self.wait_and_take(until)).map_err(|fault| match fault {
            Fault::Failed(error) => exception(py, &error),
            Fault::Raised(exception) => exception,
        })
    }

    fn wait_and_take(&self, until: Option<Instant>) -> Result<Pull, Fault> {
        loop {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            let is_ready = self.wait(left.map_or(SLICE, |left| left.min(SLICE))).map_err(Fault::Failed)?;
            // Handlers come before the page is taken, so that their exceptions cost none.
            if !is_ready || self.progress.is_some() {
                let attended = Python::try_attach(|py| self.tell(py).and_then(|()| py.check_signals()));
                match attended {
                    Some(done) => done.map_err(Fault::Raised)?,
                    // The interpreter is shutting down: the page would be for nobody.
                    None => return Ok(Pull::End),
                }
            }
            match self.take().map_err(Fault::Failed)? {
                Pull::Pending if left != Some(Duration::ZERO) => {}
                pull => return Ok(pull),
            }
        }
    }

    /// Tells `progress` what came in; its exception ends the crawl.
    fn tell(&self, py: Python<'_>) -> PyResult<()> {
        let Some(progress) = &self.progress else { return Ok(()) };
        loop {
            // The lock is given back before any of Python's code runs.
            let news = self.news.lock().try_recv();
            let Ok(Progress { stage, done, total, .. }) = news else { return Ok(()) };
            if let Err(exception) = progress.call1(py, (stage, done, total)) {
                self.close(py);
                return Err(exception);
            }
        }
    }
}

#[pymethods]
impl Crawl {
    /// Wait for the next page.
    ///
    /// Args:
    ///     timeout: Most seconds to wait. Without it, as long as the crawl takes.
    ///
    /// Returns:
    ///     The page; `None` after the last, and after `close()`.
    ///
    /// Raises:
    ///     DeadlineExceededError: No page came in time, and the crawl goes on; or its own time is over.
    ///     CancelledError: The crawl's token was tripped.
    ///     UnavailableError: The seed can not be fetched.
    ///     InvalidArgumentError: The seed leads where nothing may be fetched.
    ///     IoError: The state file can not be written.
    #[pyo3(signature = (timeout = None))]
    fn next(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Option<Page>> {
        let time = timeout.map(seconds).transpose().or_raise(py)?;
        match self.pull(py, time.and_then(|time| Instant::now().checked_add(time)))? {
            Pull::Page(page) => Ok(Some(Page::new(py, *page))),
            Pull::End => Ok(None),
            Pull::Pending => {
                let message =
                    format!("no page came within {} seconds; the crawl goes on", timeout.unwrap_or_default());
                Err(Error::new(ErrorKind::DeadlineExceeded, message)).or_raise(py)
            }
        }
    }

    /// End the crawl and its thread; pages that were not taken are dropped. Closing twice does nothing more.
    fn close(&self, py: Python<'_>) {
        self.is_closed.store(true, Ordering::Release);
        if self.check_process().is_err() {
            return;
        }
        py.detach(|| {
            let mut stream = self.stream.write();
            let open = stream.open.take();
            if let Some(Ok(crawl)) = open.as_ref().map(Detached::get) {
                stream.counted = crawl.stats();
            }
            // Whoever waits for the lock need not wait for the end of the thread.
            drop(stream);
            drop(open);
        });
    }

    #[getter]
    fn stats(&self, py: Python<'_>) -> PyResult<CrawlStats> {
        self.check_process().or_raise(py)?;
        let stats = py.detach(|| {
            let counted = self.stream.read().counted.clone();
            self.ask(counted, |crawl| Ok(crawl.stats()))
        });
        stats.or_raise(py).map(CrawlStats::from)
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Page>> {
        self.next(py, None)
    }

    fn __aiter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __anext__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py()
            .import(intern!(slf.py(), "aion._crawl"))?
            .call_method1(intern!(slf.py(), "next_page"), (slf,))
    }

    /// The next page if there is one already, for the thread of an event loop.
    fn _take(&self, py: Python<'_>) -> PyResult<Option<Page>> {
        match self.pull(py, Some(Instant::now()))? {
            Pull::Page(page) => Ok(Some(Page::new(py, *page))),
            Pull::Pending => Ok(None),
            Pull::End => Err(PyStopAsyncIteration::new_err(())),
        }
    }

    /// Wait a moment for a page and take none, for a thread of an executor.
    fn _wait(&self, py: Python<'_>) -> PyResult<()> {
        self.check_process().or_raise(py)?;
        // Whatever went wrong, `_take` tells.
        py.detach(|| self.wait(EXECUTOR_SLICE)).map(drop).or_raise(py)
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, pyo3::types::PyTuple>) {
        self.close(py);
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let is_closed = self.is_closed.load(Ordering::Acquire);
        Ok(format!("<Crawl of {}{}>", repr(py, &self.seed)?, if is_closed { ", closed" } else { "" }))
    }

    /// `progress` often belongs to whoever holds the crawl.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.progress.iter().try_for_each(|progress| visit.call(progress))
    }
}

/// The core's control for a whole crawl, and where its news come out.
fn control(wishes: &Wishes) -> (Control, Receiver<Progress>) {
    let (sender, news) = channel();
    let mut control = Control::default();
    if let Some(token) = &wishes.cancel {
        control = control.with_cancel(token.clone());
    }
    if let Some(timeout) = wishes.timeout {
        control = control.with_timeout(timeout);
    }
    if wishes.progress.is_some() {
        control = control.with_progress(move |progress| {
            // News for a crawl that is gone are for nobody.
            let _ = sender.send(progress);
        });
    }
    (control, news)
}
