//! Files and directories that get their name only once they are whole and on the disk; and what is read is a regular
//! file of bounded length.
//!
//! Everything is written under a temporary name beside its place, synced, renamed, and its directory synced. A
//! failed sync is a failure: the descriptor is closed and what was written is thrown away, since the kernel may
//! have dropped the pages that it could not write.

mod directory;
pub(crate) mod fault;
mod file;
mod read;

use std::fs::{self, File};
use std::io;
use std::path::Path;

pub(crate) use directory::StagingDirectory;
pub(crate) use file::AtomicFile;
pub(crate) use read::{open_regular, read_limited};

use crate::error::{Error, ErrorKind, Result};

/// What begins the names of all that is not finished.
pub(crate) const UNFINISHED: &str = ".tmp-";

/// A name that nothing else has.
pub(crate) fn unfinished_name() -> String {
    format!("{UNFINISHED}{}", uuid::Uuid::new_v4())
}

/// Makes the entries of `directory` durable.
#[cfg(unix)]
pub(crate) fn sync_directory(directory: &Path) -> io::Result<()> {
    fault::point("sync a directory")?;
    File::open(directory)?.sync_all()
}

/// Other systems give no handle on a directory; their renames are in a journal.
#[cfg(not(unix))]
pub(crate) fn sync_directory(_directory: &Path) -> io::Result<()> {
    fault::point("sync a directory")
}

/// Makes the bytes of `file` durable.
pub(crate) fn sync_file(file: &File) -> io::Result<()> {
    fault::point("sync a file")?;
    file.sync_all()
}

/// Gives `from` the name `to`, in place of what had it.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fault::point("rename")?;
    fs::rename(from, to)
}

/// Swaps two names at one stroke, where the system can.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn exchange(first: &Path, second: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};

    fault::point("exchange")?;
    Ok(renameat_with(CWD, first, CWD, second, RenameFlags::EXCHANGE)?)
}

/// Swaps two names at one stroke, where the system can.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn exchange(_first: &Path, _second: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Makes `directory` and its parents where they are missing.
pub(crate) fn create_directories(directory: &Path) -> Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    let create = || {
        fs::create_dir_all(directory)?;
        sync_directory(parent_of(directory))
    };
    create().map_err(|error| cannot_write(directory, error))
}

/// Writing `path` failed.
pub(crate) fn cannot_write(path: &Path, source: io::Error) -> Error {
    let remedy = match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "; make room and call again"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "; let this process write there"
        }
        _ => "",
    };
    let kind = match source.kind() {
        io::ErrorKind::NotFound => ErrorKind::NotFound,
        _ => ErrorKind::Io,
    };
    Error::new(kind, format!("cannot write `{}`{remedy}", path.display())).with_source(source)
}

/// The directory that `path` is an entry of.
pub(crate) fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
