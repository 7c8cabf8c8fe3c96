//! One root, processes that promote and roll back as fast as they can and are killed at any moment, and readers in
//! threads and processes of their own. No reader may ever see anything but a whole, verified adapter.
//!
//!     cargo test --release -p aion-core --features lora --test promotion -- --flips 100000
//!
//! It runs in memory where the system has such a place, so that thousands of flips fit into the time of a test; what
//! is left on a disk that fails is tested elsewhere.

#![expect(clippy::print_stdout, reason = "a program that tells what it did")]

mod worker;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use aion_core::Control;
use aion_core::adapter::{Adapter, Adapters};

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// What the processes do, one letter of work each.
const CREW: &[&str] = &["promote", "promote", "read"];
/// Threads of this process that read.
const READERS: usize = 2;
/// A process is killed this often.
const KILL_EVERY: Duration = Duration::from_millis(150);
/// Readers rest so long between two looks, so that there is time to move anything on few cores.
const PAUSE: Duration = Duration::from_millis(1);
/// Candidates that can be told apart.
const CANDIDATES: u64 = 6;
/// What a run without arguments does, unless the time is up before.
const FLIPS: u64 = 10_000;
const TIME: Duration = Duration::from_secs(30);

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["promote", folder, seed] => worker::promote(Path::new(folder), seed.parse()?),
        ["read", folder, _] => worker::read_for_ever(Path::new(folder)),
        ["--flips", flips] => hammer(flips.parse()?, Duration::MAX),
        // What `cargo test NAME` passes on to every test program.
        [name] if !name.starts_with('-') && !"promotion".contains(name) => Ok(()),
        _ => hammer(FLIPS, TIME),
    }
}

/// A file system in memory, if there is one.
fn fast_folder() -> Outcome<tempfile::TempDir> {
    let in_memory = tempfile::tempdir_in("/dev/shm");
    Ok(in_memory.or_else(|_| tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")))?)
}

fn hammer(flips: u64, time: Duration) -> Outcome {
    let folder = fast_folder()?;
    for mark in 1..=CANDIDATES {
        marked(mark)?.write(folder.path().join(format!("candidate-{mark}")))?;
    }
    let adapters = Adapters::open(root_of(folder.path()))?;
    adapters.promote(folder.path().join("candidate-1"), &Default::default(), &Control::default())?;
    let mut crew = Crew { folder: folder.path().to_owned(), started: 0, killed: 0, members: Vec::new() };
    (0..CREW.len()).try_for_each(|job| crew.start(job))?;
    let (is_over, reads) = (AtomicBool::new(false), AtomicU64::new(0));
    let done = thread::scope(|scope| {
        let read = || {
            while !is_over.load(Ordering::Relaxed) {
                thread::sleep(PAUSE);
                worker::read(&adapters)?;
                reads.fetch_add(1, Ordering::Relaxed);
            }
            Outcome::Ok(())
        };
        let readers: Vec<_> = (0..READERS).map(|_| scope.spawn(read)).collect();
        let done = crew.go_on_until(flips, time);
        is_over.store(true, Ordering::Relaxed);
        readers.into_iter().try_for_each(|reader| reader.join().map_err(|_| "a reader panicked")?)?;
        done
    })?;
    crew.kill_all()?;
    let reads = reads.into_inner();
    println!(
        "{done} flips by {} processes, {} of them killed; {reads} reads here",
        crew.started, crew.killed
    );
    check_afterwards(folder.path(), reads, done)
}

/// In the end everything that is left is whole.
fn check_afterwards(folder: &Path, reads: u64, flips: u64) -> Outcome {
    let adapters = Adapters::open(root_of(folder))?;
    worker::read(&adapters)?;
    let history = adapters.history()?;
    for version in &history {
        worker::mark_of(&Adapter::read(&version.path)?)?;
    }
    let versions = fs::read_dir(root_of(folder).join("versions"))?.count();
    println!("{} versions in the history, {versions} on the disk", history.len());
    if history.len() < 2 || reads < 100 || flips < 100 {
        return Err("too little happened to mean anything".into());
    }
    Ok(())
}

fn root_of(folder: &Path) -> PathBuf {
    folder.join("adapters")
}

/// The golden adapter with one number all over its settings and tensors.
fn marked(mark: u64) -> Outcome<Adapter> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/adapter/peft");
    let mut adapter = Adapter::read(golden)?;
    adapter.config.alpha = mark as f64;
    adapter.tensors.values_mut().for_each(|factors| factors.b.fill(mark as f32));
    Ok(adapter)
}

/// The processes at work.
struct Crew {
    folder: PathBuf,
    started: u64,
    killed: u64,
    members: Vec<(usize, Child)>,
}

impl Crew {
    fn start(&mut self, job: usize) -> Outcome {
        self.started += 1;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(CREW[job]).arg(&self.folder).arg(self.started.to_string());
        self.members.push((job, command.spawn()?));
        Ok(())
    }

    /// Kills one process after the other until there were `flips`, and gives how many there were.
    fn go_on_until(&mut self, flips: u64, time: Duration) -> Outcome<u64> {
        let started = Instant::now();
        loop {
            thread::sleep(KILL_EVERY);
            let place = usize::try_from(self.started * 7)? % self.members.len();
            let (job, mut member) = self.members.swap_remove(place);
            if let Some(status) = member.try_wait()? {
                return Err(format!("a process that was to {} ended by itself: {status}", CREW[job]).into());
            }
            member.kill()?;
            member.wait()?;
            self.killed += 1;
            self.start(job)?;
            let done = self.flips()?;
            if done >= flips || started.elapsed() >= time {
                return Ok(done);
            }
        }
    }

    /// How often the pointer has moved, as the journal tells.
    fn flips(&self) -> Outcome<u64> {
        let journal = fs::read_to_string(root_of(&self.folder).join("journal.jsonl"))?;
        Ok(journal.lines().filter(|line| line.contains(r#""event":"done""#)).count() as u64)
    }

    fn kill_all(&mut self) -> Outcome {
        for (_, mut member) in self.members.drain(..) {
            member.kill()?;
            member.wait()?;
        }
        Ok(())
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        for (_, member) in &mut self.members {
            // They may be gone already.
            let _ = member.kill();
            let _ = member.wait();
        }
    }
}
