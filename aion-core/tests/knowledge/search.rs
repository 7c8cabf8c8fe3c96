//! What comes out: by words, by meaning, by pictures, and only what passes the filter.

use std::sync::Arc;

use aion_core::knowledge::{Filter, Item, Kind, Knowledge, SearchMode, SearchOptions};
use aion_core::{CancelToken, Control, ErrorKind, ImageSource};
use proptest::prelude::*;

use crate::support::{DIMENSION, Letters, Place, count_letters, ingest, picture, search, sources};

fn with(change: impl FnOnce(&mut SearchOptions)) -> SearchOptions {
    let mut options = SearchOptions::default();
    change(&mut options);
    options
}

fn run(knowledge: &Knowledge, query: &str, options: &SearchOptions) -> Vec<String> {
    let hits = knowledge.search_text(query, 10, options, &Control::default()).unwrap();
    hits.into_iter().map(|hit| hit.source).collect()
}

#[test]
fn words_are_found_whatever_their_case_and_accents() {
    let place = Place::new();
    let knowledge = place.open();
    let items = [
        Item::text("pt", "A previsão diz que a maré alta será às dez horas."),
        Item::text("en", "The keeper writes down the wind."),
    ];
    ingest(&knowledge, &items);
    for query in ["maré", "MARE", "mare\u{301}", "previsao", "amanhã maré?", "\"maré\""] {
        assert_eq!(sources(&search(&knowledge, query)), ["pt"], "{query}");
    }
    let hit = &search(&knowledge, "mare alta")[0];
    let words: Vec<&str> = hit.words.iter().map(|range| &hit.excerpt[range.clone()]).collect();
    assert_eq!(words, ["maré", "alta"]);
    assert!(hit.words_score.unwrap() > 0.0 && hit.vector_score.is_none());
}

#[test]
fn titles_are_found_and_the_last_word_may_go_on() {
    let place = Place::new();
    let knowledge = place.open();
    let mut item = Item::text("a", "Nothing of it is in the text.");
    item.title = Some("Lighthouse".into());
    ingest(&knowledge, &[item]);
    assert_eq!(run(&knowledge, "lighthouse", &SearchOptions::default()), ["a"]);
    assert!(run(&knowledge, "light", &SearchOptions::default()).is_empty());
    assert_eq!(run(&knowledge, "of light", &with(|options| options.prefix = true)), ["a"]);
}

#[test]
fn a_text_finds_pictures_and_a_picture_its_like() {
    let (place, letters) = (Place::new(), Arc::new(Letters::default()));
    let knowledge = place.open_with(&letters);
    let pictures = ["ccc", "ddd", "eee"].map(|name| Item::bytes(format!("{name}.png"), picture(name)));
    ingest(&knowledge, &pictures);
    ingest(&knowledge, &[Item::text("text", "Fog and gales.")]);
    let options = with(|options| options.mode = SearchMode::Vectors);
    let hits = knowledge.search_text("dddd", 4, &options, &Control::default()).unwrap();
    assert_eq!(hits[0].source, "ddd.png");
    assert!(hits[0].vector_score.unwrap() > 0.99 && hits[0].kind == Kind::Image);
    let like = picture("eee");
    let hits =
        knowledge.search_image(ImageSource::Bytes(&like), 2, &SearchOptions::default(), &Control::default());
    let hits = hits.unwrap();
    assert_eq!(hits[0].source, "eee.png");
    assert!((hits[0].score - 1.0).abs() < 1e-6 && hits.len() == 2);
}

#[test]
fn filters_hold_for_words_and_vectors() {
    let (place, letters) = (Place::new(), Arc::new(Letters::default()));
    let knowledge = place.open_with(&letters);
    let item = |source: &str, time| {
        let mut item = Item::text(source, "The same words.");
        item.fetched_at = Some(time);
        item
    };
    let items = [
        item("https://e.com/a", 1_000),
        item("https://www.e.com/b", 2_000),
        item("https://note.com/c", 3_000),
        item("notes/d", 4_000),
    ];
    ingest(&knowledge, &items);
    type Case = (fn(&mut Filter), &'static [&'static str]);
    let cases: [Case; 6] = [
        (|filter| filter.host = Some("E.com".into()), &["https://e.com/a", "https://www.e.com/b"]),
        (|filter| filter.host = Some("www.e.com".into()), &["https://www.e.com/b"]),
        (|filter| filter.source_prefix = Some("notes/".into()), &["notes/d"]),
        (|filter| filter.kind = Some(Kind::Text), &["notes/d"]),
        (
            |filter| (filter.since, filter.until) = (Some(2_000), Some(4_000)),
            &["https://www.e.com/b", "https://note.com/c"],
        ),
        (|filter| filter.host = Some("%".into()), &[]),
    ];
    for (filter, wanted) in cases {
        for mode in [SearchMode::Hybrid, SearchMode::Words, SearchMode::Vectors] {
            let mut options = with(|options| filter(&mut options.filter));
            options.mode = mode;
            assert_eq!(run(&knowledge, "same words", &options), wanted, "{mode:?}");
        }
        let mut only = Filter::default();
        filter(&mut only);
        let listed = knowledge.documents(&only, 0, 10).unwrap();
        assert_eq!(listed.iter().map(|document| document.source.as_str()).collect::<Vec<_>>(), wanted);
    }
}

#[test]
fn a_document_is_one_hit_unless_passages_are_wanted() {
    let (place, letters) = (Place::new(), Arc::new(Letters::default()));
    let knowledge = place.open_with(&letters);
    ingest(
        &knowledge,
        &[Item::text("long", "A tide table. ".repeat(5_000)), Item::text("short", "One tide.")],
    );
    let hits = search(&knowledge, "tide");
    assert_eq!(hits.len(), 2, "a thousand chunks of one document do not hide the other");
    let passages = with(|options| options.passages = true);
    let hits = knowledge.search_text("tide", 50, &passages, &Control::default()).unwrap();
    assert_eq!(hits.len(), 50);
    for hit in &hits {
        assert_eq!(
            knowledge.text(hit.document).unwrap()[hit.range.clone()],
            knowledge.chunks(hit.document).unwrap().iter().find(|chunk| chunk.id == hit.chunk).unwrap().text
        );
    }
}

#[test]
fn the_index_follows_what_other_handles_write() {
    let (place, letters) = (Place::new(), Arc::new(Letters::default()));
    let (reader, writer) = (place.open_with(&letters), place.open_with(&letters));
    let options = with(|options| options.mode = SearchMode::Vectors);
    assert!(run(&reader, "aaa", &options).is_empty());
    for round in 0..3 {
        let items: Vec<_> = ["aaaa", "bbbb", "cccc", "dddd"]
            .map(|word| Item::text(word, format!("{word} {}", "e".repeat(round))))
            .into();
        let results = ingest(&writer, &items);
        assert_eq!(run(&reader, "bbbb", &options)[0], "bbbb");
        writer.remove(results[1].document).unwrap();
        assert!(!run(&reader, "bbbb", &options).contains(&"bbbb".to_owned()));
        assert_eq!(run(&reader, "dddd", &options)[0], "dddd");
    }
}

#[test]
fn searches_that_make_no_sense_are_refused() {
    let place = Place::new();
    let knowledge = place.open();
    let kind = |query: &str, k, options: &SearchOptions| {
        knowledge.search_text(query, k, options, &Control::default()).unwrap_err().kind()
    };
    let default = SearchOptions::default();
    assert_eq!(kind("a", 0, &default), ErrorKind::InvalidArgument);
    assert_eq!(kind("a", 10_001, &default), ErrorKind::InvalidArgument);
    assert_eq!(kind(&"a".repeat(70_000), 1, &default), ErrorKind::LimitExceeded);
    assert_eq!(kind("a", 1, &with(|options| options.mode = SearchMode::Vectors)), ErrorKind::NotConfigured);
    let image = knowledge.search_image(ImageSource::Bytes(b"x"), 1, &default, &Control::default());
    assert_eq!(image.unwrap_err().kind(), ErrorKind::NotConfigured);
    let token = CancelToken::new();
    token.cancel();
    let control = Control::default().with_cancel(token);
    assert_eq!(knowledge.search_text("a", 1, &default, &control).unwrap_err().kind(), ErrorKind::Cancelled);
    assert!(search(&knowledge, "").is_empty() && search(&knowledge, " *\" ").is_empty());
}

#[test]
fn vectors_come_in_the_order_of_plain_arithmetic() {
    let (place, letters) = (Place::new(), Arc::new(Letters::default()));
    let knowledge = place.open_with(&letters);
    let texts: Vec<String> = (0..500_u32)
        .map(|n| {
            (0..9)
                .map(|place| char::from(b'a' + (n.wrapping_mul(2_654_435_761) >> (3 * place) & 15) as u8))
                .collect()
        })
        .collect();
    let items: Vec<_> =
        texts.iter().enumerate().map(|(n, text)| Item::text(format!("{n}"), text.as_str())).collect();
    let documents: Vec<_> = ingest(&knowledge, &items).iter().map(|result| result.document).collect();
    let query = "abcdefgh";
    let cosine = |text: &str| {
        let (a, b) = (count_letters(text, DIMENSION), count_letters(query, DIMENSION));
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()
    };
    let options = with(|options| options.mode = SearchMode::Vectors);
    let hits = knowledge.search_text(query, 100, &options, &Control::default()).unwrap();
    let again = knowledge.search_text(query, 100, &options, &Control::default()).unwrap();
    assert_eq!(hits, again);
    let mut wanted: Vec<f64> = texts.iter().map(|text| cosine(text)).collect();
    for hit in &hits {
        let n = documents.iter().position(|&document| document == hit.document).unwrap();
        assert!((hit.vector_score.unwrap() - wanted[n]).abs() < 1e-5);
    }
    wanted.sort_by(|a, b| b.total_cmp(a));
    for (hit, wanted) in hits.iter().zip(wanted) {
        assert!((hit.vector_score.unwrap() - wanted).abs() < 1e-5);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_query_is_an_error(query in "(\\PC|[\"*()^:{}+ -]|NEAR|AND|NOT)*") {
        let place = Place::new();
        let knowledge = place.open();
        ingest(&knowledge, &[Item::text("a", "Some words AND others.")]);
        for prefix in [false, true] {
            let options = with(|options| options.prefix = prefix);
            prop_assert!(knowledge.search_text(&query, 5, &options, &Control::default()).is_ok());
        }
    }
}
