//! Lists of texts in twos, such as headers, and lists of texts, as they are lent to C.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use serde_json::{Map, Value};

use crate::panic::guard_or;
use crate::text::{self, AionText};

/// A name and its value. One that comes out of a call is borrowed from its handle.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionPair {
    /// UTF-8.
    pub name: *const c_char,
    /// How many bytes `name` has.
    pub name_length: usize,
    /// UTF-8; it may be empty.
    pub value: *const c_char,
    /// How many bytes `value` has.
    pub value_length: usize,
}

/// A picture of a page, borrowed from it.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionPageImage {
    /// Its address.
    pub url: *const c_char,
    /// How many bytes `url` has.
    pub url_length: usize,
    /// The text that stands for it; empty if there is none.
    pub alt: *const c_char,
    /// How many bytes `alt` has.
    pub alt_length: usize,
}

/// Two texts that belong together.
pub(crate) struct Pair(pub(crate) AionText, pub(crate) AionText);

impl From<(String, String)> for Pair {
    fn from((first, second): (String, String)) -> Self {
        Self(first.into(), second.into())
    }
}

impl From<aion_core::PageImage> for Pair {
    fn from(image: aion_core::PageImage) -> Self {
        Self(image.url.into(), image.alt.into())
    }
}

impl From<&Pair> for AionPair {
    fn from(Pair(name, value): &Pair) -> Self {
        let ((name, name_length), (value, value_length)) = (name.parts(), value.parts());
        Self { name, name_length, value, value_length }
    }
}

impl From<&Pair> for AionPageImage {
    fn from(Pair(url, alt): &Pair) -> Self {
        let ((url, url_length), (alt, alt_length)) = (url.parts(), alt.parts());
        Self { url, url_length, alt, alt_length }
    }
}

/// All of `items` as they are kept for lending.
pub(crate) fn keep<T, U: From<T>>(items: impl IntoIterator<Item = T>) -> Vec<U> {
    items.into_iter().map(U::from).collect()
}

/// Writes the item of that index to `out`; false when there is none.
pub(crate) fn write_at<'a, T: 'a, U: From<&'a T>>(
    items: impl FnOnce() -> Option<&'a [T]>,
    index: usize,
    out: Option<&mut MaybeUninit<U>>,
) -> bool {
    guard_or(false, || {
        out?.write(items()?.get(index)?.into());
        Some(true)
    })
}

/// Lends the text of that index; NULL when there is none.
pub(crate) fn lend<'a>(
    texts: impl FnOnce() -> Option<&'a [AionText]>,
    index: usize,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || texts()?.get(index))
}

/// A JSON object of names and values.
pub(crate) fn object(pairs: &[Pair]) -> Value {
    let entry = |Pair(name, value): &Pair| (name.as_str().to_owned(), value.as_str().into());
    Value::Object(pairs.iter().map(entry).collect::<Map<_, _>>())
}

/// A JSON array of objects with the members `first` and `second`.
pub(crate) fn objects(pairs: &[Pair], first: &str, second: &str) -> Value {
    let entry = |Pair(one, other): &Pair| {
        let members = [(first, one), (second, other)];
        let members = members.into_iter().map(|(name, text)| (name.to_owned(), text.as_str().into()));
        Value::Object(members.collect())
    };
    pairs.iter().map(entry).collect()
}
