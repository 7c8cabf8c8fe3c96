//! The handle that every verb is called on.

use std::mem::MaybeUninit;
use std::sync::Arc;

use aion_core::crawl::CrawlOptions;
use aion_core::{Aion, Config, Result};

use crate::config::AionConfig;
use crate::error::AionError;
use crate::handle::{required, vacant};
use crate::panic::{guard, guard_drop};
use crate::status::AionStatus;

/// The engines, each loaded by the first call that needs it. Threads may share it, and their calls run side
/// by side. Freed by aion_engine_free once they have returned.
pub struct AionEngine(Arc<Aion>);

impl AionEngine {
    pub(crate) fn crawl_options(&self) -> CrawlOptions {
        self.0.crawl_options()
    }

    /// For a handle that goes on using the engines.
    pub(crate) fn shared(&self) -> Arc<Aion> {
        self.0.clone()
    }
}

/// The core behind `engine`.
pub(crate) fn core(engine: Option<&AionEngine>) -> Result<&Aion> {
    required(engine, "engine").map(|engine| &*engine.0)
}

/// Makes an engine. `config` is copied; NULL for the default settings. No file is touched yet: a model that
/// is missing is told by the first call that needs it.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for a setting out of its range.
#[unsafe(no_mangle)]
pub extern "C" fn aion_engine_new(
    config: Option<&AionConfig>,
    out: Option<&mut MaybeUninit<Option<Box<AionEngine>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        let config = config.map_or_else(Config::default, |config| config.core().clone());
        *out = Some(Box::new(AionEngine(Arc::new(Aion::new(config)?))));
        Ok(())
    })
}

/// Frees an engine and ends its threads. NULL is a no-op. In a child of the process that made it, it gives
/// back almost nothing, but it does not hang.
#[unsafe(no_mangle)]
pub extern "C" fn aion_engine_free(engine: Option<Box<AionEngine>>) {
    guard_drop(engine);
}
