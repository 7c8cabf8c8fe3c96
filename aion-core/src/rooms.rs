//! The engines of one handle, side by side. A verb that needs an engine that was not built says so.

use crate::config::Config;
#[cfg(feature = "image")]
use crate::error::Result;
#[cfg(all(feature = "image", not(all(feature = "clip", feature = "ocr"))))]
use crate::error::{Error, ErrorKind};
#[cfg(feature = "image")]
use crate::image::{Image, Limits};

/// One room per engine; making them loads nothing.
pub(crate) struct Rooms {
    #[cfg(feature = "image")]
    pub(crate) limits: Limits,
    #[cfg(feature = "image")]
    pub(crate) threads: usize,
    #[cfg(feature = "clip")]
    pub(crate) clip: crate::clip::Clip,
    #[cfg(feature = "ocr")]
    pub(crate) recognizer: crate::ocr::Recognizer,
    #[cfg(feature = "crawl")]
    pub(crate) crawler: crate::crawl::Crawler,
}

impl Rooms {
    #[cfg_attr(not(feature = "image"), expect(unused_variables, reason = "there is no room to furnish"))]
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            #[cfg(feature = "image")]
            limits: Limits::of(config),
            #[cfg(feature = "image")]
            threads: config.thread_count(),
            #[cfg(feature = "clip")]
            clip: crate::clip::Clip::new(config),
            #[cfg(feature = "ocr")]
            recognizer: crate::ocr::Recognizer::new(config),
            #[cfg(feature = "crawl")]
            crawler: crate::crawl::Crawler::new(),
        }
    }
}

#[cfg(feature = "image")]
impl Rooms {
    /// Refuses a call that wants text when it can not be had, before any work is done.
    pub(crate) fn require_ocr(&self) -> Result<()> {
        #[cfg(feature = "ocr")]
        return Ok(());
        #[cfg(not(feature = "ocr"))]
        Err(not_built("ocr"))
    }

    /// Loads the image tower now, so that a call without a model is refused before any work is done.
    pub(crate) fn require_clip(&self) -> Result<()> {
        #[cfg(feature = "clip")]
        return self.clip.load_vision();
        #[cfg(not(feature = "clip"))]
        Err(not_built("clip"))
    }

    #[cfg_attr(not(feature = "clip"), expect(unused_variables, reason = "the engine is not built"))]
    pub(crate) fn embed_image(&self, image: &Image) -> Result<Vec<f32>> {
        #[cfg(feature = "clip")]
        return self.clip.embed_image(image);
        #[cfg(not(feature = "clip"))]
        Err(not_built("clip"))
    }
}

#[cfg(all(feature = "image", not(all(feature = "clip", feature = "ocr"))))]
fn not_built(feature: &str) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!("this build of aion-core lacks the feature `{feature}`; switch it off in the options"),
    )
}
