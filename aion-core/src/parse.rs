//! A picture read whole: decoded once, its CLIP vector and its text made side by side.

use serde::{Deserialize, Serialize};

use crate::control::Control;
use crate::error::Result;
use crate::image::{Image, ImageSource, Pages};
#[cfg(feature = "ocr")]
use crate::ocr::{Document, OcrOptions, OcrResult};
use crate::rooms::Rooms;

/// What to make of a picture. The default makes everything.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseOptions {
    /// Whether to read its text.
    pub ocr: bool,
    /// Whether to make its CLIP vector, which needs a configured model.
    pub clip: bool,
    /// Whether to keep its pixels.
    pub rgba: bool,
}

impl Default for ParseOptions {
    fn default() -> Self {
        Self { ocr: true, clip: true, rgba: true }
    }
}

/// What [`Aion::parse_image`](crate::Aion::parse_image) gives.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ParsedImage {
    /// Pixels of the upright picture, from left to right.
    pub width: u32,
    /// Pixels of the upright picture, from top to bottom.
    pub height: u32,
    /// `width * height * 4` bytes, row by row, unless they were not asked for.
    pub rgba: Option<Vec<u8>>,
    /// The text of all pages with every run of white space made one space; empty without OCR.
    pub ocr_text: String,
    /// Words with their places and confidence, unless OCR was not asked for.
    #[cfg(feature = "ocr")]
    pub ocr: Option<OcrResult>,
    /// The unit vector of the picture, unless CLIP was not asked for.
    pub clip_vector: Option<Vec<f32>>,
    /// What an index keeps of the picture.
    pub meta: ImageMeta,
}

/// What an index keeps of a picture, in the words of the platform's JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ImageMeta {
    /// Always `"image"`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Width in pixels.
    pub w: u32,
    /// Height in pixels.
    pub h: u32,
    /// How far a source of this kind is trusted, from 0 to 1.
    #[serde(rename = "sourceRank")]
    pub source_rank: f64,
    /// Pages of the file; more than one only for a TIFF.
    pub pages: usize,
}

/// The platform's rank of pictures among its sources.
const SOURCE_RANK: f64 = 0.6;

pub(crate) fn parse_image(
    rooms: &Rooms,
    source: ImageSource<'_>,
    options: &ParseOptions,
    control: &Control,
) -> Result<ParsedImage> {
    if options.ocr {
        rooms.require_ocr()?;
    }
    if options.clip {
        rooms.require_clip()?;
    }
    control.check()?;
    let mut pages = Pages::open(source, rooms.limits)?;
    let count = pages.total();
    let image = pages.decode_next()?;
    control.check()?;
    let read = read_and_embed(rooms, &image, pages, options, control)?;
    Ok(ParsedImage {
        width: image.width(),
        height: image.height(),
        ocr_text: read.text,
        #[cfg(feature = "ocr")]
        ocr: read.ocr,
        clip_vector: read.vector,
        meta: ImageMeta::of(&image, count),
        rgba: options.rgba.then(|| image.into_rgba()),
    })
}

/// What the engines made of a picture.
struct Read {
    text: String,
    #[cfg(feature = "ocr")]
    ocr: Option<OcrResult>,
    vector: Option<Vec<f32>>,
}

/// The recognizer's own threads read the first page while this one embeds it; the other pages follow.
#[cfg(feature = "ocr")]
fn read_and_embed(
    rooms: &Rooms,
    image: &Image,
    others: Pages<'_>,
    options: &ParseOptions,
    control: &Control,
) -> Result<Read> {
    let ocr_options = OcrOptions::default();
    let mut document = Document::new(&rooms.recognizer, &ocr_options, control, others.total());
    if options.ocr {
        document.push(image)?;
    }
    let vector = options.clip.then(|| rooms.embed_image(image)).transpose()?;
    if !options.ocr {
        return Ok(Read { text: String::new(), ocr: None, vector });
    }
    for page in others {
        document.push(&page?)?;
    }
    let ocr = document.finish()?;
    Ok(Read { text: one_line(&ocr.text), ocr: Some(ocr), vector })
}

#[cfg(not(feature = "ocr"))]
fn read_and_embed(
    rooms: &Rooms,
    image: &Image,
    _: Pages<'_>,
    options: &ParseOptions,
    _: &Control,
) -> Result<Read> {
    let vector = options.clip.then(|| rooms.embed_image(image)).transpose()?;
    Ok(Read { text: String::new(), vector })
}

/// The platform keeps the text of a picture on one line.
#[cfg(feature = "ocr")]
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl ImageMeta {
    fn of(image: &Image, pages: usize) -> Self {
        Self { kind: "image".into(), w: image.width(), h: image.height(), source_rank: SOURCE_RANK, pages }
    }
}
