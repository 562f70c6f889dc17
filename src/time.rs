//! Moments and the clock. The only room that may ask the machine what time it is.

use std::{fmt, time::SystemTime};

use serde::{Deserialize, Serialize};

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in an hour.
pub const HOUR: i64 = 3_600 * SECOND;
/// Microseconds in a day.
pub const DAY: i64 = 24 * HOUR;

/// The whole number of microseconds nearest to `micros`; what is out of range is held at its end.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "a cast from f64 saturates, which is what is wanted")]
pub const fn round_micros(micros: f64) -> i64 {
    micros.round() as i64
}

/// A moment in UTC: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 0001-01-01T00:00:00Z, the earliest moment the wire can carry.
    pub const MIN: Self = Self(-62_135_596_800 * SECOND);
    /// 9999-12-30T22:00:00Z, the latest moment that can be written in every time zone.
    pub const MAX: Self = Self(253_402_207_200 * SECOND);

    /// The moment `micros` microseconds after 1970 began, held within [`Self::MIN`] and [`Self::MAX`].
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        if micros < Self::MIN.0 {
            Self::MIN
        } else if micros > Self::MAX.0 {
            Self::MAX
        } else {
            Self(micros)
        }
    }

    /// Microseconds since 1970 began.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The UTC date the moment is in, as ISO 8601 has it.
    #[must_use]
    pub fn date(self) -> String {
        self.to_string().chars().take_while(|&it| it != 'T').collect()
    }

    /// The UTC day the moment is in.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the wire's range has less than four million days")]
    pub const fn day(self) -> Day {
        Day(self.0.div_euclid(DAY) as i32)
    }

    /// The moment `micros` later (earlier where negative), held within the range of the wire.
    #[must_use]
    pub const fn plus(self, micros: i64) -> Self {
        Self::from_micros(self.0.saturating_add(micros))
    }

    /// Microseconds from `earlier` to this moment; negative where `earlier` is the later one.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(moment) => moment.fmt(f),
            Err(_) => write!(f, "{} µs", self.0),
        }
    }
}

impl std::str::FromStr for Timestamp {
    type Err = jiff::Error;

    /// Reads RFC 3339, or a date alone, which means its midnight in UTC.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let moment = text.parse::<jiff::Timestamp>().or_else(|error| {
            let date = text.parse::<jiff::civil::Date>().map_err(|_| error)?;
            date.to_zoned(jiff::tz::TimeZone::UTC).map(|midnight| midnight.timestamp())
        })?;
        Ok(Self::from_micros(moment.as_microsecond()))
    }
}

/// A UTC day: days since 1970-01-01. Tallies are kept by day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub i32);

impl Day {
    /// Its first moment.
    #[must_use]
    pub const fn start(self) -> Timestamp {
        Timestamp::from_micros(self.0 as i64 * DAY)
    }
}

/// Where the present comes from, so that tests and replays can bring their own.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        let micros = match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_micros()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_micros()).unwrap_or(i64::MAX),
        };
        Timestamp::from_micros(micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_also_before_1970() {
        assert_eq!(Timestamp::from_micros(0).day(), Day(0));
        assert_eq!(Timestamp::from_micros(-1).day(), Day(-1));
        assert_eq!(Timestamp::from_micros(DAY - 1).day(), Day(0));
        assert_eq!(Timestamp::from_micros(DAY).day(), Day(1));
    }

    #[test]
    fn the_whole_range_reads_and_prints() {
        assert_eq!(Timestamp::MIN.to_string(), "0001-01-01T00:00:00Z");
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-30T22:00:00Z");
        assert_eq!("2026-03-01".parse::<Timestamp>().unwrap().to_string(), "2026-03-01T00:00:00Z");
        assert!("yesterday".parse::<Timestamp>().is_err());
    }
}
