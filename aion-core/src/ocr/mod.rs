//! Text recognition by Tesseract: grey pixels in, words with their places out.
//!
//! [`Recognizer`] owns the worker threads, one `engine::Engine` each. `traineddata` reads a language file before
//! Tesseract does, since Tesseract ends the process over a damaged one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};

mod document;
mod engine;
mod geometry;
mod grey;
mod language;
mod leptonica;
mod marks;
mod native;
mod network;
mod orientation;
mod page;
mod pool;
mod reader;
mod reading;
mod render;
mod result;
mod sheet;
mod tessdata;
mod traineddata;

pub use result::{Bounds, OcrPage, OcrResult, OcrWord};

pub(crate) use document::Document;
pub(crate) use pool::{Recognizer, Ticket};

/// How a page is to be read. The default reads a whole page in the languages of the [`Config`](crate::Config).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct OcrOptions {
    /// Tesseract languages joined by `+`, the likeliest first; absent means those of the configuration.
    pub lang: Option<String>,
    /// What the picture is expected to hold.
    pub page_mode: PageMode,
    /// Whether to turn a page upright, level its lines, and darken light text before it is read. Modes that expect a
    /// line or less have nothing to tell the turn by, and are read as they stand.
    pub orient: bool,
    /// The only characters that may be found, such as `0123456789`; absent or empty means all.
    pub whitelist: Option<String>,
}

impl Default for OcrOptions {
    fn default() -> Self {
        Self { lang: None, page_mode: PageMode::Auto, orient: true, whitelist: None }
    }
}

/// One row per mode: the variant, its stable name and Tesseract's number for it.
macro_rules! page_modes {
    ($( $(#[$attribute:meta])+ $mode:ident = $name:literal, $number:literal; )+) => {
        /// What a picture is expected to hold: the page segmentation modes of Tesseract that read text.
        ///
        /// ```
        /// use aion_core::PageMode;
        ///
        /// let mode: PageMode = "single_line".parse()?;
        /// assert_eq!(mode, PageMode::SingleLine);
        /// # Ok::<(), aion_core::Error>(())
        /// ```
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum PageMode { $( $(#[$attribute])+ $mode, )+ }

        impl PageMode {
            /// Every mode.
            pub const ALL: &'static [PageMode] = &[ $( PageMode::$mode, )+ ];

            /// The stable name of this mode, in snake case.
            pub const fn name(self) -> &'static str { match self { $( PageMode::$mode => $name, )+ } }

            /// The number that Tesseract gives this mode (`--psm`).
            pub(crate) const fn number(self) -> u32 { match self { $( PageMode::$mode => $number, )+ } }
        }
    };
}

page_modes! {
    /// A page of any layout: columns, headings and blocks are found first.
    #[default]
    Auto = "auto", 3;
    /// One column of text of different sizes.
    SingleColumn = "single_column", 4;
    /// One block of vertical text.
    SingleBlockVertText = "single_block_vert_text", 5;
    /// One uniform block of text.
    SingleBlock = "single_block", 6;
    /// One line of text.
    SingleLine = "single_line", 7;
    /// One word.
    SingleWord = "single_word", 8;
    /// One word in a circle.
    CircleWord = "circle_word", 9;
    /// One character.
    SingleChar = "single_char", 10;
    /// As much text as can be found, in no particular order.
    SparseText = "sparse_text", 11;
    /// One line of text, given to the recognizer as it is.
    RawLine = "raw_line", 13;
}

impl PageMode {
    /// The mode of that [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|mode| mode.name() == name)
    }
}

impl FromStr for PageMode {
    type Err = Error;

    /// # Errors
    /// [`ErrorKind::InvalidArgument`] that lists the names.
    fn from_str(name: &str) -> Result<Self> {
        Self::from_name(name).ok_or_else(|| {
            let names = Self::ALL.iter().map(|mode| mode.name()).collect::<Vec<_>>().join(", ");
            Error::new(ErrorKind::InvalidArgument, format!("{name:?} is not a page mode; use one of {names}"))
        })
    }
}

impl fmt::Display for PageMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests;
