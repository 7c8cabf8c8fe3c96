//! JSON at the border: values of Python's as the core has them, and back.

use aion_core::{Error, ErrorKind, Result};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use serde::Serialize;
use serde_json::{Number, Value};

use crate::image::type_name;
use crate::pickle::freeze;

/// As deep as the core reads JSON.
const MAX_DEPTH: usize = 128;

/// A value of JSON as Python has it; every call gives a new one.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &impl Serialize) -> PyResult<Bound<'py, PyAny>> {
    let text = freeze(py, serde_json::to_string(value))?;
    py.import(intern!(py, "json"))?.getattr(intern!(py, "loads"))?.call1((text,))
}

/// What Python has, as a value of JSON.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] for what JSON can not hold.
pub(crate) fn value(object: &Bound<'_, PyAny>) -> Result<Value> {
    nested(object, 0)
}

fn nested(object: &Bound<'_, PyAny>, depth: usize) -> Result<Value> {
    if depth > MAX_DEPTH {
        return Err(damaged("is nested too deeply"));
    }
    if object.is_none() {
        return Ok(Value::Null);
    }
    if let Ok(text) = object.cast::<PyString>() {
        return self::text(text).map(Value::String);
    }
    if let Ok(truth) = object.cast::<PyBool>() {
        return Ok(Value::Bool(truth.is_true()));
    }
    if let Ok(items) = object.cast::<PyList>() {
        return items.iter().map(|item| nested(&item, depth + 1)).collect();
    }
    if let Ok(items) = object.cast::<PyTuple>() {
        return items.iter().map(|item| nested(&item, depth + 1)).collect();
    }
    match object.cast::<PyDict>() {
        Ok(dict) => dict.iter().map(|(key, item)| Ok((name(&key)?, nested(&item, depth + 1)?))).collect(),
        Err(_) => number(object),
    }
}

/// A number, also a `Decimal` or one of NumPy's.
fn number(object: &Bound<'_, PyAny>) -> Result<Value> {
    if object.is_instance_of::<PyInt>()
        && let Ok(whole) = object.extract::<i64>()
    {
        return Ok(whole.into());
    }
    let is_number = object.is_instance_of::<PyFloat>() || object.hasattr("__float__").unwrap_or(false);
    let number = object.extract::<f64>().ok().filter(|_| is_number).and_then(Number::from_f64);
    let wrong =
        || damaged(format!("has a value of {}, which is nothing that JSON can hold", type_name(object)));
    number.map(Value::Number).ok_or_else(wrong)
}

fn name(key: &Bound<'_, PyAny>) -> Result<String> {
    key.cast::<PyString>().map_err(|_| damaged("has a key that is no text")).and_then(text)
}

pub(crate) fn text(text: &Bound<'_, PyString>) -> Result<String> {
    text.to_str().map(str::to_owned).map_err(|_| damaged("is not valid Unicode"))
}

fn damaged(reason: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidInput, reason)
}
