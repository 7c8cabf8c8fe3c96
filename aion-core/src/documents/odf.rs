//! ODT, ODS and ODP: OpenDocument 1.3 (ISO/IEC 26300). The three share one vocabulary.

use super::archive::Archive;
use super::flow::Flow;
use super::reading::Reading;
use super::xml::{Tag, Token, Xml};
use super::{damaged, drawing, ooxml};
use crate::error::{Error, ErrorKind, Result};

/// Times that a repeated cell is written; sheets are filled to their edge with empty ones.
const MAX_REPEATED: usize = 64;

pub(super) fn read(bytes: &[u8], reading: &mut Reading<'_>) -> Result<usize> {
    let mut archive = Archive::open(bytes)?;
    refuse_encrypted(&mut archive, reading)?;
    ooxml::read_properties("meta.xml", &mut archive, reading)?;
    let text = archive.require_text("content.xml", reading)?;
    let mut body = Body::default();
    let mut xml = Xml::new(&text, "content.xml");
    while let Some(token) = xml.next(reading)? {
        match token {
            Token::Open(tag) => body.open(&tag, &mut xml, &mut archive, reading)?,
            Token::Close(name) => body.close(&name, reading)?,
            Token::Text(text) => body.flow.text(&text),
        }
    }
    if text.is_empty() {
        return Err(damaged("its part `content.xml` is empty"));
    }
    Ok(body.pages.max(1))
}

/// Encrypted members look like noise; the manifest says that they are.
fn refuse_encrypted(archive: &mut Archive<'_>, reading: &mut Reading<'_>) -> Result<()> {
    let manifest = archive.read_text("META-INF/manifest.xml", reading)?.unwrap_or_default();
    match manifest.contains("encryption-data") {
        true => Err(Error::new(
            ErrorKind::Unsupported,
            "the document is encrypted with a password; save it without one",
        )),
        false => Ok(()),
    }
}

#[derive(Default)]
struct Body {
    flow: Flow,
    /// Slides or sheets.
    pages: usize,
    /// The address of the open link, and where its text begins.
    link: Option<(String, usize)>,
    /// Times that the open cell and row stand in the table.
    repeated: usize,
    /// The picture that is open: its alternative text follows it.
    picture: Option<String>,
}

impl Body {
    fn open(
        &mut self,
        tag: &Tag<'_>,
        xml: &mut Xml<'_>,
        archive: &mut Archive<'_>,
        reading: &mut Reading<'_>,
    ) -> Result<()> {
        match tag.name() {
            // Deleted text, and comments.
            "tracked-changes" | "annotation" | "automatic-styles" | "forms" => return xml.skip(reading),
            "p" => self.flow.open_paragraph(),
            "h" => {
                self.flow.open_paragraph();
                self.flow.mark_heading();
            }
            "tab" => self.flow.text("\t"),
            "s" => self.flow.text(" "),
            "line-break" => self.flow.text("\n"),
            "a" => {
                let start = self.flow.open_text().len();
                self.link = tag.attribute("href").map(|address| (address, start));
            }
            "table-row" => self.flow.open_row(),
            "table-cell" | "covered-table-cell" => {
                self.flow.open_cell();
                let count = tag.attribute("number-columns-repeated").and_then(|count| count.parse().ok());
                self.repeated = count.unwrap_or(1);
            }
            "page" => self.open_page(None, reading)?,
            "table" if self.flow.is_outside() => self.open_page(tag.attribute("name"), reading)?,
            "image" => self.picture = tag.attribute("href"),
            "title" | "desc" if self.picture.is_some() => {
                let alt = xml.text(reading)?;
                self.close_picture(&alt, archive, reading)?;
            }
            _ => {}
        }
        if self.picture.is_some() && tag.name() == "p" {
            self.close_picture("", archive, reading)?;
        }
        Ok(())
    }

    /// A slide, or a table with a name: a sheet.
    fn open_page(&mut self, name: Option<String>, reading: &mut Reading<'_>) -> Result<()> {
        self.pages += 1;
        reading.check_pages(self.pages)?;
        reading.page_done(self.pages - 1, 0)?;
        name.map_or(Ok(()), |name| reading.line(&name))
    }

    fn close(&mut self, name: &str, reading: &mut Reading<'_>) -> Result<()> {
        match name {
            "p" | "h" => self.flow.close_paragraph(reading)?,
            "a" => {
                if let Some((address, start)) = self.link.take() {
                    reading.link(&address, self.flow.open_text().get(start..).unwrap_or_default());
                }
            }
            "table-cell" | "covered-table-cell" => {
                let repeated = std::mem::replace(&mut self.repeated, 1);
                if let Some(cells) = self.flow.close_cell()
                    && let Some(value) = cells.last().cloned()
                {
                    cells.extend(std::iter::repeat_n(value, repeated.clamp(1, MAX_REPEATED) - 1));
                }
            }
            "table-row" => self.flow.close_row(reading)?,
            _ => {}
        }
        Ok(())
    }

    fn close_picture(
        &mut self,
        alt: &str,
        archive: &mut Archive<'_>,
        reading: &mut Reading<'_>,
    ) -> Result<()> {
        match self.picture.take() {
            Some(part) => drawing::picture(part.trim_start_matches("./"), alt, archive, reading),
            None => Ok(()),
        }
    }
}
