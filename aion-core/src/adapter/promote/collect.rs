//! Step 7: versions that nobody will go back to are removed, unless somebody reads them.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use super::directory::Directory;
use super::journal::Journal;
use super::layout::{self, MANIFEST};
use super::manifest::Manifest;
use crate::durable::{fault, rename, unfinished_name};

/// Removes all versions but `current`, the `keep - 1` that it came from, and the `keep` that were current last. The
/// caller has the lock. What can not be removed now is removed after a later promotion.
pub(super) fn collect(root: &Path, current: &str, keep: usize) {
    let mut kept: HashSet<String> = lineage(root, current).take(keep).collect();
    kept.extend(Journal::of(root).been_current().take(keep));
    for id in layout::ids(root) {
        if !kept.contains(&id) {
            let _ = remove(root, &id);
        }
    }
}

/// A version, the one that was current before it was promoted, and so on.
pub(super) fn lineage(root: &Path, id: &str) -> impl Iterator<Item = String> {
    let parent = |id: &String| {
        let directory = Directory::open(&layout::version(root, id)).ok()?;
        // An id is older than those that came from it, so a damaged manifest leads in no circle.
        Manifest::read(directory.file(MANIFEST).ok()?, id).ok()?.parent.filter(|parent| parent < id)
    };
    std::iter::successors(Some(id.to_owned()), parent)
}

/// Removes a version that nobody holds. Whoever opens it meanwhile finds it gone from its place.
fn remove(root: &Path, id: &str) -> Option<()> {
    let path = layout::version(root, id);
    let directory = Directory::open(&path).ok()?;
    // Without a manifest nobody can hold it.
    let pin = directory.file(MANIFEST).ok();
    if let Some(pin) = &pin {
        pin.try_lock().ok()?;
    }
    let trash = layout::versions(root).join(unfinished_name());
    let renamed = rename(&path, &trash);
    if let Some(pin) = &pin {
        let _ = pin.unlock();
    }
    renamed.ok()?;
    fault::point("remove a version").ok()?;
    fs::remove_dir_all(&trash).ok()
}
