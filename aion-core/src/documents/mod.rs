//! Files other than web pages, read into the same shape: PDF, DOCX, PPTX, XLSX, OpenDocument, CSV, Markdown and
//! plain text.
//!
//! `kind` tells what the bytes are, a reader per format walks them once, and all readers write into one
//! `Reading`, which holds every limit. Other people's parsers work behind `catch_panic`; the PDF
//! interpreter, which recurses, has a thread of its own with a stack of known size.

mod archive;
mod delimited;
mod docx;
mod drawing;
mod flow;
mod kind;
mod markdown;
mod odf;
mod ooxml;
mod options;
mod pdf;
mod plain;
mod pptx;
mod reading;
mod xlsx;
mod xml;

pub use kind::DocumentKind;
pub use options::{DocumentOptions, Recognize};

use serde::{Deserialize, Serialize};

use crate::control::Control;
use crate::error::{Error, ErrorKind, Result, catch_panic};
use crate::extract::Extracted;
use reading::Reading;

/// A file, read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Document {
    /// What the file is.
    pub kind: DocumentKind,
    /// Title, text, links, images and what else the file says. Cells of a table row are separated by tabs.
    pub extracted: Extracted,
    /// Pages of a PDF, slides of a presentation, sheets of a workbook; 1 for what has none.
    pub pages: usize,
    /// Pages of a PDF that show something and have no text layer, such as scans.
    pub scanned: usize,
    /// Pictures that the recogniser was given and found text in.
    pub recognized: usize,
    /// What of the file could not be read, a sentence each; empty for a sound file.
    pub warnings: Vec<String>,
}

/// Reads a file of any kind in [`DocumentKind`].
///
/// `recognize` is given the pictures of the file that may hold text: the scans of PDF pages without a text layer,
/// and the pictures of office documents. What it returns is put where the picture stands. Without it they are
/// passed over, and [`Document::scanned`] counts the pages.
///
/// A damaged file gives what can be read of it, and [`Document::warnings`] says what is missing.
///
/// # Errors
/// [`ErrorKind::LimitExceeded`] for a file beyond a limit of `options`, never a part of it passed for the whole;
/// [`ErrorKind::Unsupported`] for files of other kinds and for encrypted ones; [`ErrorKind::InvalidInput`] when
/// nothing can be read; [`ErrorKind::Cancelled`] and [`ErrorKind::DeadlineExceeded`] by `control`; and any error
/// of `recognize`.
///
/// ```
/// use aion_core::{Control, DocumentKind, DocumentOptions, extract_document};
///
/// let markdown = b"# Tides\n\nHigh water is at *noon*.";
/// let mut options = DocumentOptions::default();
/// options.name = Some("tides.md".into());
/// let document = extract_document(markdown, &options, None, &Control::default())?;
/// assert_eq!(document.kind, DocumentKind::Markdown);
/// assert_eq!(document.extracted.title, "Tides");
/// assert_eq!(document.extracted.text, "Tides\nHigh water is at noon.");
/// # Ok::<(), aion_core::Error>(())
/// ```
pub fn extract_document(
    bytes: &[u8],
    options: &DocumentOptions,
    recognize: Option<&mut Recognize<'_>>,
    control: &Control,
) -> Result<Document> {
    if bytes.len() > options.max_bytes {
        let message =
            format!("a document of {} bytes is over max_bytes = {}", bytes.len(), options.max_bytes);
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    control.check()?;
    let kind = kind::detect(bytes, options)?;
    let mut reading = Reading::new(options, recognize, control);
    let pages = read(kind, bytes, &mut reading).map_err(|error| error.in_context(kind))?;
    Ok(reading.finish(kind, pages))
}

/// Reads `bytes` as `kind` and gives the number of pages.
fn read(kind: DocumentKind, bytes: &[u8], reading: &mut Reading<'_>) -> Result<usize> {
    match kind {
        // It contains panics itself, page by page.
        DocumentKind::Pdf => pdf::read(bytes, reading),
        // `extract_text` contains its parser's panics.
        DocumentKind::Html => plain::read_html(bytes, reading),
        _ => shielded(|| match kind {
            DocumentKind::Docx => docx::read(bytes, reading),
            DocumentKind::Pptx => pptx::read(bytes, reading),
            DocumentKind::Xlsx => xlsx::read(bytes, reading),
            DocumentKind::Odt | DocumentKind::Ods | DocumentKind::Odp => odf::read(bytes, reading),
            DocumentKind::Csv => delimited::read(bytes, reading),
            DocumentKind::Markdown => markdown::read(bytes, reading),
            _ => plain::read(bytes, reading),
        }),
    }
}

/// Runs other people's parsers on hostile bytes: should one panic, that is an error of the bytes.
fn shielded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_panic(work).map_err(|error| match error.kind() {
        ErrorKind::Internal => damaged("its parser gave up on it").with_source(error),
        _ => error,
    })
}

/// The error of bytes that are not what they claim to be.
fn damaged(what: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("the document is damaged: {what}"))
}
