//! Overwriting that can be taken back, so that a batch is read only once: checking everything first would read it
//! all a second time, and reading is what a batch waits for.
//!
//! The old number can be computed from the result and the new number, but for the rounding. The journal notes by
//! how many units in the last place that computation misses: for most numbers none, and a miss takes a byte, seldom
//! more. For unit vectors it comes to 10 % of their memory at the first update, 3 % at the tenth, 1 % at the fiftieth.
//! What is noted is a difference of bit patterns, so taking back is exact, however wrong the computation was.

use memmap2::MmapMut;

#[cfg(target_arch = "x86_64")]
#[path = "avx512.rs"]
mod kernel;
#[cfg(not(target_arch = "x86_64"))]
#[path = "no_kernel.rs"]
mod kernel;

use super::rows::Rows;

/// Numbers below which checking first is as fast: they are still in the cache when they are overwritten.
const LEAST: usize = 4 << 20;
/// The kernel works on groups of so many numbers; shorter rows would leave most of one empty.
const LEAST_DIMENSION: usize = 64;
/// The room is this part of the bytes of the vectors. It is memory only once it is written to.
const SHARE: usize = 8;

/// Notes of what was overwritten, from the first row on.
pub(super) struct Journal {
    notes: MmapMut,
    /// How many of the kernel's groups are noted; the last ones may be a part of their row.
    groups: usize,
}

impl Journal {
    /// A journal for `rows`, if they are many, the processor has AVX-512, and there is room.
    pub(super) fn for_rows(rows: &Rows<'_>) -> Option<Self> {
        let is_worth_it = rows.vectors.len() >= LEAST && rows.dimension >= LEAST_DIMENSION;
        // The inverse of scaling to length 1 would have to be noted too.
        if !is_worth_it || rows.options.normalize || !kernel::is_available() {
            return None;
        }
        let notes = MmapMut::map_anon(size_of_val(&*rows.vectors) / SHARE).ok()?;
        // Small pages take longer to get than to fill. Without large ones it still works.
        #[cfg(target_os = "linux")]
        let _ = notes.advise(memmap2::Advice::HugePage);
        Some(Self { notes, groups: 0 })
    }

    /// Overwrites rows until the journal is full. Gives how many, and `false` when a row can not be updated, which
    /// may already be begun.
    pub(super) fn overwrite(&mut self, rows: &mut Rows<'_>) -> (usize, bool) {
        // SAFETY: there is a journal only where the kernel is available.
        let noted = unsafe { kernel::overwrite(rows, &mut self.notes) };
        self.groups = noted.groups;
        (noted.rows, noted.is_sound)
    }

    /// Makes the rows what they were.
    pub(super) fn take_back(self, rows: &mut Rows<'_>) {
        // SAFETY: as above.
        unsafe { kernel::take_back(rows, &self.notes, self.groups) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ema::EmaOptions;

    fn any_finite() -> impl Strategy<Value = f32> {
        prop_oneof![any::<u32>().prop_map(f32::from_bits), -2.0_f32..2.0, Just(-0.0), Just(f32::MAX)]
            .prop_filter("finite", |value| value.is_finite())
    }

    /// Vectors and targets of a dimension, and one number of updates for each row.
    fn batches() -> impl Strategy<Value = (usize, Vec<f32>, Vec<f32>, Vec<u64>)> {
        (1_usize..6, 1_usize..200).prop_flat_map(|(rows, dimension)| {
            let values = || prop::collection::vec(any_finite(), rows * dimension);
            let updates = prop::collection::vec(prop_oneof![0_u64..20, any::<u64>()], rows);
            (Just(dimension), values(), values(), updates)
        })
    }

    fn bits(values: &[f32]) -> Vec<u32> {
        values.iter().map(|value| value.to_bits()).collect()
    }

    proptest! {
        #[test]
        fn it_updates_as_the_plain_loop_does_and_takes_every_bit_back(
            (dimension, vectors, targets, updates) in batches(),
            c in prop_oneof![Just(0.5), Just(1.0), 1e-6..3.0],
            room in prop_oneof![Just(1_usize << 16), 1_usize..4096],
            damage in prop::option::of((any::<prop::sample::Index>(), any::<bool>())),
        ) {
            if !kernel::is_available() {
                return Ok(());
            }
            let (mut old, mut new) = (vectors, targets);
            if let Some((place, in_old)) = damage {
                *place.get_mut(if in_old { &mut old } else { &mut new }) = f32::NAN;
            }
            let before = bits(&old);
            let options = EmaOptions { c, ..EmaOptions::default() };
            let mut plain = old.clone();
            Rows { vectors: &mut plain, targets: &new, updates: &updates, dimension, options: &options }.overwrite();

            let mut rows = Rows { vectors: &mut old, targets: &new, updates: &updates, dimension, options: &options };
            let mut journal = Journal { notes: MmapMut::map_anon(room).unwrap(), groups: 0 };
            let (done, is_sound) = journal.overwrite(&mut rows);
            prop_assert!(!is_sound || damage.is_none() || done < updates.len());
            prop_assert_eq!(bits(&rows.vectors[..done * dimension]), bits(&plain[..done * dimension]));
            if is_sound {
                prop_assert_eq!(bits(&rows.vectors[done * dimension..]), &before[done * dimension..]);
            }
            journal.take_back(&mut rows);
            prop_assert_eq!(bits(&old), before);
        }
    }
}
