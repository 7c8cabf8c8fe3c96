//! What a model answered, and how sure it is.

use aion_core::generate as core;
use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;

use crate::pickle::{Reduced, freeze, restorer, thaw};
use crate::view::{hash, shortened};

/// An answer, and how sure the model is of it.
///
/// Attributes:
///     text: The text, without white space at its ends, and without what ended it.
///     confidence: How likely the answer is good, 0 to 1: `raw_confidence` as the calibration reads it, or as it is where
///         there is no calibration.
///     raw_confidence: The geometric mean of `probabilities`.
///     tokens: Every token that the model chose, with the one that ended the answer.
///     probabilities: The probability that the model gave each of them: float32.
///     prompt_tokens: Tokens of the prompt.
///     finish: Why there is no more: `"stop"`, `"stop_string"`, `"max_tokens"`, `"context_full"` or `"callback"`.
#[pyclass(frozen, eq, module = "aion")]
#[derive(PartialEq)]
pub(crate) struct Answer(core::Answer);

impl From<core::Answer> for Answer {
    fn from(answer: core::Answer) -> Self {
        Self(answer)
    }
}

#[pymethods]
impl Answer {
    #[getter]
    fn text(&self) -> &str {
        &self.0.text
    }

    #[getter]
    fn confidence(&self) -> f64 {
        self.0.confidence
    }

    #[getter]
    fn raw_confidence(&self) -> f64 {
        self.0.raw_confidence
    }

    #[getter]
    fn tokens(&self) -> Vec<u32> {
        self.0.tokens.clone()
    }

    #[getter]
    fn probabilities<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        array(py, &self.0.probabilities)
    }

    #[getter]
    fn prompt_tokens(&self) -> usize {
        self.0.prompt_tokens
    }

    #[getter]
    fn finish(&self) -> &'static str {
        self.0.finish.name()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (text, confidence) = (shortened(py, &self.0.text)?, self.0.confidence);
        Ok(format!("<Answer {text}: confidence={confidence:.3}, tokens={}>", self.0.tokens.len()))
    }

    fn __hash__(&self) -> u64 {
        hash((&self.0.text, &self.0.tokens))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_answer")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

/// How sure a model is of an answer that was given.
///
/// Attributes:
///     confidence: As `Answer.confidence`.
///     raw_confidence: As `Answer.raw_confidence`.
///     tokens: The tokens of the answer, with the one that ends it.
///     probabilities: The probability that the model gave each of them: float32.
#[pyclass(frozen, eq, module = "aion")]
#[derive(PartialEq)]
pub(crate) struct Confidence(core::Confidence);

impl From<core::Confidence> for Confidence {
    fn from(confidence: core::Confidence) -> Self {
        Self(confidence)
    }
}

#[pymethods]
impl Confidence {
    #[getter]
    fn confidence(&self) -> f64 {
        self.0.confidence
    }

    #[getter]
    fn raw_confidence(&self) -> f64 {
        self.0.raw_confidence
    }

    #[getter]
    fn tokens(&self) -> Vec<u32> {
        self.0.tokens.clone()
    }

    #[getter]
    fn probabilities<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        array(py, &self.0.probabilities)
    }

    fn __repr__(&self) -> String {
        format!("<Confidence {:.3} of {} tokens>", self.0.confidence, self.0.tokens.len())
    }

    fn __hash__(&self) -> u64 {
        hash((self.0.confidence.to_bits(), &self.0.tokens))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_confidence")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

fn array<'py>(py: Python<'py>, numbers: &[f32]) -> Bound<'py, PyArray1<f32>> {
    let array = PyArray1::from_slice(py, numbers);
    array.readwrite().make_nonwriteable();
    array
}

#[pyfunction]
#[pyo3(name = "_restore_answer")]
pub(crate) fn restore_answer(py: Python<'_>, state: &str) -> PyResult<Answer> {
    thaw(py, serde_json::from_str(state)).map(Answer)
}

#[pyfunction]
#[pyo3(name = "_restore_confidence")]
pub(crate) fn restore_confidence(py: Python<'_>, state: &str) -> PyResult<Confidence> {
    thaw(py, serde_json::from_str(state)).map(Confidence)
}
