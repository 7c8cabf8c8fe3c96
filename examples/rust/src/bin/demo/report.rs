//! The demo's report: one HTML page without scripts, beside its pictures.

use std::fmt::Write;

use crate::{Entry, file_name, seconds};

const STYLE: &str = "
body { font: 16px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin: 0; }
article { display: grid; grid-template-columns: 20rem 1fr; gap: 1.5rem; padding: 1.5rem 0; border-top: 1px solid #ddd; }
img { max-width: 100%; max-height: 26rem; border: 1px solid #ccc; }
dl { display: grid; grid-template-columns: 8rem 1fr; gap: .2rem 1rem; margin: .6rem 0; }
dt { color: #666; } dd { margin: 0; }
pre { white-space: pre-wrap; background: #f6f6f6; padding: .8rem; max-height: 14rem; overflow: auto; font-size: .85rem; }
meter { width: 10rem; } table { border-collapse: collapse; } td, th { padding: .2rem .8rem .2rem 0; text-align: left; }
@media (max-width: 44rem) { article { grid-template-columns: 1fr; } }
";

/// The whole page. `answers` holds each query with the files by falling score.
pub fn html(entries: &[Entry], answers: &[(&str, Vec<(String, f32)>)]) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>AION: what it made of the pictures</title>\n<style>{STYLE}</style></head>\n<body>\n\
         <h1>What AION made of {} pictures</h1>\n\
         <p>Green boxes are words that the recognizer was sure of, orange ones those it was not. Captions are \
         scored by the tiny CLIP model that ships with the project.</p>\n",
        entries.len()
    );
    for entry in entries {
        page += &article(entry);
    }
    page += "<h1>Text queries</h1>\n<table><tr><th>query</th><th>nearest picture</th><th>next</th></tr>\n";
    for (query, ranking) in answers {
        page += &answer(query, ranking);
    }
    page += "</table>\n</body></html>\n";
    page
}

fn article(entry: &Entry) -> String {
    let image = &entry.image;
    let (words, confidence) =
        image.ocr.as_ref().map_or((0, 0.0), |ocr| (ocr.words().count(), ocr.confidence));
    let text = image.ocr.as_ref().map_or("", |ocr| ocr.text.as_str());
    let name = escape(&file_name(&entry.path));
    let mut html = format!(
        "<article><div><img src=\"{0}\" alt=\"{name} with boxes around its words\"></div><div>\n<h2>{name}</h2>\n\
         <dl><dt>size</dt><dd>{1} × {2} pixels</dd><dt>took</dt><dd>{3}</dd>\n\
         <dt>words</dt><dd>{words}</dd><dt>confidence</dt><dd><meter value=\"{confidence:.2}\">{confidence:.2}</meter> \
         {4:.0} %</dd></dl>\n<table>\n",
        escape(&file_name(&entry.annotated)),
        image.width,
        image.height,
        seconds(entry.took),
        confidence * 100.0,
    );
    for (caption, score) in entry.captions.iter().take(4) {
        let _ = writeln!(
            html,
            "<tr><td>{}</td><td><meter value=\"{score:.2}\">{score:.2}</meter></td><td>{score:.2}</td></tr>",
            escape(caption)
        );
    }
    let _ = writeln!(html, "</table>\n<pre>{}</pre>\n</div></article>", escape(text));
    html
}

fn answer(query: &str, ranking: &[(String, f32)]) -> String {
    let cell = |place: usize| {
        let place = ranking.get(place);
        place.map(|(file, score)| format!("{} ({score:.2})", escape(file))).unwrap_or_default()
    };
    format!("<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n", escape(query), cell(0), cell(1))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
