//! One store, several processes: the same items at once, and every process killed in the middle of what it does.
//! Afterwards the file has to be whole, every document has to be one of its versions, and nothing may be there twice.
//!
//!     cargo test --release -p aion-core --test knowledge_kill -- --seconds 600

#![expect(clippy::print_stdout, reason = "a program that tells what it did")]

mod check;
mod worker;

use std::error::Error;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const PROCESSES: u64 = 4;
/// Documents that all processes write.
const SOURCES: u64 = 60;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["worker", folder, seed] => worker::run_until_killed(Path::new(folder), seed.parse()?),
        ["once", folder] => worker::run_once(Path::new(folder)),
        ["--seconds", seconds] => run(Duration::from_secs(seconds.parse()?)),
        // What `cargo test NAME` passes on to every test program.
        [name] if !name.starts_with('-') && !"knowledge_kill".contains(name) => Ok(()),
        _ => run(Duration::from_secs(8)),
    }
}

fn run(duration: Duration) -> Outcome {
    at_once()?;
    killed(duration)
}

/// Processes that ingest the same items at once add each of them once, and use each new vector once.
fn at_once() -> Outcome {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let processes: Vec<_> = (0..PROCESSES)
        .map(|_| program(&["once".as_ref(), folder.path().as_os_str()]).stdout(Stdio::piped()).spawn())
        .collect::<Result<_, _>>()?;
    let (mut added, mut used) = (0, 0);
    for process in processes {
        let output = process.wait_with_output()?;
        let text = String::from_utf8(output.stdout)?;
        let numbers: Vec<u64> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        let [of_this, used_by_this] = numbers[..] else {
            return Err(format!("a worker said `{text}`").into());
        };
        (added, used) = (added + of_this, used + used_by_this);
    }
    if added != SOURCES {
        return Err(format!("{added} documents were added, there are {SOURCES}").into());
    }
    let vectors = check::run(folder.path(), true)?;
    if used != vectors {
        return Err(format!("{used} vectors were used for averages, there are {vectors}").into());
    }
    println!("{PROCESSES} processes at once: {added} documents added, {used} vectors used, each once");
    Ok(())
}

/// Processes that write and are killed.
fn killed(duration: Duration) -> Outcome {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut started = 0;
    let mut start = || -> Outcome<Child> {
        started += 1;
        let seed = started.to_string();
        Ok(program(&["worker".as_ref(), folder.path().as_os_str(), seed.as_ref()]).spawn()?)
    };
    let mut workers = (0..PROCESSES).map(|_| start()).collect::<Outcome<Vec<_>>>()?;
    let end = Instant::now() + duration;
    let mut turn = 0;
    while Instant::now() < end {
        thread::sleep(Duration::from_millis(60 + turn * 37 % 90));
        let worker = &mut workers[(turn % PROCESSES) as usize];
        if let Some(status) = worker.try_wait()? {
            return Err(format!("a worker ended by itself: {status}").into());
        }
        worker.kill()?;
        worker.wait()?;
        *worker = start()?;
        turn += 1;
    }
    for worker in &mut workers {
        worker.kill()?;
        worker.wait()?;
    }
    let vectors = check::run(folder.path(), false)?;
    println!("{started} processes, all of them killed; {vectors} vectors, the store is sound");
    Ok(())
}

fn program(arguments: &[&std::ffi::OsStr]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap_or_default());
    command.args(arguments).stdin(Stdio::null());
    command
}
