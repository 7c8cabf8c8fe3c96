//! Pictures: fetched from the site on this machine, named by CLIP, and made small for the report.

use std::io::{Cursor, Read, Write};
use std::net::TcpStream;

use aion_core::{Aion, Control, ImageSource, ParseOptions};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::{ImageFormat, Rgb, RgbImage, RgbaImage};

use crate::Result;

/// The longer side of a thumbnail, in pixels; twice what the report shows.
const THUMBNAIL: u32 = 480;
/// No picture of the site has more bytes.
const MAX_BYTES: u64 = 16 << 20;

/// What pictures are compared with.
const CAPTIONS: &[&str] = &[
    "a red circle",
    "a blue square",
    "a green triangle",
    "a yellow star",
    "a scanned letter",
    "a screenshot",
    "a photo of a receipt",
    "a poster with shapes and words",
];

/// A picture that is farther from all captions shows nothing that they name.
const LEAST_SCORE: f32 = 0.62;

/// What CLIP takes a picture for, and the cosine between both.
pub struct Caption {
    pub text: &'static str,
    pub score: f32,
}

impl Caption {
    /// Whether the picture is near enough to be called so.
    pub fn is_sure(&self) -> bool {
        self.score >= LEAST_SCORE
    }
}

/// The captions with their vectors.
pub struct Captions(Vec<Vec<f32>>);

impl Captions {
    pub fn new(aion: &Aion, control: &Control) -> Result<Self> {
        Ok(Self(aion.embed_clip_text(CAPTIONS, control)?))
    }

    /// The caption that is nearest to a picture.
    pub fn of(&self, aion: &Aion, bytes: &[u8], control: &Control) -> Result<Caption> {
        let vector = aion.embed_clip(&[ImageSource::Bytes(bytes)], control)?.pop().ok_or("no vector")??;
        let score = |caption: &[f32]| caption.iter().zip(&vector).map(|(a, b)| a * b).sum::<f32>();
        let scored =
            CAPTIONS.iter().zip(&self.0).map(|(text, caption)| Caption { text, score: score(caption) });
        Ok(scored.max_by(|a, b| a.score.total_cmp(&b.score)).ok_or("there are no captions")?)
    }
}

/// The picture, small, as a data URI.
pub fn thumbnail(aion: &Aion, bytes: &[u8], control: &Control) -> Result<String> {
    let mut pixels_only = ParseOptions::default();
    (pixels_only.ocr, pixels_only.clip) = (false, false);
    let parsed = aion.parse_image(ImageSource::Bytes(bytes), &pixels_only, control)?;
    let pixels = parsed.rgba.ok_or("the pixels were not kept")?;
    let picture = RgbaImage::from_raw(parsed.width, parsed.height, pixels).ok_or("the pixels do not fit")?;
    let (width, height) = (parsed.width, parsed.height);
    let scale = (f64::from(THUMBNAIL) / f64::from(width.max(height))).min(1.0);
    let side = |pixels: u32| ((f64::from(pixels) * scale).round() as u32).max(1);
    let small = image::imageops::thumbnail(&picture, side(width), side(height));
    data_uri(&image::DynamicImage::from(small).to_rgb8())
}

/// A blue square that no page has: what the store is asked for by a picture.
pub fn blue_square() -> RgbImage {
    RgbImage::from_fn(224, 224, |x, y| match (50..170).contains(&x) && (60..180).contains(&y) {
        true => Rgb([24, 66, 200]),
        false => Rgb([250, 250, 246]),
    })
}

/// A picture as a JPEG that stands in the page itself.
pub fn data_uri(picture: &RgbImage) -> Result<String> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Jpeg)?;
    Ok(format!("data:image/jpeg;base64,{}", STANDARD.encode(bytes.into_inner())))
}

/// Gets a file of the site on this machine. No other host is asked: there is no TLS here, and there are no redirects.
pub fn fetch(url: &str) -> Result<Vec<u8>> {
    let rest =
        url.strip_prefix("http://127.0.0.1:").ok_or_else(|| format!("{url} is not on this machine"))?;
    let (port, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(("127.0.0.1", port.parse::<u16>()?))?;
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(MAX_BYTES).read_to_end(&mut answer)?;
    let end = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .ok_or("the answer has no end of its head")?;
    match answer.starts_with(b"HTTP/1.1 200 ") {
        true => Ok(answer.split_off(end + 4)),
        false => Err(format!("{url} was not given").into()),
    }
}
