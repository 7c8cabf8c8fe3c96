//! What the assistant knows, in one file: items in, hits out.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use aion_core::Result;
use aion_core::knowledge::{Change, Hit, Ingested, Knowledge};

use crate::control::{self, AionControl};
use crate::engine::AionEngine;
use crate::error::AionError;
use crate::handle::{invalid, required, vacant};
use crate::knowledge_options::{AionKnowledgeItem, AionKnowledgeOptions, AionSearchOptions};
use crate::panic::{guard, guard_drop, guard_or};
use crate::source::AionSource;
use crate::status::AionStatus;
use crate::text::{self, AionText};
use crate::{batch, slice};

/// A store of knowledge in one SQLite file. Threads and processes may share the file, threads the handle. In a child of
/// the process that opened it its calls fail with AION_ERROR_FORKED. Freed by aion_knowledge_free.
pub struct AionKnowledge(Knowledge);

/// The item could not be ingested; its error tells why.
pub const AION_INGEST_FAILED: u32 = 0;
/// Its source was not known.
pub const AION_INGEST_ADDED: u32 = 1;
/// Its source had another content.
pub const AION_INGEST_REPLACED: u32 = 2;
/// Its source had the same content already.
pub const AION_INGEST_UNCHANGED: u32 = 3;

/// What became of an item.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct AionIngested {
    /// The number of its document; 0 if it failed.
    pub document: i64,
    /// AION_INGEST_ADDED, AION_INGEST_REPLACED, AION_INGEST_UNCHANGED or AION_INGEST_FAILED.
    pub change: u32,
}

impl From<Ingested> for AionIngested {
    fn from(ingested: Ingested) -> Self {
        let change = match ingested.change {
            Change::Added => AION_INGEST_ADDED,
            Change::Replaced => AION_INGEST_REPLACED,
            _ => AION_INGEST_UNCHANGED,
        };
        Self { document: ingested.document, change }
    }
}

/// What a search found, the best first. It never changes, so threads may share it. Freed by aion_hits_free.
pub struct AionHits(Vec<(Hit, AionText, AionText)>);

fn core(knowledge: Option<&AionKnowledge>) -> Result<&Knowledge> {
    required(knowledge, "knowledge").map(|knowledge| &knowledge.0)
}

/// Opens the store in the file `path`, or makes one there. `options` may be NULL for the default. The `engine` reads words
/// in pictures and, with a CLIP model, makes vectors of texts and pictures; with NULL there are words only, and pictures
/// are refused. The engine may be freed before the store.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for an option out of its range, and AION_ERROR_UNAVAILABLE for a file that is
/// damaged, of another program or of a later version, or that can not be opened.
///
/// # Safety
/// `path` must point to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_knowledge_open(
    path: *const c_char,
    length: usize,
    options: Option<&AionKnowledgeOptions>,
    engine: Option<&AionEngine>,
    out: Option<&mut MaybeUninit<Option<Box<AionKnowledge>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        // SAFETY: the caller vouches for the bytes.
        let path = unsafe { text::path(path, length, "path") }?;
        let mut knowledge = Knowledge::open(path, AionKnowledgeOptions::resolve(options))?;
        if let Some(engine) = engine {
            knowledge = knowledge.with_engine(engine.shared());
        }
        *out = Some(Box::new(AionKnowledge(knowledge)));
        Ok(())
    })
}

/// Reads `count` items and writes them, each whole or not at all; what the store has already is not read again.
/// `results` and `errors` have `count` places; `errors` may be NULL when nobody wants them. `control` may be NULL; its
/// function is told about "items".
///
/// An item that can not be ingested is no failure of the call: its result is AION_INGEST_FAILED, and its error is in its
/// place.
///
/// # Safety
/// `items` must point to `count` items whose texts and data are as long as they say, `results` and `errors` to room for
/// `count` results and pointers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_knowledge_ingest(
    knowledge: Option<&AionKnowledge>,
    items: *const AionKnowledgeItem,
    count: usize,
    control: Option<&AionControl>,
    results: *mut AionIngested,
    errors: *mut Option<Box<AionError>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        // SAFETY: the caller vouches for the room.
        let results = unsafe { slice::output(results, count, "results") }?;
        for result in &mut *results {
            result.write(AionIngested::default());
        }
        // SAFETY: the caller vouches for the room.
        let errors = unsafe { batch::vacant_errors(errors, count) }?;
        // SAFETY: the caller vouches for the items.
        let given = unsafe { slice::input(items, count, "items") }?;
        // SAFETY: the caller vouches for the texts and the data of each.
        let items: Vec<_> = given.iter().map(|item| unsafe { item.resolve() }).collect();
        let good: Vec<_> = items.iter().flatten().cloned().collect();
        let mut ingested = core(knowledge)?.ingest(&good, &control::begin(control)).into_iter();
        let missing = || Err(invalid("an item of a batch has no result"));
        let all = items.into_iter().map(|item| item.and_then(|_| ingested.next().unwrap_or_else(missing)));
        for (place, result) in results.iter_mut().zip(batch::hand_over(all, errors)) {
            place.write(result.map(AionIngested::from).unwrap_or_default());
        }
        Ok(())
    })
}

/// Finds the `k` documents that fit the `query` best: by words, whatever their case and accents, and with a CLIP model by
/// meaning, pictures too. Nothing in a query is syntax. `options` may be NULL for everything, `control` for none.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for a `k` that is not 1 to 10000 and for options that there are not, and
/// AION_ERROR_NOT_CONFIGURED for vectors alone without a model.
///
/// # Safety
/// `query` must point to `length` bytes, and the texts of `options` be as long as they say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_knowledge_search_text(
    knowledge: Option<&AionKnowledge>,
    query: *const c_char,
    length: usize,
    k: usize,
    options: Option<&AionSearchOptions>,
    control: Option<&AionControl>,
    out: Option<&mut MaybeUninit<Option<Box<AionHits>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        // SAFETY: the caller vouches for the bytes.
        let query = unsafe { text::input(query, length, "query") }?;
        // SAFETY: the caller vouches for the texts.
        let options = unsafe { AionSearchOptions::resolve(options) }?;
        let hits = core(knowledge)?.search_text(query, k, &options, &control::begin(control))?;
        *out = Some(Box::new(hits.into()));
        Ok(())
    })
}

/// Finds the `k` pictures that are most like the picture `image`. `options` may be NULL for everything, `control` for
/// none.
///
/// Fails with AION_ERROR_NOT_CONFIGURED without a CLIP model, with those errors of aion_parse_image that are about the
/// picture, and as aion_knowledge_search_text.
///
/// # Safety
/// The data of `image` must be as long as it says, and the texts of `options` likewise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_knowledge_search_image(
    knowledge: Option<&AionKnowledge>,
    image: Option<&AionSource>,
    k: usize,
    options: Option<&AionSearchOptions>,
    control: Option<&AionControl>,
    out: Option<&mut MaybeUninit<Option<Box<AionHits>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        // SAFETY: the caller vouches for the data.
        let image = unsafe { required(image, "image")?.resolve() }?;
        // SAFETY: the caller vouches for the texts.
        let options = unsafe { AionSearchOptions::resolve(options) }?;
        let hits = core(knowledge)?.search_image(image, k, &options, &control::begin(control))?;
        *out = Some(Box::new(hits.into()));
        Ok(())
    })
}

/// Moves the average of a document by the mean of its new vectors, and writes how many it used to `used`, which may be
/// NULL. Several processes at once lose no update and count no vector twice.
///
/// Fails with AION_ERROR_NOT_FOUND if there is no such document.
#[unsafe(no_mangle)]
pub extern "C" fn aion_knowledge_update_ema(
    knowledge: Option<&AionKnowledge>,
    document: i64,
    used: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let used = used.map(|used| used.write(0));
        let average = core(knowledge)?.update_ema(document)?;
        if let Some(used) = used {
            *used = average.used;
        }
        Ok(())
    })
}

/// Writes all that is known of a document to `out`, as a JSON object.
///
/// Fails with AION_ERROR_NOT_FOUND if there is no such document.
#[unsafe(no_mangle)]
pub extern "C" fn aion_knowledge_document_json(
    knowledge: Option<&AionKnowledge>,
    document: i64,
    out: Option<&mut MaybeUninit<Option<Box<AionText>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        *out = Some(Box::new(text::json(&core(knowledge)?.document(document)?)?));
        Ok(())
    })
}

/// Removes a document, and with a page its pictures. Removing what is not there is no failure.
#[unsafe(no_mangle)]
pub extern "C" fn aion_knowledge_remove(
    knowledge: Option<&AionKnowledge>,
    document: i64,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || core(knowledge)?.remove(document).map(drop))
}

/// Frees a store once its calls have returned. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_knowledge_free(knowledge: Option<Box<AionKnowledge>>) {
    guard_drop(knowledge);
}

impl From<Vec<Hit>> for AionHits {
    fn from(hits: Vec<Hit>) -> Self {
        let texts = |hit: Hit| {
            let (source, excerpt) = (hit.source.as_str().into(), hit.excerpt.as_str().into());
            (hit, source, excerpt)
        };
        Self(hits.into_iter().map(texts).collect())
    }
}

/// How many there are.
#[unsafe(no_mangle)]
pub extern "C" fn aion_hits_count(hits: Option<&AionHits>) -> usize {
    guard_or(0, || Some(hits?.0.len()))
}

/// The number of the document of a hit; 0 if there is none of that index.
#[unsafe(no_mangle)]
pub extern "C" fn aion_hits_document(hits: Option<&AionHits>, index: usize) -> i64 {
    guard_or(0, || Some(hits?.0.get(index)?.0.document))
}

/// What a hit is ranked by.
#[unsafe(no_mangle)]
pub extern "C" fn aion_hits_score(hits: Option<&AionHits>, index: usize) -> f64 {
    guard_or(0.0, || Some(hits?.0.get(index)?.0.score))
}

/// Where the document of a hit comes from; NULL if there is none of that index. Borrowed. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_hits_source(
    hits: Option<&AionHits>,
    index: usize,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&hits?.0.get(index)?.1))
}

/// A part of the chunk that was found, with words of the query if it has some; NULL if there is none of that index.
/// Borrowed. `length` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_hits_excerpt(
    hits: Option<&AionHits>,
    index: usize,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    text::lend(length, || Some(&hits?.0.get(index)?.2))
}

/// All of it as a JSON array of objects: "document", "source", "title", "kind", "fetched_at", "page" (null, or the page of
/// a picture), "chunk", "range" (of the chunk in the text, in bytes), "excerpt", "words" (ranges of bytes in the excerpt),
/// "score", "words_score" and "vector_score".
#[unsafe(no_mangle)]
pub extern "C" fn aion_hits_to_json(
    hits: Option<&AionHits>,
    out: Option<&mut MaybeUninit<Option<Box<AionText>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        let all: Vec<_> = required(hits, "hits")?.0.iter().map(|(hit, ..)| hit).collect();
        *out = Some(Box::new(text::json(&all)?));
        Ok(())
    })
}

/// Frees hits. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_hits_free(hits: Option<Box<AionHits>>) {
    guard_drop(hits);
}
