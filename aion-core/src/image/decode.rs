//! The one reader of pictures: every limit is checked here, before memory is taken.

use std::borrow::Cow;
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, metadata::Orientation};

#[cfg(feature = "avif")]
use super::avif::{self, Avif};
use super::{Image, ImageSource, Limits, exif, tiff_pages, webp};
#[cfg(feature = "clip")]
use super::{Reduced, jpeg};
use crate::error::{Error, ErrorKind, Result};

/// The pages of one picture, decoded one at a time. Only a TIFF has more than one; animations give their
/// first frame.
pub(crate) struct Pages<'a> {
    content: Content<'a>,
    limits: Limits,
    next: usize,
}

enum Content<'a> {
    Pixels {
        width: u32,
        height: u32,
        channels: u8,
        data: &'a [u8],
    },
    #[cfg(feature = "avif")]
    Avif(Cow<'a, [u8]>),
    Encoded {
        bytes: Cow<'a, [u8]>,
        format: ImageFormat,
    },
    /// `directories` are the offsets of the pages' image file directories.
    Tiff {
        bytes: Cow<'a, [u8]>,
        directories: Vec<u64>,
    },
}

impl<'a> Pages<'a> {
    /// Opens `source` and finds its pages; nothing is decoded yet.
    pub(crate) fn open(source: ImageSource<'a>, limits: Limits) -> Result<Self> {
        let content = match source {
            ImageSource::Pixels { width, height, channels, data } => {
                Content::Pixels { width, height, channels, data }
            }
            ImageSource::Bytes(bytes) => {
                limits.check_bytes(bytes.len() as u64)?;
                Content::detect(Cow::Borrowed(bytes))?
            }
            ImageSource::Path(path) => Content::detect(Cow::Owned(read_file(path, &limits)?))
                .map_err(|error| error.in_context(format_args!("`{}`", path.display())))?,
        };
        Ok(Self { content, limits, next: 0 })
    }

    /// The number of pages, at least 1.
    pub(crate) fn total(&self) -> usize {
        match &self.content {
            Content::Tiff { directories, .. } => directories.len(),
            _ => 1,
        }
    }

    /// The next page, which there must be: the first of any picture.
    pub(crate) fn decode_next(&mut self) -> Result<Image> {
        self.next().unwrap_or_else(|| {
            Err(Error::new(ErrorKind::Internal, "a page was asked for after the last one"))
        })
    }

    /// The first page of `source`, made smaller while it is decoded where its format and size allow it: the short side
    /// stays at `least` pixels or more.
    #[cfg(feature = "clip")]
    pub(crate) fn decode_reduced(source: ImageSource<'a>, limits: Limits, least: u32) -> Result<Reduced> {
        let mut pages = Self::open(source, limits)?;
        if let Content::Encoded { bytes, format: ImageFormat::Jpeg } = &pages.content
            && let Some(reduced) = jpeg::reduce(bytes, least, &limits)
        {
            return Ok(reduced);
        }
        let image = pages.decode_next()?;
        Ok(Reduced { width: image.width(), height: image.height(), scale: 1.0, image })
    }

    fn decode(&mut self, page: usize) -> Result<Image> {
        let limits = self.limits;
        match &mut self.content {
            Content::Pixels { width, height, channels, data } => {
                decode_pixels(*width, *height, *channels, data, &limits)
            }
            #[cfg(feature = "avif")]
            Content::Avif(bytes) => shielded(|| decode_avif(bytes, &limits)),
            Content::Encoded { bytes, format } => shielded(|| decode_encoded(bytes, *format, &limits)),
            Content::Tiff { bytes, directories } => {
                if page > 0 {
                    tiff_pages::select(bytes.to_mut(), directories[page]);
                }
                shielded(|| decode_encoded(bytes, ImageFormat::Tiff, &limits))
            }
        }
    }
}

impl Iterator for Pages<'_> {
    type Item = Result<Image>;

    fn next(&mut self) -> Option<Self::Item> {
        let page = self.next;
        if page >= self.total() {
            return None;
        }
        self.next += 1;
        Some(self.decode(page))
    }
}

impl<'a> Content<'a> {
    /// Tells the format by the first bytes; names and media types are not trusted.
    fn detect(mut bytes: Cow<'a, [u8]>) -> Result<Self> {
        #[cfg(feature = "avif")]
        if avif::is_avif(&bytes) {
            return Ok(Self::Avif(bytes));
        }
        match image::guess_format(&bytes) {
            Ok(ImageFormat::Tiff) => {
                let directories = tiff_pages::directories(&bytes)?;
                Ok(Self::Tiff { bytes, directories })
            }
            Ok(ImageFormat::WebP) => {
                webp::keep_first_frame(&mut bytes);
                Ok(Self::Encoded { bytes, format: ImageFormat::WebP })
            }
            Ok(format) if format.reading_enabled() => Ok(Self::Encoded { bytes, format }),
            Ok(format) => Err(Error::new(
                ErrorKind::Unsupported,
                format!("this build does not read {format:?} images; convert it to PNG or JPEG"),
            )),
            Err(_) => Err(Error::new(
                ErrorKind::Unsupported,
                "the bytes are no image that this build reads (JPEG, PNG, GIF, WebP, BMP, TIFF, PNM, AVIF)",
            )),
        }
    }
}

/// Reads a regular file within the limit; a pipe or a device could block for ever and is refused.
fn read_file(path: &Path, limits: &Limits) -> Result<Vec<u8>> {
    let about = |error| Error::io(path, error);
    let metadata = std::fs::metadata(path).map_err(about)?;
    if !metadata.is_file() {
        return Err(Error::new(ErrorKind::InvalidArgument, format!("`{}` is not a file", path.display())));
    }
    let in_context = |error: Error| error.in_context(format_args!("`{}`", path.display()));
    limits.check_bytes(metadata.len()).map_err(in_context)?;
    let mut bytes = Vec::new();
    // The file may have grown since its size was asked for.
    let file = std::fs::File::open(path).map_err(about)?;
    file.take(limits.max_bytes().saturating_add(1)).read_to_end(&mut bytes).map_err(about)?;
    limits.check_bytes(bytes.len() as u64).map_err(in_context)?;
    Ok(bytes)
}

fn decode_pixels(width: u32, height: u32, channels: u8, data: &[u8], limits: &Limits) -> Result<Image> {
    if !matches!(channels, 3 | 4) {
        return Err(Error::new(
            ErrorKind::InvalidArgument,
            format!("pixels have {channels} channels; give 3 (RGB) or 4 (RGBA)"),
        ));
    }
    let expected = u64::from(width) * u64::from(height) * u64::from(channels);
    if expected == 0 || data.len() as u64 != expected {
        return Err(Error::new(
            ErrorKind::InvalidArgument,
            format!(
                "{width} × {height} × {channels} pixels take {expected} bytes, {} were given",
                data.len()
            ),
        ));
    }
    limits.check_pixels(width, height)?;
    let rgba = match channels {
        4 => data.to_vec(),
        _ => data.as_chunks::<3>().0.iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect(),
    };
    Image::from_rgba(width, height, rgba)
}

/// Runs a foreign decoder on hostile bytes: should it panic, that is an error of the bytes.
fn shielded<T>(decode: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| {
        Err(Error::new(ErrorKind::InvalidInput, "the image is damaged: its decoder gave up on it"))
    })
}

fn decode_encoded(bytes: &[u8], format: ImageFormat, limits: &Limits) -> Result<Image> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut own = image::Limits::default();
    own.max_alloc = Some(limits.max_memory());
    reader.limits(own);
    let mut decoder = reader.into_decoder().map_err(foreign)?;
    let (width, height) = decoder.dimensions();
    limits.check_pixels(width, height)?;
    limits.check_memory(width, height, decoder.total_bytes(), working_memory(bytes, format, &decoder))?;
    // Damaged metadata must not cost the picture.
    let orientation = match format {
        ImageFormat::Tiff => decoder.orientation().unwrap_or(Orientation::NoTransforms),
        _ => decoder
            .exif_metadata()
            .ok()
            .flatten()
            .map_or(Orientation::NoTransforms, |chunk| exif::orientation(&chunk)),
    };
    upright(DynamicImage::from_decoder(decoder).map_err(foreign)?, orientation)
}

#[cfg(feature = "avif")]
fn decode_avif(bytes: &[u8], limits: &Limits) -> Result<Image> {
    let avif = Avif::parse(bytes)?;
    let (width, height) = (avif.header().width, avif.header().height);
    limits.check_pixels(width, height)?;
    // Up to three planes, a second copy of them where film grain is added, and the RGBA that they become.
    let sample = if avif.header().bit_depth > 8 { 2 } else { 1 };
    let pixels = u64::from(width) * u64::from(height);
    limits.check_memory(width, height, pixels * 3 * sample, pixels * (3 * sample + 4))?;
    let orientation = avif.orientation();
    let picture = image::RgbaImage::from_raw(width, height, avif.decode()?).ok_or_else(|| {
        Error::new(ErrorKind::InvalidInput, "the AVIF image does not hold the pixels that its header tells")
    })?;
    upright(DynamicImage::ImageRgba8(picture), orientation)
}

/// Turns the picture before it grows to RGBA, which is the smaller copy.
fn upright(mut picture: DynamicImage, orientation: Orientation) -> Result<Image> {
    picture.apply_orientation(orientation);
    let (width, height) = (picture.width(), picture.height());
    Image::from_rgba(width, height, into_rgba(picture))
}

/// The library converts between colour spaces, pixel by pixel; the usual kinds need only be spread out.
fn into_rgba(picture: DynamicImage) -> Vec<u8> {
    const OPAQUE: u8 = u8::MAX;
    match picture {
        DynamicImage::ImageLuma8(grey) => {
            let spread = grey.as_raw().iter().map(|&level| [level, level, level, OPAQUE]);
            spread.collect::<Vec<_>>().into_flattened()
        }
        DynamicImage::ImageRgb8(colours) => {
            let spread =
                colours.as_raw().as_chunks().0.iter().map(|&[red, green, blue]| [red, green, blue, OPAQUE]);
            spread.collect::<Vec<_>>().into_flattened()
        }
        other => other.into_rgba8().into_raw(),
    }
}

/// Bytes that the codec holds of its own beside the samples it gives.
fn working_memory(bytes: &[u8], format: ImageFormat, decoder: &impl ImageDecoder) -> u64 {
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    match format {
        // Coefficients of 16 bits for every sample, until the last scan has come.
        ImageFormat::Jpeg if is_progressive(bytes) => {
            pixels * 2 * u64::from(decoder.color_type().channel_count())
        }
        ImageFormat::WebP => pixels * 4,
        ImageFormat::Gif => pixels,
        _ => 0,
    }
}

/// Whether the first frame header of a JPEG says progressive (ITU-T T.81, table B.1: SOF2, SOF6, SOF10, SOF14).
fn is_progressive(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(2..).unwrap_or_default();
    while let [0xFF, marker, tail @ ..] = rest {
        match marker {
            0xC2 | 0xC6 | 0xCA | 0xCE => return true,
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF | 0xDA => return false,
            0xFF => rest = &rest[1..],
            0x01 | 0xD0..=0xD8 => rest = tail,
            _ => {
                let [high, low, ..] = tail else { return false };
                rest = tail.get(usize::from(u16::from_be_bytes([*high, *low]))..).unwrap_or_default();
            }
        }
    }
    false
}

fn foreign(error: ImageError) -> Error {
    let (kind, message) = match &error {
        ImageError::Limits(_) => {
            (ErrorKind::LimitExceeded, "decoding would take more memory than is allowed")
        }
        ImageError::Unsupported(_) => (ErrorKind::Unsupported, "the image is of a shape that is not read"),
        _ => (ErrorKind::InvalidInput, "the image is damaged"),
    };
    Error::new(kind, message).with_source(error)
}
