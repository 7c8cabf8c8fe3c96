//! What is said of a page: reasons with a stable code, for two uses.

use std::collections::BTreeSet;

use aion_core::policy::{self as core, Language, ReasonCode, Use};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFrozenSet};

use crate::error::{OrRaise, invalid_argument};
use crate::pickle::{Reduced, freeze, restorer, thaw};
use crate::view::{hash, repr, truth};

/// One objection to one use of a page.
///
/// Attributes:
///     code: What a program branches on: `"private_route"`, `"too_short"`, `"pii"`, `"robots"`,
///         `"robots_unreachable"`, `"http_status"`, `"noindex"`, `"noai"`, `"noimageai"`, `"noml"`,
///         `"tdm_reserved"`, `"content_usage"` or `"content_signal"`.
///     use: The use that it forbids: `"ingest"` or `"train"`. What forbids both is given as two reasons.
///     message: A sentence for people, in English.
#[pyclass(frozen, eq, module = "aion")]
#[derive(PartialEq)]
pub(crate) struct Reason(core::Reason);

#[pymethods]
impl Reason {
    #[getter]
    fn code(&self) -> &'static str {
        self.0.code.name()
    }

    #[getter]
    #[pyo3(name = "use")]
    fn usage(&self) -> &'static str {
        self.0.usage.name()
    }

    #[getter]
    fn message(&self) -> String {
        self.0.message(Language::English)
    }

    /// The same sentence in `"en"` or `"pt"`; a region such as that of `"pt-BR"` is passed over.
    ///
    /// Raises:
    ///     InvalidArgumentError: It is written in no such language.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> reason = aion.check_policy("https://example.com/login", "x" * 200).reasons[0]
    ///     >>> reason.message_in("pt")
    ///     'rota privada: o endereço tem o segmento "login"'
    fn message_in(&self, py: Python<'_>, language: &str) -> PyResult<String> {
        let language = match language.split(['-', '_']).next() {
            Some("en") => Language::English,
            Some("pt") => Language::Portuguese,
            _ => {
                let message = format!("language is {language:?}; it must be \"en\" or \"pt\"");
                return Err(invalid_argument(message)).or_raise(py);
            }
        };
        Ok(self.0.message(language))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let message = repr(py, &self.message())?;
        Ok(format!("Reason(code='{}', use='{}', message={message})", self.code(), self.usage()))
    }

    fn __hash__(&self) -> u64 {
        hash((self.code(), self.usage()))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_reason")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

/// Whether a page may be used, and why not.
///
/// Attributes:
///     ok: Whether it may be ingested: the same as `allows("ingest")`. Ask `allows("train")` before training.
///     reasons: Every objection, in a fixed order of their codes.
///     waived: The objections that were overlooked because the caller turned their signal off.
///     ignored: The codes of all signals that the caller turned off, whether or not the page gave them.
///     unknown: The codes of signals that the page gives in a form that can not be read: neither a yes nor a no.
///     follow_links: Whether a crawler may follow the links of the page.
///     pii: How many identifiers of people the text holds, by kind, also where they are too few to object to.
#[pyclass(frozen, eq, module = "aion")]
#[derive(PartialEq)]
pub(crate) struct Verdict(core::Verdict);

impl From<core::Verdict> for Verdict {
    fn from(verdict: core::Verdict) -> Self {
        Self(verdict)
    }
}

#[pymethods]
impl Verdict {
    #[getter]
    fn ok(&self) -> bool {
        self.0.ok()
    }

    #[getter]
    fn reasons(&self) -> Vec<Reason> {
        self.0.reasons.iter().cloned().map(Reason).collect()
    }

    #[getter]
    fn waived(&self) -> Vec<Reason> {
        self.0.waived.iter().cloned().map(Reason).collect()
    }

    #[getter]
    fn ignored<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyFrozenSet>> {
        names(py, &self.0.ignored)
    }

    #[getter]
    fn unknown<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyFrozenSet>> {
        names(py, &self.0.unknown)
    }

    #[getter]
    fn follow_links(&self) -> bool {
        self.0.follow_links
    }

    #[getter]
    fn pii<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let counts = PyDict::new(py);
        self.0.pii.iter().try_for_each(|(kind, count)| counts.set_item(kind.name(), count))?;
        Ok(counts)
    }

    /// Whether no reason forbids `use`, which is `"ingest"` or `"train"`.
    ///
    /// Raises:
    ///     InvalidArgumentError: There is no such use.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> text = "A long article. " * 20
    ///     >>> verdict = aion.check_policy("https://example.com/a", text, headers={"X-Robots-Tag": "noai"})
    ///     >>> verdict.allows("ingest"), verdict.allows("train")
    ///     (True, False)
    #[pyo3(signature = (r#use))]
    fn allows(&self, py: Python<'_>, r#use: &str) -> PyResult<bool> {
        match [Use::Ingest, Use::Train].into_iter().find(|known| known.name() == r#use) {
            Some(usage) => Ok(self.0.allows(usage)),
            None => {
                let message = format!("use is {:?}; it must be \"ingest\" or \"train\"", r#use);
                Err(invalid_argument(message)).or_raise(py)
            }
        }
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let reasons = self.0.reasons.iter().map(|reason| format!("{} ({})", reason.code, reason.usage));
        let reasons = reasons.collect::<Vec<_>>().into_pyobject(py)?.repr()?;
        Ok(format!("<Verdict ok={}, reasons={reasons}>", truth(self.ok())))
    }

    fn __hash__(&self) -> u64 {
        hash((self.ok(), self.0.reasons.len(), self.0.follow_links))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((restorer(py, "_restore_verdict")?, (freeze(py, serde_json::to_string(&self.0))?,)))
    }
}

fn names<'py>(py: Python<'py>, codes: &BTreeSet<ReasonCode>) -> PyResult<Bound<'py, PyFrozenSet>> {
    PyFrozenSet::new(py, codes.iter().map(|code| code.name()))
}

#[pyfunction]
#[pyo3(name = "_restore_reason")]
pub(crate) fn restore_reason(py: Python<'_>, state: &str) -> PyResult<Reason> {
    thaw(py, serde_json::from_str(state)).map(Reason)
}

#[pyfunction]
#[pyo3(name = "_restore_verdict")]
pub(crate) fn restore_verdict(py: Python<'_>, state: &str) -> PyResult<Verdict> {
    thaw(py, serde_json::from_str(state)).map(Verdict)
}
