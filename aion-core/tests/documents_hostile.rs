//! Damaged and hostile documents: they end soon, with what can be read or a typed error, and without a panic.

#![cfg(feature = "documents")]
#![expect(clippy::unwrap_used, reason = "a test tells what it leaves out, and fails loudly")]

mod common;

use std::io::{Cursor, Write};
use std::time::{Duration, Instant};

use aion_core::{Control, Document, DocumentOptions, ErrorKind, ImageSource, Result, extract_document};
use flate2::{Compression, write::ZlibEncoder};
use proptest::prelude::*;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

const SAMPLES: &[&str] = &[
    "letter.docx",
    "slides.pptx",
    "book.xlsx",
    "log.odt",
    "crew.ods",
    "paper.pdf",
    "scan.pdf",
    "locked.pdf",
];
/// The kinds that an error of a damaged file may have.
const HONEST: &[ErrorKind] = &[ErrorKind::InvalidInput, ErrorKind::Unsupported, ErrorKind::LimitExceeded];

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(common::repository().join("aion-core/tests/data/documents").join(name)).unwrap()
}

/// Reads with a recogniser, so that pictures are decoded as well.
fn read(bytes: &[u8], options: &DocumentOptions) -> Result<Document> {
    let mut recognize = |_: ImageSource<'_>, _: &Control| Ok("seen".to_owned());
    extract_document(bytes, options, Some(&mut recognize), &Control::default())
}

fn assert_honest(name: &str, bytes: &[u8]) {
    let start = Instant::now();
    if let Err(error) = read(bytes, &DocumentOptions::default()) {
        assert!(HONEST.contains(&error.kind()), "{name}: {error:?}");
    }
    // No measure of speed: a reader without limits needs minutes, or never ends.
    assert!(start.elapsed() < Duration::from_secs(60), "{name}: {:?}", start.elapsed());
}

#[test]
fn samples_that_are_cut_off_give_what_is_left_or_an_honest_error() {
    for name in SAMPLES {
        let bytes = sample(name);
        for length in (0..bytes.len()).step_by((bytes.len() / 60).max(1)) {
            assert_honest(&format!("{name} of {length} bytes"), &bytes[..length]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn samples_with_changed_bytes_give_what_is_left_or_an_honest_error(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        for name in SAMPLES {
            let mut bytes = sample(name);
            for (at, byte) in &changes {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            assert_honest(name, &bytes);
        }
    }

    #[test]
    fn any_text_is_read_as_any_text_kind(bytes in prop::collection::vec(any::<u8>(), 0..600), csv in any::<bool>()) {
        let mut options = DocumentOptions::default();
        options.name = Some(if csv { "a.csv" } else { "a.md" }.into());
        if let Err(error) = read(&bytes, &options) {
            prop_assert!(HONEST.contains(&error.kind()), "{error:?}");
        }
    }

    #[test]
    fn any_content_stream_is_read(
        operators in prop::collection::vec(
            prop_oneof![
                Just("BT /F1 12 Tf "), Just("ET "), Just("1 0 0 1 9 9 cm "), Just("(word) Tj "), Just("[(a) -500 (b)] TJ "),
                Just("q "), Just("Q "), Just("5 5 Td "), Just("0 0 0 0 0 0 Tm "), Just("1e30 0 0 1e30 0 0 cm "), Just("/X Do "),
                Just("0 -12 TD "), Just("7 Tr "), Just("W n "), Just("0 0 9 9 re f "), Just("/P BMC "), Just("EMC "), Just("( "),
            ],
            0..80,
        ),
    ) {
        let page = pdf(operators.concat().as_bytes(), &[]);
        prop_assert!(read(&page, &DocumentOptions::default()).is_ok());
    }
}

fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, content) in members {
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A PDF of one page with this content, and further objects from number 10 on. The table of objects is missing, so
/// that readers have to find them.
fn pdf(content: &[u8], objects: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj\n\
        2 0 obj <</Type /Pages /Count 1 /Kids [3 0 R]>> endobj\n\
        3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 500 500] /Contents 5 0 R /Resources <</Font <</F1 4 0 R>>\
        /XObject <</X 10 0 R>> >> >> endobj\n\
        4 0 obj <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>> endobj\n"
        .to_vec();
    bytes.extend(format!("5 0 obj <</Length {}>> stream\n", content.len()).into_bytes());
    bytes.extend(content);
    bytes.extend(b"\nendstream endobj\n");
    for (index, object) in objects.iter().enumerate() {
        bytes.extend(format!("{} 0 obj ", index + 10).into_bytes());
        bytes.extend(object);
        bytes.extend(b" endobj\n");
    }
    bytes.extend(b"trailer <</Root 1 0 R>>\n%%EOF");
    bytes
}

fn stream(dictionary: &str, data: &[u8]) -> Vec<u8> {
    let mut object = format!("<<{dictionary} /Length {}>> stream\n", data.len()).into_bytes();
    object.extend(data);
    object.extend(b"\nendstream");
    object
}

#[test]
fn archives_that_unpack_to_more_than_is_allowed_are_refused() {
    let mut options = DocumentOptions::default();
    options.max_unpacked_bytes = 4 << 20;
    let blanks = vec![b' '; 32 << 20];
    for (main, other) in [
        ("word/document.xml", "word/styles.xml"),
        ("xl/workbook.xml", "xl/sharedStrings.xml"),
        ("ppt/presentation.xml", "ppt/x.xml"),
    ] {
        for bomb in [vec![(main, blanks.as_slice())], vec![(main, &b"<a/>"[..]), (other, blanks.as_slice())]]
        {
            let bytes = archive(&bomb);
            assert!(bytes.len() < 1 << 20);
            // A part that nothing leads to is not unpacked.
            match read(&bytes, &options) {
                Err(error) if bomb.len() == 1 => {
                    assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{main}: {error:?}");
                }
                Err(error) => assert!(HONEST.contains(&error.kind()), "{main}: {error:?}"),
                Ok(document) => {
                    assert!(bomb.len() == 2 && document.extracted.text.is_empty(), "{main}: {document:?}");
                }
            }
        }
    }
    let names: Vec<String> = (0..60_000).map(|index| format!("word/{index}")).collect();
    let members: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let error = read(&archive(&members), &DocumentOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error:?}");
}

#[test]
fn the_size_that_a_header_claims_is_not_believed() {
    let mut bytes = archive(&[("word/document.xml", vec![b' '; 8 << 20].as_slice())]);
    let true_size = (8_u32 << 20).to_le_bytes();
    while let Some(at) = bytes.windows(4).position(|window| window == true_size) {
        bytes[at..at + 4].copy_from_slice(&100_u32.to_le_bytes());
    }
    let mut options = DocumentOptions::default();
    options.max_unpacked_bytes = 1 << 20;
    let outcome = read(&bytes, &options);
    assert!(
        outcome.as_ref().is_ok_and(|document| !document.warnings.is_empty())
            || outcome.as_ref().is_err_and(|error| HONEST.contains(&error.kind())),
        "{outcome:?}"
    );
}

#[test]
fn hostile_xml_ends_soon() {
    let wrap = |inside: &str| format!("<w:document><w:body>{inside}</w:body></w:document>");
    let word = "<w:p><w:r><w:t>albatross</w:t></w:r></w:p>";
    let laughs = "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c SYSTEM \"file:///etc/passwd\">]>";
    let cases = [
        ("entities", format!("{laughs}{}", wrap(&format!("{word}<w:p><w:t>&b;&b;&c;</w:t></w:p>")))),
        ("deep paragraphs", wrap(&format!("{word}{}", "<w:p>".repeat(300_000)))),
        ("deep tables", wrap(&format!("{word}{}", "<w:tbl><w:tr><w:tc><w:p>".repeat(100_000)))),
        ("attributes", wrap(&format!("{word}<w:p {}>", "a='b' ".repeat(1_000_000)))),
        ("open tag", wrap(&format!("{word}<w:p {}", "x".repeat(4 << 20)))),
        ("rows", wrap(&format!("{word}<w:tbl>{}", "<w:tr><w:tc>".repeat(500_000)))),
        ("ends", wrap(&format!("{word}{}", "</w:p></w:tc></w:tr>".repeat(200_000)))),
        ("cells", wrap(&format!("{word}<w:tr>{}</w:tr>", "<w:tc/>".repeat(500_000)))),
    ];
    for (name, xml) in cases {
        let start = Instant::now();
        let document =
            read(&archive(&[("word/document.xml", xml.as_bytes())]), &DocumentOptions::default()).unwrap();
        println!("{name}: {:?} {:?}", start.elapsed(), document.warnings);
        assert!(
            document.extracted.text.starts_with("albatross"),
            "{name}: {:?}",
            &document.extracted.text.get(..60)
        );
        assert!(!document.extracted.text.contains("root:"), "{name}");
        assert!(start.elapsed() < Duration::from_secs(30), "{name}: {:?}", start.elapsed());
    }
}

#[test]
fn hostile_markdown_ends_soon() {
    let cases = [
        ("brackets", "[".repeat(200_000)),
        ("links", "[a](".repeat(100_000)),
        ("quotes", "> ".repeat(100_000) + "a"),
        ("lists", "- ".repeat(50_000) + "a"),
        ("stars", "*a **b ".repeat(100_000)),
        ("ticks", (1..2_000).map(|count| "`".repeat(count) + " ").collect()),
        ("tables", "|a".repeat(20_000) + "\n" + &"|-".repeat(20_000) + "\n" + &"|b\n".repeat(2_000)),
        ("html", "<a ".repeat(200_000)),
        ("comments", "<!--".repeat(200_000)),
        (
            "references",
            (0..50_000).map(|index| format!("[{index}]: /a\n")).collect::<String>() + &"[1] ".repeat(50_000),
        ),
    ];
    let mut options = DocumentOptions::default();
    options.name = Some("a.md".into());
    for (name, text) in cases {
        let start = Instant::now();
        let outcome = read(text.as_bytes(), &options);
        println!("{name}: {:?} {:?}", start.elapsed(), outcome.map(|document| document.extracted.text.len()));
        assert!(start.elapsed() < Duration::from_secs(30), "{name}: {:?}", start.elapsed());
    }
}

#[test]
fn hostile_pdfs_end_soon() {
    let form = |body: &[u8], resources: &str| {
        stream(
            &format!(
                "/Type /XObject /Subtype /Form /BBox [0 0 500 500] /Resources <</XObject <<{resources}>> >>"
            ),
            body,
        )
    };
    let ladder: Vec<Vec<u8>> =
        (0..40).map(|step| form("/X Do ".repeat(10).as_bytes(), &format!("/X {} 0 R", step + 11))).collect();
    let zeros = deflate(&vec![b' '; 300 << 20]);
    let cases: Vec<(&str, Vec<u8>, Option<ErrorKind>)> = vec![
        ("a form that draws itself", pdf(b"/X Do", &[form(b"/X Do /X Do", "/X 10 0 R")]), None),
        ("forms that multiply", pdf(b"/X Do", &ladder), Some(ErrorKind::LimitExceeded)),
        ("a bomb", pdf(b"", &[stream("/Filter /FlateDecode", &zeros)]), Some(ErrorKind::LimitExceeded)),
        (
            "a bomb in a bomb",
            pdf(b"", &[stream("/Filter [/Fl /Fl]", &deflate(&zeros))]),
            Some(ErrorKind::LimitExceeded),
        ),
        (
            "a bomb with a hidden filter",
            pdf(b"", &[stream("/Filter 11 0 R", &zeros), b"/FlateDecode".to_vec()]),
            Some(ErrorKind::LimitExceeded),
        ),
        (
            "a bomb with an escaped filter",
            pdf(b"", &[stream("/Filter /Fl#61teDecode", &zeros)]),
            Some(ErrorKind::LimitExceeded),
        ),
        (
            "a wide predictor",
            pdf(
                b"",
                &[stream(
                    "/Filter /FlateDecode /DecodeParms <</Predictor 2 /Columns 99999999999>>",
                    &deflate(b"a"),
                )],
            ),
            Some(ErrorKind::InvalidInput),
        ),
        (
            "an escaped wide predictor",
            pdf(
                b"",
                &[stream(
                    "/Filter /FlateDecode /DecodeParms <</Predictor 2 /Col#75mns 99999999999>>",
                    &deflate(b"a"),
                )],
            ),
            Some(ErrorKind::InvalidInput),
        ),
        (
            "megabytes of glyphs at once",
            pdf(&[b"BT /F1 9 Tf 9 9 Td (".as_slice(), &vec![b'a'; 4 << 20], b") Tj ET"].concat(), &[]),
            Some(ErrorKind::InvalidInput),
        ),
        (
            "glyphs on one place",
            pdf(&b"BT /F1 9 Tf 9 9 Td (aaaaaaaaaaaaaaaaaaaaaaaa) Tj ET ".repeat(30_000), &[]),
            Some(ErrorKind::LimitExceeded),
        ),
        ("content again and again", repeated_content(), None),
        ("deep arrays", pdf(&vec![b'['; 2 << 20], &[vec![b'['; 2 << 20]]), None),
        (
            "deep dictionaries",
            pdf("<</A ".repeat(400_000).as_bytes(), &["<</A ".repeat(400_000).into_bytes()]),
            Some(ErrorKind::InvalidInput),
        ),
        ("states", pdf("q ".repeat(1 << 20).as_bytes(), &[]), None),
        ("streams without ends", pdf(&b"stream\n".repeat(200_000), &[]), Some(ErrorKind::InvalidInput)),
        (
            "a huge image",
            pdf(
                b"500 0 0 500 0 0 cm /X Do",
                &[stream(
                    "/Subtype /Image /Width 60000 /Height 60000 /ColorSpace /DeviceRGB /BitsPerComponent 8",
                    b"abc",
                )],
            ),
            None,
        ),
    ];
    for (name, bytes, kind) in cases {
        let start = Instant::now();
        let outcome = read(&bytes, &DocumentOptions::default());
        println!("{name}: {:?} {:?}", start.elapsed(), outcome.as_ref().map(|document| &document.warnings));
        match kind {
            Some(kind) => assert_eq!(outcome.unwrap_err().kind(), kind, "{name}"),
            None => assert!(outcome.is_ok_and(|document| document.pages == 1), "{name}"),
        }
        assert!(start.elapsed() < Duration::from_secs(60), "{name}: {:?}", start.elapsed());
    }
}

/// A page that names one stream of a megabyte 20,000 times.
fn repeated_content() -> Vec<u8> {
    let content = stream("/Filter /FlateDecode", &deflate(&vec![b' '; 1 << 20]));
    let bytes = pdf(b"", &[content]);
    let names = "10 0 R ".repeat(20_000);
    let at = bytes.windows(15).position(|window| window == b"/Contents 5 0 R").unwrap();
    [&bytes[..at], format!("/Contents [{names}]").as_bytes(), &bytes[at + 15..]].concat()
}

#[test]
fn page_trees_with_cycles_end() {
    let bytes = b"%PDF-1.4\n1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj\n\
        2 0 obj <</Type /Pages /Kids [2 0 R 3 0 R 2 0 R]>> endobj\n3 0 obj <</Type /Pages /Kids [2 0 R 3 0 R]>> endobj\n\
        trailer <</Root 1 0 R>>";
    assert_honest("a cycle", bytes);
}

#[test]
fn a_deadline_ends_a_page_of_multiplying_forms() {
    let control = Control::default().with_timeout(Duration::from_millis(50));
    let form = |step: usize| {
        let body = b"/X Do /X Do /X Do /X Do ";
        stream(
            &format!("/Subtype /Form /BBox [0 0 9 9] /Resources <</XObject <</X {} 0 R>> >>", step + 11),
            body,
        )
    };
    let bytes = pdf(b"/X Do", &(0..40).map(form).collect::<Vec<_>>());
    let start = Instant::now();
    let error = extract_document(&bytes, &DocumentOptions::default(), None, &control).unwrap_err();
    assert!([ErrorKind::DeadlineExceeded, ErrorKind::LimitExceeded].contains(&error.kind()), "{error:?}");
    assert!(start.elapsed() < Duration::from_secs(30));
}
