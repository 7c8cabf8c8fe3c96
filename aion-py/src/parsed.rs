//! A picture read whole, its pixels and its vector as arrays.

use aion_core as core;
use numpy::ndarray::{Array1, Array3};
use numpy::{IntoPyArray, PyArray1, PyArray3, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::error::OrRaise;
use crate::ocr::OcrResult;
use crate::pickle::{freeze, restorer, thaw};
use crate::view::shortened;

/// A picture read whole.
///
/// The arrays are the result's own and can not be written to; take `image.rgba.copy()` for one that can.
///
/// Attributes:
///     width: Pixels of the upright picture, from left to right.
///     height: Pixels of the upright picture, from top to bottom.
///     rgba: uint8 `(height, width, 4)`, straight alpha; `None` if it was not asked for.
///     ocr_text: The text of all pages with every run of white space made one space; empty without OCR.
///     ocr: Words with their places and confidence; `None` if it was not asked for.
///     clip_vector: float32 `(D,)` of length one; `None` if it was not asked for.
///     meta: What an index keeps of the picture: `type`, `w`, `h`, `sourceRank` and `pages`. Every access
///         gives a new dict.
#[pyclass(frozen, module = "aion")]
pub(crate) struct ParsedImage {
    #[pyo3(get)]
    width: u32,
    #[pyo3(get)]
    height: u32,
    #[pyo3(get)]
    rgba: Option<Py<PyArray3<u8>>>,
    #[pyo3(get)]
    ocr_text: String,
    #[pyo3(get)]
    ocr: Option<Py<OcrResult>>,
    #[pyo3(get)]
    clip_vector: Option<Py<PyArray1<f32>>>,
    meta: core::ImageMeta,
}

impl ParsedImage {
    /// The core's result; its pixels and its vector are moved into arrays.
    pub(crate) fn new(py: Python<'_>, parsed: core::ParsedImage) -> PyResult<Self> {
        let core::ParsedImage { width, height, rgba, ocr_text, ocr, clip_vector, meta, .. } = parsed;
        let rgba = rgba.map(|rgba| pixels(py, width, height, rgba)).transpose()?;
        let vector = clip_vector.map(|vector| frozen(Array1::from(vector).into_pyarray(py))).transpose()?;
        let ocr = ocr.map(|ocr| Py::new(py, OcrResult::from(ocr))).transpose()?;
        Ok(Self { width, height, rgba, ocr_text, ocr, clip_vector: vector, meta })
    }

    fn has_equal_arrays(&self, py: Python<'_>, other: &Self) -> bool {
        same(py, self.rgba.as_ref(), other.rgba.as_ref())
            && same(py, self.clip_vector.as_ref(), other.clip_vector.as_ref())
    }
}

#[pymethods]
impl ParsedImage {
    #[getter]
    fn meta<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let text = freeze(py, serde_json::to_string(&self.meta))?;
        let loads = py.import(intern!(py, "json"))?.getattr(intern!(py, "loads"))?;
        Ok(loads.call1((text,))?.cast_into()?)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let Self { width, height, .. } = self;
        let text = shortened(py, &self.ocr_text)?;
        let vector = self.clip_vector.as_ref().map_or("None".into(), |vector| {
            let length = vector.bind(py).len();
            format!("float32 ({length},)")
        });
        Ok(format!("ParsedImage(width={width}, height={height}, ocr_text={text}, clip_vector={vector})"))
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, Self>) -> bool {
        let other = other.get();
        let ocr = |image: &Self| image.ocr.as_ref().map(|ocr| ocr.clone_ref(py));
        self.meta == other.meta
            && self.ocr_text == other.ocr_text
            && match (ocr(self), ocr(other)) {
                (Some(ours), Some(theirs)) => ours.get() == theirs.get(),
                (ours, theirs) => ours.is_none() && theirs.is_none(),
            }
            && self.has_equal_arrays(py, other)
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        (self.width, self.height, self.ocr_text.as_str()).into_pyobject(py)?.hash()
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let Self { rgba, ocr_text, ocr, clip_vector, .. } = self;
        let meta = freeze(py, serde_json::to_string(&self.meta))?;
        Ok((restorer(py, "_restore_parsed")?, (rgba, ocr_text, ocr, clip_vector, meta).into_pyobject(py)?))
    }
}

#[pyfunction]
#[pyo3(name = "_restore_parsed")]
pub(crate) fn restore_parsed(
    rgba: Option<Bound<'_, PyArray3<u8>>>,
    ocr_text: String,
    ocr: Option<Py<OcrResult>>,
    clip_vector: Option<Bound<'_, PyArray1<f32>>>,
    meta: Bound<'_, pyo3::types::PyString>,
) -> PyResult<ParsedImage> {
    let meta: core::ImageMeta = thaw(meta.py(), serde_json::from_str(meta.to_str()?))?;
    Ok(ParsedImage {
        width: meta.w,
        height: meta.h,
        rgba: rgba.map(frozen).transpose()?,
        ocr_text,
        ocr,
        clip_vector: clip_vector.map(frozen).transpose()?,
        meta,
    })
}

fn pixels(py: Python<'_>, width: u32, height: u32, rgba: Vec<u8>) -> PyResult<Py<PyArray3<u8>>> {
    let shape = (height as usize, width as usize, 4);
    let wrong = |error| {
        core::Error::new(core::ErrorKind::Internal, "the pixels do not fit their size").with_source(error)
    };
    let array = Array3::from_shape_vec(shape, rgba).map_err(wrong).or_raise(py)?;
    frozen(array.into_pyarray(py))
}

/// The array, no longer to be written to: it belongs to a frozen result.
fn frozen<T>(array: Bound<'_, T>) -> PyResult<Py<T>> {
    let py = array.py();
    let no = PyDict::new(py);
    no.set_item("write", false)?;
    array.as_any().call_method("setflags", (), Some(&no))?;
    Ok(array.unbind())
}

fn same<T, D>(
    py: Python<'_>,
    ours: Option<&Py<numpy::PyArray<T, D>>>,
    theirs: Option<&Py<numpy::PyArray<T, D>>>,
) -> bool
where
    T: numpy::Element + PartialEq,
    D: numpy::ndarray::Dimension,
{
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => {
            ours.bind(py).readonly().as_array() == theirs.bind(py).readonly().as_array()
        }
        (ours, theirs) => ours.is_none() && theirs.is_none(),
    }
}
