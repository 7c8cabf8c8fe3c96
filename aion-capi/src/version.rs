//! Which library this is.

use std::ffi::{CStr, c_char};

/// The ABI that the header describes. It goes up with every change that breaks a compiled caller.
pub const AION_ABI_VERSION: u32 = 1;

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => c"",
};

/// The ABI version of the library that was loaded. Compare it with AION_ABI_VERSION before any other call
/// when the library is loaded by hand.
#[unsafe(no_mangle)]
pub extern "C" fn aion_abi_version() -> u32 {
    AION_ABI_VERSION
}

/// The release of the library that was loaded, such as "0.1.0", ended by a NUL. It lives as long as the
/// library.
#[unsafe(no_mangle)]
pub extern "C" fn aion_version() -> *const c_char {
    VERSION.as_ptr()
}
