//! The report: one HTML page that needs nothing beside it, neither scripts nor files nor a network.

mod learnt;
mod seen;
mod style;
mod svg;
mod text;

use crate::Story;
use crate::learn::Averages;
use crate::report::text::count;

/// The whole page.
pub fn html(story: &Story) -> String {
    let body = [
        head(story),
        seen::addresses(&story.discovery),
        seen::pictures(&story.ingested),
        seen::searches(&story.searches, &story.ingested),
        averages(&story.averages),
        learnt::lesson(&story.lesson),
        learnt::turns(&story.turns),
    ];
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <title>AION: a day in one page</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n{}</main>\n\
         <footer><p>Written by <code>make demo</code>. The pages of Quillmoor, the models and the paid endpoint are those \
         that ship with AION; nothing left this machine.</p></footer>\n</body>\n</html>\n",
        style::STYLE,
        body.concat()
    )
}

fn head(story: &Story) -> String {
    let (before, after) = story.lesson.right(|_| true);
    let refused = story.discovery.previews.iter().filter(|preview| !preview.ok).count();
    let facts = [
        (story.ingested.pages.to_string(), "pages taken in".to_owned()),
        (refused.to_string(), "addresses refused".to_owned()),
        (story.ingested.pictures.len().to_string(), "pictures seen and read".to_owned()),
        (format!("{before} → {after}"), format!("of {} answers right", story.lesson.exams.len())),
        (format!("${}", story.turns.status.spent), format!("of ${} spent", story.turns.status.daily)),
    ];
    let facts: String =
        facts.iter().map(|(value, what)| format!("<div><dt>{what}</dt><dd>{value}</dd></div>\n")).collect();
    format!(
        "<header>\n<p class=\"brand\">AION</p>\n<h1>A day in one page</h1>\n\
         <p class=\"lead\">A small site was read, judged and taken in; it was searched; a local model learnt from what was \
         answered well, and was asked again, beside a paid one with little money. All of it took {:.1} seconds on this \
         machine, offline.</p>\n<dl class=\"facts\">\n{facts}</dl>\n</header>\n",
        story.took.as_secs_f64()
    )
}

fn averages(averages: &Averages) -> String {
    section(
        "averages",
        "Averages that follow",
        "Each document has a moving average of its vectors. New vectors move it once.",
        &format!(
            "<p>{} moved the averages of {}; a second round found {} new ones.</p>\n",
            count(averages.used, "vector"),
            count(averages.documents, "document"),
            averages.used_again
        ),
    )
}

fn section(id: &str, title: &str, lead: &str, body: &str) -> String {
    format!(
        "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{title}</h2>\n<p class=\"lead\">{lead}</p>\n{body}</section>\n"
    )
}
