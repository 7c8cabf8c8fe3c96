//! Promotions that end, or fail, at every change of the disk: in this process, in a child that dies, on a disk that is
//! full, and where writing is not allowed.

use std::io;
use std::process::{Command, Stdio};
use std::rc::Rc;

use super::*;
use crate::durable::fault;

/// What is done while things go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    /// Nothing is current yet.
    First,
    /// Two are there, and the older one is collected.
    Third,
    Rollback,
    /// A plain directory is taken over by opening the root.
    Adopt,
    /// The same where names can not be exchanged.
    AdoptInSteps,
    /// A pointer file instead of a link.
    FilePointer,
}

impl Work {
    const ALL: &[Self] =
        &[Self::First, Self::Third, Self::Rollback, Self::Adopt, Self::AdoptInSteps, Self::FilePointer];

    /// Makes the root, and gives what is current before and after.
    fn prepare(self, place: &Place) -> (Option<u8>, Option<u8>) {
        place.candidate(9);
        match self {
            Self::First => (None, Some(9)),
            Self::Adopt | Self::AdoptInSteps => {
                marked(1).write(place.root().join("aion-current")).unwrap();
                (Some(1), Some(1))
            }
            Self::Third | Self::Rollback | Self::FilePointer => {
                for mark in 1..=2 {
                    promote(&self.open(&place.root()).unwrap(), &place.candidate(mark)).unwrap();
                }
                (Some(2), Some(if self == Self::Rollback { 1 } else { 9 }))
            }
        }
    }

    fn open(self, root: &Path) -> Result<Adapters> {
        let pointer = if self == Self::FilePointer { Pointer::File } else { Pointer::Auto };
        let options = AdaptersOptions { keep: 2, pointer, ..AdaptersOptions::default() };
        Adapters::open_with(root, options, &Control::default())
    }

    fn is_adoption(self) -> bool {
        matches!(self, Self::Adopt | Self::AdoptInSteps)
    }

    /// A handle that puts nothing in order.
    fn reader(self, root: &Path) -> Adapters {
        let pointer = if self == Self::FilePointer { Pointer::File } else { Pointer::Auto };
        Adapters { root: root.to_owned(), options: AdaptersOptions { pointer, ..AdaptersOptions::default() } }
    }

    fn run(self, root: &Path) -> Result<()> {
        let adapters = self.open(root)?;
        match self {
            Self::Adopt | Self::AdoptInSteps => Ok(()),
            Self::Rollback => adapters.rollback(&Control::default()).map(drop),
            _ => promote(&adapters, &root.with_file_name("candidate-9")).map(drop),
        }
    }
}

/// A hook that fails or dies at the change number `at` of `work`, counted from 0.
fn at(work: Work, at: usize, then: fn() -> io::Result<()>) -> impl FnMut(&'static str) -> io::Result<()> {
    let mut count = 0;
    move |name| {
        if work == Work::AdoptInSteps && name == "exchange" {
            return Err(io::ErrorKind::Unsupported.into());
        }
        count += 1;
        if count == at + 1 { then() } else { Ok(()) }
    }
}

#[test]
fn a_failure_at_any_step_is_told_and_leaves_the_old_or_the_new() {
    for &work in Work::ALL {
        for step in 0.. {
            let place = Place::new();
            let (old, new) = work.prepare(&place);
            let has_failed = Rc::new(Cell::new(false));
            let flag = has_failed.clone();
            let mut fail = at(work, step, || Err(io::Error::other("the disk failed")));
            let hook = move |name| {
                let outcome = fail(name);
                flag.set(
                    flag.get() || outcome.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::Other),
                );
                outcome
            };
            let outcome = fault::with(hook, || work.run(&place.root()));
            if let Err(error) = &outcome {
                let (text, reader) = (error.to_string(), work.reader(&place.root()));
                assert!(text.contains("the disk failed"), "{text}");
                let expected = if text.contains("is current") { new } else { old };
                assert!(
                    work.is_adoption() || current_mark(&reader) == expected,
                    "{work:?} at {step}: {text}"
                );
            }
            let now = current_mark(&work.open(&place.root()).unwrap());
            assert!(now == old || now == new, "{work:?} at {step}: {now:?}");
            assert_tidy(&place.root());
            if !has_failed.get() {
                assert!(step > 5 && outcome.is_ok() && now == new, "{work:?} has {step} steps");
                break;
            }
        }
    }
}

/// Nothing unfinished is left, and every version in the history is whole.
fn assert_tidy(root: &Path) {
    for folder in [root.to_owned(), root.join("versions")] {
        assert!(names(&folder).iter().all(|name| !name.starts_with(".tmp-")), "{:?}", names(&folder));
    }
    for version in Adapters::open(root).unwrap().history().unwrap() {
        mark_of(&Adapter::read(version.path).unwrap());
    }
}

#[test]
fn a_death_at_any_step_leaves_the_old_or_the_new() {
    for &work in Work::ALL {
        for step in 0.. {
            let place = Place::new();
            let (old, new) = work.prepare(&place);
            let has_died = !child(&place.root(), work, Some(step)).status().unwrap().success();
            // Before anybody puts things in order, readers see a whole adapter already.
            if !work.is_adoption() {
                let seen = current_mark(&work.reader(&place.root()));
                assert!(seen == old || seen == new, "{work:?} at {step}: {seen:?}");
            }
            let adapters = work.open(&place.root()).unwrap();
            let now = current_mark(&adapters);
            assert!(now == old || now == new, "{work:?} at {step}: {now:?}");
            assert_tidy(&place.root());
            assert_eq!(
                promote(&adapters, &place.candidate(20)).unwrap().id,
                adapters.current().unwrap().unwrap().id
            );
            if !has_died {
                assert!(step > 5 && now == new, "{work:?} has {step} steps");
                break;
            }
        }
    }
}

#[test]
fn a_disk_that_is_full_is_told_and_changes_nothing() {
    let place = Place::new();
    Work::Third.prepare(&place);
    let before =
        (names(&place.root().join("versions")), fs::read(place.root().join("journal.jsonl")).unwrap());
    // Room for 4 KiB a file, which the tensors do not fit into.
    let script = r#"trap "" XFSZ; ulimit -f 8; exec "$@""#;
    let inner = child(&place.root(), Work::Third, None);
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "sh"]).arg(inner.get_program()).args(inner.get_args());
    shell.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = shell.output().unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && text.contains("make room"), "{text}");
    let after =
        (names(&place.root().join("versions")), fs::read(place.root().join("journal.jsonl")).unwrap());
    assert_eq!(before, after);
    assert_eq!(current_mark(&place.open()), Some(2));
}

#[test]
fn where_writing_is_not_allowed_reading_goes_on() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;

    let place = Place::new();
    Work::Third.prepare(&place);
    let allow = |mode| {
        for path in [place.root(), place.root().join("versions")] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    fs::set_permissions(place.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(place.root().join("promote.lock"), fs::Permissions::from_mode(0o444)).unwrap();
    allow(0o555);
    let mut command = child(&place.root(), Work::Third, None);
    // The superuser is never refused.
    if fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0) {
        command.uid(65_534).gid(65_534);
    }
    match command.stderr(Stdio::piped()).stdout(Stdio::piped()).output() {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout).into_owned()
                + &String::from_utf8_lossy(&output.stderr);
            assert!(!output.status.success(), "{text}");
            assert!(text.contains("let this process write there") && text.contains("reads mark 2"), "{text}");
        }
        Err(error) => eprintln!("not run: the tests can not be started by another user: {error}"),
    }
    allow(0o755);
    assert_eq!(current_mark(&place.open()), Some(2));
}

/// This program, to do `work` on `root` and to die at the change number `step`.
fn child(root: &Path, work: Work, step: Option<usize>) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "adapter::promote::tests::crash::in_a_child", "--ignored", "--nocapture"]);
    command.env("AION_TEST_ROOT", root).env("AION_TEST_WORK", format!("{work:?}"));
    command.env("AION_TEST_STEP", step.map_or("none".into(), |step| step.to_string()));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// What a child of the tests does.
#[test]
#[ignore = "run by the other tests, in a process of its own"]
#[expect(clippy::disallowed_methods, reason = "the parent tells it what to do, and it is to die")]
fn in_a_child() {
    let value = |name| std::env::var(name).unwrap();
    let root = PathBuf::from(value("AION_TEST_ROOT"));
    let work = *Work::ALL.iter().find(|work| format!("{work:?}") == value("AION_TEST_WORK")).unwrap();
    let outcome = match value("AION_TEST_STEP").parse() {
        Ok(step) => fault::with(at(work, step, || std::process::abort()), || work.run(&root)),
        Err(_) => work.run(&root),
    };
    if outcome.is_err() {
        eprintln!("reads mark {:?}", current_mark(&work.open(&root).unwrap()).unwrap());
    }
    outcome.unwrap();
}
