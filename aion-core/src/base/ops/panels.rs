//! Matrices laid out as the kernels read them.

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};

use super::lanes::{Level, WIDTH};
use super::tile::Lhs;

/// Numbers of a matrix as they are stored.
#[derive(Clone, Copy)]
pub(crate) enum Values<'a> {
    F32(&'a [f32]),
    Bf16(&'a [bf16]),
    F16(&'a [f16]),
}

impl Values<'_> {
    /// As [`read`](Self::read), of a number that is known.
    fn lanes(&self, start: usize) -> [f32; WIDTH] {
        match self {
            Self::F32(values) => values[start..].first_chunk().copied().unwrap_or_default(),
            _ => {
                let mut out = [0.0; WIDTH];
                self.read(start, &mut out);
                out
            }
        }
    }

    /// Widens `out.len()` numbers from `start` on.
    pub(crate) fn read(&self, start: usize, out: &mut [f32]) {
        let range = start..start + out.len();
        match self {
            Self::F32(values) => out.copy_from_slice(&values[range]),
            Self::Bf16(values) => {
                for (out, value) in out.iter_mut().zip(&values[range]) {
                    *out = f32::from_bits(u32::from(value.to_bits()) << 16);
                }
            }
            Self::F16(values) => values[range].convert_to_f32_slice(out),
        }
    }
}

/// The right matrix of a product, `depth` by `columns`.
#[derive(Clone, Copy)]
pub(crate) struct Rhs<'a> {
    values: Values<'a>,
    pub(super) depth: usize,
    pub(super) columns: usize,
    stride: usize,
    is_transposed: bool,
    scale: f32,
}

impl<'a> Rhs<'a> {
    /// `values[k · stride + column]`.
    pub(crate) fn rows(values: Values<'a>, depth: usize, columns: usize, stride: usize) -> Self {
        Self { values, depth, columns, stride, is_transposed: false, scale: 1.0 }
    }

    /// `values[column · stride + k]`.
    pub(crate) fn columns(values: Values<'a>, depth: usize, columns: usize, stride: usize) -> Self {
        Self { values, depth, columns, stride, is_transposed: true, scale: 1.0 }
    }

    /// The same matrix times `scale`.
    pub(crate) fn scaled(self, scale: f32) -> Self {
        Self { scale, ..self }
    }

    /// Writes the panel of `width` columns from `column` on, for `depth` steps from `start` on, as `[k][width]`;
    /// columns past the last are 0.
    pub(super) fn pack(&self, column: usize, start: usize, depth: usize, width: usize, out: &mut [f32]) {
        let count = width.min(self.columns - column);
        let out = &mut out[..depth * width];
        if self.is_transposed {
            for first in (0..width).step_by(WIDTH) {
                let count = count.saturating_sub(first).min(WIDTH);
                self.pack_transposed(column + first, count, start, depth, &mut out[first..], width);
            }
        } else {
            for (k, out) in out.chunks_exact_mut(width).enumerate() {
                self.values.read((start + k) * self.stride + column, &mut out[..count]);
                out[count..].fill(0.0);
            }
        }
        if self.scale != 1.0 {
            out.iter_mut().for_each(|value| *value *= self.scale);
        }
    }

    /// `count` columns from `column` on, of at most [`WIDTH`], each of which lies as a row.
    fn pack_transposed(
        &self,
        column: usize,
        count: usize,
        start: usize,
        depth: usize,
        out: &mut [f32],
        width: usize,
    ) {
        let mut square = [[0.0; WIDTH]; WIDTH];
        for first in (0..depth).step_by(WIDTH) {
            let steps = WIDTH.min(depth - first);
            for (row, values) in square.iter_mut().enumerate().take(count) {
                let from = (column + row) * self.stride + start + first;
                match steps {
                    WIDTH => *values = self.values.lanes(from),
                    _ => self.values.read(from, &mut values[..steps]),
                }
            }
            let turned = transpose(&square);
            for (k, turned) in turned.iter().enumerate().take(steps) {
                out[(first + k) * width..][..WIDTH].copy_from_slice(turned);
            }
        }
    }
}

/// Lays out all of `lhs` in tiles of `rows` rows, each `[k][rows]`; rows past the last are 0.
pub(super) fn pack_tiles(lhs: Lhs<'_>, rows: usize, out: &mut [f32]) {
    let depth = lhs.depth();
    for (tile, out) in out.chunks_exact_mut(rows * depth).enumerate().take(lhs.count().div_ceil(rows)) {
        let count = rows.min(lhs.count() - tile * rows);
        let mut square = [[0.0; WIDTH]; WIDTH];
        for first in (0..depth).step_by(WIDTH) {
            let steps = WIDTH.min(depth - first);
            for (row, values) in square.iter_mut().enumerate().take(count) {
                let from = &lhs.row(tile * rows + row)[first..];
                match from.first_chunk() {
                    Some(from) => *values = *from,
                    None => values[..steps].copy_from_slice(from),
                }
            }
            let turned = transpose(&square);
            write_tile(&turned[..steps], rows, &mut out[first * rows..]);
        }
    }
}

/// The first `rows` numbers of each step, one after the other.
fn write_tile(steps: &[[f32; WIDTH]], rows: usize, out: &mut [f32]) {
    // Whole vectors where there is room, as the next step overwrites what is too much.
    for (k, step) in steps.iter().enumerate() {
        let out = &mut out[k * rows..];
        match out.first_chunk_mut::<WIDTH>() {
            Some(out) if k + 1 < steps.len() => *out = *step,
            _ => out[..rows].copy_from_slice(&step[..rows]),
        }
    }
}

/// Rows become columns.
fn transpose(square: &[[f32; WIDTH]; WIDTH]) -> [[f32; WIDTH]; WIDTH] {
    #[cfg(target_arch = "x86_64")]
    if Level::detect() == Level::Avx512 {
        // SAFETY: the processor has these features.
        return unsafe { avx512::transpose(square) };
    }
    std::array::from_fn(|column| std::array::from_fn(|row| square[row][column]))
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::{__m512, __m512i, _mm512_permutex2var_ps};

    use bytemuck::cast;

    use super::WIDTH;

    /// In four rounds, blocks of 8, 4, 2 and 1 change places across the diagonal.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn transpose(square: &[[f32; WIDTH]; WIDTH]) -> [[f32; WIDTH]; WIDTH] {
        let rows: [__m512; WIDTH] = cast(*square);
        cast(round::<1>(round::<2>(round::<4>(round::<8>(rows)))))
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn round<const HALF: usize>(rows: [__m512; WIDTH]) -> [__m512; WIDTH] {
        let (upper, lower) = const { lanes(HALF) };
        let (upper, lower): (__m512i, __m512i) = (cast(upper), cast(lower));
        let mut turned = rows;
        let mut row = 0;
        while row < WIDTH {
            if row & HALF == 0 {
                let (a, b) = (rows[row], rows[row + HALF]);
                turned[row] = _mm512_permutex2var_ps(a, upper, b);
                turned[row + HALF] = _mm512_permutex2var_ps(a, lower, b);
            }
            row += 1;
        }
        turned
    }

    /// Which lanes of two rows, `half` apart, the same two rows have after the round.
    const fn lanes(half: usize) -> ([u32; WIDTH], [u32; WIDTH]) {
        let (mut upper, mut lower) = ([0; WIDTH], [0; WIDTH]);
        let mut lane = 0;
        while lane < WIDTH {
            let is_first = lane & half == 0;
            upper[lane] = if is_first { lane } else { WIDTH + (lane & !half) } as u32;
            lower[lane] = if is_first { lane | half } else { WIDTH + lane } as u32;
            lane += 1;
        }
        (upper, lower)
    }
}
