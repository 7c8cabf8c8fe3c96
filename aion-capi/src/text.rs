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
pub struct AionText(Box<str>);

impl AionText {
    /// Its pointer and its length.
    pub(crate) fn parts(&self) -> (*const c_char, usize) {
        (self.0.as_ptr().cast(), self.as_str().len())
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.strip_suffix('\0').unwrap_or_default()
    }
}

impl From<String> for AionText {
    fn from(mut text: String) -> Self {
        text.push('\0');
        Self(text.into())
    }
}

impl From<&str> for AionText {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// A value of the core as JSON.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<AionText> {
    let text = serde_json::to_string(value);
    text.map(AionText::from).map_err(|error| invalid(format!("this can not be written as JSON: {error}")))
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

/// One text of a list that goes into a call.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionStr {
    /// UTF-8; NULL is allowed for the empty text.
    pub data: *const c_char,
    /// How many bytes `data` has.
    pub length: usize,
}

/// The texts of the caller, checked.
///
/// # Safety
/// `items` must point to `count` texts, each to its bytes, which all stay as they are for `'a`.
pub(crate) unsafe fn list<'a>(items: *const AionStr, count: usize, name: &str) -> Result<Vec<&'a str>> {
    // SAFETY: the caller vouches for the items.
    let items = unsafe { slice::input(items, count, name) }?;
    let checked = items.iter().enumerate().map(|(place, item)| {
        // SAFETY: the caller vouches for the bytes of each.
        unsafe { input(item.data, item.length, &format!("{name}[{place}]")) }
    });
    checked.collect()
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

/// As [`input`], with `None` for the empty text.
///
/// # Safety
/// As [`input`].
pub(crate) unsafe fn optional(text: *const c_char, length: usize, name: &str) -> Result<Option<String>> {
    // SAFETY: the caller vouches for the bytes.
    let text = unsafe { input(text, length, name) }?;
    Ok((!text.is_empty()).then(|| text.to_owned()))
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
