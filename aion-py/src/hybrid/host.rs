//! What a host brings along as callables: a local model, a paid one, a recorder. They run on the thread that asked.

use std::sync::Arc;

use aion_core::dataset::Message;
use aion_core::generate::GenerateOptions;
use aion_core::hybrid::{
    Call, External, Failure, FailureKind, HybridAnswer as CoreAnswer, Local, LocalAnswer, Recorder, Reply,
    Usage,
};
use aion_core::{Control, Error, ErrorKind, Price, Result};
use pyo3::exceptions::{PyException, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::answer::HybridAnswer;
use crate::budget;
use crate::door::Asker;
use crate::error::invalid_argument;
use crate::image::type_name;
use crate::knowledge::Knowledge;

/// A callable of the host's, shared by calls.
pub(super) type Callable = Arc<Py<PyAny>>;

/// A local model of the host's.
pub(super) struct HostLocal {
    pub(super) answer: Callable,
    pub(super) asker: Asker,
}

impl Local for HostLocal {
    fn generate(&self, messages: &[Message], _: &GenerateOptions, control: &Control) -> Result<LocalAnswer> {
        control.check()?;
        let (answer, messages) = (Arc::clone(&self.answer), messages.to_vec());
        self.asker.ask(move |py| {
            let told = answer.bind(py).call1((dicts(py, &messages)?,))?;
            if let Ok((text, confidence)) = told.extract::<(String, f64)>() {
                return Ok(LocalAnswer { text, confidence });
            }
            let text = told.getattr(intern!(py, "text")).map_err(|_| no_answer(&told))?.extract()?;
            let confidence =
                told.getattr(intern!(py, "confidence")).map_err(|_| no_answer(&told))?.extract()?;
            Ok(LocalAnswer { text, confidence })
        })
    }
}

fn no_answer(told: &Bound<'_, PyAny>) -> PyErr {
    let given = type_name(told);
    PyTypeError::new_err(format!("the local model must return (text, confidence) or an Answer, not {given}"))
}

/// A paid model of the host's, as it is given.
pub(super) struct HostModel {
    pub(super) ask: Callable,
    name: String,
    price: Option<Price>,
}

impl HostModel {
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for what can not be called, and for a price that is none.
    pub(super) fn new(given: &Bound<'_, PyAny>) -> Result<Self> {
        if !given.is_callable() {
            let message =
                "external must be an OpenAi, None, or callable as external(messages, max_tokens=...)";
            return Err(invalid_argument(message));
        }
        let attribute = |name: &str| given.getattr(name).ok().filter(|value| !value.is_none());
        let price = attribute("price").map(|price| {
            let price = price.cast::<budget::Price>().map(|price| price.get().core());
            price.map_err(|_| invalid_argument("the price of external must be an aion.Price"))
        });
        let text = |name: &str| attribute(name).and_then(|text| text.extract::<String>().ok());
        let name = text("name").or_else(|| text("__name__")).unwrap_or_else(|| type_name(given));
        Ok(Self { ask: Arc::new(given.clone().unbind()), name, price: price.transpose()? })
    }

    /// The model for one call of a driver.
    pub(super) fn with(&self, asker: &Asker) -> HostExternal {
        HostExternal {
            ask: Arc::clone(&self.ask),
            name: self.name.clone(),
            price: self.price,
            asker: asker.clone(),
        }
    }
}

/// A paid model of the host's, during one call.
pub(super) struct HostExternal {
    ask: Callable,
    name: String,
    price: Option<Price>,
    asker: Asker,
}

impl External for HostExternal {
    fn name(&self) -> &str {
        &self.name
    }

    fn price(&self) -> Option<Price> {
        self.price
    }

    fn complete(&self, call: &mut Call<'_>) -> Result<Reply, Failure> {
        call.depart()?;
        let (ask, messages, limit) = (Arc::clone(&self.ask), call.messages().to_vec(), call.max_tokens());
        let told = self.asker.ask(move |py| {
            caught(py, || {
                let options = PyDict::new(py);
                options.set_item(intern!(py, "max_tokens"), limit)?;
                reply(&ask.bind(py).call((dicts(py, &messages)?,), Some(&options))?)
            })
        });
        match told {
            Ok(told) => told.map_err(|message| Failure::new(FailureKind::Failed, message)),
            Err(stop) => Err(Failure::new(FailureKind::Stopped, stop.to_string())),
        }
    }
}

/// A text, or a text and what it took.
fn reply(told: &Bound<'_, PyAny>) -> PyResult<Reply> {
    if let Ok(text) = told.extract::<String>() {
        return Ok(Reply::new(text, None));
    }
    let counted = told.extract::<(String, u64, u64)>();
    let (text, input_tokens, output_tokens) = counted.map_err(|_| {
        let given = type_name(told);
        PyTypeError::new_err(format!(
            "it must return a str or (text, input_tokens, output_tokens), not {given}"
        ))
    })?;
    Ok(Reply::new(text, Some(Usage { input_tokens, output_tokens })))
}

/// A recorder of the host's.
pub(super) struct HostRecorder {
    pub(super) record: Callable,
    pub(super) asker: Asker,
}

impl Recorder for HostRecorder {
    fn record(&self, answer: &CoreAnswer, messages: &[Message]) -> Result<()> {
        let (record, answer, messages) = (Arc::clone(&self.record), answer.clone(), messages.to_vec());
        let told = self.asker.ask(move |py| {
            caught(py, || {
                record.bind(py).call1((HybridAnswer::from(answer), dicts(py, &messages)?)).map(drop)
            })
        })?;
        told.map_err(|message| Error::new(ErrorKind::Engine, message))
    }
}

/// The store of the host, without the interpreter.
pub(super) struct StoreRecorder(pub(super) Arc<Py<Knowledge>>);

impl Recorder for StoreRecorder {
    fn record(&self, answer: &CoreAnswer, messages: &[Message]) -> Result<()> {
        Recorder::record(self.0.get().core.get()?, answer, messages)
    }
}

/// What `work` gives, or the words of its exception: one that must not end the whole call. Ctrl-C and the like do.
fn caught<T>(py: Python<'_>, work: impl FnOnce() -> PyResult<T>) -> PyResult<Result<T, String>> {
    match work() {
        Ok(value) => Ok(Ok(value)),
        Err(error) if error.is_instance_of::<PyException>(py) => Ok(Err(error.to_string())),
        Err(error) => Err(error),
    }
}

fn dicts<'py>(py: Python<'py>, messages: &[Message]) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for message in messages {
        let dict = PyDict::new(py);
        dict.set_item(intern!(py, "role"), message.role.name())?;
        dict.set_item(intern!(py, "content"), &message.content)?;
        list.append(dict)?;
    }
    Ok(list)
}
