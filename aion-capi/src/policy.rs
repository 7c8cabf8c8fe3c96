//! The policy on pages that the host fetched itself.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use aion_core::policy::{
    PolicyOptions, PolicyPage, ReasonCode, RobotsAccess, SiteSignals, TdmFile, check_policy,
};
use aion_core::{Result, canonical_url};

use crate::error::AionError;
use crate::handle::{invalid, required, vacant};
use crate::pair::AionPair;
use crate::panic::guard;
use crate::robots::AionRobots;
use crate::status::AionStatus;
use crate::text::{self, AionStr};
use crate::verdict::AionVerdict;
use crate::{robots, slice};

/// What is known of a page: everything but its address and text may be left out. Begin with aion_policy_page.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionPolicyPage {
    /// Its final address.
    pub url: *const c_char,
    /// How many bytes `url` has.
    pub url_length: usize,
    /// Its main text, as it would be ingested.
    pub text: *const c_char,
    /// How many bytes `text` has.
    pub text_length: usize,
    /// Its HTTP headers, a line each; names in any case.
    pub headers: *const AionPair,
    /// How many headers there are.
    pub header_count: usize,
    /// Its document, whose meta elements are read, in any charset.
    pub html: *const u8,
    /// How many bytes `html` has; 0 for no document.
    pub html_length: usize,
    /// The site's /.well-known/tdmrep.json.
    pub tdmrep: *const u8,
    /// How many bytes `tdmrep` has; 0 for no such file.
    pub tdmrep_length: usize,
    /// The site's robots.txt; NULL for none, or when nobody asked.
    pub robots: *const AionRobots,
    /// Whether robots.txt could not be had (a status of 500 or more, or no answer), which forbids everything.
    pub robots_unreachable: bool,
    /// The HTTP status that it came with; 0 for unknown.
    pub status: u32,
}

/// What the caller decides about policy. Begin with aion_policy_options_default.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionPolicyOptions {
    /// The user agent that directives may name; empty for "aion". A crawl has its own and passes this over.
    pub user_agent: *const c_char,
    /// How many bytes `user_agent` has.
    pub user_agent_length: usize,
    /// The least number of characters of text.
    pub min_text_chars: usize,
    /// Codes of reasons whose signals are not obeyed, such as "noai"; what they would have forbidden is told by
    /// aion_verdict_waived.
    pub ignore: *const AionStr,
    /// How many codes there are.
    pub ignore_count: usize,
}

impl AionPolicyOptions {
    /// # Safety
    /// The texts must be as many, and as many bytes, as their lengths say.
    pub(crate) unsafe fn resolve(options: Option<&Self>) -> Result<PolicyOptions> {
        let mut resolved = PolicyOptions::default();
        let Some(options) = options else { return Ok(resolved) };
        // SAFETY: the caller vouches for the bytes.
        let agent = unsafe { text::input(options.user_agent, options.user_agent_length, "user_agent") }?;
        if !agent.is_empty() {
            agent.clone_into(&mut resolved.user_agent);
        }
        resolved.min_text_chars = options.min_text_chars;
        // SAFETY: the caller vouches for the texts.
        for name in unsafe { text::list(options.ignore, options.ignore_count, "ignore") }? {
            let unknown = || invalid(format!("`ignore` has {name:?}, which is no code of a reason"));
            resolved = resolved.ignoring(ReasonCode::from_name(name).ok_or_else(unknown)?);
        }
        Ok(resolved)
    }
}

/// What a page is checked by, read from C.
struct Checked<'a> {
    url: &'a str,
    text: &'a str,
    headers: Vec<(&'a str, &'a str)>,
    html: &'a [u8],
    tdmrep: &'a [u8],
    robots: Option<&'a AionRobots>,
}

impl AionPolicyPage {
    /// # Safety
    /// Every pointer must be as its field says, and stay so for `'a`.
    unsafe fn resolve<'a>(&self) -> Result<Checked<'a>> {
        // SAFETY: the caller vouches for the headers.
        let headers = unsafe { slice::input(self.headers, self.header_count, "headers") }?;
        let headers = headers.iter().map(|header| {
            // SAFETY: the caller vouches for the bytes.
            let name = unsafe { text::input(header.name, header.name_length, "headers.name") }?;
            // SAFETY: the caller vouches for the bytes.
            let value = unsafe { text::input(header.value, header.value_length, "headers.value") }?;
            Ok((name, value))
        });
        Ok(Checked {
            // SAFETY: the caller vouches for the bytes.
            url: unsafe { text::input(self.url, self.url_length, "url") }?,
            // SAFETY: the caller vouches for the bytes.
            text: unsafe { text::input(self.text, self.text_length, "text") }?,
            headers: headers.collect::<Result<_>>()?,
            // SAFETY: the caller vouches for the bytes.
            html: unsafe { slice::input(self.html, self.html_length, "html") }?,
            // SAFETY: the caller vouches for the bytes.
            tdmrep: unsafe { slice::input(self.tdmrep, self.tdmrep_length, "tdmrep") }?,
            // SAFETY: the caller vouches that it is NULL or a handle.
            robots: unsafe { self.robots.as_ref() },
        })
    }

    fn status(&self) -> Result<Option<u16>> {
        let none = || invalid(format!("{} is no HTTP status; leave it at 0 if it is unknown", self.status));
        let status = u16::try_from(self.status).map_err(|_| none())?;
        Ok((status > 0).then_some(status))
    }
}

impl Checked<'_> {
    fn site(&self, page: &AionPolicyPage, agent: &str) -> SiteSignals {
        let mut site = SiteSignals::default();
        if let Some(robots) = self.robots {
            let rules = robots::core(robots).agent(agent);
            site.robots = match rules.allowed(self.url) {
                true => RobotsAccess::Allowed,
                false => RobotsAccess::Disallowed,
            };
            site.content_usage = rules.content_usage(self.url);
            site.content_signal = rules.content_signal(self.url);
        }
        if page.robots_unreachable {
            site.robots = RobotsAccess::Unreachable;
        }
        if let Some(file) = TdmFile::parse(self.tdmrep) {
            site.tdm = file.rights(&path_of(self.url));
        }
        site
    }
}

/// The path and query of `url`.
fn path_of(url: &str) -> String {
    let url = canonical_url(url, None).unwrap_or_default();
    url.splitn(4, '/').nth(3).map_or_else(|| "/".into(), |path| format!("/{path}"))
}

/// A page of which only the address and the main text are known. The texts are borrowed: they must stay as they are
/// until the call that checks them has returned.
#[unsafe(no_mangle)]
pub extern "C" fn aion_policy_page(
    url: *const c_char,
    url_length: usize,
    text: *const c_char,
    text_length: usize,
) -> AionPolicyPage {
    AionPolicyPage {
        url,
        url_length,
        text,
        text_length,
        headers: std::ptr::null(),
        header_count: 0,
        html: std::ptr::null(),
        html_length: 0,
        tdmrep: std::ptr::null(),
        tdmrep_length: 0,
        robots: std::ptr::null(),
        robots_unreachable: false,
        status: 0,
    }
}

/// The default options: every signal is obeyed, and 120 characters are text enough.
#[unsafe(no_mangle)]
pub extern "C" fn aion_policy_options_default() -> AionPolicyOptions {
    AionPolicyOptions {
        user_agent: std::ptr::null(),
        user_agent_length: 0,
        min_text_chars: 120,
        ignore: std::ptr::null(),
        ignore_count: 0,
    }
}

/// Says whether a page may be ingested and trained on, by its route, its length, the identifiers of people in it and
/// every signal of its site. Nothing is fetched. `options` may be NULL for the default. Pages of a crawl have their
/// verdicts already.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for a text that is none, a code in `ignore` that is none, and a status that
/// can not be.
///
/// # Safety
/// Every pointer of `page` and of `options` must be as its field says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_check_policy(
    page: Option<&AionPolicyPage>,
    options: Option<&AionPolicyOptions>,
    out: Option<&mut MaybeUninit<Option<Box<AionVerdict>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        let page = required(page, "page")?;
        // SAFETY: the caller vouches for the page.
        let checked = unsafe { page.resolve() }?;
        // SAFETY: the caller vouches for the options.
        let options = unsafe { AionPolicyOptions::resolve(options) }?;
        let Checked { url, text, ref headers, html, .. } = checked;
        let page = PolicyPage {
            url,
            text,
            headers,
            html: (!html.is_empty()).then_some(html),
            status: page.status()?,
            site: checked.site(page, &options.user_agent),
        };
        *out = Some(Box::new(check_policy(&page, &options).into()));
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_what_follows_the_host() {
        for (url, path) in [
            ("https://e.com", "/"),
            ("https://e.com/a/b?c=d/e#f", "/a/b?c=d/e"),
            ("https://e.com?a=b", "/?a=b"),
            ("no address", "/"),
        ] {
            assert_eq!(path_of(url), path, "{url}");
        }
    }
}
