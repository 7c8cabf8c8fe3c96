//! Versions of one adapter, and which of them is current.
//!
//! ```text
//! root/aion-current -> versions/<id>    one symbolic link; it moves at one stroke
//! root/versions/<id>/                   immutable: adapter_config.json, adapter_model.safetensors, manifest.json
//! root/journal.jsonl                    a line before the link moves and a line after
//! root/promote.lock                     a lock on an open file: a process that dies lets go of it
//! ```
//!
//! A promotion copies, writes a manifest with sizes and SHA-256 hashes, opens the copy again and verifies it, has
//! it checked, gives it its name, and moves the link: that is its commit point. Every file and directory is synced
//! before the next step. Readers open the directory once and read through it. The root must be on a disk of this
//! machine: locks and renames of network file systems promise less.

mod candidate;
mod collect;
mod directory;
mod journal;
mod layout;
mod lock;
mod manifest;
mod options;
mod pointer;
mod recover;
mod version;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

pub use candidate::Candidate;
pub use options::{AdaptersOptions, Check, PromoteOptions};
pub use pointer::Pointer;
pub(crate) use pointer::follow;
pub use version::{PinnedVersion, Version};

use crate::control::Control;
use crate::durable::{StagingDirectory, create_directories, rename, unfinished_name};
use crate::error::{Error, ErrorKind, Result};
use journal::{Action, Journal};
use lock::PromoteLock;
use manifest::Manifest;
use pointer::Pointed;

/// How often a reader looks again where `aion-current` leads to, if the version was removed under its hands.
const ATTEMPTS: usize = 100;

/// The versions of one adapter under a root directory.
///
/// A handle holds nothing open between calls, so it may be used by threads, by several processes, and in a child
/// process after a fork.
///
/// ```
/// # use aion_core::adapter::{Adapter, Adapters, PromoteOptions};
/// # use aion_core::Control;
/// # let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/adapter/peft");
/// # let folder = tempfile::tempdir()?;
/// # let root = folder.path().join("adapters");
/// let adapters = Adapters::open(&root)?;
/// let control = Control::default();
/// let version = adapters.promote(golden, &PromoteOptions::default(), &control)?;
/// assert_eq!(adapters.current()?, Some(version));
/// // What runners that know nothing of this library open:
/// Adapter::read(root.join("aion-current"))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Adapters {
    root: PathBuf,
    options: AdaptersOptions,
}

/// What a new version is for, and what is current before it.
struct Change<'a> {
    action: Action,
    champion: Option<&'a PinnedVersion>,
}

impl Adapters {
    /// Opens the versions under `root`, which is made if it is missing, and puts them in order after a crash: see
    /// [`open_with`](Self::open_with).
    ///
    /// # Errors
    /// As [`open_with`](Self::open_with).
    pub fn open(root: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(root, AdaptersOptions::default(), &Control::default())
    }

    /// Opens the versions under `root`. If `aion-current` is missing, leads nowhere or to files that were changed,
    /// it is made to lead to the newest version that has been current and is whole. A plain adapter directory in
    /// its place becomes the first version; the directory itself is kept as `aion-current.before-…`. Nothing of
    /// this is done while another process promotes, or where this process may not write.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for options out of their range, [`ErrorKind::InvalidState`] if something that
    /// is no adapter is in the place of `aion-current` and there is no version to go back to, [`ErrorKind::Io`] for
    /// the disk, those of `control`.
    pub fn open_with(root: impl AsRef<Path>, options: AdaptersOptions, control: &Control) -> Result<Self> {
        options.check()?;
        // The host may change its directory later.
        let root = std::path::absolute(&root).map_err(|error| Error::io(root.as_ref(), error))?;
        let adapters = Self { root, options };
        match adapters.put_in_order(control) {
            Err(error) if is_refusal(&error) && adapters.root.is_dir() => {}
            result => result?,
        }
        Ok(adapters)
    }

    fn put_in_order(&self, control: &Control) -> Result<()> {
        create_directories(&self.root)?;
        match PromoteLock::try_take(&self.root)? {
            Some(_lock) => recover::recover(self, control),
            None => Ok(()),
        }
    }

    /// The root.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Makes a verified copy of the adapter in the directory `candidate` the current version. Readers see the old
    /// version until the new one is whole, and the new one from then on. The candidate stays as it is.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`], [`ErrorKind::InvalidInput`] and [`ErrorKind::Unsupported`] for a candidate that is
    /// no adapter, not whole, or not for the base; that of the check; [`ErrorKind::Io`] for the disk;
    /// [`ErrorKind::Unavailable`] if another promotion takes longer than the patience of the options; those of
    /// `control`. Nothing is changed then; only if the disk fails after the new version became current, the error
    /// says so.
    pub fn promote(
        &self,
        candidate: impl AsRef<Path>,
        options: &PromoteOptions<'_>,
        control: &Control,
    ) -> Result<Version> {
        candidate::check_metrics(&options.metrics)?;
        let _lock = self.lock(control)?;
        let champion = self.open_current()?;
        let change = Change { action: Action::Promote, champion: champion.as_ref() };
        let candidate = candidate.as_ref();
        self.publish(candidate, &change, options, control)
            .map_err(|error| error.in_context(format!("promotion of `{}`", candidate.display())))
    }

    /// The current version.
    ///
    /// # Errors
    /// As [`open_current`](Self::open_current).
    pub fn current(&self) -> Result<Option<Version>> {
        Ok(self.open_current()?.map(|pinned| pinned.version().clone()))
    }

    /// The current version, held open for reading; `None` if nothing was promoted yet.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the disk can not be read.
    pub fn open_current(&self) -> Result<Option<PinnedVersion>> {
        for _ in 0..ATTEMPTS {
            let pointed = pointer::read(&self.root);
            let Pointed::Version(id) = &pointed else { break };
            match PinnedVersion::open(&self.root, id) {
                Ok(Some(pinned)) => return Ok(Some(pinned)),
                Err(error) if error.kind() != ErrorKind::InvalidInput => return Err(error),
                // It was removed since the pointer was read, which then leads to another.
                _ if pointer::read(&self.root) != pointed => {}
                _ => break,
            }
        }
        recover::newest_good(&self.root, &Control::default())
    }

    /// The version `id`, held open for reading.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if it is not in the [`history`](Self::history), [`ErrorKind::Io`] if the disk can not
    /// be read.
    pub fn open_version(&self, id: &str) -> Result<PinnedVersion> {
        let is_known = self.history()?.iter().any(|version| version.id == id);
        let version = if is_known { PinnedVersion::open(&self.root, id)? } else { None };
        version.ok_or_else(|| Error::new(ErrorKind::NotFound, format!("there is no version {id:?}")))
    }

    /// Makes the version that was current before the current one was promoted current again, or if it is damaged or
    /// gone the one before that.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidState`] if there is none, [`ErrorKind::Io`] for the disk, [`ErrorKind::Unavailable`] if a
    /// promotion takes longer than the patience, those of `control`.
    pub fn rollback(&self, control: &Control) -> Result<Version> {
        let _lock = self.lock(control)?;
        let none = || Error::new(ErrorKind::InvalidState, "there is no earlier version to go back to");
        let current = self.current()?.ok_or_else(none)?;
        for id in collect::lineage(&self.root, &current.id).skip(1) {
            if let Some(earlier) = recover::good(&self.root, &id, control)? {
                return self.return_to(&earlier);
            }
        }
        Err(none())
    }

    /// Makes the version `id`, which has been current before, current again.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if it is not in the [`history`](Self::history), [`ErrorKind::InvalidInput`] if its files
    /// were changed; otherwise as [`rollback`](Self::rollback).
    pub fn rollback_to(&self, id: &str, control: &Control) -> Result<Version> {
        let _lock = self.lock(control)?;
        let version = self.open_version(id)?;
        version.verify(control)?;
        self.return_to(&version)
    }

    /// The versions that have been current and are still there, the newest first.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the disk can not be read.
    pub fn history(&self) -> Result<Vec<Version>> {
        let ids = layout::ids(&self.root);
        let journal = Journal::of(&self.root).been_current();
        // Once all are found, the rest of the journal need not be read.
        let mut known: HashSet<_> = journal.filter(|id| ids.contains(id)).take(ids.len()).collect();
        if let Some(current) = self.current()? {
            known.extend(collect::lineage(&self.root, &current.id));
        }
        let ids = ids.into_iter().rev().filter(|id| known.contains(id));
        // A version that is being removed or damaged is no version to go back to.
        let versions = ids.filter_map(|id| PinnedVersion::open(&self.root, &id).ok().flatten());
        Ok(versions.map(|pinned| pinned.version().clone()).collect())
    }

    /// Waits for the right to change anything, and puts things in order.
    fn lock(&self, control: &Control) -> Result<PromoteLock> {
        create_directories(&self.root)?;
        let lock = PromoteLock::take(&self.root, self.options.patience, control)?;
        recover::recover(self, control)?;
        Ok(lock)
    }

    fn return_to(&self, version: &PinnedVersion) -> Result<Version> {
        self.point_to(&version.version().id, Action::Rollback)?;
        Ok(version.version().clone())
    }

    /// Copies, verifies, checks, names and points to a new version.
    fn publish(
        &self,
        source: &Path,
        change: &Change<'_>,
        options: &PromoteOptions<'_>,
        control: &Control,
    ) -> Result<Version> {
        let id = layout::next_id(&layout::ids(&self.root));
        let mut manifest = Manifest {
            id,
            created: jiff::Timestamp::now().to_string(),
            base: None,
            metrics: options.metrics.clone(),
            parent: change.champion.map(|champion| champion.version().id.clone()),
            files: Default::default(),
        };
        let staging = StagingDirectory::within(&layout::versions(&self.root))?;
        candidate::copy(source, &staging, &mut manifest, control)?;
        candidate::examine(&staging, &manifest.id, change.champion, options, control)?;
        self.name_and_point_to(staging, &manifest.id, change.action)?;
        collect::collect(&self.root, &manifest.id, self.options.keep);
        Ok(Version::new(&self.root, &manifest))
    }

    /// Steps 4 and 5. A version that did not become current is taken away again.
    fn name_and_point_to(&self, staging: StagingDirectory, id: &str, action: Action) -> Result<()> {
        let path = layout::version(&self.root, id);
        let result = staging.name(&path).and_then(|()| self.point_to(id, action));
        result.inspect_err(|error| {
            // Conflict means that the place was another's.
            if error.kind() != ErrorKind::Conflict && !self.points_to(id) {
                discard(&path);
            }
        })
    }

    /// Moves the pointer: the commit point.
    fn point_to(&self, id: &str, action: Action) -> Result<()> {
        let journal = Journal::of(&self.root);
        journal.intent(action, id)?;
        let moved = pointer::flip(&self.root, id, self.options.pointer);
        moved.and_then(|()| journal.done(action, id)).map_err(|error| match self.points_to(id) {
            true => error.in_context(format!("version {id} is current, but the disk may not keep it")),
            false => error,
        })
    }

    fn points_to(&self, id: &str) -> bool {
        matches!(pointer::read(&self.root), Pointed::Version(current) if current == id)
    }
}

/// Removes a version that was never current; what is left of it is removed when the root is opened next.
fn discard(version: &Path) {
    let trash = version.with_file_name(unfinished_name());
    if rename(version, &trash).is_ok() {
        let _ = std::fs::remove_dir_all(&trash);
    }
}

/// Whether the disk may only be read.
fn is_refusal(error: &Error) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<std::io::Error>());
    cause.is_some_and(|cause| {
        matches!(cause.kind(), std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem)
    })
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
