//! What a file is: its content first, then the media type it came with, then its name.

use std::fmt;

use memchr::memmem;
use serde::{Deserialize, Serialize};

use super::{DocumentOptions, archive};
use crate::error::{Error, ErrorKind, Result};

/// A kind of file that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DocumentKind {
    /// Portable Document Format, ISO 32000.
    Pdf,
    /// Word processing in Office Open XML, ECMA-376.
    Docx,
    /// Presentations in Office Open XML.
    Pptx,
    /// Workbooks in Office Open XML.
    Xlsx,
    /// Word processing in OpenDocument, ISO/IEC 26300.
    Odt,
    /// Workbooks in OpenDocument.
    Ods,
    /// Presentations in OpenDocument.
    Odp,
    /// Rows of delimited values, RFC 4180; the delimiter is found.
    Csv,
    /// CommonMark with tables and the usual extensions.
    Markdown,
    /// A web page.
    Html,
    /// Any other text.
    Text,
}

impl DocumentKind {
    /// The name that people and programs know it by, such as `pdf`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Docx => "docx",
            Self::Pptx => "pptx",
            Self::Xlsx => "xlsx",
            Self::Odt => "odt",
            Self::Ods => "ods",
            Self::Odp => "odp",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Text => "text",
        }
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Bytes in which a PDF's header may stand; readers are used to files with something before it.
const PDF_HEADER_BYTES: usize = 1 << 10;
/// Bytes by which text is told from anything else.
const SAMPLE_BYTES: usize = 8 << 10;
/// The header of compound files: Office's formats before 2007, and its encrypted ones.
const COMPOUND_FILE: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

pub(super) fn detect(bytes: &[u8], options: &DocumentOptions) -> Result<DocumentKind> {
    let head = &bytes[..bytes.len().min(SAMPLE_BYTES)];
    if memmem::find(&head[..head.len().min(PDF_HEADER_BYTES)], b"%PDF-").is_some() {
        return Ok(DocumentKind::Pdf);
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return archive::kind(bytes);
    }
    if head.starts_with(COMPOUND_FILE) {
        return Err(compound(bytes));
    }
    if head.starts_with(b"{\\rtf") {
        return Err(unsupported("a rich text file; save it as DOCX"));
    }
    if !is_text(head) {
        return Err(unsupported(
            "no document that is read (PDF, DOCX, PPTX, XLSX, ODT, ODS, ODP, CSV, Markdown, HTML, text)",
        ));
    }
    Ok(text_kind(head, options))
}

fn unsupported(what: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("the file is {what}"))
}

fn compound(bytes: &[u8]) -> Error {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    if memmem::find(bytes, &name).is_some() {
        return unsupported("encrypted with a password; save it without one");
    }
    unsupported("of Office's formats before 2007; save it as DOCX, PPTX or XLSX")
}

/// No NUL byte, unless it is UTF-16, and hardly any other control character.
fn is_text(head: &[u8]) -> bool {
    if head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF") {
        return true;
    }
    let is_control = |byte: &&u8| byte.is_ascii_control() && !b"\t\n\r\x0b\x0c\x1b\x08".contains(byte);
    !head.contains(&0) && head.iter().filter(is_control).count() * 50 <= head.len()
}

fn text_kind(head: &[u8], options: &DocumentOptions) -> DocumentKind {
    let media_type = options.content_type.as_deref().map(|value| value.split(';').next().unwrap_or_default());
    let told = media_type.and_then(|value| of_media_type(&value.trim().to_ascii_lowercase()));
    let extension = options.name.as_deref().and_then(|name| name.rsplit_once('.')).map(|(_, end)| end);
    let named = || extension.and_then(|extension| of_extension(&extension.to_ascii_lowercase()));
    match looks_like_html(head) {
        true => DocumentKind::Html,
        false => told.or_else(named).unwrap_or(DocumentKind::Text),
    }
}

/// A document type or an `html` element, as the MIME Sniffing Standard looks for them.
fn looks_like_html(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    let starts = |with: &[u8]| head.get(..with.len()).is_some_and(|head| head.eq_ignore_ascii_case(with));
    [&b"<!doctype html"[..], b"<html", b"<head", b"<body"].iter().any(|tag| starts(tag))
}

fn of_media_type(media_type: &str) -> Option<DocumentKind> {
    match media_type {
        "text/html" | "application/xhtml+xml" => Some(DocumentKind::Html),
        "text/csv" | "text/tab-separated-values" | "application/csv" => Some(DocumentKind::Csv),
        "text/markdown" | "text/x-markdown" => Some(DocumentKind::Markdown),
        // Servers send `text/plain` for what they do not know.
        _ => None,
    }
}

fn of_extension(extension: &str) -> Option<DocumentKind> {
    match extension {
        "html" | "htm" | "xhtml" => Some(DocumentKind::Html),
        "csv" | "tsv" | "tab" => Some(DocumentKind::Csv),
        "md" | "markdown" | "mdown" | "mkd" => Some(DocumentKind::Markdown),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(bytes: &[u8], name: &str, content_type: &str) -> Result<DocumentKind> {
        let mut options = DocumentOptions::default();
        (options.name, options.content_type) = (Some(name.into()), Some(content_type.into()));
        detect(bytes, &options)
    }

    #[test]
    fn content_goes_before_the_media_type_and_that_before_the_name() {
        assert_eq!(kind_of(b"\n%PDF-1.7", "a.md", "text/csv").unwrap(), DocumentKind::Pdf);
        assert_eq!(kind_of(b"<!DOCTYPE HTML><p>x", "a.md", "text/csv").unwrap(), DocumentKind::Html);
        assert_eq!(kind_of(b"a,b", "a.md", "Text/CSV; charset=utf-8").unwrap(), DocumentKind::Csv);
        assert_eq!(kind_of(b"a,b", "a.MD", "text/plain").unwrap(), DocumentKind::Markdown);
        assert_eq!(kind_of(b"a,b", "a.log", "").unwrap(), DocumentKind::Text);
        assert_eq!(kind_of(b"", "", "").unwrap(), DocumentKind::Text);
    }

    #[test]
    fn what_is_not_read_is_named() {
        let mut old = COMPOUND_FILE.to_vec();
        assert!(kind_of(&old, "a.doc", "").unwrap_err().to_string().contains("before 2007"));
        old.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
        assert!(kind_of(&old, "a.docx", "").unwrap_err().to_string().contains("encrypted"));
        for bytes in [&b"\x7fELF\x02\x01\x01\0"[..], b"{\\rtf1 x}", b"\x89PNG\r\n\x1a\n\0\0\0"] {
            assert_eq!(kind_of(bytes, "a.txt", "text/plain").unwrap_err().kind(), ErrorKind::Unsupported);
        }
    }
}
