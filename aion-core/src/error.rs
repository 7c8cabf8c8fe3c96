//! The one error type, and the one table that every door translates it with.

use std::error::Error as StdError;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What every fallible call of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One row per kind: `Kind = C number, "Python class", retryable`.
///
/// The numbers are part of the C ABI: a number is never reused, and 0 means success.
macro_rules! error_kinds {
    ($( $(#[doc = $doc:literal])+ $kind:ident = $code:literal, $name:literal, $python:literal, $retryable:literal; )+) => {
        /// The kind of an [`Error`]: what a program branches on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind { $( $(#[doc = $doc])+ $kind, )+ }

        impl ErrorKind {
            /// Every kind, in the order of its number.
            pub const ALL: &'static [ErrorKind] = &[ $( ErrorKind::$kind, )+ ];

            /// The stable number of this kind in C; 0 is never used, it means success.
            pub const fn code(self) -> i32 { match self { $( ErrorKind::$kind => $code, )+ } }

            /// The stable name of this kind, in snake case.
            pub const fn name(self) -> &'static str { match self { $( ErrorKind::$kind => $name, )+ } }

            /// The name of the exception class in Python.
            pub const fn python_class(self) -> &'static str { match self { $( ErrorKind::$kind => $python, )+ } }

            /// Whether the same call may succeed later without a change to its input.
            pub const fn is_retryable(self) -> bool { match self { $( ErrorKind::$kind => $retryable, )+ } }
        }
    };
}

error_kinds! {
    /// An argument or a setting is out of its range or of the wrong shape.
    InvalidArgument = 1, "invalid_argument", "InvalidArgumentError", false;
    /// Bytes from outside are damaged or are not what they claim to be.
    InvalidInput = 2, "invalid_input", "InvalidInputError", false;
    /// The input is valid but of a format or a shape that this build does not read.
    Unsupported = 3, "unsupported", "UnsupportedError", false;
    /// The input would take more bytes, pixels, pages or memory than the limits allow.
    LimitExceeded = 4, "limit_exceeded", "LimitExceededError", false;
    /// The call needs something that was not configured, such as a model.
    NotConfigured = 5, "not_configured", "NotConfiguredError", false;
    /// A file that was named does not exist.
    NotFound = 6, "not_found", "NotFoundError", false;
    /// The operating system refused to read or write.
    Io = 7, "io", "IoError", true;
    /// A model, tokenizer or language file exists but can not be used.
    InvalidModel = 8, "invalid_model", "InvalidModelError", false;
    /// A native engine failed while it worked.
    Engine = 9, "engine", "EngineError", false;
    /// The caller cancelled the call.
    Cancelled = 10, "cancelled", "CancelledError", true;
    /// The deadline passed before the work was done.
    DeadlineExceeded = 11, "deadline_exceeded", "DeadlineExceededError", true;
    /// The handle was made before a `fork` and is used in the child process.
    Forked = 12, "forked", "ForkedError", false;
    /// A bug of this library: a panic that was caught at the border.
    Internal = 13, "internal", "InternalError", false;
    /// The call is not allowed in the state that its object is in, such as settling a grant twice.
    InvalidState = 14, "invalid_state", "InvalidStateError", false;
    /// The call contradicts an earlier one, such as an idempotency key that was used for another request.
    Conflict = 15, "conflict", "ConflictError", false;
    /// A store can not be reached, or is locked, full or damaged.
    Unavailable = 16, "unavailable", "UnavailableError", true;
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What went wrong, with which input, and what to do about it.
///
/// ```
/// use aion_core::{Aion, Config, ErrorKind};
///
/// let mut config = Config::default();
/// config.threads = Some(0);
/// let error = Aion::new(config).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::InvalidArgument);
/// assert!(error.to_string().contains("threads"));
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of `kind` whose message names the input and the remedy.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), source: None }))
    }

    /// The same error with the one that caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The same error with `context` before its message, such as the item of a batch that it belongs to.
    #[must_use]
    pub fn in_context(mut self, context: impl fmt::Display) -> Self {
        self.0.message = format!("{context}: {}", self.0.message);
        self
    }

    /// The same error for another item of a batch, without its source.
    #[cfg(feature = "image")]
    pub(crate) fn again(&self) -> Self {
        Self::new(self.kind(), self.to_string())
    }

    /// What a program branches on.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The message without its causes.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Reading or writing `path` failed; a missing file is [`ErrorKind::NotFound`].
    #[cfg(any(feature = "image", feature = "lora"))]
    pub(crate) fn io(path: &std::path::Path, source: std::io::Error) -> Self {
        let kind = match source.kind() {
            std::io::ErrorKind::NotFound => ErrorKind::NotFound,
            _ => ErrorKind::Io,
        };
        Self::new(kind, format!("cannot read `{}`", path.display())).with_source(source)
    }
}

/// Runs `work` and turns a panic, which is a bug, into [`ErrorKind::Internal`]. No panic may leave a door of
/// this library or cost a batch more than its own item.
///
/// Unwind safety is asserted: the locks behind a handle do not poison, and what `work` returned is gone.
///
/// ```
/// let error = aion_core::catch_panic(|| -> aion_core::Result<()> { panic!("oh") }).unwrap_err();
/// assert_eq!(error.kind(), aion_core::ErrorKind::Internal);
/// ```
pub fn catch_panic<R>(work: impl FnOnce() -> Result<R>) -> Result<R> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message");
        Err(Error::new(ErrorKind::Internal, format!("a bug of this library: {text}; please report it")))
    })
}

/// The message followed by its causes, on one line.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {self}", self.kind())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn numbers_and_names_are_unique_and_never_zero() {
        let codes: HashSet<_> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        let names: HashSet<_> = ErrorKind::ALL.iter().map(|kind| kind.name()).collect();
        let classes: HashSet<_> = ErrorKind::ALL.iter().map(|kind| kind.python_class()).collect();
        assert_eq!(codes.len(), ErrorKind::ALL.len());
        assert_eq!(names.len(), ErrorKind::ALL.len());
        assert_eq!(classes.len(), ErrorKind::ALL.len());
        assert!(!codes.contains(&0));
    }

    #[test]
    fn the_documentation_has_the_same_table() {
        let page = include_str!("../../docs/errors.md");
        for kind in ErrorKind::ALL {
            let retryable = if kind.is_retryable() { "yes" } else { "no" };
            let row = format!("| {} | `{kind}` | `{}` | {retryable} |", kind.code(), kind.python_class());
            assert!(page.contains(&row), "docs/errors.md lacks {row}");
        }
    }

    #[test]
    fn display_tells_the_causes_after_the_message() {
        let cause = std::io::Error::other("disk is gone");
        let error = Error::new(ErrorKind::Io, "cannot read `a.png`").with_source(cause).in_context("image 2");
        assert_eq!(error.to_string(), "image 2: cannot read `a.png`: disk is gone");
        assert_eq!(format!("{error:?}"), "io: image 2: cannot read `a.png`: disk is gone");
    }
}
