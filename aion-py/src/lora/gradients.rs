//! Gradients as arrays.

use std::collections::BTreeMap;

use aion_core::{Error, ErrorKind, Result};
use numpy::IntoPyArray;
use numpy::ndarray::Array2;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::batch::misshapen;
use crate::error::OrRaise;

/// Each gradient as its weight lies: A is `(rank, inputs)`, B is `(outputs, rank)`.
pub(super) fn arrays<'py>(
    py: Python<'py>,
    gradients: BTreeMap<String, Vec<f32>>,
    rank: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let arrays = PyDict::new(py);
    for (key, values) in gradients {
        let array = array(&key, values, rank).or_raise(py)?;
        arrays.set_item(key, array.into_pyarray(py))?;
    }
    Ok(arrays)
}

fn array(key: &str, values: Vec<f32>, rank: usize) -> Result<Array2<f32>> {
    let other = values.len().checked_div(rank);
    let other = other.ok_or_else(|| Error::new(ErrorKind::Internal, "an adapter of rank 0"))?;
    let shape = if key.ends_with("lora_A.weight") { (rank, other) } else { (other, rank) };
    Array2::from_shape_vec(shape, values).map_err(misshapen)
}
