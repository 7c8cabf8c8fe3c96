//! A clock that the tests move.

use std::sync::Mutex;

use aion_core::{Clock, ClockReading};

pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const DAY: i64 = 24 * HOUR;
/// 2026-11-22T00:00:00Z.
pub(crate) const MIDNIGHT: i64 = 1_795_305_600_000;

/// A machine's two clocks: `pass` moves both, `step` only the wall's, `reboot` starts the count again.
pub(crate) struct TestClock(Mutex<ClockReading>);

impl TestClock {
    pub(crate) fn starting_at(wall_ms: i64) -> Self {
        Self(Mutex::new(ClockReading { wall_ms, elapsed_ms: 1_000, boot: 1 }))
    }

    pub(crate) fn pass(&self, ms: i64) {
        let mut now = self.0.lock().unwrap();
        now.wall_ms += ms;
        now.elapsed_ms += ms;
    }

    pub(crate) fn step(&self, ms: i64) {
        self.0.lock().unwrap().wall_ms += ms;
    }

    pub(crate) fn reboot(&self, downtime_ms: i64) {
        let mut now = self.0.lock().unwrap();
        now.wall_ms += downtime_ms;
        now.elapsed_ms = 500;
        now.boot += 1;
    }
}

impl Clock for TestClock {
    fn read(&self) -> ClockReading {
        *self.0.lock().unwrap()
    }
}
