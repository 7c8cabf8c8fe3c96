//! Markdown: CommonMark with the extensions of GitHub and a front matter, by `pulldown-cmark`.

use pulldown_cmark::{Event, MetadataBlockKind, Options, Parser, Tag, TagEnd};

use super::flow::Flow;
use super::plain;
use super::reading::Reading;
use crate::error::Result;
use crate::extract::plain_text;

/// Events between two looks at the control.
const STRIDE: usize = 4_096;

pub(super) fn read(bytes: &[u8], reading: &mut Reading<'_>) -> Result<usize> {
    let text = plain::decode(bytes, reading);
    let extensions = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut page = Page::default();
    for (index, event) in Parser::new_ext(&text, extensions).enumerate() {
        if index.is_multiple_of(STRIDE) {
            reading.control.check()?;
        }
        page.take(event, reading)?;
    }
    page.flow.close_paragraph(reading)?;
    Ok(1)
}

#[derive(Default)]
struct Page {
    flow: Flow,
    is_open: bool,
    /// What the open block collects instead of a paragraph.
    block: Option<(Block, String)>,
    /// Addresses of open links and images, and where their texts begin.
    links: Vec<(String, usize)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Code,
    Html,
    FrontMatter,
}

impl Page {
    fn take(&mut self, event: Event<'_>, reading: &mut Reading<'_>) -> Result<()> {
        match event {
            Event::Start(tag) => self.open(tag, reading)?,
            Event::End(tag) => self.close(tag, reading)?,
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.text(&text);
            }
            Event::Html(html) => match &mut self.block {
                Some((_, block)) => block.push_str(&html),
                None => self.html(&html, reading)?,
            },
            Event::InlineHtml(html) if html.starts_with("<br") => self.text("\n"),
            Event::SoftBreak => self.text(" "),
            Event::HardBreak => self.text("\n"),
            Event::Rule => self.end_line(reading)?,
            Event::InlineHtml(_) | Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
        Ok(())
    }

    fn open(&mut self, tag: Tag<'_>, reading: &mut Reading<'_>) -> Result<()> {
        match tag {
            Tag::Heading { .. } => {
                self.end_line(reading)?;
                self.start_line();
                self.flow.mark_heading();
            }
            Tag::TableHead | Tag::TableRow => {
                self.end_line(reading)?;
                self.flow.open_row();
            }
            Tag::TableCell => {
                self.flow.open_cell();
                self.flow.open_paragraph();
                self.is_open = true;
            }
            Tag::CodeBlock(_) => self.start_block(Block::Code, reading)?,
            Tag::HtmlBlock => self.start_block(Block::Html, reading)?,
            Tag::MetadataBlock(MetadataBlockKind::YamlStyle) => {
                self.start_block(Block::FrontMatter, reading)?
            }
            Tag::Link { dest_url, .. } => self.start_link(dest_url.into_string()),
            Tag::Image { dest_url, .. } => self.start_link(dest_url.into_string()),
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Superscript | Tag::Subscript => {}
            _ => self.end_line(reading)?,
        }
        Ok(())
    }

    fn close(&mut self, tag: TagEnd, reading: &mut Reading<'_>) -> Result<()> {
        match tag {
            TagEnd::TableCell => {
                self.end_line(reading)?;
                self.flow.close_cell();
            }
            TagEnd::TableHead | TagEnd::TableRow => self.flow.close_row(reading)?,
            TagEnd::CodeBlock | TagEnd::HtmlBlock | TagEnd::MetadataBlock(_) => self.end_block(reading)?,
            TagEnd::Link => {
                if let Some((address, start)) = self.links.pop() {
                    reading.link(&address, self.flow.open_text().get(start..).unwrap_or_default());
                }
            }
            TagEnd::Image => {
                if let Some((address, start)) = self.links.pop() {
                    reading.image_at(&address, self.flow.open_text().get(start..).unwrap_or_default());
                }
            }
            TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Superscript
            | TagEnd::Subscript => {}
            _ => self.end_line(reading)?,
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        match &mut self.block {
            Some((_, block)) => block.push_str(text),
            None => {
                self.start_line();
                self.flow.text(text);
            }
        }
    }

    fn start_line(&mut self) {
        if !self.is_open {
            self.flow.open_paragraph();
            self.is_open = true;
        }
    }

    fn end_line(&mut self, reading: &mut Reading<'_>) -> Result<()> {
        if std::mem::take(&mut self.is_open) {
            self.flow.close_paragraph(reading)?;
        }
        Ok(())
    }

    fn start_link(&mut self, address: String) {
        self.start_line();
        self.links.push((address, self.flow.open_text().len()));
    }

    fn start_block(&mut self, block: Block, reading: &mut Reading<'_>) -> Result<()> {
        self.end_line(reading)?;
        self.block = Some((block, String::new()));
        Ok(())
    }

    fn end_block(&mut self, reading: &mut Reading<'_>) -> Result<()> {
        match self.block.take() {
            Some((Block::Code, text)) => reading.verbatim(&text),
            Some((Block::Html, text)) => self.html(&text, reading),
            Some((Block::FrontMatter, text)) => {
                front_matter(&text, reading);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// HTML inside Markdown: its words, without a tree.
    fn html(&mut self, html: &str, reading: &mut Reading<'_>) -> Result<()> {
        reading.line(&plain_text(html))
    }
}

/// The simple lines of a YAML front matter, `name: value`; lists and the like are passed over.
fn front_matter(text: &str, reading: &mut Reading<'_>) {
    for line in text.lines().filter(|line| !line.starts_with([' ', '-', '#'])) {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim().trim_matches(['"', '\'']);
        match name.trim().to_lowercase().as_str() {
            "title" => reading.title(value),
            "lang" | "language" => reading.language(value),
            "date" | "published" | "created" => reading.published(value),
            name => reading.meta(name, value),
        }
    }
}
