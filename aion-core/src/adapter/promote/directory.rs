//! A directory that was opened once: its files are found through it, wherever its name leads by then.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// An open directory.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    #[cfg(unix)]
    handle: File,
}

impl Directory {
    #[cfg(unix)]
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        use rustix::fs::{Mode, OFlags, open};

        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = File::from(open(path, flags, Mode::empty())?);
        Ok(Self { path: path.to_owned(), handle })
    }

    /// Systems without `openat` do not let a directory with open files be renamed or removed.
    #[cfg(not(unix))]
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        std::fs::read_dir(path).map(drop)?;
        Ok(Self { path: path.to_owned() })
    }

    /// Where it was when it was opened.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the regular file `name` in it.
    pub(super) fn file(&self, name: &str) -> Result<File> {
        let path = self.path.join(name);
        let file = self.entry(name).map_err(|error| Error::io(&path, error))?;
        match file.metadata() {
            Ok(metadata) if metadata.is_file() => Ok(file),
            Ok(_) => {
                let message = format!("`{}` is no regular file", path.display());
                Err(Error::new(ErrorKind::InvalidInput, message))
            }
            Err(error) => Err(Error::io(&path, error)),
        }
    }

    #[cfg(unix)]
    fn entry(&self, name: &str) -> io::Result<File> {
        use rustix::fs::{Mode, OFlags, openat};

        // A pipe would be waited for, and a link leads out of what was verified.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        Ok(File::from(openat(&self.handle, name, flags, Mode::empty())?))
    }

    #[cfg(not(unix))]
    fn entry(&self, name: &str) -> io::Result<File> {
        File::open(self.path.join(name))
    }

    /// Whether its path still leads to it.
    #[cfg(unix)]
    pub(super) fn is_in_place(&self) -> bool {
        use std::os::unix::fs::MetadataExt;

        let same = |there: &std::fs::Metadata, here: &std::fs::Metadata| {
            (there.dev(), there.ino()) == (here.dev(), here.ino())
        };
        let there = std::fs::symlink_metadata(&self.path);
        there.is_ok_and(|there| self.handle.metadata().is_ok_and(|here| same(&there, &here)))
    }

    #[cfg(not(unix))]
    pub(super) fn is_in_place(&self) -> bool {
        self.path.is_dir()
    }
}
