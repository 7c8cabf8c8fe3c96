//! Pointer and count from C made slices, and results copied into buffers of the caller.

use std::mem::MaybeUninit;

use aion_core::Result;

use crate::handle::{invalid, required};

/// The items of the caller. NULL is allowed for none.
///
/// # Safety
/// `data` must point to `count` items that stay as they are for `'a`.
pub(crate) unsafe fn input<'a, T>(data: *const T, count: usize, name: &str) -> Result<&'a [T]> {
    if count == 0 {
        return Ok(&[]);
    }
    check(data, count, name)?;
    // SAFETY: the pointer is aligned and not NULL, the length fits, and the caller vouches for the items.
    Ok(unsafe { std::slice::from_raw_parts(data, count) })
}

/// Room for `count` items. NULL is allowed for none.
///
/// # Safety
/// `data` must point to room for `count` items that nothing else uses during `'a`.
pub(crate) unsafe fn output<'a, T>(
    data: *mut T,
    count: usize,
    name: &str,
) -> Result<&'a mut [MaybeUninit<T>]> {
    if count == 0 {
        return Ok(&mut []);
    }
    check(data, count, name)?;
    // SAFETY: the pointer is aligned and not NULL, the length fits, and the caller vouches for the room.
    Ok(unsafe { std::slice::from_raw_parts_mut(data.cast(), count) })
}

/// The items of the caller, to be changed. NULL is allowed for none.
///
/// # Safety
/// `data` must point to `count` items that nothing else uses during `'a`.
pub(crate) unsafe fn in_out<'a, T>(data: *mut T, count: usize, name: &str) -> Result<&'a mut [T]> {
    if count == 0 {
        return Ok(&mut []);
    }
    check(data, count, name)?;
    // SAFETY: the pointer is aligned and not NULL, the length fits, and the caller vouches for the items.
    Ok(unsafe { std::slice::from_raw_parts_mut(data, count) })
}

fn check<T>(data: *const T, count: usize, name: &str) -> Result<()> {
    if data.is_null() {
        return Err(invalid(format!("`{name}` is NULL but {count} items are said to be there")));
    }
    if !data.is_aligned() {
        return Err(invalid(format!("`{name}` is not aligned for its type")));
    }
    match count.checked_mul(size_of::<T>()) {
        Some(bytes) if isize::try_from(bytes).is_ok() => Ok(()),
        _ => Err(invalid(format!("`{name}` can not hold {count} items; was a negative number passed?"))),
    }
}

/// A buffer of the caller, and where the caller is told how many items there are.
pub(crate) struct Buffer<'a, T> {
    room: &'a mut [MaybeUninit<T>],
    count: &'a mut usize,
}

impl<'a, T: Copy> Buffer<'a, T> {
    /// The count reads 0 until [`fill`](Self::fill).
    ///
    /// # Safety
    /// As [`output`].
    pub(crate) unsafe fn new(
        data: *mut T,
        capacity: usize,
        count: Option<&'a mut MaybeUninit<usize>>,
        count_name: &str,
    ) -> Result<Self> {
        let count = required(count, count_name)?.write(0);
        // SAFETY: the caller keeps the contract of `output`.
        let room = unsafe { output(data, capacity, "out") }?;
        Ok(Self { room, count })
    }

    /// Copies the items; a buffer that is too small stays as it is, but the count is told.
    pub(crate) fn fill(self, items: &[T]) -> Result<()> {
        *self.count = items.len();
        copy(items, self.room)
    }

    /// Copies the rows one after the other and leaves zeros for those that are missing; the count is that of
    /// one row.
    pub(crate) fn fill_rows(self, rows: &[Option<Vec<T>>]) -> Result<()>
    where
        T: Default,
    {
        let length = rows.iter().flatten().map(Vec::len).next().unwrap_or(0);
        *self.count = length;
        let missing = vec![T::default(); length];
        let items: Vec<T> = rows.iter().flat_map(|row| row.as_ref().unwrap_or(&missing)).copied().collect();
        copy(&items, self.room)
    }
}

/// Copies the items to the start of `room`, or nothing when there is not enough of it.
pub(crate) fn copy<T: Copy>(items: &[T], room: &mut [MaybeUninit<T>]) -> Result<()> {
    let capacity = room.len();
    let too_small = || invalid(format!("`out` has room for {capacity} items, {} are needed", items.len()));
    room.get_mut(..items.len()).ok_or_else(too_small)?.write_copy_of_slice(items);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_be_a_slice_is_refused() {
        let numbers = [1_u32, 2];
        let middle = numbers.as_ptr().cast::<u8>().wrapping_add(1).cast::<u32>();
        for (data, count) in [(std::ptr::null(), 1), (middle, 1), (numbers.as_ptr(), usize::MAX / 4)] {
            // SAFETY: each of them is refused before it is read.
            assert!(unsafe { input(data, count, "data") }.is_err());
        }
        // SAFETY: the array has two numbers; of none, NULL is enough.
        assert_eq!(unsafe { input(numbers.as_ptr(), 2, "data") }.unwrap(), numbers);
        // SAFETY: as above.
        assert!(unsafe { input(std::ptr::null::<u32>(), 0, "data") }.unwrap().is_empty());
    }

    fn fill_rows(capacity: usize, rows: &[Option<Vec<f32>>]) -> (Result<()>, usize, Vec<f32>) {
        let mut room = vec![9.0; capacity];
        let mut count = MaybeUninit::uninit();
        // SAFETY: the room is as long as it is said to be.
        let buffer = unsafe { Buffer::new(room.as_mut_ptr(), capacity, Some(&mut count), "count") }.unwrap();
        let outcome = buffer.fill_rows(rows);
        // SAFETY: the buffer has written it.
        (outcome, unsafe { count.assume_init() }, room)
    }

    #[test]
    fn rows_keep_their_places_and_the_missing_are_zeros() {
        let rows = [None, Some(vec![1.0, 2.0]), None];
        let (outcome, count, room) = fill_rows(7, &rows);
        assert!(outcome.is_ok());
        assert_eq!((count, room), (2, vec![0.0, 0.0, 1.0, 2.0, 0.0, 0.0, 9.0]));
    }

    #[test]
    fn a_small_buffer_stays_as_it_is_but_the_count_is_told() {
        let (outcome, count, room) = fill_rows(3, &[Some(vec![1.0, 2.0]), None]);
        assert!(outcome.unwrap_err().to_string().contains("room for 3 items, 4 are needed"));
        assert_eq!((count, room), (2, vec![9.0; 3]));
        assert_eq!(fill_rows(0, &[None, None]).1, 0);
    }
}
