//! DOCX: WordprocessingML (ECMA-376, part 1, chapter 17).

use std::collections::HashSet;

use super::archive::Archive;
use super::drawing::Drawings;
use super::flow::Flow;
use super::ooxml;
use super::reading::Reading;
use super::xml::{Tag, Token, Xml};
use crate::error::Result;

/// Parts beside the main one that hold text, in the order in which they follow it. Each is read once, however
/// many pages show it.
const SIDE_PARTS: &[&str] = &["footnotes", "endnotes", "header", "footer"];

pub(super) fn read(bytes: &[u8], reading: &mut Reading<'_>) -> Result<usize> {
    let mut archive = Archive::open(bytes)?;
    let main = ooxml::open("word/document.xml", &mut archive, reading)?;
    let text = archive.require_text(&main, reading)?;
    let relations = ooxml::Relations::of(&main, &mut archive, reading)?;
    let mut headings = HashSet::new();
    for part in relations.of_kind("styles") {
        read_styles(&part, &mut headings, &mut archive, reading)?;
    }
    Story::new(&main, &headings, &mut archive, reading)?.read(&text, &main, &mut archive, reading)?;
    let parts = SIDE_PARTS.iter().flat_map(|kind| relations.of_kind(kind));
    let mut seen = HashSet::new();
    for part in parts {
        let Some(text) = archive.read_text(&part, reading)? else { continue };
        // First, even and other pages often have the same header.
        if seen.insert(text.clone()) {
            Story::new(&part, &headings, &mut archive, reading)?.read(&text, &part, &mut archive, reading)?;
        }
    }
    Ok(1)
}

/// The ids of the styles of titles and headings. Ids are in the writer's language, names are not.
fn read_styles(
    part: &str,
    headings: &mut HashSet<String>,
    archive: &mut Archive<'_>,
    reading: &mut Reading<'_>,
) -> Result<()> {
    let Some(text) = archive.read_text(part, reading)? else { return Ok(()) };
    let mut xml = Xml::new(&text, part);
    let mut id = None;
    while let Some(token) = xml.next(reading)? {
        let Token::Open(tag) = token else { continue };
        match tag.name() {
            "style" => id = tag.attribute("styleId"),
            "name" => {
                let name = tag.attribute("val").unwrap_or_default().to_lowercase();
                if name == "title" || name.starts_with("heading ") {
                    headings.extend(id.take());
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// One part of running text.
struct Story<'a> {
    headings: &'a HashSet<String>,
    drawings: Drawings,
    flow: Flow,
    /// The address of each open hyperlink, and where its text begins in its paragraph.
    links: Vec<(Option<String>, usize)>,
    /// The instruction of the open field, which may be a hyperlink, and where its result begins.
    field: String,
    field_start: usize,
}

impl<'a> Story<'a> {
    fn new(
        part: &str,
        headings: &'a HashSet<String>,
        archive: &mut Archive<'_>,
        reading: &mut Reading<'_>,
    ) -> Result<Self> {
        let drawings = Drawings::of(part, archive, reading)?;
        Ok(Self {
            headings,
            drawings,
            flow: Flow::default(),
            links: Vec::new(),
            field: String::new(),
            field_start: 0,
        })
    }

    fn read(
        mut self,
        text: &str,
        part: &str,
        archive: &mut Archive<'_>,
        reading: &mut Reading<'_>,
    ) -> Result<()> {
        let mut xml = Xml::new(text, part);
        while let Some(token) = xml.next(reading)? {
            match token {
                Token::Open(tag) => self.open(&tag, &mut xml, archive, reading)?,
                Token::Close(name) => self.close(&name, reading)?,
                Token::Text(_) => {}
            }
        }
        // What a cut off part leaves open.
        for _ in 0..64 {
            self.flow.close_paragraph(reading)?;
            self.flow.close_cell();
            self.flow.close_row(reading)?;
        }
        Ok(())
    }

    fn open(
        &mut self,
        tag: &Tag<'_>,
        xml: &mut Xml<'_>,
        archive: &mut Archive<'_>,
        reading: &mut Reading<'_>,
    ) -> Result<()> {
        match tag.name() {
            // The same again for older programs; what was moved away; separators between text and notes.
            "Fallback" | "moveFrom" | "separator" | "continuationSeparator" => return xml.skip(reading),
            "p" => self.flow.open_paragraph(),
            "pStyle" => self.style(tag),
            "t" => self.flow.text(&xml.text(reading)?),
            "tab" | "ptab" => self.flow.text("\t"),
            "br" | "cr" => self.flow.text("\n"),
            "noBreakHyphen" => self.flow.text("-"),
            "tr" => self.flow.open_row(),
            "tc" => self.flow.open_cell(),
            "hyperlink" => self.open_link(tag),
            "fldSimple" => self.field = tag.attribute("instr").unwrap_or_default(),
            "instrText" => self.field.push_str(&xml.text(reading)?),
            "fldChar" => self.field_mark(tag, reading),
            _ => self.drawings.open(tag, archive, reading)?,
        }
        Ok(())
    }

    fn close(&mut self, name: &str, reading: &mut Reading<'_>) -> Result<()> {
        match name {
            "p" => self.flow.close_paragraph(reading)?,
            "tc" => drop(self.flow.close_cell()),
            "tr" => self.flow.close_row(reading)?,
            "hyperlink" => {
                if let Some((Some(address), start)) = self.links.pop() {
                    let text = self.flow.open_text().get(start..).unwrap_or_default();
                    reading.link(&address, text);
                }
            }
            "fldSimple" => self.end_field(reading),
            _ => {}
        }
        Ok(())
    }

    fn style(&mut self, tag: &Tag<'_>) {
        let is_heading = tag.attribute("val").is_some_and(|id| self.headings.contains(&id));
        if is_heading {
            self.flow.mark_heading();
        }
    }

    fn open_link(&mut self, tag: &Tag<'_>) {
        let id = tag.attribute("id");
        let address = id.and_then(|id| self.drawings.relations().address(&id).map(str::to_owned));
        self.links.push((address, self.flow.open_text().len()));
    }

    /// A field in runs: `begin`, instruction, `separate`, result, `end` (17.16.18).
    fn field_mark(&mut self, tag: &Tag<'_>, reading: &mut Reading<'_>) {
        match tag.attribute("fldCharType").as_deref() {
            Some("begin") => self.field.clear(),
            Some("separate") => self.field_start = self.flow.open_text().len(),
            _ => self.end_field(reading),
        }
    }

    fn end_field(&mut self, reading: &mut Reading<'_>) {
        let instruction = std::mem::take(&mut self.field);
        let Some(rest) = instruction.trim_start().strip_prefix("HYPERLINK") else { return };
        // `\l` names a place in the document itself.
        if let Some(address) = rest.split('"').nth(1).filter(|_| !rest.trim_start().starts_with("\\l")) {
            reading.link(address, self.flow.open_text().get(self.field_start..).unwrap_or_default());
        }
    }
}
