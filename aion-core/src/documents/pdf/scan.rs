//! A page without text as one picture: its images, each at its place, at the resolution of the finest.

use hayro_interpret::font::GlyphRun;
use hayro_interpret::hayro_syntax::Filter;
use hayro_interpret::hayro_syntax::object::{Dict, Stream};
use hayro_interpret::kurbo::{Affine, BezPath, Point};
use hayro_interpret::{
    BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageData, ImageDrawProps, LumaData, Paint,
    SoftMask,
};
use image::{ImageFormat, ImageReader};
use memchr::memmem;
use std::io::Cursor;

use super::super::reading::Reading;
use super::glyphs::Gathered;
use super::{Stoppable, leave};
use crate::control::Control;
use crate::error::{Error, Result};

/// Pixels a point that recognition needs at least, and gains by at most: 150 and 400 a inch.
const MIN_DENSITY: f32 = 150.0 / 72.0;
const MAX_DENSITY: f32 = 400.0 / 72.0;
/// Columns of a fax image: a page of A0 at 1,200 a inch has 40,000.
const MAX_FAX_COLUMNS: u32 = 100_000;

/// A white page that images are put on.
pub(super) struct Canvas<'c> {
    width: usize,
    height: usize,
    /// From points to pixels.
    scale: f64,
    rgb: Vec<u8>,
    painted: usize,
    refused: usize,
    max_pixels: u64,
    control: &'c Control,
    stopped: Option<Error>,
}

impl<'c> Canvas<'c> {
    /// A canvas for the page; `None` for one without images.
    pub(super) fn of(page: &Gathered, reading: &Reading<'c>) -> Result<Option<Self>> {
        if page.density <= 0.0 {
            return Ok(None);
        }
        reading.control.check()?;
        let max_pixels = reading.options.max_picture_pixels;
        let area = (page.size.0 * page.size.1).max(1.0);
        let finest = (max_pixels as f32 / area).sqrt();
        let scale = page.density.clamp(MIN_DENSITY, MAX_DENSITY).min(finest);
        let side = |points: f32| ((points * scale) as usize).clamp(1, 65_535);
        let (width, height) = (side(page.size.0), side(page.size.1));
        Ok(Some(Self {
            width,
            height,
            scale: f64::from(scale),
            rgb: vec![255; width * height * 3],
            painted: 0,
            refused: 0,
            max_pixels,
            control: reading.control,
            stopped: None,
        }))
    }

    /// Width, height and RGB bytes, if any image was painted.
    pub(super) fn finish(self, index: usize, reading: &mut Reading<'_>) -> Option<(u32, u32, Vec<u8>)> {
        if self.refused > 0 {
            reading.warn(format!(
                "page {}: {} images are damaged or beyond the limits",
                index + 1,
                self.refused
            ));
        }
        (self.painted > 0).then_some((self.width as u32, self.height as u32, self.rgb))
    }

    /// Whether the image may be decoded: its decoder trusts the sizes that its data tells.
    fn admits(&self, width: u32, height: u32, stream: &Stream<'_>) -> bool {
        let within = |width: u64, height: u64| width.saturating_mul(height) <= self.max_pixels;
        if !within(width.into(), height.into()) {
            return false;
        }
        let data = stream.raw_data();
        match stream.filters().as_slice() {
            [Filter::DctDecode] => {
                let dimensions =
                    ImageReader::with_format(Cursor::new(&*data), ImageFormat::Jpeg).into_dimensions();
                dimensions.is_ok_and(|(width, height)| within(width.into(), height.into()))
            }
            [Filter::JpxDecode] => jpeg_2000_size(&data).is_some_and(|(width, height)| within(width, height)),
            [Filter::CcittFaxDecode] => {
                let parameters = stream.dict().get::<Dict<'_>>("DecodeParms");
                let columns =
                    parameters.and_then(|parameters| parameters.get::<u32>("Columns")).unwrap_or(1_728);
                columns <= MAX_FAX_COLUMNS
            }
            // Its decoder has limits of its own.
            [Filter::Jbig2Decode] => true,
            filters => !filters.iter().any(|filter| {
                matches!(
                    filter,
                    Filter::DctDecode | Filter::JpxDecode | Filter::CcittFaxDecode | Filter::Jbig2Decode
                )
            }),
        }
    }

    /// Paints every pixel of the canvas that the image covers, by the pixel of the image under its middle.
    fn paint(&mut self, size: (u32, u32), transform: Affine, color: impl Fn(f64, f64) -> Option<[u8; 3]>) {
        let to_canvas = Affine::scale(self.scale) * transform;
        if to_canvas.determinant().abs() < 1e-12 {
            return;
        }
        let (width, height) = (f64::from(size.0), f64::from(size.1));
        let corners = [(0.0, 0.0), (width, 0.0), (0.0, height), (width, height)]
            .map(|corner| to_canvas * Point::from(corner));
        let range = |values: [f64; 4], limit: usize| {
            let low = values.iter().copied().fold(f64::INFINITY, f64::min).clamp(0.0, limit as f64) as usize;
            let high = values.iter().copied().fold(0.0, f64::max).clamp(0.0, limit as f64).ceil() as usize;
            low..high.min(limit)
        };
        let columns = range(corners.map(|corner| corner.x), self.width);
        let to_image = to_canvas.inverse();
        for y in range(corners.map(|corner| corner.y), self.height) {
            for x in columns.clone() {
                let at = to_image * Point::new(x as f64 + 0.5, y as f64 + 0.5);
                if !(0.0..width).contains(&at.x) || !(0.0..height).contains(&at.y) {
                    continue;
                }
                if let Some(rgb) = color(at.x / width, at.y / height) {
                    let start = (y * self.width + x) * 3;
                    self.rgb[start..start + 3].copy_from_slice(&rgb);
                }
            }
        }
        self.painted += 1;
    }
}

/// The pixel of a plane at a place between 0 and 1.
fn index(width: u32, height: u32, (x, y): (f64, f64)) -> usize {
    let at =
        |share: f64, count: u32| ((share * f64::from(count)) as usize).min(count.saturating_sub(1) as usize);
    at(y, height) * width as usize + at(x, width)
}

fn luma(plane: &LumaData, place: (f64, f64)) -> u8 {
    plane.data.get(index(plane.width, plane.height, place)).copied().unwrap_or(255)
}

fn pixel(image: &ImageData, place: (f64, f64)) -> Option<[u8; 3]> {
    match image {
        ImageData::Luma(plane) => Some([luma(plane, place); 3]),
        ImageData::Rgb(rgb) => {
            let start = index(rgb.width, rgb.height, place) * 3;
            rgb.data.get(start..start + 3).map(|pixel| [pixel[0], pixel[1], pixel[2]])
        }
    }
}

/// Width and height in the `SIZ` marker of JPEG 2000 (ITU-T T.800, A.5.1).
fn jpeg_2000_size(data: &[u8]) -> Option<(u64, u64)> {
    let at = memmem::find(data, b"\xFF\x4F\xFF\x51")?;
    let number = |start: usize| {
        let bytes = data.get(at + start..at + start + 4)?;
        Some(u64::from(u32::from_be_bytes(bytes.try_into().ok()?)))
    };
    Some((number(8)?, number(12)?))
}

impl Stoppable for Canvas<'_> {
    fn why(&mut self) -> Option<Error> {
        self.stopped.take()
    }
}

impl<'a> Device<'a> for Canvas<'_> {
    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        if let Err(error) = self.control.check() {
            self.stopped = Some(error);
            leave();
        }
        let size = (image.width(), image.height());
        let painted = self.painted;
        match image {
            Image::Raster(raster) if self.admits(size.0, size.1, raster.stream()) => {
                raster.with_rgba(
                    |image, alpha| {
                        self.paint(size, props.transform, |x, y| {
                            let is_clear = alpha.as_ref().is_some_and(|alpha| luma(alpha, (x, y)) < 128);
                            if is_clear { None } else { pixel(&image, (x, y)) }
                        });
                    },
                    None,
                );
            }
            Image::Stencil(stencil) if self.admits(size.0, size.1, stencil.stream()) => {
                stencil.with_stencil(
                    |mask, paint| {
                        let color = match paint {
                            Paint::Color(color) => {
                                let [red, green, blue, _] = color.to_rgba().to_rgba8();
                                [red, green, blue]
                            }
                            Paint::Pattern(_) => [0; 3],
                        };
                        self.paint(size, props.transform, |x, y| {
                            (luma(&mask, (x, y)) >= 128).then_some(color)
                        });
                    },
                    None,
                );
            }
            _ => {}
        }
        self.refused += usize::from(self.painted == painted);
    }

    fn push_clip_path(&mut self, _: &ClipPath) {
        if let Err(error) = self.control.check() {
            self.stopped = Some(error);
            leave();
        }
    }

    fn draw_glyph_run(&mut self, _: &GlyphRun<'_, 'a>, _: DrawProps<'a>, _: &DrawMode) {}

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}

    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}

    fn pop_clip(&mut self) {}

    fn pop_transparency_group(&mut self) {}
}
