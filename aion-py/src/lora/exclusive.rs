//! A value that one call at a time may change.

use std::thread::ThreadId;
use std::time::Duration;

use aion_core::{Control, Error, ErrorKind, Result};
use parking_lot::{Mutex, MutexGuard};

/// How often a call that waits for another looks at its control.
const SLICE: Duration = Duration::from_millis(20);

/// A value that one call at a time may change, in the process that made it.
pub(super) struct Exclusive<T> {
    value: Mutex<T>,
    /// The thread of Python whose call has the value.
    caller: Mutex<Option<ThreadId>>,
    process: u32,
}

/// The value, for one call.
pub(super) struct Held<'a, T> {
    pub(super) value: MutexGuard<'a, T>,
    caller: &'a Mutex<Option<ThreadId>>,
}

impl<T> Exclusive<T> {
    pub(super) fn new(value: T) -> Self {
        Self { value: Mutex::new(value), caller: Mutex::new(None), process: std::process::id() }
    }

    /// Waits for the value on behalf of the thread `caller`, without the interpreter.
    ///
    /// # Errors
    /// [`ErrorKind::Forked`] before any lock is touched; [`ErrorKind::InvalidState`] for a call out of a `progress` of
    /// the call that has the value, which would wait for itself; those of `control`.
    pub(super) fn hold(&self, caller: ThreadId, control: &Control) -> Result<Held<'_, T>> {
        if std::process::id() != self.process {
            let message = "the handle was made before a fork; make a new one in the child process";
            return Err(Error::new(ErrorKind::Forked, message));
        }
        loop {
            if *self.caller.lock() == Some(caller) {
                let message = "progress can not use the trainer that it is told of; wait for the call to end";
                return Err(Error::new(ErrorKind::InvalidState, message));
            }
            if let Some(value) = self.value.try_lock_for(SLICE) {
                *self.caller.lock() = Some(caller);
                return Ok(Held { value, caller: &self.caller });
            }
            control.check()?;
        }
    }
}

impl<T> Drop for Held<'_, T> {
    fn drop(&mut self) {
        *self.caller.lock() = None;
    }
}
