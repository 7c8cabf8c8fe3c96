//! Canonical URLs: one spelling for addresses that name the same page.

use std::collections::HashSet;

use ::url::{Position, Url};

use crate::error::{Error, ErrorKind, Result};

/// Most bytes of a URL. RFC 9110 §4.1 asks servers for 8,000 at least; few take more.
pub(crate) const MAX_URL_BYTES: usize = 8 * 1024;

/// Query parameters that say how a visitor came, not which page it is.
const TRACKING: &[&str] = &[
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "_openstat",
    "dclid",
    "epik",
    "fbclid",
    "gad_source",
    "gbraid",
    "gclid",
    "gclsrc",
    "hsctatracking",
    "igsh",
    "igshid",
    "li_fat_id",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "msclkid",
    "oly_anon_id",
    "oly_enc_id",
    "srsltid",
    "ttclid",
    "twclid",
    "vero_conv",
    "vero_id",
    "wbraid",
    "wickedid",
    "yclid",
    "ysclid",
];
const TRACKING_PREFIXES: &[&str] = &["utm_", "hsa_", "mtm_", "pk_", "piwik_", "matomo_"];

/// Query and path parameters that number a visitor's session.
const SESSION: &[&str] =
    &["cfid", "cftoken", "jsessionid", "oscsid", "phpsessid", "sessid", "session_id", "sessionid", "zenid"];
const SESSION_PREFIXES: &[&str] = &["aspsessionid"];

/// The canonical spelling of `url`, which may be relative to `base`.
///
/// Parsed as the WHATWG URL standard says (scheme and host in lower case, IDNA, no default port, no dot segments),
/// then without fragment, and for `http` and `https` also: escapes of unreserved characters decoded and others with
/// upper-case digits, no tracking or session parameters, no empty query, and parameters in the order of their names
/// where that can not change their meaning: each has a `=` and a name of its own, without `[`.
///
/// The answer is a fixed point: its own canonical spelling.
///
/// ```
/// use aion_core::canonical_url;
///
/// let base = Some("https://example.com/a/");
/// assert_eq!(canonical_url("../b?z=1&utm_source=x&a=2#top", base)?, "https://example.com/b?a=2&z=1");
/// assert_eq!(canonical_url("HTTP://EXAMPLE.com:80/%7ejoe?", None)?, "http://example.com/~joe");
/// # Ok::<(), aion_core::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::LimitExceeded`] for more than 8 KiB, before or after; [`ErrorKind::InvalidInput`] for what is no
/// URL, or relative without a base.
pub fn canonical_url(url: &str, base: Option<&str>) -> Result<String> {
    let base = base.map(|base| parse(base, None)).transpose()?;
    canonical(parse(url, base.as_ref())?).map(String::from)
}

/// `text` as the WHATWG standard reads it, its length checked before anything else.
///
/// # Errors
/// Those of [`canonical_url`].
pub(crate) fn parse(text: &str, base: Option<&Url>) -> Result<Url> {
    check_length(text)?;
    let standard = base.and_then(|base| without_extra_slashes(text, base));
    let mut url =
        Url::options().base_url(base).parse(standard.as_deref().unwrap_or(text)).map_err(|source| {
            let start = &text[..text.floor_char_boundary(200)];
            let dots = if start.len() < text.len() { "…" } else { "" };
            Error::new(ErrorKind::InvalidInput, format!("{start:?}{dots} is not a URL")).with_source(source)
        })?;
    // In the standard since 2024, in the crate not yet.
    if !url.cannot_be_a_base() && url.path().contains('^') {
        let path = url.path().replace('^', "%5E");
        url.set_path(&path);
    }
    Ok(url)
}

/// The standard skips all slashes before a host; the `url` crate takes a third one for an empty host.
fn without_extra_slashes(text: &str, base: &Url) -> Option<String> {
    let is_special = matches!(base.scheme(), "http" | "https" | "ws" | "wss" | "ftp");
    let text = text.trim_start_matches(|c| c <= ' ');
    let rest = text.trim_start_matches(['/', '\\', '\t', '\n', '\r']);
    let slashes = text[..text.len() - rest.len()].chars().filter(|c| matches!(c, '/' | '\\')).count();
    (is_special && slashes > 2).then(|| format!("//{rest}"))
}

/// The canonical spelling of a parsed URL; see [`canonical_url`].
///
/// # Errors
/// Those of [`canonical_url`].
pub(crate) fn canonical(mut url: Url) -> Result<Url> {
    url.set_fragment(None);
    if matches!(url.scheme(), "http" | "https") {
        let mut text = url[..Position::BeforePath].to_owned();
        push_path(&mut text, &normal_escapes(url.path()));
        push_query(&mut text, url.query().unwrap_or_default());
        // What was decoded may have made a dot segment.
        url = parse(&text, None)?;
    }
    check_length(url.as_str())?;
    Ok(url)
}

fn check_length(text: &str) -> Result<()> {
    if text.len() <= MAX_URL_BYTES {
        return Ok(());
    }
    let message = format!("a URL of {} bytes; the limit is {MAX_URL_BYTES}", text.len());
    Err(Error::new(ErrorKind::LimitExceeded, message))
}

/// `text` with escapes of unreserved characters decoded and the digits of others in upper case (RFC 3986 §6.2.2).
pub(crate) fn normal_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Octets of `out` up to here are part of no damaged escape that a decoded digit could complete.
    let mut safe = 0;
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(octet) = rest.get(..2).filter(|digits| is_hex(digits)) else {
            out.push('%');
            safe = out.len() + 2;
            continue;
        };
        let decoded = u8::from_str_radix(octet, 16).map_or('%', char::from);
        let completes = out.len() < safe && decoded.is_ascii_hexdigit();
        if is_unreserved(decoded) && !completes {
            out.push(decoded);
        } else {
            out.push('%');
            out.push_str(&octet.to_ascii_uppercase());
        }
        rest = &rest[2..];
    }
    out.push_str(rest);
    out
}

fn is_hex(digits: &str) -> bool {
    digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_unreserved(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_' | '~')
}

/// Appends `path` without session parameters (`/a;jsessionid=1`).
fn push_path(out: &mut String, path: &str) {
    for (number, part) in path.split(';').enumerate() {
        let (parameter, segments) = part.split_at(part.find('/').unwrap_or(part.len()));
        if number > 0 && is_session(parameter) {
            out.push_str(segments);
            continue;
        }
        if number > 0 {
            out.push(';');
        }
        out.push_str(part);
    }
}

/// Appends `?` and what is left of `query`, if anything is.
fn push_query(out: &mut String, query: &str) {
    let is_kept = |part: &String| !part.is_empty() && !is_tracking(part) && !is_session(part);
    let mut parts: Vec<String> = query.split('&').map(normal_escapes).filter(is_kept).collect();
    if is_order_free(&parts) {
        parts.sort_unstable();
    }
    for (number, part) in parts.iter().enumerate() {
        out.push(if number == 0 { '?' } else { '&' });
        out.push_str(part);
    }
}

/// Whether every part has a `=` and a plain name of its own, so that no server reads them otherwise in another order.
fn is_order_free(parts: &[String]) -> bool {
    let is_plain = |name: &str| !name.is_empty() && !name.contains(['[', '%', '?']);
    let mut names = HashSet::new();
    parts.iter().all(|part| part.contains('=') && is_plain(name(part)) && names.insert(name(part)))
}

fn name(part: &str) -> &str {
    part.split('=').next().unwrap_or_default()
}

fn is_tracking(part: &str) -> bool {
    is_known(name(part), TRACKING, TRACKING_PREFIXES)
}

fn is_session(part: &str) -> bool {
    // `sid` may number a story as well; only a session's is long and random.
    let value = part.split_once('=').map_or("", |(_, value)| value);
    let is_random = value.len() >= 16 && value.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_known(name(part), SESSION, SESSION_PREFIXES) || (name(part).eq_ignore_ascii_case("sid") && is_random)
}

fn is_known(name: &str, names: &[&str], prefixes: &[&str]) -> bool {
    let begins =
        |prefix: &&str| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    names.iter().any(|known| known.eq_ignore_ascii_case(name)) || prefixes.iter().any(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_page_become_one() {
        for (url, expected) in [
            ("HTTP://User@Example.COM:80/a/./b/../c#d", "http://User@example.com/a/c"),
            ("https://example.com:443", "https://example.com/"),
            ("https://example.com:8443/?", "https://example.com:8443/"),
            ("https://b\u{fc}cher.example/\u{fc}", "https://xn--bcher-kva.example/%C3%BC"),
            ("http://0x7f.1/", "http://127.0.0.1/"),
            ("http://a/%7e%2f%3a%e9%41?%7E=%2b", "http://a/~%2F%3A%E9A?~=%2B"),
            ("http://a/%2%45x/%%34%31", "http://a/%2%45x/%%341"),
            ("http://a/b%2E%2e/%2e/c", "http://a/b../c"),
            ("http://a/?b=2&a=1", "http://a/?a=1&b=2"),
            ("http://a/?b=2&a=1&b=1", "http://a/?b=2&a=1&b=1"),
            ("http://a/?b&a=1", "http://a/?b&a=1"),
            ("http://a/?b[]=2&a=1", "http://a/?b[]=2&a=1"),
            ("http://a/?&&x=1&", "http://a/?x=1"),
            ("http://a/?UTM_Source=x&fbclid=1&gclid=2&utm%5fid=3", "http://a/"),
            ("http://a/?utm=1&id=2", "http://a/?id=2&utm=1"),
            (
                "http://a/b;JSESSIONID=1A/c;v=1?PHPSESSID=2&sid=3&sid=0123456789abcdef0",
                "http://a/b/c;v=1?sid=3",
            ),
            (" java\nscript:alert(1)#x", "javascript:alert(1)"),
            ("mailto:a@B.example?subject=utm_source#x", "mailto:a@B.example?subject=utm_source"),
        ] {
            assert_eq!(canonical_url(url, None).unwrap(), expected, "{url}");
            assert_eq!(canonical_url(expected, None).unwrap(), expected);
        }
    }

    #[test]
    fn bases_are_resolved() {
        let base = Some("https://example.com/a/b?c#d");
        assert_eq!(canonical_url("", base).unwrap(), "https://example.com/a/b?c");
        assert_eq!(canonical_url("//other.example/x", base).unwrap(), "https://other.example/x");
        assert_eq!(canonical_url(" \\/\t//other.example/^", base).unwrap(), "https://other.example/%5E");
        assert_eq!(canonical_url("?x=1", base).unwrap(), "https://example.com/a/b?x=1");
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for url in ["", "/a", "http://", "http://a b/", "http://[::1", "http://a:99999/", "http://exa%mple/"]
        {
            assert_eq!(canonical_url(url, None).unwrap_err().kind(), ErrorKind::InvalidInput, "{url}");
        }
        let long = format!("http://a/{}", "\u{fc}".repeat(2_000));
        assert_eq!(canonical_url(&long, None).unwrap_err().kind(), ErrorKind::LimitExceeded);
        let long = "x".repeat(MAX_URL_BYTES + 1);
        assert_eq!(canonical_url(&long, None).unwrap_err().kind(), ErrorKind::LimitExceeded);
        assert_eq!(canonical_url("/", Some(&long)).unwrap_err().kind(), ErrorKind::LimitExceeded);
        let error = canonical_url(&"\u{fc}".repeat(500), None).unwrap_err();
        assert!(error.to_string().len() < 600, "{error}");
    }
}
