//! Reading of files that may be anything.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};

/// Opens a regular file: to open a pipe would wait for ever.
pub(crate) fn open_regular(path: &Path) -> Result<File> {
    let metadata = std::fs::metadata(path).map_err(|error| Error::io(path, error))?;
    if !metadata.is_file() {
        let message = format!("`{}` is no regular file", path.display());
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    File::open(path).map_err(|error| Error::io(path, error))
}

/// The bytes of a small file.
pub(crate) fn read_limited(file: File, name: &str, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = file.take(limit + 1).read_to_end(&mut bytes);
    read.map_err(|error| Error::io(Path::new(name), error))?;
    if bytes.len() as u64 > limit {
        let message = format!("`{name}` has more than {limit} bytes");
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    Ok(bytes)
}
