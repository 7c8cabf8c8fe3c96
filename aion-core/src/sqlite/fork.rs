//! Keeps the connections of a process apart from those of its children.
//!
//! POSIX locks belong to a process, so SQLite keeps one list of the files that its process has open, by device
//! and inode, and of the locks that it holds on them. A child inherits the list but not the locks. A connection
//! that the child opens to the same file would find the parent's entry there, believe its locks to be its own and
//! never take them; the parent, or another child, would then remove the write-ahead log under it, and grants
//! would be lost. So the numbers of inodes are told to SQLite with a mark of the child: it finds no entry and
//! makes its own. In the process that did this first, nothing is marked.

use std::ffi::{c_char, c_int};
use std::sync::OnceLock;

use rusqlite::ffi;

type Stat = unsafe extern "C" fn(*const c_char, *mut libc::stat) -> c_int;
type Fstat = unsafe extern "C" fn(c_int, *mut libc::stat) -> c_int;

/// The process in which the calls were replaced.
static ORIGIN: OnceLock<u32> = OnceLock::new();

/// Sees to it that children of this process, should there be any, have a list of their own.
pub(super) fn keep_children_apart() {
    ORIGIN.get_or_init(|| {
        // SAFETY: before its first use SQLite takes this setting, and afterwards it refuses it. It does without
        // statistics of its memory then, and so without the one lock that every thread takes all the time: a
        // child that was forked while another thread had it would wait for it for ever.
        unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_MEMSTATUS, 0) };
        replace_calls();
        std::process::id()
    });
}

fn replace_calls() {
    // SAFETY: a null name asks for the default VFS, which lives as long as the process.
    let vfs = unsafe { ffi::sqlite3_vfs_find(std::ptr::null()) };
    // SAFETY: SQLite gave the pointer; nothing changes the struct that it points to.
    let Some(set) = unsafe { vfs.as_ref() }.and_then(|vfs| vfs.xSetSystemCall) else { return };
    // SAFETY: SQLite casts the pointer back to the type of `stat`, which is that of `marked_stat`.
    let stat = unsafe { std::mem::transmute::<Stat, unsafe extern "C" fn()>(marked_stat) };
    // SAFETY: as above, for `fstat`.
    let fstat = unsafe { std::mem::transmute::<Fstat, unsafe extern "C" fn()>(marked_fstat) };
    // SAFETY: the names are those of SQLite's table of system calls and are only read.
    unsafe { set(vfs, c"stat".as_ptr(), Some(stat)) };
    // SAFETY: as above.
    unsafe { set(vfs, c"fstat".as_ptr(), Some(fstat)) };
}

/// `stat(2)` as SQLite sees it.
unsafe extern "C" fn marked_stat(path: *const c_char, file: *mut libc::stat) -> c_int {
    // SAFETY: SQLite passes what `stat` asks for.
    let status = unsafe { libc::stat(path, file) };
    // SAFETY: as above.
    unsafe { mark(status, file) }
}

/// `fstat(2)` as SQLite sees it.
unsafe extern "C" fn marked_fstat(descriptor: c_int, file: *mut libc::stat) -> c_int {
    // SAFETY: SQLite passes what `fstat` asks for.
    let status = unsafe { libc::fstat(descriptor, file) };
    // SAFETY: as above.
    unsafe { mark(status, file) }
}

/// # Safety
/// `file` must be what `stat` was given, and `status` what it answered.
unsafe fn mark(status: c_int, file: *mut libc::stat) -> c_int {
    let here = std::process::id();
    let origin = ORIGIN.get().copied().unwrap_or(here);
    // SAFETY: after a success `stat` has filled the struct.
    if let (0, Some(file)) = (status, unsafe { file.as_mut() }) {
        file.st_ino ^= u64::from(here ^ origin) << 32;
    }
    status
}
