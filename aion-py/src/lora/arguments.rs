//! What a trainer is told, from keyword arguments.

use aion_core::Result;
use aion_core::adapter::Adapter;
use aion_core::base::Module;
use aion_core::dataset::ChatFormat;
use aion_core::lora::Schedule;
use pyo3::prelude::*;

use crate::error::{OrRaise, invalid_argument};

/// How conversations are written, by name.
pub(crate) fn chat_format(name: &str) -> Result<ChatFormat> {
    match name {
        "platform" => Ok(ChatFormat::Platform),
        "template" => Ok(ChatFormat::Template),
        _ => Err(invalid_argument(format!(
            "chat_format is {name:?}; it must be \"platform\", or \"template\" for that of the base"
        ))),
    }
}

/// How the learning rate goes on, by name.
pub(super) fn schedule(name: &str, total: Option<u64>) -> Result<Schedule> {
    match (name, total) {
        ("constant", None) => Ok(Schedule::Constant),
        ("linear", Some(total)) => Ok(Schedule::Linear { total }),
        ("cosine", Some(total)) => Ok(Schedule::Cosine { total }),
        ("constant", Some(_)) => {
            Err(invalid_argument("total_steps is for the schedules \"linear\" and \"cosine\""))
        }
        ("linear" | "cosine", None) => {
            Err(invalid_argument(format!("the schedule {name:?} needs total_steps, the updates in all")))
        }
        _ => Err(invalid_argument(format!(
            "schedule is {name:?}; it must be \"constant\", \"linear\" or \"cosine\""
        ))),
    }
}

/// The layers that get an adapter, from their names.
pub(super) fn modules(names: &Bound<'_, PyAny>) -> PyResult<Vec<Module>> {
    let py = names.py();
    let names: Vec<String> = match names.extract::<String>() {
        Ok(name) => vec![name],
        Err(_) => names.try_iter()?.map(|name| name?.extract()).collect::<PyResult<_>>()?,
    };
    let module = |name: &String| {
        Module::from_name(name).ok_or_else(|| {
            let known = Module::ALL.map(Module::name).join(", ");
            invalid_argument(format!("target_modules has {name:?}; known are {known}"))
        })
    };
    names.iter().map(module).collect::<Result<_>>().or_raise(py)
}

/// The settings that an adapter has of its own: what was not given is the adapter's.
pub(super) struct Own {
    pub(super) rank: Option<usize>,
    pub(super) alpha: Option<f64>,
    pub(super) modules: Option<Vec<Module>>,
}

impl Own {
    /// Fills in what was not given.
    pub(super) fn of(mut self, adapter: Option<&Adapter>) -> Self {
        if let Some(Adapter { config, .. }) = adapter {
            self.rank.get_or_insert(config.rank);
            self.alpha.get_or_insert(config.alpha);
            self.modules.get_or_insert_with(|| config.target_modules.iter().copied().collect());
        }
        self
    }
}
