//! Money at the border: exact decimals in and out, and what a provider charges.

use aion_core::{self as core, Usd};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyFloat, PyInt, PyString, PyType};

use crate::error::{OrRaise, invalid_argument};
use crate::image::type_name;
use crate::recipe::count;

static DECIMAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static USD: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// A cost: rounded up to a micro-dollar.
pub(crate) fn cost(value: &Bound<'_, PyAny>, name: &str) -> PyResult<Usd> {
    Usd::at_least(text_of(value, name)?).map_err(|error| error.in_context(name)).or_raise(value.py())
}

/// A limit: rounded down to a micro-dollar, and nothing below zero.
pub(super) fn limit(value: &Bound<'_, PyAny>, name: &str) -> PyResult<Usd> {
    Usd::at_most(text_of(value, name)?).map_err(|error| error.in_context(name)).or_raise(value.py())
}

/// An amount as Python has it.
pub(crate) fn to_python(py: Python<'_>, usd: Usd) -> PyResult<Bound<'_, PyAny>> {
    USD.import(py, "aion._usd", "Usd")?.call1((usd.to_string(),))
}

/// The `repr` of an amount.
pub(super) fn repr(usd: Usd) -> String {
    format!("Usd('{usd}')")
}

/// The decimal text of what may stand for an amount in Python; of a float, the shortest that reads back as it.
fn text_of(value: &Bound<'_, PyAny>, name: &str) -> PyResult<String> {
    let py = value.py();
    if let Ok(float) = value.cast::<PyFloat>() {
        return Ok(float.value().to_string());
    }
    let is_whole = value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>();
    let decimal = DECIMAL.import(py, "decimal", "Decimal")?;
    let refuse = |reason: &str| Err(invalid_argument(format!("{name}: {reason}"))).or_raise(py);
    if is_whole && value.extract::<i64>().is_err() {
        // Python may refuse to write out a longer one.
        return refuse("an amount is 0 to 1,000,000,000 dollars");
    }
    if !is_whole && !value.is_instance_of::<PyString>() && !value.is_instance(decimal)? {
        let what = type_name(value);
        return refuse(&format!("an amount is a Decimal, an int, a float or a str, and no {what}"));
    }
    value.str()?.extract().or_else(|_| refuse("the text of an amount is not valid Unicode"))
}

/// What a provider charges, as its price list says it: dollars for a million tokens, and for each call.
///
/// Amounts may be `Decimal`, `int`, `float` or `str`; what is finer than a micro-dollar is rounded up.
///
/// Args:
///     input_per_million: Dollars for a million tokens of input.
///     output_per_million: Dollars for a million tokens of output.
///     per_call: Dollars for each call besides.
///
/// Raises:
///     InvalidArgumentError: An amount is negative, not finite, or none at all.
///
/// Examples:
///     >>> import aion
///     >>> price = aion.Price(0.15, 0.60)
///     >>> price.upper_bound(1_000, 400)
///     Usd('0.00039')
#[pyclass(frozen, eq, hash, module = "aion")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Price {
    input_per_million: Usd,
    output_per_million: Usd,
    per_call: Usd,
}

impl Price {
    pub(crate) fn core(&self) -> core::Price {
        core::Price::new(self.input_per_million, self.output_per_million).with_fee(self.per_call)
    }
}

impl From<core::Price> for Price {
    fn from(price: core::Price) -> Self {
        Self {
            input_per_million: price.input_per_million(),
            output_per_million: price.output_per_million(),
            per_call: price.per_call(),
        }
    }
}

#[pymethods]
impl Price {
    #[new]
    #[pyo3(
        signature = (input_per_million, output_per_million, per_call = None),
        text_signature = "(input_per_million, output_per_million, per_call=0)"
    )]
    fn new(
        input_per_million: &Bound<'_, PyAny>,
        output_per_million: &Bound<'_, PyAny>,
        per_call: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let per_call = per_call.map(|fee| cost(fee, "per_call")).transpose()?;
        Ok(Self {
            input_per_million: cost(input_per_million, "input_per_million")?,
            output_per_million: cost(output_per_million, "output_per_million")?,
            per_call: per_call.unwrap_or_default(),
        })
    }

    /// The most that a call can cost: what `Budget.decide` is asked for.
    ///
    /// Args:
    ///     input_tokens: An upper bound of the tokens of its input.
    ///     max_tokens: What the provider is told as the longest answer. `None` if it is told nothing: then there is
    ///         no bound.
    ///
    /// Returns:
    ///     The amount, rounded up to a micro-dollar, or `None`.
    ///
    /// Raises:
    ///     InvalidArgumentError: A number is negative, or the amount is above a billion dollars.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> price = aion.Price("2.50", "10.00", per_call="0.001")
    ///     >>> price.upper_bound(1_000, 400)
    ///     Usd('0.0075')
    ///     >>> price.upper_bound(1_000, None) is None
    ///     True
    fn upper_bound<'py>(
        &self,
        py: Python<'py>,
        input_tokens: i64,
        max_tokens: Option<i64>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let bound = || {
            let max_tokens = max_tokens.map(|most| count("max_tokens", most)).transpose()?;
            self.core().upper_bound(count("input_tokens", input_tokens)?, max_tokens)
        };
        bound().or_raise(py)?.map(|usd| to_python(py, usd)).transpose()
    }

    /// What a call has cost, by the tokens that the provider counted: what `Grant.settle` is told.
    ///
    /// Args:
    ///     input_tokens: Tokens of input.
    ///     output_tokens: Tokens of output.
    ///
    /// Returns:
    ///     The amount, rounded up to a micro-dollar.
    ///
    /// Raises:
    ///     InvalidArgumentError: A number is negative, or the amount is above a billion dollars.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> aion.Price(0.15, 0.60).cost(1_000, 57)
    ///     Usd('0.000185')
    fn cost<'py>(
        &self,
        py: Python<'py>,
        input_tokens: i64,
        output_tokens: i64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let cost = || {
            let output_tokens = count("output_tokens", output_tokens)?;
            self.core().cost(count("input_tokens", input_tokens)?, output_tokens)
        };
        to_python(py, cost().or_raise(py)?)
    }

    #[getter]
    fn input_per_million<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, self.input_per_million)
    }

    #[getter]
    fn output_per_million<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, self.output_per_million)
    }

    #[getter]
    fn per_call<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, self.per_call)
    }

    fn __repr__(&self) -> String {
        let Self { input_per_million, output_per_million, per_call } = self;
        let fee =
            if *per_call == Usd::ZERO { String::new() } else { format!(", per_call={}", repr(*per_call)) };
        format!("Price({}, {}{fee})", repr(*input_per_million), repr(*output_per_million))
    }

    fn __getnewargs__(&self) -> (String, String, String) {
        let Self { input_per_million, output_per_million, per_call } = self;
        (input_per_million.to_string(), output_per_million.to_string(), per_call.to_string())
    }
}
