//! The trainer as Python sees it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aion_core::adapter::Adapter;
use aion_core::base::BaseModel;
use aion_core::dataset::{ChatFormat, EncoderOptions};
use aion_core::lora::{TrainConfig, Trainer, TrainerOptions};
use aion_core::{Control, Result};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::arguments::{Own, chat_format, modules, schedule};
use super::exclusive::Exclusive;
use crate::control::{CancelToken, Wishes};
use crate::door::{Asker, Detached, enter, enter_asking};
use crate::error::OrRaise;
use crate::recipe::{self, count};

/// Trains a LoRA adapter on a frozen language model, on the CPU.
///
/// `lora_step()` learns from one micro-batch of token ids, for a loop of your own; `train()` goes over a whole set. What
/// comes out is a PEFT adapter. The same calls give the same bits for any number of threads, and after `resume()` too. A
/// call that fails, or is stopped, leaves the trainer as it was; `train()` leaves it at the last whole update.
///
/// A trainer belongs to the process that made it: in a child after `os.fork()` it raises `ForkedError`. It does not
/// pickle; `checkpoint()` writes all of it down. Threads may share it, one call at a time.
///
/// Args:
///     base: The Hugging Face directory of the base: Llama, Mistral, Qwen2 or Qwen3 shapes in float32, float16 or
///         bfloat16. Steps on token ids need no `tokenizer.json` in it.
///     rank: The rank of the adapter's matrices, 1 to 1024.
///     alpha: The adapter's output is scaled by `alpha / rank`.
///     dropout: How much of the adapter's input is dropped in training, 0 to below 1.
///     target_modules: The layers that get an adapter.
///     learning_rate: The learning rate of AdamW, before the schedule.
///     weight_decay: The decoupled weight decay of AdamW.
///     schedule: How the learning rate goes on: `"constant"`, `"linear"` or `"cosine"`.
///     total_steps: Updates in all, for the schedules that fall.
///     warmup_steps: Updates over which the learning rate rises from 0.
///     max_grad_norm: The norm that gradients are clipped to; 0 for none.
///     max_length: The longest sequence, in tokens. Steps refuse a longer one, `train()` cuts those of a file.
///     gradient_accumulation: Micro-batches of an update in `lora_step()`.
///     assistant_only: Whether `train()` learns only the assistant's words of a file.
///     chat_format: How `train()` writes the conversations of a file: `"platform"`, or `"template"` for the base's own
///         chat template.
///     recompute: Whether layers are computed again in the backward pass instead of kept: a quarter slower, in far less
///         memory, to the same bits.
///     adapter: The directory of a PEFT adapter to go on from. Its rank, alpha and target modules are the trainer's then,
///         unless others are given, which is an error.
///     seed: What a new adapter, the dropout and the order of a set are drawn from.
///     threads: Threads. Without it, one for each core that the process may use.
///     timeout: Most seconds that opening may take.
///     cancel: A token that stops it.
///
/// Raises:
///     InvalidArgumentError: A setting is out of its range, or not the adapter's.
///     NotFoundError: There is no such base or adapter.
///     InvalidModelError: The base is damaged or incomplete.
///     InvalidInputError: The adapter is damaged, or of another base.
///     UnsupportedError: The base is of another architecture.
///
/// Examples:
///     >>> import aion
///     >>> trainer = aion.LoraTrainer("models/llama-tiny", rank=4, alpha=8, gradient_accumulation=1, learning_rate=1e-2)
///     >>> first, *_, last = [trainer.lora_step([[1, 20, 30, 40, 50]]).loss for _ in range(8)]
///     >>> last < first, trainer.step
///     (True, 8)
#[pyclass(frozen, module = "aion")]
pub(crate) struct LoraTrainer {
    trainer: Detached<Exclusive<Trainer>>,
    base: PathBuf,
    pub(super) options: TrainerOptions,
    pub(super) encoding: EncoderOptions,
    pub(super) dataset: Option<PathBuf>,
    pub(super) output: Option<PathBuf>,
    cursor: Vec<u8>,
    step: AtomicU64,
}

/// Where what is not given comes from.
#[derive(Default)]
struct Paths {
    dataset: Option<PathBuf>,
    output: Option<PathBuf>,
}

impl LoraTrainer {
    fn from_trainer(trainer: Trainer, encoding: EncoderOptions, paths: Paths, cursor: Vec<u8>) -> Self {
        Self {
            base: trainer.base().path().to_owned(),
            options: trainer.options().clone(),
            encoding,
            dataset: paths.dataset,
            output: paths.output,
            cursor,
            step: AtomicU64::new(trainer.step()),
            trainer: Detached::new(Exclusive::new(trainer)),
        }
    }

    /// Does `work` with the trainer, once no other call has it.
    pub(super) fn enter<R: Send>(
        &self,
        py: Python<'_>,
        wishes: &Wishes,
        work: impl FnOnce(&mut Trainer, &Control, &Asker) -> Result<R> + Send,
    ) -> PyResult<R> {
        let caller = std::thread::current().id();
        enter_asking(py, wishes, |control, asker| {
            let mut held = self.trainer.get()?.hold(caller, control)?;
            let outcome = work(&mut held.value, control, asker);
            self.step.store(held.value.step(), Ordering::Release);
            outcome
        })
    }

    /// The base's directory, for its tokenizer.
    pub(super) fn base_path(&self) -> &Path {
        &self.base
    }
}

/// Opens the base and the adapter, and makes a trainer of them.
fn open(
    base: &Path,
    options: TrainerOptions,
    adapter: Option<&Adapter>,
    control: &Control,
) -> Result<Trainer> {
    Trainer::new(Arc::new(BaseModel::open_with(base, control)?), options, adapter)
}

fn encoding(options: &TrainerOptions, assistant_only: bool, format: ChatFormat) -> EncoderOptions {
    let mut encoding = EncoderOptions::default();
    encoding.format = format;
    encoding.max_length = options.max_length;
    encoding.assistant_only = assistant_only;
    encoding
}

#[pymethods]
#[expect(clippy::too_many_arguments, reason = "Python's keyword arguments")]
impl LoraTrainer {
    #[new]
    #[pyo3(
        signature = (
            base, *, rank = None, alpha = None, dropout = 0.05, target_modules = None, learning_rate = 2e-4,
            weight_decay = 0.0, schedule = "constant", total_steps = None, warmup_steps = 0, max_grad_norm = 1.0,
            max_length = 2048, gradient_accumulation = 16, assistant_only = false, chat_format = "platform",
            recompute = false, adapter = None, seed = 0, threads = None, timeout = None, cancel = None
        ),
        text_signature = "(base, *, rank=16, alpha=32, dropout=0.05, target_modules=('q_proj', 'k_proj', 'v_proj', \
                          'o_proj', 'gate_proj', 'up_proj', 'down_proj'), learning_rate=2e-4, weight_decay=0.0, \
                          schedule='constant', total_steps=None, warmup_steps=0, max_grad_norm=1.0, \
                          max_length=2048, gradient_accumulation=16, assistant_only=False, \
                          chat_format='platform', recompute=False, adapter=None, seed=0, threads=None, \
                          timeout=None, cancel=None)"
    )]
    fn new(
        py: Python<'_>,
        base: PathBuf,
        rank: Option<i64>,
        alpha: Option<f64>,
        dropout: f64,
        target_modules: Option<&Bound<'_, PyAny>>,
        learning_rate: f64,
        weight_decay: f64,
        schedule: &str,
        total_steps: Option<i64>,
        warmup_steps: i64,
        max_grad_norm: f64,
        max_length: i64,
        gradient_accumulation: i64,
        assistant_only: bool,
        chat_format: &str,
        recompute: bool,
        adapter: Option<PathBuf>,
        seed: i64,
        threads: Option<i64>,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
    ) -> PyResult<Self> {
        let wishes = Wishes::new(py, timeout, cancel, None)?;
        let total = total_steps.map(|total| count("total_steps", total)).transpose().or_raise(py)?;
        let own = Own {
            rank: rank.map(|rank| count("rank", rank)).transpose().or_raise(py)?,
            alpha,
            modules: target_modules.map(modules).transpose()?,
        };
        let mut options = TrainerOptions::default();
        options.dropout = dropout;
        options.learning_rate = learning_rate;
        options.weight_decay = weight_decay;
        options.schedule = self::schedule(schedule, total).or_raise(py)?;
        options.warmup_steps = count("warmup_steps", warmup_steps).or_raise(py)?;
        options.max_grad_norm = max_grad_norm;
        options.max_length = count("max_length", max_length).or_raise(py)?;
        options.gradient_accumulation = count("gradient_accumulation", gradient_accumulation).or_raise(py)?;
        options.recompute = recompute;
        options.seed = count("seed", seed).or_raise(py)?;
        options.threads = threads.map(|threads| count("threads", threads)).transpose().or_raise(py)?;
        let encoding = encoding(&options, assistant_only, self::chat_format(chat_format).or_raise(py)?);
        let trainer = enter(py, &wishes, |control| {
            let adapter = adapter.map(Adapter::read).transpose()?;
            let own = own.of(adapter.as_ref());
            options.rank = own.rank.unwrap_or(options.rank);
            options.alpha = own.alpha.unwrap_or(options.alpha);
            options.target_modules = own.modules.unwrap_or(options.target_modules);
            open(&base, options, adapter.as_ref(), control)
        })?;
        Ok(Self::from_trainer(trainer, encoding, Paths::default(), Vec::new()))
    }

    /// Make a trainer from the variables that hosts use.
    ///
    /// `AION_BASE_CKPT`, `AION_LORA_RANK`, `AION_LORA_ALPHA`, `AION_LORA_DROPOUT` and `AION_THREADS`; besides,
    /// `AION_SFT_JSONL` is the set that `train()` takes when it is given none, and `AION_LORA_OUT` the directory that
    /// `save()` does. An empty value counts as absent, and no other name is looked up.
    ///
    /// Args:
    ///     env: A mapping of names to values. Without it, `os.environ`, read once, now.
    ///
    /// Raises:
    ///     InvalidArgumentError: The value of a variable can not be used; the message names it.
    ///     NotFoundError: There is no such base.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> trainer = aion.LoraTrainer.from_env({"AION_BASE_CKPT": "models/llama-tiny", "AION_LORA_RANK": "4"})
    ///     >>> trainer.rank, trainer.alpha, str(trainer.dataset)
    ///     (4, 32.0, 'data/sft/aion_sft.jsonl')
    #[classmethod]
    #[pyo3(signature = (env = None))]
    fn from_env(class: &Bound<'_, PyType>, env: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let py = class.py();
        let vars = recipe::variables(py, env, TrainConfig::variables())?;
        let TrainConfig { base, dataset, output, options, .. } = TrainConfig::from_vars(vars).or_raise(py)?;
        let encoding = encoding(&options, false, ChatFormat::Platform);
        let trainer = enter(py, &Wishes::default(), |control| open(&base, options, None, control))?;
        let paths = Paths { dataset: Some(dataset), output: Some(output) };
        Ok(Self::from_trainer(trainer, encoding, paths, Vec::new()))
    }

    /// Make the trainer that a checkpoint holds. Each step gives the same bits as it would have given then, and `train()`
    /// over the same set goes on where it was.
    ///
    /// Args:
    ///     path: The file of the checkpoint.
    ///     base: The directory of the base. Without it, where it was then.
    ///     assistant_only: As it was.
    ///     chat_format: As it was.
    ///     threads: Threads. Without it, one for each core that the process may use.
    ///     timeout: Most seconds to take.
    ///     cancel: A token that stops the call.
    ///
    /// Raises:
    ///     NotFoundError: There is no such file or base.
    ///     InvalidInputError: The file is damaged or no checkpoint.
    ///     InvalidArgumentError: It was made with another base.
    ///     UnsupportedError: It is of another version.
    ///
    /// Examples:
    ///     >>> import aion, pathlib, tempfile
    ///     >>> path = pathlib.Path(tempfile.mkdtemp(), "trainer.safetensors")
    ///     >>> trainer = aion.LoraTrainer("models/llama-tiny", rank=4, gradient_accumulation=1)
    ///     >>> step = trainer.lora_step([[1, 20, 30, 40]])
    ///     >>> trainer.checkpoint(path, cursor=b"line 1")
    ///     >>> twin = aion.LoraTrainer.resume(path)
    ///     >>> twin.step, twin.rank, twin.cursor
    ///     (1, 4, b'line 1')
    ///     >>> twin.lora_step([[1, 20, 30, 40]]) == trainer.lora_step([[1, 20, 30, 40]])
    ///     True
    #[classmethod]
    #[pyo3(signature = (
        path, *, base = None, assistant_only = false, chat_format = "platform", threads = None, timeout = None,
        cancel = None
    ))]
    fn resume(
        class: &Bound<'_, PyType>,
        path: PathBuf,
        base: Option<PathBuf>,
        assistant_only: bool,
        chat_format: &str,
        threads: Option<i64>,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
    ) -> PyResult<Self> {
        let py = class.py();
        let wishes = Wishes::new(py, timeout, cancel, None)?;
        let threads = threads.map(|threads| count("threads", threads)).transpose().or_raise(py)?;
        let format = self::chat_format(chat_format).or_raise(py)?;
        let (trainer, cursor) = enter(py, &wishes, |control| {
            let base = base.map_or_else(|| Trainer::checkpoint_base(&path), Ok)?;
            Trainer::resume(&path, Arc::new(BaseModel::open_with(base, control)?), threads)
        })?;
        let encoding = encoding(trainer.options(), assistant_only, format);
        Ok(Self::from_trainer(trainer, encoding, Paths::default(), cursor))
    }

    #[getter]
    fn base(&self) -> &Path {
        &self.base
    }

    #[getter]
    fn dataset(&self) -> Option<&Path> {
        self.dataset.as_deref()
    }

    #[getter]
    fn output(&self) -> Option<&Path> {
        self.output.as_deref()
    }

    #[getter]
    fn cursor(&self) -> &[u8] {
        &self.cursor
    }

    #[getter]
    fn step(&self) -> u64 {
        self.step.load(Ordering::Acquire)
    }

    #[getter]
    fn rank(&self) -> usize {
        self.options.rank
    }

    #[getter]
    fn alpha(&self) -> f64 {
        self.options.alpha
    }

    #[getter]
    fn dropout(&self) -> f64 {
        self.options.dropout
    }

    #[getter]
    fn target_modules(&self) -> Vec<&'static str> {
        self.options.target_modules.iter().map(|module| module.name()).collect()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let base = self.base.as_os_str().into_pyobject(py)?.repr()?;
        let (rank, alpha) = (self.options.rank, self.options.alpha);
        Ok(format!("<LoraTrainer of {base}: rank={rank}, alpha={alpha}, step={}>", self.step()))
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err(
            "a LoraTrainer can not be pickled or copied: write it down with checkpoint() and resume() it",
        ))
    }
}
