//! Interactions as Python has them: dicts, rows of a database, lines of JSON.

use aion_core::Result;
use aion_core::dataset::Interaction;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use serde_json::{Map, Value};

use crate::error::{OrRaise, invalid_argument};
use crate::image::type_name;
use crate::json;

/// What of a row is looked at; the others need not be such as JSON can hold.
const FIELDS: [&str; 6] = ["question", "answer", "messages", "rating", "citations", "meta"];

/// The interaction of one row. The inner error is the row's own; an exception is one of Python's code, or tells that
/// this is no row at all.
pub(crate) fn interaction(row: &Bound<'_, PyAny>) -> PyResult<Result<Interaction>> {
    if let Ok(line) = row.cast::<PyString>() {
        return Ok(json::text(line).and_then(|line| Interaction::from_json(&line)));
    }
    Ok(fields(row)?.and_then(Interaction::from_fields))
}

fn fields(row: &Bound<'_, PyAny>) -> PyResult<Result<Map<String, Value>>> {
    let mut fields = Map::new();
    for name in FIELDS {
        let Some(found) = field(row, name)? else { continue };
        match json::value(&found) {
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
