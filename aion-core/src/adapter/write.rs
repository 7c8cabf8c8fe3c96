//! From a value to PEFT's directory.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use safetensors::tensor::{Dtype, Metadata, TensorInfo};

use super::module::Factor;
use super::value::Adapter;
use super::{CALIBRATION_FILE, CONFIG_FILE, TENSORS_FILE};
use crate::durable::{StagingDirectory, cannot_write};
use crate::error::{Error, ErrorKind, Result};

/// Tensors begin at a multiple of this, as safetensors recommends.
const ALIGNMENT: usize = 8;
/// Numbers that are turned into bytes at once.
const CHUNK: usize = 1 << 14;

impl Adapter {
    /// Writes the adapter as the directory `directory`, which appears whole: it is written beside its place, made
    /// durable and then named. An adapter that is there is replaced, at one stroke on Linux, together with its
    /// calibration, which is not for this one; a directory with any other file in it is left alone.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for an adapter that is not whole, [`ErrorKind::Conflict`] for a place that is
    /// taken, [`ErrorKind::Io`] for a disk that is full or may not be written to. Nothing is changed then.
    pub fn write(&self, directory: impl AsRef<Path>) -> Result<()> {
        let directory = directory.as_ref();
        self.check()?;
        let is_there = fs::symlink_metadata(directory).is_ok();
        if is_there {
            check_replaceable(directory)?;
        }
        let staging = StagingDirectory::beside(directory)?;
        self.write_files(&staging)?;
        if is_there { staging.replace(directory) } else { staging.name(directory) }
    }

    fn write_files(&self, staging: &StagingDirectory) -> Result<()> {
        let path = staging.path();
        staging.write(TENSORS_FILE, |file| {
            self.write_tensors(file).map_err(|error| cannot_write(&path.join(TENSORS_FILE), error))
        })?;
        staging.write(CONFIG_FILE, |file| {
            let text = self.config.to_json();
            file.write_all(text.as_bytes()).map_err(|error| cannot_write(&path.join(CONFIG_FILE), error))
        })
    }

    fn write_tensors(&self, file: &mut impl Write) -> std::io::Result<()> {
        let mut header = serde_json::to_vec(&self.metadata()?)?;
        header.resize(header.len().next_multiple_of(ALIGNMENT), b' ');
        file.write_all(&(header.len() as u64).to_le_bytes())?;
        file.write_all(&header)?;
        let mut bytes = Vec::with_capacity(CHUNK * size_of::<f32>());
        for factors in self.tensors.values() {
            for chunk in factors.a.chunks(CHUNK).chain(factors.b.chunks(CHUNK)) {
                bytes.clear();
                bytes.extend(chunk.iter().flat_map(|number| number.to_le_bytes()));
                file.write_all(&bytes)?;
            }
        }
        Ok(())
    }

    /// The header: A and B of each layer, one after the other.
    fn metadata(&self) -> std::io::Result<Metadata> {
        let (rank, mut end) = (self.config.rank, 0);
        let mut tensors = Vec::with_capacity(2 * self.tensors.len());
        for (id, factors) in &self.tensors {
            let shapes =
                [(Factor::A, [rank, factors.shape.inputs]), (Factor::B, [factors.shape.outputs, rank])];
            for (factor, shape) in shapes {
                let start = end;
                end += shape[0] * shape[1] * size_of::<f32>();
                let info = TensorInfo { dtype: Dtype::F32, shape: shape.into(), data_offsets: (start, end) };
                tensors.push((id.key(factor), info));
            }
        }
        let format = HashMap::from([("format".to_owned(), "pt".to_owned())]);
        Metadata::new(Some(format), tensors).map_err(std::io::Error::other)
    }
}

/// Only what is nothing but an adapter may be replaced.
fn check_replaceable(directory: &Path) -> Result<()> {
    let conflict = |reason: String| {
        let message = format!("`{}` is not replaced: {reason}; choose another place", directory.display());
        Error::new(ErrorKind::Conflict, message)
    };
    if !fs::symlink_metadata(directory).map_err(|error| Error::io(directory, error))?.is_dir() {
        return Err(conflict("it is no directory".into()));
    }
    for entry in fs::read_dir(directory).map_err(|error| Error::io(directory, error))? {
        let name = entry.map_err(|error| Error::io(directory, error))?.file_name();
        if ![CONFIG_FILE, TENSORS_FILE, CALIBRATION_FILE, "README.md"].iter().any(|known| name == *known) {
            return Err(conflict(format!("it holds `{}`", name.display())));
        }
    }
    Ok(())
}
