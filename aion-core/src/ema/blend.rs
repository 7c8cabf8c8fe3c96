//! The formula for one number and for one row.

/// The shares of the old and of the new, `1 − η` and `η`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Blend {
    pub(super) keep: f32,
    pub(super) rate: f32,
}

impl Blend {
    /// Takes the new as it is.
    pub(super) const REPLACE: Self = Self { keep: 0.0, rate: 1.0 };

    pub(super) fn new(c: f64, updates: u64) -> Self {
        let rate = (c / (updates as f64 + 1.0)).min(1.0);
        Self { keep: (1.0 - rate) as f32, rate: rate as f32 }
    }

    /// One fused multiplication, whose result is the same on every machine. Between two of the largest numbers
    /// there is no larger one, though rounding may think so.
    #[inline(always)]
    pub(super) fn mix(self, old: f32, new: f32) -> f32 {
        self.keep.mul_add(old, self.rate * new).clamp(f32::MIN, f32::MAX)
    }

    /// Updates a row; with `normalize` a result of length 0 becomes NaN.
    #[inline(always)]
    pub(super) fn row(self, old: &mut [f32], new: &[f32], normalize: bool) {
        if normalize {
            let length = self.length(old, new);
            let unit = |value: f32| (f64::from(value) / length) as f32;
            old.iter_mut().zip(new).for_each(|(old, &new)| *old = unit(self.mix(*old, new)));
        } else {
            old.iter_mut().zip(new).for_each(|(old, &new)| *old = self.mix(*old, new));
        }
    }

    /// The length of the mixture, in `f64`, in which the square of no `f32` is too large or too small. Eight sums
    /// side by side do not wait for each other.
    #[inline(always)]
    pub(super) fn length(self, old: &[f32], new: &[f32]) -> f64 {
        let square = |old, new| f64::from(self.mix(old, new)).powi(2);
        let ((old, last_old), (new, last_new)) = (old.as_chunks::<8>(), new.as_chunks::<8>());
        let mut sums = [0.0; 8];
        for (old, new) in old.iter().zip(new) {
            for lane in 0..8 {
                sums[lane] += square(old[lane], new[lane]);
            }
        }
        let last: f64 = last_old.iter().zip(last_new).map(|(&old, &new)| square(old, new)).sum();
        (sums.iter().sum::<f64>() + last).sqrt()
    }
}
