//! One page from grey pixels to words: the steps, in their order.

use super::engine::{Check, Engines, MAX_SIDE, MIN_SIDE};
use super::grey::Grey;
use super::leptonica::Pix;
use super::reading::Reading;
use super::result::{Bounds, OcrPage, OcrWord, mean_confidence};
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

impl Request {
    /// Whether only some characters may be found. Confidence then tells of the page no more: what may not be found is
    /// read as something else.
    fn is_restricted(&self) -> bool {
        !self.whitelist.is_empty()
    }
}

/// A mean confidence above this is a page that was read the right way up; the wrong ways have 0.25 to 0.55.
const CREDIBLE: f32 = 0.7;

/// What is read with less is seen in noise; the worst photographs of text have 0.5.
const NOISE: f32 = 0.4;

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
    let doubtful = match request.is_restricted() {
        true => !orientation.is_sure,
        false => reading.confidence() < if orientation.is_sure { CREDIBLE - 0.2 } else { CREDIBLE },
    };
    let more = if doubtful { better_turn(engines, &upright, request, check)? } else { 0 };
    if more == 0 {
        return Ok(placed(&upright, reading, request));
    }
    let other = sheet.upright((orientation.quarters + more) % 4)?;
    let second = recognize(engines, &other, request, check)?;
    let is_better = request.is_restricted() || second.confidence() > reading.confidence();
    let (upright, reading) = if is_better { (other, second) } else { (upright, reading) };
    Ok(placed(&upright, reading, request))
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
    // A language is told by all letters.
    engines.set_whitelist("");
    let langs = language::choose(engines, &request.langs, upright, check)?;
    engines.set_whitelist(&request.whitelist);
    engines.get(&langs)?.recognize(&upright.grey, request.mode, check)
}

/// The further quarter turns after which parts of the page, in all of its letters, read plainly better; 0 if none does.
fn better_turn(engines: &mut Engines, upright: &Upright, request: &Request, check: Check<'_>) -> Result<u8> {
    const PLAINLY: f32 = 0.08;
    const LETTERS: u32 = 14;
    const RANKS: &[f32] = &[0.0, 0.1, 0.25];
    engines.set_whitelist("");
    let engine = engines.get(&request.langs)?;
    let mut words: [Vec<OcrWord>; 4] = Default::default();
    for window in upright.windows(LETTERS, LETTERS, RANKS) {
        let part = Pix::of(&upright.grey.crop(window))?;
        for (quarters, words) in (0..).zip(&mut words) {
            let turned = part.turn(quarters)?.to_grey();
            words.extend(engine.recognize(&turned, PageMode::SingleBlock, &|_| check(0))?.words);
        }
    }
    let confidence = words.map(|words| mean_confidence(words.iter()));
    let further = confidence.iter().copied().zip(0..).skip(1);
    let (best, quarters) = further.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or_default();
    Ok(if best >= confidence[0] + PLAINLY { quarters } else { 0 })
}

impl Upright {
    /// Windows of so many letter heights, as `Marks::windows` chooses them, in pixels of the picture to be read.
    pub(super) fn windows(&self, wide: u32, tall: u32, ranks: &[f32]) -> Vec<Bounds> {
        let scale = self.placement.scale as u32;
        let scaled = |bounds: Bounds| Bounds {
            x: bounds.x * scale,
            y: bounds.y * scale,
            width: bounds.width * scale,
            height: bounds.height * scale,
        };
        let windows = self.marks.windows(wide, tall, ranks).into_iter().map(scaled);
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
fn placed(upright: &Upright, reading: Reading, request: &Request) -> OcrPage {
    let quarters = (upright.placement.quarters + reading.quarters()) % 4;
    let is_noise = !request.is_restricted() && reading.confidence() < NOISE;
    let (placement, mut words) = (upright.placement, if is_noise { Vec::new() } else { reading.words });
    for word in &mut words {
        word.page = request.page;
        word.bounds = placement.back(word.bounds);
    }
    let mut page = OcrPage::from_words(placement.given.0, placement.given.1, words);
    page.rotation = u16::from(quarters) * 90;
    // Lines that fall to the right are levelled by a counter-clockwise turn. No minus stands before a zero.
    page.skew = 0.0 - placement.degrees;
    page
}
