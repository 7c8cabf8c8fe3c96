//! Arguments that must not be NULL, and places for new handles.

use std::mem::MaybeUninit;

use aion_core::{Error, ErrorKind, Result};

/// The argument, which must not be NULL.
pub(crate) fn required<T>(argument: Option<T>, name: &str) -> Result<T> {
    argument.ok_or_else(|| invalid(format!("`{name}` is NULL")))
}

/// The place for a new handle, emptied first: a call that fails leaves NULL there.
pub(crate) fn vacant<'a, T>(
    out: Option<&'a mut MaybeUninit<Option<Box<T>>>>,
    name: &str,
) -> Result<&'a mut Option<Box<T>>> {
    required(out, name).map(|out| out.write(None))
}

pub(crate) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}
