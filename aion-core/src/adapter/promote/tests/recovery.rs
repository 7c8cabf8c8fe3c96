//! Roots that were left in disorder, or made by others.

use super::*;

#[test]
fn a_pointer_that_is_lost_comes_back() {
    let place = Place::new();
    for mark in 1..=3 {
        place.promote(mark);
    }
    let current = place.root().join("aion-current");
    fs::remove_file(&current).unwrap();
    let adapters = Adapters { root: place.root(), options: AdaptersOptions::default() };
    assert_eq!(adapters.current().unwrap(), Some(place.open().history().unwrap()[0].clone()));
    assert_eq!(current_mark(&place.open()), Some(3));
    fs::remove_file(&current).unwrap();
    std::os::unix::fs::symlink("versions/0190a5c8-0000-7000-8000-000000000000", &current).unwrap();
    assert_eq!(current_mark(&place.open()), Some(3), "it led nowhere");
}

#[test]
fn a_version_that_was_changed_is_left_for_the_one_before() {
    for file in ["adapter_model.safetensors", "adapter_config.json", "manifest.json"] {
        let place = Place::new();
        place.promote(1);
        let second = place.promote(2);
        let path = second.path.join(file);
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).unwrap();
        assert_eq!(current_mark(&place.open()), Some(1), "{file}");
        assert_eq!(names(&place.root().join("versions")).len(), 2, "it is kept for whoever wants to look");
        fs::remove_file(&path).unwrap();
        assert_eq!(current_mark(&place.open()), Some(1), "{file}");
    }
}

#[test]
fn without_a_journal_the_pointer_is_believed() {
    let place = Place::new();
    place.promote(1);
    let second = place.promote(2);
    fs::remove_file(place.root().join("journal.jsonl")).unwrap();
    let adapters = place.open();
    assert_eq!(current_mark(&adapters), Some(2));
    assert_eq!(adapters.history().unwrap().len(), 2, "the parents are known by their children");
    fs::remove_file(place.root().join("aion-current")).unwrap();
    assert_eq!(place.open().current().unwrap(), Some(second), "it was noted anew");
}

#[test]
fn what_was_never_finished_is_removed() {
    let place = Place::new();
    place.promote(1);
    for folder in [place.root(), place.root().join("versions")] {
        fs::create_dir_all(folder.join(".tmp-a/deep")).unwrap();
        fs::write(folder.join(".tmp-b"), "").unwrap();
    }
    std::os::unix::fs::symlink("nowhere", place.root().join(".tmp-c")).unwrap();
    let adapters = place.open();
    assert_eq!(names(&place.root()), ["aion-current", "journal.jsonl", "promote.lock", "versions"]);
    assert_eq!(names(&place.root().join("versions")).len(), 1);
    assert_eq!(current_mark(&adapters), Some(1));
}

#[test]
fn a_plain_directory_becomes_the_first_version() {
    let place = Place::new();
    let current = place.root().join("aion-current");
    marked(7).write(&current).unwrap();
    fs::write(current.join("notes.txt"), "mine").unwrap();
    let adapters = place.open();
    assert_eq!(current_mark(&adapters), Some(7));
    assert!(current.is_symlink());
    let before =
        names(&place.root()).into_iter().find(|name| name.starts_with("aion-current.before-")).unwrap();
    assert_eq!(fs::read(place.root().join(before).join("notes.txt")).unwrap(), b"mine");
    place.promote(8);
    assert_eq!(current_mark(&adapters), Some(8));
    adapters.rollback(&Control::default()).unwrap();
    assert_eq!(current_mark(&adapters), Some(7));
}

#[test]
fn file_systems_that_can_do_less_do_it_in_more_steps() {
    use crate::durable::fault;

    let refuse = |point: &'static str, kind: std::io::ErrorKind| {
        move |name: &'static str| if name == point { Err(kind.into()) } else { Ok(()) }
    };
    let place = Place::new();
    marked(7).write(place.root().join("aion-current")).unwrap();
    fault::with(refuse("exchange", std::io::ErrorKind::InvalidInput), || place.open());
    assert_eq!(current_mark(&place.open()), Some(7));
    assert!(place.root().join("aion-current").is_symlink());

    let place = Place::new();
    marked(7).write(place.root().join("aion-current")).unwrap();
    for mark in [7, 8] {
        let adapters = fault::with(refuse("create a link", std::io::ErrorKind::PermissionDenied), || {
            if mark == 8 {
                promote(&place.open(), &place.candidate(8)).unwrap();
            }
            place.open()
        });
        let pinned = adapters.open_current().unwrap().unwrap();
        assert_eq!(mark_of(&pinned.adapter(&Control::default()).unwrap()), mark);
        assert!(place.root().join("aion-current").is_file(), "a file points");
    }
}

#[test]
fn a_directory_that_an_older_program_copied_over_the_link_is_adopted_too() {
    let place = Place::new();
    let first = place.promote(1);
    let current = place.root().join("aion-current");
    fs::remove_file(&current).unwrap();
    marked(2).write(&current).unwrap();
    let adapters = place.open();
    assert_eq!(current_mark(&adapters), Some(2));
    assert_eq!(adapters.current().unwrap().unwrap().parent, Some(first.id));
}

#[test]
fn a_link_to_an_adapter_elsewhere_is_adopted() {
    let place = Place::new();
    fs::create_dir(place.root()).unwrap();
    std::os::unix::fs::symlink(place.candidate(3), place.root().join("aion-current")).unwrap();
    let adapters = place.open();
    assert_eq!(current_mark(&adapters), Some(3));
    assert_eq!(mark_of(&Adapter::read(place.candidate(3)).unwrap()), 3, "which stays where it is");
}

#[test]
fn an_empty_directory_is_no_version() {
    let place = Place::new();
    fs::create_dir_all(place.root().join("aion-current")).unwrap();
    assert_eq!(place.open().current().unwrap(), None);
    place.promote(1);
    assert_eq!(current_mark(&place.open()), Some(1));
}

#[test]
fn what_is_no_adapter_is_kept_and_told() {
    let place = Place::new();
    let current = place.root().join("aion-current");
    fs::create_dir_all(&current).unwrap();
    fs::write(current.join("adapter_config.json"), "half").unwrap();
    let error = Adapters::open(place.root()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidState);
    assert!(error.to_string().contains("move it away"), "{error}");
    assert!(current.join("adapter_config.json").exists());

    fs::rename(&current, place.folder.path().join("half")).unwrap();
    place.promote(1);
    fs::remove_file(&current).unwrap();
    fs::rename(place.folder.path().join("half"), &current).unwrap();
    assert_eq!(current_mark(&place.open()), Some(1), "there is a version to go back to");
    let kept = names(&place.root()).into_iter().find(|name| name.starts_with("aion-current.before-"));
    assert!(place.root().join(kept.unwrap()).join("adapter_config.json").exists());
}
