//! Documents as Python has them: bytes as they came, or text that was decoded already.

use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::PyString;

use crate::error::{OrRaise, invalid_argument};
use crate::image::type_name;

/// The octets of a document; `bytes` and `str` are not copied.
pub(crate) enum Octets {
    Bytes(PyBackedBytes),
    Text(PyBackedStr),
}

impl Octets {
    /// The octets of the argument `name`.
    pub(crate) fn new(name: &str, object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let refused = |must: &str| {
            let message = format!("{name} must be {must}, not {}", type_name(object));
            Err(invalid_argument(message)).or_raise(object.py())
        };
        if object.is_instance_of::<PyString>() {
            let text = object.extract().map(Self::Text);
            return text.or_else(|_| refused("of valid Unicode"));
        }
        object.extract().map(Self::Bytes).or_else(|_| refused("bytes or str"))
    }

    pub(crate) fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }
}

impl AsRef<[u8]> for Octets {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Text(text) => text.as_bytes(),
        }
    }
}
