//! Identifiers of people in running text.

use aion_core::policy;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::door::enter_briefly;
use crate::view::repr;

/// One identifier in a text.
///
/// Attributes:
///     kind: `"email"`, `"phone"`, `"card"`, `"iban"`, `"ip"`, `"cpf"` or `"cnpj"`.
///     start: Where it begins in the text, in characters.
///     end: Where it ends in the text, so that `text[start:end]` is the identifier.
///     text: The identifier as it is written.
#[pyclass(frozen, eq, hash, get_all, module = "aion")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct PiiMatch {
    kind: String,
    start: usize,
    end: usize,
    text: String,
}

#[pymethods]
impl PiiMatch {
    #[new]
    #[pyo3(signature = (*, kind, start, end, text))]
    fn new(kind: String, start: usize, end: usize, text: String) -> Self {
        Self { kind, start, end, text }
    }

    fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<((), Bound<'py, PyDict>)> {
        let Self { kind, start, end, text } = self;
        let arguments = PyDict::new(py);
        arguments.set_item("kind", kind)?;
        arguments.set_item("start", start)?;
        arguments.set_item("end", end)?;
        arguments.set_item("text", text)?;
        Ok(((), arguments))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let Self { kind, start, end, text } = self;
        Ok(format!("PiiMatch(kind='{kind}', start={start}, end={end}, text={})", repr(py, text)?))
    }
}

/// Every identifier of people in a text, in order and without overlaps.
///
/// Found are e-mail addresses, phone numbers (international and Brazilian), payment cards, IBANs, public IP addresses,
/// CPF and CNPJ. Where an identifier has check digits they must be right, so order numbers are none.
///
/// Examples:
///     >>> import aion
///     >>> text = "Pedido 12345678901 de maria@example.com, CPF 390.533.447-05"
///     >>> [(hit.kind, text[hit.start:hit.end]) for hit in aion.find_pii(text)]
///     [('email', 'maria@example.com'), ('cpf', '390.533.447-05')]
#[pyfunction]
pub(crate) fn find_pii(py: Python<'_>, text: &str) -> PyResult<Vec<PiiMatch>> {
    enter_briefly(py, || {
        let (mut chars, mut bytes) = (0, 0);
        let hits = policy::find_pii(text).into_iter().map(|hit| {
            let found = &text[hit.range.clone()];
            // Python counts characters; the hits are in order, so one pass counts them all.
            let start = chars + text[bytes..hit.range.start].chars().count();
            let end = start + found.chars().count();
            (chars, bytes) = (end, hit.range.end);
            PiiMatch { kind: hit.kind.name().into(), start, end, text: found.into() }
        });
        Ok(hits.collect())
    })
}

/// The same text with every identifier of people replaced, for what a model learns from.
///
/// The places are `[EMAIL]`, `[PHONE]`, `[CARD]`, `[IBAN]`, `[IP]`, `[CPF]` and `[CNPJ]`.
///
/// Examples:
///     >>> import aion
///     >>> aion.scrub_pii("Sou a Maria, CPF 390.533.447-05, maria@example.com.")
///     'Sou a Maria, CPF [CPF], [EMAIL].'
#[pyfunction]
pub(crate) fn scrub_pii(py: Python<'_>, text: &str) -> PyResult<String> {
    enter_briefly(py, || Ok(policy::scrub_pii(text)))
}
