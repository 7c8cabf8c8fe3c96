//! Settings for an engine.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};

use aion_core::{Config, Result};

use crate::error::AionError;
use crate::handle::{required, vacant};
use crate::panic::{guard, guard_drop, guard_or};
use crate::status::AionStatus;
use crate::text::{self, AionStr};

/// Settings for an engine. One thread at a time may change them. Freed by aion_config_free.
pub struct AionConfig(Config);

impl AionConfig {
    pub(crate) fn core(&self) -> &Config {
        &self.0
    }
}

/// The default settings. They can be changed until an engine is made of them; numbers are checked then.
#[unsafe(no_mangle)]
pub extern "C" fn aion_config_new() -> Option<Box<AionConfig>> {
    guard_or(None, || Some(Some(Box::new(AionConfig(Config::default())))))
}

/// The default settings, changed by the variables of this process: AION_CLIP_MODEL_PATH, AION_CLIP_MAXLEN,
/// AION_OCR_LANG, AION_TESSDATA, ORT_DYLIB_PATH, AION_THREADS, AION_MAX_IMAGE_PIXELS,
/// AION_MAX_IMAGE_BYTES, AION_CRAWL_MAX_PAGES, AION_ALLOW_ROBOTS, AION_BLOCKLIST_DOMAINS and AION_USER_AGENT. An
/// empty value counts as absent. Only this function and aion_budget_policy_from_env read the environment; no other
/// thread may change it meanwhile.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT, naming the variable whose value can not be used.
#[unsafe(no_mangle)]
pub extern "C" fn aion_config_from_env(
    out: Option<&mut MaybeUninit<Option<Box<AionConfig>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        *out = Some(Box::new(AionConfig(Config::from_vars(environment())?)));
        Ok(())
    })
}

/// The variables of this process. A value that is not UTF-8 comes with replacement characters, so that a
/// setting of ours that is broken is refused by its name and not passed over.
#[expect(clippy::disallowed_methods, reason = "the border reads the environment when the host asks it to")]
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
}

/// Sets the CLIP model: an ONNX file, or a directory of them. Empty for none, which is the default.
///
/// # Safety
/// `path` must point to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_config_set_clip_model(
    config: Option<&mut AionConfig>,
    path: *const c_char,
    length: usize,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        // SAFETY: the caller vouches for the bytes.
        let path = unsafe { text::path(path, length, "path") }?;
        set(config, |config| config.clip_model = given(path))
    })
}

/// Sets the longest text that CLIP is given, in tokens with start and end. The default is 77.
#[unsafe(no_mangle)]
pub extern "C" fn aion_config_set_clip_max_length(
    config: Option<&mut AionConfig>,
    tokens: usize,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(config, |config| config.clip_max_length = tokens))
}

/// Sets the Tesseract languages, joined by `+`. Empty for the default, which is "eng+por".
///
/// # Safety
/// `lang` must point to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_config_set_ocr_lang(
    config: Option<&mut AionConfig>,
    lang: *const c_char,
    length: usize,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        // SAFETY: the caller vouches for the bytes.
        let lang = match unsafe { text::input(lang, length, "lang") }? {
            "" => Config::default().ocr_lang,
            lang => lang.to_owned(),
        };
        set(config, |config| config.ocr_lang = lang)
    })
}

/// Sets the directory of *.traineddata. Empty for the default: the first of the usual ones that exists.
///
/// # Safety
/// `path` must point to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_config_set_tessdata(
    config: Option<&mut AionConfig>,
    path: *const c_char,
    length: usize,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        // SAFETY: the caller vouches for the bytes.
        let path = unsafe { text::path(path, length, "path") }?;
        set(config, |config| config.tessdata = given(path))
    })
}

/// Sets the ONNX Runtime shared library that CLIP runs on. Empty for the default: the system's own.
///
/// # Safety
/// `path` must point to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_config_set_onnxruntime(
    config: Option<&mut AionConfig>,
    path: *const c_char,
    length: usize,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        // SAFETY: the caller vouches for the bytes.
        let path = unsafe { text::path(path, length, "path") }?;
        set(config, |config| config.onnxruntime = given(path))
    })
}

/// Sets how many threads one engine may use. 0 for the default: the cores that this process may use.
#[unsafe(no_mangle)]
pub extern "C" fn aion_config_set_threads(
    config: Option<&mut AionConfig>,
    threads: usize,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(config, |config| config.threads = (threads > 0).then_some(threads)))
}

/// Sets the most pixels that one picture or page may have. The default is 100 million.
#[unsafe(no_mangle)]
pub extern "C" fn aion_config_set_max_image_pixels(
    config: Option<&mut AionConfig>,
    pixels: u64,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(config, |config| config.max_image_pixels = pixels))
}

/// Sets the most bytes that one encoded picture may have. The default is 64 MiB.
#[unsafe(no_mangle)]
pub extern "C" fn aion_config_set_max_image_bytes(
    config: Option<&mut AionConfig>,
    bytes: u64,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(config, |config| config.max_image_bytes = bytes))
}

/// Sets the most pages of a crawl whose options do not say otherwise. The default is 50.
#[unsafe(no_mangle)]
pub extern "C" fn aion_config_set_crawl_max_pages(
    config: Option<&mut AionConfig>,
    pages: usize,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(config, |config| config.crawl_max_pages = pages))
}

/// Sets whether crawls obey robots.txt. The default is true.
#[unsafe(no_mangle)]
pub extern "C" fn aion_config_set_respect_robots(
    config: Option<&mut AionConfig>,
    respect: bool,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(config, |config| config.respect_robots = respect))
}

/// Sets the sites that no crawl asks for anything: "example.com" is this host and all below it, "*.example.com" only
/// what is below it, "example.com/private" a path, "example.com:8080" a port. The default is none.
///
/// # Safety
/// `sites` must point to `count` texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_config_set_blocklist(
    config: Option<&mut AionConfig>,
    sites: *const AionStr,
    count: usize,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        // SAFETY: the caller vouches for the texts.
        let sites = unsafe { text::list(sites, count, "sites") }?;
        set(config, |config| config.blocklist = sites.into_iter().map(str::to_owned).collect())
    })
}

/// Sets whom crawls introduce themselves as, visible ASCII: give a contact, as in
/// "ExampleBot/1.0 (+https://example.com/bot)". Empty for the default, "AION/" and the version.
///
/// # Safety
/// `agent` must point to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_config_set_user_agent(
    config: Option<&mut AionConfig>,
    agent: *const c_char,
    length: usize,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        // SAFETY: the caller vouches for the bytes.
        let agent = match unsafe { text::input(agent, length, "agent") }? {
            "" => Config::default().user_agent,
            agent => agent.to_owned(),
        };
        set(config, |config| config.user_agent = agent)
    })
}

/// Frees settings. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_config_free(config: Option<Box<AionConfig>>) {
    guard_drop(config);
}

fn set(config: Option<&mut AionConfig>, change: impl FnOnce(&mut Config)) -> Result<()> {
    change(&mut required(config, "config")?.0);
    Ok(())
}

fn given(path: &Path) -> Option<PathBuf> {
    (!path.as_os_str().is_empty()).then(|| path.to_owned())
}
