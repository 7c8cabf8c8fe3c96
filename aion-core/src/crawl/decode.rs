//! Content codings, undone piece by piece and counted as they come out.

use std::io::{self, Write};

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

/// What we ask servers for.
pub(super) const ACCEPT_ENCODING: &str = "gzip, deflate, br";

/// Decoded bytes at a time.
const STEP_BYTES: usize = 16 * 1024;

/// The decoded body so far; refuses to grow past its limit.
struct Limited {
    bytes: Vec<u8>,
    limit: usize,
    overflowed: bool,
}

impl Write for Limited {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let room = self.limit - self.bytes.len();
        self.bytes.extend_from_slice(&piece[..piece.len().min(room)]);
        if piece.len() > room {
            self.overflowed = true;
            return Err(io::Error::other("the body is larger than its limit"));
        }
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

type Brotli = Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>;

enum Coding {
    Identity(Limited),
    Gzip(MultiGzDecoder<Limited>),
    /// Not known yet: RFC 9110 means zlib, some servers send the bare stream.
    Deflate(Limited),
    Zlib(ZlibDecoder<Limited>),
    Bare(DeflateDecoder<Limited>),
    Brotli(Limited, Brotli),
}

/// Undoes one content coding; at most `limit` bytes come out.
pub(super) struct Decoder(Coding);

impl Decoder {
    /// A decoder for `coding`, the value of `Content-Encoding`; `None` for one that we did not ask for.
    pub(super) fn new(coding: &str, limit: usize) -> Option<Self> {
        let out = Limited { bytes: Vec::new(), limit, overflowed: false };
        Some(Self(match coding.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Coding::Identity(out),
            "gzip" | "x-gzip" => Coding::Gzip(MultiGzDecoder::new(out)),
            "deflate" => Coding::Deflate(out),
            // Strict: a window of 16 MiB at most, not the 1 GiB of "large windows".
            "br" => Coding::Brotli(
                out,
                Box::new(BrotliState::new_strict(
                    StandardAlloc::default(),
                    StandardAlloc::default(),
                    StandardAlloc::default(),
                )),
            ),
            _ => return None,
        }))
    }

    /// Takes the next piece of the body.
    ///
    /// # Errors
    /// When it is damaged or too much comes out; [`overflowed`](Self::overflowed) tells which.
    pub(super) fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        if let Coding::Deflate(out) = &mut self.0
            && let Some(&first) = piece.first()
        {
            let out = std::mem::replace(out, Limited { bytes: Vec::new(), limit: 0, overflowed: false });
            // The low half of zlib's first octet is its method, 8.
            let is_zlib = first & 0x0f == 8;
            self.0 = if is_zlib {
                Coding::Zlib(ZlibDecoder::new(out))
            } else {
                Coding::Bare(DeflateDecoder::new(out))
            };
        }
        match &mut self.0 {
            Coding::Identity(out) | Coding::Deflate(out) => out.write_all(piece),
            Coding::Gzip(decoder) => decoder.write_all(piece),
            Coding::Zlib(decoder) => decoder.write_all(piece),
            Coding::Bare(decoder) => decoder.write_all(piece),
            Coding::Brotli(out, state) => write_brotli(out, state, piece),
        }
    }

    /// Whether more than the limit came out.
    pub(super) fn overflowed(&self) -> bool {
        self.out().overflowed
    }

    /// What came out. A stream that ends early has still said something, as browsers see it.
    pub(super) fn finish(mut self) -> Vec<u8> {
        // What is held back is handed over; a missing checksum is no reason to lose a page.
        match &mut self.0 {
            Coding::Gzip(decoder) => drop(decoder.try_finish()),
            Coding::Zlib(decoder) => drop(decoder.try_finish()),
            Coding::Bare(decoder) => drop(decoder.try_finish()),
            _ => {}
        }
        std::mem::take(&mut self.out_mut().bytes)
    }

    fn out(&self) -> &Limited {
        match &self.0 {
            Coding::Identity(out) | Coding::Deflate(out) | Coding::Brotli(out, _) => out,
            Coding::Gzip(decoder) => decoder.get_ref(),
            Coding::Zlib(decoder) => decoder.get_ref(),
            Coding::Bare(decoder) => decoder.get_ref(),
        }
    }

    fn out_mut(&mut self) -> &mut Limited {
        match &mut self.0 {
            Coding::Identity(out) | Coding::Deflate(out) | Coding::Brotli(out, _) => out,
            Coding::Gzip(decoder) => decoder.get_mut(),
            Coding::Zlib(decoder) => decoder.get_mut(),
            Coding::Bare(decoder) => decoder.get_mut(),
        }
    }
}

fn write_brotli(out: &mut Limited, state: &mut Brotli, piece: &[u8]) -> io::Result<()> {
    let (mut left, mut read, mut total) = (piece.len(), 0, 0);
    let mut buffer = [0; STEP_BYTES];
    loop {
        let (mut room, mut written) = (buffer.len(), 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut read,
            piece,
            &mut room,
            &mut written,
            &mut buffer,
            &mut total,
            state,
        );
        out.write_all(&buffer[..written])?;
        match result {
            BrotliResult::NeedsMoreOutput => {}
            BrotliResult::NeedsMoreInput | BrotliResult::ResultSuccess => return Ok(()),
            BrotliResult::ResultFailure => return Err(io::Error::other("the brotli stream is damaged")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    fn decode(coding: &str, body: &[u8], limit: usize) -> io::Result<Vec<u8>> {
        let mut decoder = Decoder::new(coding, limit).unwrap();
        for piece in body.chunks(7) {
            decoder.write(piece)?;
        }
        Ok(decoder.finish())
    }

    fn encoded(text: &[u8]) -> [(&'static str, Vec<u8>); 4] {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(text).unwrap();
        zlib.write_all(text).unwrap();
        bare.write_all(text).unwrap();
        [
            ("gzip", gzip.finish().unwrap()),
            ("deflate", zlib.finish().unwrap()),
            ("deflate", bare.finish().unwrap()),
            ("identity", text.to_vec()),
        ]
    }

    #[test]
    fn every_coding_is_undone() {
        let text = b"the same words, the same words, the same words".repeat(100);
        for (coding, body) in encoded(&text) {
            assert_eq!(decode(coding, &body, text.len()).unwrap(), text, "{coding}");
        }
        // `hello` as brotli: an uncompressed meta-block.
        let brotli = [0x0b, 0x02, 0x80, b'h', b'e', b'l', b'l', b'o', 0x03];
        assert_eq!(decode("br", &brotli, 5).unwrap(), b"hello");
        assert!(Decoder::new("zstd", 1).is_none());
    }

    #[test]
    fn bombs_stop_at_the_limit() {
        for (coding, body) in encoded(&vec![0; 10 << 20]) {
            let mut decoder = Decoder::new(coding, 1000).unwrap();
            assert!(body.chunks(4096).any(|piece| decoder.write(piece).is_err()), "{coding}");
            assert!(decoder.overflowed());
            assert_eq!(decoder.finish().len(), 1000);
        }
    }

    #[test]
    fn damage_is_an_error_and_an_early_end_is_not() {
        let text = b"words and words and more words".repeat(50);
        let [(_, gzip), ..] = encoded(&text);
        assert!(!decode("gzip", &gzip[..gzip.len() - 9], 1 << 20).unwrap().is_empty());
        assert!(decode("gzip", b"<html>not gzip at all</html>", 1 << 20).is_err());
        assert!(decode("br", &[0xff; 64], 1 << 20).is_err());
    }
}
