//! The moving average: each new vector counts once, whoever else is at it.

use std::sync::Arc;

use aion_core::knowledge::Item;
use aion_core::{EmaOptions, ErrorKind, ema_update};

use crate::support::{DIMENSION, Letters, Place, count_letters, ingest, picture};

fn unit(text: &str) -> Vec<f32> {
    let vector = count_letters(text, DIMENSION);
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    vector.iter().map(|value| value / length).collect()
}

fn close(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6)
}

#[test]
fn it_follows_the_versions_by_the_formula() {
    let (place, letters) = (Place::new(), Arc::new(Letters::default()));
    let knowledge = place.open_with(&letters);
    let document = ingest(&knowledge, &[Item::text("a", "aaaa")])[0].document;
    assert_eq!(knowledge.document(document).unwrap().new_vectors, 1);
    let first = knowledge.update_ema(document).unwrap();
    assert_eq!((first.updates, first.used), (1, 1));
    assert!(close(first.vector.as_ref().unwrap(), &unit("aaaa")));
    let idle = knowledge.update_ema(document).unwrap();
    assert_eq!((idle.updates, idle.used, &idle.vector), (1, 0, &first.vector));
    ingest(&knowledge, &[Item::text("a", "bbbb")]);
    let second = knowledge.update_ema(document).unwrap();
    let wanted = ema_update(first.vector.as_deref(), &[unit("bbbb")], 1, &EmaOptions::default()).unwrap();
    assert_eq!((second.updates, second.used), (2, 1));
    assert!(close(second.vector.as_ref().unwrap(), &wanted));
    assert_eq!(knowledge.average(document).unwrap().vector, second.vector);
    assert_eq!(knowledge.document(document).unwrap().new_vectors, 0);
}

#[test]
fn a_picture_counts_its_own_vector_and_another_model_begins_anew() {
    let (place, letters) = (Place::new(), Arc::new(Letters::default()));
    let knowledge = place.open_with(&letters);
    let image = ingest(&knowledge, &[Item::bytes("a.png", picture("ddd"))])[0].document;
    let average = knowledge.update_ema(image).unwrap();
    assert!(average.used == 1 && close(average.vector.as_ref().unwrap(), &unit("ddd")));
    let other = Arc::new(Letters { space: Some("other".into()), dimension: Some(8), ..Letters::default() });
    let knowledge = place.open_with(&other);
    ingest(&knowledge, &[Item::bytes("a.png", picture("ddd"))]);
    let average = knowledge.update_ema(image).unwrap();
    assert_eq!((average.updates, average.vector.unwrap().len()), (1, 8));
}

#[test]
fn without_vectors_there_is_none() {
    let place = Place::new();
    let knowledge = place.open();
    let document = ingest(&knowledge, &[Item::text("a", "Words.")])[0].document;
    let average = knowledge.update_ema(document).unwrap();
    assert_eq!((average.vector, average.updates, average.used), (None, 0, 0));
    assert_eq!(knowledge.update_ema(99).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn threads_at_once_lose_nothing_and_double_nothing() {
    let (place, letters) = (Place::new(), Arc::new(Letters::default()));
    let knowledge = place.open_with(&letters);
    let document = ingest(&knowledge, &[Item::text("a", "start")])[0].document;
    let versions = 40;
    let used: usize = std::thread::scope(|scope| {
        let updaters: Vec<_> = (0..3)
            .map(|_| {
                let knowledge = place.open_with(&letters);
                scope.spawn(move || {
                    let (mut used, mut updates) = (0, 0);
                    while updates < 2 * versions {
                        used += knowledge.update_ema(document).unwrap().used;
                        updates += 1;
                        std::thread::yield_now();
                    }
                    used
                })
            })
            .collect();
        for version in 0..versions {
            ingest(&knowledge, &[Item::text("a", format!("{} version", "b".repeat(version)))]);
        }
        updaters.into_iter().map(|updater| updater.join().unwrap()).sum()
    });
    let used = used + knowledge.update_ema(document).unwrap().used;
    // Each version has one vector; one that was replaced before anybody came counts for nobody.
    assert!(used <= versions + 1, "{used} vectors were used of {}", versions + 1);
    assert_eq!(knowledge.average(document).unwrap().updates, used as u64);
    assert_eq!(knowledge.document(document).unwrap().new_vectors, 0);
}
