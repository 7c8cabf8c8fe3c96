//! Paragraphs and table rows while they are open: what all office formats have in common.

use super::reading::Reading;
use crate::error::Result;

/// What is open, the innermost last. Text boxes put paragraphs into paragraphs, and cells hold tables.
#[derive(Default)]
pub(super) struct Flow(Vec<Frame>);

enum Frame {
    Paragraph { text: String, is_heading: bool },
    Row { cells: Vec<String>, is_cell_open: bool },
}

impl Flow {
    pub(super) fn open_paragraph(&mut self) {
        self.0.push(Frame::Paragraph { text: String::new(), is_heading: false });
    }

    /// Marks the open paragraph as a heading.
    pub(super) fn mark_heading(&mut self) {
        if let Some(Frame::Paragraph { is_heading, .. }) = self.0.last_mut() {
            *is_heading = true;
        }
    }

    /// Adds to the open paragraph; text elsewhere is white space between tags.
    pub(super) fn text(&mut self, part: &str) {
        if let Some(Frame::Paragraph { text, .. }) = self.0.last_mut() {
            text.push_str(part);
        }
    }

    /// The text of the open paragraph, so far.
    pub(super) fn open_text(&self) -> &str {
        match self.0.last() {
            Some(Frame::Paragraph { text, .. }) => text,
            _ => "",
        }
    }

    /// Whether nothing is open.
    pub(super) fn is_outside(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn close_paragraph(&mut self, reading: &mut Reading<'_>) -> Result<()> {
        let Some(Frame::Paragraph { text, is_heading }) =
            self.0.pop_if(|top| matches!(top, Frame::Paragraph { .. }))
        else {
            return Ok(());
        };
        if let Some(cell) = self.open_cell_text() {
            push_spaced(cell, &text);
            return Ok(());
        }
        if is_heading { reading.heading(&text) } else { reading.line(&text) }
    }

    pub(super) fn open_row(&mut self) {
        self.0.push(Frame::Row { cells: Vec::new(), is_cell_open: false });
    }

    pub(super) fn open_cell(&mut self) {
        if let Some(Frame::Row { cells, is_cell_open }) = self.0.last_mut() {
            cells.push(String::new());
            *is_cell_open = true;
        }
    }

    /// Closes the cell and gives its text to be changed, such as for a value that is shown otherwise.
    pub(super) fn close_cell(&mut self) -> Option<&mut Vec<String>> {
        match self.0.last_mut() {
            Some(Frame::Row { cells, is_cell_open }) => {
                *is_cell_open = false;
                Some(cells)
            }
            _ => None,
        }
    }

    pub(super) fn close_row(&mut self, reading: &mut Reading<'_>) -> Result<()> {
        let Some(Frame::Row { cells, .. }) = self.0.pop_if(|top| matches!(top, Frame::Row { .. })) else {
            return Ok(());
        };
        if let Some(cell) = self.open_cell_text() {
            cells.iter().for_each(|text| push_spaced(cell, text));
            return Ok(());
        }
        reading.count_cells(cells.len())?;
        reading.row(&cells)
    }

    /// The cell that what was just closed stands in.
    fn open_cell_text(&mut self) -> Option<&mut String> {
        self.0.iter_mut().rev().find_map(|frame| match frame {
            Frame::Row { cells, is_cell_open: true } => cells.last_mut(),
            _ => None,
        })
    }
}

fn push_spaced(cell: &mut String, text: &str) {
    if !cell.is_empty() {
        cell.push(' ');
    }
    cell.push_str(text);
}
