//! `robots.txt`, and addresses in one spelling.

use aion_core::{self as core, ContentSignal, ContentUsage, Preference};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyType};

use crate::error::OrRaise;
use crate::octets::Octets;
use crate::pickle::Reduced;
use crate::view::hash;

/// A `robots.txt` (RFC 9309): parsed once, asked often.
///
/// A user agent is a product token such as `AION`, or a whole header such as `AION/0.1 (+https://…)`. A URL is one
/// as it is sent, or a path.
///
/// Attributes:
///     sitemaps: The sitemaps that the file names, as it writes them. They are not checked in any way.
///
/// Examples:
///     >>> import aion
///     >>> robots = aion.Robots.parse("User-agent: *\nDisallow: /private/\nAllow: /private/open$")
///     >>> robots.allowed("AION/0.1", "https://example.com/private/letter")
///     False
///     >>> robots.allowed("AION/0.1", "/private/open")
///     True
#[pyclass(frozen, eq, module = "aion")]
pub(crate) struct Robots {
    core: core::Robots,
    /// What it was parsed from, which is how it pickles.
    body: Py<PyBytes>,
}

impl Robots {
    pub(super) fn core(&self) -> &core::Robots {
        &self.core
    }
}

impl PartialEq for Robots {
    fn eq(&self, other: &Self) -> bool {
        Python::attach(|py| self.body.as_bytes(py) == other.body.as_bytes(py))
    }
}

#[pymethods]
impl Robots {
    /// Read the first 500 KiB of a file. There is no wrong `robots.txt`: what is not understood is passed over, so a
    /// page of HTML allows everything, as an empty file does.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> aion.Robots.parse(b"<html>no such page</html>").allowed("AION", "/")
    ///     True
    #[classmethod]
    fn parse(class: &Bound<'_, PyType>, body: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = class.py();
        let octets = Octets::new("body", body)?;
        let core = core::Robots::parse(octets.as_ref());
        let body = match body.cast::<PyBytes>() {
            Ok(bytes) => bytes.clone(),
            Err(_) => PyBytes::new(py, octets.as_ref()),
        };
        Ok(Self { core, body: body.unbind() })
    }

    /// Whether `user_agent` may fetch `url`. `/robots.txt` itself is always allowed, a URL of more than 64 KiB never.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> robots = aion.Robots.parse("User-agent: BadBot\nDisallow: /")
    ///     >>> robots.allowed("AION", "/a"), robots.allowed("BadBot/2.0", "/a")
    ///     (True, False)
    fn allowed(&self, user_agent: &str, url: &str) -> bool {
        self.core.allowed(user_agent, url)
    }

    /// How many seconds `user_agent` is asked to wait between two requests, at most a day, or `None`.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> aion.Robots.parse("User-agent: *\nCrawl-delay: 2.5").crawl_delay("AION")
    ///     2.5
    fn crawl_delay(&self, user_agent: &str) -> Option<f64> {
        self.core.crawl_delay(user_agent).map(|delay| delay.as_secs_f64())
    }

    #[getter]
    fn sitemaps(&self) -> Vec<String> {
        self.core.sitemaps().to_vec()
    }

    /// What the `Content-Usage` lines (IETF aipref drafts) say about `url`.
    ///
    /// Returns:
    ///     `True` for yes, `False` for no and `None` for unknown, of `"search"` and `"train-ai"`.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> robots = aion.Robots.parse("User-agent: *\nContent-Usage: /news train-ai=n")
    ///     >>> robots.content_usage("AION", "/news/1")
    ///     {'search': None, 'train-ai': False}
    fn content_usage<'py>(
        &self,
        py: Python<'py>,
        user_agent: &str,
        url: &str,
    ) -> PyResult<Bound<'py, PyDict>> {
        let ContentUsage { train_ai, search, .. } = self.core.content_usage(user_agent, url);
        wishes(py, &[("search", search), ("train-ai", train_ai)])
    }

    /// What the `Content-Signal` lines (contentsignals.org) say about `url`.
    ///
    /// Returns:
    ///     `True` for yes, `False` for no and `None` for unknown, of `"search"`, `"ai-input"` and `"ai-train"`.
    ///
    /// Examples:
    ///     >>> import aion
    ///     >>> robots = aion.Robots.parse("User-agent: *\nContent-Signal: search=yes, ai-train=no")
    ///     >>> robots.content_signal("AION", "/")
    ///     {'search': True, 'ai-input': None, 'ai-train': False}
    fn content_signal<'py>(
        &self,
        py: Python<'py>,
        user_agent: &str,
        url: &str,
    ) -> PyResult<Bound<'py, PyDict>> {
        let ContentSignal { search, ai_input, ai_train, .. } = self.core.content_signal(user_agent, url);
        wishes(py, &[("search", search), ("ai-input", ai_input), ("ai-train", ai_train)])
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let (bytes, sitemaps) = (self.body.as_bytes(py).len(), self.core.sitemaps().len());
        format!("<Robots of {bytes} bytes, {sitemaps} sitemaps>")
    }

    fn __hash__(&self, py: Python<'_>) -> u64 {
        hash(self.body.as_bytes(py))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py, (Py<PyBytes>,)>> {
        Ok((py.get_type::<Self>().getattr("parse")?, (self.body.clone_ref(py),)))
    }
}

fn wishes<'py>(py: Python<'py>, said: &[(&str, Preference)]) -> PyResult<Bound<'py, PyDict>> {
    let wishes = PyDict::new(py);
    for (name, preference) in said {
        let wish = match preference {
            Preference::Unknown => None,
            Preference::Allowed => Some(true),
            Preference::Disallowed => Some(false),
        };
        wishes.set_item(name, wish)?;
    }
    Ok(wishes)
}

/// The canonical spelling of a URL, so that addresses of one page are the same text.
///
/// As the WHATWG URL standard reads it, then without fragment, and for `http` and `https` also without tracking and
/// session parameters, with escapes in one form, and with parameters in the order of their names where that can not
/// change their meaning. The answer is its own canonical spelling.
///
/// Args:
///     url: An absolute URL, or one that is relative to `base`.
///     base: The address of the page that holds it.
///
/// Raises:
///     InvalidInputError: It is no URL, or a relative one without a base.
///     LimitExceededError: It has more than 8 KiB.
///
/// Examples:
///     >>> import aion
///     >>> aion.canonical_url("../b?z=1&utm_source=x&a=2#top", "https://Example.com:443/a/")
///     'https://example.com/b?a=2&z=1'
#[pyfunction]
#[pyo3(signature = (url, base = None))]
pub(crate) fn canonical_url(py: Python<'_>, url: &str, base: Option<&str>) -> PyResult<String> {
    core::canonical_url(url, base).or_raise(py)
}
