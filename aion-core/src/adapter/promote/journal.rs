//! What was done to a root: a line before the pointer moves and a line after.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::layout::{JOURNAL, is_id};
use crate::durable::{cannot_write, fault, sync_directory, sync_file};
use crate::error::{Error, Result};

/// As much of the end of a journal is read as tells of tens of thousands of promotions.
const MAX_READ_BYTES: u64 = 16 << 20;
/// Many lines.
const LATEST_BYTES: u64 = 1 << 14;

/// Why the pointer moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Action {
    Promote,
    Rollback,
    /// A directory that was there before this library took over.
    Adopt,
    /// The pointer was not as it should be.
    Recover,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Event {
    Intent,
    Done,
}

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    at: String,
    event: Event,
    action: Action,
    version: String,
}

/// The journal of a root.
pub(super) struct Journal {
    path: PathBuf,
}

impl Journal {
    pub(super) fn of(root: &Path) -> Self {
        Self { path: root.join(JOURNAL) }
    }

    /// Tells that the pointer is about to move to `version`.
    pub(super) fn intent(&self, action: Action, version: &str) -> Result<()> {
        self.append(Event::Intent, action, version)
    }

    /// Tells that it has moved.
    pub(super) fn done(&self, action: Action, version: &str) -> Result<()> {
        self.append(Event::Done, action, version)
    }

    /// The version that became current last.
    pub(super) fn latest(&self) -> Option<String> {
        done(self.tail(LATEST_BYTES)).next()
    }

    /// The versions that have been current, the latest first, each once. Lines that can not be read, such as one
    /// that a crash cut off, are passed over.
    pub(super) fn been_current(&self) -> impl Iterator<Item = String> + use<> {
        let mut seen = HashSet::new();
        done(self.tail(MAX_READ_BYTES)).filter(move |version| seen.insert(version.clone()))
    }

    /// Up to `limit` bytes of its end; nothing if it can not be read.
    fn tail(&self, limit: u64) -> Vec<u8> {
        let read = || {
            let mut file = File::open(&self.path)?;
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(length.saturating_sub(limit)))?;
            let mut bytes = Vec::new();
            file.take(limit).read_to_end(&mut bytes)?;
            io::Result::Ok(bytes)
        };
        read().unwrap_or_default()
    }

    fn append(&self, event: Event, action: Action, version: &str) -> Result<()> {
        let at = jiff::Timestamp::now().to_string();
        let line = Line { at, event, action, version: version.to_owned() };
        let is_new = fs::symlink_metadata(&self.path).is_err();
        let append = || {
            fault::point("append to the journal")?;
            let mut file = OpenOptions::new().read(true).append(true).create(true).open(&self.path)?;
            let mut text = if ends_cut(&mut file)? { vec![b'\n'] } else { Vec::new() };
            serde_json::to_writer(&mut text, &line)?;
            text.push(b'\n');
            file.write_all(&text)?;
            sync_file(&file)?;
            match self.path.parent() {
                Some(root) if is_new => sync_directory(root),
                _ => Ok(()),
            }
        };
        append().map_err(|error: io::Error| -> Error { cannot_write(&self.path, error) })
    }
}

/// The versions that the lines tell to have been current, the last line first.
fn done(mut text: Vec<u8>) -> impl Iterator<Item = String> {
    let take_line = move || {
        let start = text.iter().rposition(|&byte| byte == b'\n').unwrap_or(0);
        (!text.is_empty()).then(|| serde_json::from_slice::<Line>(&text.split_off(start)))
    };
    let lines = std::iter::from_fn(take_line).filter_map(Result::ok);
    // What was adopted had been current before, and where names can not be exchanged it is away for a moment.
    let was_current = |line: &Line| line.event == Event::Done || line.action == Action::Adopt;
    lines.filter(move |line| was_current(line) && is_id(&line.version)).map(|line| line.version)
}

/// Whether the last line was not written to its end.
fn ends_cut(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_cut_costs_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::of(folder.path());
        assert_eq!(journal.latest(), None);
        let ids: Vec<_> = (0..3).map(|n| format!("0190a5c8-0000-7000-8000-00000000000{n}")).collect();
        journal.done(Action::Promote, &ids[0]).unwrap();
        journal.intent(Action::Promote, &ids[2]).unwrap();
        let mut text = fs::read(folder.path().join(JOURNAL)).unwrap();
        text.truncate(text.len() - 9);
        fs::write(folder.path().join(JOURNAL), text).unwrap();
        journal.done(Action::Promote, &ids[1]).unwrap();
        journal.done(Action::Rollback, &ids[0]).unwrap();
        assert_eq!(journal.been_current().collect::<Vec<_>>(), [ids[0].clone(), ids[1].clone()]);
        assert_eq!(journal.latest().as_ref(), Some(&ids[0]));
    }
}
