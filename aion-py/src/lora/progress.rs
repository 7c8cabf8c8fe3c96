//! How a training goes.

use aion_core::lora as core;
use pyo3::prelude::*;

use crate::pickle::{Reduced, freeze, restorer, thaw};
use crate::view::hash;

/// How a training goes, told after each micro-batch.
///
/// Attributes:
///     epoch: The epoch that it is in, from 1.
///     update: Updates so far.
///     updates: Updates in all.
///     loss: The mean cross-entropy of what this update has learnt from so far, in nats.
///     grad_norm: The norm of the update's gradient before it was clipped, when the micro-batch was its last, or None.
///     evaluation: The loss on the held-out sequences, told once after each time that it was measured, or None.
///     tokens: Tokens so far.
///     tokens_per_second: Tokens a second, over this call.
///     remaining: The seconds that are left at that pace.
#[pyclass(frozen, eq, module = "aion")]
#[derive(PartialEq)]
pub(crate) struct TrainProgress(core::TrainProgress);

impl From<core::TrainProgress> for TrainProgress {
    fn from(progress: core::TrainProgress) -> Self {
        Self(progress)
    }
}

#[pymethods]
impl TrainProgress {
    #[getter]
    fn epoch(&self) -> u32 {
        self.0.epoch
    }

    #[getter]
    fn update(&self) -> u64 {
        self.0.update
    }

    #[getter]
    fn updates(&self) -> u64 {
        self.0.updates
    }

    #[getter]
    fn loss(&self) -> f64 {
        self.0.loss
    }

    #[getter]
    fn grad_norm(&self) -> Option<f64> {
        self.0.grad_norm
    }

    #[getter]
    fn evaluation(&self) -> Option<f64> {
        self.0.evaluation
    }

    #[getter]
    fn tokens(&self) -> u64 {
        self.0.tokens
    }

    #[getter]
    fn tokens_per_second(&self) -> f64 {
        self.0.tokens_per_second
    }

    #[getter]
    fn remaining(&self) -> f64 {
        self.0.remaining.as_secs_f64()
    }

    fn __repr__(&self) -> String {
        let core::TrainProgress { epoch, update, updates, loss, tokens_per_second, .. } = self.0;
        format!(
            "<TrainProgress epoch={epoch}, update={update} of {updates}, loss={loss:.4}, \
             tokens_per_second={tokens_per_second:.0}>"
        )
    }

    fn __hash__(&self) -> u64 {
        hash((self.0.update, self.0.tokens))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_progress")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

#[pyfunction]
#[pyo3(name = "_restore_progress")]
pub(crate) fn restore_progress(py: Python<'_>, state: &str) -> PyResult<TrainProgress> {
    thaw(py, serde_json::from_str(state)).map(TrainProgress)
}
