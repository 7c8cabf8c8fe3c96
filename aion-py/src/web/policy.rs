//! May this page be ingested, may it be trained on, and if not, why not.

use std::collections::BTreeSet;

use aion_core::policy::{
    self as core, PolicyOptions, PolicyPage, ReasonCode, RobotsAccess, SiteSignals, TdmFile,
};
use pyo3::intern;
use pyo3::prelude::*;

use super::blocklist::texts;
use super::robots::Robots;
use super::verdict::Verdict;
use crate::door::enter_briefly;
use crate::error::{OrRaise, invalid_argument};
use crate::octets::Octets;
use crate::recipe::count;

/// Say whether a page may be ingested and trained on, and why not. It opens no socket.
///
/// Any objection wins, and what can not be read counts as unknown, never as a yes. Every signal is obeyed unless it
/// is turned off, which the verdict records.
///
/// Args:
///     url: Its final address; any text is accepted.
///     text: Its main text, as it would be ingested.
///     headers: Its HTTP headers: a mapping, or pairs of name and value, which keep repeated ones apart.
///     html: Its document, to be searched for meta elements.
///     status: The HTTP status that it came with.
///     robots: The `robots.txt` of its site.
///     tdmrep: What its site serves at `/.well-known/tdmrep.json`.
///     user_agent: Whose robot we are: directives that name another agent are not for us.
///     min_text_chars: The least number of characters of text.
///     ignore: Codes of signals that are not obeyed; see `Reason.code`.
///
/// Raises:
///     InvalidArgumentError: A code in `ignore` is none.
///
/// Examples:
///     >>> import aion
///     >>> text = "A long article. " * 20
///     >>> robots = aion.Robots.parse("User-agent: *\nContent-Signal: ai-train=no")
///     >>> verdict = aion.check_policy("https://example.com/a", text, robots=robots)
///     >>> verdict.ok, [(reason.code, reason.use) for reason in verdict.reasons]
///     (True, [('content_signal', 'train')])
///     >>> verdict = aion.check_policy("https://example.com/a", text, robots=robots, ignore=["content_signal"])
///     >>> verdict.allows("train"), verdict.waived[0].code
///     (True, 'content_signal')
#[pyfunction]
#[pyo3(signature = (
    url, text, *, headers = None, html = None, status = None, robots = None, tdmrep = None,
    user_agent = "aion", min_text_chars = 120, ignore = None
))]
#[expect(clippy::too_many_arguments, reason = "Python's keyword arguments")]
pub(crate) fn check_policy(
    py: Python<'_>,
    url: &str,
    text: &str,
    headers: Option<&Bound<'_, PyAny>>,
    html: Option<&Bound<'_, PyAny>>,
    status: Option<u16>,
    robots: Option<&Bound<'_, Robots>>,
    tdmrep: Option<&Bound<'_, PyAny>>,
    user_agent: &str,
    min_text_chars: i64,
    ignore: Option<&Bound<'_, PyAny>>,
) -> PyResult<Verdict> {
    let mut options = PolicyOptions::default();
    options.user_agent = user_agent.into();
    options.min_text_chars = count("min_text_chars", min_text_chars).or_raise(py)?;
    if let Some(ignore) = ignore {
        options.ignore = codes(&texts("ignore", ignore)?).or_raise(py)?;
    }
    let headers = headers.map(pairs).transpose()?.unwrap_or_default();
    let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let html = html.map(|html| Octets::new("html", html)).transpose()?;
    let tdmrep = tdmrep.map(|tdmrep| Octets::new("tdmrep", tdmrep)).transpose()?;
    let robots = robots.map(Bound::get);
    enter_briefly(py, || {
        let site = site(url, user_agent, robots, tdmrep.as_ref().map(AsRef::as_ref));
        let html = html.as_ref().map(AsRef::as_ref);
        let page = PolicyPage { url, text, headers: &headers, html, status, site };
        Ok(core::check_policy(&page, &options).into())
    })
}

/// What the files of a site say about `url`.
fn site(url: &str, user_agent: &str, robots: Option<&Robots>, tdmrep: Option<&[u8]>) -> SiteSignals {
    let mut site = SiteSignals::default();
    if let Some(robots) = robots {
        let rules = robots.core().agent(user_agent);
        site.robots = if rules.allowed(url) { RobotsAccess::Allowed } else { RobotsAccess::Disallowed };
        site.content_usage = rules.content_usage(url);
        site.content_signal = rules.content_signal(url);
    }
    if let Some(file) = tdmrep.and_then(TdmFile::parse) {
        site.tdm = file.rights(path(url));
    }
    site
}

/// The path of `url` with its query, which is what `tdmrep.json` speaks of.
fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split('#').next().unwrap_or_default();
    rest.find(['/', '?']).map_or("/", |at| &rest[at..])
}

/// The signals of those names.
///
/// # Errors
/// `invalid_argument` for a name that is none.
pub(super) fn codes(names: &[String]) -> aion_core::Result<BTreeSet<ReasonCode>> {
    let code = |name: &String| {
        let unknown = || {
            let known: Vec<_> = ReasonCode::ALL.iter().map(|code| code.name()).collect();
            invalid_argument(format!("{name:?} in ignore is no signal; there are {}", known.join(", ")))
        };
        ReasonCode::from_name(name).ok_or_else(unknown)
    };
    names.iter().map(code).collect()
}

/// The items of a mapping, or pairs as they are.
fn pairs(headers: &Bound<'_, PyAny>) -> PyResult<Vec<(String, String)>> {
    let items = match headers.getattr_opt(intern!(headers.py(), "items"))? {
        Some(items) => items.call0()?,
        None => headers.clone(),
    };
    items.try_iter()?.map(|pair| pair?.extract()).collect()
}
