//! Step 8: a root is put in order after a crash, and what was there before is taken over.

use std::fs;
use std::path::Path;

use super::journal::{Action, Journal};
use super::layout::{self, CURRENT};
use super::pointer::{self, Pointed};
use super::version::PinnedVersion;
use super::{Adapters, Change};
use crate::adapter::value::Adapter;
use crate::control::Control;
use crate::durable::{UNFINISHED, create_directories, parent_of};
use crate::error::{Error, ErrorKind, Result};

/// Makes `aion-current` lead to a version that is whole, if there is one. The caller has the lock.
pub(super) fn recover(adapters: &Adapters, control: &Control) -> Result<()> {
    let root = &adapters.root;
    create_directories(&layout::versions(root))?;
    remove_unfinished(root);
    remove_unfinished(&layout::versions(root));
    pointer::remove_unused_links(root);
    match pointer::read(root) {
        Pointed::Version(id) if is_good(root, &id, control)? => note(root, &id),
        Pointed::Foreign => take_over(adapters, control),
        _ => restore(adapters, control).map(drop),
    }
}

/// The latest version that has been current and is still whole.
pub(super) fn newest_good(root: &Path, control: &Control) -> Result<Option<PinnedVersion>> {
    for id in Journal::of(root).been_current() {
        if let Some(pinned) = good(root, &id, control)? {
            return Ok(Some(pinned));
        }
    }
    Ok(None)
}

/// The version `id` if it is there and whole; what the caller of the call decides is no damage.
pub(super) fn good(root: &Path, id: &str, control: &Control) -> Result<Option<PinnedVersion>> {
    let pinned = PinnedVersion::open(root, id);
    match pinned.and_then(|pinned| pinned.map(|pinned| pinned.verify(control).map(|()| pinned)).transpose()) {
        Err(error) if is_damage(&error) => Ok(None),
        pinned => pinned,
    }
}

fn is_good(root: &Path, id: &str, control: &Control) -> Result<bool> {
    Ok(good(root, id, control)?.is_some())
}

fn is_damage(error: &Error) -> bool {
    !matches!(error.kind(), ErrorKind::Cancelled | ErrorKind::DeadlineExceeded)
}

/// A crash may have come between the pointer and the journal.
fn note(root: &Path, id: &str) -> Result<()> {
    let journal = Journal::of(root);
    if journal.latest().is_some_and(|latest| latest == id) {
        return Ok(());
    }
    journal.done(Action::Recover, id)
}

/// Goes back to the newest good version; whether there was one.
fn restore(adapters: &Adapters, control: &Control) -> Result<bool> {
    match newest_good(&adapters.root, control)? {
        Some(pinned) => {
            adapters.point_to(&pinned.version().id, Action::Recover)?;
            Ok(true)
        }
        None => Ok(false),
    }
}

/// What stands in the place of `aion-current` becomes a version if it is an adapter; it is kept in any case.
fn take_over(adapters: &Adapters, control: &Control) -> Result<()> {
    let current = adapters.root.join(CURRENT);
    // An empty directory holds nothing to keep, and this removes no other.
    if fs::remove_dir(&current).is_ok() {
        return restore(adapters, control).map(drop);
    }
    let Err(error) = Adapter::read(&current) else {
        let parent = newest_good(&adapters.root, control)?;
        let change = Change { action: Action::Adopt, champion: parent.as_ref() };
        return adapters.publish(&current, &change, &super::PromoteOptions::default(), control).map(drop);
    };
    if restore(adapters, control)? {
        return Ok(());
    }
    let reason = format!(
        "`{}` was not made by a promotion and is no adapter; move it away and call again",
        current.display()
    );
    Err(Error::new(ErrorKind::InvalidState, reason).with_source(error))
}

/// Nobody else has the lock, so whatever is not finished never will be.
fn remove_unfinished(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_unfinished = entry.file_name().to_str().is_some_and(|name| name.starts_with(UNFINISHED));
        if is_unfinished && parent_of(&path) == folder {
            let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
            // It takes up room and does no other harm.
            let _ = if is_directory { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        }
    }
}
