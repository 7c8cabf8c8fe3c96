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
use crate::error::{Error, ErrorKind, Result};

/// Most dictionaries, plain and in compressed object streams: each page or font is one, and costs memory.
const MAX_DICTIONARIES: usize = 8_000_000;
/// Most samples of a row that a predictor may be told of: it takes memory for a row before it sees data.
const MAX_COLUMNS: u64 = 1_000_000;
/// Bytes that forms may be unpacked to again and again on one page.
const MAX_REPEATED_BYTES: u64 = 8 << 30;
const MIN_FORMS: u64 = 2_000;
const MAX_FORMS: u64 = 200_000;
/// Layers of compression that a stream may have.
const MAX_LAYERS: usize = 4;
const CHUNK: usize = 64 << 10;

/// Checks all streams of a file. For an encrypted one the bytes mean nothing yet: see [`check_encrypted`].
pub(super) fn check(bytes: &[u8], reading: &mut Reading<'_>) -> Result<()> {
    let mut survey = Survey::default();
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
        survey.stream(&bytes[dictionary_start..at], data, reading)?;
        reading.control.check()?;
    }
    Ok(())
}

/// Checks the decrypted streams of an encrypted file.
pub(super) fn check_encrypted(pdf: &Pdf, bytes: &[u8], reading: &mut Reading<'_>) -> Result<()> {
    if memmem::find(bytes, b"/Encrypt").is_none() {
        return Ok(());
    }
    let mut survey = Survey::default();
    for object in pdf.objects() {
        if let Object::Stream(stream) = object {
            survey.stream(stream.dict().data(), &stream.raw_data(), reading)?;
            reading.control.check()?;
        }
    }
    Ok(())
}

/// Forms that one page may draw: as many as keep the work of unpacking them again and again within bounds.
pub(super) fn max_forms(reading: &Reading<'_>) -> usize {
    let unpacked = (reading.options.max_unpacked_bytes - reading.left_to_unpack()).max(1);
    (MAX_REPEATED_BYTES / unpacked).clamp(MIN_FORMS, MAX_FORMS) as usize
}

#[derive(Default)]
struct Survey {
    dictionaries: usize,
}

impl Survey {
    fn stream(&mut self, dictionary: &[u8], data: &[u8], reading: &mut Reading<'_>) -> Result<()> {
        let layers = layers(dictionary);
        match layers.as_slice() {
            [] => Ok(()),
            [Layer::RunLength] => reading.unpack(data.len() as u64 * 64),
            [Layer::Lzw] => reading.unpack(lzw_size(data)),
            _ => {
                if let Some(binary) = ascii::decode(data) {
                    self.peel(&binary, layers.len(), reading)?;
                }
                self.peel(data, layers.len(), reading)
            }
        }
    }

    /// Unpacks `data` by as many layers of DEFLATE as it has, at most `layers`, and counts each.
    fn peel(&mut self, data: &[u8], layers: usize, reading: &mut Reading<'_>) -> Result<()> {
        if layers > MAX_LAYERS {
            return Err(damaged("one of its streams is compressed again and again"));
        }
        let mut kept: Vec<u8>;
        let mut data = data;
        for layer in (0..layers).rev() {
            let mut unpacked = Vec::new();
            // The interpreter tries both as well, in this order.
            let size = self.inflate(ZlibDecoder::new(data), layer > 0, &mut unpacked, reading)?;
            if size == 0 {
                self.inflate(DeflateDecoder::new(data), layer > 0, &mut unpacked, reading)?;
            }
            if layer > 0 && unpacked.is_empty() {
                // Not DEFLATE: what the other filters could make of it at most.
                return reading.unpack(lzw_size(data).max(data.len() as u64 * 64));
            }
            kept = unpacked;
            data = &kept;
        }
        Ok(())
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
        let escaped = memchr_iter(b'#', bytes).filter_map(|at| escaped_name_end(bytes, at));
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

/// The end of the name `Columns` if it is written with the escape at `at`, such as `/Col#75mns`.
fn escaped_name_end(bytes: &[u8], at: usize) -> Option<usize> {
    let start =
        bytes[at.saturating_sub(7)..at].iter().rposition(|byte| *byte == b'/')? + at.saturating_sub(7);
    let mut name = Vec::new();
    let mut rest = &bytes[start + 1..];
    while name.len() < 7 {
        let (byte, tail) = match rest {
            [b'#', high, low, tail @ ..] => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                ((digit(*high)? * 16 + digit(*low)?) as u8, tail)
            }
            [byte, tail @ ..] => (*byte, tail),
            [] => return None,
        };
        name.push(byte);
        rest = tail;
    }
    (name == b"Columns").then(|| bytes.len() - rest.len())
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
    let ends_here = |end: usize| dictionary.get(end).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let count =
        |name: &[u8]| memmem::find_iter(dictionary, name).filter(|at| ends_here(at + name.len())).count();
    let layers: Vec<Layer> =
        NAMES.iter().flat_map(|(name, layer)| std::iter::repeat_n(*layer, count(name))).collect();
    let is_hidden = dictionary.contains(&b'#')
        || has_reference(dictionary, b"/Filter")
        || has_reference(dictionary, b"/F");
    if layers.is_empty() && is_hidden { vec![Layer::Flate; 2] } else { layers }
}

/// Whether `name` is followed by a number, as a reference begins.
fn has_reference(dictionary: &[u8], name: &[u8]) -> bool {
    memmem::find_iter(dictionary, name).any(|at| {
        let value = dictionary[at + name.len()..].trim_ascii_start();
        value.first().is_some_and(|byte| {
            byte.is_ascii_digit()
                || *byte == b'[' && value[1..].trim_ascii_start().first().is_some_and(u8::is_ascii_digit)
        })
    })
}

/// Bytes that LZW data unpacks to (ISO 32000-1, 7.4.4), by the lengths of its table's entries alone. Both ways of
/// changing the width of codes are tried, and the larger result counts.
fn lzw_size(data: &[u8]) -> u64 {
    lzw_size_with(data, 1).max(lzw_size_with(data, 0))
}

fn lzw_size_with(data: &[u8], early: usize) -> u64 {
    const CLEAR: usize = 256;
    const END: usize = 257;
    let mut lengths: Vec<u64> = vec![1; END + 1];
    let (mut width, mut buffer, mut bits) = (9_u32, 0_u32, 0_u32);
    let (mut previous, mut size) = (0_u64, 0_u64);
    for byte in data {
        (buffer, bits) = (buffer << 8 | u32::from(*byte), bits + 8);
        if bits < width {
            continue;
        }
        bits -= width;
        let code = (buffer >> bits) as usize & ((1 << width) - 1);
        match code {
            END => break,
            CLEAR => {
                lengths.truncate(END + 1);
                (width, previous) = (9, 0);
                continue;
            }
            // A code that is not known yet is the entry that it makes.
            code => {
                let length = lengths.get(code).copied().unwrap_or(previous + 1);
                size += length;
                if previous > 0 && lengths.len() < 4_096 {
                    lengths.push(previous + 1);
                }
                previous = length;
            }
        }
        width = (usize::BITS - (lengths.len() + early).leading_zeros()).clamp(9, 12);
    }
    size
}

mod ascii {
    //! The two filters that write binary data as text.

    /// The data behind ASCII85 or hexadecimal digits, if it is written so.
    pub(super) fn decode(data: &[u8]) -> Option<Vec<u8>> {
        let data = data.trim_ascii();
        let sample = &data[..data.len().min(256)];
        if sample.iter().all(|byte| byte.is_ascii_hexdigit() || byte.is_ascii_whitespace() || *byte == b'>') {
            return Some(hexadecimal(data));
        }
        let is_digit = |byte: &u8| matches!(byte, b'!'..=b'u' | b'z' | b'~') || byte.is_ascii_whitespace();
        sample.iter().all(is_digit).then(|| base_85(data))
    }

    fn hexadecimal(data: &[u8]) -> Vec<u8> {
        let digits = data.iter().filter_map(|byte| char::from(*byte).to_digit(16));
        let digits: Vec<u8> = digits.map(|digit| digit as u8).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).collect()
    }

    fn base_85(data: &[u8]) -> Vec<u8> {
        let mut decoded = Vec::with_capacity(data.len());
        let mut group: Vec<u8> = Vec::with_capacity(5);
        for byte in data {
            match byte {
                b'z' if group.is_empty() => decoded.extend([0; 4]),
                b'!'..=b'u' => group.push(byte - b'!'),
                b'~' => break,
                _ => {}
            }
            if group.len() == 5 {
                decoded.extend(bytes_of(&group));
                group.clear();
            }
        }
        if group.len() > 1 {
            let count = group.len() - 1;
            group.resize(5, 84);
            decoded.extend(&bytes_of(&group)[..count]);
        }
        decoded
    }

    fn bytes_of(group: &[u8]) -> [u8; 4] {
        group
            .iter()
            .fold(0_u32, |sum, digit| sum.wrapping_mul(85).wrapping_add(u32::from(*digit)))
            .to_be_bytes()
    }
}
