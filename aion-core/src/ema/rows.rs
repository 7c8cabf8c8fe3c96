//! Rows to be updated: checked by reading, or overwritten.

use super::{EmaOptions, invalid, not_finite};
use crate::ema::blend::Blend;
use crate::error::Error;

/// Rows of two arrays, and how to update the ones by the others.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    pub(super) vectors: &'a mut [f32],
    pub(super) targets: &'a [f32],
    pub(super) updates: &'a [u64],
    pub(super) dimension: usize,
    pub(super) options: &'a EmaOptions,
}

impl<'a> Rows<'a> {
    pub(super) fn len(&self) -> usize {
        self.updates.len()
    }

    /// The first `count` rows, and the others.
    pub(super) fn split_at(self, count: usize) -> (Self, Self) {
        let Self { vectors, targets, updates, dimension, options } = self;
        let (vectors, other_vectors) = vectors.split_at_mut(count * dimension);
        let (targets, other_targets) = targets.split_at(count * dimension);
        let (updates, other_updates) = updates.split_at(count);
        (
            Self { vectors, targets, updates, dimension, options },
            Self {
                vectors: other_vectors,
                targets: other_targets,
                updates: other_updates,
                dimension,
                options,
            },
        )
    }

    /// All but the first `count`.
    pub(super) fn after(&mut self, count: usize) -> Rows<'_> {
        let Self { updates, targets, dimension, options, .. } = *self;
        let all = Rows { vectors: &mut *self.vectors, targets, updates, dimension, options };
        all.split_at(count).1
    }

    pub(super) fn blend(&self, row: usize) -> Blend {
        Blend::new(self.options.c, self.updates[row])
    }

    /// Whether all of it can be updated.
    pub(super) fn is_sound(&self) -> bool {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: the processor has what the function is compiled for.
            return unsafe { is_sound_avx2(self) };
        }
        is_sound(self)
    }

    /// Updates all of it.
    pub(super) fn overwrite(&mut self) {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: the processor has what the function is compiled for.
            return unsafe { overwrite_avx2(self) };
        }
        overwrite(self);
    }

    /// What keeps the first row that can not be updated from it; `before` are the rows before these.
    pub(super) fn refusal(&self, before: usize) -> Option<Error> {
        (0..self.len()).find_map(|row| {
            let (old, new) = self.row(row);
            for (name, values) in [("vectors", old), ("targets", new)] {
                if let Some(place) = values.iter().position(|value| !value.is_finite()) {
                    let name = format_args!("row {} of `{name}`", before + row);
                    return Some(not_finite(name, values[place], place));
                }
            }
            let has_length = !self.options.normalize || self.blend(row).length(old, new) > 0.0;
            (!has_length).then(|| {
                invalid(format!("row {} becomes a vector of length 0, which no scale makes 1", before + row))
            })
        })
    }

    fn row(&self, row: usize) -> (&[f32], &[f32]) {
        let range = row * self.dimension..(row + 1) * self.dimension;
        (&self.vectors[range.clone()], &self.targets[range])
    }
}

/// The compiler makes eight lanes of it.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn is_sound_avx2(rows: &Rows<'_>) -> bool {
    is_sound(rows)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn overwrite_avx2(rows: &mut Rows<'_>) {
    overwrite(rows);
}

#[inline(always)]
fn is_sound(rows: &Rows<'_>) -> bool {
    let have_length = || {
        (0..rows.len()).all(|row| {
            let (old, new) = rows.row(row);
            rows.blend(row).length(old, new) > 0.0
        })
    };
    are_finite(rows.targets) && are_finite(rows.vectors) && (!rows.options.normalize || have_length())
}

#[inline(always)]
fn overwrite(rows: &mut Rows<'_>) {
    let Rows { dimension, options, .. } = *rows;
    let old = rows.vectors.chunks_exact_mut(dimension);
    for ((old, new), &updates) in old.zip(rows.targets.chunks_exact(dimension)).zip(rows.updates) {
        Blend::new(options.c, updates).row(old, new, options.normalize);
    }
}

/// Without their sign, the bits of all finite numbers are below those of infinity, and of every NaN above.
#[inline(always)]
fn are_finite(values: &[f32]) -> bool {
    const INFINITY: u32 = f32::INFINITY.to_bits();
    let largest = |block: &[f32]| block.iter().map(|value| value.abs().to_bits()).fold(0, u32::max);
    values.chunks(4096).all(|block| largest(block) < INFINITY)
}
