//! Interactions as Python has them: dicts, rows of a database, lines of JSON.

use aion_core::dataset::Interaction;
use aion_core::{Error, ErrorKind, Result};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use serde_json::{Map, Number, Value};

use crate::error::{OrRaise, invalid_argument};
use crate::image::type_name;

/// What of a row is looked at; the others need not be such as JSON can hold.
const FIELDS: [&str; 6] = ["question", "answer", "messages", "rating", "citations", "meta"];
/// As deep as the core reads JSON.
const MAX_DEPTH: usize = 128;

/// The interaction of one row. The inner error is the row's own; an exception is one of Python's code, or tells that
/// this is no row at all.
pub(super) fn interaction(row: &Bound<'_, PyAny>) -> PyResult<Result<Interaction>> {
    if let Ok(line) = row.cast::<PyString>() {
        return Ok(text(line).and_then(|line| Interaction::from_json(&line)));
    }
    Ok(fields(row)?.and_then(Interaction::from_fields))
}

fn fields(row: &Bound<'_, PyAny>) -> PyResult<Result<Map<String, Value>>> {
    let mut fields = Map::new();
    for name in FIELDS {
        let Some(found) = field(row, name)? else { continue };
        match value(&found, 0) {
            Ok(value) => drop(fields.insert(name.to_owned(), value)),
            Err(error) => return Ok(Err(error.in_context(format_args!("its `{name}`")))),
        }
    }
    Ok(Ok(fields))
}

/// What a row has under `name`: a dict, another mapping, or what has keys, as a row of `sqlite3` does.
fn field<'py>(row: &Bound<'py, PyAny>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = row.py();
    if let Ok(dict) = row.cast::<PyDict>() {
        return dict.get_item(name);
    }
    let Ok(keys) = row.getattr(intern!(py, "keys")) else {
        let given = type_name(row);
        let message =
            format!("an interaction must be a dict, a row with keys or a line of JSON, not {given}");
        return Err(invalid_argument(message)).or_raise(py);
    };
    for key in keys.call0()?.try_iter()? {
        if key?.eq(name)? {
            return row.get_item(name).map(Some);
        }
    }
    Ok(None)
}

fn value(object: &Bound<'_, PyAny>, depth: usize) -> Result<Value> {
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
        return items.iter().map(|item| value(&item, depth + 1)).collect();
    }
    if let Ok(items) = object.cast::<PyTuple>() {
        return items.iter().map(|item| value(&item, depth + 1)).collect();
    }
    match object.cast::<PyDict>() {
        Ok(dict) => dict.iter().map(|(key, item)| Ok((name(&key)?, value(&item, depth + 1)?))).collect(),
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

fn text(text: &Bound<'_, PyString>) -> Result<String> {
    text.to_str().map(str::to_owned).map_err(|_| damaged("is not valid Unicode"))
}

fn damaged(reason: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidInput, reason)
}
