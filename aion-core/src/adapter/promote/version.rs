//! A version, and a hold on one that is being read.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::directory::Directory;
use super::layout::{self, MANIFEST};
use super::manifest::Manifest;
use crate::adapter::value::Adapter;
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};

/// One promoted adapter. Its directory never changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Version {
    /// A UUID of version 7: ids are in the order of their promotion.
    pub id: String,
    /// Its directory.
    pub path: PathBuf,
    /// The base that the adapter is for, as its settings name it.
    pub base: Option<String>,
    /// When it was promoted, in RFC 3339, UTC.
    pub created: String,
    /// What the caller measured.
    pub metrics: BTreeMap<String, f64>,
    /// The version that was current before.
    pub parent: Option<String>,
}

impl Version {
    pub(super) fn new(root: &Path, manifest: &Manifest) -> Self {
        let Manifest { id, created, base, metrics, parent, .. } = manifest.clone();
        Self { path: layout::version(root, &id), id, base, created, metrics, parent }
    }
}

/// A version that is held open: it stays on the disk, and reading it gives the same bytes whatever is promoted
/// meanwhile. Dropping it lets go.
///
/// The hold is a shared lock on the version's manifest; a child process inherits it and keeps it as long as it lives.
#[derive(Debug)]
pub struct PinnedVersion {
    version: Version,
    manifest: Manifest,
    directory: Directory,
    _pin: File,
}

impl PinnedVersion {
    /// Holds the version `id`; `None` if it is not there, or is just being removed.
    pub(super) fn open(root: &Path, id: &str) -> Result<Option<Self>> {
        let path = layout::version(root, id);
        let directory = match Directory::open(&path) {
            Ok(directory) => directory,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io(&path, error)),
        };
        let pin = match directory.file(MANIFEST) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            pin => pin?,
        };
        match pin.try_lock_shared() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(Error::io(&path.join(MANIFEST), error)),
        }
        // It may have been removed between the opening and the lock.
        if !directory.is_in_place() {
            return Ok(None);
        }
        let manifest = Manifest::read(directory.file(MANIFEST)?, id)?;
        Ok(Some(Self { version: Version::new(root, &manifest), manifest, directory, _pin: pin }))
    }

    /// Which version it is.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// The names of its files.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.manifest.files.keys().map(String::as_str)
    }

    /// Opens one of its files, such as `adapter_config.json`, once the file's size and hash are those that were
    /// promoted.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] for a file that the version does not have,
    /// [`ErrorKind::InvalidInput`] for one that was changed, those of `control`.
    pub fn open_file(&self, name: &str, control: &Control) -> Result<File> {
        self.manifest.open(&self.directory, name, control)
    }

    /// Reads the adapter, verified.
    ///
    /// # Errors
    /// As [`open_file`](Self::open_file) and [`Adapter::read`].
    pub fn adapter(&self, control: &Control) -> Result<Adapter> {
        let adapter = Adapter::from_files(&|name| self.open_file(name, control));
        adapter.map_err(|error| error.in_context(format!("version {}", self.version.id)))
    }

    pub(super) fn verify(&self, control: &Control) -> Result<()> {
        self.manifest.verify(&self.directory, control)
    }
}
