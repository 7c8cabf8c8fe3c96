//! What was found, taken in and searched.

use aion_core::crawl::Preview;
use aion_core::knowledge::Hit;

use super::section;
use super::text::{count, escape, marked};
use crate::curate::{Ingested, Picture, file_name};
use crate::discover::{Discovery, objections, path};
use crate::pictures::Caption;
use crate::search::Search;

/// Every address with its verdict, those that were refused first.
pub(super) fn addresses(discovery: &Discovery) -> String {
    let mut previews: Vec<_> = discovery.previews.iter().collect();
    previews.sort_by_key(|preview| (preview.ok, objections(preview).is_empty()));
    let rows: String = previews.into_iter().map(address).collect();
    section(
        "addresses",
        "Found, and judged",
        &format!(
            "{} in {:.0} milliseconds, by {}. What the site or the text itself speaks against was not taken in.",
            count(discovery.pages.len(), "page"),
            discovery.took.as_secs_f64() * 1e3,
            count(discovery.requests, "request")
        ),
        &format!(
            "<table class=\"stack\"><thead><tr><th>Verdict</th><th>Address</th><th>Title, and what speaks against it</th>\
             </tr></thead>\n<tbody>\n{rows}</tbody></table>\n"
        ),
    )
}

fn address(preview: &Preview) -> String {
    let objections = objections(preview);
    let (class, verdict) = match (preview.ok, objections.is_empty()) {
        (true, true) => ("good", "approved"),
        (true, false) => ("fair", "approved"),
        (false, _) => ("bad", "refused"),
    };
    let reasons: String =
        objections.iter().map(|reason| format!("<span class=\"reason\">{}</span>", escape(reason))).collect();
    format!(
        "<tr><td><span class=\"chip {class}\">{verdict}</span></td><td><code>{}</code></td><td>{}{reasons}</td></tr>\n",
        escape(path(&preview.url)),
        escape(&preview.title)
    )
}

/// The pictures with what was made of them.
pub(super) fn pictures(ingested: &Ingested) -> String {
    let cards: String = ingested.pictures.iter().map(picture).collect();
    section(
        "pictures",
        "Pictures, seen and read",
        &format!(
            "The store has {} of text and {} vectors. Each picture has a CLIP vector, the words that text recognition found \
             in it, and the page that it stands on. The CLIP model is tiny: it knows shapes and a few kinds of documents.",
            count(ingested.chunks as usize, "chunk"),
            ingested.vectors
        ),
        &format!("<div class=\"grid\">\n{cards}</div>\n"),
    )
}

fn picture(picture: &Picture) -> String {
    let name = file_name(&picture.source);
    let alt = if picture.title.is_empty() { &name } else { &picture.title };
    let words = match picture.words.trim() {
        "" => "<p class=\"quiet\">No words in it.</p>".to_owned(),
        words => format!("<blockquote>{}</blockquote>", escape(words)),
    };
    let page = picture.page.as_deref().map_or("given by hand".into(), |page| format!("on {}", path(page)));
    let Caption { text: caption, score } = &picture.caption;
    let likeness = match picture.caption.is_sure() {
        true => format!("Looks like <em>{}</em> ({score:.2})", escape(caption)),
        false => format!("Like nothing that this CLIP knows; nearest: {} ({score:.2})", escape(caption)),
    };
    format!(
        "<figure class=\"card\"><img src=\"{}\" alt=\"{}\" loading=\"lazy\">\n<figcaption><strong>{}</strong>\
         <span class=\"quiet\">{}</span>\n<span>{likeness}</span>{words}</figcaption></figure>\n",
        picture.thumbnail,
        escape(alt),
        escape(&name),
        escape(&page)
    )
}

/// Each search with its hits.
pub(super) fn searches(searches: &[Search], ingested: &Ingested) -> String {
    let cards: String = searches.iter().map(|search| one_search(search, ingested)).collect();
    section(
        "searches",
        "Searched",
        "Words are found whatever their case and accents; pictures by what they show.",
        &format!("<div class=\"searches\">\n{cards}</div>\n"),
    )
}

fn one_search(search: &Search, ingested: &Ingested) -> String {
    let picture = search.picture.as_deref();
    let picture = picture
        .map(|uri| format!("<img class=\"small\" src=\"{uri}\" alt=\"The picture that was searched by\">"));
    let hits: String = search.hits.iter().map(|found| hit(found, ingested)).collect();
    format!(
        "<article class=\"card\"><h3>{}{}</h3><p class=\"quiet\">{}</p>\n<ol>{hits}</ol></article>\n",
        picture.unwrap_or_default(),
        escape(&search.query),
        escape(search.note)
    )
}

fn hit(hit: &Hit, ingested: &Ingested) -> String {
    let picture = ingested.pictures.iter().find(|picture| picture.source == hit.source);
    let thumbnail =
        picture.map(|picture| format!("<img class=\"small\" src=\"{}\" alt=\"\">", picture.thumbnail));
    let scores = [("BM25", hit.words_score), ("cosine", hit.vector_score)];
    let scores: Vec<_> =
        scores.iter().filter_map(|(name, score)| score.map(|score| format!("{name} {score:.2}"))).collect();
    format!(
        "<li>{}<div><strong>{}</strong> <code>{}</code> <span class=\"quiet\">{}</span><p>{}</p></div></li>\n",
        thumbnail.unwrap_or_default(),
        escape(&hit.title),
        escape(path(&hit.source)),
        scores.join(", "),
        marked(&hit.excerpt, &hit.words)
    )
}
