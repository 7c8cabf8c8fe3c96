//! Steps 2 and 3 of a promotion: the copy, its manifest, and what it must pass.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::directory::Directory;
use super::layout::MANIFEST;
use super::manifest::{FileRecord, Manifest, hex, pieces};
use super::pointer::follow;
use super::version::PinnedVersion;
use super::{Check, PromoteOptions};
use crate::adapter::read::MAX_CONFIG_BYTES;
use crate::adapter::{Adapter, AdapterConfig, CALIBRATION_FILE, CONFIG_FILE, TENSORS_FILE};
use crate::control::Control;
use crate::durable::{StagingDirectory, cannot_write, open_regular, read_limited};
use crate::error::{Error, ErrorKind, Result, catch_panic};

/// The files that belong to an adapter besides its two, where it has them. Nothing else is copied: a trainer's
/// directory also holds its checkpoints.
const COMPANIONS: &[&str] = &[
    "README.md",
    "added_tokens.json",
    CALIBRATION_FILE,
    "chat_template.jinja",
    "merges.txt",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "vocab.json",
];

/// What a [`Check`] looks at: the copy that would become current, verified, and what is current now.
#[derive(Debug)]
#[non_exhaustive]
pub struct Candidate<'a> {
    /// The candidate, read from the copy.
    pub adapter: &'a Adapter,
    /// The directory of the copy, for runners that read for themselves. It is gone after the check.
    pub path: &'a Path,
    /// What is current, if anything is.
    pub champion: Option<&'a PinnedVersion>,
}

/// Copies the adapter in `source` durably, manifest last.
pub(super) fn copy(
    source: &Path,
    staging: &StagingDirectory,
    manifest: &mut Manifest,
    control: &Control,
) -> Result<()> {
    let source = &follow(source)?;
    for &name in [CONFIG_FILE, TENSORS_FILE].iter().chain(COMPANIONS) {
        if COMPANIONS.contains(&name) && !source.join(name).exists() {
            continue;
        }
        let record = copy_file(&source.join(name), staging, name, control)?;
        manifest.files.insert(name.to_owned(), record);
    }
    let config =
        read_limited(open_regular(&staging.path().join(CONFIG_FILE))?, CONFIG_FILE, MAX_CONFIG_BYTES)?;
    manifest.base = AdapterConfig::from_json(&config)?.base_model;
    staging.write(MANIFEST, |file| {
        let failed = |error| cannot_write(&staging.path().join(MANIFEST), error);
        let text = serde_json::to_string_pretty(manifest).map_err(|error| failed(error.into()))?;
        writeln!(file, "{text}").map_err(failed)
    })?;
    staging.sync()
}

fn copy_file(from: &Path, staging: &StagingDirectory, name: &str, control: &Control) -> Result<FileRecord> {
    let mut source = open_regular(from)?;
    let (mut hash, mut size) = (Sha256::new(), 0);
    staging.write(name, |file| {
        pieces(&mut source, from, control, |piece| {
            hash.update(piece);
            size += piece.len() as u64;
            file.write_all(piece).map_err(|error| cannot_write(&staging.path().join(name), error))
        })
    })?;
    Ok(FileRecord { size, sha256: hex(&hash) })
}

/// Opens the copy again and has it pass everything.
pub(super) fn examine(
    staging: &StagingDirectory,
    id: &str,
    champion: Option<&PinnedVersion>,
    options: &PromoteOptions<'_>,
    control: &Control,
) -> Result<()> {
    let directory = Directory::open(staging.path()).map_err(|error| Error::io(staging.path(), error))?;
    let manifest = Manifest::read(directory.file(MANIFEST)?, id)?;
    let open = |name: &str| manifest.open(&directory, name, control);
    let adapter = Adapter::from_files(&open)?;
    let companions = COMPANIONS.iter().filter(|name| manifest.files.contains_key(**name));
    companions.copied().try_for_each(|name| open(name).map(drop))?;
    if let Some(base) = options.base {
        adapter.check_against(base)?;
    }
    let candidate = Candidate { adapter: &adapter, path: staging.path(), champion };
    match options.check {
        Some(check) => run(check, &candidate),
        None => Ok(()),
    }?;
    control.check()
}

fn run(check: &Check<'_>, candidate: &Candidate<'_>) -> Result<()> {
    catch_panic(|| check(candidate)).map_err(|error| error.in_context("the check refused the candidate"))
}

/// Metrics go into JSON, which has no other numbers.
pub(super) fn check_metrics(metrics: &BTreeMap<String, f64>) -> Result<()> {
    match metrics.iter().find(|(_, value)| !value.is_finite()) {
        Some((name, value)) => {
            let message = format!("the metric {name:?} is {value}; it must be finite");
            Err(Error::new(ErrorKind::InvalidArgument, message))
        }
        None => Ok(()),
    }
}
