//! Moments, and the days they are in.

use std::{
    fmt,
    ops::{Add, Sub},
};

use serde::{Deserialize, Serialize};

use super::span::{DAY, SECOND, Span};

/// A moment in UTC: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 0001-01-01T00:00:00Z, the earliest moment the wire can carry.
    pub const MIN: Self = Self(-62_135_596_800 * SECOND.micros());
    /// 9999-12-30T22:00:00Z, the latest moment that can be written in every time zone.
    pub const MAX: Self = Self(253_402_207_200 * SECOND.micros());

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
        Day(self.0.div_euclid(DAY.micros()) as i32)
    }

    /// The moment so much later (earlier where negative), held within the range of the wire.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self::from_micros(self.0.saturating_add(span.micros()))
    }

    /// The time from `earlier` to this moment; negative where `earlier` is the later one.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Span> for Timestamp {
    type Output = Self;

    fn add(self, span: Span) -> Self {
        self.plus(span)
    }
}

impl Sub<Span> for Timestamp {
    type Output = Self;

    fn sub(self, span: Span) -> Self {
        self.plus(-span)
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
        Timestamp::from_micros((self.0 as i64).saturating_mul(DAY.micros()))
    }
}

impl std::str::FromStr for Day {
    type Err = jiff::Error;

    /// Reads a date as ISO 8601 has it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let midnight = text.parse::<jiff::civil::Date>()?.to_zoned(jiff::tz::TimeZone::UTC)?;
        Ok(Timestamp::from_micros(midnight.timestamp().as_microsecond()).day())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_also_before_1970() {
        assert_eq!(Timestamp::from_micros(0).day(), Day(0));
        assert_eq!(Timestamp::from_micros(-1).day(), Day(-1));
        assert_eq!(Timestamp::from_micros(DAY.micros() - 1).day(), Day(0));
        assert_eq!(Timestamp::from_micros(DAY.micros()).day(), Day(1));
    }

    #[test]
    fn the_whole_range_reads_and_prints() {
        assert_eq!(Timestamp::MIN.to_string(), "0001-01-01T00:00:00Z");
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-30T22:00:00Z");
        assert_eq!("2026-03-01".parse::<Timestamp>().unwrap().to_string(), "2026-03-01T00:00:00Z");
        assert!("yesterday".parse::<Timestamp>().is_err());
    }

    #[test]
    fn moments_stay_within_the_range_of_the_wire() {
        let forever = Span::from_micros(i64::MAX);
        assert_eq!(Timestamp::MAX + forever, Timestamp::MAX);
        assert_eq!(Timestamp::MIN - forever, Timestamp::MIN);
        assert_eq!(Timestamp::MAX + -forever, Timestamp::MIN);
        assert_eq!(Timestamp::MIN + Timestamp::MAX.since(Timestamp::MIN), Timestamp::MAX);
        assert_eq!(Timestamp::MIN.since(Timestamp::MAX), -Timestamp::MAX.since(Timestamp::MIN));
    }
}
