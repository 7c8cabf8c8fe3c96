//! Token ids on their way in.

use aion_core::Result;
use aion_core::dataset::Sequence;

use crate::handle::invalid;
use crate::slice;

/// One sequence of a micro-batch.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionSequence {
    /// Its token ids.
    pub ids: *const u32,
    /// For each token 1 where it is to be learnt, and 0 elsewhere; NULL for all but the first, which never is.
    pub mask: *const u8,
    /// How many token ids there are, and marks.
    pub length: usize,
}

/// The sequences of the caller.
///
/// # Safety
/// `items` must point to `count` sequences, each to its ids and marks.
pub(crate) unsafe fn sequences(items: *const AionSequence, count: usize) -> Result<Vec<Sequence>> {
    // SAFETY: the caller vouches for the sequences.
    let items = unsafe { slice::input(items, count, "sequences") }?;
    let in_place =
        |place: usize| move |error: aion_core::Error| error.in_context(format!("sequence {place}"));
    let read = items.iter().enumerate().map(|(place, item)| {
        // SAFETY: the caller vouches for the ids and marks of each.
        unsafe { sequence(item) }.map_err(in_place(place))
    });
    read.collect()
}

/// # Safety
/// The sequence must point to as many ids and marks as its length says.
unsafe fn sequence(item: &AionSequence) -> Result<Sequence> {
    // SAFETY: the caller vouches for the ids.
    let ids = unsafe { slice::input(item.ids, item.length, "ids") }?;
    if item.mask.is_null() {
        return Ok(Sequence::new(ids));
    }
    // SAFETY: the caller vouches for the marks.
    let mask = unsafe { slice::input(item.mask, item.length, "mask") }?;
    if let Some(place) = mask.iter().position(|&mark| mark > 1) {
        return Err(invalid(format!("mark {place} is {}; it must be 0 or 1", mask[place])));
    }
    Sequence::masked(ids, mask.iter().map(|&mark| mark == 1).collect::<Vec<_>>())
}
