//! ZIP archives of hostile origin: few members, each unpacked whole and counted while it comes out.

use std::io::{Cursor, Read};

use memchr::memmem;
use zip::ZipArchive;
use zip::result::ZipError;

use super::reading::Reading;
use super::{DocumentKind, damaged};
use crate::error::{Error, ErrorKind, Result};

/// Most members of an archive: a presentation of a thousand slides has about five thousand.
const MAX_MEMBERS: usize = 50_000;
/// What begins a member's entry in the central directory (APPNOTE.TXT, 4.3.12).
const ENTRY: &[u8] = b"PK\x01\x02";
const MAX_MEDIA_TYPE_BYTES: u64 = 200;

/// The members of an archive by name.
pub(super) struct Archive<'a>(ZipArchive<Cursor<&'a [u8]>>);

impl<'a> Archive<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self> {
        // Before the directory is read, since each of its entries takes memory.
        if memmem::find_iter(bytes, ENTRY).take(MAX_MEMBERS + 1).count() > MAX_MEMBERS {
            let message = format!("the document is an archive of more than {MAX_MEMBERS} members");
            return Err(Error::new(ErrorKind::LimitExceeded, message));
        }
        ZipArchive::new(Cursor::new(bytes)).map(Self).map_err(|error| {
            damaged("it is an archive without a whole directory, as one that is cut off").with_source(error)
        })
    }

    /// The names of all members, sorted, numbers in them by value.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.0.file_names_raw().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        names.sort_by(|left, right| by_number(left).cmp(&by_number(right)));
        names
    }

    /// The member called `name`, whole; `None` if there is none. One that is damaged in the middle gives its
    /// beginning, with a warning.
    pub(super) fn read(&mut self, name: &str, reading: &mut Reading<'_>) -> Result<Option<Vec<u8>>> {
        reading.control.check()?;
        let member = match self.0.by_name(name) {
            Ok(member) => member,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => return Err(encrypted()),
            Err(error) => {
                reading.warn(format!("`{name}` can not be unpacked: {error}"));
                return Ok(None);
            }
        };
        let mut bytes = Vec::new();
        let outcome = member.take(reading.left_to_unpack().saturating_add(1)).read_to_end(&mut bytes);
        reading.unpack(bytes.len() as u64)?;
        if let Err(error) = outcome {
            reading.warn(format!("`{name}` is damaged, its beginning was read: {error}"));
        }
        Ok(Some(bytes))
    }

    /// The member called `name` as text, for a parser of XML.
    pub(super) fn read_text(&mut self, name: &str, reading: &mut Reading<'_>) -> Result<Option<String>> {
        let Some(bytes) = self.read(name, reading)? else { return Ok(None) };
        // XML without a byte order mark is UTF-8 unless it says otherwise, which no office program does.
        let (text, _, _) = encoding_rs::UTF_8.decode(&bytes);
        Ok(Some(text.into_owned()))
    }

    /// The member that every document of its kind has.
    pub(super) fn require_text(&mut self, name: &str, reading: &mut Reading<'_>) -> Result<String> {
        self.read_text(name, reading)?.ok_or_else(|| damaged(&format!("its part `{name}` is missing")))
    }

    /// Unpacks every member without keeping it: for a reader that does not count by itself.
    pub(super) fn count(
        &mut self,
        reading: &mut Reading<'_>,
        mut look: impl FnMut(&str, &[u8]),
    ) -> Result<()> {
        for name in self.names() {
            if let Some(bytes) = self.read(&name, reading)? {
                look(&name, &bytes);
            }
        }
        Ok(())
    }
}

fn encrypted() -> Error {
    let message = "the document is encrypted with a password; save it without one";
    Error::new(ErrorKind::Unsupported, message)
}

/// A name up to its last number, that number and all of it: `slide10` comes after `slide9`.
fn by_number(name: &str) -> (&str, u64, &str) {
    let end = name.rfind(|character: char| character.is_ascii_digit()).map_or(0, |at| at + 1);
    let start = name[..end].trim_end_matches(|character: char| character.is_ascii_digit()).len();
    (&name[..start], name[start..end].parse().unwrap_or(0), name)
}

/// What document an archive is, by its members.
pub(super) fn kind(bytes: &[u8]) -> Result<DocumentKind> {
    let mut archive = Archive::open(bytes)?;
    if let Ok(member) = archive.0.by_name("mimetype") {
        let mut media_type = String::new();
        // What is no text is no media type.
        let _ = member.take(MAX_MEDIA_TYPE_BYTES).read_to_string(&mut media_type);
        if let Some(kind) = open_document(media_type.trim()) {
            return Ok(kind);
        }
    }
    let names = archive.names();
    let has = |start: &str| names.iter().any(|name| name.starts_with(start));
    match (has("word/"), has("ppt/"), has("xl/")) {
        (true, ..) => Ok(DocumentKind::Docx),
        (_, true, _) => Ok(DocumentKind::Pptx),
        (_, _, true) if has("xl/workbook.bin") => Err(unsupported("a binary workbook; save it as XLSX")),
        (_, _, true) => Ok(DocumentKind::Xlsx),
        _ => Err(unsupported("an archive that is no DOCX, PPTX, XLSX, ODT, ODS or ODP; unpack it first")),
    }
}

fn open_document(media_type: &str) -> Option<DocumentKind> {
    let name = media_type.strip_prefix("application/vnd.oasis.opendocument.")?;
    match name.trim_end_matches("-template") {
        "text" => Some(DocumentKind::Odt),
        "spreadsheet" => Some(DocumentKind::Ods),
        "presentation" => Some(DocumentKind::Odp),
        _ => None,
    }
}

fn unsupported(what: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("the file is {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_are_compared_by_value() {
        let mut names = ["a/b10.xml", "a/c1", "a/b9.xml", "b"];
        names.sort_by(|left, right| by_number(left).cmp(&by_number(right)));
        assert_eq!(names, ["b", "a/b9.xml", "a/b10.xml", "a/c1"]);
    }
}
