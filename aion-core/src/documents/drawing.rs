//! Pictures, charts and diagrams of office documents (DrawingML, ECMA-376 part 1, chapters 20 and 21).

use super::archive::Archive;
use super::ooxml::Relations;
use super::reading::Reading;
use super::xml::{Tag, Token, Xml};
use crate::error::Result;
use crate::image::ImageSource;

/// What shows drawings: the part that it reads, and the alternative text of the drawing that is open.
pub(super) struct Drawings {
    relations: Relations,
    alt: String,
}

impl Drawings {
    pub(super) fn of(part: &str, archive: &mut Archive<'_>, reading: &mut Reading<'_>) -> Result<Self> {
        Ok(Self { relations: Relations::of(part, archive, reading)?, alt: String::new() })
    }

    pub(super) fn relations(&self) -> &Relations {
        &self.relations
    }

    /// Takes what a start tag says of a drawing.
    pub(super) fn open(
        &mut self,
        tag: &Tag<'_>,
        archive: &mut Archive<'_>,
        reading: &mut Reading<'_>,
    ) -> Result<()> {
        match tag.name() {
            // `wp:docPr` and `p:cNvPr` describe the drawing around a picture.
            "docPr" | "cNvPr" => {
                if let Some(alt) = tag.attribute("descr").or_else(|| tag.attribute("title")) {
                    self.alt = alt;
                } else if tag.name() == "docPr" {
                    self.alt.clear();
                }
                Ok(())
            }
            "shape" => {
                self.alt = tag.attribute("alt").unwrap_or_default();
                Ok(())
            }
            "blip" => self.picture(tag.attribute("embed"), archive, reading),
            "imagedata" => self.picture(tag.attribute("id"), archive, reading),
            "chart" => self.follow(tag.attribute("id"), chart, archive, reading),
            "relIds" => self.follow(tag.attribute("dm"), diagram, archive, reading),
            _ => Ok(()),
        }
    }

    fn picture(
        &mut self,
        id: Option<String>,
        archive: &mut Archive<'_>,
        reading: &mut Reading<'_>,
    ) -> Result<()> {
        let alt = std::mem::take(&mut self.alt);
        match id.and_then(|id| self.relations.part(&id).map(str::to_owned)) {
            Some(part) => picture(&part, &alt, archive, reading),
            None => Ok(()),
        }
    }

    fn follow(
        &mut self,
        id: Option<String>,
        read: impl FnOnce(&str, &str, &mut Reading<'_>) -> Result<()>,
        archive: &mut Archive<'_>,
        reading: &mut Reading<'_>,
    ) -> Result<()> {
        let Some(part) = id.and_then(|id| self.relations.part(&id).map(str::to_owned)) else { return Ok(()) };
        match archive.read_text(&part, reading)? {
            Some(text) => read(&text, &part, reading),
            None => Ok(()),
        }
    }
}

/// Adds the picture `part`, and the text in it if there is a recogniser.
pub(super) fn picture(
    part: &str,
    alt: &str,
    archive: &mut Archive<'_>,
    reading: &mut Reading<'_>,
) -> Result<()> {
    reading.image(part, alt);
    if !reading.wants_pictures() {
        return Ok(());
    }
    match archive.read(part, reading)? {
        Some(bytes) => reading.picture(ImageSource::Bytes(&bytes), part),
        None => Ok(()),
    }
}

/// The words of a diagram (`dgm:dataModel`), a line a paragraph.
pub(super) fn diagram(text: &str, part: &str, reading: &mut Reading<'_>) -> Result<()> {
    let mut xml = Xml::new(text, part);
    let mut line = String::new();
    while let Some(token) = xml.next(reading)? {
        match token {
            Token::Open(tag) if tag.name() == "t" => line.push_str(&xml.text(reading)?),
            Token::Close(name) if name == "p" => reading.line(&std::mem::take(&mut line))?,
            _ => {}
        }
    }
    reading.line(&line)
}

#[derive(Default)]
struct Series {
    name: String,
    categories: Vec<String>,
    values: Vec<String>,
}

/// The title of a chart, then its data as a table: a row a category, a column a series.
pub(super) fn chart(text: &str, part: &str, reading: &mut Reading<'_>) -> Result<()> {
    let mut xml = Xml::new(text, part);
    let mut title = String::new();
    let mut series: Vec<Series> = Vec::new();
    let mut place = "";
    while let Some(token) = xml.next(reading)? {
        let Token::Open(tag) = token else { continue };
        match tag.name() {
            "title" if series.is_empty() => place = "title",
            "ser" => {
                series.push(Series::default());
                place = "";
            }
            "tx" if place != "title" => place = "tx",
            "cat" | "xVal" => place = "cat",
            "val" | "yVal" => place = "val",
            "plotArea" | "dLbls" | "catAx" | "valAx" => place = "",
            "t" if place == "title" => title.push_str(&xml.text(reading)?),
            "v" => {
                let value = xml.text(reading)?;
                reading.count_cells(1)?;
                match (place, series.last_mut()) {
                    ("tx", Some(series)) => series.name = value,
                    ("cat", Some(series)) => series.categories.push(value),
                    ("val", Some(series)) => series.values.push(value),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    reading.line(&title)?;
    table(&series, reading)
}

fn table(series: &[Series], reading: &mut Reading<'_>) -> Result<()> {
    let Some(first) = series.iter().max_by_key(|series| series.categories.len()) else { return Ok(()) };
    let names = std::iter::once("").chain(series.iter().map(|series| series.name.as_str()));
    reading.row(&names.collect::<Vec<_>>())?;
    for (index, category) in first.categories.iter().enumerate() {
        let values = series.iter().map(|series| series.values.get(index).map_or("", String::as_str));
        reading.count_cells(series.len())?;
        reading.row(&std::iter::once(category.as_str()).chain(values).collect::<Vec<_>>())?;
    }
    Ok(())
}
