//! Time that can be trusted with money: it follows the wall clock no faster than time itself passes.
//!
//! A wall clock can be wrong, be set back and be set ahead. The ledger's time is anchored to it once and then
//! carried on by a clock that only counts what passes (on Linux `CLOCK_BOOTTIME`, the same for every process
//! and running through suspend). The wall clock is compared with it at every step.

use std::time::{SystemTime, UNIX_EPOCH};

use super::names::named;
use super::policy::{AfterReboot, BudgetPolicy};
use super::window::Millis;

/// How fast the ledger's time may drift towards a wall clock within the tolerance: 1 in 2,000, which is the
/// most that NTP slews by. Small corrections are absorbed, and no series of small steps gains more.
const SLEW: i64 = 2_000;
/// How long an anchor serves before the drift since then is absorbed.
const ANCHOR_AGE: i64 = 60_000;

/// What a clock says at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockReading {
    /// Milliseconds since 1970, UTC, as the wall clock has it. It may be wrong and may step.
    pub wall_ms: i64,
    /// Milliseconds since the machine started. It never steps.
    pub elapsed_ms: i64,
    /// Which start of which machine `elapsed_ms` counts from.
    pub boot: u128,
}

/// Where a [`Budget`](crate::Budget) takes its time from. Processes that share a ledger file must read the
/// same clock; tests may pass one of their own.
pub trait Clock: Send + Sync {
    /// The clock now.
    fn read(&self) -> ClockReading;
}

/// The clock of this machine.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    boot: u128,
}

impl SystemClock {
    /// Reads which start of the machine this is.
    pub fn new() -> Self {
        Self { boot: monotonic::boot() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn read(&self) -> ClockReading {
        ClockReading { wall_ms: wall(), elapsed_ms: monotonic::elapsed(), boot: self.boot }
    }
}

fn wall() -> i64 {
    let millis = |span: std::time::Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => millis(since),
        Err(before) => -millis(before.duration()),
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod monotonic {
    use rustix::time::{ClockId, clock_gettime};

    pub(super) fn elapsed() -> i64 {
        let time = clock_gettime(ClockId::Boottime);
        time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
    }

    /// The identity that the kernel gives to every start of the machine.
    pub(super) fn boot() -> u128 {
        let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        u128::from_str_radix(&text.trim().replace('-', ""), 16).unwrap_or_else(|_| super::unknown_boot())
    }
}

/// Elsewhere the count begins with the process, so to the ledger every process is a start of its own.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod monotonic {
    use std::sync::OnceLock;
    use std::time::Instant;

    static START: OnceLock<Instant> = OnceLock::new();

    pub(super) fn elapsed() -> i64 {
        let passed = START.get_or_init(Instant::now).elapsed();
        i64::try_from(passed.as_millis()).unwrap_or(i64::MAX)
    }

    pub(super) fn boot() -> u128 {
        super::unknown_boot()
    }
}

/// A number that no other start of a machine or process is likely to have.
fn unknown_boot() -> u128 {
    (u128::from(std::process::id()) << 64) | u128::from(wall().unsigned_abs())
}

named! {
    /// How the wall clock compares with the time that has passed.
    #[non_exhaustive]
    pub enum ClockState {
        /// They agree within the tolerance.
        Steady = "steady",
        /// The wall clock is ahead of what can have passed: it is suspect, and opens no new window.
        Ahead = "ahead",
        /// The wall clock was set back: the newest window stays open until it has caught up.
        Behind = "behind",
    }
}

named! {
    /// What the ledger's time rests on.
    #[non_exhaustive]
    pub enum ClockBasis {
        /// The wall clock when the ledger was made.
        FirstUse = "first_use",
        /// The wall clock after the machine was started again, by [`AfterReboot::TrustWall`].
        TrustWall = "trust_wall",
        /// The last time before the machine was started again, by [`AfterReboot::Strict`].
        Strict = "strict",
        /// The wall clock when the host confirmed it.
        Confirmed = "confirmed",
    }
}

/// The ledger's time as it is stored: where it was anchored, and to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Anchor {
    pub(crate) boot: u128,
    pub(crate) elapsed: Millis,
    pub(crate) time: Millis,
    pub(crate) basis: ClockBasis,
}

/// The ledger's time at one reading of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) now: Millis,
    pub(crate) wall: Millis,
    pub(crate) state: ClockState,
    pub(crate) basis: ClockBasis,
}

impl Moment {
    /// The time that may open a window: not past what has passed, nor past what the wall clock says.
    pub(crate) fn opening_time(&self) -> Millis {
        self.now.min(self.wall)
    }
}

impl Anchor {
    /// A ledger's first anchor.
    pub(crate) fn first(reading: ClockReading) -> Self {
        Self::at(reading, reading.wall_ms, ClockBasis::FirstUse)
    }

    /// The anchor after the host has vouched for the wall clock; `last` is the ledger's latest entry.
    pub(crate) fn confirmed(reading: ClockReading, last: Millis) -> Self {
        Self::at(reading, reading.wall_ms.max(last), ClockBasis::Confirmed)
    }

    fn at(reading: ClockReading, time: Millis, basis: ClockBasis) -> Self {
        Self { boot: reading.boot, elapsed: reading.elapsed_ms, time, basis }
    }

    /// The time at `reading`, never before `last`, and the anchor to go on from.
    pub(crate) fn advance(
        self,
        reading: ClockReading,
        last: Millis,
        policy: &BudgetPolicy,
    ) -> (Self, Moment) {
        let anchor = self.after_reboot(reading, last, policy.after_reboot);
        let passed = reading.elapsed_ms - anchor.elapsed;
        let time = anchor.time.saturating_add(passed);
        let drift = reading.wall_ms.saturating_sub(time);
        let tolerance = i64::try_from(policy.clock_tolerance.as_millis()).unwrap_or(i64::MAX);
        let state = match drift {
            _ if drift > tolerance => ClockState::Ahead,
            _ if drift < -tolerance => ClockState::Behind,
            _ => ClockState::Steady,
        };
        let is_due = state == ClockState::Steady && drift != 0 && passed >= ANCHOR_AGE;
        let slewed = time + drift.clamp(-passed / SLEW, passed / SLEW);
        // The time is that of the anchor to go on from: read again at once, it is the same.
        let (anchor, time) =
            if is_due { (Self::at(reading, slewed, anchor.basis), slewed) } else { (anchor, time) };
        let moment = Moment { now: time.max(last), wall: reading.wall_ms, state, basis: anchor.basis };
        (anchor, moment)
    }

    /// Whether the machine was started again since.
    pub(crate) fn is_before_reboot(&self, reading: ClockReading) -> bool {
        reading.boot != self.boot || reading.elapsed_ms < self.elapsed
    }

    /// Across a start of the machine nothing tells how much time has passed; the policy decides what to
    /// believe.
    fn after_reboot(self, reading: ClockReading, last: Millis, policy: AfterReboot) -> Self {
        if !self.is_before_reboot(reading) {
            return self;
        }
        let known = self.time.max(last);
        match policy {
            AfterReboot::TrustWall => Self::at(reading, reading.wall_ms.max(known), ClockBasis::TrustWall),
            AfterReboot::Strict => Self::at(reading, known, ClockBasis::Strict),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOON: Millis = 1_795_348_800_000;
    const HOUR: Millis = 3_600_000;

    fn reading(boot: u128, elapsed: Millis, wall: Millis) -> ClockReading {
        ClockReading { wall_ms: wall, elapsed_ms: elapsed, boot }
    }

    fn moment(anchor: Anchor, reading: ClockReading, after_reboot: AfterReboot) -> Moment {
        let policy = BudgetPolicy { after_reboot, ..BudgetPolicy::default() };
        anchor.advance(reading, NOON, &policy).1
    }

    #[test]
    fn the_machine_has_a_clock_that_counts() {
        let clock = SystemClock::new();
        let (first, second) = (clock.read(), clock.read());
        assert_eq!(first.boot, second.boot);
        assert!(second.elapsed_ms >= first.elapsed_ms && first.wall_ms > NOON - 365 * 24 * HOUR);
        assert_eq!(SystemClock::new().read().boot, first.boot);
    }

    #[test]
    fn a_step_of_the_wall_clock_moves_no_time() {
        let anchor = Anchor::first(reading(1, 0, NOON));
        for (step, state) in [(48 * HOUR, ClockState::Ahead), (-48 * HOUR, ClockState::Behind)] {
            let moment = moment(anchor, reading(1, HOUR, NOON + HOUR + step), AfterReboot::TrustWall);
            assert_eq!((moment.now, moment.state), (NOON + HOUR, state), "{step}");
            assert_eq!(moment.opening_time(), NOON + HOUR + step.min(0));
        }
        let corrected = moment(anchor, reading(1, HOUR, NOON + HOUR + 1_000), AfterReboot::TrustWall);
        assert_eq!(
            (corrected.now, corrected.state),
            (NOON + HOUR + 1_000, ClockState::Steady),
            "a small correction"
        );
    }

    #[test]
    fn after_a_reboot_the_policy_says_what_is_believed() {
        let anchor = Anchor::first(reading(1, 5 * HOUR, NOON));
        let rebooted = reading(2, 1_000, NOON + 8 * HOUR);
        let trusting = moment(anchor, rebooted, AfterReboot::TrustWall);
        assert_eq!((trusting.now, trusting.basis), (NOON + 8 * HOUR, ClockBasis::TrustWall));
        let strict = moment(anchor, rebooted, AfterReboot::Strict);
        assert_eq!((strict.now, strict.state, strict.basis), (NOON, ClockState::Ahead, ClockBasis::Strict));
        let set_back = moment(anchor, reading(2, 1_000, NOON - 8 * HOUR), AfterReboot::TrustWall);
        assert_eq!((set_back.now, set_back.state), (NOON, ClockState::Behind));
    }

    #[test]
    fn a_clock_that_the_host_confirms_is_believed() {
        let ahead = reading(1, HOUR, NOON + 48 * HOUR);
        let confirmed = Anchor::confirmed(ahead, NOON + HOUR);
        let moment = moment(confirmed, ahead, AfterReboot::TrustWall);
        assert_eq!((moment.now, moment.state), (NOON + 48 * HOUR, ClockState::Steady));
    }

    proptest! {
        /// Whatever the wall clock does, the ledger's time never goes back, and it runs ahead of what has
        /// passed by no more than the slew.
        #[test]
        fn time_passes_as_it_passes(steps in prop::collection::vec((0..10 * HOUR, -50 * HOUR..50 * HOUR), 1..100)) {
            let policy = BudgetPolicy::default();
            let mut anchor = Anchor::first(reading(1, 0, NOON));
            let (mut elapsed, mut last) = (0, NOON);
            for (passed, offset) in steps {
                elapsed += passed;
                let (next, moment) = anchor.advance(reading(1, elapsed, NOON + elapsed + offset), last, &policy);
                prop_assert!(moment.now >= last);
                let again = next.advance(reading(1, elapsed, NOON + elapsed + offset), moment.now, &policy);
                prop_assert_eq!((again.0, again.1.now), (next, moment.now), "the same when read again at once");
                prop_assert!((moment.now - NOON - elapsed).abs() <= elapsed / SLEW + 1);
                (anchor, last) = (next, moment.now);
            }
        }

        #[test]
        fn a_drift_within_the_tolerance_is_absorbed(offset in -100_000..100_000_i64) {
            let policy = BudgetPolicy::default();
            let mut anchor = Anchor::first(reading(1, 0, NOON));
            for minute in 1..=10_000 {
                let elapsed = minute * 60_000;
                (anchor, _) = anchor.advance(reading(1, elapsed, NOON + elapsed + offset), NOON, &policy);
            }
            prop_assert_eq!(anchor.time, NOON + anchor.elapsed + offset);
        }
    }
}
