//! One AV1 picture through `re_rav1d`, and safe sight of its planes.

use re_rav1d::dav1d::{self, Decoder, PixelLayout, PlanarImageComponent, Plane as Buffer, Settings};

use super::obu::SequenceHeader;
use super::{damaged, unsupported};
use crate::error::{Error, ErrorKind, Result};

/// A decoded picture that is what its header told.
pub(super) struct Picture {
    pub width: usize,
    pub height: usize,
    /// 8, 10 or 12.
    pub bit_depth: u32,
    pub luma: Plane,
    pub chroma: Option<Chroma>,
}

/// Two planes of colour, in the order in which AV1 keeps them.
pub(super) struct Chroma {
    pub planes: [Plane; 2],
    /// Whether each of their samples stands for two pixels side by side.
    pub half_width: bool,
    /// Whether each of their samples stands for two pixels one above the other.
    pub half_height: bool,
}

/// One plane, whose every row is known to be there.
pub(super) struct Plane {
    buffer: Buffer,
    stride: usize,
    row_bytes: usize,
    pub height: usize,
}

impl Plane {
    /// The samples of row `y`: bytes, or pairs of bytes in the machine's order for more than 8 bits.
    pub(super) fn row(&self, y: usize) -> &[u8] {
        &self.buffer[y * self.stride..][..self.row_bytes]
    }
}

/// Decodes the first picture of `data`, which must be of the size and depth in `header`.
pub(super) fn decode(data: Vec<u8>, header: &SequenceHeader) -> Result<Picture> {
    let picture = decode_first(data, header)?;
    let found = (picture.width(), picture.height(), picture.bit_depth());
    if found != (header.width, header.height, usize::from(header.bit_depth)) {
        return Err(damaged("its picture is of another size or depth than its header tells"));
    }
    let luma = plane(&picture, PlanarImageComponent::Y, false, false)?;
    Ok(Picture {
        width: header.width as usize,
        height: header.height as usize,
        bit_depth: u32::from(header.bit_depth),
        luma,
        chroma: chroma(&picture)?,
    })
}

fn decode_first(data: Vec<u8>, header: &SequenceHeader) -> Result<dav1d::Picture> {
    let mut decoder = Decoder::with_settings(&settings(header)?).map_err(engine)?;
    // `Again` tells that a picture is ready before the data is used up; the rest of it is not needed.
    decoder.send_data(data, None, None, None).or_else(|error| match error {
        dav1d::Error::Again => Ok(()),
        error => Err(engine(error)),
    })?;
    decoder.get_picture().map_err(engine)
}

fn settings(header: &SequenceHeader) -> Result<Settings> {
    let pixels = u32::try_from(u64::from(header.width) * u64::from(header.height)).map_err(|_| {
        Error::new(
            ErrorKind::LimitExceeded,
            format!("an AVIF image of {} × {} pixels is too large", header.width, header.height),
        )
    })?;
    let mut settings = Settings::new();
    // Without helpers: no thread is started, and the same file gives the same bytes.
    settings.set_n_threads(1);
    settings.set_max_frame_delay(1);
    settings.set_apply_grain(true);
    // Of a layered picture, the best layer alone.
    settings.set_all_layers(false);
    // The caller has checked the header: frames beyond it are refused before memory is taken for them.
    settings.set_frame_size_limit(pixels);
    Ok(settings)
}

fn engine(error: dav1d::Error) -> Error {
    match error {
        dav1d::Error::NotEnoughMemory => {
            Error::new(ErrorKind::LimitExceeded, "there is not enough memory to decode the AVIF image")
        }
        dav1d::Error::UnsupportedBitstream => unsupported("AV1 data that the decoder does not know"),
        dav1d::Error::Again => damaged("its AV1 data holds no picture"),
        error => damaged("its AV1 data is damaged").with_source(error),
    }
}

fn chroma(picture: &dav1d::Picture) -> Result<Option<Chroma>> {
    let (half_width, half_height) = match picture.pixel_layout() {
        PixelLayout::I400 => return Ok(None),
        PixelLayout::I420 => (true, true),
        PixelLayout::I422 => (true, false),
        PixelLayout::I444 => (false, false),
    };
    let plane = |component| plane(picture, component, half_width, half_height);
    let planes = [plane(PlanarImageComponent::U)?, plane(PlanarImageComponent::V)?];
    Ok(Some(Chroma { planes, half_width, half_height }))
}

/// A plane after a check that all of its rows are in its buffer.
fn plane(
    picture: &dav1d::Picture,
    component: PlanarImageComponent,
    half_width: bool,
    half_height: bool,
) -> Result<Plane> {
    let halve = |size: u32, half: bool| if half { size.div_ceil(2) } else { size } as usize;
    let width = halve(picture.width(), half_width);
    let height = halve(picture.height(), half_height);
    let row_bytes = if picture.bit_depth() > 8 { 2 * width } else { width };
    let (stride, rows) = picture.plane_data_geometry(component);
    // `re_rav1d` multiplies the two in 32 bits.
    let fits = stride.checked_mul(rows).is_some();
    let stride = stride as usize;
    if !fits || height == 0 || stride < row_bytes {
        return Err(unsupported("planes that do not fit the decoder's buffers"));
    }
    let buffer = picture.plane(component);
    if buffer.len() < stride * (height - 1) + row_bytes {
        return Err(damaged("a plane of its picture is cut off"));
    }
    Ok(Plane { buffer, stride, row_bytes, height })
}
