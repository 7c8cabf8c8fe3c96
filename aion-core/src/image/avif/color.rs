//! From the planes of a picture to RGBA, row by row, so that no second copy of a plane is needed.

use yuv::{YuvError, YuvPlanarImage, YuvRange, YuvStandardMatrix};

use super::av1::{Chroma, Picture, Plane};
use super::obu::Coding;
use super::reduce::Reduce;
use super::unsupported;
use crate::error::{Error, ErrorKind, Result};

/// What the three planes of a picture mean.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Model {
    /// Luma and two colour differences.
    YCbCr(YuvStandardMatrix),
    /// Luma, green and orange.
    YCgCo,
    /// Green, blue and red.
    Gbr,
}

/// The picture as opaque RGBA.
pub(super) fn to_rgba(picture: &Picture, coding: Coding) -> Result<Vec<u8>> {
    let model = model(picture, coding.matrix)?;
    let range = if coding.full_range { YuvRange::Full } else { YuvRange::Limited };
    let luma = Reduce::luma(picture.bit_depth, coding.full_range);
    let tint = if model == Model::Gbr { luma } else { Reduce::chroma(picture.bit_depth) };
    let mut rgba = zeroed(picture.width * picture.height * 4)?;
    let mut rows = Rows::new(picture);
    for (y, out) in rgba.chunks_exact_mut(picture.width * 4).enumerate() {
        luma.apply(picture.luma.row(y), &mut rows.luma);
        if let Some(chroma) = &picture.chroma {
            rows.fill_chroma(chroma, y, tint);
        }
        rows.convert(out, model, range).map_err(|error| {
            Error::new(ErrorKind::Internal, "the planes of an AVIF image do not fit").with_source(error)
        })?;
    }
    Ok(rgba)
}

/// Writes the luma of `alpha` over the alpha of `rgba`, which is of the same size.
pub(super) fn set_alpha(rgba: &mut [u8], alpha: &Picture, full_range: bool) {
    let reduce = Reduce::alpha(alpha.bit_depth, full_range);
    let mut row = vec![0; alpha.width];
    for (y, out) in rgba.chunks_exact_mut(alpha.width * 4).enumerate() {
        reduce.apply(alpha.luma.row(y), &mut row);
        for (pixel, &alpha) in out.chunks_exact_mut(4).zip(&row) {
            pixel[3] = alpha;
        }
    }
}

/// Divides the colours by the alpha that they were multiplied by.
pub(super) fn unmultiply(rgba: &mut [u8]) {
    for pixel in rgba.chunks_exact_mut(4) {
        let alpha = u32::from(pixel[3]);
        for value in &mut pixel[..3] {
            let straight = (u32::from(*value) * 255 + alpha / 2).checked_div(alpha);
            *value = straight.unwrap_or(0).min(255) as u8;
        }
    }
}

fn model(picture: &Picture, matrix: u16) -> Result<Model> {
    match &picture.chroma {
        Some(chroma) => of_matrix(matrix, chroma.half_width),
        // With grey for colour, every matrix gives the same.
        None => Ok(Model::YCbCr(YuvStandardMatrix::Bt601)),
    }
}

/// Numbers from ITU-T H.273, table 4.
fn of_matrix(matrix: u16, subsampled: bool) -> Result<Model> {
    Ok(match matrix {
        0 if subsampled => return Err(unsupported("RGB with subsampled planes")),
        0 => Model::Gbr,
        1 => Model::YCbCr(YuvStandardMatrix::Bt709),
        // Untold (2) is read as what JPEG uses, as others do.
        2 | 5 | 6 => Model::YCbCr(YuvStandardMatrix::Bt601),
        4 => Model::YCbCr(YuvStandardMatrix::Fcc),
        // By its own numbers, since the ready-made table of `yuv` 0.8 is off by up to 28 levels.
        7 => Model::YCbCr(YuvStandardMatrix::Custom(0.212, 0.087)),
        8 => Model::YCgCo,
        9 => Model::YCbCr(YuvStandardMatrix::Bt2020),
        other => return Err(unsupported(&format!("matrix coefficients {other}"))),
    })
}

fn zeroed(length: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length).map_err(|error| {
        Error::new(ErrorKind::LimitExceeded, "there is not enough memory for the AVIF image")
            .with_source(error)
    })?;
    bytes.resize(length, 0);
    Ok(bytes)
}

/// One row of each plane at the full width of the picture, and what it is made from.
struct Rows {
    luma: Vec<u8>,
    chroma: [Vec<u8>; 2],
    near: Vec<u8>,
    far: Vec<u8>,
}

impl Rows {
    fn new(picture: &Picture) -> Self {
        let full = picture.width;
        let half = if picture.chroma.as_ref().is_some_and(|chroma| chroma.half_width) {
            full.div_ceil(2)
        } else {
            full
        };
        // In a grey picture, the colour stays at its middle.
        Self {
            luma: vec![0; full],
            chroma: [vec![128; full], vec![128; full]],
            near: vec![0; half],
            far: vec![0; half],
        }
    }

    /// The colour of row `y` of the picture, interpolated where it is subsampled.
    fn fill_chroma(&mut self, chroma: &Chroma, y: usize, reduce: Reduce) {
        for (plane, out) in chroma.planes.iter().zip(&mut self.chroma) {
            if !chroma.half_width {
                reduce.apply(plane.row(y), out);
                continue;
            }
            let (near, far) = if chroma.half_height { neighbours(plane, y) } else { (y, y) };
            reduce.apply(plane.row(near), &mut self.near);
            reduce.apply(plane.row(far), &mut self.far);
            widen(&self.near, &self.far, out);
        }
    }

    fn convert(&self, out: &mut [u8], model: Model, range: YuvRange) -> Result<(), YuvError> {
        let width = self.luma.len() as u32;
        let image = YuvPlanarImage {
            y_plane: &self.luma,
            y_stride: width,
            u_plane: &self.chroma[0],
            u_stride: width,
            v_plane: &self.chroma[1],
            v_stride: width,
            width,
            height: 1,
        };
        match model {
            Model::YCbCr(matrix) => yuv::yuv444_to_rgba(&image, out, width * 4, range, matrix),
            Model::YCgCo => yuv::ycgco444_to_rgba(&image, out, width * 4, range),
            Model::Gbr => yuv::gbr_to_rgba(&image, out, width * 4, range),
        }
    }
}

/// The rows of a plane of half the height that are nearest and next to row `y` of the picture.
fn neighbours(plane: &Plane, y: usize) -> (usize, usize) {
    let near = y / 2;
    let far = if y.is_multiple_of(2) { near.saturating_sub(1) } else { near + 1 };
    (near, far.min(plane.height - 1))
}

/// Doubles the width: each pixel takes three quarters of what is nearest and a quarter of what is next to it, in
/// both directions, since a sample stands in the middle of its pixels. A last column without a partner is all
/// that its sample stands for.
fn widen(near: &[u8], far: &[u8], out: &mut [u8]) {
    let sample = |x: usize| 3 * u16::from(near[x]) + u16::from(far[x]);
    let last = near.len() - 1;
    for (x, pair) in out.chunks_mut(2).enumerate() {
        let here = 3 * sample(x) + 8;
        let (before, after) = (sample(x.saturating_sub(1)), sample((x + 1).min(last)));
        match pair {
            [left, right] => {
                *left = ((here + before) >> 4) as u8;
                *right = ((here + after) >> 4) as u8;
            }
            rest => rest.fill(((here + sample(x)) >> 4) as u8),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ITU-T H.273, § 8.3: the definition of each matrix, in floating point.
    fn defined(model: Model, full: bool, [y, u, v]: [u8; 3]) -> [f64; 3] {
        let (floor, luma, chroma) = if full { (0.0, 255.0, 255.0) } else { (16.0, 219.0, 224.0) };
        // In YCgCo, differences have the range of what they are the differences of.
        let chroma = if model == Model::YCgCo { luma } else { chroma };
        let y = (f64::from(y) - floor) / luma;
        let (u, v) = ((f64::from(u) - 128.0) / chroma, (f64::from(v) - 128.0) / chroma);
        let (kr, kb) = match model {
            Model::YCgCo => return [y - u + v, y + u, y - u - v].map(|value| value * 255.0),
            Model::YCbCr(matrix) => (f64::from(matrix.get_kr_kb().kr), f64::from(matrix.get_kr_kb().kb)),
            Model::Gbr => unreachable!("has no matrix"),
        };
        let (red, blue) = (y + 2.0 * (1.0 - kr) * v, y + 2.0 * (1.0 - kb) * u);
        [red, (y - kr * red - kb * blue) / (1.0 - kr - kb), blue].map(|value| value * 255.0)
    }

    #[test]
    fn every_matrix_follows_its_definition() {
        // From 30, since below the floor of its range `yuv` takes any luma for black.
        let steps = || (30..=255).step_by(15).map(|value| value as u8);
        let samples: Vec<[u8; 3]> =
            steps().flat_map(|y| steps().flat_map(move |u| steps().map(move |v| [y, u, v]))).collect();
        let plane = |index: usize| samples.iter().map(|sample| sample[index]).collect::<Vec<u8>>();
        let rows = Rows { luma: plane(0), chroma: [plane(1), plane(2)], near: Vec::new(), far: Vec::new() };
        let mut out = vec![0; samples.len() * 4];
        let models = [1, 4, 6, 7, 8, 9].map(|matrix| (matrix, of_matrix(matrix, false).unwrap()));
        for ((matrix, model), full) in models.into_iter().flat_map(|model| [(model, true), (model, false)]) {
            rows.convert(&mut out, model, if full { YuvRange::Full } else { YuvRange::Limited }).unwrap();
            for (&sample, found) in samples.iter().zip(out.chunks_exact(4)) {
                for (value, &found) in defined(model, full, sample).into_iter().zip(found) {
                    let difference = value.clamp(0.0, 255.0) - f64::from(found);
                    assert!(difference.abs() <= 1.5, "{matrix}, full {full}: {sample:?}, {value} is {found}");
                }
            }
        }
    }

    #[test]
    fn a_narrow_plane_is_widened() {
        let mut out = [0; 5];
        widen(&[0, 100, 200], &[0, 100, 200], &mut out);
        assert_eq!(out, [0, 25, 75, 125, 200]);
        widen(&[80], &[40], &mut out[..1]);
        assert_eq!(out[0], 70);
        widen(&[80], &[40], &mut out[..2]);
        assert_eq!(out[..2], [70, 70]);
    }
}
