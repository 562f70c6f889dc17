//! The steps of a history.

use super::timestamp::{Day, Timestamp};

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
    let date = jiff::Timestamp::from_microsecond(moment.micros()).ok()?.to_zoned(jiff::tz::TimeZone::UTC).date();
    let first = date.last_of_month().tomorrow().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(Timestamp::from_micros(first.timestamp().as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
