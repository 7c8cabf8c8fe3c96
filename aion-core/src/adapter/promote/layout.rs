//! The names under a root, and the ids of versions.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use uuid::Uuid;

/// What a runner opens.
pub(super) const CURRENT: &str = "aion-current";
/// The immutable versions, each a directory named by its id.
pub(super) const VERSIONS: &str = "versions";
/// Held by whoever changes anything.
pub(super) const LOCK: &str = "promote.lock";
/// What was done, line by line.
pub(super) const JOURNAL: &str = "journal.jsonl";
/// What a version consists of.
pub(super) const MANIFEST: &str = "manifest.json";

pub(super) fn versions(root: &Path) -> PathBuf {
    root.join(VERSIONS)
}

pub(super) fn version(root: &Path, id: &str) -> PathBuf {
    versions(root).join(id)
}

/// Where `aion-current` points to for a version, seen from the root.
pub(super) fn link_to(id: &str) -> PathBuf {
    Path::new(VERSIONS).join(id)
}

/// Ids are UUIDs of version 7 (RFC 9562) in lower case: unique, and in the order of their making.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == 36
        && Uuid::try_parse(text).is_ok_and(|id| id.get_version_num() == 7 && id.to_string() == text)
}

/// The ids of the versions on the disk, oldest first.
pub(super) fn ids(root: &Path) -> Vec<String> {
    let entries = fs::read_dir(versions(root)).into_iter().flatten().flatten();
    let mut ids: Vec<_> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    ids.retain(|id| is_id(id));
    ids.sort_unstable();
    ids
}

/// An id after all of `taken`, which are in order: also if the clock was set back since the last of them.
pub(super) fn next_id(taken: &[String]) -> String {
    let millis =
        |time: SystemTime| time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
    let last = taken.last().and_then(|id| Uuid::try_parse(id).ok()).map(|id| (id.as_u128() >> 80) as u64);
    let now = millis(SystemTime::now()).max(last.map_or(0, |last| last + 1));
    let random = Uuid::new_v4().into_bytes();
    let mut bits = [0; 10];
    bits.copy_from_slice(&random[..10]);
    uuid::Builder::from_unix_timestamp_millis(now, &bits).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_in_the_order_of_their_making_whatever_the_clock_says() {
        let mut taken = vec!["0fffffff-ffff-7000-8000-000000000000".to_owned()];
        for _ in 0..1000 {
            taken.push(next_id(&taken));
        }
        assert!(taken.is_sorted_by(|a, b| a < b));
        assert!(taken.iter().all(|id| is_id(id)));
        assert!(taken[1].starts_with("10000000-0000-7"), "one millisecond after the last");
        let today = next_id(&[]);
        assert!(today.as_str() > "019" && today.as_str() < "1", "{today}");
    }

    #[test]
    fn other_names_are_no_ids() {
        for name in
            ["", "..", ".tmp-x", "0190A5C8-0000-7000-8000-000000000000", "0190a5c800007000800000000000000000"]
        {
            assert!(!is_id(name), "{name}");
        }
        assert!(!is_id("0190a5c8-0000-4000-8000-000000000000"), "version 4");
    }
}
