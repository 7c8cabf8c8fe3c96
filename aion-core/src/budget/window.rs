//! Windows of money: one local day each, in an IANA time zone.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};
use parking_lot::Mutex;

use crate::error::{Error, ErrorKind, Result};

/// A time of the ledger: milliseconds since 1970, UTC.
pub(crate) type Millis = i64;

/// A local day, told by its ISO date. Later days are greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Window(Date);

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Window {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let no_date = |source| {
            Error::new(ErrorKind::InvalidInput, format!("{text:?} is no window")).with_source(source)
        };
        text.parse::<Date>().map(Self).map_err(no_date)
    }
}

/// Where the days begin and end. The zones are those of this build, so a ledger counts the same days on
/// every machine.
pub(crate) struct Zone {
    zone: TimeZone,
    /// The day that was asked for last: time moves on within it nearly always.
    latest: Mutex<Option<Day>>,
}

/// A day and the times at which it begins and the next one does.
#[derive(Clone, Copy)]
pub(crate) struct Day {
    pub(crate) window: Window,
    begins: Millis,
    pub(crate) ends: Millis,
}

impl Zone {
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for a name that the IANA database does not have.
    pub(crate) fn named(name: &str) -> Result<Self> {
        let unknown = |source| {
            let message =
                format!("time zone {name:?} is unknown; use an IANA name such as \"America/Sao_Paulo\"");
            Error::new(ErrorKind::InvalidArgument, message).with_source(source)
        };
        let zone = TimeZoneDatabase::bundled().get(name).map_err(unknown)?;
        Ok(Self { zone, latest: Mutex::new(None) })
    }

    /// The day that `time` falls in.
    pub(crate) fn day_at(&self, time: Millis) -> Result<Day> {
        let mut latest = self.latest.lock();
        match *latest {
            Some(day) if (day.begins..day.ends).contains(&time) => Ok(day),
            _ => {
                let date = timestamp(time)?.to_zoned(self.zone.clone()).date();
                Ok(*latest.insert(self.day(Window(date))?))
            }
        }
    }

    /// The times of `window`. A day may have 23 or 25 hours, and need not begin at midnight.
    pub(crate) fn day(&self, window: Window) -> Result<Day> {
        let start = |date: Date| {
            let zoned = self.zone.to_zoned(date.at(0, 0, 0, 0)).map_err(out_of_range)?;
            Ok(zoned.start_of_day().map_err(out_of_range)?.timestamp().as_millisecond())
        };
        let next = window.0.checked_add(1.day()).map_err(out_of_range)?;
        Ok(Day { window, begins: start(window.0)?, ends: start(next)? })
    }
}

/// A time as people and programs read it, such as `2026-11-22T14:44:08.123Z`.
pub(crate) fn to_text(time: Millis) -> String {
    timestamp(time).map_or_else(|_| time.to_string(), |time| format!("{time:.3}"))
}

/// The time that [`to_text`] wrote.
pub(crate) fn from_text(text: &str) -> Result<Millis> {
    let no_time =
        |source| Error::new(ErrorKind::InvalidInput, format!("{text:?} is no time")).with_source(source);
    text.parse::<Timestamp>().map(Timestamp::as_millisecond).map_err(no_time)
}

fn timestamp(time: Millis) -> Result<Timestamp> {
    Timestamp::from_millisecond(time).map_err(out_of_range)
}

fn out_of_range(source: jiff::Error) -> Error {
    Error::new(ErrorKind::InvalidInput, "the clock is out of the range of the calendar").with_source(source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: Millis = 3_600_000;

    fn at(text: &str) -> Millis {
        from_text(text).unwrap()
    }

    #[test]
    fn days_are_local_and_as_long_as_the_zone_says() {
        for (zone, time, window, hours) in [
            ("UTC", "2026-11-22T23:59:59.999Z", "2026-11-22", 24),
            ("America/Sao_Paulo", "2026-11-22T02:59:59Z", "2026-11-21", 24),
            ("Pacific/Auckland", "2026-11-22T11:00:00Z", "2026-11-23", 24),
            ("Europe/Lisbon", "2026-03-29T12:00:00Z", "2026-03-29", 23),
            ("Europe/Lisbon", "2026-10-25T12:00:00Z", "2026-10-25", 25),
            // Midnight does not exist on this day.
            ("America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-04", 23),
            // Samoa skipped the 30th.
            ("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29", 24),
            ("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31", 24),
        ] {
            let day = Zone::named(zone).unwrap().day_at(at(time)).unwrap();
            assert_eq!(day.window.to_string(), window, "{zone} {time}");
            assert_eq!(day.ends - day.begins, hours * HOUR, "{zone} {time}");
        }
        assert_eq!(Zone::named("Mars/Olympus").err().unwrap().kind(), ErrorKind::InvalidArgument);
    }

    proptest! {
        #[test]
        fn every_time_falls_in_the_day_that_is_told(
            time in 0..4_000_000_000_000_i64,
            name in prop::sample::select(vec!["UTC", "Europe/Lisbon", "Pacific/Apia", "America/Sao_Paulo", "Asia/Kathmandu"]),
        ) {
            let zone = Zone::named(name).unwrap();
            let day = zone.day_at(time).unwrap();
            prop_assert!(day.begins <= time && time < day.ends);
            prop_assert_eq!(zone.day_at(day.ends - 1).unwrap().window, day.window);
            prop_assert!(zone.day_at(day.ends).unwrap().window > day.window);
            prop_assert_eq!(from_text(&to_text(time)).unwrap(), time);
        }
    }
}
