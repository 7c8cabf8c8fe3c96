//! A paid model behind OpenAI's chat completions.

use std::mem::MaybeUninit;
use std::sync::Arc;
use std::time::Duration;

use aion_core::Result;
use aion_core::hybrid::{ApiKey, OpenAi, OpenAiOptions};

use crate::budget_policy::variable;
use crate::error::AionError;
use crate::handle::vacant;
use crate::panic::{guard, guard_drop};
use crate::status::AionStatus;
use crate::text::{self, AionStr};
use crate::usd::AionPrice;

/// A paid model behind OpenAI's chat completions, whoever serves it. Threads may share it, and drivers. Freed by
/// aion_openai_free; drivers that were opened with it go on.
pub struct AionOpenai(pub(crate) Arc<OpenAi>);

/// Where a paid model is, and what it costs. Begin with zeros, which are the defaults. Texts may be empty.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionOpenaiOptions {
    /// The key; empty for none. It is shown by no error and no record, and goes over plain HTTP to this machine only.
    pub key: AionStr,
    /// The model; empty for "gpt-4o-mini".
    pub model: AionStr,
    /// The address before "/chat/completions"; empty for "https://api.openai.com/v1".
    pub base_url: AionStr,
    /// The project that is billed; empty for none.
    pub project: AionStr,
    /// Whether `price` is given. Without it, the default model at the default address has OpenAI's list price, and any other
    /// model none: what has no price is never called.
    pub has_price: bool,
    /// What the model charges.
    pub price: AionPrice,
    /// Whether the limit of a reply is told as "max_completion_tokens", which OpenAI's reasoning models ask for, and not as
    /// "max_tokens", which all servers know.
    pub max_completion_tokens: bool,
    /// Most milliseconds for a connection; 0 for 10000.
    pub connect_timeout_ms: u64,
    /// Most milliseconds from the request to the head of the reply; 0 for 30000.
    pub first_byte_timeout_ms: u64,
    /// Most milliseconds that a reply may pause; 0 for 15000.
    pub idle_timeout_ms: u64,
    /// Most milliseconds of a call in all; 0 for 60000.
    pub timeout_ms: u64,
}

impl AionOpenaiOptions {
    /// # Safety
    /// The texts must be as long as they are said to be.
    unsafe fn resolve(&self) -> Result<OpenAiOptions> {
        let mut options = OpenAiOptions::default();
        // SAFETY: the caller vouches for the bytes.
        let key = unsafe { text::optional(self.key.data, self.key.length, "key") }?;
        // SAFETY: as above.
        let model = unsafe { text::optional(self.model.data, self.model.length, "model") }?;
        // SAFETY: as above.
        let base_url = unsafe { text::optional(self.base_url.data, self.base_url.length, "base_url") }?;
        // SAFETY: as above.
        options.project = unsafe { text::optional(self.project.data, self.project.length, "project") }?;
        options.key = key.map(ApiKey::new).transpose()?;
        options.model = model.unwrap_or(options.model);
        options.base_url = base_url.unwrap_or(options.base_url);
        options.price = self.has_price.then(|| self.price.core()).transpose()?;
        options.max_completion_tokens = self.max_completion_tokens;
        let given = |span: u64, usual| if span == 0 { usual } else { Duration::from_millis(span) };
        options.connect_timeout = given(self.connect_timeout_ms, options.connect_timeout);
        options.first_byte_timeout = given(self.first_byte_timeout_ms, options.first_byte_timeout);
        options.idle_timeout = given(self.idle_timeout_ms, options.idle_timeout);
        options.timeout = given(self.timeout_ms, options.timeout);
        Ok(options)
    }
}

/// A client with these options; NULL for the default. Nothing is sent.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for options out of their range; the key is not quoted.
///
/// # Safety
/// The texts of `options` must be as many bytes as their lengths say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_openai_new(
    options: Option<&AionOpenaiOptions>,
    out: Option<&mut MaybeUninit<Option<Box<AionOpenai>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        let options = match options {
            // SAFETY: the caller vouches for the texts.
            Some(options) => unsafe { options.resolve() }?,
            None => OpenAiOptions::default(),
        };
        *out = Some(Box::new(AionOpenai(Arc::new(OpenAi::new(options)?))));
        Ok(())
    })
}

/// A client of the variables of this process: OPENAI_API_KEY, OPENAI_PROJECT, OPENAI_BASE_URL, OPENAI_MODEL,
/// OPENAI_INPUT_USD_PER_MILLION and OPENAI_OUTPUT_USD_PER_MILLION. No other variable is read, and none by any other
/// function of a client. An empty value counts as absent. No other thread may change the environment meanwhile.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT, naming the variable whose value can not be used; the key is not quoted.
#[unsafe(no_mangle)]
pub extern "C" fn aion_openai_from_env(
    out: Option<&mut MaybeUninit<Option<Box<AionOpenai>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        let options = OpenAiOptions::from_vars(OpenAiOptions::variables().filter_map(variable))?;
        *out = Some(Box::new(AionOpenai(Arc::new(OpenAi::new(options)?))));
        Ok(())
    })
}

/// Frees a client. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_openai_free(client: Option<Box<AionOpenai>>) {
    guard_drop(client);
}
