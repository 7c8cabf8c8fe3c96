//! Matrix products over all threads, the same to the last bit for any number of them.

use super::lanes::Level;
use super::panels::{Rhs, pack_tiles};
use super::tile::{Lhs, Target, multiply_panel, panel_width, tile_rows};
use super::workspace::{Scratch, Workspace};

/// Steps of `k` whose part of a panel stays in the first-level cache.
const DEPTH: usize = 768;
/// Steps of `k` that are packed at once.
const PACKED_DEPTH: usize = 8 * DEPTH;
/// Numbers that are packed at once: what the caches of all threads share.
const PACKED: usize = 1 << 20;
/// Rows whose part of the left matrix stays in the second-level cache.
const ROWS: usize = 112;

/// `out = lhs · rhs`, or `out += lhs · rhs` where `adds`; `out` has as many columns as `rhs`, without gaps.
pub(crate) fn matmul(workspace: &Workspace, lhs: Lhs<'_>, rhs: &Rhs<'_>, out: &mut [f32], adds: bool) {
    let (depth, columns) = (rhs.depth, rhs.columns);
    let level = Level::detect();
    let width = panel_width(level);
    let packed_depth = depth.min(PACKED_DEPTH);
    let block = (PACKED / packed_depth.max(1)).max(width) / width * width;
    let mut packed = workspace.scratch(columns.min(block).div_ceil(width) * width * packed_depth);
    for column in (0..columns).step_by(block) {
        let count = block.min(columns - column);
        for start in (0..depth).step_by(packed_depth) {
            let steps = packed_depth.min(depth - start);
            let panels = &mut packed[..count.div_ceil(width) * width * steps];
            workspace.on_chunks(panels, width * steps, |panel, out| {
                rhs.pack(column + panel * width, start, steps, width, out);
            });
            let part = lhs.part(0, lhs.count(), start, steps);
            let right = Right { panels, width, column, count };
            right.multiply(workspace, level, part, out, columns, adds || start > 0);
        }
    }
}

/// Panels of the right matrix, for `count` columns from `column` on.
struct Right<'a> {
    panels: &'a [f32],
    width: usize,
    column: usize,
    count: usize,
}

impl Right<'_> {
    fn multiply(
        &self,
        workspace: &Workspace,
        level: Level,
        lhs: Lhs<'_>,
        out: &mut [f32],
        stride: usize,
        adds: bool,
    ) {
        let tile = tile_rows(level);
        let share = lhs.count().div_ceil(3 * workspace.threads()).min(ROWS).next_multiple_of(tile);
        let rows = if workspace.threads() == 1 { ROWS } else { share };
        workspace.on_chunks(out, rows * stride, |index, out| {
            let first = index * rows;
            let count = rows.min(lhs.count() - first);
            let mut packed = workspace.scratch(count.next_multiple_of(tile) * DEPTH.min(lhs.depth()));
            let blocks = lhs.depth().div_ceil(DEPTH).max(1);
            let depth = lhs.depth().div_ceil(blocks);
            for start in (0..lhs.depth()).step_by(depth.max(1)) {
                let part = lhs.part(first, count, start, depth.min(lhs.depth() - start));
                let steps = lhs.depth();
                let target = Target { values: &mut out[self.column..], stride, adds: adds || start > 0 };
                self.multiply_block(tile, part, start, steps, &mut packed, target);
            }
        });
    }

    /// The rows of `lhs` times all panels, whose depth is `steps`, from step `start` on.
    fn multiply_block(
        &self,
        tile: usize,
        lhs: Lhs<'_>,
        start: usize,
        steps: usize,
        packed: &mut Scratch<'_>,
        out: Target<'_>,
    ) {
        let depth = lhs.depth();
        pack_tiles(lhs, tile, packed);
        for (index, panel) in self.panels.chunks_exact(self.width * steps).enumerate() {
            let column = index * self.width;
            let columns = self.width.min(self.count - column);
            let panel = &panel[start * self.width..][..depth * self.width];
            for (index, left) in packed.chunks_exact(tile * depth).enumerate() {
                let first = index * tile;
                if first >= lhs.count() {
                    break;
                }
                let left = Lhs::columns(left, tile.min(lhs.count() - first), depth, tile);
                let values = &mut out.values[first * out.stride + column..];
                let mut target = Target { values, stride: out.stride, adds: out.adds };
                multiply_panel(left, panel, self.width, columns, &mut target);
            }
        }
    }
}

/// The right matrix of many small products, packed once.
pub(crate) struct Panels<'a> {
    values: Scratch<'a>,
    width: usize,
    depth: usize,
    columns: usize,
}

impl<'a> Panels<'a> {
    pub(crate) fn new(workspace: &'a Workspace, rhs: &Rhs<'_>) -> Self {
        let most = panel_width(Level::detect());
        let width = if rhs.columns <= super::lanes::WIDTH { super::lanes::WIDTH } else { most };
        let length = width * rhs.depth;
        let mut values = workspace.scratch(rhs.columns.div_ceil(width) * length);
        for (panel, out) in values.chunks_exact_mut(length.max(1)).enumerate() {
            rhs.pack(panel * width, 0, rhs.depth, width, out);
        }
        Self { values, width, depth: rhs.depth, columns: rhs.columns }
    }

    /// `lhs` times the first `columns` columns, on this thread; the depth of `lhs` is a part of what was packed, from
    /// `start` on.
    pub(crate) fn multiply(&self, lhs: Lhs<'_>, start: usize, columns: usize, out: &mut Target<'_>) {
        let columns = columns.min(self.columns);
        for (index, panel) in self.values.chunks_exact((self.width * self.depth).max(1)).enumerate() {
            let column = index * self.width;
            if column >= columns {
                break;
            }
            let values = &mut out.values[column..];
            let mut target = Target { values, stride: out.stride, adds: out.adds };
            let panel = &panel[start * self.width..];
            multiply_panel(lhs, panel, self.width, self.width.min(columns - column), &mut target);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ops::panels::Values;

    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        let hash = |n: u32| (n ^ seed).wrapping_mul(0x9E37_79B1).rotate_left(13).wrapping_mul(0x85EB_CA77);
        (0..count as u32).map(|n| (hash(n) >> 8) as f32 / (1 << 23) as f32 - 1.0).collect()
    }

    fn reference(a: &[f32], b: &[f32], (m, k, n): (usize, usize, usize)) -> Vec<f64> {
        let value = |row: usize, column: usize| {
            (0..k).map(|step| f64::from(a[row * k + step]) * f64::from(b[column * k + step])).sum()
        };
        (0..m * n).map(|index| value(index / n, index % n)).collect()
    }

    #[test]
    fn products_are_right_and_the_same_for_any_number_of_threads() {
        for (m, k, n) in [(1, 1, 1), (13, 7, 33), (15, 40, 31), (64, 700, 100), (230, 3000, 17)] {
            let (a, b) = (numbers(m * k, 1), numbers(n * k, 2));
            let expected = reference(&a, &b, (m, k, n));
            let mut first: Option<Vec<f32>> = None;
            for threads in [1, 2, 5] {
                let workspace = Workspace::new(Some(threads)).unwrap();
                let mut out = vec![f32::NAN; m * n];
                let rhs = Rhs::columns(Values::F32(&b), k, n, k);
                matmul(&workspace, Lhs::rows(&a, m, k, k), &rhs, &mut out, false);
                for (out, expected) in out.iter().zip(&expected) {
                    assert!((f64::from(*out) - expected).abs() < 1e-3, "{m} {k} {n}: {out} {expected}");
                }
                assert_eq!(first.get_or_insert_with(|| out.clone()), &out, "{threads} threads");
            }
        }
    }

    #[test]
    fn every_layout_gives_the_same_product() {
        let (m, k, n) = (29, 37, 45);
        let (a, b) = (numbers(m * k, 1), numbers(n * k, 2));
        let turn = |values: &[f32], rows: usize, columns: usize| -> Vec<f32> {
            (0..rows * columns).map(|index| values[index % rows * columns + index / rows]).collect()
        };
        let (a_turned, b_turned) = (turn(&a, m, k), turn(&b, n, k));
        let workspace = Workspace::new(Some(1)).unwrap();
        let mut expected = vec![0.0; m * n];
        let rhs = Rhs::columns(Values::F32(&b), k, n, k);
        matmul(&workspace, Lhs::rows(&a, m, k, k), &rhs, &mut expected, false);
        for (columns, rhs) in [(n, rhs), (n, Rhs::rows(Values::F32(&b_turned), k, n, n)), (9, rhs)] {
            let panels = Panels::new(&workspace, &rhs);
            for lhs in [Lhs::rows(&a, m, k, k), Lhs::columns(&a_turned, m, k, m)] {
                let mut out = vec![0.0; m * n];
                panels.multiply(lhs, 0, columns, &mut Target { values: &mut out, stride: n, adds: true });
                for row in 0..m {
                    assert_eq!(out[row * n..][..columns], expected[row * n..][..columns]);
                }
            }
        }
    }

    /// Processor time of this process.
    fn seconds() -> f64 {
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
        let fields = stat.rsplit(')').next().unwrap().split_whitespace();
        fields.skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / 100.0
    }

    /// `cargo test --release --features lora --lib gemm_speed -- --ignored --nocapture`
    #[test]
    #[ignore = "measures"]
    fn gemm_speed() {
        let workspace = Workspace::new(Some(1)).unwrap();
        for (m, k, n) in [(1024, 576, 1536), (1024, 1536, 576), (336, 576, 49152), (336, 49152, 576)] {
            let (a, b) = (numbers(m * k, 1), numbers(n * k, 2));
            let mut out = vec![0.0; m * n];
            let transposed = Rhs::columns(Values::F32(&b), k, n, k);
            for (name, rhs) in [("x · Wᵀ", transposed), ("dy · W", Rhs::rows(Values::F32(&b), k, n, n))] {
                let (begun, mut rounds) = (seconds(), 0.0);
                while seconds() - begun < 1.0 {
                    matmul(&workspace, Lhs::rows(&a, m, k, k), &rhs, &mut out, false);
                    rounds += 1.0;
                }
                let rate = 2e-9 * (m * k * n) as f64 * rounds / (seconds() - begun);
                println!("{name} {m} × {k} × {n}: {rate:.0} GFLOP/s");
            }
        }
    }
}
