//! A resolver that is written in Python.

use std::io;
use std::net::IpAddr;

use aion_core::crawl::Resolver;
use pyo3::prelude::*;

/// `resolver(host)`, which gives the addresses of a name: as text, or as `ipaddress` has them.
///
/// It is called on a thread of the crawl, which waits for the interpreter there and nowhere else.
pub(super) struct Callable(Py<PyAny>);

impl Callable {
    pub(super) fn new(function: Py<PyAny>) -> Self {
        Self(function)
    }
}

impl Resolver for Callable {
    fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let answer = Python::try_attach(|py| addresses(self.0.bind(py), host));
        let gone = || io::Error::other("the interpreter is shutting down");
        // The exception is told as text: it must not outlive the interpreter inside an error.
        answer.ok_or_else(gone)?.map_err(io::Error::other)
    }
}

/// # Errors
/// The exception as a sentence.
fn addresses(function: &Bound<'_, PyAny>, host: &str) -> Result<Vec<IpAddr>, String> {
    let told = |error: PyErr| format!("the resolver failed for {host:?}: {error}");
    let mut addresses = Vec::new();
    for item in function.call1((host,)).and_then(|answer| answer.try_iter()).map_err(told)? {
        let text = item.and_then(|item| item.str()).map_err(told)?.to_string();
        let wrong = |_| format!("the resolver gave {text:?} for {host:?}, which is no IP address");
        addresses.push(text.parse().map_err(wrong)?);
    }
    Ok(addresses)
}
