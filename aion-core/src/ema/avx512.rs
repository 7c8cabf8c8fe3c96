//! The journal's kernel: sixty-four numbers at a time, with AVX-512.
//!
//! The notes of a group tell which numbers were missed by 1, which by -1, and which by more. They do so in two masks,
//! or where misses are seldom, in a count and a byte for each miss with its place. After that come the larger
//! differences as bytes, and after those the numbers of which the difference is too large even for a byte.

use std::arch::x86_64::*;

use bytemuck::cast;

use crate::ema::blend::Blend;
use crate::ema::rows::Rows;

const LANES: usize = 16;
/// Vectors in a group.
const VECTORS: usize = 4;
/// Numbers in a group: as many as a vector has bytes.
const GROUP: usize = VECTORS * LANES;
/// Room for a group's notes: count, places, differences, numbers, and the end of a vector that is stored whole.
const GROUP_BYTES: usize = 1 + GROUP + GROUP + 4 * GROUP + GROUP;
/// The rate above which more than a quarter of the numbers are missed, and masks are shorter than places.
const MASKS_ABOVE: f32 = 0.2;
/// The largest difference that is noted as a byte; larger ones are cut to what a byte holds, and so stand out.
const SMALL: u8 = 126;
/// Beside the place of a number: that it was missed by -1, or by what another byte says.
const DOWN: u8 = 0x40;
const FAR: u8 = 0x80;
/// How many numbers ahead memory is asked for. Measured: 768 and 2048 are slower by 5 %.
const AHEAD: usize = 1280;

type Vectors = [__m512; VECTORS];

/// How far [`overwrite`] came.
pub(super) struct Noted {
    pub(super) rows: usize,
    pub(super) groups: usize,
    pub(super) is_sound: bool,
}

pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vbmi2")
        && is_x86_feature_detected!("popcnt")
}

/// See [`Journal::overwrite`](super::Journal::overwrite).
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vbmi2,popcnt")]
pub(super) fn overwrite(rows: &mut Rows<'_>, notes: &mut [u8]) -> Noted {
    let dimension = rows.dimension;
    let row_bytes = dimension.div_ceil(GROUP) * GROUP_BYTES;
    let mut noted = Noted { rows: 0, groups: 0, is_sound: true };
    let mut at = 0;
    for row in 0..rows.len() {
        if notes.len() - at < row_bytes {
            break;
        }
        let kernel = Kernel::new(rows.blend(row));
        let range = row * dimension..(row + 1) * dimension;
        let (old, last_old) = rows.vectors[range.clone()].as_chunks_mut();
        let (new, last_new) = rows.targets[range].as_chunks();
        for (old, new) in old.iter_mut().zip(new) {
            noted.is_sound = kernel.overwrite(old, new, notes, &mut at);
            if !noted.is_sound {
                return noted;
            }
            noted.groups += 1;
        }
        if !last_old.is_empty() {
            let mut padded = pad(last_old);
            noted.is_sound = kernel.overwrite(&mut padded, &pad(last_new), notes, &mut at);
            if !noted.is_sound {
                return noted;
            }
            last_old.copy_from_slice(&padded[..last_old.len()]);
            noted.groups += 1;
        }
        noted.rows += 1;
    }
    noted
}

/// See [`Journal::take_back`](super::Journal::take_back).
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vbmi2,popcnt")]
pub(super) fn take_back(rows: &mut Rows<'_>, notes: &[u8], groups: usize) {
    let dimension = rows.dimension;
    let in_a_row = dimension.div_ceil(GROUP);
    let mut at = 0;
    for group in 0..groups {
        let (row, column) = (group / in_a_row, group % in_a_row * GROUP);
        let kernel = Kernel::new(rows.blend(row));
        let range = row * dimension + column..row * dimension + dimension.min(column + GROUP);
        let mut padded = pad(&rows.vectors[range.clone()]);
        kernel.take_back(&mut padded, &pad(&rows.targets[range.clone()]), notes, &mut at);
        let old = &mut rows.vectors[range];
        old.copy_from_slice(&padded[..old.len()]);
    }
}

fn pad(values: &[f32]) -> [f32; GROUP] {
    let mut padded = [0.0; GROUP];
    padded[..values.len()].copy_from_slice(values);
    padded
}

/// A [`Blend`] in all lanes.
struct Kernel {
    keep: __m512,
    rate: __m512,
    /// 1 / `keep`; 0 when nothing is kept.
    grow: __m512,
    /// Which form the notes have.
    masks: bool,
}

impl Kernel {
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn new(blend: Blend) -> Self {
        let grow = if blend.keep > 0.0 { blend.keep.recip() } else { 0.0 };
        Self {
            keep: _mm512_set1_ps(blend.keep),
            rate: _mm512_set1_ps(blend.rate),
            grow: _mm512_set1_ps(grow),
            masks: blend.rate > MASKS_ABOVE,
        }
    }

    /// As [`Blend::mix`], without its last step: notes what is overwritten from `at` on. `false`, and nothing is
    /// overwritten, when a result is not finite.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vbmi2,popcnt")]
    fn overwrite(
        &self,
        old: &mut [f32; GROUP],
        new: &[f32; GROUP],
        notes: &mut [u8],
        at: &mut usize,
    ) -> bool {
        const NAN_OR_INFINITE: i32 = 0x99;
        let Some(room) = notes[*at..].first_chunk_mut::<GROUP_BYTES>() else { return false };
        prefetch(old, new);
        let (olds, news): (Vectors, Vectors) = (cast(*old), cast(*new));
        let (mut results, mut differences, mut unsound) = (olds, [_mm_setzero_si128(); VECTORS], 0);
        for vector in 0..VECTORS {
            let share = _mm512_mul_ps(self.rate, news[vector]);
            let result = _mm512_fmadd_ps(self.keep, olds[vector], share);
            let computed = _mm512_castps_si512(self.invert(result, share));
            let difference = _mm512_sub_epi32(_mm512_castps_si512(olds[vector]), computed);
            differences[vector] = _mm512_cvtsepi32_epi8(difference);
            unsound |= _mm512_fpclass_ps_mask::<NAN_OR_INFINITE>(result);
            results[vector] = result;
        }
        if unsound != 0 {
            return false;
        }
        *at += note(cast(differences), old, room, self.masks);
        *old = cast(results);
        true
    }

    /// Undoes [`overwrite`](Self::overwrite) by the notes from `at` on.
    #[target_feature(enable = "avx512f")]
    fn take_back(&self, old: &mut [f32; GROUP], new: &[f32; GROUP], notes: &[u8], at: &mut usize) {
        let (mut olds, news): (Vectors, Vectors) = (cast(*old), cast(*new));
        for (old, new) in olds.iter_mut().zip(news) {
            *old = self.invert(*old, _mm512_mul_ps(self.rate, new));
        }
        *old = cast(olds);
        *at += correct(old, &notes[*at..], self.masks);
    }

    /// The old number from the result and the share of the new one, nearly always to within a unit in the last
    /// place: what rounding took from the difference and from the quotient is put back. Where the largest numbers
    /// make a NaN of it, a number takes its place, since the bits of a NaN are not the same each time.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn invert(&self, result: __m512, share: __m512) -> __m512 {
        let kept = _mm512_sub_ps(result, share);
        let lost = _mm512_sub_ps(_mm512_sub_ps(result, kept), share);
        let quotient = _mm512_mul_ps(kept, self.grow);
        let remainder = _mm512_add_ps(_mm512_fnmadd_ps(quotient, self.keep, kept), lost);
        let computed = _mm512_fmadd_ps(remainder, self.grow, quotient);
        _mm512_max_ps(computed, _mm512_set1_ps(f32::MIN))
    }
}

/// Notes by how much each of the `old` numbers is missed. Gives how many bytes that took.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,popcnt")]
fn note(differences: __m512i, old: &[f32; GROUP], room: &mut [u8; GROUP_BYTES], masks: bool) -> usize {
    let sizes = _mm512_abs_epi8(differences);
    let missed = _mm512_test_epi8_mask(differences, differences);
    let down = _mm512_movepi8_mask(differences);
    let far = _mm512_cmpgt_epu8_mask(sizes, _mm512_set1_epi8(1));
    let mut end = if masks {
        // What is in both masks is missed by more.
        room[..8].copy_from_slice(&(missed & !down | far).to_le_bytes());
        room[8..16].copy_from_slice(&(down | far).to_le_bytes());
        16
    } else {
        let places: __m512i = cast::<[u8; GROUP], _>(std::array::from_fn(|place| place as u8));
        let signed = _mm512_mask_add_epi8(places, down, places, _mm512_set1_epi8(DOWN as i8));
        let entries = _mm512_mask_add_epi8(signed, far, signed, _mm512_set1_epi8(FAR as i8));
        room[0] = missed.count_ones() as u8;
        put(room, 1, _mm512_maskz_compress_epi8(missed, entries));
        1 + missed.count_ones() as usize
    };
    put(room, end, _mm512_maskz_compress_epi8(far, differences));
    end += far.count_ones() as usize;
    let mut whole = _mm512_cmpgt_epu8_mask(sizes, _mm512_set1_epi8(SMALL as i8));
    while whole != 0 {
        let number = old[whole.trailing_zeros() as usize];
        room[end..end + 4].copy_from_slice(&number.to_le_bytes());
        end += 4;
        // All but its lowest bit.
        whole &= whole - 1;
    }
    end
}

#[inline]
fn put(room: &mut [u8; GROUP_BYTES], start: usize, bytes: __m512i) {
    room[start..start + GROUP].copy_from_slice(&cast::<_, [u8; GROUP]>(bytes));
}

/// Makes of the computed numbers what they were. Gives how many bytes were read.
fn correct(numbers: &mut [f32; GROUP], notes: &[u8], masks: bool) -> usize {
    let (entries, notes, start) = if masks {
        (unpack(&notes[..16]), &notes[16..], 16)
    } else {
        let count = notes[0] as usize;
        (notes[1..][..count].to_vec(), &notes[1 + count..], 1 + count)
    };
    let far = entries.iter().filter(|entry| *entry & FAR != 0).count();
    let (differences, whole) = notes.split_at(far);
    let (mut differences, mut whole) = (differences.iter(), whole.as_chunks().0.iter());
    let mut end = start + far;
    for entry in entries {
        let difference = match entry & (FAR | DOWN) {
            0 => 1,
            DOWN => -1,
            _ => differences.next().map_or(0, |&byte| byte as i8),
        };
        let number = &mut numbers[usize::from(entry & !(FAR | DOWN))];
        if difference.unsigned_abs() <= SMALL {
            *number = f32::from_bits(number.to_bits().wrapping_add_signed(difference.into()));
        } else if let Some(&bytes) = whole.next() {
            *number = f32::from_le_bytes(bytes);
            end += 4;
        }
    }
    end
}

/// The places that two masks tell of.
fn unpack(masks: &[u8]) -> Vec<u8> {
    let has = |mask: &[u8], place: usize| mask[place / 8] >> (place % 8) & 1 == 1;
    let (up, down) = masks.split_at(8);
    let entry = |place: usize| match (has(up, place), has(down, place)) {
        (false, false) => None,
        (true, false) => Some(place as u8),
        (false, true) => Some(place as u8 | DOWN),
        (true, true) => Some(place as u8 | FAR),
    };
    (0..GROUP).filter_map(entry).collect()
}

/// The processor's own prefetching ends where a page does, and the loop is too long to look far ahead itself.
#[inline]
#[target_feature(enable = "avx512f")]
fn prefetch(old: &[f32; GROUP], new: &[f32; GROUP]) {
    for values in [old, new] {
        for vector in 0..VECTORS {
            // A hint: of an address that can not be read it does nothing.
            _mm_prefetch::<_MM_HINT_T0>(values.as_ptr().wrapping_add(AHEAD + vector * LANES).cast());
        }
    }
}
