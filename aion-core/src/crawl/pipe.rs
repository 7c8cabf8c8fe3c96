//! The bounded channel between the engine and its caller.
//!
//! The engine asks whether there is room before it fetches, never while it holds a page, so it never waits with
//! work in its hands; the caller waits on a condition variable, not on a runtime.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};
use tokio::sync::Notify;

use super::page::{Miss, Page};
use crate::control::Control;
use crate::error::{Error, Result};

/// Pages that wait for the caller; what is under way may still be added.
const MAX_PAGES: usize = 16;
const MAX_BYTES: usize = 8 << 20;
/// How often a caller who waits looks at its control.
const POLL: Duration = Duration::from_millis(10);

/// What came of one address.
pub(super) enum Delivery {
    Page { item: usize, page: Box<Page>, receipt: Receipt },
    Miss { item: usize, miss: Miss },
}

/// The line of the journal that says that a page was taken.
pub(super) struct Receipt(pub(super) String);

/// What a caller gets who waits.
pub(super) enum Taken {
    Delivery(Delivery),
    /// The time is over.
    Nothing,
    /// There will be nothing more.
    End,
}

/// See the module.
#[derive(Default)]
pub(super) struct Pipe {
    state: Mutex<State>,
    filled: Condvar,
    /// Wakes the engine: there is room, or it should end.
    pub(super) wake: Notify,
    is_closed: AtomicBool,
}

#[derive(Default)]
struct State {
    deliveries: VecDeque<Delivery>,
    bytes: usize,
    end: Option<Option<Error>>,
}

impl Pipe {
    /// Whether the engine may begin another fetch.
    pub(super) fn has_room(&self) -> bool {
        let state = self.state.lock();
        state.deliveries.len() < MAX_PAGES && state.bytes < MAX_BYTES
    }

    pub(super) fn push(&self, delivery: Delivery) {
        let mut state = self.state.lock();
        state.bytes += weight(&delivery);
        state.deliveries.push_back(delivery);
        self.filled.notify_one();
    }

    /// Tells the caller that nothing more will come, and why.
    pub(super) fn finish(&self, error: Option<Error>) {
        self.state.lock().end = Some(error);
        self.filled.notify_all();
    }

    /// Waits for the next delivery, until `until` at most.
    ///
    /// # Errors
    /// What `control` asks for, and what ended the crawl: that is told once.
    pub(super) fn take(&self, control: &Control, until: Option<Instant>) -> Result<Taken> {
        let mut state = self.state.lock();
        loop {
            control.check()?;
            if let Some(delivery) = state.deliveries.pop_front() {
                state.bytes -= weight(&delivery);
                self.wake.notify_one();
                return Ok(Taken::Delivery(delivery));
            }
            if let Some(error) = &mut state.end {
                return error.take().map_or(Ok(Taken::End), Err);
            }
            if !self.sleep(&mut state, until) {
                return Ok(Taken::Nothing);
            }
        }
    }

    /// Whether [`take`](Self::take) would answer at once; waits for it until `until` at most.
    pub(super) fn wait(&self, control: &Control, until: Option<Instant>) -> bool {
        let mut state = self.state.lock();
        loop {
            if !state.deliveries.is_empty() || state.end.is_some() || control.check().is_err() {
                return true;
            }
            if !self.sleep(&mut state, until) {
                return false;
            }
        }
    }

    /// Sleeps until something may have happened; false if `until` is over.
    fn sleep(&self, state: &mut MutexGuard<'_, State>, until: Option<Instant>) -> bool {
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            return false;
        }
        self.filled.wait_for(state, left.map_or(POLL, |left| left.min(POLL)));
        true
    }

    /// The caller wants nothing more.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.wake.notify_one();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }
}

fn weight(delivery: &Delivery) -> usize {
    match delivery {
        Delivery::Page { page, .. } => page.weight(),
        Delivery::Miss { .. } => 256,
    }
}
