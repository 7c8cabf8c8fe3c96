//! A machine whose time runs fast and whose wall clock can not be trusted.

use std::sync::atomic::{AtomicI64, Ordering};

use aion_core::{Clock, ClockReading, SystemClock};

/// How much faster than the machine's.
const SPEED: i64 = 1_800;
/// Noon, 2026-11-22.
const START: i64 = 1_795_348_800_000;

pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const DAY: i64 = 24 * HOUR;

/// The clock of one process. All processes agree on what has passed; each has a wall clock of its own.
pub(crate) struct FastClock {
    system: SystemClock,
    origin: i64,
    step: AtomicI64,
}

impl FastClock {
    /// Time that began when the machine's count of milliseconds was `origin`.
    pub(crate) fn since(origin: i64) -> Self {
        Self { system: SystemClock::new(), origin, step: AtomicI64::new(0) }
    }

    /// Sets the wall clock wrong by so many milliseconds.
    pub(crate) fn step(&self, by: i64) {
        self.step.store(by, Ordering::Relaxed);
    }

    /// The time that it really is.
    pub(crate) fn truth(&self) -> i64 {
        START + self.passed()
    }

    pub(crate) fn passed(&self) -> i64 {
        (self.system.read().elapsed_ms - self.origin) * SPEED
    }
}

impl Clock for FastClock {
    fn read(&self) -> ClockReading {
        let passed = self.passed();
        ClockReading {
            wall_ms: START + passed + self.step.load(Ordering::Relaxed),
            elapsed_ms: passed,
            boot: 1,
        }
    }
}
