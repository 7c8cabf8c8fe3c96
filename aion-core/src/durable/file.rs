//! One file, written anew.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::{cannot_write, fault, parent_of, rename, sync_directory, sync_file, unfinished_name};
use crate::error::Result;

/// A file that takes its name with [`commit`](Self::commit); dropped before, it leaves nothing behind.
pub(crate) struct AtomicFile {
    writer: BufWriter<File>,
    unfinished: Unfinished,
    target: PathBuf,
}

/// Removes the temporary file unless it has been given its name.
struct Unfinished {
    path: PathBuf,
    is_named: bool,
}

impl AtomicFile {
    /// Begins a file that will be at `target`, in place of what is there then.
    pub(crate) fn create(target: &Path) -> Result<Self> {
        let path = parent_of(target).join(unfinished_name());
        let create = || {
            fault::point("create a file")?;
            File::create_new(&path)
        };
        let file = create().map_err(|error| cannot_write(target, error))?;
        let unfinished = Unfinished { path, is_named: false };
        Ok(Self { writer: BufWriter::new(file), unfinished, target: target.to_owned() })
    }

    /// Makes the file durable and gives it its name.
    pub(crate) fn commit(mut self) -> Result<()> {
        let mut commit = || {
            self.writer.flush()?;
            sync_file(self.writer.get_ref())?;
            rename(&self.unfinished.path, &self.target)?;
            self.unfinished.is_named = true;
            sync_directory(parent_of(&self.target))
        };
        commit().map_err(|error| cannot_write(&self.target, error))
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.is_named {
            // What can not be removed has a name that says that it is not finished.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_old_or_new_wherever_writing_ends() {
        for failing in 0.. {
            let folder = tempfile::tempdir().unwrap();
            let target = folder.path().join("set.jsonl");
            fs::write(&target, "old").unwrap();
            let mut count = 0;
            let hook = move |_: &str| {
                count += 1;
                if count > failing { Err(io::Error::other("the disk is gone")) } else { Ok(()) }
            };
            let write = || {
                let mut file = AtomicFile::create(&target)?;
                file.write_all(b"new").unwrap();
                file.commit()
            };
            let outcome = fault::with(hook, write);
            let text = fs::read_to_string(&target).unwrap();
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
            match outcome {
                Ok(()) => {
                    assert_eq!((text.as_str(), failing), ("new", 4), "create, sync, rename, sync");
                    break;
                }
                Err(error) => {
                    assert!(error.to_string().contains("the disk is gone"), "{error}");
                    assert_eq!(text, if failing < 3 { "old" } else { "new" });
                }
            }
        }
    }
}
