//! One page from grey pixels to words: the steps, in their order.

use super::engine::{Check, Engines, MAX_SIDE, MIN_SIDE};
use super::grey::Grey;
use super::leptonica::Pix;
use super::reading::Reading;
use super::result::{Bounds, OcrPage};
use super::sheet::{Sheet, Upright};
use super::{PageMode, language};
use crate::error::Result;

/// What is wanted of a page.
pub(super) struct Request {
    /// Languages joined by `+`.
    pub(super) langs: String,
    pub(super) mode: PageMode,
    /// The characters that may be found; empty means all.
    pub(super) whitelist: String,
    /// Whether to turn the page upright and level its lines.
    pub(super) orient: bool,
    /// The number that its words carry.
    pub(super) page: u32,
}

/// A mean confidence above this is a page that was read the right way up; the wrong ways have 0.25 to 0.55.
const CREDIBLE: f32 = 0.7;

/// Reads a page, asking `check` between the steps and before each word whether to go on.
///
/// # Errors
/// Those of `check` and of the engines.
pub(super) fn read(
    engines: &mut Engines,
    grey: &Grey,
    request: &Request,
    check: Check<'_>,
) -> Result<OcrPage> {
    engines.set_whitelist(&request.whitelist);
    // A language that can not be loaded is told of on an empty page as well.
    engines.get(&request.langs)?;
    if !request.orient || !has_lines(request.mode) {
        let reading = engines.get(&request.langs)?.recognize(grey, request.mode, check)?;
        return Ok(as_it_stands(grey, reading, request.page));
    }
    let sheet = Sheet::new(grey)?;
    check(0)?;
    let orientation = sheet.orientation()?;
    check(0)?;
    let upright = sheet.upright(orientation.quarters)?;
    if upright.marks.count() == 0 {
        return Ok(as_it_stands(grey, Reading::default(), request.page));
    }
    let reading = recognize(engines, &upright, request, check)?;
    let doubtful = reading.confidence() < if orientation.is_sure { CREDIBLE - 0.2 } else { CREDIBLE };
    let more = if doubtful { better_turn(engines, &upright, request, check)? } else { 0 };
    if more == 0 {
        return Ok(placed(&upright, reading, request.page));
    }
    let other = sheet.upright((orientation.quarters + more) % 4)?;
    let second = recognize(engines, &other, request, check)?;
    let is_better = second.confidence() > reading.confidence();
    let (upright, reading) = if is_better { (other, second) } else { (upright, reading) };
    Ok(placed(&upright, reading, request.page))
}

/// Whether a mode expects lines, by which a page can be turned and levelled.
fn has_lines(mode: PageMode) -> bool {
    matches!(mode, PageMode::Auto | PageMode::SingleColumn | PageMode::SingleBlock | PageMode::SparseText)
}

/// Reads the page in the one language that it plainly is in, or in all of them.
fn recognize(
    engines: &mut Engines,
    upright: &Upright,
    request: &Request,
    check: Check<'_>,
) -> Result<Reading> {
    let langs = language::choose(engines, &request.langs, upright, check)?;
    engines.get(&langs)?.recognize(&upright.grey, request.mode, check)
}

/// The further quarter turns after which a part of the page reads plainly better; 0 if none does.
fn better_turn(engines: &mut Engines, upright: &Upright, request: &Request, check: Check<'_>) -> Result<u8> {
    const PLAINLY: f32 = 0.15;
    const LETTERS: u32 = 14;
    let Some(window) = upright.windows(LETTERS, LETTERS, 1).into_iter().next() else { return Ok(0) };
    let part = Pix::of(&upright.grey.crop(window))?;
    let engine = engines.get(&request.langs)?;
    let mut confidence = [0.0; 4];
    for quarters in 0..4 {
        let turned = part.turn(quarters)?.to_grey();
        confidence[quarters as usize] =
            engine.recognize(&turned, PageMode::SingleBlock, &|_| check(0))?.confidence();
    }
    let best =
        (1..4).max_by(|&a: &u8, &b| confidence[a as usize].total_cmp(&confidence[b as usize])).unwrap_or(0);
    Ok(if confidence[best as usize] >= confidence[0] + PLAINLY { best } else { 0 })
}

impl Upright {
    /// The fullest windows of so many letter heights, in pixels of the picture to be read.
    pub(super) fn windows(&self, wide: u32, tall: u32, most: usize) -> Vec<Bounds> {
        let scale = self.placement.scale as u32;
        let scaled = |bounds: Bounds| Bounds {
            x: bounds.x * scale,
            y: bounds.y * scale,
            width: bounds.width * scale,
            height: bounds.height * scale,
        };
        let windows = self.marks.windows(wide, tall, most).into_iter().map(scaled);
        let fits = |bounds: &Bounds| {
            let (short, long) = (bounds.width.min(bounds.height), bounds.width.max(bounds.height));
            let is_inside = bounds.right() <= self.grey.width() && bounds.bottom() <= self.grey.height();
            is_inside && short >= MIN_SIDE && long <= MAX_SIDE
        };
        windows.filter(fits).collect()
    }
}

fn as_it_stands(grey: &Grey, reading: Reading, page: u32) -> OcrPage {
    let mut words = reading.words;
    words.iter_mut().for_each(|word| word.page = page);
    OcrPage::from_words(grey.width(), grey.height(), words)
}

/// The page with its words where they stand in the picture that was given.
fn placed(upright: &Upright, reading: Reading, page: u32) -> OcrPage {
    let (placement, mut words) = (upright.placement, reading.words);
    for word in &mut words {
        word.page = page;
        word.bounds = placement.back(word.bounds);
    }
    let mut page = OcrPage::from_words(placement.given.0, placement.given.1, words);
    page.rotation = u16::from(placement.quarters) * 90;
    // Lines that fall to the right are levelled by a counter-clockwise turn. No minus stands before a zero.
    page.skew = 0.0 - placement.degrees;
    page
}
