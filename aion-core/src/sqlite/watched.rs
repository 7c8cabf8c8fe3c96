//! Whether a file is still the one that was opened.

use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// A file that must stay the one that was opened.
pub(super) struct WatchedFile {
    path: PathBuf,
    identity: Option<FileIdentity>,
}

impl WatchedFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { identity: FileIdentity::of(&path), path }
    }

    pub(super) fn check(&self) -> Result<()> {
        if FileIdentity::of(&self.path) == self.identity {
            return Ok(());
        }
        let message = format!("`{}` was removed or replaced while it was in use", self.path.display());
        Err(Error::new(ErrorKind::Unavailable, message))
    }
}

/// Which file a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileIdentity {
    device: u64,
    number: u64,
}

impl FileIdentity {
    /// Asks for the number of the file and nothing else: Linux keeps the times of a file whose times are asked for
    /// more finely, and then every `fsync` has to write them, which costs half of its speed.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn of(path: &Path) -> Option<Self> {
        use rustix::fs::{AtFlags, CWD, StatxFlags, statx};
        let file = statx(CWD, path, AtFlags::STATX_DONT_SYNC, StatxFlags::INO).ok()?;
        let device = u64::from(file.stx_dev_major) << 32 | u64::from(file.stx_dev_minor);
        Some(Self { device, number: file.stx_ino })
    }

    #[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
    fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let file = std::fs::metadata(path).ok()?;
        Some(Self { device: file.dev(), number: file.ino() })
    }

    /// Elsewhere an open file can not be removed or replaced.
    #[cfg(not(unix))]
    fn of(_path: &Path) -> Option<Self> {
        None
    }
}
