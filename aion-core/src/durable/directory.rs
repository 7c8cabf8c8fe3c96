//! One directory, filled before it gets its name.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::{
    cannot_write, create_directories, exchange, fault, parent_of, rename, sync_directory, sync_file,
    unfinished_name,
};
use crate::error::{Error, ErrorKind, Result};

/// A directory under a temporary name; dropped before it is named, it is removed.
pub(crate) struct StagingDirectory {
    path: PathBuf,
    is_named: bool,
}

impl StagingDirectory {
    /// A new directory among the entries of `parent`, which must exist.
    pub(crate) fn within(parent: &Path) -> Result<Self> {
        let path = parent.join(unfinished_name());
        let create = || {
            fault::point("create a directory")?;
            fs::create_dir(&path)
        };
        create().map_err(|error| cannot_write(parent, error))?;
        Ok(Self { path, is_named: false })
    }

    /// A new directory on the file system of `target`, whose parents are made if they are missing.
    pub(crate) fn beside(target: &Path) -> Result<Self> {
        create_directories(parent_of(target))?;
        Self::within(parent_of(target))
    }

    /// Where it is for now.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the file `name` with what `fill` writes into it, durably.
    pub(crate) fn write(
        &self,
        name: &str,
        fill: impl FnOnce(&mut BufWriter<File>) -> Result<()>,
    ) -> Result<()> {
        let path = self.path.join(name);
        let failed = |error| cannot_write(&path, error);
        fault::point("create a file").map_err(failed)?;
        let mut writer = BufWriter::with_capacity(1 << 16, File::create_new(&path).map_err(failed)?);
        fill(&mut writer)?;
        writer.flush().map_err(failed)?;
        sync_file(writer.get_ref()).map_err(failed)
    }

    /// Makes its entries durable.
    pub(crate) fn sync(&self) -> Result<()> {
        sync_directory(&self.path).map_err(|error| cannot_write(&self.path, error))
    }

    /// Gives it the name `target`, which nothing may have.
    pub(crate) fn name(mut self, target: &Path) -> Result<()> {
        self.sync()?;
        let failed = |error| cannot_write(target, error);
        if fs::symlink_metadata(target).is_ok() {
            return Err(taken(target));
        }
        rename(&self.path, target).map_err(|error| match error.kind() {
            io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists => taken(target),
            _ => failed(error),
        })?;
        self.is_named = true;
        sync_directory(parent_of(target)).map_err(failed)
    }

    /// Gives it the name `target` and removes the directory that had it.
    pub(crate) fn replace(mut self, target: &Path) -> Result<()> {
        self.sync()?;
        let mut swap = || {
            match exchange(&self.path, target) {
                Ok(()) => {}
                // Without an exchange there is a moment without any directory of that name.
                Err(error) if is_unsupported(&error) => {
                    let aside = parent_of(target).join(unfinished_name());
                    rename(target, &aside)?;
                    if let Err(error) = rename(&self.path, target) {
                        fs::rename(&aside, target)?;
                        return Err(error);
                    }
                    self.path = aside;
                }
                Err(error) => return Err(error),
            }
            sync_directory(parent_of(target))
        };
        // What is dropped now is the directory that was replaced, or the new one if that failed.
        swap().map_err(|error| cannot_write(target, error))
    }
}

/// File systems that do not know the exchange of names say so in different words.
fn is_unsupported(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput)
}

fn taken(target: &Path) -> Error {
    let message = format!("`{}` exists already; nothing was written over it", target.display());
    Error::new(ErrorKind::Conflict, message)
}

impl Drop for StagingDirectory {
    fn drop(&mut self) {
        if !self.is_named {
            // What can not be removed has a name that says that it is not finished.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::rc::Rc;

    fn write(target: &Path, text: &str) -> Result<()> {
        let staging = StagingDirectory::beside(target)?;
        staging.write("file", |file| {
            file.write_all(text.as_bytes()).map_err(|error| cannot_write(target, error))
        })?;
        if target.exists() { staging.replace(target) } else { staging.name(target) }
    }

    /// Writes anew with a failure of `kind` at one step after the other, or at every step named `always`.
    fn replace_with_failures(always: Option<(&'static str, io::ErrorKind)>) -> usize {
        for failing in 0.. {
            let folder = tempfile::tempdir().unwrap();
            let target = folder.path().join("adapter");
            write(&target, "old").unwrap();
            let (mut count, has_failed) = (0, Rc::new(Cell::new(false)));
            let flag = has_failed.clone();
            let hook = move |name: &'static str| {
                if let Some((_, kind)) = always.filter(|(point, _)| *point == name) {
                    return Err(kind.into());
                }
                count += 1;
                flag.set(count > failing);
                if count == failing + 1 { Err(io::Error::other("the disk is gone")) } else { Ok(()) }
            };
            let outcome = fault::with(hook, || write(&target, "new"));
            let text = fs::read_to_string(target.join("file")).unwrap();
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
            if !has_failed.get() {
                outcome.unwrap();
                assert_eq!(text, "new");
                return failing;
            }
            assert!(outcome.unwrap_err().to_string().contains("the disk is gone"));
            assert!(text == "old" || text == "new");
        }
        0
    }

    #[test]
    fn a_directory_is_old_or_new_wherever_writing_fails() {
        assert!(replace_with_failures(None) >= 6);
    }

    #[test]
    fn without_an_exchange_of_names_it_is_so_too() {
        for kind in [io::ErrorKind::Unsupported, io::ErrorKind::InvalidInput] {
            assert!(replace_with_failures(Some(("exchange", kind))) >= 7);
        }
    }

    #[test]
    fn a_name_that_is_taken_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let staging = StagingDirectory::within(folder.path()).unwrap();
        let target = folder.path().join("taken");
        fs::write(&target, "mine").unwrap();
        assert_eq!(staging.name(&target).unwrap_err().kind(), ErrorKind::Conflict);
        assert_eq!(fs::read_to_string(target).unwrap(), "mine");
    }
}
