//! PDF (ISO 32000), by the interpreter of `hayro`: it tells where each glyph is drawn and what it means, and the
//! text is put together here.
//!
//! `guard` bounds what the file may unpack to before the interpreter sees it. `glyphs` gathers the glyphs of
//! one page. `rows` makes words and rows of them, `columns` finds the reading order, `paragraphs` joins
//! lines, and `furniture` leaves out what every page repeats. `scan` makes a picture of a page without text.

mod columns;
mod furniture;
mod glyphs;
mod guard;
mod hyphens;
mod paragraphs;
mod properties;
mod rows;
mod scan;
mod sizes;
mod strings;

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use hayro_interpret::hayro_syntax::object::{Array, MaybeRef};
use hayro_interpret::hayro_syntax::page::Page;
use hayro_interpret::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use hayro_interpret::util::{RectExt, TransformExt};
use hayro_interpret::{Context, Device, InterpreterCache, InterpreterSettings, interpret_page};

use super::reading::Reading;
use super::{damaged, shielded};
use crate::error::{Error, ErrorKind, Result};
use crate::image::ImageSource;
use glyphs::{Gathered, Glyphs};
use guard::Survey;
use paragraphs::Line;
use strings::Strings;

/// The stack of the interpreter's thread: it recurses up to 50 forms deep, and 512 objects deep.
const STACK_BYTES: usize = 32 << 20;

/// Reads a PDF on a thread of its own and gives its number of pages.
pub(super) fn read(bytes: &[u8], reading: &mut Reading<'_>) -> Result<usize> {
    std::thread::scope(|scope| {
        let work = || shielded(|| read_here(bytes, reading));
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work);
        let thread = thread.map_err(|error| {
            Error::new(ErrorKind::Unavailable, "no thread can be started to read the PDF").with_source(error)
        })?;
        thread.join().unwrap_or_else(|_| Err(damaged("its parser gave up on it")))
    })
}

fn read_here(bytes: &[u8], reading: &mut Reading<'_>) -> Result<usize> {
    let survey = guard::check(bytes, reading)?;
    let pdf = Pdf::new(Arc::new(bytes.to_vec())).map_err(unreadable)?;
    let survey = guard::check_encrypted(&pdf, bytes, reading)?.unwrap_or(survey);
    let pages = pdf.pages();
    if pages.is_empty() {
        return Err(damaged("no page of it can be found"));
    }
    reading.check_pages(pages.len())?;
    properties::read(&pdf, reading);
    let interpreter = Interpreter::new(&survey, reading);
    let mut texts: Vec<PageText> = Vec::with_capacity(pages.len());
    for (index, page) in pages.iter().enumerate() {
        let outcome = shielded(|| interpreter.read_page(index, page, reading));
        match outcome {
            Ok(text) => texts.push(text),
            Err(error) if error.kind() == ErrorKind::InvalidInput => {
                reading.warn(format!("page {} could not be read: {error}", index + 1));
                texts.push(PageText::default());
            }
            Err(error) => return Err(error),
        }
        reading.page_done(index + 1, pages.len())?;
    }
    write(texts, reading)?;
    properties::read_links(pages, reading);
    Ok(pages.len())
}

fn unreadable(error: LoadPdfError) -> Error {
    match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => Error::new(
            ErrorKind::Unsupported,
            "the document is encrypted with a password; save it without one",
        ),
        LoadPdfError::Decryption(_) => {
            Error::new(ErrorKind::Unsupported, "the document is encrypted in a way that is not read")
        }
        LoadPdfError::Invalid => damaged("it has no table of objects, and none can be made from it"),
    }
}

/// One page before what all pages repeat is left out.
#[derive(Debug, Default)]
struct PageText {
    lines: Vec<Line>,
    /// What a recogniser read of the page.
    recognized: Option<String>,
}

/// What lasts for all pages: fonts and colour spaces that were read, and the settings.
struct Interpreter<'a> {
    cache: InterpreterCache<'a>,
    settings: InterpreterSettings,
    max_forms: usize,
    largest_stream: u64,
}

impl<'a> Interpreter<'a> {
    fn new(survey: &Survey, reading: &Reading<'_>) -> Self {
        Self {
            cache: InterpreterCache::new(),
            settings: InterpreterSettings::default(),
            max_forms: guard::max_forms(reading),
            largest_stream: survey.largest_stream(),
        }
    }

    fn read_page(&self, index: usize, page: &'a Page<'a>, reading: &mut Reading<'_>) -> Result<PageText> {
        self.check_contents(page, reading)?;
        let mut glyphs = Glyphs::new(page.render_dimensions(), self.max_forms, reading.control);
        self.interpret(page, &mut glyphs)?;
        let gathered = glyphs.finish()?;
        if gathered.lacks_text() {
            reading.count_scan();
            if reading.wants_pictures() {
                let recognized = self.recognize(index, page, &gathered, reading)?;
                return Ok(PageText { recognized, lines: Vec::new() });
            }
        }
        let lines = paragraphs::lines(gathered.glyphs, gathered.size);
        Ok(PageText { lines, recognized: None })
    }

    /// Looks at the content of a page before it is interpreted.
    fn check_contents(&self, page: &Page<'_>, reading: &Reading<'_>) -> Result<()> {
        self.check_repeated(page, reading)?;
        Strings::of_content().look(page.page_stream().unwrap_or_default())
    }

    /// A page that names its content streams again and again is put together of all of them in memory.
    fn check_repeated(&self, page: &Page<'_>, reading: &Reading<'_>) -> Result<()> {
        let Some(streams) = page.raw().get::<Array<'_>>("Contents") else { return Ok(()) };
        let mut seen = HashSet::new();
        let mut repeated = 0_u64;
        for stream in streams.raw_iter() {
            if let MaybeRef::Ref(id) = stream {
                repeated += u64::from(!seen.insert(id));
            }
        }
        match repeated.saturating_mul(self.largest_stream) > reading.options.max_unpacked_bytes {
            true => Err(damaged("a page repeats its content without end")),
            false => Ok(()),
        }
    }

    /// Lets `device` see the page. A device stops the interpreter by unwinding, which is no panic of anybody.
    fn interpret(&self, page: &'a Page<'a>, device: &mut (impl Device<'a> + Stoppable)) -> Result<()> {
        let transform = page.initial_transform(true).to_kurbo();
        let bounds = page.intersected_crop_box().to_kurbo();
        let mut context = Context::new(transform, bounds, &self.cache, page.xref(), self.settings.clone());
        let outcome = catch_unwind(AssertUnwindSafe(|| interpret_page(page, &mut context, device)));
        match outcome {
            Ok(()) => Ok(()),
            Err(_) => Err(device.why().unwrap_or_else(|| damaged("its parser gave up on a page"))),
        }
    }

    fn recognize(
        &self,
        index: usize,
        page: &'a Page<'a>,
        gathered: &Gathered,
        reading: &mut Reading<'_>,
    ) -> Result<Option<String>> {
        let Some(mut canvas) = scan::Canvas::of(gathered, reading)? else { return Ok(None) };
        self.interpret(page, &mut canvas)?;
        let Some((width, height, data)) = canvas.finish(index, reading) else { return Ok(None) };
        let source = ImageSource::Pixels { width, height, channels: 3, data: &data };
        reading.recognize(source, &format!("page {}", index + 1))
    }
}

/// A device that may end the interpretation of its page.
trait Stoppable {
    /// Why it was ended.
    fn why(&mut self) -> Option<Error>;
}

/// Leaves the interpreter. The hook for panics is not called.
fn leave() -> ! {
    std::panic::resume_unwind(Box::new("left"))
}

/// Joins the pages: furniture out, words mended, paragraphs in.
fn write(mut texts: Vec<PageText>, reading: &mut Reading<'_>) -> Result<()> {
    furniture::remove(texts.iter_mut().map(|page| &mut page.lines).collect());
    suggest_title(&texts, reading);
    let words = hyphens::Words::of(texts.iter().flat_map(|page| &page.lines));
    for page in &texts {
        for paragraph in paragraphs::join(&page.lines) {
            match paragraph {
                paragraphs::Paragraph::Row(cells) => reading.row(&cells)?,
                paragraphs::Paragraph::Lines(lines) => reading.line(&words.mend(&lines))?,
            }
        }
        if let Some(text) = &page.recognized {
            reading.line(text)?;
        }
        reading.control.check()?;
    }
    Ok(())
}

/// The line in the largest letters of the first page, if it is larger than most of the text.
fn suggest_title(texts: &[PageText], reading: &mut Reading<'_>) {
    let Some(first) = texts.first() else { return };
    let mut sizes: Vec<f32> = first.lines.iter().map(|line| line.size).collect();
    sizes.sort_by(f32::total_cmp);
    let (Some(median), Some(largest)) = (sizes.get(sizes.len() / 2), sizes.last()) else { return };
    let is_large = |line: &&Line| line.size > median * 1.2 && line.size >= largest * 0.98;
    let title: Vec<String> =
        first.lines.iter().skip_while(|line| !is_large(line)).take_while(is_large).map(Line::text).collect();
    let title = title.join(" ");
    if title.chars().filter(|character| character.is_alphabetic()).count() >= 4 {
        reading.suggest_title(&title);
    }
}
