//! Sequences on which adapters are compared.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aion_core::adapter::Adapter;
use aion_core::base::BaseModel;
use aion_core::dataset::{ChatFormat, EncoderOptions, Sequence};
use aion_core::lora as core;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::arguments::chat_format;
use super::source::Source;
use crate::adapter::PinnedVersion;
use crate::control::{CancelToken, Wishes};
use crate::door::enter;
use crate::error::OrRaise;
use crate::recipe::count;

/// A set that nothing is trained on, to compare adapters of one base by their loss.
///
/// As the `check` of `Adapters.promote()` it lets a candidate become current only if its loss is not above that of the
/// current version by more than `epsilon`. Where nothing is current yet, or an adapter of another base, the base alone is
/// the measure. The comparison runs with the interpreter released.
///
/// It holds no threads between calls: threads may share it, and it may be used after `os.fork()`. It pickles as its
/// arguments, and the copy reads the files again.
///
/// Args:
///     base: The Hugging Face directory of the base.
///     dataset: The path of a set as `build_sft_jsonl` writes it, which needs the `tokenizer.json` of the base; or an
///         iterable of sequences as `LoraTrainer.lora_step` takes them. It should have nothing of what is trained on.
///     epsilon: How much above the other a candidate's loss may be, in nats.
///     batch_tokens: Most tokens that are computed at once: memory grows with it.
///     max_length: The longest sequence of a file, in tokens; longer ones are cut.
///     assistant_only: Whether only the assistant's words of a file count.
///     chat_format: How the conversations of a file are written: `"platform"`, or `"template"` for the base's own chat
///         template.
///     threads: Threads. Without it, one for each core that the process may use.
///     timeout: Most seconds that opening may take.
///     cancel: A token that stops it.
///
/// Attributes:
///     base: The directory of the base.
///     epsilon: How much worse a candidate may be.
///     sequences: How many sequences are compared on.
///
/// Raises:
///     InvalidArgumentError: A setting is out of its range, or a sequence can not be compared on.
///     InvalidInputError: The set gives nothing to compare on.
///     NotFoundError: There is no such base, set or tokenizer.
///     InvalidModelError: The base or its tokenizer is damaged.
///     UnsupportedError: The base is of another architecture.
///
/// Examples:
///     >>> import aion, pathlib, tempfile
///     >>> folder = pathlib.Path(tempfile.mkdtemp())
///     >>> trainer = aion.LoraTrainer("models/llama-tiny", rank=4, learning_rate=1e-2)
///     >>> trainer.save(folder / "untrained")
///     >>> _ = trainer.train([[1, 20, 30, 40], [1, 50, 60, 70]], epochs=8)
///     >>> trainer.save(folder / "trained")
///     >>> held_out = aion.HeldOut("models/llama-tiny", [[1, 20, 30, 40]])
///     >>> held_out.loss(folder / "trained") < held_out.loss()
///     True
///     >>> adapters = aion.Adapters(folder / "adapters")
///     >>> champion = adapters.promote(folder / "trained", check=held_out)
///     >>> try:
///     ...     adapters.promote(folder / "untrained", check=held_out)
///     ... except aion.ConflictError as error:
///     ...     print("that of the champion is" in str(error), adapters.current() == champion)
///     True True
#[pyclass(frozen, module = "aion")]
pub(crate) struct HeldOut {
    core: Arc<core::HeldOut>,
    base: PathBuf,
    /// Where the sequences are from; `None` if they were given themselves.
    file: Option<PathBuf>,
    encoding: EncoderOptions,
}

/// The arguments that make the same comparison again.
type Recipe<'py> = ((PathBuf, Bound<'py, PyAny>), Bound<'py, PyDict>);

/// An adapter to measure.
enum Measured {
    Alone,
    Directory(PathBuf),
    Version(Arc<aion_core::adapter::PinnedVersion>),
}

impl HeldOut {
    /// The comparison, for a call that goes on without the interpreter.
    pub(crate) fn shared(&self) -> Arc<core::HeldOut> {
        Arc::clone(&self.core)
    }
}

#[pymethods]
impl HeldOut {
    #[new]
    #[pyo3(signature = (
        base, dataset, *, epsilon = 0.01, batch_tokens = 4096, max_length = 2048, assistant_only = false,
        chat_format = "platform", threads = None, timeout = None, cancel = None
    ))]
    #[expect(clippy::too_many_arguments, reason = "Python's keyword arguments")]
    fn new(
        base: PathBuf,
        dataset: &Bound<'_, PyAny>,
        epsilon: f64,
        batch_tokens: i64,
        max_length: i64,
        assistant_only: bool,
        chat_format: &str,
        threads: Option<i64>,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
    ) -> PyResult<Self> {
        let py = dataset.py();
        let wishes = Wishes::new(py, timeout, cancel, None)?;
        let mut encoding = EncoderOptions::default();
        encoding.format = self::chat_format(chat_format).or_raise(py)?;
        encoding.max_length = count("max_length", max_length).or_raise(py)?;
        encoding.assistant_only = assistant_only;
        let batch_tokens = count("batch_tokens", batch_tokens).or_raise(py)?;
        let threads = threads.map(|threads| count("threads", threads)).transpose().or_raise(py)?;
        let source = Source::new(dataset)?;
        let file = source.file().map(Path::to_owned);
        let core = enter(py, &wishes, |control| {
            let model = Arc::new(BaseModel::open_with(&base, control)?);
            let (sequences, _) = source.encoded(&base, &encoding, control)?;
            let mut held_out = core::HeldOut::new(model, sequences);
            (held_out.epsilon, held_out.batch_tokens, held_out.threads) = (epsilon, batch_tokens, threads);
            held_out.validate().map(|()| held_out)
        })?;
        Ok(Self { core: Arc::new(core), base, file, encoding })
    }

    /// The mean cross-entropy of the set's target tokens, in nats: with an adapter, or of the base alone.
    ///
    /// Args:
    ///     adapter: The directory of a PEFT adapter, such as `aion-current` or a `Candidate`, or a `PinnedVersion`.
    ///     timeout: Most seconds to take.
    ///     cancel: A token that stops the call.
    ///
    /// Raises:
    ///     NotFoundError: There is no such adapter.
    ///     InvalidInputError: The adapter is damaged, or of another base.
    ///     UnsupportedError: The adapter is more than plain LoRA.
    #[pyo3(signature = (adapter = None, *, timeout = None, cancel = None))]
    fn loss(
        &self,
        py: Python<'_>,
        adapter: Option<&Bound<'_, PyAny>>,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
    ) -> PyResult<f64> {
        let wishes = Wishes::new(py, timeout, cancel, None)?;
        let measured = adapter.map_or(Ok(Measured::Alone), measured)?;
        enter(py, &wishes, |control| {
            let adapter = match measured {
                Measured::Alone => None,
                Measured::Directory(path) => Some(Adapter::read(path)?),
                Measured::Version(version) => Some(version.adapter(control)?),
            };
            self.core.loss(adapter.as_ref(), control)
        })
    }

    #[getter]
    fn base(&self) -> &Path {
        &self.base
    }

    #[getter]
    fn epsilon(&self) -> f64 {
        self.core.epsilon
    }

    #[getter]
    fn sequences(&self) -> usize {
        self.core.sequences.len()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let base = self.base.as_os_str().into_pyobject(py)?.repr()?;
        Ok(format!("<HeldOut of {base}: sequences={}, epsilon={}>", self.sequences(), self.core.epsilon))
    }

    fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<Recipe<'py>> {
        let dataset = match &self.file {
            Some(file) => file.into_pyobject(py)?.into_any(),
            None => sequences(py, &self.core.sequences)?.into_any(),
        };
        let options = PyDict::new(py);
        options.set_item("epsilon", self.core.epsilon)?;
        options.set_item("batch_tokens", self.core.batch_tokens)?;
        options.set_item("max_length", self.encoding.max_length)?;
        options.set_item("assistant_only", self.encoding.assistant_only)?;
        let format = if self.encoding.format == ChatFormat::Template { "template" } else { "platform" };
        options.set_item("chat_format", format)?;
        options.set_item("threads", self.core.threads)?;
        Ok(((self.base.clone(), dataset), options))
    }
}

fn measured(adapter: &Bound<'_, PyAny>) -> PyResult<Measured> {
    match adapter.cast::<PinnedVersion>() {
        Ok(pinned) => pinned.get().held().or_raise(adapter.py()).map(Measured::Version),
        Err(_) => adapter.extract().map(Measured::Directory),
    }
}

/// Sequences as they may be given again.
fn sequences<'py>(py: Python<'py>, sequences: &[Sequence]) -> PyResult<Bound<'py, PyList>> {
    let item = |sequence: &Sequence| {
        let item = PyDict::new(py);
        item.set_item("ids", sequence.ids())?;
        item.set_item("mask", sequence.is_target())?;
        Ok(item)
    };
    PyList::new(py, sequences.iter().map(item).collect::<PyResult<Vec<_>>>()?)
}
