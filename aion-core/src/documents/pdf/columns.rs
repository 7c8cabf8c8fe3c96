//! The order in which the rows of a page are read.
//!
//! A band of rows with a gutter, an upright strip without text that has prose on both sides, is read column by
//! column. All else is read row by row, as tables are.

use super::rows::{Row, Segment};

/// Narrowest gutter, in sizes of the text.
const GUTTER: f32 = 0.9;
/// Rows that a column has at least.
const MIN_ROWS: usize = 4;
/// Characters that its lines have on average at least: cells of tables are shorter.
const MIN_CHARS: usize = 18;
/// A page with more rows is read row by row.
const MAX_ROWS: usize = 1_000;

/// The rows in reading order, a list a column.
pub(super) fn order(rows: Vec<Row>) -> Vec<Vec<Row>> {
    let mut columns = Vec::new();
    let mut open = vec![rows];
    while let Some(rows) = open.pop() {
        match band(&rows) {
            None => columns.push(rows),
            Some(band) => {
                let [above, left, right, below] = split(rows, &band);
                // The last one is read first.
                open.extend([below, right].into_iter().filter(|rows| !rows.is_empty()));
                open.push(left);
                if !above.is_empty() {
                    columns.push(above);
                }
            }
        }
    }
    columns
}

/// Rows that have one gutter in common.
struct Band {
    first: usize,
    /// Behind the last.
    end: usize,
    middle: f32,
    is_leftward: bool,
}

/// The first band from the top, as long as it goes.
fn band(rows: &[Row]) -> Option<Band> {
    if rows.len() > MAX_ROWS {
        return None;
    }
    let mut first = 0;
    while first + MIN_ROWS <= rows.len() {
        let mut gaps = gaps(&rows[first]);
        let mut end = first + 1;
        let mut best = None;
        while !gaps.is_empty() {
            if let Some(gap) = gaps.iter().find(|gap| has_columns(&rows[first..end], gap)) {
                best = Some((end, (gap.0 + gap.1) / 2.0));
            }
            let Some(row) = rows.get(end) else { break };
            gaps = narrowed(&gaps, row);
            end += 1;
        }
        if let Some((end, middle)) = best {
            let is_leftward = leftward(&rows[first..end]);
            return Some(Band { first, end, middle, is_leftward });
        }
        first += 1;
    }
    None
}

type Gap = (f32, f32);

/// The strips without text inside one row, and on either side of it.
fn gaps(row: &Row) -> Vec<Gap> {
    narrowed(&[(f32::NEG_INFINITY, f32::INFINITY)], row)
}

/// What `row` leaves of `gaps`.
fn narrowed(gaps: &[Gap], row: &Row) -> Vec<Gap> {
    let mut left: Vec<Gap> = gaps.to_vec();
    for Segment { start, end, size, .. } in &row.segments {
        left = left
            .iter()
            .flat_map(|gap| [(gap.0, gap.1.min(*start)), (gap.0.max(*end), gap.1)])
            .filter(|gap| gap.1 - gap.0 > GUTTER * size)
            .collect();
        left.dedup();
    }
    left
}

/// Whether there are columns of prose on both sides of `gap`.
fn has_columns(rows: &[Row], gap: &Gap) -> bool {
    let is_column = |is_inside: &dyn Fn(&Segment) -> bool| {
        let lines = rows.iter().map(|row| row.segments.iter().filter(|segment| is_inside(segment)));
        let lengths: Vec<(usize, usize)> = lines
            .map(|segments| {
                segments
                    .fold((0, 0), |(count, chars), segment| (count + 1, chars + segment.text.chars().count()))
            })
            .filter(|(count, _)| *count > 0)
            .collect();
        // A line of a column is one piece; many pieces are cells.
        let pieces: usize = lengths.iter().map(|(count, _)| count).sum();
        let chars: usize = lengths.iter().map(|(_, chars)| chars).sum();
        lengths.len() >= MIN_ROWS && chars >= MIN_CHARS * pieces
    };
    gap.0.is_finite()
        && gap.1.is_finite()
        && is_column(&|segment| segment.end <= gap.0 + 0.1)
        && is_column(&|segment| segment.start >= gap.1 - 0.1)
}

/// Whether most of the text runs to the left, so that the right column is read first.
fn leftward(rows: &[Row]) -> bool {
    let letters = rows.iter().flat_map(|row| &row.segments).flat_map(|segment| segment.text.chars());
    let (mut left, mut all) = (0, 0);
    for character in letters.filter(|character| character.is_alphabetic()) {
        left += usize::from(super::rows::runs_left(character));
        all += 1;
    }
    left * 2 > all
}

/// The rows above the band, its two columns in the order of reading, and the rows below it.
fn split(mut rows: Vec<Row>, band: &Band) -> [Vec<Row>; 4] {
    let below = rows.split_off(band.end);
    let inside = rows.split_off(band.first);
    let side = |is_left: bool| -> Vec<Row> {
        let cut = |row: &Row| Row {
            baseline: row.baseline,
            segments: row
                .segments
                .iter()
                .filter(|segment| (segment.end <= band.middle) == is_left)
                .cloned()
                .collect(),
        };
        inside.iter().map(cut).filter(|row| !row.segments.is_empty()).collect()
    };
    let (first, second) = (side(!band.is_leftward), side(band.is_leftward));
    [rows, first, second, below]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(baseline: f32, segments: &[(&str, f32, f32)]) -> Row {
        let segments = segments
            .iter()
            .map(|(text, start, end)| Segment {
                text: (*text).to_owned(),
                start: *start,
                end: *end,
                size: 10.0,
            })
            .collect();
        Row { baseline, segments }
    }

    fn first_words(columns: &[Vec<Row>]) -> Vec<&str> {
        let rows = columns.iter().flatten();
        rows.map(|row| row.segments[0].text.split(' ').next().unwrap()).collect()
    }

    #[test]
    fn two_columns_under_a_title_are_read_one_after_the_other() {
        let mut rows = vec![row(10.0, &[("Title over both of the columns", 0.0, 400.0)])];
        for (index, pair) in [("a1", "b1"), ("a2", "b2"), ("a3", "b3"), ("a4", "b4")].iter().enumerate() {
            let text = |word: &str| format!("{word} and words enough for a line of prose");
            rows.push(row(
                30.0 + index as f32 * 12.0,
                &[(&text(pair.0), 0.0, 190.0), (&text(pair.1), 210.0, 400.0)],
            ));
        }
        rows.push(row(90.0, &[("Foot under both of the columns", 0.0, 400.0)]));
        assert_eq!(
            first_words(&order(rows)),
            ["Title", "a1", "a2", "a3", "a4", "b1", "b2", "b3", "b4", "Foot"]
        );
    }

    #[test]
    fn tables_are_read_row_by_row() {
        let rows: Vec<Row> = (0..6)
            .map(|index| row(index as f32 * 12.0, &[("Widget A", 0.0, 60.0), ("12.50", 200.0, 240.0)]))
            .collect();
        let columns = order(rows);
        assert_eq!(columns.len(), 1);
        assert_eq!(columns[0][5].segments.len(), 2);
    }
}
