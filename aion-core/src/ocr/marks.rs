//! The pieces of ink on a page that may be letters.

use super::leptonica::Pix;
use super::result::Bounds;
use crate::error::Result;

/// Pieces of ink in pixels of the page, and how tall most of them are.
#[derive(Clone)]
pub(super) struct Marks {
    boxes: Vec<Bounds>,
    height: u32,
    specks: usize,
    page: (u32, u32),
}

/// Fewer pixels than this from top to bottom are a speck, a dot or a rule.
const SHORTEST: u32 = 4;

impl Marks {
    /// Those of a picture of one bit a pixel. Above four megapixels they are looked for at half the size, and so on.
    pub(super) fn of(ink: &Pix) -> Result<Self> {
        const MOST_PIXELS: u64 = 4 << 20;
        let page = (ink.width(), ink.height());
        let mut reduced = None;
        let mut factor = 1;
        loop {
            let pix = reduced.as_ref().unwrap_or(ink);
            if u64::from(pix.width()) * u64::from(pix.height()) <= MOST_PIXELS {
                break;
            }
            reduced = Some(pix.halve()?);
            factor *= 2;
        }
        let found = reduced.as_ref().unwrap_or(ink).components()?;
        let specks = found.iter().filter(|bounds| bounds.width.max(bounds.height) <= 2).count();
        let boxes: Vec<Bounds> = found
            .into_iter()
            .map(|bounds| grown(bounds, factor))
            .filter(|bounds| is_mark(*bounds, page))
            .collect();
        let mut heights: Vec<u32> = boxes.iter().map(|bounds| bounds.height).collect();
        let middle = heights.len() / 2;
        let height = if heights.is_empty() { 0 } else { *heights.select_nth_unstable(middle).1 };
        Ok(Self { boxes, height, specks, page })
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.boxes.len()
    }

    /// Whether there are many more specks of a pixel or two than the dots of so many letters.
    pub(super) fn are_specked(&self) -> bool {
        self.specks > 100 + 2 * self.boxes.len()
    }

    /// The median height in pixels; 0 without marks.
    pub(super) fn height(&self) -> u32 {
        self.height
    }

    /// Windows of that many letter heights, none over another, one for each rank: 0 for the fullest of those with any
    /// marks, 0.5 for the middle one.
    pub(super) fn windows(&self, wide: u32, tall: u32, ranks: &[f32]) -> Vec<Bounds> {
        let (width, height) = (self.page.0.min(wide * self.height), self.page.1.min(tall * self.height));
        if width == 0 || height == 0 {
            return Vec::new();
        }
        let (columns, rows) = (self.page.0.div_ceil(width), self.page.1.div_ceil(height));
        let mut counts = vec![0u32; columns as usize * rows as usize];
        for mark in &self.boxes {
            let (column, row) = ((mark.x + mark.width / 2) / width, (mark.y + mark.height / 2) / height);
            counts[(row.min(rows - 1) * columns + column.min(columns - 1)) as usize] += 1;
        }
        let mut order: Vec<u32> =
            (0..counts.len() as u32).filter(|&cell| counts[cell as usize] > 0).collect();
        order.sort_by_key(|&cell| (std::cmp::Reverse(counts[cell as usize]), cell));
        let place = |cell: u32| {
            let (x, y) = (cell % columns * width, cell / columns * height);
            let (width, height) = (width.min(self.page.0 - x), height.min(self.page.1 - y));
            Bounds { x, y, width, height }
        };
        let mut chosen: Vec<usize> = ranks.iter().map(|rank| (rank * order.len() as f32) as usize).collect();
        chosen.dedup();
        chosen.into_iter().filter_map(|rank| order.get(rank).copied()).map(place).collect()
    }
}

fn grown(bounds: Bounds, factor: u32) -> Bounds {
    let Bounds { x, y, width, height } = bounds;
    Bounds { x: x * factor, y: y * factor, width: width * factor, height: height * factor }
}

/// Whether a piece of ink is neither a speck nor a rule nor the frame of the page.
fn is_mark(bounds: Bounds, page: (u32, u32)) -> bool {
    const SLIMMEST: u32 = 20;
    let is_frame = bounds.width * 10 > page.0 * 9 && bounds.height * 10 > page.1 * 9;
    let is_rule = bounds.width > bounds.height * SLIMMEST || bounds.height > bounds.width * SLIMMEST;
    bounds.height >= SHORTEST && !is_frame && !is_rule
}
