//! A document from Python, held so that it can be read while the interpreter is released.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use aion_core::{Control, Error, ErrorKind, Result};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyString};

use crate::error::invalid_argument;
use crate::image::{copied_bytes, is_mutable_buffer, is_path, type_name};

/// Bytes of a file between two looks at the control.
const STRIDE: u64 = 1 << 20;

/// The bytes of a document, or the file that has them.
pub(super) enum Source {
    Bytes(PyBackedBytes),
    Path(PathBuf),
}

impl Source {
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] that says what is expected, [`ErrorKind::LimitExceeded`] before a copy
    /// of more than `max_bytes`.
    pub(super) fn new(object: &Bound<'_, PyAny>, max_bytes: usize) -> Result<Self> {
        if let Ok(bytes) = object.cast::<PyBytes>() {
            return Ok(Self::Bytes(bytes.clone().into()));
        }
        if object.is_instance_of::<PyString>() {
            return Err(invalid_argument(
                "a document was given as str, which could be a path or the data; use pathlib.Path for a path",
            ));
        }
        if is_mutable_buffer(object) {
            return copied_bytes(object, "document", ("max_bytes", max_bytes as u64)).map(Self::Bytes);
        }
        if is_path(object) {
            let unusable = |error: PyErr| invalid_argument(format!("the path can not be used: {error}"));
            return object.extract().map(Self::Path).map_err(unusable);
        }
        let given = type_name(object);
        Err(invalid_argument(format!("a document must be bytes or a pathlib.Path, not {given}")))
    }

    /// The name of the file.
    pub(super) fn name(&self) -> Option<String> {
        match self {
            Self::Bytes(_) => None,
            Self::Path(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()),
        }
    }

    /// # Errors
    /// [`ErrorKind::LimitExceeded`] for a file of more than `max_bytes`, which is not read then; those of the
    /// operating system and of `control`.
    pub(super) fn read(&self, max_bytes: usize, control: &Control) -> Result<Cow<'_, [u8]>> {
        match self {
            Self::Bytes(bytes) => Ok(Cow::Borrowed(bytes.as_ref())),
            Self::Path(path) => read_file(path, max_bytes as u64, control).map(Cow::Owned),
        }
    }
}

/// Reads a regular file; a pipe or a device could block for ever and is refused.
fn read_file(path: &Path, max_bytes: u64, control: &Control) -> Result<Vec<u8>> {
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(path, error))?;
    if !metadata.is_file() {
        return Err(invalid_argument(format!("`{}` is not a file", path.display())));
    }
    check(path, metadata.len(), max_bytes)?;
    let mut file = File::open(path).map_err(|error| unreadable(path, error))?;
    let mut bytes = Vec::new();
    loop {
        control.check()?;
        let stride = file.by_ref().take(STRIDE).read_to_end(&mut bytes);
        if stride.map_err(|error| unreadable(path, error))? == 0 {
            return Ok(bytes);
        }
        // The file may have grown since its size was asked for.
        check(path, bytes.len() as u64, max_bytes)?;
    }
}

fn check(path: &Path, bytes: u64, max_bytes: u64) -> Result<()> {
    if bytes <= max_bytes {
        return Ok(());
    }
    let message = format!(
        "`{}` has {bytes} bytes, max_bytes is {max_bytes}; raise the limit to read it",
        path.display()
    );
    Err(Error::new(ErrorKind::LimitExceeded, message))
}

fn unreadable(path: &Path, source: io::Error) -> Error {
    let kind = match source.kind() {
        io::ErrorKind::NotFound => ErrorKind::NotFound,
        _ => ErrorKind::Io,
    };
    Error::new(kind, format!("cannot read `{}`", path.display())).with_source(source)
}
