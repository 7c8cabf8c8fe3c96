//! Text on its way in and out: UTF-8 with a length.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::path::Path;

use aion_core::Result;

use crate::handle::invalid;
use crate::panic::{guard_drop, guard_or};
use crate::slice;

/// A text that belongs to the caller. Freed by aion_text_free.
///
/// Inside it ends with a NUL that is not counted, as every text that is lent to C does.
pub struct AionText(Box<[u8]>);

impl AionText {
    /// Its pointer and its length.
    pub(crate) fn parts(&self) -> (*const c_char, usize) {
        (self.0.as_ptr().cast(), self.0.len().saturating_sub(1))
    }
}

impl From<String> for AionText {
    fn from(text: String) -> Self {
        let mut bytes = text.into_bytes();
        bytes.push(0);
        Self(bytes.into())
    }
}

impl From<&str> for AionText {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// Lends the text that `find` gives: its pointer, and its length if that is wanted; NULL and 0 for none.
pub(crate) fn lend<'a>(
    length: Option<&mut MaybeUninit<usize>>,
    find: impl FnOnce() -> Option<&'a AionText>,
) -> *const c_char {
    let (pointer, bytes) = guard_or((std::ptr::null(), 0), || find().map(AionText::parts));
    if let Some(length) = length {
        length.write(bytes);
    }
    pointer
}

/// The text of the caller, checked.
///
/// # Safety
/// `text` must point to `length` bytes that stay as they are for `'a`.
pub(crate) unsafe fn input<'a>(text: *const c_char, length: usize, name: &str) -> Result<&'a str> {
    // SAFETY: the caller vouches for the bytes.
    let bytes = unsafe { slice::input(text.cast::<u8>(), length, name) }?;
    std::str::from_utf8(bytes).map_err(|error| invalid(format!("`{name}` is not UTF-8: {error}")))
}

/// As [`input`], for the name of a file.
///
/// # Safety
/// As [`input`].
pub(crate) unsafe fn path<'a>(path: *const c_char, length: usize, name: &str) -> Result<&'a Path> {
    // SAFETY: the caller vouches for the bytes.
    let path = unsafe { input(path, length, name) }?;
    if path.contains('\0') {
        return Err(invalid(format!("`{name}` holds a NUL, which no file name can; is its length right?")));
    }
    Ok(Path::new(path))
}

/// The text. Borrowed from `text`. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_text_data(
    text: Option<&AionText>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    lend(length, || text)
}

/// Frees a text. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_text_free(text: Option<Box<AionText>>) {
    guard_drop(text);
}
