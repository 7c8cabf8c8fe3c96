//! Pictures in leptonica's memory, and the operations on them that the way to an upright page takes.
//!
//! Leptonica answers bad input with an error code and throws nothing. Every size handed to it here was checked.

use std::ffi::c_int;
use std::ptr::{self, NonNull};

use leptess::capi;

use super::grey::Grey;
use super::result::Bounds;
use crate::error::{Error, ErrorKind, Result};

/// A picture of one bit a pixel (1 is ink) or of eight (0 is black).
pub(super) struct Pix(NonNull<capi::PIX>);

/// The slope that makes the rows of a picture fall into lines.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Slope {
    /// The clockwise turn in degrees that levels the lines.
    pub(super) degrees: f32,
    /// How much sharper the lines are at that turn than at the worst one; noise and pictures have 1 to 2.
    pub(super) confidence: f32,
}

/// Ascenders against descenders, in standard deviations: Bloomberg, Kopec and Dasari, "Measuring document image
/// skew and orientation", SPIE 2422 (1995).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ascenders {
    /// Positive where the text is upright, negative where it is upside down.
    pub(super) up: f32,
    /// Positive where a clockwise quarter turn makes it upright, negative where a counter-clockwise one does.
    pub(super) left: f32,
}

/// How many columns on either side and rows above and below a picture needs, to be rotated without a loss.
pub(super) fn room(width: u32, height: u32, degrees: f32) -> (u32, u32) {
    let (width, height) = (f64::from(width), f64::from(height));
    let (sin, cos) = f64::from(degrees.abs()).to_radians().sin_cos();
    let half = |from: f64, to: f64| ((to - from).max(0.0) / 2.0).ceil() as u32;
    (half(width, width * cos + height * sin), half(height, height * cos + width * sin))
}

fn out_of_memory() -> Error {
    Error::new(ErrorKind::Engine, "leptonica could not make a picture; memory may be short")
}

impl Pix {
    fn own(pix: *mut capi::PIX) -> Result<Self> {
        NonNull::new(pix).map(Self).ok_or_else(out_of_memory)
    }

    /// A copy of eight bits a pixel.
    pub(super) fn of(grey: &Grey) -> Result<Self> {
        // SAFETY: no preconditions; the result is owned here.
        let pix = Self::own(unsafe { capi::pixCreate(grey.width() as c_int, grey.height() as c_int, 8) })?;
        let row_words = pix.row_words();
        // SAFETY: the picture is alive and its words are initialised; nobody else holds it.
        let words = unsafe { std::slice::from_raw_parts_mut(pix.data(), row_words * grey.height() as usize) };
        let rows = grey.bytes().chunks_exact(grey.width() as usize);
        for (row, bytes) in words.chunks_exact_mut(row_words).zip(rows) {
            for (word, four) in row.iter_mut().zip(bytes.chunks(4)) {
                let mut padded = [0; 4];
                padded[..four.len()].copy_from_slice(four);
                *word = u32::from_be_bytes(padded);
            }
        }
        Ok(pix)
    }

    /// A copy of a picture of eight bits a pixel.
    pub(super) fn to_grey(&self) -> Grey {
        let (width, row_words) = (self.width() as usize, self.row_words());
        // SAFETY: the picture is alive, its words are initialised, and nothing writes to them meanwhile.
        let words = unsafe { std::slice::from_raw_parts(self.data(), row_words * self.height() as usize) };
        let mut bytes = Vec::with_capacity(width * self.height() as usize);
        for row in words.chunks_exact(row_words) {
            bytes.extend(row.iter().flat_map(|word| word.to_be_bytes()).take(width));
        }
        Grey::new(self.width(), self.height(), bytes)
    }

    pub(super) fn width(&self) -> u32 {
        // SAFETY: the picture is alive.
        unsafe { capi::pixGetWidth(self.0.as_ptr()) as u32 }
    }

    pub(super) fn height(&self) -> u32 {
        // SAFETY: the picture is alive.
        unsafe { capi::pixGetHeight(self.0.as_ptr()) as u32 }
    }

    fn row_words(&self) -> usize {
        // SAFETY: the picture is alive.
        unsafe { capi::pixGetWpl(self.0.as_ptr()) as usize }
    }

    fn data(&self) -> *mut u32 {
        // SAFETY: the picture is alive.
        unsafe { capi::pixGetData(self.0.as_ptr()) }
    }

    /// One bit a pixel, dark is ink: Otsu's threshold over the whole picture, which is Tesseract's own.
    pub(super) fn binarize(&self) -> Result<Self> {
        let (width, height) = (self.width() as c_int, self.height() as c_int);
        let mut ink = ptr::null_mut();
        // SAFETY: the picture is alive and has eight bits; the result is written to `ink` and owned here.
        unsafe {
            let tile = (width.max(16), height.max(16));
            capi::pixOtsuAdaptiveThreshold(
                self.0.as_ptr(),
                tile.0,
                tile.1,
                0,
                0,
                0.1,
                ptr::null_mut(),
                &mut ink,
            )
        };
        Self::own(ink)
    }

    /// The share of ink in a picture of one bit a pixel, from 0 to 1.
    pub(super) fn ink_share(&self) -> f32 {
        let mut share = 0.0;
        // SAFETY: the picture is alive and has one bit, and the number is writable.
        unsafe { capi::pixForegroundFraction(self.0.as_ptr(), &mut share) };
        share
    }

    /// Dark for light and light for dark.
    pub(super) fn invert(&self) -> Result<Self> {
        // SAFETY: the picture is alive; the result is a new one that is owned here.
        Self::own(unsafe { capi::pixInvert(ptr::null_mut(), self.0.as_ptr()) })
    }

    /// Half the sides of a picture of one bit; a pixel is ink if one of its four was.
    pub(super) fn halve(&self) -> Result<Self> {
        // SAFETY: the picture is alive and has one bit; without a table the library makes its own.
        Self::own(unsafe { capi::pixReduceRankBinary2(self.0.as_ptr(), 1, ptr::null_mut()) })
    }

    /// Clockwise by so many quarters of a turn.
    pub(super) fn turn(&self, quarters: u8) -> Result<Self> {
        // SAFETY: the picture is alive, the number is from 0 to 3; the result is owned here.
        Self::own(unsafe { capi::pixRotateOrth(self.0.as_ptr(), c_int::from(quarters % 4)) })
    }

    /// A picture of eight bits, clockwise by some degrees about its centre, with room for all of it on `paper`.
    pub(super) fn rotate_grey(&self, degrees: f32, paper: u8) -> Result<Self> {
        let bordered = self.with_room(degrees, u32::from(paper))?;
        // SAFETY: the picture is alive and has eight bits; the result is owned here.
        Self::own(unsafe { capi::pixRotateAMGray(bordered.0.as_ptr(), degrees.to_radians(), paper) })
    }

    /// The same of a picture of one bit.
    pub(super) fn rotate_ink(&self, degrees: f32) -> Result<Self> {
        let (method, paper) = (capi::L_ROTATE_SHEAR as c_int, capi::L_BRING_IN_WHITE as c_int);
        let bordered = self.with_room(degrees, 0)?;
        // SAFETY: the picture is alive; no sides are given, so it keeps its own; the result is owned here.
        Self::own(unsafe { capi::pixRotate(bordered.0.as_ptr(), degrees.to_radians(), method, paper, 0, 0) })
    }

    /// A border that a rotation about the centre does not turn out of the picture, the same on opposite sides.
    fn with_room(&self, degrees: f32, value: u32) -> Result<Self> {
        let (side, above) = room(self.width(), self.height(), degrees);
        let (side, above) = (side as c_int, above as c_int);
        // SAFETY: the picture is alive; the result is owned here.
        Self::own(unsafe { capi::pixAddBorderGeneral(self.0.as_ptr(), side, side, above, above, value) })
    }

    /// Even light: every part of a picture of eight bits is divided by the paper around it.
    pub(super) fn even_light(&self) -> Result<Self> {
        // SAFETY: the picture is alive and has eight bits; the result is owned here.
        Self::own(unsafe { capi::pixBackgroundNormSimple(self.0.as_ptr(), ptr::null_mut(), ptr::null_mut()) })
    }

    /// Each pixel of a picture of eight bits becomes the median of the nine around it, so that specks vanish.
    pub(super) fn without_specks(&self) -> Result<Self> {
        // SAFETY: the picture is alive and has eight bits; the result is owned here.
        Self::own(unsafe { capi::pixMedianFilter(self.0.as_ptr(), 3, 3) })
    }

    /// A picture of eight bits with its sides `factor` times as long.
    pub(super) fn enlarge(&self, factor: f32) -> Result<Self> {
        // SAFETY: the picture is alive and has eight bits; the result is owned here.
        Self::own(unsafe { capi::pixScaleGrayLI(self.0.as_ptr(), factor, factor) })
    }

    /// The slope within ±16° of the lines in a picture of one bit; no confidence where there are none.
    pub(super) fn slope(&self) -> Slope {
        const RANGE: f32 = 16.0;
        const STEP: f32 = 1.0;
        const FINEST: f32 = 0.05;
        let reduction = if self.width().min(self.height()) > 1500 { 4 } else { 2 };
        let mut slope = Slope::default();
        // SAFETY: the picture is alive and has one bit, and both numbers are writable.
        let is_found = unsafe {
            capi::pixFindSkewSweepAndSearch(
                self.0.as_ptr(),
                &mut slope.degrees,
                &mut slope.confidence,
                reduction,
                reduction / 2,
                RANGE,
                STEP,
                FINEST,
            ) == 0
        };
        let is_usable = is_found && slope.degrees.abs() < RANGE && slope.confidence > 0.0;
        if is_usable { slope } else { Slope::default() }
    }

    /// Which way up the text of a picture of one bit is; zeros where there is too little of it.
    pub(super) fn ascenders(&self) -> Ascenders {
        let mut found = Ascenders::default();
        // SAFETY: the picture is alive and has one bit, and both numbers are writable.
        let is_found =
            unsafe { capi::pixOrientDetect(self.0.as_ptr(), &mut found.up, &mut found.left, 0, 0) == 0 };
        if is_found { found } else { Ascenders::default() }
    }

    /// The rectangles around the connected pieces of ink, in no particular order.
    pub(super) fn components(&self) -> Result<Vec<Bounds>> {
        const NEIGHBOURS: c_int = 8;
        // SAFETY: the picture is alive and has one bit; the result is owned here.
        let mut boxes = unsafe { capi::pixConnCompBB(self.0.as_ptr(), NEIGHBOURS) };
        if boxes.is_null() {
            return Err(out_of_memory());
        }
        // SAFETY: the boxes are alive.
        let count = unsafe { capi::boxaGetCount(boxes) };
        let mut found = Vec::with_capacity(count as usize);
        for index in 0..count {
            let [mut x, mut y, mut width, mut height]: [c_int; 4] = [0; 4];
            // SAFETY: the boxes are alive, the index is within their count, the numbers are writable.
            unsafe { capi::boxaGetBoxGeometry(boxes, index, &mut x, &mut y, &mut width, &mut height) };
            let [x, y, width, height] = [x, y, width, height].map(|side| side.max(0) as u32);
            found.push(Bounds { x, y, width, height });
        }
        // SAFETY: the boxes are owned here and not used again.
        unsafe { capi::boxaDestroy(&mut boxes) };
        Ok(found)
    }
}

impl Drop for Pix {
    fn drop(&mut self) {
        let mut pix = self.0.as_ptr();
        // SAFETY: the picture is owned here and not used again.
        unsafe { capi::pixDestroy(&mut pix) };
    }
}
