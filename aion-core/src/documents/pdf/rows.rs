//! From glyphs to words, and from words to rows: all by position, since files keep no order.

use unicode_normalization::UnicodeNormalization;

use super::glyphs::Glyph;

/// Glyphs whose baselines differ by less than this share of their size stand in one row.
const SAME_ROW: f32 = 0.4;
/// A gap of this share of the size is a space.
const SPACE: f32 = 0.17;
/// A gap of this share of the size is one between columns or cells.
const CELL: f32 = 1.3;
/// The same character again within this share of the size is drawn twice to look bold.
const DOUBLED: f32 = 0.12;

/// A run of text without a wide gap.
#[derive(Debug, Clone)]
pub(super) struct Segment {
    pub(super) text: String,
    pub(super) start: f32,
    pub(super) end: f32,
    pub(super) size: f32,
}

/// The segments of one baseline, from left to right.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) baseline: f32,
    pub(super) segments: Vec<Segment>,
}

/// The rows of glyphs of one direction, from top to bottom.
pub(super) fn rows(mut glyphs: Vec<Glyph>) -> Vec<Row> {
    glyphs.sort_by(|left, right| left.baseline.total_cmp(&right.baseline));
    let mut rows = Vec::new();
    let mut open: Vec<Glyph> = Vec::new();
    // The largest glyph of the row: indices above and below it do not move the row.
    let mut anchor: Option<Glyph> = None;
    for glyph in glyphs {
        let belongs = anchor
            .is_none_or(|anchor| glyph.baseline - anchor.baseline < SAME_ROW * anchor.size.max(glyph.size));
        if !belongs {
            rows.extend(row(std::mem::take(&mut open), anchor.take()));
        }
        if anchor.is_none_or(|anchor| glyph.size > anchor.size * 1.05) {
            anchor = Some(glyph);
        }
        open.push(glyph);
    }
    rows.extend(row(open, anchor));
    rows
}

fn row(mut glyphs: Vec<Glyph>, anchor: Option<Glyph>) -> Option<Row> {
    glyphs.sort_by(|left, right| left.start.total_cmp(&right.start));
    let mut segments: Vec<Segment> = Vec::new();
    let mut open = Open::default();
    for glyph in glyphs {
        if glyph.character.is_whitespace() || open.repeats(&glyph) {
            open.has_space |= glyph.character.is_whitespace();
            continue;
        }
        if open.gap(&glyph) > CELL * glyph.size.max(open.size) {
            segments.extend(std::mem::take(&mut open).close());
        }
        open.push(&glyph);
    }
    segments.extend(open.close());
    let is_leftward =
        segments.iter().filter(|segment| is_leftward(segment.text.chars())).count() * 2 > segments.len();
    if is_leftward {
        segments.reverse();
    }
    let baseline = anchor?.baseline;
    (!segments.is_empty()).then_some(Row { baseline, segments })
}

/// A segment while it is put together.
#[derive(Default)]
struct Open {
    characters: Vec<char>,
    last: Option<Glyph>,
    start: f32,
    end: f32,
    size: f32,
    has_space: bool,
}

impl Open {
    fn gap(&self, glyph: &Glyph) -> f32 {
        self.last.map_or(0.0, |_| glyph.start - self.end)
    }

    fn repeats(&self, glyph: &Glyph) -> bool {
        self.last.is_some_and(|last| {
            last.character == glyph.character && (glyph.start - last.start).abs() < DOUBLED * glyph.size
        })
    }

    fn push(&mut self, glyph: &Glyph) {
        if self.last.is_none() {
            (self.start, self.end) = (glyph.start, glyph.end);
        } else if self.has_space || self.gap(glyph) > SPACE * glyph.size.min(self.size) {
            self.characters.push(' ');
        }
        self.has_space = false;
        self.characters.push(glyph.character);
        self.end = self.end.max(glyph.end);
        self.size = self.size.max(glyph.size);
        self.last = Some(*glyph);
    }

    fn close(mut self) -> Option<Segment> {
        self.last?;
        if is_leftward(self.characters.iter().copied()) {
            turn_around(&mut self.characters);
        }
        let text = self.characters.iter().flat_map(|character| plain_form(*character)).collect();
        Some(Segment { text, start: self.start, end: self.end, size: self.size })
    }
}

/// Whether most letters are of scripts that run to the left.
fn is_leftward(characters: impl Iterator<Item = char>) -> bool {
    let (mut left, mut right) = (0, 0);
    for character in characters.filter(|character| character.is_alphabetic()) {
        if runs_left(character) { left += 1 } else { right += 1 }
    }
    left > right
}

/// Hebrew, Arabic and their neighbours, and the Arabic presentation forms.
pub(super) fn runs_left(character: char) -> bool {
    matches!(character, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}')
        && !character.is_numeric()
}

/// From the order on paper to the order of reading. Numbers and Latin words keep their direction.
fn turn_around(characters: &mut [char]) {
    characters.reverse();
    let is_rightward = |character: &char| character.is_alphanumeric() && !runs_left(*character);
    let mut start = 0;
    while start < characters.len() {
        if !is_rightward(&characters[start]) {
            characters[start] = mirrored(characters[start]);
            start += 1;
            continue;
        }
        // A run goes on over single marks between its characters, as in `2024/05/01` or `e-mail`.
        let mut end = start + 1;
        while let Some(next) = characters.get(end) {
            let joins = characters.get(end + 1).is_some_and(is_rightward) && !runs_left(*next);
            match is_rightward(next) {
                true => end += 1,
                false if joins => end += 2,
                false => break,
            }
        }
        characters[start..end].reverse();
        start = end;
    }
}

fn mirrored(character: char) -> char {
    match character {
        '(' => ')',
        ')' => '(',
        '[' => ']',
        ']' => '[',
        '{' => '}',
        '}' => '{',
        '«' => '»',
        '»' => '«',
        other => other,
    }
}

/// The letters behind ligatures and presentation forms, which fonts draw and nobody types.
fn plain_form(character: char) -> impl Iterator<Item = char> {
    let is_form = matches!(character, '\u{fb00}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}');
    let plain: Vec<char> = if is_form { character.nfkc().collect() } else { vec![character] };
    plain.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glyphs(text: &str, start: f32, baseline: f32) -> Vec<Glyph> {
        let place = |(index, character)| {
            let start = start + 5.0 * index as f32;
            Glyph { character, start, end: start + 5.0, baseline, size: 10.0, turn: 0 }
        };
        text.chars().enumerate().map(place).collect()
    }

    fn texts(rows: &[Row]) -> Vec<Vec<&str>> {
        rows.iter().map(|row| row.segments.iter().map(|segment| segment.text.as_str()).collect()).collect()
    }

    #[test]
    fn gaps_make_words_and_cells() {
        let mut all = glyphs("two", 100.0, 20.0);
        all.extend(glyphs("one", 0.0, 20.5));
        all.extend(glyphs("up", 18.0, 17.0));
        all.extend(glyphs("below", 0.0, 32.0));
        assert_eq!(texts(&rows(all)), [vec!["one up", "two"], vec!["below"]]);
    }

    #[test]
    fn letters_drawn_twice_are_read_once() {
        let mut all = glyphs("bold", 0.0, 20.0);
        all.extend(glyphs("bold", 0.3, 20.0));
        assert_eq!(texts(&rows(all)), [vec!["bold"]]);
    }

    #[test]
    fn leftward_text_is_turned_around_but_its_numbers_are_not() {
        let mut line: Vec<char> = "41/5 םולש (אב)".chars().collect();
        turn_around(&mut line);
        assert_eq!(line.into_iter().collect::<String>(), "(בא) שלום 41/5");
    }
}
