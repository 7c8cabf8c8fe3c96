//! A Python function as an embedder of texts.

use aion_core::knowledge::TextEmbedder;
use aion_core::{Control, Error, ErrorKind, Result};
use numpy::{PyArray2, PyArrayMethods};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

/// Calls `embed_texts` with a list of texts for an array of as many rows.
pub(super) struct PythonEmbedder {
    pub(super) function: Py<PyAny>,
    pub(super) space: String,
}

impl TextEmbedder for PythonEmbedder {
    fn space(&self) -> Result<String> {
        Ok(self.space.clone())
    }

    /// Called on a thread that works for a call, while the calling thread has the interpreter released.
    fn embed_texts(&self, texts: &[&str], control: &Control) -> Result<Vec<Vec<f32>>> {
        control.check()?;
        let failed = |error: PyErr| Error::new(ErrorKind::Engine, format!("embed_texts failed: {error}"));
        let over = || Error::new(ErrorKind::Cancelled, "the interpreter is shutting down");
        Python::try_attach(|py| self.call(py, texts)).ok_or_else(over)?.map_err(failed)
    }
}

impl PythonEmbedder {
    fn call(&self, py: Python<'_>, texts: &[&str]) -> PyResult<Vec<Vec<f32>>> {
        let given = self.function.bind(py).call1((PyList::new(py, texts)?,))?;
        let numpy = py.import(intern!(py, "numpy"))?;
        let options = PyDict::new(py);
        options.set_item(intern!(py, "dtype"), numpy.getattr(intern!(py, "float32"))?)?;
        let array = numpy.call_method(intern!(py, "asarray"), (given,), Some(&options))?;
        let array = array.cast_into::<PyArray2<f32>>()?;
        Ok(array.readonly().as_array().rows().into_iter().map(|row| row.to_vec()).collect())
    }
}
