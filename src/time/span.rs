//! Spans of time.

use std::ops::{Add, Div, Mul, Neg, Sub};

use serde::{Deserialize, Serialize};

/// A microsecond: the shortest span there is.
pub const MICROSECOND: Span = Span(1);
/// A second.
pub const SECOND: Span = Span(1_000_000);
/// A minute.
pub const MINUTE: Span = Span::seconds(60);
/// An hour.
pub const HOUR: Span = Span::minutes(60);
/// A day of 24 hours, as all are in UTC.
pub const DAY: Span = Span::hours(24);

/// A span of time in whole microseconds; negative where it goes back. Sums and products are held at the ends of what it can
/// hold, 292,000 years either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(i64);

impl Span {
    /// No time.
    pub const ZERO: Self = Self(0);

    /// So many microseconds.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// So many seconds.
    #[must_use]
    pub const fn seconds(seconds: i64) -> Self {
        SECOND.times(seconds)
    }

    /// So many minutes.
    #[must_use]
    pub const fn minutes(minutes: i64) -> Self {
        MINUTE.times(minutes)
    }

    /// So many hours.
    #[must_use]
    pub const fn hours(hours: i64) -> Self {
        HOUR.times(hours)
    }

    /// So many days.
    #[must_use]
    pub const fn days(days: i64) -> Self {
        DAY.times(days)
    }

    const fn times(self, times: i64) -> Self {
        Self(self.0.saturating_mul(times))
    }

    /// The span in microseconds.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The span in hours.
    #[must_use]
    pub fn as_hours(self) -> f64 {
        self / HOUR
    }

    /// The span in days.
    #[must_use]
    pub fn as_days(self) -> f64 {
        self / DAY
    }

    /// How many of `unit` come closest to the span; of two as close, the later. 0 where the unit is no time.
    #[must_use]
    pub const fn rounded_to(self, unit: Self) -> i64 {
        match self.0.saturating_add(unit.0 / 2).checked_div_euclid(unit.0) {
            Some(count) => count,
            None => 0,
        }
    }

    /// The span without its sign.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }
}

impl Add for Span {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Span {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Span {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Mul<Span> for i64 {
    type Output = Span;

    fn mul(self, span: Span) -> Span {
        span.times(self)
    }
}

impl Mul<f64> for Span {
    type Output = Self;

    /// The span so many times, to the nearest microsecond.
    #[expect(clippy::cast_possible_truncation, reason = "a cast from f64 saturates, which is what is wanted")]
    fn mul(self, times: f64) -> Self {
        Self((self.0 as f64 * times).round() as i64)
    }
}

impl Div<i64> for Span {
    type Output = Self;

    /// One of so many equal parts, cut to whole microseconds; as long as can be where there are no parts.
    fn div(self, parts: i64) -> Self {
        Self(self.0.checked_div(parts).unwrap_or(i64::MAX))
    }
}

impl Div for Span {
    type Output = f64;

    /// The span as a multiple of another.
    fn div(self, other: Self) -> f64 {
        self.0 as f64 / other.0 as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Span = Span(i64::MAX);
    const FARTHEST_BACK: Span = Span(i64::MIN);

    #[test]
    fn sums_and_products_are_held_at_the_ends() {
        assert_eq!(LONGEST + SECOND, LONGEST);
        assert_eq!(FARTHEST_BACK - SECOND, FARTHEST_BACK);
        assert_eq!(-FARTHEST_BACK, LONGEST);
        assert_eq!(FARTHEST_BACK.abs(), LONGEST);
        assert_eq!([2 * LONGEST, LONGEST * 1.5, Span::days(i64::MAX)], [LONGEST; 3]);
        assert_eq!([2 * FARTHEST_BACK, FARTHEST_BACK * 1.5, Span::days(i64::MIN)], [FARTHEST_BACK; 3]);
        assert_eq!([FARTHEST_BACK / -1, DAY / 0], [LONGEST; 2]);
        assert_eq!((LONGEST * f64::NAN, LONGEST.rounded_to(Span::ZERO)), (Span::ZERO, 0));
    }

    #[test]
    fn units_are_made_of_each_other() {
        assert_eq!([Span::days(2), Span::hours(48), Span::minutes(2_880), Span::seconds(172_800)], [2 * DAY; 4]);
        assert_eq!((SECOND.micros(), DAY.micros()), (1_000_000, 86_400_000_000));
    }

    #[test]
    fn spans_are_in_order_through_zero() {
        let spans = [FARTHEST_BACK, -DAY, -SECOND, Span::ZERO, MICROSECOND, SECOND, MINUTE, HOUR, DAY, LONGEST];
        assert!(spans.is_sorted());
        assert_eq!((Span::default(), (-DAY).max(Span::ZERO)), (Span::ZERO, Span::ZERO));
    }

    #[test]
    fn parts_of_days_are_fractions() {
        assert_eq!(((36 * HOUR).as_days(), (-6 * HOUR).as_days(), Span::ZERO.as_days()), (1.5, -0.25, 0.0));
        assert_eq!(((90 * MINUTE).as_hours(), DAY.as_hours()), (1.5, 24.0));
        assert_eq!((DAY / HOUR, DAY / 24, HOUR * 24.0, DAY * 0.5), (24.0, HOUR, DAY, 12 * HOUR));
        assert_eq!((SECOND * 1e-6 * 0.5, SECOND / 3 * 1.0), (MICROSECOND, Span(333_333)), "to the nearest, and cut");
    }

    #[test]
    fn a_span_is_rounded_to_the_nearest_unit() {
        let hours = [Span::ZERO, 29 * MINUTE, 30 * MINUTE, 89 * MINUTE, -30 * MINUTE, -31 * MINUTE];
        assert_eq!(hours.map(|span| span.rounded_to(HOUR)), [0, 0, 1, 1, 0, -1]);
    }
}
