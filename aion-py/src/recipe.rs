//! What a handle is made from: keyword arguments or the environment, and back again for pickles.

use std::path::PathBuf;
use std::time::Duration;

use aion_core::{Config, Result};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::{OrRaise, invalid_argument};

/// The variables that the core may know: one that is no text is an error, others are not looked at.
const PREFIX: &str = "AION_";
const ONNXRUNTIME: &str = "ORT_DYLIB_PATH";

/// A whole number for the setting `name`; Python's have a sign.
pub(crate) fn count<T: TryFrom<i64>>(name: &str, value: i64) -> Result<T> {
    T::try_from(value).map_err(|_| invalid_argument(format!("{name} is {value}; it must be 0 or more")))
}

/// Seconds for the setting `name`.
pub(crate) fn seconds(name: &str, value: f64) -> Result<Duration> {
    let out_of_range = |_| invalid_argument(format!("{name} is {value}; it must be seconds, 0 or more"));
    Duration::try_from_secs_f64(value).map_err(out_of_range)
}

/// The settings among the variables of a mapping; `None` is `os.environ`, read once, here.
pub(crate) fn from_mapping(py: Python<'_>, env: Option<&Bound<'_, PyAny>>) -> PyResult<Config> {
    let environ = match env {
        Some(env) => env.clone(),
        None => py.import(intern!(py, "os"))?.getattr(intern!(py, "environ"))?,
    };
    let mut vars = Vec::new();
    for item in environ.call_method0(intern!(py, "items"))?.try_iter()? {
        let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item?.extract()?;
        let Ok(name) = name.extract::<String>() else { continue };
        if name != ONNXRUNTIME && !name.starts_with(PREFIX) {
            continue;
        }
        let not_text = |_| invalid_argument(format!("{name} is not a text of valid Unicode"));
        let value = value.extract::<String>().map_err(not_text).or_raise(py)?;
        vars.push((name, value));
    }
    Config::from_vars(vars).or_raise(py)
}

/// Those variables of a mapping that have one of `names`; `None` is `os.environ`, read once, here. Nothing else is looked
/// up.
pub(crate) fn variables(
    py: Python<'_>,
    env: Option<&Bound<'_, PyAny>>,
    names: impl Iterator<Item = &'static str>,
) -> PyResult<Vec<(&'static str, String)>> {
    let environ = match env {
        Some(env) => env.clone(),
        None => py.import(intern!(py, "os"))?.getattr(intern!(py, "environ"))?,
    };
    let mut vars = Vec::new();
    for name in names {
        let value = environ.call_method1(intern!(py, "get"), (name,))?;
        if !value.is_none() {
            let not_text = |_| invalid_argument(format!("{name} is not a text of valid Unicode"));
            vars.push((name, value.extract::<String>().map_err(not_text).or_raise(py)?));
        }
    }
    Ok(vars)
}

/// The settings as the engines need them: without a library of its own, the runtime of the installed
/// `onnxruntime` package, which is a dependency of this one, serves the models.
pub(crate) fn with_onnxruntime(py: Python<'_>, given: &Config) -> Config {
    let mut config = given.clone();
    if config.clip_model.is_some() && config.onnxruntime.is_none() {
        // Without the package, the core looks for the system's library and says so if there is none.
        config.onnxruntime = installed_onnxruntime(py).ok().flatten();
    }
    config
}

/// The library in the `onnxruntime` package. The package is only looked for: importing it would run its code
/// and load the library in Python's way.
fn installed_onnxruntime(py: Python<'_>) -> PyResult<Option<PathBuf>> {
    let spec =
        py.import(intern!(py, "importlib.util"))?.call_method1(intern!(py, "find_spec"), ("onnxruntime",))?;
    if spec.is_none() {
        return Ok(None);
    }
    let roots: Vec<PathBuf> = spec.getattr(intern!(py, "submodule_search_locations"))?.extract()?;
    Ok(roots.iter().find_map(|root| {
        let files = std::fs::read_dir(root.join("capi")).ok()?;
        files
            .flatten()
            .filter(|file| is_runtime(&file.file_name().to_string_lossy()))
            .map(|file| file.path())
            .max()
    }))
}

/// `libonnxruntime.so.1.20.1`, `libonnxruntime.1.20.1.dylib`, `onnxruntime.dll`, and none of the providers.
fn is_runtime(name: &str) -> bool {
    name.starts_with("libonnxruntime.so")
        || (name.starts_with("libonnxruntime.") && name.ends_with(".dylib"))
        || name == "onnxruntime.dll"
}

/// The keyword arguments that make the same handle again.
pub(crate) fn arguments<'py>(py: Python<'py>, config: &Config) -> PyResult<Bound<'py, PyDict>> {
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.as_os_str().to_owned());
    let arguments = PyDict::new(py);
    arguments.set_item("clip_model", path(&config.clip_model))?;
    arguments.set_item("clip_max_length", config.clip_max_length)?;
    arguments.set_item("ocr_lang", &config.ocr_lang)?;
    arguments.set_item("tessdata", path(&config.tessdata))?;
    arguments.set_item("onnxruntime", path(&config.onnxruntime))?;
    arguments.set_item("threads", config.threads)?;
    arguments.set_item("max_image_pixels", config.max_image_pixels)?;
    arguments.set_item("max_image_bytes", config.max_image_bytes)?;
    arguments.set_item("crawl_max_pages", config.crawl_max_pages)?;
    arguments.set_item("respect_robots", config.respect_robots)?;
    arguments.set_item("blocklist", &config.blocklist)?;
    // The usual one tells the version, which is another's where the handle is made again.
    let is_usual = config.user_agent == Config::default().user_agent;
    arguments.set_item("user_agent", (!is_usual).then_some(&config.user_agent))?;
    Ok(arguments)
}

/// The call that makes the same handle again, without what is as it would be anyway.
pub(crate) fn repr(py: Python<'_>, config: &Config) -> PyResult<String> {
    let changed = changed(arguments(py, config)?, &arguments(py, &Config::default())?)?;
    Ok(format!("Aion({})", changed.join(", ")))
}

/// The `name=value` of those arguments that are not as usual.
pub(crate) fn changed(arguments: Bound<'_, PyDict>, usual: &Bound<'_, PyDict>) -> PyResult<Vec<String>> {
    let mut changed = Vec::new();
    for (name, value) in arguments {
        if !value.eq(usual.as_any().get_item(&name)?)? {
            changed.push(format!("{name}={}", value.repr()?));
        }
    }
    Ok(changed)
}
