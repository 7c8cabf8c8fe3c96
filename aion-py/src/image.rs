//! Pictures from Python, held so that they can be read while the interpreter is released.

use std::path::PathBuf;

use aion_core::{Config, Error, ErrorKind, ImageSource, Result};
use numpy::{PyArray3, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyByteArray, PyBytes, PyMemoryView, PyString};

use crate::error::invalid_argument;

/// One picture. `bytes` can not change and are borrowed. A `bytearray`, a `memoryview` and an array can be
/// written to by another thread while ours reads, which Rust forbids, so those are copied.
pub(crate) enum Picture {
    Bytes(PyBackedBytes),
    Path(PathBuf),
    Pixels { width: u32, height: u32, channels: u8, data: Vec<u8> },
}

impl Picture {
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] that says what is expected, [`ErrorKind::LimitExceeded`] before a copy
    /// that `config` does not allow.
    pub(crate) fn new(object: &Bound<'_, PyAny>, config: &Config) -> Result<Self> {
        if let Ok(bytes) = object.cast::<PyBytes>() {
            return Ok(Self::Bytes(bytes.clone().into()));
        }
        if object.is_instance_of::<PyString>() {
            return Err(invalid_argument(
                "an image was given as str, which could be a path or the data; use pathlib.Path for a path",
            ));
        }
        if is_mutable_buffer(object) {
            let limit = ("max_image_bytes", config.max_image_bytes);
            return copied_bytes(object, "image", limit).map(Self::Bytes);
        }
        if is_path(object) {
            let unusable = |error: PyErr| invalid_argument(format!("the path can not be used: {error}"));
            return object.extract().map(Self::Path).map_err(unusable);
        }
        match object.cast::<PyUntypedArray>() {
            Ok(array) => copied_pixels(array, config),
            Err(_) => Err(unexpected(&type_name(object))),
        }
    }

    pub(crate) fn source(&self) -> ImageSource<'_> {
        match self {
            Self::Bytes(bytes) => ImageSource::Bytes(bytes),
            Self::Path(path) => ImageSource::Path(path),
            Self::Pixels { width, height, channels, data } => {
                ImageSource::Pixels { width: *width, height: *height, channels: *channels, data }
            }
        }
    }
}

pub(crate) fn type_name(object: &Bound<'_, PyAny>) -> String {
    object.get_type().name().map_or_else(|_| "an object".into(), |name| name.to_string())
}

/// Whether this is one picture, or the attempt at one: most of these can be iterated too.
pub(crate) fn is_one(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<PyBytes>()
        || object.is_instance_of::<PyString>()
        || is_mutable_buffer(object)
        || is_path(object)
        || object.cast::<PyUntypedArray>().is_ok()
}

fn unexpected(what: &str) -> Error {
    invalid_argument(format!(
        "an image must be bytes, a pathlib.Path or a NumPy array of uint8 (height, width, 3 or 4), not {what}"
    ))
}

pub(crate) fn is_path(object: &Bound<'_, PyAny>) -> bool {
    object.get_type().hasattr(intern!(object.py(), "__fspath__")).unwrap_or(false)
}

pub(crate) fn is_mutable_buffer(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<PyByteArray>() || object.is_instance_of::<PyMemoryView>()
}

/// The bytes of a buffer that another thread could write to, if they are within the limit of that name.
pub(crate) fn copied_bytes(
    object: &Bound<'_, PyAny>,
    what: &str,
    (limit, most): (&str, u64),
) -> Result<PyBackedBytes> {
    let py = object.py();
    let copy = || {
        let bytes = object.getattr(intern!(py, "nbytes")).and_then(|bytes| bytes.extract::<u64>());
        let bytes = bytes.or_else(|_| object.len().map(|length| length as u64))?;
        if bytes > most {
            return Ok(Err(too_large(what, format_args!("{bytes} bytes, {limit} is {most}"))));
        }
        let copy = py.get_type::<PyBytes>().call1((object,))?.cast_into::<PyBytes>()?;
        PyResult::Ok(Ok(copy.into()))
    };
    copy().unwrap_or_else(|error| Err(invalid_argument(format!("the bytes can not be read: {error}"))))
}

fn copied_pixels(array: &Bound<'_, PyUntypedArray>, config: &Config) -> Result<Picture> {
    let shape = array.shape();
    let (&[height, width, channels @ (3 | 4)], Ok(pixels)) = (shape, array.cast::<PyArray3<u8>>()) else {
        return Err(unexpected(&format!("an array of {} {}", array.dtype(), shape_text(shape))));
    };
    let count = (width as u64).saturating_mul(height as u64);
    let (Ok(width), Ok(height)) = (u32::try_from(width), u32::try_from(height)) else {
        return Err(too_large("image", format_args!("{width} × {height} pixels")));
    };
    if count > config.max_image_pixels {
        let limit = config.max_image_pixels;
        let size = format_args!("{width} × {height} pixels, max_image_pixels is {limit}");
        return Err(too_large("image", size));
    }
    let written_to = |error| invalid_argument(format!("the array can not be read now: {error}"));
    let borrowed = pixels.try_readonly().map_err(written_to)?;
    // `as_slice` takes columns before rows as well, which is not the order of the pixels; walking the indices is.
    let data = match borrowed.as_slice() {
        Ok(slice) if array.is_c_contiguous() => slice.to_vec(),
        _ => borrowed.as_array().iter().copied().collect(),
    };
    Ok(Picture::Pixels { width, height, channels: channels as u8, data })
}

fn too_large(what: &str, size: std::fmt::Arguments<'_>) -> Error {
    Error::new(ErrorKind::LimitExceeded, format!("the {what} has {size}; raise the limit to read it"))
}

fn shape_text(shape: &[usize]) -> String {
    let sides: Vec<String> = shape.iter().map(usize::to_string).collect();
    format!("({})", sides.join(", "))
}
