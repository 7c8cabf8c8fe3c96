//! Search by words, by meaning and by pictures.

use std::collections::HashSet;
use std::ops::Range;

use rusqlite::{Row, params_from_iter};
use serde::{Deserialize, Serialize};

use super::Knowledge;
use super::documents::read_kind;
use super::filter::{Conditions, Filter};
use super::fuse::{Fused, Ranked, distinct, fuse};
use super::index::{Modality, Query};
use super::item::Kind;
use super::options::{invalid, too_large};
use super::store::{Millis, all, first};
use super::unit::unit;
use super::words::{Excerpt, Words};
use crate::control::Control;
use crate::error::{Error, ErrorKind, Result};
use crate::image::ImageSource;
use crate::sqlite::Transaction;

const MAX_HITS: usize = 10_000;
const MAX_QUERY_BYTES: usize = 64 << 10;
/// A ranking is followed to so many times the hits that are wanted, and so far at least, before rankings are fused.
const DEPTH_FACTOR: usize = 3;
const LEAST_DEPTH: usize = 64;
/// Where documents have many chunks, a ranking is asked for so many times as much again.
const WIDEN: usize = 4;

/// What a search goes by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SearchMode {
    /// Words and vectors, their rankings fused; words alone without an embedder.
    #[default]
    Hybrid,
    /// Words alone.
    Words,
    /// Vectors alone.
    Vectors,
}

/// How a search is made. The default is the usual.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SearchOptions {
    /// Which documents are looked at.
    pub filter: Filter,
    /// What the search goes by.
    pub mode: SearchMode,
    /// Whether every chunk is a hit of its own. By default a document is one hit, with its best chunk.
    pub passages: bool,
    /// Whether the last word may be the beginning of one, as while somebody types.
    pub prefix: bool,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Hit {
    /// The number of the document.
    pub document: i64,
    /// Where it comes from.
    pub source: String,
    /// Its title; empty for none.
    pub title: String,
    /// What it is.
    pub kind: Kind,
    /// When it was fetched, in milliseconds since 1970, UTC.
    pub fetched_at: Millis,
    /// The page that a picture stands on.
    pub page: Option<HitPage>,
    /// The number of the chunk that was found, or else a picture's first.
    pub chunk: i64,
    /// Where the chunk is in the text of the document, in bytes of UTF-8.
    pub range: Range<usize>,
    /// A part of the chunk, with words of the query if it has some.
    pub excerpt: String,
    /// Where those words are in the excerpt, in bytes of UTF-8.
    pub words: Vec<Range<usize>>,
    /// What the hits are ranked by: the fused score, or the only one.
    pub score: f64,
    /// BM25 of the words, the better the higher; `None` if none of them is there.
    pub words_score: Option<f64>,
    /// The cosine to the nearest vector; `None` if it was not near enough to be looked at.
    pub vector_score: Option<f64>,
}

/// The page that a picture stands on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HitPage {
    /// The number of the document.
    pub document: i64,
    /// Its address.
    pub source: String,
    /// Its title.
    pub title: String,
}

/// What is searched for.
struct Search<'a> {
    words: Option<Words>,
    /// Rankings by vectors: the space, what kind, and the unit vector.
    vectors: Vec<(String, Modality, Vec<f32>)>,
    options: &'a SearchOptions,
    hits: usize,
}

impl Knowledge {
    /// The `hits` documents that fit `query` best, the best first. Words are found whatever their case and accents;
    /// with a text embedder texts are found by meaning too, and so are pictures that share its space.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for no or more than 10,000 hits, [`ErrorKind::LimitExceeded`] for a query above
    /// 64 KiB, [`ErrorKind::NotConfigured`] for vectors alone without an embedder, those of the embedder and of
    /// `control`, [`ErrorKind::Unavailable`] for the store.
    pub fn search_text(
        &self,
        query: &str,
        hits: usize,
        options: &SearchOptions,
        control: &Control,
    ) -> Result<Vec<Hit>> {
        self.check_search(hits, control)?;
        if query.len() > MAX_QUERY_BYTES {
            return Err(too_large(format!("the query is longer than {MAX_QUERY_BYTES} bytes")));
        }
        let words = match options.mode {
            SearchMode::Vectors => None,
            _ => Words::of(query, options.prefix),
        };
        let vectors = match (options.mode, &self.texts) {
            (SearchMode::Words, _) | (SearchMode::Hybrid, None) => Vec::new(),
            (SearchMode::Vectors, None) => return Err(no_embedder("a search by vectors")),
            _ if query.trim().is_empty() => Vec::new(),
            (_, Some(embedder)) => {
                let space = embedder.space()?;
                let vector = only(embedder.embed_texts(&[query], &control.without_progress())?)?;
                [Modality::Text, Modality::Image]
                    .map(|modality| (space.clone(), modality, vector.clone()))
                    .into()
            }
        };
        self.search(&Search { words, vectors, options, hits }, control)
    }

    /// The `hits` pictures that are most like `image`, the most alike first.
    ///
    /// # Errors
    /// [`ErrorKind::NotConfigured`] without an embedder of pictures, those of the picture, and as
    /// [`search_text`](Self::search_text).
    pub fn search_image(
        &self,
        image: ImageSource<'_>,
        hits: usize,
        options: &SearchOptions,
        control: &Control,
    ) -> Result<Vec<Hit>> {
        self.check_search(hits, control)?;
        let Some(embedder) = &self.images else { return Err(no_embedder("a search by a picture")) };
        let Some(space) = embedder.space()? else { return Err(no_embedder("a search by a picture")) };
        let vector = unit(&embedder.embed_image(image, &control.without_progress())?)?;
        let vectors = vec![(space, Modality::Image, vector)];
        self.search(&Search { words: None, vectors, options, hits }, control)
    }

    fn check_search(&self, hits: usize, control: &Control) -> Result<()> {
        self.store.check_process()?;
        control.check()?;
        match (1..=MAX_HITS).contains(&hits) {
            true => Ok(()),
            false => Err(invalid(format!("k is {hits}; it must be 1 to {MAX_HITS}"))),
        }
    }

    fn search(&self, search: &Search<'_>, control: &Control) -> Result<Vec<Hit>> {
        let filter = &search.options.filter;
        let documents = match filter.is_empty() || search.vectors.is_empty() {
            true => None,
            false => Some(self.matching(filter)?),
        };
        let by_words = self.rank_words(search, control)?;
        let by_vectors = search.vectors.iter().map(|(space, modality, vector)| {
            let (documents, threads) = (documents.as_ref(), self.options.thread_count());
            let most = 0;
            self.rank_vectors(
                search,
                Query { space, modality: *modality, vector, most, documents, threads },
                control,
            )
        });
        let by_vectors = by_vectors.collect::<Result<Vec<_>>>()?;
        let mut fused = fuse(&by_words, &by_vectors);
        fused.truncate(search.hits);
        let is_fused = usize::from(search.words.is_some()) + search.vectors.len() > 1;
        self.store.read(|transaction| {
            let hits = fused.iter().map(|fused| hit(transaction, fused, search, is_fused));
            // A document that was removed in the meantime is no hit.
            hits.filter_map(Result::transpose).collect()
        })
    }

    fn matching(&self, filter: &Filter) -> Result<HashSet<i64>> {
        let conditions = Conditions::of(filter);
        let sql = format!("SELECT d.id FROM documents d WHERE {}", conditions.sql());
        self.store.read(|transaction| {
            let values = params_from_iter(conditions.values);
            Ok(all(transaction, "the documents", &sql, values, |row| row.get(0))?.into_iter().collect())
        })
    }

    fn rank_words(&self, search: &Search<'_>, control: &Control) -> Result<Vec<Ranked>> {
        let Some(words) = &search.words else { return Ok(Vec::new()) };
        self.store.read_under(control, |transaction| {
            search.rank(|most| {
                let found = words.find(transaction, &search.options.filter, most)?;
                Ok(found
                    .into_iter()
                    .map(|found| search.ranked(found.chunk, found.document, found.score))
                    .collect())
            })
        })
    }

    fn rank_vectors(&self, search: &Search<'_>, query: Query<'_>, control: &Control) -> Result<Vec<Ranked>> {
        search.rank(|most| {
            let found = self.index.nearest(&self.store, &Query { most, ..query }, control)?;
            let ranked =
                |near: super::index::Near| search.ranked(near.chunk, near.document, f64::from(near.score));
            Ok(found.into_iter().map(ranked).collect())
        })
    }
}

impl Search<'_> {
    fn ranked(&self, chunk: i64, document: i64, score: f64) -> Ranked {
        Ranked { key: if self.options.passages { chunk } else { document }, chunk, document, score }
    }

    /// The best of each key, as many as fusion needs, by asking `find` for as much as that takes.
    fn rank(&self, find: impl Fn(usize) -> Result<Vec<Ranked>>) -> Result<Vec<Ranked>> {
        let depth = (DEPTH_FACTOR * self.hits).max(LEAST_DEPTH);
        let mut most = depth;
        loop {
            let found = find(most)?;
            let is_all = found.len() < most;
            let mut distinct = distinct(found);
            if is_all || distinct.len() >= depth {
                distinct.truncate(depth);
                return Ok(distinct);
            }
            most *= WIDEN;
        }
    }
}

/// A hit with what there is to tell of it; `None` if it is gone.
fn hit(
    transaction: &Transaction<'_>,
    fused: &Fused,
    search: &Search<'_>,
    is_fused: bool,
) -> Result<Option<Hit>> {
    let chunk = fused.chunk();
    let sql =
        "SELECT d.source, d.title, d.kind, d.fetched_at, c.start, c.stop, c.text, p.id, p.source, p.title
               FROM chunks c JOIN documents d ON d.id = c.document LEFT JOIN documents p ON p.id = d.parent
               WHERE c.id = ?";
    let Some(mut hit) = first(transaction, "the documents", sql, (chunk,), |row| read_hit(row, fused))?
    else {
        return Ok(None);
    };
    if let (Some(words), Some(_)) = (&search.words, fused.words)
        && let Some(Excerpt { text, words }) = words.excerpt(transaction, chunk)?
    {
        hit.excerpt = text;
        hit.words = words;
    }
    if !is_fused {
        hit.score = hit.words_score.or(hit.vector_score).unwrap_or(hit.score);
    }
    Ok(Some(hit))
}

fn read_hit(row: &Row<'_>, fused: &Fused) -> rusqlite::Result<Hit> {
    let page =
        |document| Ok::<_, rusqlite::Error>(HitPage { document, source: row.get(8)?, title: row.get(9)? });
    Ok(Hit {
        document: fused.document,
        source: row.get(0)?,
        title: row.get(1)?,
        kind: read_kind(row, 2)?,
        fetched_at: row.get(3)?,
        page: row.get::<_, Option<i64>>(7)?.map(page).transpose()?,
        chunk: fused.chunk(),
        range: row.get(4)?..row.get(5)?,
        excerpt: Excerpt::beginning(row.get_ref(6)?.as_str()?).text,
        words: Vec::new(),
        score: fused.score,
        words_score: fused.words.map(|ranked| ranked.score),
        vector_score: fused.vector.map(|ranked| ranked.score),
    })
}

/// The unit vector of the only text.
fn only(vectors: Vec<Vec<f32>>) -> Result<Vec<f32>> {
    match &vectors[..] {
        [vector] => unit(vector),
        _ => {
            Err(Error::new(ErrorKind::Engine, "the text embedder gave another number of vectors than texts"))
        }
    }
}

fn no_embedder(what: &str) -> Error {
    let message = format!("{what} needs an embedder; open the store with an engine that has a CLIP model");
    Error::new(ErrorKind::NotConfigured, message)
}
