//! What goes in: once, whole, and in the place of what it replaces.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use aion_core::knowledge::{Change, Filter, Item, Kind, Knowledge, KnowledgeOptions};
use aion_core::{CancelToken, Control, ErrorKind};

use crate::support::{Letters, Place, ingest, picture, search, sources};

#[test]
fn the_same_content_is_read_once() {
    let (place, letters) = (Place::new(), Arc::new(Letters::default()));
    let knowledge = place.open_with(&letters);
    let items = [Item::text("a", "Alpha one."), Item::text("b", "Beta two.")];
    let first = ingest(&knowledge, &items);
    assert!(first.iter().all(|result| result.change == Change::Added));
    let embedded = letters.texts.load(Ordering::Relaxed);
    let again = ingest(&knowledge, &items);
    assert!(again.iter().all(|result| result.change == Change::Unchanged));
    assert_eq!(again[1].document, first[1].document);
    assert_eq!(letters.texts.load(Ordering::Relaxed), embedded, "nothing was embedded again");
    assert_eq!(knowledge.counts().unwrap().documents, 2);
}

#[test]
fn a_new_version_takes_the_place_of_the_old_one() {
    let (place, letters) = (Place::new(), Arc::new(Letters::default()));
    let knowledge = place.open_with(&letters);
    let old = ingest(&knowledge, &[Item::text("a", "The old words. ".repeat(100))])[0];
    let new = ingest(&knowledge, &[Item::text("a", "Fresh sentences.")])[0];
    assert_eq!((new.document, new.change), (old.document, Change::Replaced));
    let document = knowledge.document(new.document).unwrap();
    assert_eq!((document.version, document.chunks), (2, 1));
    assert_eq!(knowledge.text(new.document).unwrap(), "Fresh sentences.");
    assert_eq!(knowledge.counts().unwrap().vectors, 1);
    assert_eq!(search(&knowledge, "old")[0].words_score, None, "no word of the old version is found");
    assert!(search(&knowledge, "fresh")[0].words_score.is_some());
}

#[test]
fn chunks_are_the_text_at_their_offsets() {
    let place = Place::new();
    let mut options = KnowledgeOptions::default();
    options.chunk_bytes = 64;
    let knowledge = Knowledge::open(place.path(), options).unwrap();
    let text = "Água é vida. A maré sobe às dez.\n\nSegundo parágrafo, com ções e pães: 漢字かな交じり文。"
        .repeat(9);
    let document = ingest(&knowledge, &[Item::text("a", text.clone())])[0].document;
    let chunks = knowledge.chunks(document).unwrap();
    assert!(chunks.len() > 9);
    for chunk in &chunks {
        assert_eq!(chunk.text, text[chunk.start as usize..chunk.end as usize]);
        assert!(chunk.text.len() <= 64);
    }
    assert_eq!(knowledge.text(document).unwrap(), text);
}

#[test]
fn a_bad_item_costs_itself_only() {
    let (place, letters) = (Place::new(), Arc::new(Letters::default()));
    let knowledge = place.open_with(&letters);
    let mut orphan = Item::text("orphan", "A text.");
    orphan.parent = Some("nowhere".into());
    let items = [
        Item::text("good", "Good words."),
        Item::text(" ", "No source."),
        Item::text("bad", "This is unembeddable."),
        Item::file(place.folder.path().join("missing.txt")),
        orphan,
        Item::text("also good", "More words."),
    ];
    let kinds: Vec<_> = knowledge
        .ingest(&items, &Control::default())
        .into_iter()
        .map(|result| result.map(|result| result.change).map_err(|error| error.kind()))
        .collect();
    assert_eq!(
        kinds,
        [
            Ok(Change::Added),
            Err(ErrorKind::InvalidArgument),
            Err(ErrorKind::Engine),
            Err(ErrorKind::NotFound),
            Err(ErrorKind::NotFound),
            Ok(Change::Added)
        ]
    );
    assert_eq!(knowledge.counts().unwrap().documents, 2);
    assert!(knowledge.find("bad").unwrap().is_none() && knowledge.find("orphan").unwrap().is_none());
}

#[test]
fn limits_come_before_work() {
    let place = Place::new();
    let mut options = KnowledgeOptions::default();
    (options.max_text_bytes, options.max_file_bytes) = (100, 200);
    let knowledge = Knowledge::open(place.path(), options).unwrap();
    let long_file = place.folder.path().join("long.txt");
    std::fs::write(&long_file, "x".repeat(201)).unwrap();
    let mut long_title = Item::text("d", "Words.");
    long_title.title = Some("t".repeat(1 << 20));
    let mut large_meta = Item::text("e", "Words.");
    large_meta.meta.insert("x".into(), "y".repeat(5 << 20).into());
    let items = [
        Item::text("a", "x".repeat(101)),
        Item::bytes("b", vec![b'x'; 201]),
        Item::file(long_file),
        long_title,
        large_meta,
    ];
    for result in knowledge.ingest(&items, &Control::default()) {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::LimitExceeded);
    }
    let mut zero = Item::text("f\0", "Words.");
    zero.title = Some("a\0b".into());
    let refused = knowledge.ingest(&[zero], &Control::default()).remove(0).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidArgument);
    assert_eq!(knowledge.counts().unwrap().documents, 0);
}

#[test]
fn a_picture_hangs_on_its_page_and_goes_with_it() {
    let (place, letters) = (Place::new(), Arc::new(Letters::default()));
    let knowledge = place.open_with(&letters);
    let mut image = Item::bytes("https://e.com/c.png", picture("ccc"));
    image.parent = Some("https://e.com/".into());
    let results = ingest(&knowledge, &[Item::text("https://e.com/", "A page of words."), image]);
    let stored = knowledge.document(results[1].document).unwrap();
    assert_eq!(
        (stored.kind, stored.parent, stored.title.as_str()),
        (Kind::Image, Some(results[0].document), "c")
    );
    assert_eq!(knowledge.text(stored.id).unwrap(), "painted words");
    let hit = &search(&knowledge, "painted")[0];
    assert_eq!(hit.page.as_ref().unwrap().source, "https://e.com/");
    assert!(knowledge.remove(results[0].document).unwrap());
    assert!(!knowledge.remove(results[0].document).unwrap());
    assert_eq!(knowledge.counts().unwrap(), Default::default());
    assert!(search(&knowledge, "painted").is_empty());
}

#[test]
fn a_picture_without_words_is_read_once_and_found_by_its_title() {
    let (place, letters) = (Place::new(), Arc::new(Letters { silent: true, ..Letters::default() }));
    let knowledge = place.open_with(&letters);
    let items = [Item::bytes("circle.png", picture("ccc"))];
    assert_eq!(ingest(&knowledge, &items)[0].change, Change::Added);
    assert_eq!(ingest(&knowledge, &items)[0].change, Change::Unchanged);
    ingest(&knowledge, &[Item::text("text", "Now the space of texts is known.")]);
    assert_eq!(ingest(&knowledge, &items)[0].change, Change::Unchanged);
    assert!(search(&knowledge, "circle")[0].words_score.is_some());
}

#[test]
fn pictures_without_eyes_are_refused() {
    let place = Place::new();
    let knowledge = place.open();
    let refused = knowledge.ingest(&[Item::bytes("a.png", picture("aaa"))], &Control::default()).remove(0);
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::NotConfigured);
}

#[test]
fn a_model_that_comes_later_embeds_what_is_there() {
    let (place, letters) = (Place::new(), Arc::new(Letters::default()));
    let items = [Item::text("a", "Alpha one.")];
    ingest(&place.open(), &items);
    let knowledge = place.open_with(&letters);
    assert_eq!(ingest(&knowledge, &items)[0].change, Change::Replaced);
    assert_eq!(knowledge.counts().unwrap().vectors, 1);
    assert_eq!(ingest(&knowledge, &items)[0].change, Change::Unchanged);
    // Without a model the vectors stay.
    assert_eq!(ingest(&place.open(), &items)[0].change, Change::Unchanged);
    let other = Arc::new(Letters { space: Some("other".into()), dimension: Some(8), ..Letters::default() });
    assert_eq!(ingest(&place.open_with(&other), &items)[0].change, Change::Replaced);
}

#[test]
fn a_space_has_one_dimension() {
    let place = Place::new();
    ingest(&place.open_with(&Arc::new(Letters::default())), &[Item::text("a", "Alpha.")]);
    let longer = Arc::new(Letters { dimension: Some(30), ..Letters::default() });
    let knowledge = place.open_with(&longer);
    let refused = knowledge.ingest(&[Item::text("b", "Beta.")], &Control::default()).remove(0);
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidModel);
    assert!(knowledge.find("b").unwrap().is_none());
}

#[test]
fn what_comes_with_a_known_content_is_kept() {
    let place = Place::new();
    let knowledge = place.open();
    let mut item = Item::text("https://e.com/a", "Words.");
    item.etag = Some("\"1\"".into());
    item.fetched_at = Some(1_000);
    let document = ingest(&knowledge, &[item.clone()])[0].document;
    (item.etag, item.fetched_at) = (Some("\"2\"".into()), Some(2_000));
    item.meta.insert("seen".into(), 2.into());
    assert_eq!(ingest(&knowledge, &[item])[0].change, Change::Unchanged);
    let stored = knowledge.document(document).unwrap();
    assert_eq!((stored.etag.as_deref(), stored.fetched_at, stored.version), (Some("\"2\""), 2_000, 1));
    assert_eq!(stored.meta["seen"], 2);
}

#[test]
fn a_cancelled_call_leaves_what_was_not_done() {
    let place = Place::new();
    let knowledge = place.open();
    let token = CancelToken::new();
    token.cancel();
    let control = Control::default().with_cancel(token);
    let results = knowledge.ingest(&[Item::text("a", "Words.")], &control);
    assert_eq!(results[0].as_ref().unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(knowledge.counts().unwrap().documents, 0);
}

#[test]
fn many_items_keep_their_order_over_batches() {
    let place = Place::new();
    let knowledge = place.open();
    let items: Vec<_> = (0..300).map(|n| Item::text(format!("item {n}"), format!("Number {n}."))).collect();
    let results = ingest(&knowledge, &items);
    for (n, result) in results.iter().enumerate() {
        assert_eq!(knowledge.document(result.document).unwrap().source, format!("item {n}"));
    }
    let page = knowledge.documents(&Filter::default(), results[99].document, 50).unwrap();
    assert_eq!((page.len(), page[0].source.as_str()), (50, "item 100"));
}

#[test]
fn of_two_items_from_one_source_the_later_stays() {
    let place = Place::new();
    let knowledge = place.open();
    let items = [Item::text("a", "First."), Item::text("a", "Second.")];
    let results = ingest(&knowledge, &items);
    assert_eq!((results[0].change, results[1].change), (Change::Added, Change::Replaced));
    assert_eq!(knowledge.text(results[0].document).unwrap(), "Second.");
    assert_eq!(sources(&search(&knowledge, "second")), ["a"]);
}

#[cfg(feature = "documents")]
#[test]
fn files_are_read_as_what_they_are() {
    let place = Place::new();
    let knowledge = place.open();
    let path = place.folder.path().join("tides.md");
    std::fs::write(&path, "# Tides\n\nHigh water is at *noon*.").unwrap();
    let html = b"<html lang=pt><title>Mar\xc3\xa9s</title><p>A mar\xc3\xa9 sobe.</p></html>";
    let items = [Item::file(&path), Item::bytes("https://e.com/mares.html", &html[..])];
    let results = ingest(&knowledge, &items);
    let file = knowledge.document(results[0].document).unwrap();
    assert_eq!(
        (file.kind, file.title.as_str(), file.meta["type"].as_str()),
        (Kind::File, "Tides", Some("markdown"))
    );
    let page = knowledge.document(results[1].document).unwrap();
    assert_eq!((page.kind, page.title.as_str(), page.language.as_deref()), (Kind::Page, "Marés", Some("pt")));
}
