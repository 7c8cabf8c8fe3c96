//! One promotion at a time, in all processes of the machine.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::layout::LOCK;
use crate::control::Control;
use crate::durable::cannot_write;
use crate::error::{Error, ErrorKind, Result};

/// How long to wait before the lock is asked for again.
const RETRY: Duration = Duration::from_millis(2);

/// The right to change a root, until it is dropped. It is a lock on an open file, so a process that dies gives it
/// back.
pub(super) struct PromoteLock {
    file: File,
}

impl PromoteLock {
    /// Waits for the lock of `root` up to `patience`.
    pub(super) fn take(root: &Path, patience: Duration, control: &Control) -> Result<Self> {
        let started = Instant::now();
        loop {
            if let Some(lock) = Self::try_take(root)? {
                return Ok(lock);
            }
            control.check()?;
            if started.elapsed() >= patience {
                let message = format!(
                    "`{}` has been held for {patience:?} by another promotion; call again when it is done",
                    root.join(LOCK).display()
                );
                return Err(Error::new(ErrorKind::Unavailable, message));
            }
            thread::sleep(RETRY);
        }
    }

    /// The lock of `root`, unless somebody has it.
    pub(super) fn try_take(root: &Path) -> Result<Option<Self>> {
        let path = root.join(LOCK);
        let failed = |error: io::Error| cannot_write(&path, error);
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = options.map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(is_still_there(&file, &path).then_some(Self { file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

impl Drop for PromoteLock {
    fn drop(&mut self) {
        // Closing is not enough: a child that was forked meanwhile has the same open file, and would keep the lock.
        let _ = self.file.unlock();
    }
}

/// Whether others would find the same file: one that was removed locks nobody out.
#[cfg(unix)]
fn is_still_there(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let here = file.metadata().map(|here| (here.dev(), here.ino()));
    let there = std::fs::metadata(path).map(|there| (there.dev(), there.ino()));
    matches!((here, there), (Ok(here), Ok(there)) if here == there)
}

/// Elsewhere an open file can not be removed.
#[cfg(not(unix))]
fn is_still_there(_file: &File, _path: &Path) -> bool {
    true
}
