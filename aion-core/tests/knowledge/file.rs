//! The file: what is not ours or not whole is refused, and readers never write.

use std::sync::Arc;

use aion_core::knowledge::{Item, Knowledge, KnowledgeOptions};
use aion_core::{Control, ErrorKind};

use crate::support::{Letters, Place, ingest, search, sources};

fn read_only() -> KnowledgeOptions {
    let mut options = KnowledgeOptions::default();
    options.read_only = true;
    options
}

fn refusal(place: &Place) -> String {
    let error = Knowledge::open(place.path(), KnowledgeOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    error.to_string()
}

#[test]
fn what_is_no_store_is_refused_and_left_alone() {
    let place = Place::new();
    std::fs::write(place.path(), vec![7; 8192]).unwrap();
    assert!(refusal(&place).contains("not a database"));
    std::fs::remove_file(place.path()).unwrap();
    place.raw().execute_batch("CREATE TABLE others (x)").unwrap();
    assert!(refusal(&place).contains("another program"));
    let nowhere = Knowledge::open(place.folder.path().join("a/b.db"), KnowledgeOptions::default());
    assert_eq!(nowhere.unwrap_err().kind(), ErrorKind::Unavailable);
}

#[test]
fn a_later_version_is_not_touched() {
    let place = Place::new();
    drop(place.open());
    place.raw().pragma_update(None, "user_version", 99).unwrap();
    assert!(refusal(&place).contains("version 99"));
}

#[test]
fn a_damaged_file_is_an_error_and_no_crash() {
    let (place, letters) = (Place::new(), Arc::new(Letters::default()));
    let knowledge = place.open_with(&letters);
    let items: Vec<_> =
        (0..200).map(|n| Item::text(format!("{n}"), format!("Words of {n}. ").repeat(50))).collect();
    ingest(&knowledge, &items);
    drop(knowledge);
    let mut bytes = std::fs::read(place.path()).unwrap();
    for page in bytes.chunks_mut(8192).skip(2) {
        page[8..400].fill(0xA5);
    }
    std::fs::write(place.path(), bytes).unwrap();
    let error = Knowledge::open(place.path(), KnowledgeOptions::default()).and_then(|knowledge| {
        let knowledge = knowledge.with_text_embedder(letters.clone());
        knowledge.search_text("words", 5, &Default::default(), &Control::default())
    });
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Unavailable);
}

#[test]
fn a_reader_reads_beside_a_writer_and_never_writes() {
    let place = Place::new();
    assert_eq!(Knowledge::open(place.path(), read_only()).unwrap_err().kind(), ErrorKind::Unavailable);
    let writer = place.open();
    ingest(&writer, &[Item::text("a", "First words.")]);
    let reader = Knowledge::open(place.path(), read_only()).unwrap();
    assert_eq!(sources(&search(&reader, "words")), ["a"]);
    ingest(&writer, &[Item::text("b", "More words.")]);
    assert_eq!(reader.counts().unwrap().documents, 2);
    let refused = reader.ingest(&[Item::text("c", "Words.")], &Control::default()).remove(0);
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidState);
    assert_eq!(reader.remove(1).unwrap_err().kind(), ErrorKind::InvalidState);
    assert_eq!(reader.update_ema(1).unwrap().used, 0);
}

#[test]
fn a_file_that_was_replaced_is_noticed() {
    let (place, other) = (Place::new(), Place::new());
    let knowledge = place.open();
    ingest(&knowledge, &[Item::text("a", "Words.")]);
    drop(other.open());
    for name in ["aion.db", "aion.db-wal", "aion.db-shm"] {
        let _ = std::fs::remove_file(place.folder.path().join(name));
    }
    std::fs::copy(other.path(), place.path()).unwrap();
    assert_eq!(knowledge.counts().unwrap_err().kind(), ErrorKind::Unavailable);
    let error = knowledge.counts().unwrap_err();
    assert!(error.to_string().contains("taken the place"), "{error}");
}

#[test]
fn settings_out_of_range_are_refused() {
    let place = Place::new();
    let changes: [fn(&mut KnowledgeOptions); 4] = [
        |options| options.chunk_bytes = 31,
        |options| options.chunk_bytes = 1 << 20,
        |options| options.max_text_bytes = 0,
        |options| options.threads = Some(0),
    ];
    for change in changes {
        let mut options = KnowledgeOptions::default();
        change(&mut options);
        let error = Knowledge::open(place.path(), options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    }
    assert!(!place.path().exists());
}

#[test]
fn the_checks_of_the_file_hold_the_words_in_step() {
    let (place, letters) = (Place::new(), Arc::new(Letters::default()));
    let knowledge = place.open_with(&letters);
    for round in 0..3 {
        let items: Vec<_> =
            (0..20).map(|n| Item::text(format!("{n}"), format!("Round {round} of {n}."))).collect();
        let results = ingest(&knowledge, &items);
        knowledge.remove(results[3].document).unwrap();
    }
    assert!(knowledge.verify().unwrap().is_empty());
    let raw = place.raw();
    raw.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)", ()).unwrap();
    let broken: i64 =
        raw.query_row("SELECT count(*) FROM pragma_foreign_key_check", (), |row| row.get(0)).unwrap();
    assert_eq!(broken, 0);
}

#[cfg(unix)]
#[test]
fn a_child_process_is_told_to_open_its_own() {
    let place = Place::new();
    let knowledge = place.open();
    ingest(&knowledge, &[Item::text("a", "Words.")]);
    // SAFETY: the child makes a few calls, takes no lock that another thread may hold, and ends without unwinding.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let is_told = matches!(knowledge.counts(), Err(error) if error.kind() == ErrorKind::Forked);
        // SAFETY: it only ends the child.
        unsafe { libc::_exit(if is_told { 0 } else { 1 }) };
    }
    let mut status = 0;
    // SAFETY: the child is this process's own, and the status has room.
    unsafe { libc::waitpid(child, &mut status, 0) };
    assert_eq!(status, 0);
    assert_eq!(knowledge.counts().unwrap().documents, 1);
}
