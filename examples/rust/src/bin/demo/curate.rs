//! Steps 3 and 4: what is approved, and how it gets into the store.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aion_core::crawl::Page;
use aion_core::knowledge::{ImageEmbedder, Item, Knowledge, NewDecision};
use aion_core::{Aion, Control};
use serde_json::json;

use crate::discover::{Discovery, is_same_site};
use crate::pictures::{self, Caption, Captions};
use crate::{Result, console};

/// Who decides here.
const ACTOR: &str = "make demo";

/// What was taken in.
pub struct Ingested {
    pub pages: usize,
    pub pictures: Vec<Picture>,
    /// Chunks and vectors that the store has now.
    pub chunks: u64,
    pub vectors: u64,
}

/// A picture in the store.
pub struct Picture {
    pub source: String,
    /// The text that stands for it; empty for none.
    pub title: String,
    /// The page that it stands on.
    pub page: Option<String>,
    /// What text recognition read.
    pub words: String,
    /// What CLIP takes it for.
    pub caption: Caption,
    /// It, small, as a data URI.
    pub thumbnail: String,
}

/// Records a decision on every address, and gives the approved pages: all that may be taken in.
pub fn approve<'a>(knowledge: &Knowledge, discovery: &'a Discovery) -> Result<Vec<&'a Page>> {
    let mut approved = Vec::new();
    for preview in &discovery.previews {
        let record = json!({ "reason": preview.reason, "verdict": preview.verdict });
        let verdict = if preview.ok { "approved" } else { "refused" };
        knowledge.record_decision(&NewDecision {
            kind: "approval",
            subject: &preview.url,
            actor: ACTOR,
            verdict,
            record: &record,
        })?;
        approved.extend(discovery.pages.get(&preview.url).filter(|_| preview.ok));
    }
    println!(
        "{} approved, {} refused; each decision is in the store with its reasons",
        approved.len(),
        discovery.previews.len() - approved.len()
    );
    Ok(approved)
}

/// Takes in the texts of `pages`, their pictures and the files in `own`.
pub fn ingest(
    aion: &Arc<Aion>,
    knowledge: &Knowledge,
    pages: &[&Page],
    own: &[PathBuf],
    control: &Control,
) -> Result<Ingested> {
    let texts: Vec<_> = pages.iter().map(|page| Item::page(page)).collect();
    for result in knowledge.ingest(&texts, control) {
        result?;
    }
    let mut items = fetch_pictures(pages)?;
    for path in own {
        let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        items.push((Item::bytes(path.to_string_lossy(), bytes.clone()), bytes));
    }
    // What is read in a picture is found by its words. As prose it is beyond the text side of a small CLIP, so it gets
    // no vector; the picture itself does.
    let store = Knowledge::open(knowledge.path(), knowledge.options().clone())?;
    let store = store.with_image_embedder(Arc::clone(aion) as Arc<dyn ImageEmbedder>);
    let captions = Captions::new(aion, control)?;
    let bar = console::bar(items.len() as u64, "pictures")?;
    let mut pictures = Vec::new();
    for (item, bytes) in items {
        bar.set_message(file_name(&item.source));
        let document = match store.ingest(std::slice::from_ref(&item), control).pop() {
            Some(result) => result?.document,
            None => return Err("an item got no result".into()),
        };
        pictures.push(Picture {
            words: knowledge.text(document)?,
            caption: captions.of(aion, &bytes, control)?,
            thumbnail: pictures::thumbnail(aion, &bytes, control)?,
            source: item.source,
            title: item.title.unwrap_or_default(),
            page: item.parent,
        });
        bar.inc(1);
    }
    bar.finish_with_message("all are in the store");
    let counts = knowledge.counts()?;
    println!(
        "{} pages and {} pictures: {} chunks, {} vectors",
        pages.len(),
        pictures.len(),
        counts.chunks,
        counts.vectors
    );
    Ok(Ingested { pages: pages.len(), pictures, chunks: counts.chunks, vectors: counts.vectors })
}

/// The pictures of `pages` on the pages' own site, each once, with the first page that shows it.
fn fetch_pictures(pages: &[&Page]) -> Result<Vec<(Item, Vec<u8>)>> {
    let (mut items, mut seen) = (Vec::new(), HashSet::new());
    for page in pages {
        for image in page.images.iter().filter(|image| is_same_site(&image.url, &page.url)) {
            if seen.insert(&image.url) {
                let bytes = pictures::fetch(&image.url)?;
                let mut item = Item::bytes(image.url.as_str(), bytes.clone());
                item.title = Some(image.alt.clone()).filter(|alt| !alt.is_empty());
                item.parent = Some(page.url.clone());
                items.push((item, bytes));
            }
        }
    }
    Ok(items)
}

/// The end of an address or a path.
pub fn file_name(source: &str) -> String {
    Path::new(source)
        .file_name()
        .map_or_else(|| source.to_owned(), |name| name.to_string_lossy().into_owned())
}
