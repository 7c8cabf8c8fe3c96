//! What a caller decides before a document is read.

use crate::control::Control;
use crate::error::Result;
use crate::image::ImageSource;

/// Reads the text of one picture, such as [`Aion::ocr`](crate::Aion) does; an empty string where there is none.
/// The control is the one of the whole call.
pub type Recognize<'a> = dyn FnMut(ImageSource<'_>, &Control) -> Result<String> + Send + 'a;

/// How a document is read. The defaults take files of people and offices, and refuse what is made to exhaust.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DocumentOptions {
    /// The file's name, for its extension. It is asked last: content and content type go before it.
    pub name: Option<String>,
    /// The `Content-Type` that the file came with.
    pub content_type: Option<String>,
    /// The file's address, which relative links are resolved against.
    pub url: Option<String>,
    /// Most bytes of the file.
    pub max_bytes: usize,
    /// Most bytes that all compressed parts of the file may unpack to. They are counted while they are unpacked;
    /// what a header claims is not believed.
    pub max_unpacked_bytes: u64,
    /// Most bytes of text.
    pub max_text_bytes: usize,
    /// Most pages, slides or sheets.
    pub max_pages: usize,
    /// Most table cells of a workbook or a delimited file.
    pub max_cells: usize,
    /// Most pictures that the recogniser is given.
    pub max_pictures: usize,
    /// Most pixels of one scanned page.
    pub max_picture_pixels: u64,
}

impl Default for DocumentOptions {
    fn default() -> Self {
        Self {
            name: None,
            content_type: None,
            url: None,
            max_bytes: 64 << 20,
            max_unpacked_bytes: 256 << 20,
            max_text_bytes: 32 << 20,
            max_pages: 10_000,
            max_cells: 2_000_000,
            max_pictures: 1_000,
            max_picture_pixels: 64_000_000,
        }
    }
}
