//! The vectors of one space in memory: blocks that never move, and who each row is.

use std::collections::HashSet;

use memmap2::MmapMut;

use super::best::{Best, Near};
use super::dot::{self, LANES};
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::knowledge::unit::read_into;
use crate::parallel;

/// Bytes of a block: one is searched by one thread between two looks at the control.
const BLOCK_BYTES: usize = 8 << 20;
/// Rows that are worth a second thread.
const LEAST_ROWS: usize = 4096;

/// Whose vector a row is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner {
    pub(super) vector: i64,
    pub(super) chunk: i64,
    pub(super) document: i64,
}

/// Unit vectors one after the other, each padded with zeros to a multiple of [`LANES`].
pub(super) struct Rows {
    dimension: usize,
    stride: usize,
    blocks: Vec<MmapMut>,
    owners: Vec<Owner>,
}

impl Rows {
    pub(super) fn new(dimension: usize) -> Self {
        let stride = dimension.next_multiple_of(LANES).max(LANES);
        Self { dimension, stride, blocks: Vec::new(), owners: Vec::new() }
    }

    pub(super) fn dimension(&self) -> usize {
        self.dimension
    }

    fn rows_of_a_block(&self) -> usize {
        (BLOCK_BYTES / 4 / self.stride).max(1)
    }

    /// Adds a row from its bytes in the file; `false` if it has another length.
    ///
    /// # Errors
    /// `LimitExceeded` when there is no memory left.
    pub(super) fn push(&mut self, owner: Owner, bytes: &[u8]) -> Result<bool> {
        let place = self.owners.len();
        if place / self.rows_of_a_block() == self.blocks.len() {
            self.blocks.push(block(self.rows_of_a_block() * self.stride * 4)?);
        }
        let dimension = self.dimension;
        if read_into(bytes, &mut self.row_mut(place)[..dimension]).is_none() {
            return Ok(false);
        }
        self.owners.push(owner);
        Ok(true)
    }

    fn row_mut(&mut self, place: usize) -> &mut [f32] {
        let each = self.rows_of_a_block();
        let start = place % each * self.stride;
        let values: &mut [f32] = bytemuck::cast_slice_mut(&mut self.blocks[place / each]);
        &mut values[start..start + self.stride]
    }

    /// Keeps the rows whose vectors are in `vectors`. The last row takes the place of one that goes.
    pub(super) fn retain(&mut self, vectors: &HashSet<i64>) {
        let mut place = 0;
        while place < self.owners.len() {
            if vectors.contains(&self.owners[place].vector) {
                place += 1;
                continue;
            }
            let last = self.owners.len() - 1;
            let row = self.row_mut(last).to_vec();
            self.row_mut(place).copy_from_slice(&row);
            self.owners.swap_remove(place);
        }
        self.blocks.truncate(self.owners.len().div_ceil(self.rows_of_a_block()));
    }

    /// The `most` rows nearest to `query`, a unit vector, the nearest first; of `documents` only, if some are given.
    ///
    /// # Errors
    /// Those of `control`.
    pub(super) fn nearest(
        &self,
        query: &[f32],
        most: usize,
        documents: Option<&HashSet<i64>>,
        threads: usize,
        control: &Control,
    ) -> Result<Vec<Near>> {
        let mut padded = query.to_vec();
        padded.resize(self.stride, 0.0);
        let each = self.rows_of_a_block();
        let parts: Vec<_> = self.blocks.iter().zip(self.owners.chunks(each)).collect();
        let threads = threads.min(self.owners.len().div_ceil(LEAST_ROWS));
        let found = parallel::map(&parts, threads, |(block, owners)| {
            control.check()?;
            let rows = &bytemuck::cast_slice(block)[..owners.len() * self.stride];
            Ok(nearest_of(rows, owners, &padded, most, documents))
        });
        let mut best = Best::new(most);
        for part in found {
            part?.into_iter().for_each(|near| best.add(near));
        }
        Ok(best.into_sorted())
    }
}

fn nearest_of(
    rows: &[f32],
    owners: &[Owner],
    query: &[f32],
    most: usize,
    documents: Option<&HashSet<i64>>,
) -> Vec<Near> {
    let mut best = Best::new(most.min(owners.len()));
    dot::each(rows, query, |place, score| {
        if best.may_take(score) {
            let Owner { vector, chunk, document } = owners[place];
            if documents.is_none_or(|documents| documents.contains(&document)) {
                best.add(Near { score, vector, chunk, document });
            }
        }
    });
    best.into_sorted()
}

/// Fresh memory, in large pages where the system has them: a scan then finds its way faster.
fn block(bytes: usize) -> Result<MmapMut> {
    let block = MmapMut::map_anon(bytes).map_err(|source| {
        Error::new(ErrorKind::LimitExceeded, "there is no memory for the vectors").with_source(source)
    })?;
    #[cfg(target_os = "linux")]
    let _ = block.advise(memmap2::Advice::HugePage);
    Ok(block)
}
