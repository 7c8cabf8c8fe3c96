//! What a PDF says of itself: its information dictionary, its language and its links (ISO 32000-1, 14.3, 12.5, 12.6).

use std::collections::BTreeMap;

use hayro_interpret::hayro_syntax::Pdf;
use hayro_interpret::hayro_syntax::object::{Array, DateTime, Dict, String as PdfString};
use hayro_interpret::hayro_syntax::page::Page;

use super::super::reading::Reading;

/// Most annotations of a page that are looked at.
const MAX_ANNOTATIONS: usize = 5_000;

pub(super) fn read(pdf: &Pdf, reading: &mut Reading<'_>) {
    let metadata = pdf.metadata();
    let text = |bytes: &Option<Box<[u8]>>| bytes.as_deref().map(decode).unwrap_or_default();
    let title = text(&metadata.title);
    if is_title(&title) {
        reading.title(&title);
    }
    let named = [
        ("author", &metadata.author),
        ("subject", &metadata.subject),
        ("keywords", &metadata.keywords),
        ("creator", &metadata.creator),
        ("producer", &metadata.producer),
    ];
    for (name, value) in named {
        reading.meta(name, &text(value));
    }
    if let Some(date) = metadata.creation_date {
        reading.published(&iso(&date));
    }
    if let Some(date) = metadata.modification_date {
        reading.meta("modified", &iso(&date));
    }
    let catalog = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id());
    if let Some(language) = catalog.and_then(|catalog| catalog.get::<PdfString<'_>>("Lang")) {
        reading.language(&decode(language.as_bytes()));
    }
}

/// Programs fill in the name of the file, or of the template.
fn is_title(title: &str) -> bool {
    let lower = title.trim().to_lowercase();
    let is_file =
        [".doc", ".docx", ".pdf", ".indd", ".tex", ".dvi", ".xls", ".xlsx", ".ppt", ".pptx", ".qxd", ".rtf"]
            .iter()
            .any(|end| lower.ends_with(end));
    // `(anonymous)`, `(unspecified)`.
    let is_stand_in = lower.starts_with('(') && lower.ends_with(')');
    !lower.is_empty()
        && !is_stand_in
        && !is_file
        && !lower.starts_with("microsoft word - ")
        && !lower.starts_with("untitled")
}

/// A text string (7.9.2.2): UTF-16 with its byte order mark, UTF-8 with its own, else PDFDocEncoding, which is
/// near enough to Windows-1252.
fn decode(bytes: &[u8]) -> String {
    let text = match bytes {
        [0xFE, 0xFF, rest @ ..] => encoding_rs::UTF_16BE.decode_without_bom_handling(rest).0,
        [0xFF, 0xFE, rest @ ..] => encoding_rs::UTF_16LE.decode_without_bom_handling(rest).0,
        [0xEF, 0xBB, 0xBF, rest @ ..] => encoding_rs::UTF_8.decode_without_bom_handling(rest).0,
        _ if bytes.is_ascii() => String::from_utf8_lossy(bytes),
        _ => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0,
    };
    text.into_owned()
}

fn iso(date: &DateTime) -> String {
    let DateTime { year, month, day, hour, minute, second, utc_offset_hour, utc_offset_minute } = date;
    let zone = match (utc_offset_hour, utc_offset_minute) {
        (0, 0) => "Z".to_owned(),
        _ => format!("{utc_offset_hour:+03}:{utc_offset_minute:02}"),
    };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}")
}

/// The addresses that annotations lead to. The text under them is not known.
pub(super) fn read_links(pages: &[Page<'_>], reading: &mut Reading<'_>) {
    let mut found: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (index, page) in pages.iter().enumerate() {
        let Some(annotations) = page.raw().get::<Array<'_>>("Annots") else { continue };
        for annotation in annotations.iter::<Dict<'_>>().take(MAX_ANNOTATIONS) {
            let action = annotation.get::<Dict<'_>>("A");
            if let Some(address) = action.and_then(|action| action.get::<PdfString<'_>>("URI")) {
                found.entry(index).or_default().push(decode(address.as_bytes()));
            }
        }
    }
    for address in found.into_values().flatten() {
        reading.link(&address, "");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_no_titles() {
        assert!(is_title("The tides of the bay"));
        for title in ["", " ", "report.docx", "Microsoft Word - report", "Untitled-3", "(anonymous)"] {
            assert!(!is_title(title), "{title}");
        }
    }

    #[test]
    fn text_strings_are_read_in_their_encodings() {
        assert_eq!(decode(b"\xFE\xFF\x00M\x00a\x00r\x00\xE9"), "Maré");
        assert_eq!(decode(b"\xEF\xBB\xBFMar\xC3\xA9"), "Maré");
        assert_eq!(decode(b"Mar\xE9"), "Maré");
    }
}
