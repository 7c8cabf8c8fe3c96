//! XLSX: workbooks (ECMA-376, part 1, chapter 18), by `calamine`, cell by cell.

use std::io::Cursor;

use calamine::{Data, DataRef, Reader as _, SheetType, Xlsx, XlsxError};
use memchr::memmem;

use super::archive::Archive;
use super::reading::Reading;
use super::{damaged, drawing, ooxml};
use crate::error::Result;

/// Empty cells between two others that are kept as empty cells; a wider gap is one.
const MAX_GAP: u32 = 16;

pub(super) fn read(bytes: &[u8], reading: &mut Reading<'_>) -> Result<usize> {
    let mut archive = Archive::open(bytes)?;
    ooxml::open("xl/workbook.xml", &mut archive, reading)?;
    let charts = survey(&mut archive, reading)?;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(foreign)?;
    let sheets: Vec<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| sheet.name.clone())
        .collect();
    reading.check_pages(sheets.len())?;
    for (index, name) in sheets.iter().enumerate() {
        reading.line(name)?;
        if let Err(error) = read_sheet(&mut book, name, reading)? {
            reading.warn(format!("the sheet `{name}` is damaged, its beginning was read: {error}"));
        }
        for link in book.hyperlinks_by_sheet_name(name).unwrap_or_default() {
            let text = link.displayed_text.or(link.tooltip).unwrap_or_default();
            reading.link(link.target.as_deref().unwrap_or_default(), &text);
        }
        reading.page_done(index + 1, sheets.len())?;
    }
    for part in charts {
        if let Some(text) = archive.read_text(&part, reading)? {
            drawing::chart(&text, &part, reading)?;
        }
    }
    let is_media = |name: &String| name.starts_with("xl/media/");
    for part in archive.names().into_iter().filter(is_media) {
        drawing::picture(&part, "", &mut archive, reading)?;
    }
    Ok(sheets.len())
}

/// Unpacks the whole workbook once, since `calamine` does not count what it unpacks, and counts the shared
/// strings, all of which it keeps. Gives the parts that are charts.
fn survey(archive: &mut Archive<'_>, reading: &mut Reading<'_>) -> Result<Vec<String>> {
    let mut strings = 0;
    let mut charts = Vec::new();
    archive.count(reading, |name, bytes| {
        if name.ends_with("haredStrings.xml") {
            strings += memmem::find_iter(bytes, b"<si").count();
        } else if name.starts_with("xl/charts/chart") && name.ends_with(".xml") {
            charts.push(name.to_owned());
        }
    })?;
    reading.count_cells(strings)?;
    Ok(charts)
}

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

/// The rows of one sheet. The inner error is one of the sheet, which does not cost the others.
fn read_sheet(book: &mut Book<'_>, name: &str, reading: &mut Reading<'_>) -> Result<Result<(), XlsxError>> {
    let mut cells = match book.worksheet_cells_reader(name) {
        Ok(cells) => cells,
        Err(error) => return Ok(Err(error)),
    };
    let mut row: Vec<String> = Vec::new();
    let mut last = (0, 0);
    loop {
        let cell = match cells.next_cell() {
            Ok(Some(cell)) => cell,
            end => {
                reading.row(&row)?;
                return Ok(end.map(drop));
            }
        };
        let (line, column) = cell.get_position();
        if line != last.0 {
            reading.row(&row)?;
            reading.control.check()?;
            row.clear();
            last = (line, 0);
        }
        let value = show(cell.get_value());
        if value.is_empty() {
            continue;
        }
        reading.count_cells(1)?;
        let gap = if row.is_empty() { 0 } else { column.saturating_sub(last.1).saturating_sub(1) };
        row.extend((0..gap.min(MAX_GAP)).map(|_| String::new()));
        row.push(value);
        last.1 = column;
    }
}

/// A value as a person would write it, without the format of its cell: dates as ISO 8601.
fn show(value: &DataRef<'_>) -> String {
    match Data::from(value.clone()) {
        Data::Float(number) => show_number(number),
        Data::DateTime(date) if date.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
            match (hour, minute, second) {
                (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
                _ => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
            }
        }
        Data::DateTime(duration) => {
            let seconds = (duration.as_f64() * 86_400.0).round() as i64;
            format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
        }
        Data::Bool(value) => if value { "TRUE" } else { "FALSE" }.to_owned(),
        Data::Empty => String::new(),
        other => other.to_string(),
    }
}

/// The fifteen digits that a spreadsheet shows: what adding up leaves beyond them is noise.
fn show_number(number: f64) -> String {
    format!("{number:.14e}").parse::<f64>().unwrap_or(number).to_string()
}

fn foreign(error: XlsxError) -> crate::error::Error {
    damaged("it is no workbook that can be opened").with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_without_noise() {
        assert_eq!(show_number(0.1 + 0.2), "0.3");
        assert_eq!(show_number(12_000.0), "12000");
        assert_eq!(show_number(-1.5e-7), "-0.00000015");
    }
}
