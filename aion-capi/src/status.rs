//! The numbers that C branches on: `ErrorKind::code` of the core, written out because cbindgen reads source.
//! `tests/header.rs` compares them with the core's table.

/// What every call that can fail returns: AION_OK, or the number of one of the AION_ERROR_* kinds. A number
/// is never reused for another kind; later versions may add numbers.
pub type AionStatus = i32;

/// The call did what it was asked to.
pub const AION_OK: AionStatus = 0;
/// An argument or a setting is out of its range or of the wrong shape.
pub const AION_ERROR_INVALID_ARGUMENT: AionStatus = 1;
/// Bytes from outside are damaged or are not what they claim to be.
pub const AION_ERROR_INVALID_INPUT: AionStatus = 2;
/// The input is valid but of a format or a shape that this build does not read.
pub const AION_ERROR_UNSUPPORTED: AionStatus = 3;
/// The input would take more bytes, pixels, pages or memory than the limits allow.
pub const AION_ERROR_LIMIT_EXCEEDED: AionStatus = 4;
/// The call needs something that was not configured, such as a model.
pub const AION_ERROR_NOT_CONFIGURED: AionStatus = 5;
/// A file that was named does not exist.
pub const AION_ERROR_NOT_FOUND: AionStatus = 6;
/// The operating system refused to read or write.
pub const AION_ERROR_IO: AionStatus = 7;
/// A model, tokenizer or language file exists but can not be used.
pub const AION_ERROR_INVALID_MODEL: AionStatus = 8;
/// A native engine failed while it worked.
pub const AION_ERROR_ENGINE: AionStatus = 9;
/// The caller cancelled the call.
pub const AION_ERROR_CANCELLED: AionStatus = 10;
/// The deadline passed before the work was done.
pub const AION_ERROR_DEADLINE_EXCEEDED: AionStatus = 11;
/// The handle was made before a fork and is used in the child process.
pub const AION_ERROR_FORKED: AionStatus = 12;
/// A bug of this library: a panic that was caught at the border.
pub const AION_ERROR_INTERNAL: AionStatus = 13;
/// The call is not allowed in the state that its object is in, such as settling a grant twice.
pub const AION_ERROR_INVALID_STATE: AionStatus = 14;
/// The call contradicts an earlier one, such as an idempotency key that was used for another request.
pub const AION_ERROR_CONFLICT: AionStatus = 15;
/// A store can not be reached, or is locked, full or damaged.
pub const AION_ERROR_UNAVAILABLE: AionStatus = 16;
