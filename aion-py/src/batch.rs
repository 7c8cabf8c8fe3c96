//! Many inputs in one call: lists in, and one list or one array out.

use aion_core::{self as core, Config, Error, ErrorKind, Result};
use numpy::IntoPyArray;
use numpy::ndarray::{Array2, ShapeError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::PyList;

use crate::error::{OrRaise, exception, invalid_argument};
use crate::image::{self, Picture};
use crate::parsed::ParsedImage;

/// The items of a list, a tuple or another iterable of pictures; `None` for one picture, or for what is none.
pub(crate) fn items<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Vec<Bound<'py, PyAny>>>> {
    match object.try_iter() {
        Ok(items) if !image::is_one(object) => items.collect::<PyResult<_>>().map(Some),
        _ => Ok(None),
    }
}

/// The pictures of a batch of which the first unusable one fails the whole.
pub(crate) fn pictures(items: &[Bound<'_, PyAny>], config: &Config) -> Result<Vec<Picture>> {
    let picture = |(index, item)| Picture::new(item, config).map_err(|error| at(error, index));
    items.iter().enumerate().map(picture).collect()
}

/// Says which picture of a batch, counted from 0, an error belongs to.
pub(crate) fn at(error: Error, index: usize) -> Error {
    error.in_context(format_args!("image {index}"))
}

/// The results of the pictures that could be taken, and the errors of the others, each in its place.
pub(crate) fn results<'py>(
    py: Python<'py>,
    pictures: &[Result<Picture>],
    parsed: Vec<Result<core::ParsedImage>>,
) -> PyResult<Bound<'py, PyList>> {
    let missing = || Err(Error::new(ErrorKind::Internal, "a picture of a batch got no result"));
    let (results, mut parsed) = (PyList::empty(py), parsed.into_iter());
    for picture in pictures {
        let result = match picture {
            Ok(_) => parsed.next().unwrap_or_else(missing),
            Err(refused) => Err(Error::new(refused.kind(), refused.message())),
        };
        match result {
            Ok(image) => results.append(ParsedImage::new(py, image)?)?,
            Err(error) => results.append(exception(py, &error).into_value(py))?,
        }
    }
    Ok(results)
}

/// One text, or the texts of an iterable.
pub(crate) fn texts(object: &Bound<'_, PyAny>, is_batch: bool) -> PyResult<Vec<PyBackedStr>> {
    match is_batch {
        true => object.try_iter()?.map(|text| one_text(&text?)).collect(),
        false => Ok(vec![one_text(object)?]),
    }
}

fn one_text(object: &Bound<'_, PyAny>) -> PyResult<PyBackedStr> {
    let refused = |_| {
        let what = image::type_name(object);
        invalid_argument(format!("a text must be a str of valid Unicode, this {what} is not"))
    };
    object.extract().map_err(refused).or_raise(object.py())
}

/// The vectors as the rows of one array.
pub(crate) fn rows(vectors: Vec<Vec<f32>>) -> Result<Array2<f32>> {
    let shape = (vectors.len(), vectors.first().map_or(0, Vec::len));
    Array2::from_shape_vec(shape, vectors.concat()).map_err(misshapen)
}

/// All rows for a batch, the only one for a single input.
pub(crate) fn rows_or_one(py: Python<'_>, rows: Array2<f32>, is_batch: bool) -> PyResult<Bound<'_, PyAny>> {
    match is_batch {
        true => Ok(rows.into_pyarray(py).into_any()),
        false => Ok(rows.into_flat().into_pyarray(py).into_any()),
    }
}

pub(crate) fn misshapen(error: ShapeError) -> Error {
    Error::new(ErrorKind::Internal, "an engine gave an array of another shape than it said")
        .with_source(error)
}
