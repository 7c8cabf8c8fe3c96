//! What the clients of this crate share: TLS, and the reading of headers.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName};

use crate::error::{Error, ErrorKind, Result};

/// TLS with the root certificates of Mozilla that are compiled in: the platform's own would be found through
/// the environment.
pub(crate) fn tls() -> Result<rustls::ClientConfig> {
    let refused = |source| Error::new(ErrorKind::Engine, "TLS can not be set up").with_source(source);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider);
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let builder = builder.with_safe_default_protocol_versions().map_err(refused)?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// The value of a header as text.
pub(crate) fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
}

/// The pause that `Retry-After` asks for: seconds, or a date, which is taken relative to the answer's own: our clocks
/// may differ.
pub(crate) fn retry_after(value: &str, date: Option<String>) -> Option<Duration> {
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let time = |text: &str| jiff::fmt::rfc2822::parse(text).ok().map(|time| time.timestamp().as_second());
    let seconds = time(value)? - time(&date?)?;
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or_default()))
}

/// What went wrong, with its causes, on one line.
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_seconds_or_a_date() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT".to_owned());
        assert_eq!(retry_after("120", None), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:50:37 GMT", date.clone()), Some(Duration::from_secs(60)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:00:00 GMT", date.clone()), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", date), None);
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:50:37 GMT", None), None);
    }
}
