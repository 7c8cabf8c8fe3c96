//! Memory for many numbers.

use std::ops::{Deref, DerefMut};

use memmap2::MmapMut;

use crate::error::{Error, ErrorKind, Result};

/// Numbers from which on memory is taken in large pages, which are sooner had and sooner found.
const LARGE: usize = 1 << 19;

/// Numbers that are anything at first. To have too many is an error, not the end of the process.
#[derive(Default)]
pub(crate) struct Memory {
    storage: Storage,
    len: usize,
}

enum Storage {
    Small(Vec<f32>),
    Large(MmapMut),
}

impl Default for Storage {
    fn default() -> Self {
        Self::Small(Vec::new())
    }
}

impl Memory {
    /// Sets the length. What is in it is anything.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`] when there is not enough memory; it is then empty.
    pub(crate) fn fit(&mut self, len: usize) -> Result<()> {
        if len > self.capacity() {
            *self = Self::default();
            self.storage = Storage::new(len)?;
        }
        self.len = len;
        Ok(())
    }

    /// The greatest length that takes no more memory.
    pub(crate) fn capacity(&self) -> usize {
        match &self.storage {
            Storage::Small(values) => values.len(),
            Storage::Large(map) => map.len() / size_of::<f32>(),
        }
    }
}

impl Storage {
    fn new(len: usize) -> Result<Self> {
        let too_much = || {
            let message = "there is not enough memory; give fewer tokens at once, or set `recompute`";
            Error::new(ErrorKind::LimitExceeded, message)
        };
        if len < LARGE {
            return Ok(Self::Small(vec![0.0; len]));
        }
        let bytes = len.checked_mul(size_of::<f32>()).ok_or_else(too_much)?;
        let map = MmapMut::map_anon(bytes).map_err(|error| too_much().with_source(error))?;
        // Without large pages it still works.
        #[cfg(target_os = "linux")]
        let _ = map.advise(memmap2::Advice::HugePage);
        Ok(Self::Large(map))
    }
}

impl Deref for Memory {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        match &self.storage {
            Storage::Small(values) => &values[..self.len],
            Storage::Large(map) => &bytemuck::cast_slice(&map[..])[..self.len],
        }
    }
}

impl DerefMut for Memory {
    fn deref_mut(&mut self) -> &mut [f32] {
        match &mut self.storage {
            Storage::Small(values) => &mut values[..self.len],
            Storage::Large(map) => &mut bytemuck::cast_slice_mut(&mut map[..])[..self.len],
        }
    }
}
