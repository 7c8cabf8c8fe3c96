//! The glyphs of a page: what each means and where it stands.

use hayro_interpret::font::{Glyph as FontGlyph, GlyphRun};
use hayro_interpret::hayro_cmap::{BfString, WritingMode};
use hayro_interpret::hayro_syntax::object::Dict;
use hayro_interpret::kurbo::{Affine, BezPath, Point, Vec2};
use hayro_interpret::{BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, SoftMask};

use super::rows::runs_left;
use super::{Stoppable, leave};
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};

/// Most glyphs of one page: a page of the smallest print has about 30,000.
const MAX_GLYPHS: usize = 500_000;
/// Calls of the interpreter between two looks at the control.
const STRIDE: usize = 256;
/// The height of an em in the space of glyphs.
const EM: f64 = 1_000.0;
/// Text is read if it runs along an axis, within this slope: scans are never quite straight, watermarks run across.
const MAX_SLOPE: f64 = 0.3;

/// A character at its place. The place is turned so that text runs to the right and lines follow downwards.
#[derive(Debug, Clone, Copy)]
pub(super) struct Glyph {
    pub(super) character: char,
    /// Where it begins, and where the next one would.
    pub(super) start: f32,
    pub(super) end: f32,
    pub(super) baseline: f32,
    /// The size of its font, in points.
    pub(super) size: f32,
    /// Quarter turns clockwise of the direction that its text runs in.
    pub(super) turn: u8,
}

/// What one page holds.
pub(super) struct Gathered {
    pub(super) glyphs: Vec<Glyph>,
    /// Width and height of the page in points.
    pub(super) size: (f32, f32),
    /// Glyphs of which nobody says what they mean.
    unmapped: usize,
    /// The share of the page under its images.
    image_share: f32,
    /// The finest image, in pixels a point.
    pub(super) density: f32,
}

impl Gathered {
    /// Whether the page shows something, and text is none of it: a scan, or letters without a meaning.
    pub(super) fn lacks_text(&self) -> bool {
        let letters = self.glyphs.iter().filter(|glyph| glyph.character.is_alphanumeric()).count();
        let is_scan = self.image_share > 0.3 && letters < 20;
        is_scan || self.unmapped > 20 && self.unmapped > letters
    }
}

/// A device that keeps glyphs and draws nothing.
pub(super) struct Glyphs<'c> {
    gathered: Gathered,
    control: &'c Control,
    calls: usize,
    forms: usize,
    max_forms: usize,
    stopped: Option<Error>,
}

impl<'c> Glyphs<'c> {
    pub(super) fn new(size: (f32, f32), max_forms: usize, control: &'c Control) -> Self {
        let gathered = Gathered { glyphs: Vec::new(), size, unmapped: 0, image_share: 0.0, density: 0.0 };
        Self { gathered, control, calls: 0, forms: 0, max_forms, stopped: None }
    }

    pub(super) fn finish(self) -> Result<Gathered> {
        self.stopped.map_or(Ok(self.gathered), Err)
    }

    /// Counts a call of the interpreter, and leaves it if the page asks too much or the caller wants to stop.
    fn count(&mut self) {
        self.calls += 1;
        if self.calls.is_multiple_of(STRIDE) {
            self.stop_if(self.control.check());
        }
    }

    fn stop_if(&mut self, outcome: Result<()>) {
        if let Err(error) = outcome {
            self.stopped = Some(error);
            leave();
        }
    }

    fn push(&mut self, glyph: &FontGlyph<'_>, transform: Affine, writing_mode: WritingMode) {
        let Some(place) = Place::of(glyph, transform, writing_mode) else { return };
        let meaning = match glyph.as_unicode() {
            Some(meaning) => meaning,
            None => {
                self.gathered.unmapped += 1;
                return;
            }
        };
        if !place.is_on(self.gathered.size) {
            return;
        }
        match meaning {
            BfString::Char(character) => self.push_characters(&place, std::iter::once(character), 1),
            BfString::String(text) => self.push_characters(&place, text.chars(), text.chars().count()),
        }
    }

    /// Characters of one glyph, such as of a ligature, share its width.
    fn push_characters(&mut self, place: &Place, characters: impl Iterator<Item = char>, count: usize) {
        let share = place.width / count.max(1) as f32;
        for (index, character) in characters.enumerate() {
            let index = if runs_left(character) { count - 1 - index } else { index };
            match character {
                '\u{fffd}' => self.gathered.unmapped += 1,
                // What fonts keep for themselves, such as bullets of symbol fonts, means nothing outside them.
                '\u{e000}'..='\u{f8ff}' | '\0'..='\u{1f}' => {}
                character => self.gathered.glyphs.push(place.glyph(character, share, index)),
            }
        }
        if self.gathered.glyphs.len() > MAX_GLYPHS {
            let message = format!("a page has more than {MAX_GLYPHS} glyphs");
            self.stop_if(Err(Error::new(ErrorKind::LimitExceeded, message)));
        }
    }
}

impl Stoppable for Glyphs<'_> {
    fn why(&mut self) -> Option<Error> {
        self.stopped.take()
    }
}

/// Where one glyph of a font stands on the page.
struct Place {
    start: Point,
    turn: u8,
    width: f32,
    size: f32,
}

impl Place {
    fn of(glyph: &FontGlyph<'_>, transform: Affine, writing_mode: WritingMode) -> Option<Self> {
        let origin = transform * Point::ZERO;
        let across = transform * Point::new(EM, 0.0) - origin;
        let up = transform * Point::new(0.0, EM) - origin;
        let size = up.hypot().max(across.hypot() * 0.2) as f32;
        if !origin.is_finite() || !(0.5..2_000.0).contains(&size) {
            return None;
        }
        let advance = match glyph {
            FontGlyph::Outline(outline) => outline.advance_width(),
            FontGlyph::Type3(type3) => type3.advance_width(),
        };
        let advance = f64::from(advance.unwrap_or(500.0)).clamp(0.0, 5.0 * EM);
        let turn = turn_of(across)?;
        Some(match writing_mode {
            WritingMode::Horizontal => {
                Self { start: origin, turn, width: (across.hypot() * advance / EM) as f32, size }
            }
            WritingMode::Vertical => Self { start: origin, turn: (turn + 1) % 4, width: size, size },
        })
    }

    fn is_on(&self, (width, height): (f32, f32)) -> bool {
        let (x, y) = (self.start.x as f32, self.start.y as f32);
        (-1.0..=width + 1.0).contains(&x) && (-1.0..=height + 1.0).contains(&y)
    }

    fn glyph(&self, character: char, share: f32, index: usize) -> Glyph {
        let (x, y) = (self.start.x as f32, self.start.y as f32);
        let (along, down) = match self.turn {
            0 => (x, y),
            1 => (y, -x),
            2 => (-x, -y),
            _ => (-y, x),
        };
        let start = along + share * index as f32;
        Glyph { character, start, end: start + share, baseline: down, size: self.size, turn: self.turn }
    }
}

/// The quarter turns of a direction that is near an axis.
fn turn_of(direction: Vec2) -> Option<u8> {
    let (x, y) = (direction.x, direction.y);
    match x.abs() >= y.abs() {
        true if y.abs() <= x.abs() * MAX_SLOPE => Some(if x > 0.0 { 0 } else { 2 }),
        false if x.abs() <= y.abs() * MAX_SLOPE => Some(if y > 0.0 { 1 } else { 3 }),
        _ => None,
    }
}

impl<'a> Device<'a> for Glyphs<'_> {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _mode: &DrawMode) {
        self.count();
        for glyph in run.glyphs() {
            self.push(glyph, props.transform * glyph.transform(), run.writing_mode());
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.count();
        let (width, height) = (f64::from(image.width()), f64::from(image.height()));
        let [a, b, c, d, ..] = props.transform.as_coeffs();
        let area = (a * d - b * c).abs() * width * height;
        let page = f64::from(self.gathered.size.0 * self.gathered.size.1);
        self.gathered.image_share += (area / page.max(1.0)) as f32;
        let density = 1.0 / a.hypot(b).max(1e-6);
        if area > page * 0.05 {
            self.gathered.density = self.gathered.density.max(density as f32);
        }
    }

    // Every form begins with a clip, so that this bounds forms which draw each other again and again.
    fn push_clip_path(&mut self, _: &ClipPath) {
        self.count();
        self.forms += 1;
        if self.forms > self.max_forms {
            let message = format!("a page draws more than {} forms", self.max_forms);
            self.stop_if(Err(Error::new(ErrorKind::LimitExceeded, message)));
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {
        self.count();
    }

    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {
        self.count();
    }

    fn begin_marked_content(&mut self, _: &[u8], _: Option<&Dict<'_>>) {
        self.count();
    }

    fn pop_clip(&mut self) {}

    fn pop_transparency_group(&mut self) {}
}
