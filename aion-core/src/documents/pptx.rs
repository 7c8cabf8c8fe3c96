//! PPTX: PresentationML (ECMA-376, part 1, chapter 19).

use super::archive::Archive;
use super::drawing::Drawings;
use super::flow::Flow;
use super::ooxml::{self, Relations};
use super::reading::Reading;
use super::xml::{Tag, Token, Xml};
use crate::error::Result;

pub(super) fn read(bytes: &[u8], reading: &mut Reading<'_>) -> Result<usize> {
    let mut archive = Archive::open(bytes)?;
    let main = ooxml::open("ppt/presentation.xml", &mut archive, reading)?;
    let slides = slides(&main, &mut archive, reading)?;
    reading.check_pages(slides.len())?;
    for (index, part) in slides.iter().enumerate() {
        let relations = Relations::of(part, &mut archive, reading)?;
        read_shapes(part, Sheet::Slide, &mut archive, reading)?;
        for notes in relations.of_kind("notesSlide") {
            read_shapes(&notes, Sheet::Notes, &mut archive, reading)?;
        }
        reading.page_done(index + 1, slides.len())?;
    }
    Ok(slides.len())
}

/// The parts of the slides in the order in which they are shown.
fn slides(main: &str, archive: &mut Archive<'_>, reading: &mut Reading<'_>) -> Result<Vec<String>> {
    let text = archive.require_text(main, reading)?;
    let relations = Relations::of(main, archive, reading)?;
    let mut xml = Xml::new(&text, main);
    let mut slides: Vec<String> = Vec::new();
    while let Some(token) = xml.next(reading)? {
        let Token::Open(tag) = token else { continue };
        if tag.name() == "sldId" {
            // `id` and `r:id` have the same local name; only the second is a relation.
            let part = tag.attributes("id").find_map(|id| relations.part(&id).map(str::to_owned));
            slides.extend(part.filter(|part| !slides.contains(part)));
        }
    }
    Ok(slides)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sheet {
    Slide,
    Notes,
}

/// What a placeholder is for (`ST_PlaceholderType`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Title,
    Body,
    /// Numbers, dates and footers, which every slide repeats.
    Furniture,
    None,
}

struct Shapes {
    sheet: Sheet,
    role: Role,
    drawings: Drawings,
    flow: Flow,
    /// The address of the open run, and where its text begins.
    link: Option<String>,
    run_start: usize,
}

fn read_shapes(part: &str, sheet: Sheet, archive: &mut Archive<'_>, reading: &mut Reading<'_>) -> Result<()> {
    let Some(text) = archive.read_text(part, reading)? else {
        reading.warn(format!("`{part}` is missing"));
        return Ok(());
    };
    let drawings = Drawings::of(part, archive, reading)?;
    let mut shapes =
        Shapes { sheet, role: Role::None, drawings, flow: Flow::default(), link: None, run_start: 0 };
    let mut xml = Xml::new(&text, part);
    while let Some(token) = xml.next(reading)? {
        match token {
            Token::Open(tag) => shapes.open(&tag, &mut xml, archive, reading)?,
            Token::Close(name) => shapes.close(&name, reading)?,
            Token::Text(_) => {}
        }
    }
    Ok(())
}

impl Shapes {
    fn open(
        &mut self,
        tag: &Tag<'_>,
        xml: &mut Xml<'_>,
        archive: &mut Archive<'_>,
        reading: &mut Reading<'_>,
    ) -> Result<()> {
        match tag.name() {
            "Fallback" => return xml.skip(reading),
            "sp" | "graphicFrame" | "pic" => self.role = Role::None,
            "ph" => self.role = role(tag.attribute("type").as_deref()),
            "p" => self.open_paragraph(),
            "r" => self.run_start = self.flow.open_text().len(),
            "t" => self.flow.text(&xml.text(reading)?),
            "br" => self.flow.text("\n"),
            "tr" => self.flow.open_row(),
            "tc" => self.flow.open_cell(),
            "hlinkClick" => {
                self.link = tag
                    .attribute("id")
                    .and_then(|id| self.drawings.relations().address(&id).map(str::to_owned));
            }
            _ if self.sheet == Sheet::Slide => self.drawings.open(tag, archive, reading)?,
            _ => {}
        }
        Ok(())
    }

    fn open_paragraph(&mut self) {
        let is_read = match self.sheet {
            Sheet::Slide => self.role != Role::Furniture,
            // A page of notes also shows the slide and repeats its number.
            Sheet::Notes => self.role == Role::Body,
        };
        if is_read {
            self.flow.open_paragraph();
            if self.role == Role::Title {
                self.flow.mark_heading();
            }
        }
    }

    fn close(&mut self, name: &str, reading: &mut Reading<'_>) -> Result<()> {
        match name {
            "r" => {
                if let Some(address) = self.link.take() {
                    reading.link(&address, self.flow.open_text().get(self.run_start..).unwrap_or_default());
                }
            }
            "p" => self.flow.close_paragraph(reading)?,
            "tc" => drop(self.flow.close_cell()),
            "tr" => self.flow.close_row(reading)?,
            _ => {}
        }
        Ok(())
    }
}

fn role(placeholder: Option<&str>) -> Role {
    match placeholder {
        Some("title" | "ctrTitle") => Role::Title,
        Some("body") => Role::Body,
        Some("sldNum" | "dt" | "ftr" | "hdr") => Role::Furniture,
        _ => Role::None,
    }
}
