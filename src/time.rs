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

/// How far the moments of a history lie apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// UTC days.
    Day,
    /// Weeks, which begin on Monday.
    Week,
    /// Calendar months.
    Month,
}

impl Step {
    /// The first beginning of a step after `moment`.
    #[must_use]
    pub fn next(self, moment: Timestamp) -> Timestamp {
        let Day(today) = moment.day();
        match self {
            Self::Day => Day(today + 1).start(),
            // 1970 began on a Thursday.
            Self::Week => Day(today + 7 - (today + 3).rem_euclid(7)).start(),
            Self::Month => next_month(moment).unwrap_or(Timestamp::MAX),
        }
    }

    /// The moments from `from` until `until`, both included, and every beginning of a step between them.
    pub fn moments(self, from: Timestamp, until: Timestamp) -> impl Iterator<Item = Timestamp> {
        let next = move |&moment: &Timestamp| (moment < until).then(|| self.next(moment).min(until));
        std::iter::successors((from <= until).then_some(from), next)
    }
}

fn next_month(moment: Timestamp) -> Option<Timestamp> {
    let date = jiff::Timestamp::from_microsecond(moment.0).ok()?.to_zoned(jiff::tz::TimeZone::UTC).date();
    let first = date.last_of_month().tomorrow().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(Timestamp::from_micros(first.timestamp().as_microsecond()))
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

/// Spans of time as people round them, in microseconds, the longest first; shorter ones are powers of ten.
const ROUND_SPANS: [i64; 13] = [
    7 * DAY,
    DAY,
    12 * HOUR,
    6 * HOUR,
    HOUR,
    HOUR / 2,
    HOUR / 4,
    HOUR / 6,
    HOUR / 12,
    HOUR / 60,
    HOUR / 120,
    10 * SECOND,
    5 * SECOND,
];

/// The roundest span of time from `low` to `high`, in microseconds.
#[must_use]
pub fn roundest(low: i64, high: i64) -> i64 {
    let powers = (0..7).rev().map(|power| 10_i64.pow(power));
    let mut round = ROUND_SPANS.into_iter().chain(powers).map(|span| high / span * span);
    round.find(|&time| time >= low).unwrap_or(low)
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
    fn steps_begin_at_midnight_on_mondays_and_on_the_first() {
        let moments = |step: Step, from: &str, until: &str| -> Vec<String> {
            let moments = step.moments(from.parse().unwrap(), until.parse().unwrap());
            moments.map(|it| it.to_string().replace("T00:00:00Z", "")).collect()
        };
        assert_eq!(moments(Step::Day, "2024-02-28", "2024-03-01"), ["2024-02-28", "2024-02-29", "2024-03-01"]);
        let ragged = moments(Step::Week, "2026-01-03T12:00:00Z", "2026-01-13T01:00:00Z");
        assert_eq!(ragged, ["2026-01-03T12:00:00Z", "2026-01-05", "2026-01-12", "2026-01-13T01:00:00Z"]);
        assert_eq!(moments(Step::Week, "1969-12-28", "1970-01-05"), ["1969-12-28", "1969-12-29", "1970-01-05"]);
        assert_eq!(moments(Step::Month, "2025-12-31", "2026-02-01"), ["2025-12-31", "2026-01-01", "2026-02-01"]);
        assert_eq!(moments(Step::Month, "2026-01-01", "2026-01-01"), ["2026-01-01"]);
        assert!(moments(Step::Day, "2026-01-02", "2026-01-01").is_empty());
        for step in [Step::Day, Step::Week, Step::Month] {
            assert_eq!(step.moments(Timestamp::MAX, Timestamp::MAX).count(), 1);
            assert!(step.next(Timestamp::MAX) >= Timestamp::MAX, "the end of time is no loop");
        }
    }

    #[test]
    fn the_whole_range_reads_and_prints() {
        assert_eq!(Timestamp::MIN.to_string(), "0001-01-01T00:00:00Z");
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-30T22:00:00Z");
        assert_eq!("2026-03-01".parse::<Timestamp>().unwrap().to_string(), "2026-03-01T00:00:00Z");
        assert!("yesterday".parse::<Timestamp>().is_err());
    }
}
