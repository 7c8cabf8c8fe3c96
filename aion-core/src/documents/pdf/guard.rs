//! What a PDF may unpack to, found before the interpreter unpacks it: that one has no limits of its own.
//!
//! The bytes behind every `stream` keyword are unpacked here by the filters that its dictionary names, into nothing,
//! and counted. A dictionary that hides its filters behind a reference is taken for the worst that it can be.

use std::io::Read;

use flate2::read::{DeflateDecoder, ZlibDecoder};
use hayro_interpret::hayro_syntax::Pdf;
use hayro_interpret::hayro_syntax::object::Object;
use memchr::{memchr_iter, memmem};

use super::super::damaged;
use super::super::reading::Reading;
use super::sizes::{from_ascii, lzw_size, run_length_size};
use super::strings::Strings;
use crate::error::{Error, ErrorKind, Result};

/// Most dictionaries, plain and in compressed object streams: each page or font is one, and costs memory.
const MAX_DICTIONARIES: usize = 8_000_000;
/// Most samples of a row that a predictor may be told of: it takes memory for a row before it sees data.
const MAX_COLUMNS: u64 = 1_000_000;
/// Bytes that forms may be unpacked to again and again on one page.
const MAX_REPEATED_BYTES: u64 = 8 << 30;
const MIN_FORMS: u64 = 2_000;
const MAX_FORMS: u64 = 200_000;
/// Longest name that matters here, `RunLengthDecode`, even if all of it is escaped.
const MAX_NAME: usize = 48;
/// Layers of compression that a stream may have.
const MAX_LAYERS: usize = 4;
const CHUNK: usize = 64 << 10;
/// Names in the dictionaries of streams that are neither content nor objects: images, fonts, tables, files.
#[rustfmt::skip]
const BINARY: &[&[u8]] = &[
    b"/Image", b"/Width", b"/Length1", b"/Type1C", b"/CIDFontType0C", b"/OpenType", b"/Alternate", b"/XRef", b"/XML",
    b"/EmbeddedFile", b"/FunctionType", b"/ShadingType",
];
/// Times that the bytes of a file are looked at: where its streams have no ends, they are inside each other.
const MAX_LOOKS: usize = 8;

/// Checks all streams of a file. For an encrypted one the bytes mean nothing yet: see [`check_encrypted`].
pub(super) fn check(bytes: &[u8], reading: &mut Reading<'_>) -> Result<Survey> {
    let mut survey = Survey { may_look: bytes.len() * MAX_LOOKS, ..Survey::default() };
    survey.look(bytes)?;
    let ends: Vec<usize> = memmem::find_iter(bytes, b"endstream").collect();
    let mut dictionary_start = 0;
    let mut next_end = 0;
    for at in memmem::find_iter(bytes, b"stream") {
        if bytes[..at].ends_with(b"end") {
            dictionary_start = at;
            continue;
        }
        while ends.get(next_end).is_some_and(|end| *end < at) {
            next_end += 1;
        }
        let end = ends.get(next_end).copied().unwrap_or(bytes.len());
        let data = &bytes[at + 6..end];
        let data = data.strip_prefix(b"\r").unwrap_or(data);
        let data = data.strip_prefix(b"\n").unwrap_or(data);
        survey.objects(&bytes[dictionary_start..at])?;
        survey.stream(&bytes[dictionary_start..at], data, reading)?;
        reading.control.check()?;
    }
    survey.objects(&bytes[dictionary_start..])?;
    Ok(survey)
}

/// Checks the decrypted streams of an encrypted file.
pub(super) fn check_encrypted(pdf: &Pdf, bytes: &[u8], reading: &mut Reading<'_>) -> Result<Option<Survey>> {
    if memmem::find(bytes, b"/Encrypt").is_none() {
        return Ok(None);
    }
    let mut survey = Survey { may_look: usize::MAX, ..Survey::default() };
    for object in pdf.objects() {
        if let Object::Stream(stream) = object {
            survey.stream(stream.dict().data(), &stream.raw_data(), reading)?;
            reading.control.check()?;
        }
    }
    Ok(Some(survey))
}

/// Forms that one page may draw: as many as keep the work of unpacking them again and again within bounds.
pub(super) fn max_forms(reading: &Reading<'_>) -> usize {
    let unpacked = (reading.options.max_unpacked_bytes - reading.left_to_unpack()).max(1);
    (MAX_REPEATED_BYTES / unpacked).clamp(MIN_FORMS, MAX_FORMS) as usize
}

/// What was seen of all streams.
#[derive(Default)]
pub(super) struct Survey {
    dictionaries: usize,
    /// Bytes of the largest stream that may be content.
    largest: u64,
    /// What reads the open stream as content or objects.
    strings: Option<Strings>,
    /// Bytes that may still be looked at as such.
    may_look: usize,
}

impl Survey {
    pub(super) fn largest_stream(&self) -> u64 {
        self.largest
    }

    fn stream(&mut self, dictionary: &[u8], data: &[u8], reading: &mut Reading<'_>) -> Result<()> {
        let layers = layers(dictionary);
        self.strings = lexer(dictionary);
        let is_binary = self.strings.is_none();
        let before = reading.left_to_unpack();
        let is_packed = self.count(&layers, data, reading)?;
        if is_binary {
            return Ok(());
        }
        let unpacked = before - reading.left_to_unpack();
        self.largest = self.largest.max(unpacked.max(data.len() as u64));
        match self.strings.take() {
            Some(strings) if !is_packed => self.read_as(strings, data),
            _ => Ok(()),
        }
    }

    /// Looks at what stands between streams.
    fn objects(&mut self, bytes: &[u8]) -> Result<()> {
        self.read_as(Strings::of_objects(), bytes)
    }

    fn read_as(&mut self, mut strings: Strings, bytes: &[u8]) -> Result<()> {
        let left = self.may_look.checked_sub(bytes.len());
        self.may_look = left.ok_or_else(|| damaged("its streams have no ends"))?;
        strings.look(bytes)
    }

    /// Counts what `data` unpacks to, and tells whether it was packed at all.
    fn count(&mut self, layers: &[Layer], data: &[u8], reading: &mut Reading<'_>) -> Result<bool> {
        match layers {
            [] => return Ok(false),
            [Layer::RunLength] => reading.unpack(run_length_size(data))?,
            [Layer::Lzw] => reading.unpack(lzw_size(data))?,
            _ => {
                let behind_ascii = match from_ascii(data) {
                    Some(binary) => self.peel(&binary, layers.len(), reading)?,
                    None => false,
                };
                return Ok(self.peel(data, layers.len(), reading)? || behind_ascii);
            }
        }
        Ok(true)
    }

    /// Unpacks `data` by as many layers of DEFLATE as it has, at most `layers`, and counts each; whether it has any.
    fn peel(&mut self, data: &[u8], layers: usize, reading: &mut Reading<'_>) -> Result<bool> {
        if layers > MAX_LAYERS {
            return Err(damaged("one of its streams is compressed again and again"));
        }
        let mut kept: Vec<u8>;
        let mut data = data;
        for layer in (0..layers).rev() {
            let mut unpacked = Vec::new();
            // The interpreter tries both as well, in this order.
            let mut size = self.inflate(ZlibDecoder::new(data), layer > 0, &mut unpacked, reading)?;
            if size == 0 {
                size = self.inflate(DeflateDecoder::new(data), layer > 0, &mut unpacked, reading)?;
            }
            if size == 0 {
                // Not DEFLATE: what the other filters could make of it.
                reading.unpack(lzw_size(data).max(run_length_size(data)))?;
                return Ok(layer + 1 < layers);
            }
            kept = unpacked;
            data = &kept;
        }
        Ok(true)
    }

    fn inflate(
        &mut self,
        mut decoder: impl Read,
        keep: bool,
        unpacked: &mut Vec<u8>,
        reading: &mut Reading<'_>,
    ) -> Result<u64> {
        let mut chunk = vec![0; CHUNK];
        let mut size = 0;
        // What comes before an error counts, and is what can be read.
        while let Ok(count @ 1..) = decoder.read(&mut chunk) {
            size += count as u64;
            reading.unpack(count as u64)?;
            self.look(&chunk[..count])?;
            if let Some(strings) = &mut self.strings {
                strings.look(&chunk[..count])?;
            }
            if keep {
                unpacked.extend_from_slice(&chunk[..count]);
            }
        }
        Ok(size)
    }

    /// Counts dictionaries, and refuses predictors with rows that no image has.
    fn look(&mut self, bytes: &[u8]) -> Result<()> {
        self.dictionaries += memmem::find_iter(bytes, b"<<").count();
        if self.dictionaries > MAX_DICTIONARIES {
            let message = format!("the document has more than {MAX_DICTIONARIES} objects");
            return Err(Error::new(ErrorKind::LimitExceeded, message));
        }
        let plain = memmem::find_iter(bytes, b"/Columns").map(|at| at + 8);
        let escaped = memchr_iter(b'#', bytes)
            .filter_map(|at| escaped_name(bytes, at))
            .filter(|(name, _)| name == b"Columns")
            .map(|(_, end)| end);
        for end in plain.chain(escaped) {
            let digits = bytes[end..].trim_ascii_start();
            let digits = &digits[..digits.iter().take(20).take_while(|byte| byte.is_ascii_digit()).count()];
            let columns = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<u64>().ok());
            if columns.is_some_and(|columns| columns > MAX_COLUMNS) {
                return Err(damaged("one of its streams has rows of more than a million samples"));
            }
        }
        Ok(())
    }
}

/// The name that the first escape at `at` is in, such as `/Col#75mns`, without its escapes, and where it ends.
fn escaped_name(bytes: &[u8], at: usize) -> Option<(Vec<u8>, usize)> {
    let before = &bytes[at.saturating_sub(MAX_NAME)..at];
    let start = at - before.len() + before.iter().rposition(|byte| *byte == b'/')? + 1;
    let mut name = Vec::new();
    let mut end = start;
    while name.len() <= MAX_NAME {
        let (byte, length) = match &bytes[end..] {
            [b'#', high, low, ..] => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                ((digit(*high)? * 16 + digit(*low)?) as u8, 3)
            }
            [byte, ..] if byte.is_ascii_alphanumeric() => (*byte, 1),
            _ => break,
        };
        name.push(byte);
        end += length;
    }
    Some((name, end))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Layer {
    Flate,
    Lzw,
    RunLength,
}

/// The filters of a dictionary that make data larger. One that hides its filters may have any.
fn layers(dictionary: &[u8]) -> Vec<Layer> {
    const NAMES: &[(&[u8], Layer)] = &[
        (b"/FlateDecode", Layer::Flate),
        (b"/Fl", Layer::Flate),
        (b"/LZWDecode", Layer::Lzw),
        (b"/LZW", Layer::Lzw),
        (b"/RunLengthDecode", Layer::RunLength),
        (b"/RL", Layer::RunLength),
    ];
    let ends_here =
        |end: usize| dictionary.get(end).is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'#');
    let escaped: Vec<Vec<u8>> = memchr_iter(b'#', dictionary)
        .filter_map(|at| escaped_name(dictionary, at))
        .map(|(name, _)| name)
        .collect();
    let count = |name: &[u8]| {
        let plain = memmem::find_iter(dictionary, name).filter(|at| ends_here(at + name.len())).count();
        plain + escaped.iter().filter(|escaped| **escaped == name[1..]).count()
    };
    let layers: Vec<Layer> =
        NAMES.iter().flat_map(|(name, layer)| std::iter::repeat_n(*layer, count(name))).collect();
    let is_hidden = has_reference(dictionary, b"/Filter") || has_reference(dictionary, b"/F");
    if layers.is_empty() && is_hidden { vec![Layer::Flate; 2] } else { layers }
}

/// What reads the stream of a dictionary; `None` for binary data. Forms have a box, whatever else they claim to be.
fn lexer(dictionary: &[u8]) -> Option<Strings> {
    let has = |name: &[u8]| memmem::find(dictionary, name).is_some();
    let has_escaped_box = || {
        let mut names = memchr_iter(b'#', dictionary).filter_map(|at| escaped_name(dictionary, at));
        names.any(|(name, _)| name == b"BBox")
    };
    if has(b"/ObjStm") {
        return Some(Strings::of_objects());
    }
    let is_profile = has(b"/N ") && !has(b"/First");
    let is_binary = is_profile || BINARY.iter().any(|name| has(name));
    (!is_binary || has(b"/BBox") || has_escaped_box()).then(Strings::of_content)
}

/// Whether `name` is followed by a number, as a reference begins.
fn has_reference(dictionary: &[u8], name: &[u8]) -> bool {
    memmem::find_iter(dictionary, name).any(|at| {
        let value = &dictionary[at + name.len()..];
        let is_whole = value.first().is_some_and(|byte| byte.is_ascii_whitespace() || *byte == b'[');
        let value = value.trim_ascii_start();
        is_whole
            && value.first().is_some_and(|byte| {
                byte.is_ascii_digit()
                    || *byte == b'[' && value[1..].trim_ascii_start().first().is_some_and(u8::is_ascii_digit)
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_found_however_they_are_written() {
        let count = |dictionary: &str| layers(dictionary.as_bytes()).len();
        assert_eq!(count("<</Filter/FlateDecode/Length 5>>"), 1);
        assert_eq!(count("<</Flags 32 /FontFile 3 0 R>>"), 0);
        assert_eq!(count("<</F /Fl>>"), 1);
        assert_eq!(count("<</Filter [/ASCII85Decode /LZWDecode]>>"), 1);
        assert_eq!(count("<</Filter 7 0 R>>"), 2);
        assert_eq!(count("<</Filter[ 7 0 R]>>"), 2);
        assert_eq!(count("<</Filter /Fl#61teDecode>>"), 1);
        assert_eq!(count("<</BaseFont /A#20B>>"), 0);
    }

    #[test]
    fn names_with_escapes_are_read() {
        assert_eq!(escaped_name(b"<</Col#75mns 7", 6), Some((b"Columns".to_vec(), 12)));
        assert_eq!(escaped_name(b"<</Col#7", 6), Some((b"Col".to_vec(), 6)));
        assert_eq!(escaped_name(b"#", 0), None);
    }
}
