//! What a step, a tokenized set and a training report.

use aion_core::dataset as data;
use aion_core::lora as core;
use pyo3::prelude::*;

use crate::pickle::{Reduced, freeze, restorer, thaw};
use crate::view::{hash, truth};

/// What a step did.
///
/// Attributes:
///     loss: The mean cross-entropy of the micro-batch's target tokens, in nats.
///     tokens: Target tokens of the micro-batch.
///     grad_norm: The norm of the whole accumulated gradient before it was clipped, if the step updated the adapter, or
///         None.
///     step: Updates so far, this one included.
///     updated: Whether the step updated the adapter: every `gradient_accumulation`-th does.
#[pyclass(frozen, eq, module = "aion")]
#[derive(PartialEq)]
pub(crate) struct StepReport(core::StepReport);

impl From<core::StepReport> for StepReport {
    fn from(report: core::StepReport) -> Self {
        Self(report)
    }
}

#[pymethods]
impl StepReport {
    #[getter]
    fn loss(&self) -> f64 {
        self.0.loss
    }

    #[getter]
    fn tokens(&self) -> usize {
        self.0.tokens
    }

    #[getter]
    fn grad_norm(&self) -> Option<f64> {
        self.0.grad_norm
    }

    #[getter]
    fn step(&self) -> u64 {
        self.0.step
    }

    #[getter]
    fn updated(&self) -> bool {
        self.0.updated
    }

    fn __repr__(&self) -> String {
        let core::StepReport { loss, tokens, step, updated, .. } = self.0;
        format!("<StepReport loss={loss:.4}, tokens={tokens}, step={step}, updated={}>", truth(updated))
    }

    fn __hash__(&self) -> u64 {
        hash((self.0.loss.to_bits(), self.0.tokens, self.0.step))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_step")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

/// What became of the conversations of a training set.
///
/// Attributes:
///     read: How many were read, damaged ones included.
///     sequences: How many became sequences.
///     truncated: How many of those were cut at `max_length`.
///     without_targets: How many were left out because their answer was cut off.
///     damaged: How many could not be used.
///     damaged_lines: The first hundred of them: `(line, reason)`.
///     tokens: The tokens of all sequences.
///     targets: Those of them that count in the loss.
#[pyclass(frozen, eq, module = "aion")]
#[derive(Clone, PartialEq)]
pub(crate) struct EncodeReport(data::EncodeReport);

#[pymethods]
impl EncodeReport {
    #[getter]
    fn read(&self) -> usize {
        self.0.read
    }

    #[getter]
    fn sequences(&self) -> usize {
        self.0.sequences
    }

    #[getter]
    fn truncated(&self) -> usize {
        self.0.truncated
    }

    #[getter]
    fn without_targets(&self) -> usize {
        self.0.without_targets
    }

    #[getter]
    fn damaged(&self) -> usize {
        self.0.damaged
    }

    #[getter]
    fn damaged_lines(&self) -> Vec<(usize, String)> {
        self.0.damaged_lines.iter().map(|damaged| (damaged.line, damaged.reason.clone())).collect()
    }

    #[getter]
    fn tokens(&self) -> usize {
        self.0.tokens
    }

    #[getter]
    fn targets(&self) -> usize {
        self.0.targets
    }

    fn __repr__(&self) -> String {
        let data::EncodeReport { read, sequences, truncated, damaged, tokens, targets, .. } = self.0;
        format!(
            "<EncodeReport read={read}, sequences={sequences}, truncated={truncated}, damaged={damaged}, \
             tokens={tokens}, targets={targets}>"
        )
    }

    fn __hash__(&self) -> u64 {
        hash((self.0.read, self.0.tokens, self.0.targets))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_encoded")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

/// What a training did, with what was done before it was resumed.
///
/// Attributes:
///     updates: Updates of the adapter.
///     tokens: Tokens that were learnt from, counted each time.
///     losses: The mean cross-entropy of each update, in nats.
///     evaluations: Losses on the held-out sequences: `(updates before it, loss)`.
///     held_out: Sequences that were held out.
///     duration: How many seconds it took.
///     dataset: What became of the conversations of a set that was read from a file, or None.
#[pyclass(frozen, eq, module = "aion")]
#[derive(PartialEq)]
pub(crate) struct TrainReport {
    core: core::TrainReport,
    dataset: Option<EncodeReport>,
}

impl TrainReport {
    pub(super) fn new(core: core::TrainReport, dataset: Option<data::EncodeReport>) -> Self {
        Self { core, dataset: dataset.map(EncodeReport) }
    }
}

#[pymethods]
impl TrainReport {
    #[getter]
    fn updates(&self) -> u64 {
        self.core.updates
    }

    #[getter]
    fn tokens(&self) -> u64 {
        self.core.tokens
    }

    #[getter]
    fn losses(&self) -> Vec<f64> {
        self.core.losses.clone()
    }

    #[getter]
    fn evaluations(&self) -> Vec<(u64, f64)> {
        self.core.evaluations.iter().map(|evaluation| (evaluation.update, evaluation.loss)).collect()
    }

    #[getter]
    fn held_out(&self) -> usize {
        self.core.held_out
    }

    #[getter]
    fn duration(&self) -> f64 {
        self.core.duration.as_secs_f64()
    }

    #[getter]
    fn dataset(&self) -> Option<EncodeReport> {
        self.dataset.clone()
    }

    fn __repr__(&self) -> String {
        let core::TrainReport { updates, tokens, held_out, .. } = self.core;
        let loss = self.core.losses.last().map_or_else(|| "none".to_owned(), |loss| format!("{loss:.4}"));
        let seconds = self.duration();
        format!(
            "<TrainReport updates={updates}, tokens={tokens}, last loss={loss}, held_out={held_out}, \
             duration={seconds:.1}>"
        )
    }

    fn __hash__(&self) -> u64 {
        hash((self.core.updates, self.core.tokens))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        let state = (&self.core, self.dataset.as_ref().map(|dataset| &dataset.0));
        Ok((restorer(py, "_restore_trained")?, (freeze(py, serde_json::to_string(&state))?,)))
    }
}

#[pyfunction]
#[pyo3(name = "_restore_step")]
pub(crate) fn restore_step(py: Python<'_>, state: &str) -> PyResult<StepReport> {
    thaw(py, serde_json::from_str(state)).map(StepReport)
}

#[pyfunction]
#[pyo3(name = "_restore_encoded")]
pub(crate) fn restore_encoded(py: Python<'_>, state: &str) -> PyResult<EncodeReport> {
    thaw(py, serde_json::from_str(state)).map(EncodeReport)
}

#[pyfunction]
#[pyo3(name = "_restore_trained")]
pub(crate) fn restore_trained(py: Python<'_>, state: &str) -> PyResult<TrainReport> {
    let (core, dataset) = thaw(py, serde_json::from_str(state))?;
    Ok(TrainReport::new(core, dataset))
}
