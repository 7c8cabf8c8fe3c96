//! The inner kernels of matrix products: one tile of the result, summed in registers.
//!
//! Every number of a result is summed over `k` in rising order by one chain of multiply-adds, wherever its tile lies.
//! So how a product is cut into parts, and which thread does which, never changes a bit.

use super::lanes::{Lanes, Level, WIDTH};

/// The left matrix of a product, read where it lies.
#[derive(Clone, Copy)]
pub(crate) struct Lhs<'a> {
    values: &'a [f32],
    rows: usize,
    depth: usize,
    /// Numbers from one row to the next, or of a transposed matrix, from one `k` to the next.
    stride: usize,
    is_transposed: bool,
}

impl<'a> Lhs<'a> {
    /// `values[row · stride + k]`.
    pub(crate) fn rows(values: &'a [f32], rows: usize, depth: usize, stride: usize) -> Self {
        Self { values, rows, depth, stride, is_transposed: false }
    }

    /// `values[k · stride + row]`.
    pub(crate) fn columns(values: &'a [f32], rows: usize, depth: usize, stride: usize) -> Self {
        Self { values, rows, depth, stride, is_transposed: true }
    }

    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    pub(super) fn count(&self) -> usize {
        self.rows
    }

    /// `count` rows from `first` on, and `depth` of their numbers from `start` on.
    pub(super) fn part(&self, first: usize, count: usize, start: usize, depth: usize) -> Self {
        let from = if self.is_transposed { start * self.stride + first } else { first * self.stride + start };
        Self { values: &self.values[from..], rows: count, depth, ..*self }
    }

    /// One row, of a matrix that lies by rows.
    pub(super) fn row(&self, row: usize) -> &'a [f32] {
        &self.values[row * self.stride..][..self.depth]
    }
}

/// Where a product goes: `values[row · stride + column]`, set or added to.
pub(crate) struct Target<'a> {
    pub(crate) values: &'a mut [f32],
    pub(crate) stride: usize,
    pub(crate) adds: bool,
}

/// Rows of a tile of a packed left matrix: as many as leave registers for two vectors of the right one.
pub(super) fn tile_rows(level: Level) -> usize {
    match level {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => 14,
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => 6,
        Level::Portable => 4,
    }
}

/// Columns of a panel of the right matrix.
pub(super) fn panel_width(level: Level) -> usize {
    match level {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => 2 * WIDTH,
        _ => WIDTH,
    }
}

/// One panel of the right matrix, `[k][width]`, times all of `lhs`, into `columns` columns of `out`.
pub(super) fn multiply_panel(
    lhs: Lhs<'_>,
    panel: &[f32],
    width: usize,
    columns: usize,
    out: &mut Target<'_>,
) {
    match Level::detect() {
        // SAFETY: the processor has these features.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { avx512(lhs, panel, width, columns, out) },
        // SAFETY: the processor has these features.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { avx2(lhs, panel, columns, out) },
        Level::Portable => all_tiles::<[f32; WIDTH], 4, 1>(lhs, panel, columns, out),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
fn avx512(lhs: Lhs<'_>, panel: &[f32], width: usize, columns: usize, out: &mut Target<'_>) {
    use std::arch::x86_64::__m512;
    match (width > WIDTH, lhs.is_transposed) {
        (true, true) => all_tiles::<__m512, 14, 2>(lhs, panel, columns, out),
        // Twelve rows: as many lines of one set as the first-level cache holds, for strides that are powers of two.
        (true, false) => all_tiles::<__m512, 12, 2>(lhs, panel, columns, out),
        (false, true) => all_tiles::<__m512, 16, 1>(lhs, panel, columns, out),
        (false, false) => all_tiles::<__m512, 12, 1>(lhs, panel, columns, out),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2(lhs: Lhs<'_>, panel: &[f32], columns: usize, out: &mut Target<'_>) {
    all_tiles::<[std::arch::x86_64::__m256; 2], 6, 1>(lhs, panel, columns, out);
}

#[inline(always)]
fn all_tiles<L: Lanes, const M: usize, const V: usize>(
    lhs: Lhs<'_>,
    panel: &[f32],
    columns: usize,
    out: &mut Target<'_>,
) {
    let mut first = 0;
    while first < lhs.rows {
        let count = M.min(lhs.rows - first);
        let part = lhs.part(first, count, 0, lhs.depth);
        let sums = match (lhs.is_transposed, count == M) {
            (true, true) => columns_tile::<L, M, V>(part, panel),
            (false, true) => rows_tile::<L, M, V>(part, panel),
            (true, false) => last_columns_tile::<L, M, V>(part, panel),
            (false, false) => last_rows_tile::<L, M, V>(part, panel),
        };
        write::<L, M, V>(&sums, count, columns, &mut out.values[first * out.stride..], out.stride, out.adds);
        first += count;
    }
}

/// A tile of which the left numbers for one `k` lie side by side.
#[inline(always)]
fn columns_tile<L: Lanes, const M: usize, const V: usize>(lhs: Lhs<'_>, panel: &[f32]) -> [[L; V]; M] {
    let mut sums = [[L::zero(); V]; M];
    let mut rest = lhs.values;
    for right in panel.as_chunks::<WIDTH>().0.as_chunks::<V>().0.iter().take(lhs.depth) {
        let Some(left) = rest.first_chunk::<M>() else { break };
        step(&mut sums, left, right);
        rest = rest.get(lhs.stride..).unwrap_or_default();
    }
    sums
}

/// A tile of which the left numbers for one row lie side by side.
#[inline(always)]
fn rows_tile<L: Lanes, const M: usize, const V: usize>(lhs: Lhs<'_>, panel: &[f32]) -> [[L; V]; M] {
    let mut sums = [[L::zero(); V]; M];
    let panel = &panel.as_chunks::<WIDTH>().0.as_chunks::<V>().0[..lhs.depth];
    let rows: [&[f32]; M] = std::array::from_fn(|row| &lhs.row(row)[..panel.len()]);
    for (k, right) in panel.iter().enumerate() {
        let left: [f32; M] = std::array::from_fn(|row| rows[row][k]);
        step(&mut sums, &left, right);
    }
    sums
}

/// As [`columns_tile`] with fewer than `M` rows.
#[inline(always)]
fn last_columns_tile<L: Lanes, const M: usize, const V: usize>(lhs: Lhs<'_>, panel: &[f32]) -> [[L; V]; M] {
    let mut sums = [[L::zero(); V]; M];
    for (k, right) in panel.as_chunks::<WIDTH>().0.as_chunks::<V>().0.iter().enumerate().take(lhs.depth) {
        let mut left = [0.0; M];
        left[..lhs.rows].copy_from_slice(&lhs.values[k * lhs.stride..][..lhs.rows]);
        step(&mut sums, &left, right);
    }
    sums
}

/// As [`rows_tile`] with fewer than `M` rows.
#[inline(always)]
fn last_rows_tile<L: Lanes, const M: usize, const V: usize>(lhs: Lhs<'_>, panel: &[f32]) -> [[L; V]; M] {
    let mut sums = [[L::zero(); V]; M];
    for (row, sums) in sums.iter_mut().enumerate().take(lhs.rows) {
        let mut sum = [L::zero(); V];
        for (&left, right) in lhs.row(row).iter().zip(panel.as_chunks::<WIDTH>().0.as_chunks::<V>().0) {
            for (sum, right) in sum.iter_mut().zip(right) {
                *sum = sum.add_product(left, L::load(right));
            }
        }
        *sums = sum;
    }
    sums
}

#[inline(always)]
fn step<L: Lanes, const M: usize, const V: usize>(
    sums: &mut [[L; V]; M],
    left: &[f32; M],
    right: &[[f32; WIDTH]; V],
) {
    let right: [L; V] = std::array::from_fn(|vector| L::load(&right[vector]));
    for (sums, &left) in sums.iter_mut().zip(left) {
        for (sum, &right) in sums.iter_mut().zip(&right) {
            *sum = sum.add_product(left, right);
        }
    }
}

#[inline(always)]
fn write<L: Lanes, const M: usize, const V: usize>(
    sums: &[[L; V]; M],
    rows: usize,
    columns: usize,
    out: &mut [f32],
    stride: usize,
    adds: bool,
) {
    for (row, sums) in sums.iter().enumerate().take(rows) {
        let out = &mut out[row * stride..][..columns];
        for (out, sum) in out.chunks_mut(WIDTH).zip(sums) {
            let sum = sum.store();
            match (out.as_mut_array::<WIDTH>(), adds) {
                (Some(out), false) => *out = sum,
                (Some(out), true) => out.iter_mut().zip(sum).for_each(|(out, sum)| *out += sum),
                (None, _) => write_part(out, &sum, adds),
            }
        }
    }
}

#[inline(always)]
fn write_part(out: &mut [f32], sum: &[f32; WIDTH], adds: bool) {
    for (out, sum) in out.iter_mut().zip(sum) {
        *out = if adds { *out + sum } else { *sum };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whole tiles, the last rows, and columns that do not fill a vector: in every kernel that this processor can run.
    #[test]
    fn all_kernels_give_the_same_product() {
        let (rows, depth, columns) = (29, 19, 13);
        let number = |index: usize| ((index * 7919 + 13) % 1009) as f32 / 1009.0 - 0.5;
        let left: Vec<f32> = (0..rows * depth).map(number).collect();
        let turned: Vec<f32> =
            (0..rows * depth).map(|index| left[index % rows * depth + index / rows]).collect();
        let panel: Vec<f32> = (0..depth * WIDTH).map(|index| number(index + 5000)).collect();
        let value = |row: usize, column: usize| {
            (0..depth)
                .map(|k| f64::from(left[row * depth + k]) * f64::from(panel[k * WIDTH + column]))
                .sum::<f64>()
        };
        for lhs in [Lhs::rows(&left, rows, depth, depth), Lhs::columns(&turned, rows, depth, rows)] {
            for kernel in 0..3 {
                let mut values = vec![1.0; rows * columns];
                let mut out = Target { values: &mut values, stride: columns, adds: true };
                match (kernel, Level::detect()) {
                    (0, _) => all_tiles::<[f32; WIDTH], 4, 1>(lhs, &panel, columns, &mut out),
                    #[cfg(target_arch = "x86_64")]
                    (1, Level::Avx2 | Level::Avx512) => {
                        // SAFETY: the processor has these features.
                        unsafe { avx2(lhs, &panel, columns, &mut out) }
                    }
                    _ => multiply_panel(lhs, &panel, WIDTH, columns, &mut out),
                }
                for (index, value_there) in values.iter().enumerate() {
                    let expected = 1.0 + value(index / columns, index % columns);
                    assert!((f64::from(*value_there) - expected).abs() < 1e-5, "kernel {kernel}, {index}");
                }
            }
        }
    }
}
