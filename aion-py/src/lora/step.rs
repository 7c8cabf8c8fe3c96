//! The step, for loops of the host's own, and what becomes of its result.

use std::path::PathBuf;

use aion_core::lora::Trainer;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::batch::sequences;
use super::gradients;
use super::report::StepReport;
use super::trainer::LoraTrainer;
use crate::control::{CancelToken, Wishes};
use crate::error::{OrRaise, invalid_argument};

#[pymethods]
impl LoraTrainer {
    /// Learn from one micro-batch.
    ///
    /// Every `gradient_accumulation`-th call updates the adapter by the gradient of them all, divided by the number of
    /// their target tokens. Sequences are not padded, and none attends to another.
    ///
    /// Args:
    ///     batch: Sequences of token ids: lists, or arrays of NumPy or torch. A dict, or another mapping or object, with
    ///         `ids` or `input_ids` may say what is learnt, by a `mask` that is true for those tokens, or by `labels`
    ///         that are -100 for the others; without either, all but the first token are.
    ///     timeout: Most seconds to take.
    ///     cancel: A token that stops the call.
    ///
    /// Raises:
    ///     InvalidArgumentError: The batch has nothing to learn, an empty or too long sequence, padding, or a token that is
    ///         not of the vocabulary.
    ///     InvalidStateError: The loss or a gradient is NaN or infinite, or exactly zero where something should be learnt.
    ///     LimitExceededError: There is not enough memory.
    ///     ForkedError: The trainer was made before a fork.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> trainer = aion.LoraTrainer("models/llama-tiny", rank=4, gradient_accumulation=2)
    ///     >>> report = trainer.lora_step([[1, 20, 30], {"ids": [1, 40, 50, 60], "mask": [0, 0, 1, 1]}])
    ///     >>> report.tokens, report.updated, trainer.lora_step([[1, 20, 30]]).updated
    ///     (4, False, True)
    #[pyo3(signature = (batch, *, timeout = None, cancel = None))]
    fn lora_step(
        &self,
        batch: &Bound<'_, PyAny>,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
    ) -> PyResult<StepReport> {
        let wishes = Wishes::new(batch.py(), timeout, cancel, None)?;
        let batch_of = sequences(batch)?;
        let step = |trainer: &mut Trainer, control: &_, _: &_| trainer.lora_step(&batch_of, control);
        self.enter(batch.py(), &wishes, step).map(StepReport::from)
    }

    /// Update the adapter by what was gathered so far, such as at the end of the data.
    ///
    /// Returns:
    ///     The gradient's norm; None when nothing was gathered since the last update.
    ///
    /// Raises:
    ///     InvalidStateError: The gathered gradient is infinite.
    fn update(&self, py: Python<'_>) -> PyResult<Option<f64>> {
        self.enter(py, &Wishes::default(), |trainer, _, _| trainer.update())
    }

    /// The mean cross-entropy of a batch's target tokens, in nats, without dropout and without learning.
    ///
    /// Args:
    ///     batch: As for `lora_step`.
    ///     timeout: Most seconds to take.
    ///     cancel: A token that stops the call.
    ///
    /// Raises:
    ///     InvalidArgumentError: As for `lora_step`.
    #[pyo3(signature = (batch, *, timeout = None, cancel = None))]
    fn loss(
        &self,
        batch: &Bound<'_, PyAny>,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
    ) -> PyResult<f64> {
        let wishes = Wishes::new(batch.py(), timeout, cancel, None)?;
        let batch_of = sequences(batch)?;
        self.enter(batch.py(), &wishes, |trainer, control, _| trainer.loss(&batch_of, control))
    }

    /// The gradients of the last micro-batch's mean loss: float32 arrays by PEFT's keys, `lora_A` of `(rank, inputs)` and
    /// `lora_B` of `(outputs, rank)`. Empty before the first step, and after one that failed.
    fn gradients<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let gradients = self.enter(py, &Wishes::default(), |trainer, _, _| Ok(trainer.gradients()))?;
        gradients::arrays(py, gradients, self.options.rank)
    }

    /// Write the adapter as a PEFT directory. It appears whole, in place of an adapter that is there.
    ///
    /// Args:
    ///     path: The directory. Without it, that of `AION_LORA_OUT` for a trainer of `from_env()`.
    ///
    /// Raises:
    ///     ConflictError: Something that is no adapter is there.
    ///     IoError: The disk can not be written.
    ///
    /// Examples:
    ///     >>> import aion, pathlib, tempfile
    ///     >>> trainer = aion.LoraTrainer("models/llama-tiny", rank=4)
    ///     >>> path = pathlib.Path(tempfile.mkdtemp(), "aion-lora")
    ///     >>> trainer.save(path)
    ///     >>> sorted(file.name for file in path.iterdir())
    ///     ['adapter_config.json', 'adapter_model.safetensors']
    #[pyo3(signature = (path = None))]
    fn save(&self, py: Python<'_>, path: Option<PathBuf>) -> PyResult<()> {
        let nowhere = || invalid_argument("path is missing; only a trainer of from_env() has one of its own");
        let path = path.or_else(|| self.output.clone()).ok_or_else(nowhere).or_raise(py)?;
        self.enter(py, &Wishes::default(), |trainer, _, _| trainer.save(path))
    }

    /// Write all that the trainer is to a file: adapter, optimiser, gathered gradients, the state of dropout, and where
    /// `train()` is in its data. The file is the old one or the new one, whatever happens.
    ///
    /// Args:
    ///     path: The file.
    ///     cursor: Where a loop of your own is in its data; `resume()` gives it back.
    ///
    /// Raises:
    ///     IoError: The disk can not be written.
    #[pyo3(signature = (path, *, cursor = None))]
    fn checkpoint(&self, py: Python<'_>, path: PathBuf, cursor: Option<&Bound<'_, PyBytes>>) -> PyResult<()> {
        let cursor = cursor.map_or_else(Vec::new, |cursor| cursor.as_bytes().to_vec());
        self.enter(py, &Wishes::default(), |trainer, _, _| trainer.checkpoint(path, &cursor))
    }

    /// Give the memory of activations back to the system; the next step takes it again.
    fn release_memory(&self, py: Python<'_>) -> PyResult<()> {
        self.enter(py, &Wishes::default(), |trainer, _, _| {
            trainer.release_memory();
            Ok(())
        })
    }
}
