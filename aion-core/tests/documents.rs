//! Reading of small documents of every kind; `data/documents/make.py` makes them.

#![cfg(feature = "documents")]
#![expect(clippy::unwrap_used, reason = "a test tells what it leaves out, and fails loudly")]

mod common;

use std::time::Duration;

use aion_core::{
    CancelToken, Control, Document, DocumentKind, DocumentOptions, Error, ErrorKind, ImageSource, Result,
    TextSource, extract_document,
};

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(common::repository().join("aion-core/tests/data/documents").join(name)).unwrap()
}

fn read_as(bytes: &[u8], options: &DocumentOptions) -> Result<Document> {
    extract_document(bytes, options, None, &Control::default())
}

fn read(name: &str) -> Document {
    read_as(&sample(name), &DocumentOptions::default()).unwrap()
}

fn named(name: &str) -> DocumentOptions {
    let mut options = DocumentOptions::default();
    options.name = Some(name.into());
    options
}

fn links(document: &Document) -> Vec<(&str, &str)> {
    document.extracted.links.iter().map(|link| (link.url.as_str(), link.text.as_str())).collect()
}

#[test]
fn docx() {
    let letter = read("letter.docx");
    assert_eq!(letter.kind, DocumentKind::Docx);
    assert_eq!(
        letter.extracted.text,
        "The tides\nHigh water comes twice a day & goes.\nSee the table of the port\nPort\tHeight\n\
         Belém\t3.6 metres\nOne\nTwo\nBy the gauge.\nHarbour office"
    );
    assert_eq!(letter.extracted.title, "Tides of the bay");
    assert_eq!(letter.extracted.language.as_deref(), Some("pt-BR"));
    assert_eq!(letter.extracted.published.as_deref(), Some("2024-03-09T08:00:00Z"));
    assert_eq!(letter.extracted.meta["author"], "Ana Lima");
    assert_eq!(letter.extracted.source, TextSource::Document);
    assert_eq!(links(&letter), [("https://port.example/tides", "the table")]);
    let [image] = letter.extracted.images.as_slice() else { panic!("{:?}", letter.extracted.images) };
    assert_eq!((image.url.as_str(), image.alt.as_str()), ("word/media/image1.png", "A lighthouse"));
    assert_eq!(letter.warnings, Vec::<String>::new());
}

#[test]
fn pptx() {
    let slides = read("slides.pptx");
    assert_eq!((slides.kind, slides.pages), (DocumentKind::Pptx, 2));
    assert_eq!(
        slides.extracted.text,
        "Harbours\nBoats\nOut\nMay\t7\nJune\t9\nSpeak slowly\nSecond to be shown"
    );
    assert_eq!(slides.extracted.title, "Harbours");
}

#[test]
fn xlsx() {
    let book = read("book.xlsx");
    assert_eq!((book.kind, book.pages), (DocumentKind::Xlsx, 1));
    assert_eq!(book.extracted.text, "Levels\nDay\tMetres\n2024-03-09\t0.3\t\t\tTRUE\nfar away");
    assert_eq!(links(&book), [("https://port.example/levels", "")]);
}

#[test]
fn open_document() {
    let log = read("log.odt");
    assert_eq!(log.kind, DocumentKind::Odt);
    assert_eq!(log.extracted.text, "Log\nLeft at the port.\nCrew\t4\t4");
    assert_eq!(log.extracted.title, "Log of the Ana");
    assert_eq!(log.extracted.published.as_deref(), Some("2024-03-09T08:00:00"));
    assert_eq!(links(&log), [("https://port.example/", "the port")]);
    assert_eq!(log.extracted.images[0].alt, "A boat");
    let crew = read("crew.ods");
    assert_eq!((crew.kind, crew.extracted.text.as_str()), (DocumentKind::Ods, "Crew\nAna"));
}

#[test]
fn pdf() {
    let paper = read("paper.pdf");
    assert_eq!((paper.kind, paper.pages, paper.scanned), (DocumentKind::Pdf, 3, 0));
    assert_eq!(
        paper.extracted.text,
        "Journal of the bay\nOf tides and boats\n\
         The boats of the bay go out with the ebb and come back with the flood, and their harbour is dry for six \
         hours of the twelve in between, so that nobody leaves or enters.\n\
         On the other side of the bay the water is deep at all hours, and ships of any size can lie there; the road \
         to it is long, though, and it was built much later than the town.\n\
         Port\tHeight\nBelem\t3.6\nNatal\t2.8\nThe end."
    );
    assert_eq!(paper.extracted.title, "The bay");
    assert_eq!(paper.extracted.language.as_deref(), Some("en-GB"));
    assert_eq!(paper.extracted.detected_language.as_deref(), Some("en"));
    assert_eq!(paper.extracted.published.as_deref(), Some("2024-03-09T08:00:00+01:00"));
    assert_eq!(links(&paper), [("https://bay.example/", "")]);
}

#[test]
fn a_pdf_with_a_password_says_so() {
    let error = read_as(&sample("locked.pdf"), &DocumentOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("password"), "{error}");
}

#[test]
fn scanned_pages_go_to_the_recogniser_upright_and_in_their_place() {
    let scan = sample("scan.pdf");
    let silent = read_as(&scan, &DocumentOptions::default()).unwrap();
    assert_eq!((silent.scanned, silent.recognized, silent.extracted.text.as_str()), (1, 0, ""));
    let mut seen = Vec::new();
    let mut recognize = |source: ImageSource<'_>, _: &Control| {
        let ImageSource::Pixels { width, height, channels, data } = source else { panic!("{source:?}") };
        // The page is turned to the right, so the black upper half is on the right.
        let dark = |x: u32, y: u32| data[((y * width + x) * u32::from(channels)) as usize] < 128;
        seen.push((width > height, dark(width / 4, height / 2), dark(width * 3 / 4, height / 2)));
        Ok("Words of the scan".to_owned())
    };
    let read =
        extract_document(&scan, &DocumentOptions::default(), Some(&mut recognize), &Control::default())
            .unwrap();
    assert_eq!((read.scanned, read.recognized, read.extracted.text.as_str()), (1, 1, "Words of the scan"));
    assert_eq!(seen, [(true, false, true)]);
}

#[test]
fn pictures_of_office_documents_go_to_the_recogniser() {
    let mut pictures = 0;
    let mut recognize = |source: ImageSource<'_>, _: &Control| {
        pictures += usize::from(matches!(source, ImageSource::Bytes(bytes) if bytes.starts_with(b"\x89PNG")));
        Ok("Words of the picture".to_owned())
    };
    let options = DocumentOptions::default();
    let read = extract_document(&sample("letter.docx"), &options, Some(&mut recognize), &Control::default())
        .unwrap();
    assert!(read.extracted.text.contains("3.6 metres\nWords of the picture\nOne"), "{}", read.extracted.text);
    assert_eq!(read.recognized, 1);
    assert_eq!(pictures, 1);
}

#[test]
fn a_picture_that_is_not_read_costs_itself_and_another_error_the_call() {
    let options = DocumentOptions::default();
    let with = |kind: ErrorKind| {
        let mut recognize = move |_: ImageSource<'_>, _: &Control| Err(Error::new(kind, "no"));
        extract_document(&sample("letter.docx"), &options, Some(&mut recognize), &Control::default())
    };
    assert!(with(ErrorKind::InvalidInput).unwrap().warnings[0].contains("word/media/image1.png"));
    assert_eq!(with(ErrorKind::Engine).unwrap_err().kind(), ErrorKind::Engine);
}

#[test]
fn delimited_text() {
    let table =
        read_as("Name;Age\n\"Lima; Ana\";41\n\n\"Two\nlines\";7".as_bytes(), &named("a.csv")).unwrap();
    assert_eq!(table.extracted.text, "Name\tAge\nLima; Ana\t41\nTwo lines\t7");
    let latin = read_as(b"a\tb\ncora\xE7\xE3o\tp\xE3o\n", &named("a.tsv")).unwrap();
    assert_eq!(
        (latin.extracted.text.as_str(), latin.extracted.charset),
        ("a\tb\ncoração\tpão", "windows-1252")
    );
}

#[test]
fn markdown() {
    let text = "---\ntitle: \"Tides\"\nlang: pt\ndate: 2024-03-09\ntags: [a]\n---\n# Heading *one*\n\nHard\nwrapped, with \
                [a link](/port#x) and ![a boat](boat.png).\n\n- item\n  - inner\n\n| a | b |\n|---|---|\n| 1 | `2` |\n\n\
                ```\nlet x;\n  y\n```\n<div>in <b>HTML</b></div>\n";
    let mut options = named("tides.md");
    options.url = Some("https://bay.example/docs/".into());
    let page = read_as(text.as_bytes(), &options).unwrap();
    assert_eq!(
        page.extracted.text,
        "Heading one\nHard wrapped, with a link and a boat.\nitem\ninner\na\tb\n1\t2\nlet x;\n  y\nin HTML"
    );
    assert_eq!((page.extracted.title.as_str(), page.extracted.language.as_deref()), ("Tides", Some("pt")));
    assert_eq!(page.extracted.published.as_deref(), Some("2024-03-09"));
    assert_eq!(links(&page), [("https://bay.example/port", "a link")]);
    assert_eq!(page.extracted.images[0].url, "https://bay.example/docs/boat.png");
}

#[test]
fn plain_text_and_html() {
    let text = read_as(b"A log\r\n\r\n  of the Ana\n", &named("log.txt")).unwrap();
    assert_eq!((text.kind, text.extracted.text.as_str()), (DocumentKind::Text, "A log\n  of the Ana"));
    assert_eq!(text.extracted.title, "A log");
    let html = b"<!doctype html><title>T</title><p>The word is albatross, and it is written in a paragraph.";
    let page = read_as(html, &DocumentOptions::default()).unwrap();
    assert_eq!((page.kind, page.extracted.title.as_str()), (DocumentKind::Html, "T"));
    assert!(page.extracted.text.contains("albatross"));
}

#[test]
fn every_limit_is_an_error_that_names_it() {
    let limited = |name: &str, limit: &str, set: &dyn Fn(&mut DocumentOptions)| {
        let mut options = named(name);
        set(&mut options);
        let bytes = if name == "a.csv" { b"a,b\nc,d\n".to_vec() } else { sample(name) };
        let error = read_as(&bytes, &options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{name}: {error}");
        assert!(error.to_string().contains(limit), "{name}: {error}");
    };
    for name in ["letter.docx", "slides.pptx", "book.xlsx", "log.odt", "paper.pdf"] {
        limited(name, "max_bytes", &|options| options.max_bytes = 100);
        limited(name, "max_unpacked_bytes", &|options| options.max_unpacked_bytes = 100);
        limited(name, "max_text_bytes", &|options| options.max_text_bytes = 10);
    }
    limited("slides.pptx", "max_pages", &|options| options.max_pages = 1);
    limited("paper.pdf", "max_pages", &|options| options.max_pages = 2);
    limited("book.xlsx", "max_cells", &|options| options.max_cells = 4);
    limited("a.csv", "max_cells", &|options| options.max_cells = 3);
}

#[test]
fn cancel_and_deadline_stop_every_kind() {
    let token = CancelToken::new();
    token.cancel();
    let cancelled = Control::default().with_cancel(token);
    let late = Control::default().with_timeout(Duration::ZERO);
    for name in ["letter.docx", "slides.pptx", "book.xlsx", "log.odt", "paper.pdf", "scan.pdf"] {
        let kind = |control| {
            extract_document(&sample(name), &DocumentOptions::default(), None, control).unwrap_err().kind()
        };
        assert_eq!(kind(&cancelled), ErrorKind::Cancelled, "{name}");
        assert_eq!(kind(&late), ErrorKind::DeadlineExceeded, "{name}");
    }
}

#[test]
fn a_recogniser_that_cancels_stops_the_call() {
    let token = CancelToken::new();
    let control = Control::default().with_cancel(token.clone());
    let mut recognize = |_: ImageSource<'_>, _: &Control| {
        token.cancel();
        Ok(String::new())
    };
    let options = DocumentOptions::default();
    let error = extract_document(&sample("scan.pdf"), &options, Some(&mut recognize), &control).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
}
