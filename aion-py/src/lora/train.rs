//! Training over a whole set.

use std::path::PathBuf;
use std::sync::Arc;

use aion_core::lora::{self as core, CheckpointPlan, TrainOptions};
use pyo3::prelude::*;

use super::progress::TrainProgress;
use super::report::TrainReport;
use super::source::Source;
use super::trainer::LoraTrainer;
use crate::control::{CancelToken, Wishes};
use crate::error::{OrRaise, invalid_argument};
use crate::recipe::count;

#[pymethods]
impl LoraTrainer {
    /// Learn from a whole set, in an order that the seed decides.
    ///
    /// A training that is stopped leaves the trainer at the last whole update, and the same call goes on from there, also
    /// after `resume()`, to the bits of an uninterrupted one. What `progress` raises stops it too, and is raised.
    ///
    /// Args:
    ///     dataset: The path of a set as `build_sft_jsonl` writes it, which needs the `tokenizer.json` of the base; or an
    ///         iterable of sequences as `lora_step` takes them. Without it, that of `AION_SFT_JSONL` for a trainer of
    ///         `from_env()`.
    ///     epochs: How often every sequence is learnt from.
    ///     batch_size: Sequences of an update; two for each of the trainer's `gradient_accumulation` by default.
    ///     batch_tokens: Most tokens that are computed at once: memory grows with it, and an update is made of as few
    ///         micro-batches as its sequences fit into.
    ///     held_out: The share of sequences that is not learnt from but evaluated on, 0 to 0.5.
    ///     evaluate_every: Updates between evaluations; the end of each epoch has one in any case.
    ///     checkpoint: The file that the trainer is written to; for `resume()`.
    ///     checkpoint_every: Updates between two checkpoints; the end has one in any case.
    ///     progress: Called as `progress(report)` with a `TrainProgress` after each micro-batch. It can not use the
    ///         trainer.
    ///     timeout: Most seconds to take.
    ///     cancel: A token that stops the call.
    ///
    /// Raises:
    ///     InvalidArgumentError: An option is out of its range, a sequence can not be learnt from, or an unfinished training
    ///         was over another set; `forget_position()` ends that.
    ///     InvalidInputError: The set gives nothing to train on.
    ///     NotFoundError: There is no such set, or no tokenizer.
    ///     InvalidStateError: `lora_step` left gradients that no update has used yet; or as for `lora_step`.
    ///     IoError: A checkpoint can not be written.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> trainer = aion.LoraTrainer("models/llama-tiny", rank=4, learning_rate=1e-2)
    ///     >>> report = trainer.train([[1, 20, 30, 40], [1, 50, 60, 70]], epochs=8)
    ///     >>> report.updates, report.losses[-1] < report.losses[0]
    ///     (8, True)
    #[pyo3(signature = (
        dataset = None, *, epochs = 1, batch_size = None, batch_tokens = 4096, held_out = 0.0, evaluate_every = None,
        checkpoint = None, checkpoint_every = 100, progress = None, timeout = None, cancel = None
    ))]
    #[expect(clippy::too_many_arguments, reason = "Python's keyword arguments")]
    fn train(
        &self,
        py: Python<'_>,
        dataset: Option<&Bound<'_, PyAny>>,
        epochs: i64,
        batch_size: Option<i64>,
        batch_tokens: i64,
        held_out: f64,
        evaluate_every: Option<i64>,
        checkpoint: Option<PathBuf>,
        checkpoint_every: i64,
        progress: Option<Py<PyAny>>,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
    ) -> PyResult<TrainReport> {
        let wishes = Wishes::new(py, timeout, cancel, None)?;
        if progress.as_ref().is_some_and(|progress| !progress.bind(py).is_callable()) {
            return Err(invalid_argument("progress must be callable as progress(report)")).or_raise(py);
        }
        let mut options = TrainOptions::default();
        options.epochs = count("epochs", epochs).or_raise(py)?;
        let size = |size| count("batch_size", size);
        options.batch_size = batch_size.map(size).transpose().or_raise(py)?;
        options.batch_tokens = count("batch_tokens", batch_tokens).or_raise(py)?;
        options.held_out = held_out;
        let every = |every| count("evaluate_every", every);
        options.evaluate_every = evaluate_every.map(every).transpose().or_raise(py)?;
        let every = count("checkpoint_every", checkpoint_every).or_raise(py)?;
        options.checkpoint = checkpoint.map(|path| CheckpointPlan { path, every });
        let source = self.source(py, dataset)?;
        let progress = progress.map(Arc::new);
        let (report, encoded) = self.enter(py, &wishes, |trainer, control, asker| {
            let (sequences, encoded) = source.encoded(self.base_path(), &self.encoding, control)?;
            let mut tell = |told: &core::TrainProgress| {
                if let Some(progress) = progress.clone() {
                    let told = TrainProgress::from(*told);
                    // An exception stops the training by its control.
                    drop(asker.ask(move |py| progress.bind(py).call1((told,)).map(drop)));
                }
            };
            let report = trainer.train(&sequences, &options, &mut tell, control)?;
            Ok((report, encoded))
        })?;
        Ok(TrainReport::new(report, encoded))
    }

    /// The mean cross-entropy of a whole set's target tokens, in nats, without dropout and without learning.
    ///
    /// `HeldOut` compares adapters on a set that stays the same.
    ///
    /// Args:
    ///     dataset: As for `train()`; a file is written and cut as `train()` does.
    ///     batch_tokens: Most tokens that are computed at once: memory grows with it.
    ///     timeout: Most seconds to take.
    ///     cancel: A token that stops the call.
    ///
    /// Raises:
    ///     InvalidArgumentError: A sequence can not be evaluated on, or is longer than `batch_tokens`.
    ///     InvalidInputError: The set gives nothing to evaluate on.
    ///     NotFoundError: There is no such set, or no tokenizer.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> trainer = aion.LoraTrainer("models/llama-tiny", rank=4, learning_rate=1e-2)
    ///     >>> lessons = [[1, 20, 30, 40], [1, 50, 60, 70]]
    ///     >>> before = trainer.evaluate(lessons)
    ///     >>> _ = trainer.train(lessons, epochs=8)
    ///     >>> trainer.evaluate(lessons) < before
    ///     True
    #[pyo3(signature = (dataset = None, *, batch_tokens = 4096, timeout = None, cancel = None))]
    fn evaluate(
        &self,
        py: Python<'_>,
        dataset: Option<&Bound<'_, PyAny>>,
        batch_tokens: i64,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
    ) -> PyResult<f64> {
        let wishes = Wishes::new(py, timeout, cancel, None)?;
        let batch_tokens = count("batch_tokens", batch_tokens).or_raise(py)?;
        let source = self.source(py, dataset)?;
        self.enter(py, &wishes, |trainer, control, _| {
            let (sequences, _) = source.encoded(self.base_path(), &self.encoding, control)?;
            trainer.evaluate(&sequences, batch_tokens, control)
        })
    }

    /// Forget where an unfinished `train()` was in its data, so that another one can begin. The adapter stays as it is.
    fn forget_position(&self, py: Python<'_>) -> PyResult<()> {
        self.enter(py, &Wishes::default(), |trainer, _, _| {
            trainer.forget_position();
            Ok(())
        })
    }
}

impl LoraTrainer {
    fn source(&self, py: Python<'_>, dataset: Option<&Bound<'_, PyAny>>) -> PyResult<Source> {
        match (dataset, &self.dataset) {
            (Some(dataset), _) => Source::new(dataset),
            (None, Some(path)) => Ok(Source::File(path.clone())),
            (None, None) => {
                let message = "dataset is missing; only a trainer of from_env() has one of its own";
                Err(invalid_argument(message)).or_raise(py)
            }
        }
    }
}
