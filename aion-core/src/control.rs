//! Cancel, deadline and progress: one value that every long call takes.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};

/// A switch that any thread may trip once; clones share it.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// A token that is not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks every call that holds this token to stop. Cancelling twice is a no-op.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// How far a call has come: `done` of `total` items of `stage`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What is being counted, such as `"images"` or `"pages"`.
    pub stage: &'static str,
    /// How many are finished.
    pub done: usize,
    /// How many there are in all; 0 while unknown.
    pub total: usize,
}

type ProgressSink = Arc<dyn Fn(Progress) + Send + Sync>;

/// What the caller wants to decide while a call runs. The default never stops a call.
///
/// A control is checked at the borders of images, pages and batches. A call that it stops returns
/// [`ErrorKind::Cancelled`] or [`ErrorKind::DeadlineExceeded`] and leaves its handle usable.
///
/// ```
/// use std::time::Duration;
/// use aion_core::{CancelToken, Control, ErrorKind};
///
/// let token = CancelToken::new();
/// let control = Control::default().with_cancel(token.clone()).with_timeout(Duration::from_secs(5));
/// assert!(control.check().is_ok());
/// token.cancel();
/// assert_eq!(control.check().unwrap_err().kind(), ErrorKind::Cancelled);
/// ```
#[derive(Clone, Default)]
pub struct Control {
    cancel: CancelToken,
    deadline: Option<Instant>,
    progress: Option<ProgressSink>,
}

impl Control {
    /// The same control, cancelled by `token`.
    #[must_use]
    pub fn with_cancel(mut self, token: CancelToken) -> Self {
        self.cancel = token;
        self
    }

    /// The same control with a deadline `timeout` from now; one too far away to be told is none.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.deadline = Instant::now().checked_add(timeout);
        self
    }

    /// The same control with a sink for progress. The sink may be called from any thread, from several at
    /// once, and must not block.
    #[must_use]
    pub fn with_progress(mut self, sink: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(sink));
        self
    }

    /// The token that cancels this control.
    pub fn cancel_token(&self) -> &CancelToken {
        &self.cancel
    }

    /// # Errors
    /// [`ErrorKind::Cancelled`] or [`ErrorKind::DeadlineExceeded`] once the caller wants the call to stop.
    pub fn check(&self) -> Result<()> {
        if self.cancel.is_cancelled() {
            return Err(Error::new(ErrorKind::Cancelled, "the call was cancelled by its caller"));
        }
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => Err(Error::new(
                ErrorKind::DeadlineExceeded,
                "the deadline passed before the call was done; give it more time or less work",
            )),
            _ => Ok(()),
        }
    }

    /// How long it is until the deadline; `None` for no deadline.
    #[cfg(feature = "hybrid")]
    pub(crate) fn time_left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Tells the sink, if there is one.
    #[cfg(any(feature = "image", feature = "crawl", feature = "lora"))]
    pub(crate) fn report(&self, stage: &'static str, done: usize, total: usize) {
        if let Some(sink) = &self.progress {
            sink(Progress { stage, done, total });
        }
    }

    /// The same cancel token and deadline, silent: for the parts of a batch that reports for them all.
    #[cfg(any(feature = "image", feature = "crawl"))]
    pub(crate) fn without_progress(&self) -> Self {
        Self { progress: None, ..self.clone() }
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control")
            .field("cancelled", &self.cancel.is_cancelled())
            .field("deadline", &self.deadline)
            .field("progress", &self.progress.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passed_deadline_stops_the_call() {
        let control = Control::default().with_timeout(Duration::ZERO);
        assert_eq!(control.check().unwrap_err().kind(), ErrorKind::DeadlineExceeded);
    }

    #[test]
    fn an_endless_timeout_is_no_deadline() {
        assert!(Control::default().with_timeout(Duration::MAX).check().is_ok());
    }

    #[test]
    #[cfg(feature = "image")]
    fn parts_share_the_token_but_stay_silent() {
        let control = Control::default().with_progress(|_| panic!("a part must not report"));
        let part = control.without_progress();
        part.report("pages", 1, 2);
        control.cancel_token().cancel();
        assert!(part.check().is_err());
    }
}
