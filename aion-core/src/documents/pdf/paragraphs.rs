//! From the rows of a page to lines, and from lines to paragraphs.

use super::columns;
use super::glyphs::Glyph;
use super::rows::{self, Row};

/// Lines further apart than this many sizes are of two paragraphs.
const LEADING: f32 = 1.75;
/// A line that begins this many sizes further in than the one before it begins a paragraph.
const INDENT: f32 = 0.8;
/// A line that ends this many sizes before the edge of its column is the last of a paragraph.
const SHORT: f32 = 6.0;
/// Lines of one paragraph have one size, give or take this share.
const SAME_SIZE: f32 = 0.12;

/// A line of a page, or a row of a table.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// One for a line, more for a row.
    pub(super) cells: Vec<String>,
    pub(super) size: f32,
    pub(super) baseline: f32,
    /// The height of the page, for what stands at its edges.
    pub(super) page_height: f32,
    start: f32,
    end: f32,
    /// Where the lines of its column begin and end.
    column: (f32, f32),
    /// Which column of the page it is of.
    block: usize,
}

impl Line {
    pub(super) fn text(&self) -> String {
        self.cells.join(" ")
    }
}

/// The lines of a page in reading order: upright text first.
pub(super) fn lines(glyphs: Vec<Glyph>, (width, height): (f32, f32)) -> Vec<Line> {
    let mut lines = Vec::new();
    for turn in 0..4 {
        let turned: Vec<Glyph> = glyphs.iter().filter(|glyph| glyph.turn == turn).copied().collect();
        let page_height = if turn % 2 == 0 { height } else { width };
        for column in columns::order(rows::rows(turned)) {
            let block = lines.len();
            let segments = || column.iter().flat_map(|row| &row.segments);
            let start = segments().map(|segment| segment.start).fold(f32::INFINITY, f32::min);
            let end = segments().map(|segment| segment.end).fold(f32::NEG_INFINITY, f32::max);
            lines.extend(column.iter().map(|row| line(row, page_height, (start, end), block)));
        }
    }
    lines
}

fn line(row: &Row, page_height: f32, column: (f32, f32), block: usize) -> Line {
    let longest = row.segments.iter().max_by_key(|segment| segment.text.len());
    Line {
        cells: row.segments.iter().map(|segment| segment.text.clone()).collect(),
        size: longest.map_or(0.0, |segment| segment.size),
        baseline: row.baseline,
        page_height,
        start: row.segments.iter().map(|segment| segment.start).fold(f32::INFINITY, f32::min),
        end: row.segments.iter().map(|segment| segment.end).fold(f32::NEG_INFINITY, f32::max),
        column,
        block,
    }
}

/// What becomes one line of the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Paragraph {
    Row(Vec<String>),
    Lines(Vec<String>),
}

pub(super) fn join(lines: &[Line]) -> Vec<Paragraph> {
    let mut paragraphs: Vec<Paragraph> = Vec::new();
    let mut previous: Option<&Line> = None;
    for line in lines {
        let goes_on = previous.is_some_and(|previous| goes_on(previous, line));
        match paragraphs.last_mut() {
            Some(Paragraph::Lines(lines)) if goes_on => lines.push(line.text()),
            _ if is_row(line) => paragraphs.push(Paragraph::Row(line.cells.clone())),
            _ => paragraphs.push(Paragraph::Lines(vec![line.text()])),
        }
        previous = Some(line);
    }
    paragraphs
}

/// Two pieces are a row of a table unless the first is the number or the mark of the second.
fn is_row(line: &Line) -> bool {
    match line.cells.as_slice() {
        [] | [_] => false,
        [first, _] => !is_mark(first),
        _ => true,
    }
}

/// A number, a letter or a bullet before an item or a heading.
fn is_mark(text: &str) -> bool {
    let inside = text.trim_end_matches(['.', ')', ':']).trim_start_matches('(');
    let is_short = text.chars().count() <= 6;
    let is_number =
        !inside.is_empty() && inside.chars().all(|character| character.is_ascii_digit() || character == '.');
    is_short
        && (is_number && inside.len() < text.len()
            || is_bullet(text)
            || inside.chars().count() == 1 && inside.len() < text.len())
}

fn is_bullet(text: &str) -> bool {
    matches!(
        text,
        "•" | "◦"
            | "▪"
            | "‣"
            | "–"
            | "-"
            | "—"
            | "*"
            | "·"
            | "○"
            | "●"
            | "■"
            | "□"
            | "☐"
            | "☑"
            | "☒"
            | "✓"
            | "➢"
            | "o"
    )
}

/// Whether `line` goes on with the paragraph of the line before it.
fn goes_on(previous: &Line, line: &Line) -> bool {
    let size = previous.size.max(line.size);
    let gap = line.baseline - previous.baseline;
    let is_near = gap > 0.0 && gap < LEADING * size;
    let is_same_size = (previous.size - line.size).abs() <= SAME_SIZE * size;
    let is_indented = line.start > previous.start + INDENT * size && !begins_item(previous);
    let is_full = previous.end > line_end(previous) - SHORT * size;
    previous.block == line.block
        && !is_row(previous)
        && !is_row(line)
        && is_near
        && is_same_size
        && !is_indented
        && is_full
        && !begins_item(line)
}

/// Where lines end that are full. Text that runs to the left is full at its left edge.
fn line_end(line: &Line) -> f32 {
    let text = line.cells.last().map_or("", String::as_str);
    match text.chars().find(|character| character.is_alphabetic()).is_some_and(rows::runs_left) {
        true => line.end,
        false => line.column.1,
    }
}

/// Whether a line begins with a mark of a list item or a numbered heading.
fn begins_item(line: &Line) -> bool {
    let Some(first) = line.cells.first() else { return false };
    line.cells.len() > 1 || first.split_once(' ').is_some_and(|(mark, _)| is_mark(mark))
}
