//! One promoted adapter, and lists of them.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use aion_core::adapter::Version;

use crate::error::AionError;
use crate::handle::{required, vacant};
use crate::panic::{guard, guard_drop, guard_or};
use crate::status::AionStatus;
use crate::text::{self, AionText};

/// One promoted adapter, whose directory never changes. It stays as long as the version is kept, see
/// aion_adapter_pin_t. Threads may share it. Freed by aion_adapter_version_free.
pub struct AionAdapterVersion {
    version: Version,
    id: AionText,
    path: AionText,
    base: Option<AionText>,
    created: AionText,
}

impl From<Version> for AionAdapterVersion {
    fn from(version: Version) -> Self {
        Self {
            id: version.id.as_str().into(),
            path: version.path.to_string_lossy().into_owned().into(),
            base: version.base.as_deref().map(AionText::from),
            created: version.created.as_str().into(),
            version,
        }
    }
}

/// Versions, the newest first. Freed by aion_adapter_history_free.
pub struct AionAdapterHistory(Vec<AionAdapterVersion>);

impl From<Vec<Version>> for AionAdapterHistory {
    fn from(versions: Vec<Version>) -> Self {
        Self(versions.into_iter().map(AionAdapterVersion::from).collect())
    }
}

/// Its name, a UUID: ids are in the order of their promotion. Borrowed from the version. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_adapter_version_id(
    version: Option<&AionAdapterVersion>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&version?.id))
}

/// Its directory, a PEFT adapter. Borrowed from the version. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_adapter_version_path(
    version: Option<&AionAdapterVersion>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&version?.path))
}

/// The base that the adapter is for, as its settings name it; NULL if they do not. Borrowed from the version. `length`
/// may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_adapter_version_base(
    version: Option<&AionAdapterVersion>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || version?.base.as_ref())
}

/// When it was promoted, in RFC 3339, UTC. Borrowed from the version. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_adapter_version_created(
    version: Option<&AionAdapterVersion>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&version?.created))
}

/// All of it as a JSON object: "id", "path", "base" (or null), "created", "metrics" (names and numbers) and "parent",
/// the id of the version that was current before (or null).
#[unsafe(no_mangle)]
pub extern "C" fn aion_adapter_version_to_json(
    version: Option<&AionAdapterVersion>,
    out: Option<&mut MaybeUninit<Option<Box<AionText>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        *out = Some(Box::new(text::json(&required(version, "version")?.version)?));
        Ok(())
    })
}

/// Frees a version. NULL is a no-op. One that is borrowed is never freed by itself.
#[unsafe(no_mangle)]
pub extern "C" fn aion_adapter_version_free(version: Option<Box<AionAdapterVersion>>) {
    guard_drop(version);
}

/// How many versions there are.
#[unsafe(no_mangle)]
pub extern "C" fn aion_adapter_history_count(history: Option<&AionAdapterHistory>) -> usize {
    guard_or(0, || Some(history?.0.len()))
}

/// The version of that index, 0 for the newest. Borrowed from the history: it must not be freed, which is why it is
/// const. NULL when there is none of that index.
#[unsafe(no_mangle)]
pub extern "C" fn aion_adapter_history_at(
    history: Option<&AionAdapterHistory>,
    index: usize,
) -> Option<&AionAdapterVersion> {
    guard_or(None, || Some(history?.0.get(index)))
}

/// Frees a history and the versions that were borrowed from it. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_adapter_history_free(history: Option<Box<AionAdapterHistory>>) {
    guard_drop(history);
}
