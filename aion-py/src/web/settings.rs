//! The keyword arguments of `crawl` and `preview`, which are the same.

use std::sync::Arc;
use std::time::Duration;

use aion_core as core;
use aion_core::crawl::CrawlOptions;
use pyo3::conversion::FromPyObjectOwned;
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::blocklist;
use super::policy::codes;
use super::resolver::Callable;
use crate::control::Wishes;
use crate::error::{OrRaise, invalid_argument};

/// What one call asks for: the handle's own settings, changed by those that were given and are not `None`.
pub(crate) struct Settings {
    pub(crate) options: CrawlOptions,
    pub(crate) wishes: Wishes,
}

impl Settings {
    pub(crate) fn new(
        py: Python<'_>,
        handle: &core::Aion,
        given: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let mut options = handle.crawl_options();
        let (mut timeout, mut cancel, mut progress) = (None, None, None);
        for (name, value) in given.into_iter().flatten() {
            let name = name.extract::<String>()?;
            let given = Given { name: &name, value };
            // An unknown name is refused whatever its value is.
            if given.value.is_none() && NAMES.contains(&given.name) {
                continue;
            }
            match given.name {
                "timeout" => timeout = Some(given.value()?),
                "cancel" => cancel = Some(given.value()?),
                "progress" => progress = Some(given.value.unbind()),
                "blocklist" => {
                    let entries = [handle.config().blocklist.clone(), blocklist::entries(&given.value)?];
                    options.blocklist = core::Blocklist::new(entries.concat()).or_raise(py)?;
                }
                _ => given.set(&mut options)?,
            }
        }
        Ok(Self { options, wishes: Wishes::new(py, timeout, cancel, progress)? })
    }
}

/// Every name that [`Settings`] knows.
const NAMES: &[&str] = &[
    "max_pages",
    "max_depth",
    "same_host",
    "hosts",
    "blocklist",
    "respect_robots",
    "user_agent",
    "delay",
    "concurrency",
    "connections_per_host",
    "max_page_bytes",
    "max_header_bytes",
    "page_timeout",
    "connect_timeout",
    "max_redirects",
    "retries",
    "sitemaps",
    "allow_private_hosts",
    "state",
    "ignore",
    "min_text_chars",
    "resolver",
    "timeout",
    "cancel",
    "progress",
];

/// One keyword argument.
struct Given<'a, 'py> {
    name: &'a str,
    value: Bound<'py, PyAny>,
}

impl<'py> Given<'_, 'py> {
    fn set(&self, options: &mut CrawlOptions) -> PyResult<()> {
        match self.name {
            "max_pages" => options.max_pages = self.count()?,
            "max_depth" => options.max_depth = self.count()?,
            "same_host" => options.same_host = self.value()?,
            "hosts" => options.hosts = self.texts()?,
            "respect_robots" => options.respect_robots = self.value()?,
            "user_agent" => options.user_agent = self.value()?,
            "delay" => options.delay = Some(self.seconds()?),
            "concurrency" => options.concurrency = self.count()?,
            "connections_per_host" => options.connections_per_host = Some(self.count()?),
            "max_page_bytes" => options.max_page_bytes = self.count()?,
            "max_header_bytes" => options.max_header_bytes = self.count()?,
            "page_timeout" => options.page_timeout = self.seconds()?,
            "connect_timeout" => options.connect_timeout = self.seconds()?,
            "max_redirects" => options.max_redirects = self.count()?,
            "retries" => options.retries = self.count()?,
            "sitemaps" => options.sitemaps = self.value()?,
            "allow_private_hosts" => options.allow_private_hosts = self.value()?,
            "state" => options.state = Some(self.value()?),
            "ignore" => options.policy.ignore = codes(&self.texts()?).or_raise(self.value.py())?,
            "min_text_chars" => options.policy.min_text_chars = self.count()?,
            "resolver" => options.resolver = Arc::new(self.resolver()?),
            name => {
                let message = format!("got an unexpected keyword argument '{name}'");
                return Err(PyTypeError::new_err(message));
            }
        }
        Ok(())
    }

    /// The value as another type; what is of no such type is a `TypeError` that names the argument.
    fn value<T>(&self) -> PyResult<T>
    where
        T: FromPyObjectOwned<'py>,
    {
        self.value.extract::<T>().map_err(|error| self.wrong_type(&error.into()))
    }

    fn wrong_type(&self, error: &PyErr) -> PyErr {
        let text = error.value(self.value.py());
        PyTypeError::new_err(format!("argument '{}': {text}", self.name))
    }

    /// A whole number, 0 or more.
    fn count<T: TryFrom<i64>>(&self) -> PyResult<T> {
        let py = self.value.py();
        let number = match self.value.extract::<i64>() {
            Ok(number) => T::try_from(number).ok(),
            Err(error) if error.is_instance_of::<PyOverflowError>(py) => None,
            Err(error) => return Err(self.wrong_type(&error)),
        };
        let refused = || {
            let (name, value) = (self.name, &self.value);
            invalid_argument(format!("{name} is {value}; it must be 0 or more and not as large"))
        };
        number.ok_or_else(refused).or_raise(py)
    }

    /// A time in seconds; one too long to be told is the longest there is.
    fn seconds(&self) -> PyResult<Duration> {
        let seconds: f64 = self.value()?;
        if seconds.is_nan() || seconds < 0.0 {
            let message = format!("{} is {seconds}; it must be seconds, 0 or more", self.name);
            return Err(invalid_argument(message)).or_raise(self.value.py());
        }
        Ok(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
    }

    fn texts(&self) -> PyResult<Vec<String>> {
        blocklist::texts(self.name, &self.value)
    }

    fn resolver(&self) -> PyResult<Callable> {
        if !self.value.is_callable() {
            let refused =
                invalid_argument("resolver must be callable as resolver(host) -> list of addresses");
            return Err(refused).or_raise(self.value.py());
        }
        Ok(Callable::new(self.value.clone().unbind()))
    }
}
