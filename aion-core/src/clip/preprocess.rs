//! What CLIP sees of a picture: shortest edge resized (bicubic with antialias), centre crop, normalised.
//!
//! The arithmetic is that of Pillow and of `CLIPImageProcessor` in Hugging Face's transformers, including the
//! rounding of sizes and offsets. Alpha is dropped, as `Image.convert("RGB")` does.

use fast_image_resize::images::{Image as Canvas, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use serde::Deserialize;
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
use crate::image::{Image, Reduced};

/// Largest edge that a model may ask for; those in use go up to 448.
const MAX_EDGE: u32 = 2048;

/// How pictures become the input of one model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Preprocess {
    resize_edge: u32,
    crop_edge: u32,
    mean: [f32; 3],
    std: [f32; 3],
    filter: FilterType,
}

impl Default for Preprocess {
    /// OpenAI's CLIP at 224 pixels.
    #[expect(clippy::excessive_precision, reason = "the digits are those that OpenAI published")]
    fn default() -> Self {
        Self {
            resize_edge: 224,
            crop_edge: 224,
            mean: [0.48145466, 0.4578275, 0.40821073],
            std: [0.26862954, 0.26130258, 0.27577711],
            filter: FilterType::CatmullRom,
        }
    }
}

impl Preprocess {
    /// CLIP's own preprocessing for a model of another input size.
    pub(crate) fn with_edge(edge: u32) -> Result<Self> {
        let preprocess = Self { resize_edge: edge, crop_edge: edge, ..Self::default() };
        preprocess.validate().map_err(|reason| Error::new(ErrorKind::InvalidModel, reason))?;
        Ok(preprocess)
    }

    /// Reads Hugging Face's `preprocessor_config.json`; what it leaves out is CLIP's own.
    pub(crate) fn from_file(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| Error::io(path, error))?;
        let refuse = |reason: String| {
            Error::new(ErrorKind::InvalidModel, format!("`{}` can not be used: {reason}", path.display()))
        };
        let file: PreprocessorFile =
            serde_json::from_str(&text).map_err(|error| refuse(error.to_string()))?;
        let preprocess = file.into_preprocess().map_err(refuse)?;
        preprocess.validate().map_err(refuse)?;
        Ok(preprocess)
    }

    /// The edge of the square that the model sees, in pixels.
    pub(crate) fn edge(&self) -> u32 {
        self.crop_edge
    }

    /// Numbers in one preprocessed picture: `3 * edge * edge`.
    pub(crate) fn len(&self) -> usize {
        3 * (self.crop_edge as usize).pow(2)
    }

    /// The picture as `[3, edge, edge]` floats: channel by channel, row by row.
    pub(crate) fn apply(&self, image: &Image) -> Result<Vec<f32>> {
        let window = self.resized_window(image, (image.width(), image.height()), 1.0)?;
        let mut planes = vec![0.0; self.len()];
        self.normalise(&window, &mut planes);
        Ok(planes)
    }

    /// As [`apply`](Self::apply), of a picture that was made smaller while it was decoded, into `planes`, which have
    /// room for it.
    pub(crate) fn apply_reduced(&self, reduced: &Reduced, planes: &mut [f32]) -> Result<()> {
        let window = self.resized_window(&reduced.image, (reduced.width, reduced.height), reduced.scale)?;
        self.normalise(&window, planes);
        Ok(())
    }

    /// The shortest side that a picture may be decoded to. With three times what is asked for, the filter still has
    /// nearly all that it would have of the whole; Pillow's `reducing_gap` has the same reason.
    pub(crate) fn least_side(&self) -> u32 {
        3 * self.resize_edge
    }

    /// The centre of the resized picture, RGBA. Only what the crop will need is resized, so that a picture of
    /// 1 × 20000 pixels asks for no more work than a square one.
    ///
    /// `image` is `scale` times a picture of `width` × `height` pixels.
    fn resized_window(&self, image: &Image, (width, height): (u32, u32), scale: f64) -> Result<Window> {
        let short = u64::from(width.min(height));
        let resized = |side: u32| (u64::from(side) * u64::from(self.resize_edge) / short).max(1);
        let x = Span::centred(f64::from(width) * scale, resized(width), self.crop_edge);
        let y = Span::centred(f64::from(height) * scale, resized(height), self.crop_edge);

        let source = ImageRef::new(image.width(), image.height(), image.rgba(), PixelType::U8x4);
        let source = source.map_err(resize_error)?;
        let mut canvas = Canvas::new(x.length, y.length, PixelType::U8x4);
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(self.filter))
            .use_alpha(false)
            .crop(x.source_start, y.source_start, x.source_length, y.source_length);
        Resizer::new().resize(&source, &mut canvas, &options).map_err(resize_error)?;
        Ok(Window { stride: x.length as usize * 4, left: x.margin, top: y.margin, rgba: canvas.into_vec() })
    }

    fn normalise(&self, window: &Window, planes: &mut [f32]) {
        let edge = self.crop_edge as usize;
        for (channel, plane) in planes.chunks_exact_mut(edge * edge).enumerate() {
            let levels = self.levels(channel);
            for (y, row) in plane.chunks_exact_mut(edge).enumerate() {
                let start = (window.top + y) * window.stride + window.left * 4 + channel;
                let samples = window.rgba[start..].iter().step_by(4);
                row.iter_mut().zip(samples).for_each(|(value, &sample)| *value = levels[usize::from(sample)]);
            }
        }
    }

    /// The normalised value of each of the 256 levels of one channel.
    fn levels(&self, channel: usize) -> [f32; 256] {
        std::array::from_fn(|level| (level as f32 / 255.0 - self.mean[channel]) / self.std[channel])
    }

    fn validate(&self) -> Result<(), String> {
        if self.crop_edge == 0 || self.crop_edge > self.resize_edge || self.resize_edge > MAX_EDGE {
            return Err(format!(
                "a crop of {} pixels out of {} is not within 1 to {MAX_EDGE}",
                self.crop_edge, self.resize_edge
            ));
        }
        if !self.mean.iter().all(|m| m.is_finite()) || !self.std.iter().all(|s| s.is_finite() && *s > 0.0) {
            return Err("mean and standard deviation must be finite, the latter above zero".into());
        }
        Ok(())
    }
}

/// The part of one axis that is resized: the crop, with a pixel more where the resizer asks for it. Its filter
/// takes what it needs of the source around it.
struct Span {
    source_start: f64,
    source_length: f64,
    length: u32,
    /// Resized pixels before the crop.
    margin: usize,
}

impl Span {
    /// The centred `crop` of an axis of `source` pixels resized to `resized`.
    fn centred(source: f64, resized: u64, crop: u32) -> Self {
        let scale = source / resized as f64;
        let crop_start = resized.saturating_sub(u64::from(crop)) / 2;
        let mut start = crop_start;
        let mut end = (crop_start + u64::from(crop)).min(resized);
        // fast_image_resize 6.1 reads what the first and the last pixel of a window need, and takes the window's
        // other pixels to need nothing beyond. An enlarged pixel right on a source pixel needs that one alone,
        // less than its neighbours: as the first or the last it would have them read outside the image.
        if start > 0 && is_on_source_pixel(start, source, resized) {
            start -= 1;
        }
        if end < resized && is_on_source_pixel(end - 1, source, resized) {
            end += 1;
        }
        let source_start = start as f64 * scale;
        Self {
            source_start,
            source_length: ((end - start) as f64 * scale).min(source - source_start),
            length: (end - start) as u32,
            margin: (crop_start - start) as usize,
        }
    }
}

/// Whether pixel `index` of an enlarged axis has the very centre of a pixel of the source, in which case a bicubic filter
/// has its zeros on all the neighbours.
fn is_on_source_pixel(index: u64, source: f64, resized: u64) -> bool {
    // What is enlarged has not been made smaller before: its side is a whole number.
    if source >= resized as f64 {
        return false;
    }
    // (index + ½) · source / resized − ½ is a whole number.
    let twice = (2 * u128::from(index) + 1) * source as u128;
    twice % (2 * u128::from(resized)) == u128::from(resized)
}

struct Window {
    rgba: Vec<u8>,
    stride: usize,
    left: usize,
    top: usize,
}

/// The fields of `preprocessor_config.json` that change what CLIP sees.
#[derive(Deserialize)]
struct PreprocessorFile {
    size: Option<Size>,
    crop_size: Option<Size>,
    image_mean: Option<[f32; 3]>,
    image_std: Option<[f32; 3]>,
    resample: Option<u32>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Size {
    Edge(u32),
    Shortest { shortest_edge: u32 },
    Square { height: u32, width: u32 },
}

impl Size {
    fn edge(&self) -> Result<u32, String> {
        match *self {
            Size::Edge(edge) | Size::Shortest { shortest_edge: edge } => Ok(edge),
            Size::Square { height, width } if height == width => Ok(height),
            Size::Square { height, width } => {
                Err(format!("the model's input of {width} × {height} is not square"))
            }
        }
    }
}

impl PreprocessorFile {
    fn into_preprocess(self) -> Result<Preprocess, String> {
        let clip = Preprocess::default();
        let resize_edge = self.size.map_or(Ok(clip.resize_edge), |size| size.edge())?;
        Ok(Preprocess {
            resize_edge,
            crop_edge: self.crop_size.map_or(Ok(resize_edge), |size| size.edge())?,
            mean: self.image_mean.unwrap_or(clip.mean),
            std: self.image_std.unwrap_or(clip.std),
            // Pillow's numbers of its filters.
            filter: match self.resample {
                None | Some(3) => FilterType::CatmullRom,
                Some(2) => FilterType::Bilinear,
                Some(1) => FilterType::Lanczos3,
                Some(other) => {
                    return Err(format!(
                        "resample {other} is none of 1 (Lanczos), 2 (bilinear), 3 (bicubic)"
                    ));
                }
            },
        })
    }
}

fn resize_error(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Engine, "the image could not be resized").with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn grey(width: u32, height: u32, level: u8) -> Image {
        Image::from_rgba(width, height, vec![level; (width * height * 4) as usize]).unwrap()
    }

    proptest! {
        #[test]
        fn a_flat_picture_of_any_shape_stays_flat(width in 1_u32..600, height in 1_u32..600, level: u8) {
            let preprocess = Preprocess::default();
            let planes = preprocess.apply(&grey(width, height, level)).unwrap();
            prop_assert_eq!(planes.len(), 3 * 224 * 224);
            for (channel, plane) in planes.chunks(224 * 224).enumerate() {
                let expected = preprocess.levels(channel)[usize::from(level)];
                prop_assert!(plane.iter().all(|value| *value == expected));
            }
        }
    }

    /// What fast_image_resize 6.1 takes from the source for each pixel of a window: the first pixel and the end.
    /// This is its own rule, so that a window that makes it read outside the image is seen without reading.
    fn bounds(source: u32, span: &Span) -> Vec<(u32, u32)> {
        let catmull_rom = |x: f64| match x.abs() {
            x if x < 1.0 => (1.5 * x - 2.5) * x * x + 1.0,
            x if x < 2.0 => ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0,
            _ => 0.0,
        };
        let scale = span.source_length / f64::from(span.length);
        let stretch = scale.max(1.0);
        (0..span.length)
            .map(|pixel| {
                let centre = span.source_start + (f64::from(pixel) + 0.5) * scale;
                let first = (centre - 2.0 * stretch).floor().max(0.0) as u32;
                let end = (centre + 2.0 * stretch).ceil().min(f64::from(source)) as u32;
                let is_used = |x: &u32| catmull_rom((f64::from(*x) - (centre - 0.5)) / stretch) != 0.0;
                let used: Vec<u32> = (first..end).filter(is_used).collect();
                (used[0], used[used.len() - 1] + 1)
            })
            .collect()
    }

    proptest! {
        #[test]
        fn no_pixel_of_a_window_reaches_beyond_its_first_and_last(
            source in 1_u32..3000, short in 1_u32..600, edge in prop::sample::select(vec![32_u32, 224, 336])
        ) {
            let resized = (u64::from(source) * u64::from(edge) / u64::from(short.min(source))).max(1);
            let bounds = bounds(source, &Span::centred(source.into(), resized, edge));
            let (first, last) = (bounds[0].0, bounds[bounds.len() - 1].1);
            prop_assert!(bounds.iter().all(|&(start, end)| first <= start && end <= last), "{first}..{last}");
        }
    }

    #[test]
    fn a_window_does_not_start_where_the_resizer_would_read_outside() {
        // 100 × 32 to a short edge of 224: each seventh pixel lies on one of the source.
        for source in 33..600 {
            for short in [7, 14, 16, 28, 32, 56, 64, 112] {
                let resized = u64::from(source) * 224 / short;
                let bounds = bounds(source, &Span::centred(source.into(), resized, 224));
                let first = bounds.iter().map(|bound| bound.0).min();
                let last = bounds.iter().map(|bound| bound.1).max();
                assert_eq!(
                    (Some(bounds[0].0), Some(bounds[bounds.len() - 1].1)),
                    (first, last),
                    "{source}/{short}"
                );
            }
        }
    }

    #[test]
    fn extreme_shapes_resize_no_more_than_the_crop_needs() {
        for (width, height) in [(1, 20_000), (20_000, 1)] {
            let window =
                Preprocess::default().resized_window(&grey(width, height, 9), (width, height), 1.0).unwrap();
            assert!(window.rgba.len() < 4 * 224 * 1200, "{width} × {height}: {}", window.rgba.len());
        }
    }

    #[test]
    fn a_crop_equals_the_middle_of_the_whole_resize() {
        let (width, height) = (640, 300);
        let rgba = (0..width * height)
            .flat_map(|i: u32| [(i * 7 % 251) as u8, (i % 13) as u8, (i / 640) as u8, 255]);
        let image = Image::from_rgba(width, height, rgba.collect()).unwrap();
        let narrow = Preprocess::default().apply(&image).unwrap();

        let source = ImageRef::new(width, height, image.rgba(), PixelType::U8x4).unwrap();
        let long = 224 * width / height;
        let mut whole = Canvas::new(long, 224, PixelType::U8x4);
        let options =
            ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom)).use_alpha(false);
        Resizer::new().resize(&source, &mut whole, &options).unwrap();
        let window = Window {
            stride: long as usize * 4,
            left: (long as usize - 224) / 2,
            top: 0,
            rgba: whole.into_vec(),
        };
        let mut planes = vec![0.0; narrow.len()];
        Preprocess::default().normalise(&window, &mut planes);
        assert_eq!(narrow, planes);
    }

    #[test]
    fn the_configuration_of_hugging_face_is_read() {
        let read = |text: &str| serde_json::from_str::<PreprocessorFile>(text).unwrap().into_preprocess();
        assert_eq!(read("{}").unwrap(), Preprocess::default());
        let other = read(
            r#"{"size": {"shortest_edge": 336}, "crop_size": {"height": 336, "width": 336}, "resample": 2,
                "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "do_rescale": true}"#,
        )
        .unwrap();
        assert_eq!((other.edge(), other.mean, other.filter), (336, [0.5; 3], FilterType::Bilinear));
        assert!(read(r#"{"size": {"height": 224, "width": 336}}"#).is_err());
        assert!(Preprocess { crop_edge: 500, ..Preprocess::default() }.validate().is_err());
    }
}
