//! The keyword arguments of `crawl` and `preview`, which are the same.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use aion_core as core;
use aion_core::crawl::CrawlOptions;
use aion_core::policy::ReasonCode;
use pyo3::conversion::FromPyObjectOwned;
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::blocklist;
use super::policy::codes;
use super::resolver::Callable;
use crate::control::{CancelToken, Wishes};
use crate::error::{OrRaise, invalid_argument};

/// What one call asks for: the handle's own settings, changed by those that were given and not `None`.
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
        let mut asked = Asked { options: handle.crawl_options(), ..Asked::default() };
        for (name, value) in given.into_iter().flatten() {
            let name = name.extract::<String>()?;
            let Some((name, set)) = SETTERS.iter().find(|(known, _)| *known == name) else {
                let message = format!("got an unexpected keyword argument '{name}'");
                return Err(PyTypeError::new_err(message));
            };
            if !value.is_none() {
                set(&mut asked, &Given { name, value })?;
            }
        }
        let Asked { mut options, blocklist, timeout, cancel, progress } = asked;
        if let Some(more) = blocklist {
            let entries = [handle.config().blocklist.clone(), more].concat();
            options.blocklist = core::Blocklist::new(entries).or_raise(py)?;
        }
        Ok(Self { options, wishes: Wishes::new(py, timeout, cancel, progress)? })
    }
}

/// What the arguments have said so far.
#[derive(Default)]
struct Asked {
    options: CrawlOptions,
    blocklist: Option<Vec<String>>,
    timeout: Option<f64>,
    cancel: Option<Py<CancelToken>>,
    progress: Option<Py<PyAny>>,
}

/// Writes an argument into its field.
type Setter = fn(&mut Asked, &Given<'_, '_>) -> PyResult<()>;

/// Every argument by name; the signatures of `crawl` and `preview` have the same.
const SETTERS: &[(&str, Setter)] = &[
    ("max_pages", |a, v| v.count().map(|n| a.options.max_pages = n)),
    ("max_depth", |a, v| v.count().map(|n| a.options.max_depth = n)),
    ("same_host", |a, v| v.value().map(|on| a.options.same_host = on)),
    ("hosts", |a, v| v.texts().map(|hosts| a.options.hosts = hosts)),
    ("blocklist", |a, v| blocklist::entries(&v.value).map(|entries| a.blocklist = Some(entries))),
    ("respect_robots", |a, v| v.value().map(|on| a.options.respect_robots = on)),
    ("user_agent", |a, v| v.value().map(|agent| a.options.user_agent = agent)),
    ("delay", |a, v| v.seconds().map(|time| a.options.delay = Some(time))),
    ("concurrency", |a, v| v.count().map(|n| a.options.concurrency = n)),
    ("connections_per_host", |a, v| v.count().map(|n| a.options.connections_per_host = Some(n))),
    ("max_page_bytes", |a, v| v.count().map(|n| a.options.max_page_bytes = n)),
    ("max_header_bytes", |a, v| v.count().map(|n| a.options.max_header_bytes = n)),
    ("page_timeout", |a, v| v.seconds().map(|time| a.options.page_timeout = time)),
    ("connect_timeout", |a, v| v.seconds().map(|time| a.options.connect_timeout = time)),
    ("max_redirects", |a, v| v.count().map(|n| a.options.max_redirects = n)),
    ("retries", |a, v| v.count().map(|n| a.options.retries = n)),
    ("sitemaps", |a, v| v.value().map(|on| a.options.sitemaps = on)),
    ("documents", |a, v| v.value().map(|on| a.options.documents = on)),
    ("allow_private_hosts", |a, v| v.value().map(|on| a.options.allow_private_hosts = on)),
    ("state", |a, v| v.value().map(|path| a.options.state = Some(path))),
    ("ignore", |a, v| v.codes().map(|codes| a.options.policy.ignore = codes)),
    ("min_text_chars", |a, v| v.count().map(|n| a.options.policy.min_text_chars = n)),
    ("resolver", |a, v| v.resolver().map(|resolver| a.options.resolver = Arc::new(resolver))),
    ("timeout", |a, v| v.value().map(|seconds| a.timeout = Some(seconds))),
    ("cancel", |a, v| v.value().map(|token| a.cancel = Some(token))),
    ("progress", |a, v| v.value().map(|function| a.progress = Some(function))),
];

/// One keyword argument.
struct Given<'a, 'py> {
    name: &'a str,
    value: Bound<'py, PyAny>,
}

impl<'py> Given<'_, 'py> {
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

    fn codes(&self) -> PyResult<BTreeSet<ReasonCode>> {
        codes(&self.texts()?).or_raise(self.value.py())
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
