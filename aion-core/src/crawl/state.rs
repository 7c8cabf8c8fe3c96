//! The state file: a journal of what was found and what is done, so that a crawl that was killed goes on.
//!
//! Opening it writes it anew beside and renames it, so it is whole at any time; after that every line is
//! appended by one write, and a last line that was cut is passed over. A page is done when its caller asks for
//! the next one: a kill may cost the pages in flight a second fetch, but never loses one.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

use super::fetch::Validators;
use super::frontier::Entry;
use crate::error::{Error, ErrorKind, Result};

const HEADER: &str = "aion-crawl 1";
/// A larger file is not one of ours.
const MAX_BYTES: u64 = 1 << 30;

/// What a state file remembers.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// What is to be fetched, nearest first.
    pub(super) waiting: Vec<Entry>,
    /// Addresses that were met, those that wait too.
    pub(super) seen: Vec<String>,
    /// Addresses whose pages were handed out.
    pub(super) delivered: Vec<String>,
    /// Pages that count towards `max_pages`.
    pub(super) pages: usize,
    /// Hosts that the seed led to.
    pub(super) hosts: Vec<String>,
    /// Whether there was a crawl before.
    pub(super) is_known: bool,
}

/// An open state file. Shared by the engine and the caller.
#[derive(Debug)]
pub(super) struct Journal {
    file: Mutex<File>,
    path: PathBuf,
    error: Mutex<Option<io::Error>>,
}

impl Journal {
    /// Opens or makes the file at `path` for a crawl from `seed`, and reads what it remembers.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for a file of another seed, [`ErrorKind::InvalidInput`] for one that is no
    /// state file, [`ErrorKind::Unavailable`] while another crawl uses it, [`ErrorKind::Io`].
    pub(super) fn open(path: &Path, seed: &str) -> Result<(Self, Memory)> {
        let refused = |source| io_error(path, source);
        let old = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(refused)?;
        lock(&old, path)?;
        let mut bytes = Vec::new();
        (&old).take(MAX_BYTES).read_to_end(&mut bytes).map_err(refused)?;
        let text = String::from_utf8_lossy(&bytes);
        let log = Log::read(&text, seed).map_err(|error| error.in_context(path.display()))?;
        let file = replace(path, &log.rewritten(seed)).map_err(refused)?;
        lock(&file, path)?;
        let journal = Self { file: Mutex::new(file), path: path.to_owned(), error: Mutex::default() };
        Ok((journal, log.memory()))
    }

    /// Appends whole lines. A failure is kept for [`check`](Self::check): the caller's page must not be lost to it.
    pub(super) fn append(&self, lines: &str) {
        if lines.is_empty() {
            return;
        }
        if let Err(source) = self.file.lock().write_all(lines.as_bytes()) {
            self.error.lock().get_or_insert(source);
        }
    }

    /// # Errors
    /// [`ErrorKind::Io`] once, if something could not be written.
    pub(super) fn check(&self) -> Result<()> {
        self.error.lock().take().map_or(Ok(()), |source| Err(io_error(&self.path, source)))
    }
}

/// One line each.
pub(super) mod line {
    use std::fmt::Write as _;

    use super::{Entry, Validators};

    /// `entry` waits.
    pub(in super::super) fn waits(out: &mut String, entry: &Entry) {
        let class = if entry.is_listed { 'l' } else { '+' };
        let _ = write!(out, "{class}\t{}\t{}", entry.url, entry.depth);
        push_validators(out, entry.validators.as_deref());
        out.push('\n');
    }

    /// The page at `url` was taken; it is also known as `other`.
    pub(in super::super) fn taken(url: &str, depth: u32, validators: &Validators, other: &str) -> String {
        let mut out = format!("-\t{url}\t{depth}");
        push_validators(&mut out, Some(validators));
        let _ = writeln!(out, "\t{other}");
        out
    }

    /// The page at `url` has not changed since the last run.
    pub(in super::super) fn unchanged(out: &mut String, url: &str, depth: u32, validators: &Validators) {
        let _ = write!(out, "o\t{url}\t{depth}");
        push_validators(out, Some(validators));
        out.push('\n');
    }

    /// There is no page at `url`.
    pub(in super::super) fn missed(out: &mut String, url: &str) {
        let _ = writeln!(out, "x\t{url}");
    }

    /// `host` is crawled because the seed led there.
    pub(in super::super) fn joined(out: &mut String, host: &str) {
        let _ = writeln!(out, "h\t{host}");
    }

    /// The crawl is at its end.
    pub(in super::super) const FINISHED: &str = "=\n";

    fn push_validators(out: &mut String, validators: Option<&Validators>) {
        let safe = |value: Option<&String>| {
            value.filter(|value| !value.contains(char::is_control)).cloned().unwrap_or_default()
        };
        let etag = safe(validators.and_then(|it| it.etag.as_ref()));
        let modified = safe(validators.and_then(|it| it.last_modified.as_ref()));
        let _ = write!(out, "\t{etag}\t{modified}");
    }
}

/// The lines of a file, understood.
#[derive(Debug, Default)]
struct Log<'a> {
    waiting: Vec<(&'a str, Found<'a>)>,
    done: HashMap<&'a str, Option<Found<'a>>>,
    /// Other names of pages that were taken.
    others: HashSet<&'a str>,
    pages: usize,
    hosts: Vec<&'a str>,
    is_known: bool,
    is_finished: bool,
}

#[derive(Debug, Clone, Copy)]
struct Found<'a> {
    is_listed: bool,
    depth: u32,
    etag: &'a str,
    modified: &'a str,
}

impl<'a> Log<'a> {
    fn read(text: &'a str, seed: &str) -> Result<Self> {
        let mut log = Self::default();
        let Some(end) = text.rfind('\n') else { return Ok(log) };
        let mut lines = text[..end].split('\n');
        match lines.next().and_then(|first| first.strip_prefix(HEADER)).map(str::trim) {
            Some(own) if own == seed => log.is_known = true,
            Some(own) => {
                let message = format!("the state file is of a crawl from {own}; name another file");
                return Err(Error::new(ErrorKind::InvalidArgument, message));
            }
            None => return Err(Error::new(ErrorKind::InvalidInput, "it is no state file of a crawl")),
        }
        lines.for_each(|line| log.read_line(line));
        Ok(log)
    }

    fn read_line(&mut self, line: &'a str) {
        let mut fields = line.split('\t');
        let (kind, url) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
        let mut rest = || fields.next().unwrap_or_default();
        let found = Found {
            is_listed: kind == "l",
            depth: rest().parse().unwrap_or_default(),
            etag: rest(),
            modified: rest(),
        };
        match kind {
            "+" | "l" => self.waiting.push((url, found)),
            "-" | "o" => {
                self.pages += usize::from(kind == "-");
                self.done.insert(url, Some(found));
                let other = rest();
                if other != url {
                    self.others.insert(other);
                }
            }
            // Another name of a page that was taken may have been tried before.
            "x" => {
                self.done.entry(url).or_insert(None);
            }
            "h" => self.hosts.push(url),
            "=" => self.is_finished = true,
            _ => {}
        }
    }

    /// The same as a fresh file: of a finished crawl what is to be asked for again.
    fn rewritten(&self, seed: &str) -> String {
        let mut out = format!("{HEADER} {seed}\n");
        self.hosts.iter().for_each(|host| line::joined(&mut out, host));
        for entry in self.entries() {
            line::waits(&mut out, &entry);
        }
        if !self.is_finished {
            for (url, found) in &self.done {
                match found {
                    // The other names are kept on the line of their own below.
                    Some(found) => out.push_str(&line::taken(url, found.depth, &found.validators(), "")),
                    None => line::missed(&mut out, url),
                }
            }
            for other in self.others.iter().filter(|other| !other.is_empty()) {
                line::missed(&mut out, other);
            }
        }
        out
    }

    /// What is to be fetched: what waits, or after the end every page, with what it said of itself.
    fn entries(&self) -> Vec<Entry> {
        let entry = |url: &str, found: &Found<'_>| {
            let validators = found.validators();
            Entry {
                url: url.to_owned(),
                depth: found.depth,
                is_listed: found.is_listed,
                validators: (!validators.is_empty()).then(|| Box::new(validators)),
                ..Entry::default()
            }
        };
        let mut entries: Vec<Entry> = if self.is_finished {
            let pages = self.done.iter().filter_map(|(url, found)| Some(entry(url, found.as_ref()?)));
            let mut pages: Vec<Entry> = pages.collect();
            pages.sort_by(|a, b| a.url.cmp(&b.url));
            pages
        } else {
            let is_open = |url: &str| !self.done.contains_key(url) && !self.others.contains(url);
            self.waiting
                .iter()
                .filter(|(url, _)| is_open(url))
                .map(|(url, found)| entry(url, found))
                .collect()
        };
        // Stable: within a depth the order of arrival stays.
        entries.sort_by_key(|entry| entry.depth);
        entries
    }

    fn memory(&self) -> Memory {
        let waiting = self.entries();
        let mut seen: Vec<String> = waiting.iter().map(|entry| entry.url.clone()).collect();
        let mut delivered = Vec::new();
        if !self.is_finished {
            seen.extend(self.done.keys().chain(&self.others).map(|&url| url.to_owned()));
            let pages = self.done.iter().filter(|(_, found)| found.is_some()).map(|(url, _)| url);
            delivered.extend(pages.chain(&self.others).map(|&url| url.to_owned()));
        }
        Memory {
            waiting,
            seen,
            delivered,
            pages: if self.is_finished { 0 } else { self.pages },
            hosts: self.hosts.iter().map(|&host| host.to_owned()).collect(),
            is_known: self.is_known,
        }
    }
}

impl Found<'_> {
    fn validators(&self) -> Validators {
        let value = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Validators { etag: value(self.etag), last_modified: value(self.modified) }
    }
}

/// Puts `text` in the place of the file at `path`: all of it or nothing.
fn replace(path: &Path, text: &str) -> io::Result<File> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let beside = PathBuf::from(name);
    fs::write(&beside, text)?;
    let file = OpenOptions::new().append(true).open(&beside)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    Ok(file)
}

fn lock(file: &File, path: &Path) -> Result<()> {
    file.try_lock().map_err(|source| {
        let message = format!("the state file `{}` is in use by another crawl", path.display());
        Error::new(ErrorKind::Unavailable, message).with_source(source)
    })
}

fn io_error(path: &Path, source: io::Error) -> Error {
    let message = format!("the state file `{}` can not be read or written", path.display());
    Error::new(ErrorKind::Io, message).with_source(source)
}
