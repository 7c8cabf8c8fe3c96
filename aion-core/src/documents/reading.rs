//! What is gathered from one document, and the limits that hold for every format.

use std::collections::HashSet;

use super::{Document, DocumentKind, DocumentOptions, Recognize};
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::extract::{
    Base, Extracted, Link, PageImage, TextSource, dates, detect_language, is_invisible, language_tag,
};
use crate::image::ImageSource;

/// Most links, images and names of one document, bytes of one of their texts, and warnings.
const MAX_LINKS: usize = 10_000;
const MAX_IMAGES: usize = 2_000;
const MAX_NAMES: usize = 256;
const MAX_VALUE_BYTES: usize = 4 << 10;
const MAX_WARNINGS: usize = 100;
/// A first line longer than this is no title.
const MAX_TITLE_BYTES: usize = 300;

/// One document while it is read.
pub(super) struct Reading<'a> {
    pub(super) options: &'a DocumentOptions,
    pub(super) control: &'a Control,
    recognize: Option<&'a mut Recognize<'a>>,
    base: Base,
    page: Extracted,
    heading: Option<String>,
    seen: HashSet<String>,
    unpacked: u64,
    cells: usize,
    pictures: usize,
    recognized: usize,
    scanned: usize,
    warnings: Vec<String>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(
        options: &'a DocumentOptions,
        recognize: Option<&'a mut Recognize<'_>>,
        control: &'a Control,
    ) -> Self {
        Self {
            options,
            control,
            recognize: recognize.map(shorten),
            base: Base::from_url(options.url.as_deref()),
            page: Extracted { source: TextSource::Document, charset: "UTF-8", ..Extracted::default() },
            heading: None,
            seen: HashSet::new(),
            unpacked: 0,
            cells: 0,
            pictures: 0,
            recognized: 0,
            scanned: 0,
            warnings: Vec::new(),
        }
    }

    /// Adds `text` with its white space collapsed: a line of its own, or more where it has line breaks.
    pub(super) fn line(&mut self, text: &str) -> Result<()> {
        for part in text.split('\n') {
            self.start_line();
            push_collapsed(&mut self.page.text, part);
        }
        self.check_text()
    }

    /// Adds `text` with its white space as it is, line by line, without blank lines: code and plain text.
    pub(super) fn verbatim(&mut self, text: &str) -> Result<()> {
        for part in text.lines().map(str::trim_end).filter(|part| !part.is_empty()) {
            self.start_line();
            self.page.text.extend(part.chars().filter(|character| !is_invisible(*character)));
        }
        self.check_text()
    }

    /// Adds a heading; the first of a document is its title if it declares none.
    pub(super) fn heading(&mut self, text: &str) -> Result<()> {
        self.suggest_title(text);
        self.line(text)
    }

    /// The title, should the document declare none.
    pub(super) fn suggest_title(&mut self, text: &str) {
        let text = collapsed(text);
        if self.heading.is_none() && !text.is_empty() && text.len() <= MAX_TITLE_BYTES {
            self.heading = Some(text);
        }
    }

    /// Adds the cells of a table row as one line, separated by tabs; a row of empty cells is none.
    pub(super) fn row<T: AsRef<str>>(&mut self, cells: &[T]) -> Result<()> {
        let cells: Vec<String> = cells.iter().map(|cell| collapsed(cell.as_ref())).collect();
        let Some(last) = cells.iter().rposition(|cell| !cell.is_empty()) else { return Ok(()) };
        self.start_line();
        let row = cells[..=last].join("\t");
        self.page.text.push_str(row.trim_start_matches('\t'));
        self.check_text()
    }

    fn start_line(&mut self) {
        if !self.page.text.is_empty() && !self.page.text.ends_with('\n') {
            self.page.text.push('\n');
        }
    }

    fn check_text(&self) -> Result<()> {
        within(self.page.text.len(), self.options.max_text_bytes, "bytes of text", "max_text_bytes")
    }

    /// The title that the document declares.
    pub(super) fn title(&mut self, title: &str) {
        if self.page.title.is_empty() {
            self.page.title = cut(&collapsed(title), MAX_VALUE_BYTES).to_owned();
        }
    }

    /// The language that the document declares.
    pub(super) fn language(&mut self, tag: &str) {
        if self.page.language.is_none() {
            self.page.language = language_tag(tag);
        }
    }

    /// When the document was made: an ISO 8601 date or date and time.
    pub(super) fn published(&mut self, date: &str) {
        if self.page.published.is_none() {
            self.page.published = dates::iso(date);
        }
    }

    pub(super) fn meta(&mut self, name: &str, value: &str) {
        let value = collapsed(value);
        if !value.is_empty() && self.page.meta.len() < MAX_NAMES {
            let name = cut(&name.to_lowercase(), 128).to_owned();
            self.page.meta.entry(name).or_insert_with(|| cut(&value, MAX_VALUE_BYTES).to_owned());
        }
    }

    pub(super) fn link(&mut self, address: &str, text: &str) {
        if self.page.links.len() >= MAX_LINKS {
            return;
        }
        let Some(url) = self.base.resolve(address) else { return };
        if self.seen.insert(url.clone()) {
            let text = cut(&collapsed(text), MAX_VALUE_BYTES).to_owned();
            self.page.links.push(Link { url, text, nofollow: false });
        }
    }

    /// An image by its address, or by its place inside the file.
    pub(super) fn image(&mut self, place: &str, alt: &str) {
        let is_new = self.page.images.len() < MAX_IMAGES && self.seen.insert(format!("image {place}"));
        if is_new && !place.is_empty() && place.len() <= MAX_VALUE_BYTES {
            let alt = cut(&collapsed(alt), MAX_VALUE_BYTES).to_owned();
            self.page.images.push(PageImage { url: place.to_owned(), alt });
        }
    }

    /// An image by an address that relative ones are resolved from.
    pub(super) fn image_at(&mut self, address: &str, alt: &str) {
        if let Some(url) = self.base.resolve(address) {
            self.image(&url, alt);
        }
    }

    /// What could not be read.
    pub(super) fn warn(&mut self, what: impl Into<String>) {
        if self.warnings.len() < MAX_WARNINGS {
            self.warnings.push(what.into());
        }
    }

    /// Counts bytes that came out of a decompressor.
    pub(super) fn unpack(&mut self, bytes: u64) -> Result<()> {
        self.unpacked = self.unpacked.saturating_add(bytes);
        let limit = self.options.max_unpacked_bytes;
        if self.unpacked <= limit {
            return Ok(());
        }
        Err(beyond("unpacked bytes", "max_unpacked_bytes", limit))
    }

    /// Bytes that decompressors may still give.
    pub(super) fn left_to_unpack(&self) -> u64 {
        self.options.max_unpacked_bytes.saturating_sub(self.unpacked)
    }

    pub(super) fn count_cells(&mut self, cells: usize) -> Result<()> {
        self.cells = self.cells.saturating_add(cells);
        within(self.cells, self.options.max_cells, "cells", "max_cells")
    }

    pub(super) fn check_pages(&self, pages: usize) -> Result<()> {
        within(pages, self.options.max_pages, "pages", "max_pages")
    }

    /// Reports a finished page and looks whether to go on.
    pub(super) fn page_done(&self, done: usize, total: usize) -> Result<()> {
        self.control.report("pages", done, total);
        self.control.check()
    }

    pub(super) fn wants_pictures(&self) -> bool {
        self.recognize.is_some()
    }

    /// A page without a text layer.
    pub(super) fn count_scan(&mut self) {
        self.scanned += 1;
    }

    /// Gives a picture to the recogniser and adds its text.
    pub(super) fn picture(&mut self, source: ImageSource<'_>, place: &str) -> Result<()> {
        match self.recognize(source, place)? {
            Some(text) => self.line(&text),
            None => Ok(()),
        }
    }

    /// The text of a picture, if there is a recogniser and text. A picture that can not be decoded is passed over.
    pub(super) fn recognize(&mut self, source: ImageSource<'_>, place: &str) -> Result<Option<String>> {
        let Some(recognize) = self.recognize.as_mut() else { return Ok(None) };
        self.pictures += 1;
        within(self.pictures, self.options.max_pictures, "pictures", "max_pictures")?;
        match recognize(source, self.control) {
            Ok(text) if text.trim().is_empty() => Ok(None),
            Ok(text) => {
                self.recognized += 1;
                Ok(Some(text))
            }
            Err(error) if is_about_the_picture(&error) => {
                self.warn(format!("{place}: {error}"));
                Ok(None)
            }
            Err(error) => Err(error.in_context(place)),
        }
    }

    /// Takes over a page that was read as HTML.
    pub(super) fn replace(&mut self, page: Extracted) -> Result<()> {
        self.page = page;
        self.check_text()
    }

    pub(super) fn set_charset(&mut self, name: &'static str) {
        self.page.charset = name;
    }

    pub(super) fn finish(mut self, kind: DocumentKind, pages: usize) -> Document {
        let text = self.page.text.trim_end().len();
        self.page.text.truncate(text);
        if self.page.title.is_empty() {
            self.page.title = self.heading.unwrap_or_default();
        }
        if self.page.detected_language.is_none() {
            self.page.detected_language = detect_language(&self.page.text);
        }
        Document {
            kind,
            extracted: self.page,
            pages,
            scanned: self.scanned,
            recognized: self.recognized,
            warnings: self.warnings,
        }
    }
}

/// The same recogniser for a shorter time, which the compiler does not see by itself inside an `Option`.
fn shorten<'short>(recognize: &'short mut Recognize<'_>) -> &'short mut Recognize<'short> {
    // A trait object behind `&mut` may shorten its own lifetime only by a new borrow.
    recognize
}

fn is_about_the_picture(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported | ErrorKind::LimitExceeded)
}

fn within(count: usize, limit: usize, what: &str, name: &str) -> Result<()> {
    if count <= limit { Ok(()) } else { Err(beyond(what, name, limit as u64)) }
}

fn beyond(what: &str, name: &str, limit: u64) -> Error {
    let message = format!("the document has more {what} than {name} = {limit}; raise the limit to read it");
    Error::new(ErrorKind::LimitExceeded, message)
}

/// `text` with every run of white space as one space, none at the ends, and without what shows nothing.
pub(super) fn collapsed(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    push_collapsed(&mut line, text);
    line
}

fn push_collapsed(line: &mut String, text: &str) {
    let start = line.len();
    for word in text.split(|character: char| character.is_whitespace() || character.is_control()) {
        let gap = line.len() > start && !line.ends_with(' ');
        let before = line.len();
        if gap {
            line.push(' ');
        }
        let shown = line.len();
        line.extend(word.chars().filter(|character| !is_invisible(*character)));
        if line.len() == shown {
            line.truncate(before);
        }
    }
}

fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_collapsed_and_the_invisible_left_out() {
        assert_eq!(collapsed("  a\t\u{200b} b\u{ad}c \u{feff} "), "a bc");
        assert_eq!(collapsed(" \u{200b} "), "");
    }

    #[test]
    fn rows_end_with_their_last_cell_and_limits_are_told_by_name() {
        let options = DocumentOptions { max_text_bytes: 8, ..DocumentOptions::default() };
        let control = Control::default();
        let mut reading = Reading::new(&options, None, &control);
        reading.row(&["", "a", "", "b c", ""]).unwrap();
        reading.row(&["", " "]).unwrap();
        let error = reading.line("more").unwrap_err();
        assert!(error.to_string().contains("max_text_bytes = 8"), "{error}");
        assert_eq!(reading.finish(DocumentKind::Csv, 1).extracted.text, "a\t\tb c\nmore");
    }
}
