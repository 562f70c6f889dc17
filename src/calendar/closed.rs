//! Holidays, as working time that there is not.

use super::hours::{DAY, WeeklyHours, into_week};
use crate::time::Day;

/// Local days on which nobody works, with the working time that each takes away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Closed {
    days: Vec<Day>,
    /// Microseconds that the days before each would have been open.
    before: Vec<i64>,
}

impl Closed {
    /// What days in order, each once, take away from the hours.
    pub(super) fn of(days: &[Day], hours: &WeeklyHours) -> Self {
        let mut sum = 0;
        let before = days.iter().map(|&day| {
            let before = sum;
            sum += open_of(day, DAY, hours);
            before
        });
        Self { before: before.collect(), days: days.to_vec() }
    }

    pub(super) fn has(&self, day: Day) -> bool {
        self.days.binary_search(&day).is_ok()
    }

    /// Microseconds that holidays take away before a moment of a local clock.
    pub(super) fn before(&self, local: i64, hours: &WeeklyHours) -> i64 {
        let passed = self.days.partition_point(|day| i64::from(day.0) * DAY < local);
        let Some(last) = passed.checked_sub(1) else { return 0 };
        let day = self.days[last];
        self.before[last] + open_of(day, (local - i64::from(day.0) * DAY).min(DAY), hours)
    }
}

/// Microseconds of a day's first `passed` microseconds that would be open.
fn open_of(day: Day, passed: i64, hours: &WeeklyHours) -> i64 {
    let begin = into_week(i64::from(day.0) * DAY);
    hours.open_of_first(begin + passed) - hours.open_of_first(begin)
}
