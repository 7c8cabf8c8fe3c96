//! Token ids as Python has them: lists, arrays, dicts of a data loader, encodings of a tokenizer.

use aion_core::dataset::Sequence;
use aion_core::{Error, Result};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyMapping, PyString};

use crate::error::{OrRaise, invalid_argument};
use crate::image::type_name;

/// What a label is where nothing is to be learnt, as in transformers.
const IGNORED: i64 = -100;

/// The sequences of a batch, or of a whole set.
pub(super) fn sequences(batch: &Bound<'_, PyAny>) -> PyResult<Vec<Sequence>> {
    let py = batch.py();
    let refused = |_| {
        let message =
            format!("sequences must be an iterable of lists of token ids, not {}", type_name(batch));
        invalid_argument(message)
    };
    if batch.is_instance_of::<PyString>() || batch.cast::<PyMapping>().is_ok() {
        return Err(refused(())).or_raise(py);
    }
    let items = batch.try_iter().map_err(|_| refused(())).or_raise(py)?;
    let in_place = |place: usize| move |error: Error| error.in_context(format_args!("sequence {place}"));
    items.enumerate().map(|(place, item)| sequence(&item?).map_err(in_place(place)).or_raise(py)).collect()
}

fn sequence(item: &Bound<'_, PyAny>) -> Result<Sequence> {
    let ids = part(item, "ids").or_else(|| part(item, "input_ids"));
    let Some(ids) = ids else { return Ok(Sequence::new(tokens(&numbers(item, "it")?)?)) };
    let ids = numbers(&ids, "ids")?;
    check_padding(item, ids.len())?;
    let mask = match (part(item, "mask"), part(item, "labels")) {
        (Some(_), Some(_)) => {
            return Err(invalid_argument("it has both `mask` and `labels`; give one of them"));
        }
        (Some(mask), None) => Some(numbers(&mask, "mask")?.into_iter().map(|mark| mark != 0).collect()),
        (None, Some(labels)) => Some(marks(&numbers(&labels, "labels")?, &ids)?),
        (None, None) => None,
    };
    let ids = tokens(&ids)?;
    match mask {
        Some(mask) => Sequence::masked(ids, mask),
        None => Ok(Sequence::new(ids)),
    }
}

/// What a mapping has under `name`, or an object as an attribute; None counts as absent.
fn part<'py>(item: &Bound<'py, PyAny>, name: &str) -> Option<Bound<'py, PyAny>> {
    let found = match item.cast::<PyMapping>() {
        Ok(mapping) => mapping.get_item(name).ok(),
        Err(_) => item.getattr(name).ok(),
    };
    found.filter(|found| !found.is_none())
}

/// Nothing is ever padded here: padding that is handed in would be learnt.
fn check_padding(item: &Bound<'_, PyAny>, length: usize) -> Result<()> {
    let Some(attention) = part(item, "attention_mask") else { return Ok(()) };
    let attention = numbers(&attention, "attention_mask")?;
    if attention.len() != length || attention.contains(&0) {
        return Err(invalid_argument("its `attention_mask` says that it is padded; give it without padding"));
    }
    Ok(())
}

/// Which tokens labels want to be learnt.
fn marks(labels: &[i64], ids: &[i64]) -> Result<Vec<bool>> {
    if labels.len() != ids.len() {
        let (labels, ids) = (labels.len(), ids.len());
        return Err(invalid_argument(format!("it has {labels} labels for {ids} tokens; give one for each")));
    }
    match labels.iter().zip(ids).position(|(label, id)| *label != IGNORED && label != id) {
        Some(place) => {
            let message = format!("label {place} is {}; it must be the token itself or -100", labels[place]);
            Err(invalid_argument(message))
        }
        None => Ok(labels.iter().map(|&label| label != IGNORED).collect()),
    }
}

/// Whole numbers of a list, a tuple, or an array of NumPy or torch.
fn numbers(object: &Bound<'_, PyAny>, name: &str) -> Result<Vec<i64>> {
    let py = object.py();
    let list = match object.getattr_opt(intern!(py, "tolist")) {
        Ok(Some(tolist)) => tolist.call0(),
        _ => Ok(object.clone()),
    };
    let numbers = list.and_then(|list| list.extract::<Vec<i64>>());
    numbers.map_err(|_| {
        invalid_argument(format!(
            "{name} must be a list or an array of whole numbers, not {}",
            type_name(object)
        ))
    })
}

fn tokens(numbers: &[i64]) -> Result<Vec<u32>> {
    let token = |(place, &number): (usize, &i64)| {
        u32::try_from(number)
            .map_err(|_| invalid_argument(format!("token {place} is {number}, which is no token id")))
    };
    numbers.iter().enumerate().map(token).collect()
}
