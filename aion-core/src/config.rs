//! Settings: plain values, checked once, and the one table of the `AION_*` names that hosts use.

use std::path::PathBuf;

use crate::blocklist::Blocklist;
use crate::error::{Error, ErrorKind, Result};

/// Everything that an [`Aion`](crate::Aion) needs to know. Nothing is loaded until a call needs it.
///
/// ```
/// use aion_core::Config;
///
/// let mut config = Config::default();
/// config.ocr_lang = "eng".into();
/// config.max_image_pixels = 10_000_000;
/// config.validate()?;
/// # Ok::<(), aion_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// A CLIP model: an ONNX file, or a directory of them (see `docs/models.md`). Default: none.
    pub clip_model: Option<PathBuf>,
    /// Longest text that CLIP is given, in tokens with start and end. Default: 77.
    pub clip_max_length: usize,
    /// Tesseract languages, joined by `+`. Default: `eng+por`.
    pub ocr_lang: String,
    /// Directory of `*.traineddata`. Default: the first of the usual system directories that exists.
    pub tessdata: Option<PathBuf>,
    /// The ONNX Runtime shared library. Default: the system's own, by its usual name.
    pub onnxruntime: Option<PathBuf>,
    /// Threads that one handle may use. Default: the cores that this process may use.
    pub threads: Option<usize>,
    /// Most pixels of one image or page. Default: 100 million.
    pub max_image_pixels: u64,
    /// Most bytes of one encoded image. Default: 64 MiB.
    pub max_image_bytes: u64,
    /// Most pages of a crawl that does not say otherwise. Default: 50.
    pub crawl_max_pages: usize,
    /// Whether crawls obey `robots.txt`. Default: true.
    pub respect_robots: bool,
    /// Sites that no crawl asks for anything, as [`Blocklist`](crate::Blocklist) reads them. Default: none.
    pub blocklist: Vec<String>,
    /// Who crawls introduce themselves as; give a contact. Default: `AION/` and the version.
    pub user_agent: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            clip_model: None,
            clip_max_length: 77,
            ocr_lang: "eng+por".into(),
            tessdata: None,
            onnxruntime: None,
            threads: None,
            max_image_pixels: 100_000_000,
            max_image_bytes: 64 << 20,
            crawl_max_pages: 50,
            respect_robots: true,
            blocklist: Vec::new(),
            user_agent: concat!("AION/", env!("CARGO_PKG_VERSION"), " (embedded crawler)").into(),
        }
    }
}

/// The name of a variable, and what writes its text into its field.
pub(crate) type Variable<T> = (&'static str, fn(&mut T, &str) -> Result<(), String>);

/// Every name that [`Config::from_vars`] reads; others are left to the rest of the host.
const VARS: &[Variable<Config>] = &[
    ("AION_CLIP_MODEL_PATH", |c, v| set_path(&mut c.clip_model, v)),
    ("AION_CLIP_MAXLEN", |c, v| parse(v).map(|n| c.clip_max_length = n)),
    ("AION_OCR_LANG", |c, v| set_text(&mut c.ocr_lang, v)),
    ("AION_TESSDATA", |c, v| set_path(&mut c.tessdata, v)),
    ("ORT_DYLIB_PATH", |c, v| set_path(&mut c.onnxruntime, v)),
    ("AION_THREADS", |c, v| parse(v).map(|n| c.threads = Some(n))),
    ("AION_MAX_IMAGE_PIXELS", |c, v| parse(v).map(|n| c.max_image_pixels = n)),
    ("AION_MAX_IMAGE_BYTES", |c, v| parse(v).map(|n| c.max_image_bytes = n)),
    ("AION_CRAWL_MAX_PAGES", |c, v| parse(v).map(|n| c.crawl_max_pages = n)),
    ("AION_ALLOW_ROBOTS", |c, v| parse_switch(v).map(|on| c.respect_robots = on)),
    ("AION_BLOCKLIST_DOMAINS", |c, v| {
        c.blocklist = v.split(',').map(|site| site.trim().to_owned()).collect();
        Ok(())
    }),
    ("AION_USER_AGENT", |c, v| set_text(&mut c.user_agent, v)),
];

impl Config {
    /// The defaults, changed by the variables that are known here; an empty value counts as absent.
    ///
    /// The core reads no environment itself: the host passes `std::env::vars()`, or any other pairs.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] that names the variable whose value can not be used.
    pub fn from_vars<K, V>(vars: impl IntoIterator<Item = (K, V)>) -> Result<Self>
    where
        K: AsRef<str>,
        V: AsRef<str>,
    {
        let mut config = Self::default();
        read_vars(&mut config, VARS, vars)?;
        config.validate()?;
        Ok(config)
    }

    /// # Errors
    /// [`ErrorKind::InvalidArgument`] that names the first setting out of its range.
    pub fn validate(&self) -> Result<()> {
        let refuse = |message: String| Err(Error::new(ErrorKind::InvalidArgument, message));
        if !(2..=4096).contains(&self.clip_max_length) {
            return refuse(format!("clip_max_length is {}; it must be 2 to 4096", self.clip_max_length));
        }
        if let Some(threads) = self.threads
            && !(1..=1024).contains(&threads)
        {
            return refuse(format!("threads is {threads}; it must be 1 to 1024, or absent for every core"));
        }
        if self.max_image_pixels == 0 || self.max_image_bytes == 0 {
            return refuse("max_image_pixels and max_image_bytes must be at least 1".into());
        }
        if self.crawl_max_pages == 0 {
            return refuse("crawl_max_pages is 0; it must be at least 1".into());
        }
        check_user_agent(&self.user_agent)?;
        Blocklist::new(&self.blocklist)?;
        check_ocr_lang(&self.ocr_lang)
    }

    /// The number of threads to use, resolved.
    pub fn thread_count(&self) -> usize {
        self.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
    }
}

/// Changes `target` by those of `vars` that `known` has; an empty value counts as absent.
///
/// # Errors
/// [`ErrorKind::InvalidArgument`] that names the variable whose value can not be used.
pub(crate) fn read_vars<T, K, V>(
    target: &mut T,
    known: &[Variable<T>],
    vars: impl IntoIterator<Item = (K, V)>,
) -> Result<()>
where
    K: AsRef<str>,
    V: AsRef<str>,
{
    for (name, value) in vars {
        let (name, value) = (name.as_ref(), value.as_ref().trim());
        let Some((_, set)) = known.iter().find(|(known, _)| *known == name) else { continue };
        if value.is_empty() {
            continue;
        }
        set(target, value).map_err(|reason| {
            Error::new(ErrorKind::InvalidArgument, format!("{name}={value:?} can not be used: {reason}"))
        })?;
    }
    Ok(())
}

/// Language names become file names, so only what traineddata files are called is let through.
///
/// # Errors
/// [`ErrorKind::InvalidArgument`] for anything but names of letters, digits, `_`, `-` and `/` joined by `+`.
pub(crate) fn check_ocr_lang(lang: &str) -> Result<()> {
    let is_name = |name: &str| {
        !name.is_empty()
            && !name.starts_with('/')
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-/".contains(&b))
    };
    if lang.len() <= 256 && lang.split('+').all(is_name) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::InvalidArgument,
        format!("OCR language {lang:?} is not a list of Tesseract languages such as `eng+por`"),
    ))
}

/// A user agent becomes a header.
///
/// # Errors
/// [`ErrorKind::InvalidArgument`] for an empty one, or one that is not visible ASCII.
pub(crate) fn check_user_agent(agent: &str) -> Result<()> {
    let is_visible = |byte: u8| byte == b'\t' || (b' '..0x7f).contains(&byte);
    if !agent.trim().is_empty() && agent.bytes().all(is_visible) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::InvalidArgument, format!("user_agent is {agent:?}; it must be visible ASCII")))
}

fn set_text(field: &mut String, value: &str) -> Result<(), String> {
    value.clone_into(field);
    Ok(())
}

fn set_path(field: &mut Option<PathBuf>, value: &str) -> Result<(), String> {
    *field = Some(value.into());
    Ok(())
}

pub(crate) fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(value: &str) -> Result<T, String> {
    value.parse().map_err(|error: T::Err| error.to_string())
}

pub(crate) fn parse_switch(value: &str) -> Result<bool, String> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err("it must be true or false".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_that_hosts_use_reach_their_fields() {
        let config = Config::from_vars([
            ("AION_OCR_LANG", "por"),
            ("AION_CLIP_MODEL_PATH", "./models/clip_vit32.onnx"),
            ("AION_CLIP_MAXLEN", "32"),
            ("ORT_DYLIB_PATH", ""),
            ("AION_THREADS", " 3 "),
            ("AION_CRAWL_MAX_PAGES", "7"),
            ("AION_ALLOW_ROBOTS", "false"),
            ("AION_BLOCKLIST_DOMAINS", "facebook.com, twitter.com"),
            ("AION_USER_AGENT", "ExampleBot/1.0 (+https://example.com/bot)"),
            ("OPENAI_API_KEY", "not ours"),
        ])
        .unwrap();
        assert_eq!(config.ocr_lang, "por");
        assert_eq!(config.clip_model, Some("./models/clip_vit32.onnx".into()));
        assert_eq!(config.clip_max_length, 32);
        assert_eq!(config.onnxruntime, None);
        assert_eq!(config.threads, Some(3));
        assert_eq!((config.crawl_max_pages, config.respect_robots), (7, false));
        assert_eq!(config.blocklist, ["facebook.com", "twitter.com"]);
        assert_eq!(config.user_agent, "ExampleBot/1.0 (+https://example.com/bot)");
    }

    #[test]
    fn the_documentation_names_every_variable() {
        let page = include_str!("../../docs/configuration.md");
        for (name, _) in VARS {
            assert!(page.contains(&format!("| `{name}` |")), "docs/configuration.md lacks {name}");
        }
    }

    #[test]
    fn a_bad_value_is_refused_by_its_name() {
        for (name, value) in [
            ("AION_CLIP_MAXLEN", "many"),
            ("AION_CLIP_MAXLEN", "1"),
            ("AION_MAX_IMAGE_PIXELS", "-5"),
            ("AION_MAX_IMAGE_BYTES", "0"),
            ("AION_OCR_LANG", "../../etc/passwd"),
            ("AION_OCR_LANG", "eng++por"),
            ("AION_CRAWL_MAX_PAGES", "0"),
            ("AION_ALLOW_ROBOTS", "maybe"),
            ("AION_BLOCKLIST_DOMAINS", "a b"),
            ("AION_USER_AGENT", "a\r\nCookie: b"),
        ] {
            let error = Config::from_vars([(name, value)]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{name}={value}");
        }
    }
}
