//! Plain text and HTML, and what all text files share: their charset.

use super::reading::Reading;
use crate::error::Result;
use crate::extract::{ExtractOptions, charset, extract_text};

/// Lines of plain text between two looks at the control.
const STRIDE: usize = 1 << 20;

/// Plain text, line by line; blank lines are left out.
pub(super) fn read(bytes: &[u8], reading: &mut Reading<'_>) -> Result<usize> {
    let text = decode(bytes, reading);
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let end = rest.floor_char_boundary(STRIDE);
        let end = rest[..end].rfind('\n').map_or(end, |at| at + 1);
        reading.verbatim(&rest[..end])?;
        reading.control.check()?;
        rest = &rest[end..];
    }
    if let Some(first) = text.lines().find(|line| !line.trim().is_empty()) {
        reading.suggest_title(first);
    }
    Ok(1)
}

/// A web page, as [`extract_text`] reads it.
pub(super) fn read_html(bytes: &[u8], reading: &mut Reading<'_>) -> Result<usize> {
    let options = ExtractOptions {
        url: reading.options.url.clone(),
        content_type: reading.options.content_type.clone(),
        max_bytes: reading.options.max_bytes,
    };
    reading.replace(extract_text(bytes, &options)?)?;
    Ok(1)
}

/// The text of a file without a charset of its own: by its byte order mark, the content type, or its bytes.
pub(super) fn decode(bytes: &[u8], reading: &mut Reading<'_>) -> String {
    let (text, charset) = charset::decode(bytes, reading.options.content_type.as_deref());
    reading.set_charset(charset.name());
    text
}
