//! One ledger file, eight processes of 64 threads, and everything that goes wrong: processes killed, a wall clock
//! that steps by days, a disk that is full for some. Afterwards every call that was made is compared with the
//! journal.
//!
//!     cargo test --release -p aion-core --test hammer -- --seconds 3600
//!
//! Time runs 1,800 times as fast here, so a minute has thirty hours in it.

#![expect(clippy::print_stdout, reason = "a program that tells what it did")]

mod check;
mod clock;
mod worker;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use aion_core::{Budget, BudgetPolicy, DecisionRequest, SystemClock, Usd};
use clock::FastClock;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const PROCESSES: u64 = 8;
const THREADS: u64 = 64;
/// A process is killed this often.
const KILL_EVERY: Duration = Duration::from_millis(700);
/// Every so many processes one may write no further than this into any file: to it, the disk is full.
const FULL_DISK_EVERY: u64 = 4;
const FULL_DISK_BLOCKS: u64 = 700;

/// The rules of the ledger under the hammer.
fn policy() -> BudgetPolicy {
    let mut policy = BudgetPolicy::default();
    policy.daily_usd = Usd::from_micros(2_000_000).unwrap_or_default();
    policy.max_fallbacks_per_hour = Some(600);
    policy
}

fn open(folder: &Path, origin: i64) -> Outcome<(Budget, std::sync::Arc<FastClock>)> {
    let clock = std::sync::Arc::new(FastClock::since(origin));
    Ok((Budget::open_with_clock(folder.join("ledger.db"), policy(), clock.clone())?, clock))
}

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["worker", folder, origin, seed] => worker::run(Path::new(folder), origin.parse()?, seed.parse()?),
        ["--seconds", seconds] => hammer(Duration::from_secs(seconds.parse()?)),
        // What `cargo test NAME` passes on to every test program.
        [name] if !name.starts_with('-') && !"hammer".contains(name) => Ok(()),
        _ => hammer(Duration::from_secs(60)),
    }
}

fn hammer(duration: Duration) -> Outcome {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let origin = aion_core::Clock::read(&SystemClock::new()).elapsed_ms;
    // The clock is right when the ledger is made, and by no means afterwards.
    drop(open(folder.path(), origin)?.0.decide(&DecisionRequest::new(0.0, Usd::ZERO))?);
    let mut crew =
        Crew { folder: folder.path().to_owned(), origin, started: 0, killed: 0, workers: Vec::new() };
    for _ in 0..PROCESSES {
        crew.start()?;
    }
    let end = Instant::now() + duration;
    while Instant::now() < end {
        thread::sleep(KILL_EVERY);
        crew.replace_one()?;
    }
    crew.kill_all()?;
    println!("{} processes of {THREADS} threads, all of them killed", crew.started);
    check::run(folder.path(), origin)
}

/// The processes at work.
struct Crew {
    folder: PathBuf,
    origin: i64,
    started: u64,
    killed: u64,
    workers: Vec<Child>,
}

impl Crew {
    fn start(&mut self) -> Outcome {
        self.started += 1;
        let program = std::env::current_exe()?;
        let mut command = if self.started.is_multiple_of(FULL_DISK_EVERY) {
            // A write past the limit fails, once the signal that would end the process is ignored.
            let mut shell = Command::new("sh");
            let script = format!(r#"trap "" XFSZ; ulimit -f {FULL_DISK_BLOCKS}; exec "$@""#);
            shell.args(["-c", &script, "sh"]).arg(program);
            shell
        } else {
            Command::new(program)
        };
        let arguments = [self.origin.to_string(), self.started.to_string()];
        command.arg("worker").arg(&self.folder).args(arguments).stdout(Stdio::null());
        self.workers.push(command.spawn()?);
        Ok(())
    }

    /// Kills the process that has run longest, or any other, and starts another.
    fn replace_one(&mut self) -> Outcome {
        let place = usize::try_from(self.started * 7)? % self.workers.len();
        let mut worker = self.workers.swap_remove(place);
        if let Some(status) = worker.try_wait()? {
            return Err(format!("a process ended by itself: {status}").into());
        }
        worker.kill()?;
        worker.wait()?;
        self.killed += 1;
        self.start()
    }

    fn kill_all(&mut self) -> Outcome {
        for mut worker in self.workers.drain(..) {
            worker.kill()?;
            worker.wait()?;
        }
        Ok(())
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        for worker in &mut self.workers {
            // They may be gone already.
            let _ = worker.kill();
            let _ = worker.wait();
        }
    }
}
