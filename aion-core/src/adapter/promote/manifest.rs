//! `manifest.json`: what a version consists of, written after everything else.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::directory::Directory;
use super::layout::{MANIFEST, is_id};
use crate::adapter::{CONFIG_FILE, TENSORS_FILE};
use crate::control::Control;
use crate::durable::read_limited;
use crate::error::{Error, ErrorKind, Result};

const MAX_BYTES: u64 = 1 << 20;
const PIECE_BYTES: usize = 1 << 18;

/// The manifest of one version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) id: String,
    pub(super) created: String,
    pub(super) base: Option<String>,
    pub(super) metrics: BTreeMap<String, f64>,
    pub(super) parent: Option<String>,
    pub(super) files: BTreeMap<String, FileRecord>,
}

/// One file as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileRecord {
    pub(super) size: u64,
    pub(super) sha256: String,
}

impl Manifest {
    /// Reads the manifest of the version `id`.
    pub(super) fn read(file: File, id: &str) -> Result<Self> {
        let bytes = read_limited(file, MANIFEST, MAX_BYTES)?;
        let manifest: Self = serde_json::from_slice(&bytes)
            .map_err(|error| damaged(id, "its manifest is no manifest").with_source(error))?;
        if manifest.id != id {
            return Err(damaged(id, "its manifest is that of another version"));
        }
        if manifest.parent.as_deref().is_some_and(|parent| !is_id(parent)) {
            return Err(damaged(id, "its manifest names a parent that can not be"));
        }
        for name in [CONFIG_FILE, TENSORS_FILE] {
            if !manifest.files.contains_key(name) {
                return Err(damaged(id, &format!("its manifest does not name `{name}`")));
            }
        }
        // A name is opened inside the directory only.
        match manifest.files.keys().find(|name| Path::new(name).file_name() != Some(name.as_ref())) {
            Some(name) => Err(damaged(id, &format!("its manifest names the file {name:?}"))),
            None => Ok(manifest),
        }
    }

    /// Checks every file against its size and hash.
    pub(super) fn verify(&self, directory: &Directory, control: &Control) -> Result<()> {
        self.files.keys().try_for_each(|name| self.open(directory, name, control).map(drop))
    }

    /// Opens a file once its size and hash are right, at its beginning.
    pub(super) fn open(&self, directory: &Directory, name: &str, control: &Control) -> Result<File> {
        let Some(record) = self.files.get(name) else {
            let message = format!("version {} has no file `{name}`", self.id);
            return Err(Error::new(ErrorKind::NotFound, message));
        };
        let mut file = directory.file(name)?;
        let path = directory.path().join(name);
        let size = file.metadata().map_err(|error| Error::io(&path, error))?.len();
        if size != record.size {
            let sizes = format!("`{name}` has {size} bytes instead of {}", record.size);
            return Err(damaged(&self.id, &sizes));
        }
        let mut hash = Sha256::new();
        pieces(&mut file, &path, control, |piece| {
            hash.update(piece);
            Ok(())
        })?;
        if hex(&hash) != record.sha256 {
            return Err(damaged(&self.id, &format!("`{name}` was changed since it was promoted")));
        }
        file.rewind().map_err(|error| Error::io(&path, error))?;
        Ok(file)
    }
}

/// Gives the bytes of `file` piece by piece.
pub(super) fn pieces(
    file: &mut File,
    path: &Path,
    control: &Control,
    mut give: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        control.check()?;
        match file.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(count) => give(&piece[..count])?,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::io(path, error)),
        }
    }
}

/// The hash of what went into `hash`, in lower case.
pub(super) fn hex(hash: &Sha256) -> String {
    hash.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn damaged(id: &str, reason: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("version {id} is damaged: {reason}"))
}
