//! Many pictures in one call, each with an error of its own.

use aion_core::{Error, ErrorKind, ImageSource, Result};

use crate::error::AionError;
use crate::slice;
use crate::source::AionSource;

/// The pictures of a batch that can be read at all, and which ones they are.
pub(crate) struct Batch<'a> {
    pub(crate) sources: Vec<ImageSource<'a>>,
    slots: Vec<Result<()>>,
}

impl<'a> Batch<'a> {
    /// A source that is wrong is the error of its item, not of the batch.
    ///
    /// # Safety
    /// `sources` must point to `count` sources whose data stay as they are for `'a`.
    pub(crate) unsafe fn new(sources: *const AionSource, count: usize) -> Result<Self> {
        // SAFETY: the caller vouches for the sources.
        let given = unsafe { slice::input(sources, count, "sources") }?;
        let mut batch = Self { sources: Vec::with_capacity(count), slots: Vec::with_capacity(count) };
        for source in given {
            // SAFETY: the caller vouches for the data of each source.
            let resolved = unsafe { source.resolve() };
            batch.slots.push(resolved.map(|source| batch.sources.push(source)));
        }
        Ok(batch)
    }

    /// The results of `sources` put back among the items that could not be read at all.
    pub(crate) fn all<T>(self, results: Vec<Result<T>>) -> impl Iterator<Item = Result<T>> {
        let mut results = results.into_iter();
        let missing = || Err(Error::new(ErrorKind::Internal, "a picture of a batch has no result"));
        self.slots.into_iter().map(move |slot| slot.and_then(|()| results.next().unwrap_or_else(missing)))
    }
}

/// Places for the handles of `count` items, all empty.
///
/// # Safety
/// `places` must point to room for `count` pointers that nothing else uses during `'a`.
pub(crate) unsafe fn vacant<'a, T>(
    places: *mut Option<Box<T>>,
    count: usize,
    name: &str,
) -> Result<&'a mut [Option<Box<T>>]> {
    // SAFETY: the caller vouches for the room.
    let places = unsafe { slice::output(places, count, name) }?;
    for place in &mut *places {
        place.write(None);
    }
    // SAFETY: each place was written just now.
    Ok(unsafe { places.assume_init_mut() })
}

/// As [`vacant`] for the errors of the items, which the caller may not want.
///
/// # Safety
/// As [`vacant`], unless `errors` is NULL.
pub(crate) unsafe fn vacant_errors<'a>(
    errors: *mut Option<Box<AionError>>,
    count: usize,
) -> Result<&'a mut [Option<Box<AionError>>]> {
    if errors.is_null() {
        return Ok(&mut []);
    }
    // SAFETY: the caller vouches for the room.
    unsafe { vacant(errors, count, "errors") }
}

/// Gives each error to its place, if the caller wants errors; the other items come back.
pub(crate) fn hand_over<T>(
    results: impl Iterator<Item = Result<T>>,
    errors: &mut [Option<Box<AionError>>],
) -> Vec<Option<T>> {
    let mut places = errors.iter_mut();
    results
        .map(|result| {
            let place = places.next();
            match (result, place) {
                (Ok(item), _) => Some(item),
                (Err(error), Some(place)) => {
                    *place = Some(Box::new(error.into()));
                    None
                }
                (Err(_), None) => None,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::aion_source_bytes;

    #[test]
    fn results_come_back_among_the_sources_that_are_wrong() {
        let sources = [
            aion_source_bytes(std::ptr::null(), 1),
            aion_source_bytes(b"a".as_ptr(), 1),
            aion_source_bytes(b"b".as_ptr(), 1),
        ];
        // SAFETY: the array has three sources, and their data are static or refused.
        let batch = unsafe { Batch::new(sources.as_ptr(), 3) }.unwrap();
        assert_eq!(batch.sources.len(), 2);
        let failed = Err(Error::new(ErrorKind::InvalidInput, "b is no picture"));
        let mut errors = [None, None, None];
        let items = hand_over(batch.all(vec![Ok('a'), failed]), &mut errors);
        assert_eq!(items, [None, Some('a'), None]);
        let codes = errors.map(|error| error.map_or(0, |error| crate::aion_error_status(Some(&error))));
        assert_eq!(codes, [1, 0, 2]);
    }
}
