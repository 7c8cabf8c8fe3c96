mod crash;
mod recovery;

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;
use crate::CancelToken;
use crate::adapter::{Adapter, ModuleId, ModuleShapes};
use crate::base::Module;

/// A root, and candidates that can be told apart.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("adapters")
    }

    fn open(&self) -> Adapters {
        Adapters::open(self.root()).unwrap()
    }

    fn keeping(&self, keep: usize) -> Adapters {
        let options = AdaptersOptions { keep, ..AdaptersOptions::default() };
        Adapters::open_with(self.root(), options, &Control::default()).unwrap()
    }

    fn candidate(&self, mark: u8) -> PathBuf {
        let path = self.folder.path().join(format!("candidate-{mark}"));
        marked(mark).write(&path).unwrap();
        path
    }

    fn promote(&self, mark: u8) -> Version {
        promote(&self.open(), &self.candidate(mark)).unwrap()
    }
}

fn promote(adapters: &Adapters, candidate: &Path) -> Result<Version> {
    adapters.promote(candidate, &PromoteOptions::default(), &Control::default())
}

/// An adapter with the same mark in its settings and in its tensors.
fn marked(mark: u8) -> Adapter {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/adapter/peft");
    let mut adapter = Adapter::read(golden).unwrap();
    adapter.config.alpha = mark.into();
    for factors in adapter.tensors.values_mut() {
        factors.b.fill(mark.into());
    }
    adapter
}

/// The mark of an adapter that is whole.
fn mark_of(adapter: &Adapter) -> u8 {
    let mark = adapter.config.alpha as u8;
    assert_eq!(*adapter, marked(mark), "settings and tensors are of one version");
    mark
}

/// The mark of what is current, read by this library and by path.
fn current_mark(adapters: &Adapters) -> Option<u8> {
    let pinned = adapters.open_current().unwrap()?;
    let mark = mark_of(&pinned.adapter(&Control::default()).unwrap());
    if adapters.options.pointer == Pointer::Auto {
        assert_eq!(mark_of(&Adapter::read(adapters.root.join("aion-current")).unwrap()), mark);
    }
    Some(mark)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_promoted_adapter_is_current_with_all_that_is_known_of_it() {
    let place = Place::new();
    let adapters = place.open();
    assert_eq!(adapters.current().unwrap(), None);
    let first = place.promote(1);
    let mut options = PromoteOptions::default();
    options.metrics.insert("loss".into(), 1.25);
    fs::write(place.candidate(2).join("README.md"), "how it was trained").unwrap();
    let candidate = place.folder.path().join("candidate-2");
    fs::create_dir(candidate.join("checkpoint-100")).unwrap();
    let second = adapters.promote(&candidate, &options, &Control::default()).unwrap();
    assert_eq!(adapters.current().unwrap().as_ref(), Some(&second));
    assert_eq!(current_mark(&adapters), Some(2));
    assert_eq!(second.parent.as_ref(), Some(&first.id));
    assert_eq!(second.base.as_deref(), Some("base"));
    assert_eq!(second.metrics["loss"], 1.25);
    assert_eq!(second.path, place.root().join("versions").join(&second.id));
    assert!(second.id > first.id && second.created > first.created);
    let files = ["README.md", "adapter_config.json", "adapter_model.safetensors", "manifest.json"];
    assert_eq!(names(&second.path), files);
    assert_eq!(adapters.history().unwrap(), [second, first]);
    assert_eq!(mark_of(&Adapter::read(candidate).unwrap()), 2, "the candidate is still there");
    assert_eq!(names(&place.root()), ["aion-current", "journal.jsonl", "promote.lock", "versions"]);
}

#[test]
fn what_is_refused_changes_nothing() {
    let place = Place::new();
    let first = place.promote(1);
    let adapters = place.open();
    let journal = fs::read(place.root().join("journal.jsonl")).unwrap();
    let candidate = place.candidate(2);
    let id = ModuleId { layer: 0, module: Module::Q };
    let other_base: ModuleShapes = [(id, marked(1).tensors[&id].shape)].into_iter().collect();
    let worse = |_: &Candidate<'_>| -> Result<()> {
        Err(Error::new(ErrorKind::InvalidArgument, "the loss is 2.5 and the champion's 2.1"))
    };
    let broken = |_: &Candidate<'_>| -> Result<()> { panic!("the check is broken") };
    let cancel = CancelToken::new();
    cancel.cancel();
    let cancelled = Control::default().with_cancel(cancel);
    let plain = PromoteOptions::default;
    let with_check = |check| PromoteOptions { check: Some(check), ..plain() };
    let nan = PromoteOptions { metrics: [("loss".into(), f64::NAN)].into(), ..plain() };
    let go = Control::default();
    for (options, control, kind, words) in [
        (with_check(&worse), &go, ErrorKind::InvalidArgument, "refused the candidate: the loss is 2.5"),
        (with_check(&broken), &go, ErrorKind::Internal, "the check is broken"),
        (PromoteOptions { base: Some(&other_base), ..plain() }, &go, ErrorKind::InvalidInput, "base"),
        (nan, &go, ErrorKind::InvalidArgument, "\"loss\" is NaN"),
        (plain(), &cancelled, ErrorKind::Cancelled, "cancelled"),
    ] {
        let error = adapters.promote(&candidate, &options, control).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    fs::write(candidate.join("adapter_model.safetensors"), "damaged").unwrap();
    assert_eq!(promote(&adapters, &candidate).unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(promote(&adapters, &place.root().join("none")).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(names(&place.root().join("versions")), [first.id]);
    assert_eq!(fs::read(place.root().join("journal.jsonl")).unwrap(), journal);
}

#[test]
fn the_check_sees_the_candidate_and_the_champion() {
    let place = Place::new();
    let adapters = place.open();
    let calls = Cell::new(0);
    let check = |candidate: &Candidate<'_>| {
        let control = Control::default();
        calls.set(calls.get() + 1);
        assert_eq!(mark_of(candidate.adapter), calls.get());
        assert_eq!(mark_of(&Adapter::read(candidate.path)?), calls.get());
        let champion = candidate.champion.map(|champion| mark_of(&champion.adapter(&control).unwrap()));
        assert_eq!(champion, (calls.get() > 1).then(|| calls.get() - 1));
        Ok(())
    };
    let options = PromoteOptions { check: Some(&check), ..PromoteOptions::default() };
    for mark in 1..=3 {
        adapters.promote(place.candidate(mark), &options, &Control::default()).unwrap();
    }
    assert_eq!(calls.get(), 3);
}

#[test]
fn rolling_back_follows_where_a_version_came_from() {
    let place = Place::new();
    let adapters = place.open();
    let control = Control::default();
    let nothing = adapters.rollback(&control).unwrap_err();
    assert_eq!(nothing.kind(), ErrorKind::InvalidState);
    let versions: Vec<_> = (1..=3).map(|mark| place.promote(mark)).collect();
    assert_eq!(adapters.rollback(&control).unwrap(), versions[1]);
    assert_eq!(current_mark(&adapters), Some(2));
    let fourth = place.promote(4);
    assert_eq!(fourth.parent.as_ref(), Some(&versions[1].id));
    assert_eq!(adapters.rollback(&control).unwrap(), versions[1], "not to the one that was given up");
    assert_eq!(adapters.rollback(&control).unwrap(), versions[0]);
    assert_eq!(adapters.rollback(&control).unwrap_err().kind(), ErrorKind::InvalidState);
    assert_eq!(adapters.rollback_to(&fourth.id, &control).unwrap(), fourth);
    assert_eq!(adapters.open_version(&versions[2].id).unwrap().version(), &versions[2]);
    assert_eq!(current_mark(&adapters), Some(4));
    for id in ["", "../../etc", "0190a5c8-0000-7000-8000-000000000000"] {
        assert_eq!(adapters.rollback_to(id, &control).unwrap_err().kind(), ErrorKind::NotFound);
    }
    assert_eq!(adapters.history().unwrap().len(), 4);
}

#[test]
fn rolling_back_passes_over_a_damaged_version() {
    let place = Place::new();
    let versions: Vec<_> = (1..=3).map(|mark| place.promote(mark)).collect();
    fs::write(versions[1].path.join("adapter_config.json"), "{}").unwrap();
    let control = Control::default();
    assert_eq!(
        place.open().rollback_to(&versions[1].id, &control).unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    assert_eq!(place.open().rollback(&control).unwrap(), versions[0]);
}

#[test]
fn versions_are_collected_once_nobody_reads_them() {
    let place = Place::new();
    let adapters = place.keeping(2);
    let error = Adapters::open_with(
        place.root(),
        AdaptersOptions { keep: 1, ..AdaptersOptions::default() },
        &Control::default(),
    );
    assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidArgument);
    promote(&adapters, &place.candidate(1)).unwrap();
    let pinned = adapters.open_current().unwrap().unwrap();
    for mark in 2..=5 {
        promote(&adapters, &place.candidate(mark)).unwrap();
    }
    let marks = |adapters: &Adapters| -> Vec<_> {
        let history = adapters.history().unwrap();
        history.iter().map(|version| mark_of(&Adapter::read(&version.path).unwrap())).collect()
    };
    assert_eq!(marks(&adapters), [5, 4, 1], "the first is being read");
    assert_eq!(mark_of(&pinned.adapter(&Control::default()).unwrap()), 1);
    drop(pinned);
    promote(&adapters, &place.candidate(6)).unwrap();
    assert_eq!(marks(&adapters), [6, 5]);
    assert_eq!(names(&place.root().join("versions")).len(), 2);
}

#[test]
fn a_version_that_is_held_does_not_change_when_it_is_moved_or_damaged() {
    let place = Place::new();
    let version = place.promote(1);
    let pinned = place.open().open_current().unwrap().unwrap();
    fs::rename(&version.path, place.folder.path().join("moved")).unwrap();
    assert_eq!(mark_of(&pinned.adapter(&Control::default()).unwrap()), 1);
    fs::write(place.folder.path().join("moved/adapter_config.json"), marked(2).config.to_json()).unwrap();
    let error = pinned.adapter(&Control::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("`adapter_config.json`"), "{error}");
    assert_eq!(pinned.open_file("../x", &Control::default()).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn where_links_are_not_to_be_had_a_file_points() {
    let place = Place::new();
    let options = AdaptersOptions { pointer: Pointer::File, ..AdaptersOptions::default() };
    let adapters = Adapters::open_with(place.root(), options, &Control::default()).unwrap();
    promote(&adapters, &place.candidate(1)).unwrap();
    let second = promote(&adapters, &place.candidate(2)).unwrap();
    let text = fs::read_to_string(place.root().join("aion-current")).unwrap();
    assert_eq!(text, format!("versions/{}\n", second.id));
    assert_eq!(current_mark(&adapters), Some(2));
    let pointer = place.root().join("aion-current");
    assert_eq!(mark_of(&Adapter::read(&pointer).unwrap()), 2, "whoever reads by the path follows it");
    assert_eq!(follow(&pointer).unwrap(), second.path.canonicalize().unwrap());
    adapters.rollback(&Control::default()).unwrap();
    assert_eq!(current_mark(&adapters), Some(1));
    assert_eq!(mark_of(&Adapter::read(&pointer).unwrap()), 1);
    let linking = place.open();
    assert_eq!(promote(&linking, &place.candidate(3)).unwrap(), linking.current().unwrap().unwrap());
    assert_eq!(current_mark(&linking), Some(3), "a link takes the place of the file");
    assert_eq!(names(&place.root()), ["aion-current", "journal.jsonl", "promote.lock", "versions"]);
}

#[test]
fn promotions_at_once_come_one_after_the_other() {
    let place = Place::new();
    let adapters = place.keeping(20);
    let candidates: Vec<_> = (1..=8).map(|mark| place.candidate(mark)).collect();
    std::thread::scope(|scope| {
        for candidate in &candidates {
            scope.spawn(|| promote(&adapters, candidate).unwrap());
        }
    });
    let history = adapters.history().unwrap();
    assert_eq!(history.len(), 8);
    for (version, older) in history.iter().zip(&history[1..]) {
        assert_eq!(version.parent.as_ref(), Some(&older.id), "none was lost");
    }
}

#[test]
fn waiting_for_another_promotion_ends() {
    let place = Place::new();
    let options = AdaptersOptions { patience: Duration::from_millis(50), ..AdaptersOptions::default() };
    let adapters = Adapters::open_with(place.root(), options, &Control::default()).unwrap();
    let held = PromoteLock::try_take(&place.root()).unwrap().unwrap();
    let error = promote(&adapters, &place.candidate(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    let control = Control::default().with_timeout(Duration::from_millis(20));
    assert_eq!(place.open().rollback(&control).unwrap_err().kind(), ErrorKind::DeadlineExceeded);
    drop(held);
    promote(&adapters, &place.candidate(1)).unwrap();
}

#[test]
fn a_lock_file_that_was_removed_locks_nobody_out() {
    let place = Place::new();
    place.open();
    let held = PromoteLock::try_take(&place.root()).unwrap().unwrap();
    fs::remove_file(place.root().join("promote.lock")).unwrap();
    let other = PromoteLock::try_take(&place.root()).unwrap();
    assert!(other.is_some(), "a new file");
    drop(held);
    assert!(PromoteLock::try_take(&place.root()).unwrap().is_none(), "is not unlocked with the old one");
}

#[test]
fn two_versions_of_one_id_are_a_conflict_and_the_first_stays() {
    let place = Place::new();
    let first = place.promote(1);
    let adapters = place.open();
    let staging = StagingDirectory::within(&place.root().join("versions")).unwrap();
    marked(2).write(staging.path().join("adapter")).unwrap();
    let error = adapters.name_and_point_to(staging, &first.id, Action::Promote).unwrap_err();
    assert!(current_mark(&adapters) == Some(1) && first.path.is_dir(), "{error}");
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(names(&place.root().join("versions")), [first.id]);
}
