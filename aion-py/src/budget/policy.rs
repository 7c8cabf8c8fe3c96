//! The policy of a budget: from keyword arguments or the environment, and back again for pickles.

use std::convert::Infallible;

use aion_core::{AfterReboot, BudgetPolicy, Result};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::money;
use crate::error::{OrRaise, invalid_argument};
use crate::recipe;

/// An argument that has a default of its own, so that `None` is not taken for it.
pub(super) struct Given<'py>(pub(super) Option<Bound<'py, PyAny>>);

impl<'py> FromPyObject<'_, 'py> for Given<'py> {
    type Error = Infallible;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> Result<Self, Infallible> {
        Ok(Self(Some(value.to_owned())))
    }
}

/// A whole number for the setting `name`.
pub(crate) fn whole(name: &str, value: i64) -> Result<u32> {
    let out_of_range = |_| invalid_argument(format!("{name} is {value}; it must be 0 to {}", u32::MAX));
    u32::try_from(value).map_err(out_of_range)
}

pub(super) fn after_reboot(name: &str) -> Result<AfterReboot> {
    let unknown = |_| {
        let names: Vec<_> = AfterReboot::ALL.iter().map(|known| format!("{:?}", known.name())).collect();
        invalid_argument(format!("after_reboot is {name:?}; it must be {}", names.join(" or ")))
    };
    name.parse().map_err(unknown)
}

/// The policy that a mapping of variables tells; `None` is `os.environ`.
pub(super) fn from_mapping(py: Python<'_>, env: Option<&Bound<'_, PyAny>>) -> PyResult<BudgetPolicy> {
    let vars = recipe::variables(py, env, BudgetPolicy::variables())?;
    BudgetPolicy::from_vars(vars).or_raise(py)
}

/// The keyword arguments that make the same policy again.
pub(super) fn arguments<'py>(py: Python<'py>, policy: &BudgetPolicy) -> PyResult<Bound<'py, PyDict>> {
    let arguments = PyDict::new(py);
    arguments.set_item("enabled", policy.enabled)?;
    arguments.set_item("daily_usd", money::to_python(py, policy.daily_usd)?)?;
    arguments.set_item("max_fallbacks_per_hour", policy.max_fallbacks_per_hour)?;
    arguments.set_item("confidence_threshold", policy.confidence_threshold)?;
    arguments.set_item("max_tokens_per_reply", policy.max_tokens_per_reply)?;
    arguments.set_item("timezone", &policy.timezone)?;
    arguments.set_item("after_reboot", policy.after_reboot.name())?;
    arguments.set_item("clock_tolerance", policy.clock_tolerance.as_secs_f64())?;
    arguments.set_item("grace", policy.grace.as_secs_f64())?;
    arguments.set_item("patience", policy.patience.as_secs_f64())?;
    Ok(arguments)
}
