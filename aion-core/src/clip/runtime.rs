//! ONNX Runtime, loaded once a process.
//!
//! `ort` keeps the loaded library in a static of its own and refuses a second environment for the rest of the
//! process once one was dropped. So the environment lives here, in the one static of this crate, and nothing
//! else of `ort` is touched before it exists: without a library any call into `ort` panics.

use std::ffi::{CStr, c_char};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ort::environment::Environment;
use ort::logging::LogLevel;
use parking_lot::Mutex;

use crate::error::{Error, ErrorKind, Result};

/// The version of the C API that this crate is built for: ONNX Runtime 1.17 and newer have it.
const API_VERSION: u32 = ort::MINOR_VERSION;

/// Names under which the dynamic linker finds a system's own library.
#[cfg(target_os = "windows")]
const SYSTEM_NAMES: &[&str] = &["onnxruntime.dll"];
#[cfg(target_os = "macos")]
const SYSTEM_NAMES: &[&str] = &["libonnxruntime.dylib", "/opt/homebrew/lib/libonnxruntime.dylib"];
#[cfg(not(any(target_os = "windows", target_os = "macos")))]
const SYSTEM_NAMES: &[&str] = &["libonnxruntime.so", "libonnxruntime.so.1"];

/// Loading takes well under a second; a lock held longer was held by a thread that a `fork` left behind.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

struct Loaded {
    library: PathBuf,
    environment: Environment,
}

static LOADED: Mutex<Option<Loaded>> = Mutex::new(None);

/// The environment of this process, made from `library` (or the system's own) at the first call.
pub(super) fn environment(library: Option<&Path>) -> Result<Environment> {
    let Some(mut loaded) = LOADED.try_lock_for(LOCK_TIMEOUT) else {
        return Err(Error::new(
            ErrorKind::Engine,
            "ONNX Runtime is being loaded by a thread that does not end",
        ));
    };
    if let Some(loaded) = loaded.as_ref() {
        return loaded.serve(library);
    }
    let candidate = match library {
        Some(path) => Candidate::check(path)?,
        None => Candidate::of_system()?,
    };
    let environment = candidate.start()?;
    *loaded = Some(Loaded { library: candidate.path, environment: environment.clone() });
    Ok(environment)
}

impl Loaded {
    fn serve(&self, wanted: Option<&Path>) -> Result<Environment> {
        let Some(wanted) = wanted else { return Ok(self.environment.clone()) };
        let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.into());
        if real(wanted) == real(&self.library) {
            return Ok(self.environment.clone());
        }
        Candidate::check(wanted)?;
        Err(Error::new(
            ErrorKind::InvalidArgument,
            format!(
                "onnxruntime is `{}`, but this process already runs `{}`; a process holds one ONNX Runtime",
                wanted.display(),
                self.library.display()
            ),
        ))
    }
}

/// A library that `ort` can use. It stays open until `ort` has opened it too: ONNX Runtime does not free all
/// that it allocated when it is unloaded.
struct Candidate {
    path: PathBuf,
    _open: libloading::Library,
}

impl Candidate {
    fn of_system() -> Result<Self> {
        SYSTEM_NAMES.iter().find_map(|name| Self::check(Path::new(name)).ok()).ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                "no ONNX Runtime of version 1.17 or newer was found on this system; set `onnxruntime` \
                 (ORT_DYLIB_PATH) to its shared library, such as the one inside the `onnxruntime` wheel",
            )
        })
    }

    /// Makes sure that `path` is an ONNX Runtime that `ort` can use, before `ort` sees it.
    fn check(path: &Path) -> Result<Self> {
        let named = path.display();
        if path.components().count() > 1 && !path.is_file() {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("onnxruntime (ORT_DYLIB_PATH) is `{named}`, where there is no file"),
            ));
        }
        let unusable = |error| {
            Error::new(ErrorKind::Engine, format!("`{named}` is no ONNX Runtime library")).with_source(error)
        };
        // SAFETY: loading runs the library's initialisers; the host named this file as its ONNX Runtime.
        let open = unsafe { libloading::Library::new(path) }.map_err(unusable)?;
        match version_if_too_old(&open).map_err(unusable)? {
            None => Ok(Self { path: path.into(), _open: open }),
            Some(version) => Err(Error::new(
                ErrorKind::Unsupported,
                format!("`{named}` is ONNX Runtime {version}; 1.{API_VERSION} or newer is needed"),
            )),
        }
    }

    fn start(&self) -> Result<Environment> {
        let failed =
            |reason: String| Error::new(ErrorKind::Engine, format!("ONNX Runtime did not start: {reason}"));
        // A guest writes nothing to the host's standard error: what matters comes back as an error value.
        let silent = Arc::new(|_: LogLevel, _: &str, _: &str, _: &str, _: &str| {});
        let environment = ort::init_from(&self.path)
            .map_err(|error| failed(error.to_string()))?
            .with_name("aion")
            .with_telemetry(false)
            .with_logger(silent)
            .build()
            .map_err(|error| failed(error.to_string()))?;
        environment.set_log_level(LogLevel::Fatal);
        Ok(environment)
    }
}

/// The version of a library that lacks the API this crate is built for.
fn version_if_too_old(library: &libloading::Library) -> Result<Option<String>, libloading::Error> {
    // SAFETY: this is the signature of `OrtGetApiBase` in every version of onnxruntime_c_api.h.
    let get_base =
        unsafe { library.get::<unsafe extern "C" fn() -> *const ort::sys::OrtApiBase>(b"OrtGetApiBase\0") }?;
    // SAFETY: the function takes nothing and returns a pointer to a static, or null.
    let base = unsafe { get_base() };
    // SAFETY: a non-null pointer from it is valid for as long as the library is loaded, which it is here.
    let Some(base) = (unsafe { base.as_ref() }) else { return Ok(Some("without an API".into())) };
    // SAFETY: `base` is valid, and an unknown version makes `GetApi` return null.
    let api = unsafe { (base.GetApi)(API_VERSION) };
    if !api.is_null() {
        return Ok(None);
    }
    // SAFETY: `base` is valid; the version string is a static of the library.
    let version: *const c_char = unsafe { (base.GetVersionString)() };
    // SAFETY: as above, and it ends with NUL.
    Ok(Some(unsafe { CStr::from_ptr(version) }.to_string_lossy().into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_library_is_named() {
        let error = Candidate::check(Path::new("/nowhere/libonnxruntime.so")).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.to_string().contains("/nowhere/libonnxruntime.so"), "{error}");
    }

    #[test]
    fn a_file_that_is_no_library_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "not a library").unwrap();
        assert_eq!(Candidate::check(file.path()).err().unwrap().kind(), ErrorKind::Engine);
    }
}
