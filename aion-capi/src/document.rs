//! Files other than web pages, read into the same shape.

use std::borrow::Cow;
use std::ffi::c_char;
use std::io::Read;
use std::mem::MaybeUninit;
use std::path::Path;

use aion_core::{Document, DocumentOptions, Error, ErrorKind, ImageSource, Result};
use serde_json::{Value, json};

use crate::control::{self, AionControl};
use crate::document_options::AionDocumentOptions;
use crate::engine::{self, AionEngine};
use crate::error::AionError;
use crate::extracted::AionExtracted;
use crate::handle::{invalid, required, vacant};
use crate::ocr::AionOcrOptions;
use crate::pair;
use crate::panic::{guard, guard_drop, guard_or};
use crate::source::AionSource;
use crate::status::AionStatus;
use crate::text::{self, AionText};

/// A file that was read. It never changes, so threads may share it. Freed by aion_document_free.
pub struct AionDocument {
    kind: AionText,
    pages: usize,
    scanned: usize,
    recognized: usize,
    warnings: Vec<AionText>,
    extracted: AionExtracted,
}

impl From<Document> for AionDocument {
    fn from(document: Document) -> Self {
        Self {
            kind: document.kind.name().into(),
            pages: document.pages,
            scanned: document.scanned,
            recognized: document.recognized,
            warnings: pair::keep(document.warnings),
            extracted: document.extracted.into(),
        }
    }
}

impl AionDocument {
    fn json(&self) -> Value {
        json!({
            "kind": self.kind.as_str(),
            "pages": self.pages,
            "scanned": self.scanned,
            "recognized": self.recognized,
            "warnings": self.warnings.iter().map(AionText::as_str).collect::<Value>(),
            "extracted": self.extracted.json(),
        })
    }
}

/// The bytes of a document; of a path, the name goes to the options unless they have one.
fn bytes_of<'a>(source: ImageSource<'a>, options: &mut DocumentOptions) -> Result<Cow<'a, [u8]>> {
    match source {
        ImageSource::Bytes(bytes) => Ok(Cow::Borrowed(bytes)),
        ImageSource::Path(path) => {
            let name = || path.file_name().map(|name| name.to_string_lossy().into_owned());
            options.name = options.name.take().or_else(name);
            read_file(path, options.max_bytes).map(Cow::Owned)
        }
        _ => Err(invalid("a document is bytes or a path; pixels are read by aion_ocr")),
    }
}

/// Reads a regular file within the limit; a pipe or a device could block for ever and is refused.
fn read_file(path: &Path, max_bytes: usize) -> Result<Vec<u8>> {
    let about = |error: std::io::Error| {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound => ErrorKind::NotFound,
            _ => ErrorKind::Io,
        };
        Error::new(kind, format!("cannot read `{}`", path.display())).with_source(error)
    };
    let metadata = std::fs::metadata(path).map_err(about)?;
    if !metadata.is_file() {
        return Err(invalid(format!("`{}` is not a file", path.display())));
    }
    // The file may grow after its size was asked for.
    let room = u64::try_from(max_bytes).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    if metadata.len() < room {
        std::fs::File::open(path).map_err(about)?.take(room).read_to_end(&mut bytes).map_err(about)?;
    }
    if metadata.len() >= room || bytes.len() > max_bytes {
        let message = format!(
            "`{}` is larger than max_bytes = {max_bytes}; raise the limit to read it",
            path.display()
        );
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    Ok(bytes)
}

/// Reads a PDF, DOCX, PPTX, XLSX, ODT, ODS, ODP, CSV, Markdown, HTML or text file: its text, links, images and what it
/// says of itself. `source` is a path or bytes. What a file is, its content tells first, then the content type of
/// `options`, then the name; CSV, Markdown and plain text look alike but for these.
///
/// With `ocr_options` the pages of a PDF that show images and no text, and the pictures of office documents, are read
/// by aion_ocr, and their text is put where they stand; with NULL they are passed over. `options` may be NULL for the
/// default, `control` for none; its function is told about "pages".
///
/// A damaged file gives what can be read of it, and aion_document_warning says what is missing.
///
/// Fails with AION_ERROR_LIMIT_EXCEEDED for a file beyond a limit of the options, of which no part is given; with
/// AION_ERROR_UNSUPPORTED for files of other kinds and for those that need a password; with AION_ERROR_INVALID_INPUT
/// when nothing can be read.
///
/// # Safety
/// `source` must be as its constructor asks; the texts of `options` and `ocr_options` as long as they say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_extract_document(
    engine: Option<&AionEngine>,
    source: AionSource,
    options: Option<&AionDocumentOptions>,
    ocr_options: Option<&AionOcrOptions>,
    control: Option<&AionControl>,
    out: Option<&mut MaybeUninit<Option<Box<AionDocument>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        let engine = engine::core(engine)?;
        // SAFETY: the caller vouches for the options.
        let mut options = unsafe { AionDocumentOptions::resolve(options) }?;
        let ocr = match ocr_options {
            // SAFETY: the caller vouches for the options.
            Some(_) => Some(unsafe { AionOcrOptions::resolve(ocr_options) }?),
            None => None,
        };
        let control = control::begin(control);
        // SAFETY: the caller vouches for the source.
        let bytes = bytes_of(unsafe { source.resolve() }?, &mut options)?;
        let document = engine.extract_document(&bytes, &options, ocr.as_ref(), &control)?;
        *out = Some(Box::new(document.into()));
        Ok(())
    })
}

/// What the file is: "pdf", "docx", "pptx", "xlsx", "odt", "ods", "odp", "csv", "markdown", "html" or "text"; later
/// versions may add names. Borrowed from the document. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_document_kind(
    document: Option<&AionDocument>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&document?.kind))
}

/// Pages of a PDF, slides of a presentation, sheets of a workbook; 1 for what has none.
#[unsafe(no_mangle)]
pub extern "C" fn aion_document_page_count(document: Option<&AionDocument>) -> usize {
    guard_or(0, || Some(document?.pages))
}

/// Pages of a PDF that show images and no text, such as scans.
#[unsafe(no_mangle)]
pub extern "C" fn aion_document_scanned_count(document: Option<&AionDocument>) -> usize {
    guard_or(0, || Some(document?.scanned))
}

/// Pages and pictures that OCR found text in.
#[unsafe(no_mangle)]
pub extern "C" fn aion_document_recognized_count(document: Option<&AionDocument>) -> usize {
    guard_or(0, || Some(document?.recognized))
}

/// How many warnings there are, 100 at most; 0 for a sound file.
#[unsafe(no_mangle)]
pub extern "C" fn aion_document_warning_count(document: Option<&AionDocument>) -> usize {
    guard_or(0, || Some(document?.warnings.len()))
}

/// What of the file could not be read, a sentence. Borrowed from the document. NULL when there is none of that index.
/// `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_document_warning(
    document: Option<&AionDocument>,
    index: usize,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    pair::lend(|| Some(&document?.warnings), index, length)
}

/// What the file says, in the shape of a page; cells of a table row are separated by tabs. Borrowed from the document:
/// it must not be freed, which is why it is const. NULL for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_document_extracted(document: Option<&AionDocument>) -> Option<&AionExtracted> {
    guard_or(None, || Some(document.map(|document| &document.extracted)))
}

/// All of it as a JSON object: "kind", "pages", "scanned", "recognized", "warnings" (an array of texts) and "extracted"
/// as aion_extracted_to_json has it.
#[unsafe(no_mangle)]
pub extern "C" fn aion_document_to_json(
    document: Option<&AionDocument>,
    out: Option<&mut MaybeUninit<Option<Box<AionText>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        *out = Some(Box::new(required(document, "document")?.json().to_string().into()));
        Ok(())
    })
}

/// Frees a document and all that was borrowed from it. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_document_free(document: Option<Box<AionDocument>>) {
    guard_drop(document);
}
