//! JSON lines, read one at a time: a line that is too long or damaged is told and passed over.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::durable::open_regular;
use crate::error::{Error, ErrorKind, Result};
use crate::interaction::Interaction;

/// A conversation of half a million words; a bound on what one line may take of memory.
const MAX_LINE_BYTES: u64 = 4 << 20;

/// The interactions of a file of JSON lines.
///
/// It yields [`ErrorKind::InvalidInput`] and [`ErrorKind::LimitExceeded`] for single lines, with their numbers, and
/// goes on after them. Any other error ends it. Empty lines are passed over.
#[derive(Debug)]
pub struct Interactions {
    reader: BufReader<File>,
    path: PathBuf,
    line: usize,
    is_over: bool,
}

impl Interactions {
    /// Opens the file at `path`.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`], [`ErrorKind::Io`], and [`ErrorKind::InvalidInput`] for what is no regular file.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Ok(Self {
            reader: BufReader::new(open_regular(path)?),
            path: path.to_owned(),
            line: 0,
            is_over: false,
        })
    }

    /// The number of the line that was read last, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    fn read(&mut self) -> Result<Option<Interaction>> {
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            let count = self.reader.by_ref().take(MAX_LINE_BYTES + 1).read_until(b'\n', &mut bytes);
            if count.map_err(|error| Error::io(&self.path, error))? == 0 {
                return Ok(None);
            }
            self.line += 1;
            if bytes.len() as u64 > MAX_LINE_BYTES {
                self.skip_line(&bytes).map_err(|error| Error::io(&self.path, error))?;
                let message = format!("a line may have {MAX_LINE_BYTES} bytes and has more");
                return Err(Error::new(ErrorKind::LimitExceeded, message));
            }
            let text = std::str::from_utf8(&bytes)
                .map_err(|error| Error::new(ErrorKind::InvalidInput, "it is no UTF-8").with_source(error))?;
            let text = text.trim_start_matches('\u{feff}').trim();
            if !text.is_empty() {
                return Interaction::from_json(text).map(Some);
            }
        }
    }

    /// Reads to the end of a line of which `begun` was read.
    fn skip_line(&mut self, begun: &[u8]) -> io::Result<()> {
        if begun.ends_with(b"\n") {
            return Ok(());
        }
        self.reader.skip_until(b'\n').map(drop)
    }
}

impl Iterator for Interactions {
    type Item = Result<Interaction>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let read = self.read().transpose()?;
        Some(read.map_err(|error| {
            self.is_over = !is_of_one_line(&error);
            error.in_context(format!("line {}", self.line))
        }))
    }
}

/// Whether the lines after the one that the error is about can be read.
pub(super) fn is_of_one_line(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::LimitExceeded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn damaged_lines_cost_themselves_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("i.jsonl");
        let good = r#"{"question": "a", "answer": "b"}"#;
        let long = "x".repeat(MAX_LINE_BYTES as usize);
        let mut bytes = format!("\u{feff}{good}\r\n\n{{\"question\"\n{long}{long}\n{good}\n").into_bytes();
        bytes.extend(b"\xff\xfe\n");
        bytes.extend(good.as_bytes());
        fs::write(&path, bytes).unwrap();
        let mut interactions = Interactions::open(&path).unwrap();
        let mut seen = Vec::new();
        while let Some(read) = interactions.next() {
            seen.push((interactions.line(), read.map_err(|error| error.to_string())));
        }
        let kinds: Vec<_> = seen.iter().map(|(line, read)| (*line, read.is_ok())).collect();
        assert_eq!(kinds, [(1, true), (3, false), (4, false), (5, true), (6, false), (7, true)]);
        let told = |place: usize| seen[place].1.as_ref().unwrap_err();
        assert!(told(1).starts_with("line 3: ") && told(2).contains("4194304 bytes"), "{seen:?}");
        assert!(told(4).contains("UTF-8"));
        assert_eq!(Interactions::open(folder.path().join("none")).unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn a_directory_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Interactions::open(folder.path()).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}
