//! The driver as Python sees it.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use aion_core::hybrid::{self as core, AnswerSource, External, HybridOptions, Local, OnAnswer, Recorder};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use super::answer::HybridAnswer;
use super::host::{Callable, HostLocal, HostModel, HostRecorder, StoreRecorder};
use super::openai::OpenAi;
use crate::budget::Budget;
use crate::control::{CancelToken, Wishes};
use crate::door::{Asker, enter_asking};
use crate::error::{OrRaise, invalid_argument};
use crate::knowledge::Knowledge;
use crate::model::{Asked, LocalModel, texts};
use crate::recipe::{count, seconds};

/// Answers with a local model; with a paid one where the local one is unsure and the budget allows it.
///
/// One decision of the budget, over confidence and money, stands before each paid call. Whatever goes wrong with that call
/// costs the paid answer and never the local one, which is then given with the reason; and what may have been spent is in
/// the ledger. Threads may share a driver. It pickles as its arguments, if those do.
///
/// Args:
///     local: A `LocalModel`, or a callable `local(messages)` that returns `(text, confidence)` or something with these
///         attributes. `messages` are dicts with `role` and `content`.
///     budget: What may be paid. Its `confidence_threshold` says how sure is sure enough, its `max_tokens_per_reply` how
///         long a paid reply may be.
///     external: An `OpenAi`; or a callable `external(messages, max_tokens=...)` that returns a text, or `(text,
///         input_tokens, output_tokens)`, and whose attribute `price` is an `aion.Price`: without one it is never called.
///         An exception in it is a failed call, and told in the answer. Without it, answers are local.
///     recorder: A `Knowledge`, which keeps every answer as an interaction, or a callable `recorder(answer, messages)`. An
///         exception in it is told in `answer.notes`.
///
/// Attributes:
///     local: As it was given.
///     budget: As it was given.
///     external: As it was given.
///
/// Raises:
///     InvalidArgumentError: An argument is none of these.
///
/// Examples:
///     >>> import aion
///     >>> def paid(messages, max_tokens):
///     ...     return "Brasília.", 20, 4
///     >>> paid.price = aion.Price("0.15", "0.60")
///     >>> driver = aion.HybridDriver(lambda messages: ("Não sei.", 0.3), aion.Budget(), paid)
///     >>> answer = driver.answer("Qual é a capital do Brasil?")
///     >>> answer.text, answer.source, answer.cost_usd
///     ('Brasília.', 'paid', Usd('0.000006'))
#[pyclass(frozen, module = "aion")]
pub(crate) struct HybridDriver {
    local: LocalSide,
    budget: Py<Budget>,
    external: Option<PaidSide>,
    recorder: Option<RecordingSide>,
}

enum LocalSide {
    Model(Py<LocalModel>),
    Host(Callable),
}

enum PaidSide {
    OpenAi(Py<OpenAi>),
    Host(HostModel),
}

enum RecordingSide {
    Store(Arc<Py<Knowledge>>),
    Host(Callable),
}

impl LocalSide {
    fn new(given: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(model) = given.cast::<LocalModel>() {
            return Ok(Self::Model(model.clone().unbind()));
        }
        callable(given, "local must be a LocalModel, or callable as local(messages)").map(Self::Host)
    }

    fn with(&self, asker: &Asker) -> Arc<dyn Local> {
        match self {
            Self::Model(model) => model.get().core(),
            Self::Host(answer) => Arc::new(HostLocal { answer: Arc::clone(answer), asker: asker.clone() }),
        }
    }
}

impl PaidSide {
    fn new(given: &Bound<'_, PyAny>) -> PyResult<Self> {
        match given.cast::<OpenAi>() {
            Ok(client) => Ok(Self::OpenAi(client.clone().unbind())),
            Err(_) => HostModel::new(given).map(Self::Host).or_raise(given.py()),
        }
    }

    fn with(&self, asker: &Asker) -> Arc<dyn External> {
        match self {
            Self::OpenAi(client) => client.get().core(),
            Self::Host(model) => Arc::new(model.with(asker)),
        }
    }
}

impl RecordingSide {
    fn new(given: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(store) = given.cast::<Knowledge>() {
            return Ok(Self::Store(Arc::new(store.clone().unbind())));
        }
        callable(given, "recorder must be a Knowledge, or callable as recorder(answer, messages)")
            .map(Self::Host)
    }

    fn with(&self, asker: &Asker) -> Arc<dyn Recorder> {
        match self {
            Self::Store(store) => Arc::new(StoreRecorder(Arc::clone(store))),
            Self::Host(record) => Arc::new(HostRecorder { record: Arc::clone(record), asker: asker.clone() }),
        }
    }

    /// As it was given.
    fn given(&self, py: Python<'_>) -> Py<PyAny> {
        match self {
            Self::Store(store) => store.clone_ref(py).into_any(),
            Self::Host(record) => record.clone_ref(py),
        }
    }
}

fn callable(given: &Bound<'_, PyAny>, wanted: &str) -> PyResult<Callable> {
    match given.is_callable() {
        true => Ok(Arc::new(given.clone().unbind())),
        false => Err(invalid_argument(wanted)).or_raise(given.py()),
    }
}

#[pymethods]
#[expect(clippy::too_many_arguments, reason = "Python's keyword arguments")]
impl HybridDriver {
    #[new]
    #[pyo3(signature = (local, budget, external = None, *, recorder = None))]
    fn new(
        local: &Bound<'_, PyAny>,
        budget: Py<Budget>,
        external: Option<&Bound<'_, PyAny>>,
        recorder: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        Ok(Self {
            local: LocalSide::new(local)?,
            budget,
            external: external.map(PaidSide::new).transpose()?,
            recorder: recorder.map(RecordingSide::new).transpose()?,
        })
    }

    /// Make a driver whose budget and paid model are those of the variables that hosts use: `Budget.from_env` and
    /// `OpenAi.from_env`. Without `OPENAI_API_KEY` and `OPENAI_BASE_URL` there is no paid model.
    ///
    /// Args:
    ///     local: As for the driver.
    ///     env: A mapping of names to values. Without it, `os.environ`, read once, now.
    ///     path: The ledger's file. Without it, the ledger is in memory.
    ///     recorder: As for the driver.
    ///
    /// Raises:
    ///     InvalidArgumentError: The value of a variable can not be used; the message names it.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> env = {"USE_OPENAI": "true", "OPENAI_API_KEY": "sk-..."}
    ///     >>> driver = aion.HybridDriver.from_env(aion.LocalModel("models/llama-tiny"), env)
    ///     >>> driver.external
    ///     OpenAi(model='gpt-4o-mini', base_url='https://api.openai.com/v1')
    #[classmethod]
    #[pyo3(signature = (local, env = None, *, path = None, recorder = None))]
    fn from_env(
        class: &Bound<'_, PyType>,
        local: &Bound<'_, PyAny>,
        env: Option<&Bound<'_, PyAny>>,
        path: Option<PathBuf>,
        recorder: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let py = class.py();
        let external = OpenAi::of_env(py, env)?.map(|client| Py::new(py, client)).transpose()?;
        let budget = Py::new(py, Budget::of_env(py, env, path)?)?;
        let external = external.map(|client| client.into_bound(py).into_any());
        Self::new(local, budget, external.as_ref(), recorder)
    }

    /// Answer a question, or a conversation as it is.
    ///
    /// Args:
    ///     messages: A question, which the platform's system message goes before; or dicts with `role` (`"system"`,
    ///         `"user"`, `"assistant"` or `"tool"`) and `content`.
    ///     max_tokens: Most tokens of the local answer.
    ///     temperature: As for `LocalModel.generate`; so are `top_p` and `stop`.
    ///     seed: What is drawn is the same for the same seed: local tokens, and the jitter of pauses.
    ///     max_retries: How often a paid call that failed for the moment is tried again, each time with a grant of its own.
    ///     max_pause: The longest pause before a retry, in seconds. A provider that asks for a longer one is not asked again.
    ///     on_text: Called as `on_text(source, piece)` while the answer comes, on the calling thread; a piece of another
    ///         source than the one before begins the answer anew. False ends a paid answer there, and an exception ends the
    ///         call and is raised.
    ///     timeout: Most seconds to take. If they pass while the paid model is asked, the local answer is given.
    ///     cancel: A token that stops the call.
    ///
    /// Raises:
    ///     InvalidArgumentError: An option is out of its range, or `messages` are none.
    ///     InvalidInputError: No answer can follow this conversation.
    ///     CancelledError: The call was cancelled.
    ///     DeadlineExceededError: The time was over before there was any answer.
    ///     AionError: That of the local model, when it fails and the paid one does not answer either.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> driver = aion.HybridDriver(aion.LocalModel("models/llama-tiny"), aion.Budget())
    ///     >>> answer = driver.answer([{"role": "user", "content": "Mud?"}], max_tokens=8)
    ///     >>> answer.source, answer.reason in ("confident", "no_external")
    ///     ('local', True)
    #[pyo3(
        signature = (
            messages, *, max_tokens = 400, temperature = 0.0, top_p = 1.0, seed = 0, stop = None, max_retries = 2,
            max_pause = 10.0, on_text = None, timeout = None, cancel = None
        ),
        text_signature = "($self, messages, *, max_tokens=400, temperature=0.0, top_p=1.0, seed=0, stop=(), \
                          max_retries=2, max_pause=10.0, on_text=None, timeout=None, cancel=None)"
    )]
    fn answer(
        &self,
        messages: &Bound<'_, PyAny>,
        max_tokens: i64,
        temperature: f32,
        top_p: f32,
        seed: i64,
        stop: Option<&Bound<'_, PyAny>>,
        max_retries: i64,
        max_pause: f64,
        on_text: Option<&Bound<'_, PyAny>>,
        timeout: Option<f64>,
        cancel: Option<Py<CancelToken>>,
    ) -> PyResult<HybridAnswer> {
        let py = messages.py();
        let wishes = Wishes::new(py, timeout, cancel, None)?;
        let wanted = "on_text must be callable as on_text(source, piece)";
        let on_text = on_text.map(|given| callable(given, wanted)).transpose()?;
        let mut options = HybridOptions::default();
        options.generate.max_tokens = count("max_tokens", max_tokens).or_raise(py)?;
        (options.generate.temperature, options.generate.top_p) = (temperature, top_p);
        options.seed = count("seed", seed).or_raise(py)?;
        options.generate.seed = options.seed;
        options.generate.stop = stop.map(texts).transpose()?.unwrap_or_default();
        options.max_retries = crate::budget::whole("max_retries", max_retries).or_raise(py)?;
        options.max_pause = seconds("max_pause", max_pause).or_raise(py)?;
        let asked = Asked::new(messages)?;
        let budget = self.budget.get().shared().or_raise(py)?;
        let answer = enter_asking(py, &wishes, |control, asker| {
            let external = self.external.as_ref().map(|external| external.with(asker));
            let mut driver = core::HybridDriver::new(self.local.with(asker), budget, external);
            if let Some(recorder) = &self.recorder {
                driver = driver.with_recorder(recorder.with(asker));
            }
            let mut give = on_text.as_ref().map(|on_text| pieces(on_text, asker));
            let give = give.as_mut().map(|give| give as &mut OnAnswer<'_>);
            driver.answer(asked.prompt(), &options, give, control)
        })?;
        Ok(answer.into())
    }

    #[getter]
    fn local<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        match &self.local {
            LocalSide::Model(model) => model.clone_ref(py).into_bound(py).into_any(),
            LocalSide::Host(answer) => answer.clone_ref(py).into_bound(py),
        }
    }

    #[getter]
    fn budget(&self, py: Python<'_>) -> Py<Budget> {
        self.budget.clone_ref(py)
    }

    #[getter]
    fn external<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.external.as_ref().map(|external| match external {
            PaidSide::OpenAi(client) => client.clone_ref(py).into_bound(py).into_any(),
            PaidSide::Host(model) => model.ask.clone_ref(py).into_bound(py),
        })
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (local, budget) = (self.local(py).repr()?, self.budget.bind(py).repr()?);
        let external = self.external(py).map(|external| external.repr()).transpose()?;
        let external = external.map(|external| format!(", {external}")).unwrap_or_default();
        Ok(format!("HybridDriver({local}, {budget}{external})"))
    }

    fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyDict>)> {
        let options = PyDict::new(py);
        options.set_item("recorder", self.recorder.as_ref().map(|recorder| recorder.given(py)))?;
        let given = (self.local(py), self.budget(py), self.external(py)).into_pyobject(py)?;
        Ok((given.into_any(), options))
    }
}

/// Gives pieces of an answer to Python.
fn pieces<'a>(
    on_text: &'a Callable,
    asker: &'a Asker,
) -> impl FnMut(AnswerSource, &str) -> ControlFlow<()> + 'a {
    move |source, piece| {
        let (on_text, piece) = (Arc::clone(on_text), piece.to_owned());
        let wants_more = asker.ask(move |py| {
            let told = on_text.bind(py).call1((source.name(), piece))?;
            Ok(told.is_none() || told.is_truthy()?)
        });
        match wants_more {
            Ok(true) => ControlFlow::Continue(()),
            // After an exception, nobody gets the answer.
            Ok(false) | Err(_) => ControlFlow::Break(()),
        }
    }
}
