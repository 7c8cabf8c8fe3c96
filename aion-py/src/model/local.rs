//! The model as Python sees it.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aion_core::base::BaseModel;
use aion_core::dataset::ChatFormat;
use aion_core::generate::{self as core, GenerateOptions, LocalModelOptions, OnText};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::answer::{Answer, Confidence};
use super::prompt::Asked;
use crate::adapter::PinnedVersion;
use crate::control::{CancelToken, Wishes};
use crate::door::{Asker, enter, enter_asking};
use crate::error::{OrRaise, invalid_argument};
use crate::lora::chat_format;
use crate::recipe::count;

/// A language model that answers in this process, with an adapter or without, and tells how sure it is.
///
/// Threads may share it: each call has a conversation of its own. The same call gives the same answer, for any number of
/// threads. A model belongs to the process that made it: in a child after `os.fork()` it raises `ForkedError`. It pickles
/// as its arguments, and the copy reads the files again, unless its adapter is a `PinnedVersion`.
///
/// Args:
///     base: The Hugging Face directory of the base, with its `tokenizer.json`.
///     adapter: The directory of a PEFT adapter, such as `aion-current`, or a `PinnedVersion`, whose files are verified.
///         A calibration that lies beside it is used.
///     chat_format: How conversations are written, as in training: `"platform"`, or `"template"` for the base's own chat
///         template.
///     max_length: Most tokens of a prompt and its answer; the model's own context where that is shorter.
///     threads: Threads. Without it, one for each core that the process may use.
///     timeout: Most seconds that opening may take.
///     cancel: A token that stops it.
///
/// Attributes:
///     base: The directory of the base.
///     calibrated: Whether there is a calibration, so that confidences are how likely an answer is good.
///
/// Raises:
///     NotFoundError: There is no such base or adapter.
///     InvalidModelError: The base, its tokenizer or the calibration is damaged, or the calibration of another model.
///     InvalidInputError: The adapter is damaged, or of another base.
///     UnsupportedError: The base is of another architecture.
///
/// Examples:
///     >>> import aion
///     >>> model = aion.LocalModel("models/llama-tiny")
///     >>> answer = model.generate("Quem é você?", max_tokens=20)
///     >>> 0 <= answer.confidence <= 1, len(answer.tokens) <= 20
///     (True, True)
#[pyclass(frozen, module = "aion")]
pub(crate) struct LocalModel {
    core: Arc<core::LocalModel>,
    base: PathBuf,
    adapter: Adapter,
    options: LocalModelOptions,
}

/// Where the adapter comes from.
enum Adapter {
    None,
    Path(PathBuf),
    Version,
}

impl LocalModel {
    /// The core's model, for a driver.
    pub(crate) fn core(&self) -> Arc<core::LocalModel> {
        Arc::clone(&self.core)
    }
}

#[pymethods]
#[expect(clippy::too_many_arguments, reason = "Python's keyword arguments")]
impl LocalModel {
    #[new]
    #[pyo3(signature = (
        base, adapter = None, *, chat_format = "platform", max_length = 4096, threads = None, timeout = None,
        cancel = None
    ))]
    fn new(
        py: Python<'_>,
        base: PathBuf,
        adapter: Option<&Bound<'_, PyAny>>,
        chat_format: &str,
        max_length: i64,
        threads: Option<i64>,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
    ) -> PyResult<Self> {
        let wishes = Wishes::new(py, timeout, cancel, None)?;
        let mut options = LocalModelOptions::default();
        options.format = self::chat_format(chat_format).or_raise(py)?;
        options.max_length = count("max_length", max_length).or_raise(py)?;
        options.threads = threads.map(|threads| count("threads", threads)).transpose().or_raise(py)?;
        let pinned = adapter.and_then(|adapter| adapter.cast::<PinnedVersion>().ok());
        let held = pinned.map(|pinned| pinned.get().held()).transpose().or_raise(py)?;
        let adapter = match (adapter, &held) {
            (_, Some(_)) => Adapter::Version,
            (Some(path), None) => Adapter::Path(path.extract()?),
            (None, None) => Adapter::None,
        };
        let core = enter(py, &wishes, |control| match (&adapter, held) {
            (_, Some(version)) => {
                let base = Arc::new(BaseModel::open_with(&base, control)?);
                core::LocalModel::of_version(base, &version, &options, control)
            }
            (Adapter::Path(path), None) => core::LocalModel::open_with(&base, Some(path), &options, control),
            (_, None) => core::LocalModel::open_with(&base, None, &options, control),
        })?;
        Ok(Self { core: Arc::new(core), base, adapter, options })
    }

    /// Answer a question, or a conversation as it is.
    ///
    /// Args:
    ///     messages: A question, which the platform's system message goes before; or dicts with `role` (`"system"`,
    ///         `"user"`, `"assistant"` or `"tool"`) and `content`.
    ///     max_tokens: Most tokens of the answer.
    ///     temperature: What logits are divided by before a token is drawn; 0 for the most probable one each time.
    ///     top_p: Tokens are drawn among the most probable ones whose probabilities reach this sum; 1 for all.
    ///     seed: What is drawn is the same for the same seed.
    ///     stop: Texts that end the answer, and are not part of it.
    ///     on_text: Called as `on_text(piece)` while the answer comes, on the calling thread; False ends the answer there,
    ///         and an exception ends the call and is raised.
    ///     timeout: Most seconds to take.
    ///     cancel: A token that stops the call.
    ///
    /// Raises:
    ///     InvalidArgumentError: An option is out of its range, or `messages` are none.
    ///     InvalidInputError: No answer can follow this conversation, or the template refuses it.
    ///     LimitExceededError: The conversation does not fit into the context.
    ///     ForkedError: The model was made before a fork.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> model, pieces = aion.LocalModel("models/llama-tiny"), []
    ///     >>> asked = [{"role": "user", "content": "Who are you?"}]
    ///     >>> answer = model.generate(asked, max_tokens=20, on_text=pieces.append)
    ///     >>> "".join(pieces).strip() == answer.text
    ///     True
    #[pyo3(
        signature = (
            messages, *, max_tokens = 400, temperature = 0.0, top_p = 1.0, seed = 0, stop = None, on_text = None,
            timeout = None, cancel = None
        ),
        text_signature = "($self, messages, *, max_tokens=400, temperature=0.0, top_p=1.0, seed=0, stop=(), \
                          on_text=None, timeout=None, cancel=None)"
    )]
    fn generate(
        &self,
        messages: &Bound<'_, PyAny>,
        max_tokens: i64,
        temperature: f32,
        top_p: f32,
        seed: i64,
        stop: Option<&Bound<'_, PyAny>>,
        on_text: Option<Py<PyAny>>,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
    ) -> PyResult<Answer> {
        let py = messages.py();
        let wishes = Wishes::new(py, timeout, cancel, None)?;
        if on_text.as_ref().is_some_and(|on_text| !on_text.bind(py).is_callable()) {
            return Err(invalid_argument("on_text must be callable as on_text(piece)")).or_raise(py);
        }
        let mut options = GenerateOptions::default();
        options.max_tokens = count("max_tokens", max_tokens).or_raise(py)?;
        (options.temperature, options.top_p) = (temperature, top_p);
        options.seed = count("seed", seed).or_raise(py)?;
        options.stop = stop.map(texts).transpose()?.unwrap_or_default();
        let (asked, on_text) = (Asked::new(messages)?, on_text.map(Arc::new));
        let answer = enter_asking(py, &wishes, |control, asker| {
            let mut give = on_text.as_ref().map(|on_text| pieces(on_text, asker));
            let give = give.as_mut().map(|give| give as &mut OnText<'_>);
            self.core.generate(asked.prompt(), &options, give, control)
        })?;
        Ok(answer.into())
    }

    /// How sure the model is of an answer to a question, whoever gave it: the confidence that it would have had, had it
    /// said these words and then ended.
    ///
    /// Args:
    ///     messages: As for `generate`.
    ///     answer: The answer.
    ///     timeout: Most seconds to take.
    ///     cancel: A token that stops the call.
    ///
    /// Raises:
    ///     InvalidInputError: The answer is empty; or as for `generate`.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> model = aion.LocalModel("models/llama-tiny")
    ///     >>> own = model.generate("Who are you?", max_tokens=40)
    ///     >>> own.confidence > model.confidence_of("Who are you?", "Mud mud mud.").confidence
    ///     True
    #[pyo3(signature = (messages, answer, *, timeout = None, cancel = None))]
    fn confidence_of(
        &self,
        messages: &Bound<'_, PyAny>,
        answer: &str,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
    ) -> PyResult<Confidence> {
        let wishes = Wishes::new(messages.py(), timeout, cancel, None)?;
        let asked = Asked::new(messages)?;
        let sure = |control: &_| self.core.confidence_of(asked.prompt(), answer, control);
        enter(messages.py(), &wishes, sure).map(Confidence::from)
    }

    /// Fit a calibration to answers that people judged, and write it beside the adapter, or beside the base where there is
    /// no adapter; whoever opens the model from then on uses it.
    ///
    /// Judge answers that the model was not trained on: of those it is too sure.
    ///
    /// Args:
    ///     samples: The `raw_confidence` of each answer, from `generate` or `confidence_of`, and whether it was good.
    ///     directory: Another place for `aion_calibration.json`; needed for a model of a `PinnedVersion`.
    ///
    /// Returns:
    ///     The path of the file.
    ///
    /// Raises:
    ///     InvalidArgumentError: A confidence is not within 0 to 1, or a directory is needed.
    ///     InvalidInputError: There are fewer than ten good or ten other answers, or the good ones are not those of more
    ///         confidence.
    ///     IoError: The file can not be written.
    #[pyo3(signature = (samples, *, directory = None))]
    fn calibrate(
        &self,
        py: Python<'_>,
        samples: Vec<(f64, bool)>,
        directory: Option<PathBuf>,
    ) -> PyResult<PathBuf> {
        let directory = match (directory, &self.adapter) {
            (Some(directory), _) => directory,
            (None, Adapter::Path(path)) => path.clone(),
            (None, Adapter::None) => self.base.clone(),
            (None, Adapter::Version) => {
                let message = "a promoted version is not written to; give a directory";
                return Err(invalid_argument(message)).or_raise(py);
            }
        };
        let path = directory.join(core::Calibration::FILE_NAME);
        let fitted = self.core.fit_calibration(&samples).and_then(|calibration| calibration.write(&path));
        fitted.or_raise(py)?;
        Ok(path)
    }

    #[getter]
    fn base(&self) -> &Path {
        &self.base
    }

    #[getter]
    fn calibrated(&self) -> bool {
        self.core.calibration().is_some()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let base = self.base.as_os_str().into_pyobject(py)?.repr()?;
        let adapter = match &self.adapter {
            Adapter::None => String::new(),
            Adapter::Path(path) => format!(", {}", path.as_os_str().into_pyobject(py)?.repr()?),
            Adapter::Version => ", <PinnedVersion>".to_owned(),
        };
        Ok(format!("LocalModel({base}{adapter})"))
    }

    fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<Recipe<'_, 'py>> {
        let adapter = match &self.adapter {
            Adapter::None => None,
            Adapter::Path(path) => Some(path.as_path()),
            Adapter::Version => {
                let message = "a LocalModel of a PinnedVersion can not be pickled or copied: the hold is of this \
                               process; give it the version's path";
                return Err(PyTypeError::new_err(message));
            }
        };
        let options = PyDict::new(py);
        let format = if self.options.format == ChatFormat::Template { "template" } else { "platform" };
        options.set_item("chat_format", format)?;
        options.set_item("max_length", self.options.max_length)?;
        options.set_item("threads", self.options.threads)?;
        Ok(((&self.base, adapter), options))
    }
}

/// The arguments that make the same model again.
type Recipe<'a, 'py> = ((&'a Path, Option<&'a Path>), Bound<'py, PyDict>);

/// Gives pieces of an answer to Python.
fn pieces<'a>(on_text: &'a Arc<Py<PyAny>>, asker: &'a Asker) -> impl FnMut(&str) -> ControlFlow<()> + 'a {
    move |piece| {
        let (on_text, piece) = (Arc::clone(on_text), piece.to_owned());
        let wants_more = asker.ask(move |py| {
            let told = on_text.bind(py).call1((piece,))?;
            Ok(told.is_none() || told.is_truthy()?)
        });
        match wants_more {
            Ok(true) => ControlFlow::Continue(()),
            // After an exception, nobody gets the answer.
            Ok(false) | Err(_) => ControlFlow::Break(()),
        }
    }
}

/// One text, or those of an iterable.
pub(crate) fn texts(stop: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    match stop.extract::<String>() {
        Ok(text) => Ok(vec![text]),
        Err(_) => stop.try_iter()?.map(|text| text?.extract()).collect(),
    }
}
