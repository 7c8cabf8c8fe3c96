//! hOCR, ALTO and TSV: three spellings of the same words and places.

use std::borrow::Cow;
use std::fmt::{self, Display, Write as _};

use super::result::{Bounds, OcrPage, OcrResult, OcrWord};

const VERSION: &str = env!("CARGO_PKG_VERSION");

impl OcrResult {
    /// The result as [hOCR](https://kba.github.io/hocr-spec/1.2/), an XHTML page with the places as titles.
    pub fn to_hocr(&self) -> String {
        hocr(self)
    }

    /// The result as [ALTO](https://www.loc.gov/standards/alto/) 4, in pixels.
    pub fn to_alto(&self) -> String {
        alto(self)
    }

    /// The result as tab separated values, in the columns of Tesseract's own.
    ///
    /// Pages, blocks, paragraphs, lines and words count from 1 there, and the confidence goes from 0 to 100,
    /// with -1 for whatever is not a word. A block is taken for one paragraph.
    pub fn to_tsv(&self) -> String {
        tsv(self)
    }
}

/// XHTML with the places in `title`, as Tesseract writes it.
fn hocr(result: &OcrResult) -> String {
    let mut out = format!(
        concat!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
            "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\"",
            " \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n",
            "<html xmlns=\"http://www.w3.org/1999/xhtml\" xml:lang=\"en\" lang=\"en\">\n<head>\n<title></title>\n",
            "<meta http-equiv=\"Content-Type\" content=\"text/html;charset=utf-8\"/>\n",
            "<meta name=\"ocr-system\" content=\"aion {version}\"/>\n",
            "<meta name=\"ocr-capabilities\" content=\"ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrp_wconf\"/>\n",
            "</head>\n<body>\n",
        ),
        version = VERSION,
    );
    for (page, number) in result.pages.iter().zip(0..) {
        write_all(&mut out, format_args!("{}", HocrPage(page, number)));
    }
    out.push_str("</body>\n</html>\n");
    out
}

struct HocrPage<'a>(&'a OcrPage, usize);

impl Display for HocrPage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (page, p) = (self.0, self.1 + 1);
        let title = format!("image \"\"; {}; ppageno {}", hocr_box(whole(page)), self.1);
        writeln!(f, "<div class=\"ocr_page\" id=\"page_{p}\" title=\"{}\">", xml(&title))?;
        let (mut line_number, mut word_number) = (0, 0);
        for (block, b) in blocks(page).zip(1..) {
            let title = hocr_box(around(block));
            writeln!(f, "<div class=\"ocr_carea\" id=\"block_{p}_{b}\" title=\"{title}\">")?;
            writeln!(f, "<p class=\"ocr_par\" id=\"par_{p}_{b}\" title=\"{title}\">")?;
            for line in lines(block) {
                line_number += 1;
                let title = hocr_box(around(line));
                write!(f, "<span class=\"ocr_line\" id=\"line_{p}_{line_number}\" title=\"{title}\">")?;
                for (word, gap) in line.iter().zip(gaps()) {
                    word_number += 1;
                    let title = format!("{}; x_wconf {:.0}", hocr_box(word.bounds), percent(word));
                    let text = xml(&word.text);
                    let id = format!("word_{p}_{word_number}");
                    write!(f, "{gap}<span class=\"ocrx_word\" id=\"{id}\" title=\"{title}\">{text}</span>")?;
                }
                f.write_str("</span>\n")?;
            }
            f.write_str("</p>\n</div>\n")?;
        }
        f.write_str("</div>\n")
    }
}

fn hocr_box(bounds: Bounds) -> String {
    format!("bbox {} {} {} {}", bounds.x, bounds.y, bounds.right(), bounds.bottom())
}

/// ALTO 4 in pixels.
fn alto(result: &OcrResult) -> String {
    let mut out = format!(
        concat!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
            "<alto xmlns=\"http://www.loc.gov/standards/alto/ns-v4#\"",
            " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"",
            " xsi:schemaLocation=\"http://www.loc.gov/standards/alto/ns-v4#",
            " http://www.loc.gov/standards/alto/v4/alto-4-4.xsd\" SCHEMAVERSION=\"4.4\">\n",
            "<Description>\n<MeasurementUnit>pixel</MeasurementUnit>\n",
            "<Processing ID=\"processing_1\"><processingSoftware><softwareName>aion</softwareName>",
            "<softwareVersion>{version}</softwareVersion></processingSoftware></Processing>\n",
            "</Description>\n<Layout>\n",
        ),
        version = VERSION,
    );
    for (page, number) in result.pages.iter().zip(1..) {
        write_all(&mut out, format_args!("{}", AltoPage(page, number)));
    }
    out.push_str("</Layout>\n</alto>\n");
    out
}

struct AltoPage<'a>(&'a OcrPage, usize);

impl Display for AltoPage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (page, p) = (self.0, self.1);
        writeln!(
            f,
            "<Page ID=\"page_{p}\" PHYSICAL_IMG_NR=\"{p}\" WIDTH=\"{}\" HEIGHT=\"{}\" PC=\"{:.4}\">",
            page.width, page.height, page.confidence
        )?;
        writeln!(f, "<PrintSpace {}>", alto_box(whole(page)))?;
        let (mut line_number, mut word_number) = (0, 0);
        for (block, b) in blocks(page).zip(1..) {
            writeln!(f, "<TextBlock ID=\"block_{p}_{b}\" {}>", alto_box(around(block)))?;
            for line in lines(block) {
                line_number += 1;
                writeln!(f, "<TextLine ID=\"line_{p}_{line_number}\" {}>", alto_box(around(line)))?;
                for (word, gap) in line.iter().zip(gaps()) {
                    word_number += 1;
                    f.write_str(if gap.is_empty() { "" } else { "<SP/>" })?;
                    writeln!(
                        f,
                        "<String ID=\"string_{p}_{word_number}\" {} WC=\"{:.4}\" CONTENT=\"{}\"/>",
                        alto_box(word.bounds),
                        word.confidence,
                        xml(&word.text)
                    )?;
                }
                f.write_str("</TextLine>\n")?;
            }
            f.write_str("</TextBlock>\n")?;
        }
        f.write_str("</PrintSpace>\n</Page>\n")
    }
}

fn alto_box(bounds: Bounds) -> String {
    let Bounds { x, y, width, height } = bounds;
    format!("HPOS=\"{x}\" VPOS=\"{y}\" WIDTH=\"{width}\" HEIGHT=\"{height}\"")
}

/// Tesseract's twelve columns: a row for each page, block, paragraph, line and word.
fn tsv(result: &OcrResult) -> String {
    let mut out = String::from(
        "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n",
    );
    for (page, p) in result.pages.iter().zip(1..) {
        tsv_row(&mut out, 1, [p, 0, 0, 0, 0], whole(page), None);
        for (block, b) in blocks(page).zip(1..) {
            tsv_row(&mut out, 2, [p, b, 0, 0, 0], around(block), None);
            tsv_row(&mut out, 3, [p, b, 1, 0, 0], around(block), None);
            for (line, l) in lines(block).zip(1..) {
                tsv_row(&mut out, 4, [p, b, 1, l, 0], around(line), None);
                for (word, w) in line.iter().zip(1..) {
                    tsv_row(&mut out, 5, [p, b, 1, l, w], word.bounds, Some(word));
                }
            }
        }
    }
    out
}

fn tsv_row(out: &mut String, level: u8, numbers: [usize; 5], bounds: Bounds, word: Option<&OcrWord>) {
    let [page, block, paragraph, line, word_number] = numbers;
    let Bounds { x, y, width, height } = bounds;
    let place = format_args!("{x}\t{y}\t{width}\t{height}");
    write_all(out, format_args!("{level}\t{page}\t{block}\t{paragraph}\t{line}\t{word_number}\t{place}\t"));
    match word {
        Some(word) => {
            let text = word.text.replace(['\t', '\n', '\r'], " ");
            write_all(out, format_args!("{:.6}\t{text}\n", percent(word)));
        }
        None => out.push_str("-1\t\n"),
    }
}

/// Writing to a string can not fail.
fn write_all(out: &mut String, arguments: fmt::Arguments<'_>) {
    let _ = out.write_fmt(arguments);
}

fn percent(word: &OcrWord) -> f32 {
    word.confidence * 100.0
}

fn whole(page: &OcrPage) -> Bounds {
    Bounds { x: 0, y: 0, width: page.width, height: page.height }
}

fn blocks(page: &OcrPage) -> impl Iterator<Item = &[OcrWord]> {
    page.words.chunk_by(|a, b| a.block == b.block)
}

fn lines(block: &[OcrWord]) -> impl Iterator<Item = &[OcrWord]> {
    block.chunk_by(|a, b| a.line == b.line)
}

/// What stands before each word of a line.
fn gaps() -> impl Iterator<Item = &'static str> {
    std::iter::once("").chain(std::iter::repeat(" "))
}

fn around(words: &[OcrWord]) -> Bounds {
    words.iter().map(|word| word.bounds).reduce(Bounds::union).unwrap_or_default()
}

/// `text` for an element or a quoted attribute. What XML 1.0 forbids even as a reference becomes U+FFFD.
fn xml(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c >= ' ' && !matches!(c, '&' | '<' | '>' | '"' | '\'' | '\u{FFFE}' | '\u{FFFF}');
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\0'..' ' | '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use roxmltree::{Document, ParsingOptions};

    fn word(text: &str, x: u32, block: u32, line: u32) -> OcrWord {
        let bounds = Bounds { x, y: 10 * line, width: 8, height: 9 };
        OcrWord { text: text.into(), confidence: 0.5, bounds, page: 0, block, line }
    }

    /// Two pages, one of them empty, with every character that has to be escaped.
    fn sample() -> OcrResult {
        let words = vec![
            word("a<b", 0, 0, 0),
            word("&\"'>", 20, 0, 0),
            word("\u{1}\u{FFFF}ção", 5, 0, 1),
            word("z", 7, 1, 2),
        ];
        OcrResult::from_pages(vec![OcrPage::from_words(90, 80, words), OcrPage::from_words(7, 8, Vec::new())])
    }

    fn parse(text: &str) -> Document<'_> {
        let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
        Document::parse_with_options(text, options).unwrap()
    }

    #[test]
    fn hocr_is_xml_that_holds_every_word_and_its_box() {
        let text = hocr(&sample());
        let document = parse(&text);
        let of_class = |class| {
            document
                .descendants()
                .filter(move |node| node.attribute("class") == Some(class))
                .collect::<Vec<_>>()
        };
        let words = of_class("ocrx_word");
        assert_eq!(of_class("ocr_page").len(), 2);
        assert_eq!(of_class("ocr_carea").len(), 2);
        assert_eq!(of_class("ocr_line").len(), 3);
        let texts: Vec<_> = words.iter().map(|word| word.text().unwrap()).collect();
        assert_eq!(texts, ["a<b", "&\"'>", "\u{FFFD}\u{FFFD}ção", "z"]);
        assert_eq!(words[1].attribute("title"), Some("bbox 20 0 28 9; x_wconf 50"));
        let first = of_class("ocr_line")[0];
        assert_eq!(first.attribute("title"), Some("bbox 0 0 28 9"));
        assert!(text.contains("</span> <span"), "a space parts the words");
    }

    #[test]
    fn alto_is_xml_with_unique_ids_and_spaces_between_words() {
        let text = alto(&sample());
        let document = parse(&text);
        assert_eq!(
            document.root_element().tag_name().namespace(),
            Some("http://www.loc.gov/standards/alto/ns-v4#")
        );
        let ids: Vec<_> = document.descendants().filter_map(|node| node.attribute("ID")).collect();
        let unique: std::collections::HashSet<_> = ids.iter().collect();
        assert_eq!(ids.len(), unique.len());
        let of_tag = |tag| document.descendants().filter(move |node| node.has_tag_name(tag)).count();
        assert_eq!((of_tag("Page"), of_tag("TextLine"), of_tag("String"), of_tag("SP")), (2, 3, 4, 1));
        let word = document.descendants().find(|node| node.has_tag_name("String")).unwrap();
        assert_eq!(word.attribute("CONTENT"), Some("a<b"));
        assert_eq!(word.attribute("WC"), Some("0.5000"));
    }

    #[test]
    fn tsv_has_twelve_columns_in_every_row() {
        let text = tsv(&sample());
        assert!(text.lines().all(|line| line.split('\t').count() == 12), "{text}");
        assert!(text.contains("5\t1\t1\t1\t2\t1\t5\t10\t8\t9\t50.000000\t"), "{text}");
        assert!(text.ends_with("1\t2\t0\t0\t0\t0\t0\t0\t7\t8\t-1\t\n"), "{text}");
    }
}
