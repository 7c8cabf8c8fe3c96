//! The exceptions: `AionError` and one subclass per kind, made from the core's own table.

use aion_core::{Error, ErrorKind, Result};
use pyo3::exceptions::{PyException, PyTimeoutError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple, PyType};

static CLASSES: PyOnceLock<Classes> = PyOnceLock::new();

struct Classes {
    base: Py<PyType>,
    kinds: Vec<(ErrorKind, Py<PyType>)>,
}

/// Turns what the core returns into what Python raises.
pub(crate) trait OrRaise<T> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T> OrRaise<T> for Result<T> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| exception(py, &error))
    }
}

/// The exception that tells Python of `error`.
pub(crate) fn exception(py: Python<'_>, error: &Error) -> PyErr {
    match classes(py) {
        Ok(classes) => PyErr::from_type(classes.of(error.kind()).bind(py).clone(), (error.to_string(),)),
        Err(failure) => failure,
    }
}

pub(crate) fn invalid_argument(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}

pub(crate) fn add_classes(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let classes = classes(py)?;
    module.add("AionError", &classes.base)?;
    classes.kinds.iter().try_for_each(|(kind, class)| module.add(kind.python_class(), class))
}

fn classes(py: Python<'_>) -> PyResult<&'static Classes> {
    CLASSES.get_or_try_init(py, || Classes::new(py))
}

impl Classes {
    fn new(py: Python<'_>) -> PyResult<Self> {
        let doc = "What every failing call of AION raises: a program branches on its class or its `kind`.";
        // An error that is no kind's own is nobody's fault but ours.
        let exceptions = PyTuple::new(py, [py.get_type::<PyException>()])?;
        let base = class(&exceptions, "AionError", doc, ErrorKind::Internal)?;
        let subclass = |&kind: &ErrorKind| {
            let doc = format!("An `AionError` of the kind `{kind}`.");
            let class = class(&bases(&base, kind)?, kind.python_class(), &doc, kind)?;
            PyResult::Ok((kind, class.unbind()))
        };
        let kinds = ErrorKind::ALL.iter().map(subclass).collect::<PyResult<_>>()?;
        Ok(Self { base: base.unbind(), kinds })
    }

    fn of(&self, kind: ErrorKind) -> &Py<PyType> {
        self.kinds.iter().find(|(known, _)| *known == kind).map_or(&self.base, |(_, class)| class)
    }
}

/// Code that waits for Python's own calls catches `TimeoutError`; ours is one.
fn bases<'py>(base: &Bound<'py, PyType>, kind: ErrorKind) -> PyResult<Bound<'py, PyTuple>> {
    let py = base.py();
    match kind {
        ErrorKind::DeadlineExceeded => PyTuple::new(py, [base, &py.get_type::<PyTimeoutError>()]),
        _ => PyTuple::new(py, [base]),
    }
}

fn class<'py>(
    bases: &Bound<'py, PyTuple>,
    name: &str,
    doc: &str,
    kind: ErrorKind,
) -> PyResult<Bound<'py, PyType>> {
    let py = bases.py();
    let body = PyDict::new(py);
    body.set_item("__module__", "aion")?;
    body.set_item("__doc__", doc)?;
    body.set_item("kind", kind.name())?;
    body.set_item("code", kind.code())?;
    body.set_item("retryable", kind.is_retryable())?;
    Ok(py.get_type::<PyType>().call1((name, bases, body))?.cast_into()?)
}
