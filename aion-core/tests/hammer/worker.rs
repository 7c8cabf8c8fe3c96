//! One process: 64 threads that ask, call, pay, forget and stop at any point.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::thread;
use std::time::Duration;

use aion_core::{
    Budget, DecisionReason, DecisionRequest, DecisionVerdict, ErrorKind, Grant, Usd, replay_decision,
};

use crate::clock::{DAY, FastClock};
use crate::{Outcome, THREADS, open};

/// Works until it is killed.
pub(crate) fn run(folder: &Path, origin: i64, seed: u64) -> Outcome {
    let (budget, clock) = open(folder, origin)?;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (budget, clock) = (&budget, &*clock);
                scope.spawn(move || Caller::new(folder, budget, clock, seed * THREADS + thread)?.work())
            })
            .collect();
        for thread in threads {
            thread.join().map_err(|_| "a thread panicked")?.map_err(|error| error.to_string())?;
        }
        Ok(())
    })
}

/// One thread and its provider, whose books are a file that nobody else writes to.
struct Caller<'a> {
    budget: &'a Budget,
    clock: &'a FastClock,
    provider: File,
    random: Random,
}

impl<'a> Caller<'a> {
    fn new(folder: &Path, budget: &'a Budget, clock: &'a FastClock, seed: u64) -> Result<Self, String> {
        let path = folder.join(format!("provider-{seed}.log"));
        let provider = OpenOptions::new().create(true).append(true).open(path);
        Ok(Self { budget, clock, provider: provider.map_err(|e| e.to_string())?, random: Random(seed) })
    }

    fn work(mut self) -> Result<(), String> {
        loop {
            self.turn().map_err(|error| error.to_string())?;
        }
    }

    fn turn(&mut self) -> Outcome {
        if self.random.one_in(3) {
            let days = i64::try_from(self.random.below(4 * DAY.unsigned_abs()))? - 2 * DAY;
            self.clock.step(if self.random.one_in(2) { 0 } else { days });
        }
        let cost = Usd::from_micros(i64::try_from(1 + self.random.below(500))?)?;
        let confidence = if self.random.one_in(20) { 0.9 } else { 0.3 };
        let mut request = DecisionRequest::new(confidence, cost);
        if self.random.one_in(50) {
            request = request.with_key(format!("key {}", self.random.below(1_000)));
        }
        match self.budget.decide(&request) {
            Ok(decision) => {
                let replayed = replay_decision(&decision.record().to_json())?;
                let same = replayed.reason() == decision.reason() && replayed.verdict() == decision.verdict();
                let granted = decision.verdict() == DecisionVerdict::Fallback;
                if !same || granted != decision.grant().is_some() {
                    return Err(format!("not the same again: {}", decision.record().to_json()).into());
                }
                let reason = decision.reason();
                self.note(&format!("decided {reason}"))?;
                match decision.into_grant() {
                    Some(grant) => self.call(&grant)?,
                    // What is refused now is refused for a while.
                    None if reason != DecisionReason::Confident => thread::sleep(Duration::from_millis(20)),
                    None => {}
                }
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::Conflict => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes the paid call, or does one of the things that people do instead.
    fn call(&mut self, grant: &Grant) -> Outcome {
        if self.random.one_in(10) {
            return tolerate(grant.release());
        }
        if self.random.one_in(20) {
            return Ok(());
        }
        if let Err(error) = grant.dispatched() {
            return tolerate(Err(error));
        }
        let (id, held) = (grant.id(), grant.held().micros());
        self.note(&format!("call {id} {held} {}", self.clock.truth()))?;
        if self.random.one_in(10) {
            thread::sleep(Duration::from_millis(self.random.below(30)));
        }
        if self.random.one_in(20) {
            return Ok(());
        }
        let limit = if self.random.one_in(30) { 2 * held } else { held };
        let billed = i64::try_from(self.random.below(limit.unsigned_abs() + 1))?;
        self.note(&format!("bill {id} {billed}"))?;
        match grant.settle(Usd::from_micros(billed)?) {
            Ok(_) => self.note(&format!("paid {id}")),
            Err(error) => tolerate(Err(error)),
        }
    }

    /// A provider whose own disk is full knows nothing of its calls, so this thread ends with its process.
    fn note(&mut self, line: &str) -> Outcome {
        Ok(self.provider.write_all(format!("{line}\n").as_bytes())?)
    }
}

/// A ledger that is away for a moment is no fault; nor is a grant of another thread with the same key.
fn tolerate(outcome: aion_core::Result<()>) -> Outcome {
    match outcome {
        Err(error) if ![ErrorKind::Unavailable, ErrorKind::InvalidState].contains(&error.kind()) => {
            Err(error.into())
        }
        _ => Ok(()),
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): seeded, so that a run can be looked at again.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }
}
