//! Where a paid model is, what it is called, and how long it is waited for.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use ::url::{Host, Url};
use reqwest::header::HeaderValue;

use super::key::ApiKey;
use crate::budget::{Price, Usd};
use crate::config::{self, Variable};
use crate::error::{Error, ErrorKind, Result};

const BASE_URL: &str = "https://api.openai.com/v1";
const MODEL: &str = "gpt-4o-mini";
/// OpenAI's list price of that model, in dollars for a million tokens in and out (openai.com/api/pricing, 2025).
const PRICE: (&str, &str) = ("0.15", "0.60");

/// Settings of an [`OpenAi`](super::OpenAi). `OpenAiOptions::default()` is OpenAI's own service.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct OpenAiOptions {
    /// The address before `/chat/completions`. Plain HTTP is taken on this machine only, unless there is no key.
    /// Default: `https://api.openai.com/v1`.
    pub base_url: String,
    /// The key. Default: none, for servers that need none.
    pub key: Option<ApiKey>,
    /// The project that is billed, as OpenAI calls it. Default: none.
    pub project: Option<String>,
    /// The model. Default: `gpt-4o-mini`.
    pub model: String,
    /// What it charges. Default: none, which is the list price for the default model at the default address, and nobody's
    /// guess for any other; what has no price is never called.
    pub price: Option<Price>,
    /// Whether the limit of the reply is told as `max_completion_tokens`, which OpenAI's reasoning models ask for, instead
    /// of `max_tokens`, which all servers know. Default: false.
    pub max_completion_tokens: bool,
    /// How long a connection may take. Default: 10 seconds.
    pub connect_timeout: Duration,
    /// How long it may take from the request to the head of the answer. Default: 30 seconds.
    pub first_byte_timeout: Duration,
    /// How long an answer may pause. Default: 15 seconds.
    pub idle_timeout: Duration,
    /// How long a call may take in all. Default: 60 seconds.
    pub timeout: Duration,
}

impl Default for OpenAiOptions {
    fn default() -> Self {
        Self {
            base_url: BASE_URL.into(),
            key: None,
            project: None,
            model: MODEL.into(),
            price: None,
            max_completion_tokens: false,
            connect_timeout: Duration::from_secs(10),
            first_byte_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(15),
            timeout: Duration::from_secs(60),
        }
    }
}

/// What the variables say, before prices are joined.
#[derive(Default)]
struct Given {
    options: OpenAiOptions,
    input: Option<Usd>,
    output: Option<Usd>,
}

/// Every name that [`OpenAiOptions::from_vars`] reads.
const VARS: &[Variable<Given>] = &[
    ("OPENAI_PROJECT", |g, v| {
        g.options.project = Some(v.into());
        Ok(())
    }),
    ("OPENAI_BASE_URL", |g, v| {
        g.options.base_url = v.into();
        Ok(())
    }),
    ("OPENAI_MODEL", |g, v| {
        g.options.model = v.into();
        Ok(())
    }),
    ("OPENAI_INPUT_USD_PER_MILLION", |g, v| set_price(&mut g.input, v)),
    ("OPENAI_OUTPUT_USD_PER_MILLION", |g, v| set_price(&mut g.output, v)),
];
/// Read apart, since errors quote the others.
const KEY: &str = "OPENAI_API_KEY";

impl OpenAiOptions {
    /// The defaults, changed by the variables that are known here; an empty value counts as absent.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] that names the variable whose value can not be used, and as
    /// [`validate`](Self::validate). The key is not quoted.
    pub fn from_vars<K, V>(vars: impl IntoIterator<Item = (K, V)>) -> Result<Self>
    where
        K: AsRef<str>,
        V: AsRef<str>,
    {
        let mut given = Given::default();
        let mut others = Vec::new();
        for (name, value) in vars {
            match (name.as_ref(), value.as_ref().trim()) {
                (KEY, "") => {}
                (KEY, key) => given.options.key = Some(ApiKey::new(key).map_err(|e| e.in_context(KEY))?),
                _ => others.push((name, value)),
            }
        }
        config::read_vars(&mut given, VARS, others)?;
        let Given { mut options, input, output } = given;
        options.price = match (input, output) {
            (Some(input), Some(output)) => Some(Price::new(input, output)),
            (None, None) => None,
            _ => {
                let message =
                    "OPENAI_INPUT_USD_PER_MILLION and OPENAI_OUTPUT_USD_PER_MILLION must be set both";
                return Err(Error::new(ErrorKind::InvalidArgument, message));
            }
        };
        options.validate()?;
        Ok(options)
    }

    /// The names of the variables that [`from_vars`](Self::from_vars) reads.
    pub fn variables() -> impl Iterator<Item = &'static str> {
        [KEY].into_iter().chain(VARS.iter().map(|(name, _)| *name))
    }

    /// # Errors
    /// [`ErrorKind::InvalidArgument`] that names the first setting out of its range.
    pub fn validate(&self) -> Result<()> {
        let refuse = |message: String| Err(Error::new(ErrorKind::InvalidArgument, message));
        self.endpoint()?;
        if self.model.trim().is_empty() {
            return refuse("model is empty; it must be the name of one of the server's models".into());
        }
        if let Some(project) = &self.project
            && HeaderValue::from_str(project).is_err()
        {
            return refuse("project must be visible ASCII".into());
        }
        let spans = [
            ("connect_timeout", self.connect_timeout),
            ("first_byte_timeout", self.first_byte_timeout),
            ("idle_timeout", self.idle_timeout),
            ("timeout", self.timeout),
        ];
        match spans.iter().find(|(_, span)| span.is_zero()) {
            Some((name, _)) => refuse(format!("{name} is 0; it must be longer")),
            None => Ok(()),
        }
    }

    /// The price by which calls are billed.
    pub(super) fn known_price(&self) -> Option<Price> {
        let is_default = self.base_url == BASE_URL && self.model == MODEL;
        let listed = || Some(Price::new(Usd::at_least(PRICE.0).ok()?, Usd::at_least(PRICE.1).ok()?));
        self.price.or_else(|| if is_default { listed() } else { None })
    }

    /// Where conversations are sent.
    pub(super) fn endpoint(&self) -> Result<Url> {
        // An address may hold a password, so it is not quoted.
        let refuse = |reason: &str| Error::new(ErrorKind::InvalidArgument, format!("base_url {reason}"));
        let base = Url::parse(self.base_url.trim())
            .map_err(|_| refuse("is no address such as `https://host/v1`"))?;
        let is_web = matches!(base.scheme(), "http" | "https") && base.host().is_some();
        if !is_web || base.query().is_some() || base.fragment().is_some() {
            return Err(refuse("must be an http or https address without `?` and `#`"));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(refuse("must hold no name and no password; give the key as such"));
        }
        if base.scheme() == "http" && self.key.is_some() && !is_loopback(&base) {
            return Err(refuse(
                "is plain HTTP to another machine, which would show the key to the network; use https",
            ));
        }
        let mut endpoint = base.clone();
        endpoint.set_path(&format!("{}/chat/completions", base.path().trim_end_matches('/')));
        Ok(endpoint)
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

fn set_price(price: &mut Option<Usd>, text: &str) -> Result<(), String> {
    *price = Some(Usd::at_least(text).map_err(|error| error.to_string())?);
    Ok(())
}

impl fmt::Debug for OpenAiOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiOptions")
            .field("model", &self.model)
            .field("has_key", &self.key.is_some())
            .field("price", &self.known_price())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_that_hosts_use_reach_their_fields() {
        let options = OpenAiOptions::from_vars([
            ("OPENAI_API_KEY", " sk-test "),
            ("OPENAI_PROJECT", "proj_1"),
            ("OPENAI_BASE_URL", "http://127.0.0.1:8000/v1/"),
            ("OPENAI_MODEL", "llama"),
            ("OPENAI_INPUT_USD_PER_MILLION", "1"),
            ("OPENAI_OUTPUT_USD_PER_MILLION", "2.5"),
            ("OPENAI_MAX_DAILY_USD", "the budget's"),
        ])
        .unwrap();
        assert_eq!(options.key, Some(ApiKey::new("sk-test").unwrap()));
        assert_eq!((options.project.as_deref(), options.model.as_str()), (Some("proj_1"), "llama"));
        assert_eq!(options.endpoint().unwrap().as_str(), "http://127.0.0.1:8000/v1/chat/completions");
        let price = Price::new(Usd::at_least(1).unwrap(), Usd::at_least(2.5).unwrap());
        assert_eq!(options.known_price(), Some(price));
    }

    #[test]
    fn only_the_default_model_at_its_own_address_has_a_price_by_itself() {
        let none = [("OPENAI_API_KEY", "")];
        assert!(OpenAiOptions::from_vars(none).unwrap().known_price().is_some());
        for other in [("OPENAI_MODEL", "gpt-9"), ("OPENAI_BASE_URL", "https://example.com/v1")] {
            assert_eq!(OpenAiOptions::from_vars([other]).unwrap().known_price(), None);
        }
    }

    #[test]
    fn a_bad_value_is_refused_by_its_name_and_a_secret_is_not_quoted() {
        for (name, value) in [
            ("OPENAI_API_KEY", "sk secret"),
            ("OPENAI_BASE_URL", "https://user:secret@example.com/v1"),
            ("OPENAI_BASE_URL", "https://secret:x"),
            ("OPENAI_BASE_URL", "ftp://example.com"),
            ("OPENAI_BASE_URL", "https://example.com/v1?key=secret"),
            ("OPENAI_PROJECT", "a\u{7}b"),
            ("OPENAI_INPUT_USD_PER_MILLION", "-1"),
            ("OPENAI_OUTPUT_USD_PER_MILLION", "1"),
        ] {
            let error = OpenAiOptions::from_vars([(name, value)]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{name}={value}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_key_goes_over_tls_or_stays_on_this_machine() {
        for (base_url, is_fine) in [
            ("http://example.com/v1", false),
            ("http://10.0.0.7/v1", false),
            ("http://127.0.0.1:1/v1", true),
            ("http://[::1]:1/v1", true),
            ("http://localhost/v1", true),
            ("https://10.0.0.7/v1", true),
        ] {
            let mut options = OpenAiOptions { base_url: base_url.into(), ..OpenAiOptions::default() };
            assert!(options.validate().is_ok(), "{base_url} without a key");
            options.key = Some(ApiKey::new("k").unwrap());
            assert_eq!(options.validate().is_ok(), is_fine, "{base_url}");
        }
    }

    #[test]
    fn the_documentation_names_every_variable() {
        let page = include_str!("../../../../docs/configuration.md");
        for name in OpenAiOptions::variables() {
            assert!(page.contains(&format!("| `{name}` |")), "docs/configuration.md lacks {name}");
        }
    }
}
