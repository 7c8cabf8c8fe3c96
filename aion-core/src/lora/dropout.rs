//! Dropout (Srivastava et al., 2014) by a function of place: whoever asks again, on any thread, is told the same.

use crate::base::Module;
use crate::base::ops::simd;
use crate::random::SplitMix64;

/// Which numbers of one module's input are dropped in one micro-batch.
#[derive(Clone, Copy)]
pub(super) struct Mask {
    keys: [u32; 2],
    /// A number whose hash is below is dropped.
    threshold: u32,
    scale: f32,
}

impl Mask {
    /// `None` where nothing is dropped.
    pub(super) fn new(rate: f64, seed: u64, batch: u64, layer: usize, module: Module) -> Option<Self> {
        let place = (layer * Module::ALL.len() + module.index()) as u64;
        let key = SplitMix64::at(SplitMix64::at(seed ^ 0xD809_0D20, batch), place);
        let threshold = (rate * 2f64.powi(32)) as u32;
        let keys = [key as u32, (key >> 32) as u32];
        (rate > 0.0).then_some(Self { keys, threshold, scale: (1.0 / (1.0 - rate)) as f32 })
    }

    /// Numbers from `index` on: `out = x / (1 − rate)`, or 0 where dropped.
    pub(super) fn apply(&self, index: usize, x: &[f32], out: &mut [f32]) {
        masked(self.keys, self.threshold, self.scale, index as u32, x, out);
    }

    /// As [`apply`](Self::apply), added to `out`.
    pub(super) fn add(&self, index: usize, x: &[f32], out: &mut [f32]) {
        masked_add(self.keys, self.threshold, self.scale, index as u32, x, out);
    }
}

/// A hash with full avalanche (Wang's and Mueller's `lowbias32`), keyed before and between its rounds.
#[inline(always)]
fn hash(keys: [u32; 2], index: u32) -> u32 {
    let mut value = index ^ keys[0];
    value = (value ^ (value >> 16)).wrapping_mul(0x7FEB_352D);
    value = (value ^ (value >> 15) ^ keys[1]).wrapping_mul(0x846C_A68B);
    value ^ (value >> 16)
}

simd! {
    fn masked(keys: [u32; 2], threshold: u32, scale: f32, index: u32, x: &[f32], out: &mut [f32]) {
        let out = &mut out[..x.len()];
        for place in 0..x.len() {
            let kept = hash(keys, index.wrapping_add(place as u32)) >= threshold;
            out[place] = if kept { x[place] * scale } else { 0.0 };
        }
    }
}

simd! {
    fn masked_add(keys: [u32; 2], threshold: u32, scale: f32, index: u32, x: &[f32], out: &mut [f32]) {
        let out = &mut out[..x.len()];
        for place in 0..x.len() {
            let kept = hash(keys, index.wrapping_add(place as u32)) >= threshold;
            out[place] += if kept { x[place] * scale } else { 0.0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(mask: &Mask, count: usize) -> Vec<bool> {
        let mut out = vec![0.0; count];
        mask.apply(0, &vec![1.0; count], &mut out);
        out.iter().map(|&value| value != 0.0).collect()
    }

    #[test]
    fn as_many_are_dropped_as_asked_and_neighbours_do_not_know_of_each_other() {
        let count = 1 << 20;
        for (rate, batch) in [(0.05, 0), (0.05, 1), (0.5, 2)] {
            let mask = Mask::new(rate, 7, batch, 3, Module::Up).unwrap();
            let kept = kept(&mask, count);
            let dropped = kept.iter().filter(|&&kept| !kept).count() as f64 / count as f64;
            assert!((dropped - rate).abs() < 0.002, "{dropped}");
            for distance in [1, 2, 16, 576, 1536] {
                let pairs = kept.windows(distance + 1).filter(|pair| !pair[0] && !pair[distance]).count();
                assert!((pairs as f64 / count as f64 - rate * rate).abs() < 0.002, "{distance}");
            }
        }
    }

    #[test]
    fn modules_layers_and_batches_have_masks_of_their_own() {
        let of = |batch, layer, module| kept(&Mask::new(0.5, 7, batch, layer, module).unwrap(), 4096);
        let first = of(0, 0, Module::Q);
        assert_eq!(first, of(0, 0, Module::Q));
        for other in [of(1, 0, Module::Q), of(0, 1, Module::Q), of(0, 0, Module::K)] {
            let same = first.iter().zip(&other).filter(|(a, b)| a == b).count();
            assert!((1900..2200).contains(&same), "{same}");
        }
    }

    #[test]
    fn a_part_has_the_mask_of_the_whole() {
        let mask = Mask::new(0.3, 1, 2, 3, Module::V).unwrap();
        let (x, mut whole, mut part) = (vec![1.0; 1000], vec![0.0; 1000], vec![0.0; 300]);
        mask.apply(0, &x, &mut whole);
        mask.add(123, &x[..300], &mut part);
        assert_eq!(whole[123..423], part[..]);
    }
}
