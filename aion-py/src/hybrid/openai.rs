//! The client of a paid model as Python sees it.

use std::sync::Arc;

use aion_core::Result;
use aion_core::hybrid::{self as core, ApiKey, OpenAiOptions};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::budget::Price;
use crate::error::OrRaise;
use crate::recipe::{self, seconds};

/// A paid model behind OpenAI's chat completions, whoever serves it: OpenAI, a gateway, vLLM, llama.cpp, Ollama.
///
/// It is asked by a `HybridDriver`, within a budget. Nothing is sent before that. The key is sent to the server and shown
/// nowhere, so a client does not pickle. Redirects, proxies and packed replies are refused.
///
/// Args:
///     api_key: The key. Without it, none is sent. It goes over TLS, or over plain HTTP to this machine only.
///     model: The model.
///     base_url: The address before `/chat/completions`.
///     project: The project that is billed, as OpenAI calls it.
///     price: What the model charges. Without it, the list price for the default model at OpenAI's own address; anything
///         else has no price then, and is never called.
///     max_completion_tokens: Whether the limit of the reply is told by that name, which OpenAI's reasoning models ask for,
///         instead of `max_tokens`, which all servers know.
///     connect_timeout: Most seconds for a connection.
///     first_byte_timeout: Most seconds from the request to the head of the reply.
///     idle_timeout: Most seconds that a reply may pause.
///     timeout: Most seconds of a call in all.
///
/// Attributes:
///     model: The model.
///     base_url: The address before `/chat/completions`.
///     price: What a call is billed by, or `None`.
///
/// Raises:
///     InvalidArgumentError: A setting is out of its range; the key is not quoted.
///
/// Examples:
///     >>> import aion
///     >>> aion.OpenAi("sk-...", model="gpt-4o", price=aion.Price("2.50", "10.00"))
///     OpenAi(model='gpt-4o', base_url='https://api.openai.com/v1')
#[pyclass(frozen, module = "aion")]
pub(crate) struct OpenAi(Arc<core::OpenAi>);

impl OpenAi {
    pub(super) fn core(&self) -> Arc<core::OpenAi> {
        Arc::clone(&self.0)
    }

    fn of_options(py: Python<'_>, options: OpenAiOptions) -> PyResult<Self> {
        core::OpenAi::new(options).or_raise(py).map(|client| Self(Arc::new(client)))
    }

    /// The client that variables tell of, if they tell of one: by a key or an address.
    pub(super) fn of_env(py: Python<'_>, env: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Self>> {
        let vars = recipe::variables(py, env, OpenAiOptions::variables())?;
        let names = ["OPENAI_API_KEY", "OPENAI_BASE_URL"];
        let is_told = vars.iter().any(|(name, value)| names.contains(name) && !value.trim().is_empty());
        let options = OpenAiOptions::from_vars(vars).or_raise(py)?;
        is_told.then(|| Self::of_options(py, options)).transpose()
    }
}

#[pymethods]
#[expect(clippy::too_many_arguments, reason = "Python's keyword arguments")]
impl OpenAi {
    #[new]
    #[pyo3(signature = (
        api_key = None, *, model = "gpt-4o-mini", base_url = "https://api.openai.com/v1", project = None, price = None,
        max_completion_tokens = false, connect_timeout = 10.0, first_byte_timeout = 30.0, idle_timeout = 15.0,
        timeout = 60.0
    ))]
    fn new(
        py: Python<'_>,
        api_key: Option<String>,
        model: &str,
        base_url: &str,
        project: Option<String>,
        price: Option<&Price>,
        max_completion_tokens: bool,
        connect_timeout: f64,
        first_byte_timeout: f64,
        idle_timeout: f64,
        timeout: f64,
    ) -> PyResult<Self> {
        let options = || -> Result<OpenAiOptions> {
            let mut options = OpenAiOptions::default();
            options.key = api_key.map(ApiKey::new).transpose()?;
            (options.model, options.base_url) = (model.into(), base_url.into());
            (options.project, options.price) = (project, price.map(Price::core));
            options.max_completion_tokens = max_completion_tokens;
            options.connect_timeout = seconds("connect_timeout", connect_timeout)?;
            options.first_byte_timeout = seconds("first_byte_timeout", first_byte_timeout)?;
            options.idle_timeout = seconds("idle_timeout", idle_timeout)?;
            options.timeout = seconds("timeout", timeout)?;
            Ok(options)
        };
        Self::of_options(py, options().or_raise(py)?)
    }

    /// Make a client from the variables that hosts use.
    ///
    /// `OPENAI_API_KEY`, `OPENAI_PROJECT`, `OPENAI_BASE_URL`, `OPENAI_MODEL`, `OPENAI_INPUT_USD_PER_MILLION` and
    /// `OPENAI_OUTPUT_USD_PER_MILLION`; an empty value counts as absent, and no other name is looked up.
    ///
    /// Args:
    ///     env: A mapping of names to values. Without it, `os.environ`, read once, now.
    ///
    /// Raises:
    ///     InvalidArgumentError: The value of a variable can not be used; the message names it, and does not quote the key.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> aion.OpenAi.from_env({"OPENAI_API_KEY": "sk-..."}).price
    ///     Price(Usd('0.15'), Usd('0.60'))
    #[classmethod]
    #[pyo3(signature = (env = None))]
    fn from_env(class: &Bound<'_, PyType>, env: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let py = class.py();
        let vars = recipe::variables(py, env, OpenAiOptions::variables())?;
        Self::of_options(py, OpenAiOptions::from_vars(vars).or_raise(py)?)
    }

    #[getter]
    fn model(&self) -> &str {
        &self.0.options().model
    }

    #[getter]
    fn base_url(&self) -> &str {
        &self.0.options().base_url
    }

    #[getter]
    fn price(&self) -> Option<Price> {
        core::External::price(&*self.0).map(Price::from)
    }

    fn __repr__(&self) -> String {
        let options = self.0.options();
        format!("OpenAi(model='{}', base_url='{}')", options.model, options.base_url)
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err("an OpenAi can not be pickled or copied: a copy would hold its key"))
    }
}
