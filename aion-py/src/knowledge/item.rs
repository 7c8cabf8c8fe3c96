//! Items as Python has them: dicts, paths and pages of a crawl.

use std::path::PathBuf;

use aion_core::Result;
use aion_core::knowledge::Item;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyDict, PyString};
use serde_json::Value;

use super::time;
use crate::error::invalid_argument;
use crate::image::{is_path, type_name};
use crate::json;
use crate::web::Page;

const NAMES: [&str; 11] = [
    "source",
    "text",
    "data",
    "path",
    "title",
    "language",
    "parent",
    "etag",
    "last_modified",
    "fetched_at",
    "meta",
];

/// The item that an object stands for.
pub(super) fn item(object: &Bound<'_, PyAny>) -> Result<Item> {
    if let Ok(page) = object.cast::<Page>() {
        return Ok(page.get().item());
    }
    if is_path(object) {
        return Ok(Item::file(path(object)?));
    }
    let refused = || {
        let what = type_name(object);
        invalid_argument(format!("an item must be a dict, a pathlib.Path or a Page, not {what}"))
    };
    of_dict(object.cast::<PyDict>().map_err(|_| refused())?)
}

fn of_dict(dict: &Bound<'_, PyDict>) -> Result<Item> {
    for key in dict.keys() {
        let name = key.cast::<PyString>().ok().and_then(|name| name.to_str().ok());
        if !name.is_some_and(|name| NAMES.contains(&name)) {
            let known = NAMES.join(", ");
            return Err(invalid_argument(format!("an item has no `{key}`; it may have {known}")));
        }
    }
    let mut item = content(dict)?;
    item.title = text(dict, "title")?;
    item.language = text(dict, "language")?;
    item.parent = text(dict, "parent")?;
    item.etag = text(dict, "etag")?;
    item.last_modified = text(dict, "last_modified")?;
    item.fetched_at = get(dict, "fetched_at").map(|at| time::millis(&at, "fetched_at")).transpose()?;
    if let Some(meta) = get(dict, "meta") {
        match json::value(&meta).map_err(|error| error.in_context("its `meta`"))? {
            Value::Object(meta) => item.meta = meta,
            _ => return Err(invalid_argument("its `meta` must be a dict")),
        }
    }
    Ok(item)
}

fn content(dict: &Bound<'_, PyDict>) -> Result<Item> {
    let source = text(dict, "source")?;
    let given = (text(dict, "text")?, get(dict, "data"), get(dict, "path"));
    match (given, source) {
        ((Some(text), None, None), Some(source)) => Ok(Item::text(source, text)),
        ((None, Some(data), None), Some(source)) => {
            let refused = |_| invalid_argument(format!("its `data` must be bytes, not {}", type_name(&data)));
            Ok(Item::bytes(source, data.extract::<PyBackedBytes>().map_err(refused)?.to_vec()))
        }
        ((None, None, Some(file)), source) => {
            let mut item = Item::file(path(&file)?);
            item.source = source.unwrap_or(item.source);
            Ok(item)
        }
        _ => Err(invalid_argument("an item needs a `source` and one of `text` and `data`, or a `path`")),
    }
}

/// A value that is there and not `None`.
fn get<'py>(dict: &Bound<'py, PyDict>, name: &str) -> Option<Bound<'py, PyAny>> {
    dict.get_item(name).ok().flatten().filter(|value| !value.is_none())
}

fn text(dict: &Bound<'_, PyDict>, name: &str) -> Result<Option<String>> {
    let Some(value) = get(dict, name) else { return Ok(None) };
    let refused = |_| invalid_argument(format!("its `{name}` must be a str of valid Unicode"));
    value.extract().map(Some).map_err(refused)
}

fn path(object: &Bound<'_, PyAny>) -> Result<PathBuf> {
    object.extract().map_err(|error: PyErr| invalid_argument(format!("the path can not be used: {error}")))
}
