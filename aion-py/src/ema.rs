//! The exponential moving average of vectors.

use aion_core::{self as core, EmaOptions, Error, Result};
use numpy::{
    BorrowError, IntoPyArray, PyArray1, PyArray2, PyArrayDyn, PyArrayMethods, PyReadonlyArray1,
    PyReadonlyArrayDyn, PyUntypedArray, PyUntypedArrayMethods,
};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::IntoPyDict;

use crate::door::enter_briefly;
use crate::error::{OrRaise, invalid_argument};
use crate::recipe::count;

/// Move a vector towards what is new: an exponential moving average.
///
/// It becomes `(1 - rate) * current + rate * mean(new)`, with `rate = min(1, c / (updates + 1))`. So each update
/// moves it less than the one before, and it converges to the mean of what is new.
///
/// Args:
///     current: `(D,)`, or `None` for none yet: then the result is the mean of `new`, whatever `updates` says.
///     new: One new vector `(D,)` or several `(K, D)`.
///     updates: How many updates `current` has had.
///     c: How much a new vector weighs, above 0; 1 gives the plain mean of all that was ever new.
///     normalize: Whether to scale the result to length one.
///
/// Returns:
///     float32 `(D,)`, a new array. What was passed stays as it is.
///
/// Raises:
///     InvalidArgumentError: There are no new vectors, shapes differ, a value is NaN or infinite, `c` is not
///         above 0, or a vector of length 0 was to be normalised.
///
/// Examples:
///     >>> import aion, numpy
///     >>> vector = aion.ema_update(None, numpy.array([[1.0, 0.0], [0.0, 1.0]]), updates=0)
///     >>> vector
///     array([0.5, 0.5], dtype=float32)
///     >>> aion.ema_update(vector, numpy.array([1.0, 0.0]), updates=1)
///     array([0.625, 0.375], dtype=float32)
#[pyfunction]
#[pyo3(signature = (current, new, *, updates, c = 0.5, normalize = false))]
pub(crate) fn ema_update<'py>(
    current: Option<&Bound<'py, PyAny>>,
    new: &Bound<'py, PyAny>,
    updates: i64,
    c: f64,
    normalize: bool,
) -> PyResult<Bound<'py, PyArray1<f32>>> {
    let py = new.py();
    let options = options(c, normalize, None).or_raise(py)?;
    let updates = count("updates", updates).or_raise(py)?;
    let current = match current {
        Some(current) => Some(Floats::new(current, "current")?.vector().or_raise(py)?),
        None => None,
    };
    let (new, dimension) = Floats::new(new, "new")?.rows().or_raise(py)?;
    let rows: Vec<&[f32]> = new.chunks(dimension.max(1)).collect();
    let vector = core::ema_update(current.as_deref(), &rows, updates, &options).or_raise(py)?;
    Ok(vector.into_pyarray(py))
}

/// Move many vectors at once, in place: each row of `vectors` as `ema_update` would by its row of `targets`.
///
/// All or nothing: when it raises, every bit of `vectors` is as it was. The interpreter is released meanwhile,
/// so as with NumPy's own operations in place, no other thread may write to the arrays until it returns. It can
/// not be interrupted; a gigabyte of vectors takes about a tenth of a second.
///
/// Args:
///     vectors: float32 `(N, D)`, C-contiguous and writeable: updated in place.
///     targets: `(N, D)`. float32 that is C-contiguous is read where it is, anything else copied first. It must
///         not share memory with `vectors`.
///     updates: Integers `(N,)`: how many updates each row has had. They are not counted up here.
///     c: How much a new vector weighs, above 0.
///     normalize: Whether to scale every row to length one.
///     threads: How many threads a large batch may use. Without it, one for each core that the process may use.
///         The result is the same for every number.
///
/// Returns:
///     `vectors`.
///
/// Raises:
///     InvalidArgumentError: A shape or a type does not fit, `vectors` is read-only, a value is NaN or infinite,
///         `c` is not above 0, or a vector of length 0 was to be normalised.
///
/// Examples:
///     >>> import aion, numpy
///     >>> vectors = numpy.array([[1, 0], [0, 2]], numpy.float32)
///     >>> targets = numpy.array([[0, 1], [0, 1]], numpy.float32)
///     >>> aion.ema_update_batch(vectors, targets, numpy.array([0, 4])) is vectors
///     True
///     >>> vectors
///     array([[0.5, 0.5],
///            [0. , 1.9]], dtype=float32)
#[pyfunction]
#[pyo3(signature = (vectors, targets, updates, *, c = 0.5, normalize = false, threads = None))]
pub(crate) fn ema_update_batch<'py>(
    vectors: &Bound<'py, PyAny>,
    targets: &Bound<'py, PyAny>,
    updates: &Bound<'py, PyAny>,
    c: f64,
    normalize: bool,
    threads: Option<i64>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = vectors.py();
    let options = options(c, normalize, threads).or_raise(py)?;
    let array = in_place(vectors).or_raise(py)?;
    let (updates, targets) = (counts(updates)?, Floats::new(targets, "targets")?);
    let (shape, wanted) = (targets.shape(), array.shape());
    if shape != wanted || updates.len() != wanted[0] {
        let message =
            format!("vectors have the shape {wanted:?}, targets {shape:?}, updates ({},)", updates.len());
        return Err(invalid_argument(message)).or_raise(py);
    }
    // The borrows keep other calls of this library away from the memory while the interpreter is released; that
    // Python's own code does not write to it is the caller's part, as with NumPy. No place in memory is computed
    // from a value that was read there, so a caller who does so anyway gets other numbers and nothing worse.
    let mut writer = array.try_readwrite().map_err(|error| in_use("vectors", error)).or_raise(py)?;
    let (values, dimension) = (writer.as_slice_mut()?, wanted[1]);
    let (targets, updates) = (targets.values().or_raise(py)?, updates.as_slice()?);
    apart(values, targets, "targets").and_then(|()| apart(values, updates, "updates")).or_raise(py)?;
    enter_briefly(py, || core::ema_update_batch(values, targets, dimension, updates, &options))?;
    Ok(vectors.clone())
}

fn options(c: f64, normalize: bool, threads: Option<i64>) -> Result<EmaOptions> {
    let mut options = EmaOptions::default();
    (options.c, options.normalize) = (c, normalize);
    options.threads = threads.map(|threads| count("threads", threads)).transpose()?;
    Ok(options)
}

/// The array, if it can be updated where it is.
fn in_place<'a, 'py>(object: &'a Bound<'py, PyAny>) -> Result<&'a Bound<'py, PyArray2<f32>>> {
    match object.cast::<PyArray2<f32>>() {
        Ok(array) if array.is_c_contiguous() && array.data().is_aligned() => Ok(array),
        _ => Err(invalid_argument(
            "vectors must be a NumPy array of float32 (N, D) that is C-contiguous and aligned; \
             numpy.ascontiguousarray(vectors, numpy.float32) makes one",
        )),
    }
}

fn in_use(name: &str, error: BorrowError) -> Error {
    let why = match error {
        BorrowError::NotWriteable => "is read-only",
        _ => "is in use by another call, or shares its memory with another argument",
    };
    invalid_argument(format!("the array `{name}` {why}"))
}

/// Whole numbers from 0, from an array or a list of integers. Those of 64 bits are read where they are: a copy would
/// take a twentieth of the time of the whole call.
fn counts<'py>(object: &Bound<'py, PyAny>) -> PyResult<PyReadonlyArray1<'py, u64>> {
    let py = object.py();
    let array = require(object, "updates")?;
    let is_empty = array.shape() == [0];
    if array.ndim() != 1 || !(is_empty || ["i", "u"].contains(&kind(&array)?.as_str())) {
        let message = format!("updates must be integers (N,), not {} {:?}", array.dtype(), array.shape());
        return Err(invalid_argument(message)).or_raise(py);
    }
    let in_use = |error| in_use("updates", error);
    if let Ok(unsigned) = array.cast::<PyArray1<u64>>() {
        return unsigned.try_readonly().map_err(in_use).or_raise(py);
    }
    let signed = converted(&array, "int64")?;
    let numbers = signed.cast::<PyArray1<i64>>()?.try_readonly().map_err(in_use).or_raise(py)?;
    if let Some(&negative) = numbers.as_slice()?.iter().find(|number| **number < 0) {
        count::<u64>("updates", negative).or_raise(py)?;
    }
    let unsigned = signed.call_method1(intern!(py, "view"), ("uint64",))?;
    unsigned.cast::<PyArray1<u64>>()?.try_readonly().map_err(in_use).or_raise(py)
}

/// The array in another type, or itself if it has that.
fn converted<'py>(array: &Bound<'py, PyUntypedArray>, kind: &str) -> PyResult<Bound<'py, PyAny>> {
    let py = array.py();
    let keywords = [(intern!(py, "copy"), false)].into_py_dict(py)?;
    array.call_method(intern!(py, "astype"), (kind,), Some(&keywords))
}

/// Numbers from Python: float32 as they are, other floats converted.
enum Floats<'py> {
    Array(PyReadonlyArrayDyn<'py, f32>),
    Copy { values: Vec<f32>, shape: Vec<usize> },
}

impl<'py> Floats<'py> {
    fn new(object: &Bound<'py, PyAny>, name: &str) -> PyResult<Self> {
        let py = object.py();
        let array = require(object, name)?;
        if let Ok(doubles) = array.cast::<PyArrayDyn<f64>>() {
            // NumPy would warn of those that become infinite, which are an error soon.
            let values = doubles.to_vec()?.into_iter().map(|value| value as f32).collect();
            return Ok(Self::Copy { values, shape: array.shape().to_vec() });
        }
        if kind(&array)? != "f" {
            let message = format!("{name} must be an array of float32, not of {}", array.dtype());
            return Err(invalid_argument(message)).or_raise(py);
        }
        let floats = converted(&array, "float32")?;
        let floats = floats.cast::<PyArrayDyn<f32>>()?;
        floats.try_readonly().map(Self::Array).map_err(|error| in_use(name, error)).or_raise(py)
    }

    fn shape(&self) -> &[usize] {
        match self {
            Self::Array(array) => array.shape(),
            Self::Copy { shape, .. } => shape,
        }
    }

    fn values(&self) -> Result<&[f32]> {
        match self {
            Self::Array(array) => {
                array.as_slice().map_err(|_| invalid_argument("an array is not contiguous"))
            }
            Self::Copy { values, .. } => Ok(values),
        }
    }

    /// A copy of `(D,)`.
    fn vector(&self) -> Result<Vec<f32>> {
        match self.shape() {
            [_] => Ok(self.values()?.to_vec()),
            shape => Err(invalid_argument(format!("current must have the shape (D,), not {shape:?}"))),
        }
    }

    /// A copy of `(D,)` or `(K, D)`, and D.
    fn rows(&self) -> Result<(Vec<f32>, usize)> {
        match *self.shape() {
            [dimension] | [_, dimension] => Ok((self.values()?.to_vec(), dimension)),
            ref shape => {
                Err(invalid_argument(format!("new must have the shape (D,) or (K, D), not {shape:?}")))
            }
        }
    }
}

/// Refuses what is read and written to at once. NumPy knows which arrays are views of each other, but not which were
/// made of the same memory.
fn apart<T>(written: &[f32], read: &[T], name: &str) -> Result<()> {
    let (written, read) = (written.as_ptr_range(), read.as_ptr_range());
    match read.start.addr() < written.end.addr() && written.start.addr() < read.end.addr() {
        true => Err(invalid_argument(format!("{name} and vectors share memory; pass a copy of the {name}"))),
        false => Ok(()),
    }
}

/// The object as an aligned C-contiguous array; copied when it is none.
fn require<'py>(object: &Bound<'py, PyAny>, name: &str) -> PyResult<Bound<'py, PyUntypedArray>> {
    let py = object.py();
    let numpy = py.import(intern!(py, "numpy"))?;
    let arguments = (object, py.None(), ["C", "A", "E"]);
    let required = numpy.call_method1(intern!(py, "require"), arguments);
    let refused = |error: PyErr| invalid_argument(format!("{name} can not be made an array: {error}"));
    Ok(required.map_err(refused).or_raise(py)?.cast_into::<PyUntypedArray>()?)
}

/// NumPy's letter for the kind of its numbers.
fn kind(array: &Bound<'_, PyUntypedArray>) -> PyResult<String> {
    array.dtype().getattr(intern!(array.py(), "kind"))?.extract()
}
