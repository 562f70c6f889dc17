//! The hours of a week in which somebody works.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::time;

/// Microseconds in a day.
pub(super) const DAY: i64 = time::DAY.micros();
/// Microseconds in a week.
pub(super) const WEEK: i64 = 7 * DAY;
/// 1970 began on a Thursday, three days after the beginning of a week.
const FIRST_MONDAY: i64 = -3 * DAY;
/// Microseconds in a minute.
const MINUTE: i64 = time::MINUTE.micros();
/// Minutes in a day.
pub(super) const DAY_MINUTES: u16 = 24 * 60;
/// Minutes in a week.
const WEEK_MINUTES: u16 = 7 * DAY_MINUTES;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Microseconds from the beginning of a week to a moment in it, by a local clock.
pub(super) fn into_week(local: i64) -> i64 {
    (local - FIRST_MONDAY).rem_euclid(WEEK)
}

/// Whole weeks before the one of a moment, by a local clock, since that in which 1970 began.
pub(super) fn weeks_before(local: i64) -> i64 {
    (local - FIRST_MONDAY).div_euclid(WEEK)
}

/// Spans of a week, which begins on Monday at midnight, by the local clock. Without any it is always open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WeeklyHours {
    /// From this minute until before that one, in order; none touches another.
    spans: Vec<(u16, u16)>,
}

impl WeeklyHours {
    /// Reads lines such as "mon-fri 09:00-12:30", "sat 08:00-12:00" or "sun-thu 22:00-06:00": days from the first to the
    /// last, and from when until when on each of them, until past midnight where that is no later than the beginning.
    ///
    /// # Errors
    ///
    /// The place of the first line that is none of these.
    pub fn read<S: AsRef<str>>(lines: &[S]) -> Result<Self, usize> {
        let mut spans = Vec::new();
        for (place, line) in lines.iter().enumerate() {
            spans.extend(read_line(line.as_ref()).ok_or(place)?);
        }
        Ok(Self::of(spans))
    }

    /// Spans in any order; those that overlap or touch become one.
    fn of(mut spans: Vec<(u16, u16)>) -> Self {
        spans.sort_unstable();
        let mut merged: Vec<(u16, u16)> = Vec::with_capacity(spans.len());
        for (from, until) in spans {
            match merged.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(until),
                _ => merged.push((from, until)),
            }
        }
        if merged == [(0, WEEK_MINUTES)] {
            merged.clear();
        }
        Self { spans: merged }
    }

    /// Whether it is open all week.
    #[must_use]
    pub fn is_always(&self) -> bool {
        self.spans.is_empty()
    }

    /// The hours as lines, always the same for the same hours: each span within its day, equal ones of days in a row together.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut of_days: Vec<(u16, u16, Vec<usize>)> = Vec::new();
        for (day, from, until) in self.by_day() {
            let of_day = of_days.iter_mut().find(|(begin, end, _)| (*begin, *end) == (from, until));
            match of_day {
                Some((.., days)) => days.push(day),
                None => of_days.push((from, until, vec![day])),
            }
        }
        let runs = of_days.iter().flat_map(|(from, until, days)| {
            days.chunk_by(|a, b| a + 1 == *b).map(move |run| (run[0], *from, *until, run[run.len() - 1]))
        });
        let mut runs: Vec<(usize, u16, u16, usize)> = runs.collect();
        runs.sort_unstable();
        let line = |(first, from, until, last): (usize, u16, u16, usize)| {
            let days = if first == last { DAYS[first].to_owned() } else { format!("{}-{}", DAYS[first], DAYS[last]) };
            format!("{days} {}-{}", clock(from), clock(until))
        };
        runs.into_iter().map(line).collect()
    }

    /// Each span, cut at midnight: the day, and minutes of it.
    fn by_day(&self) -> impl Iterator<Item = (usize, u16, u16)> {
        (0..7_u16).flat_map(move |day| {
            let (begin, end) = (day * DAY_MINUTES, (day + 1) * DAY_MINUTES);
            let here = self.spans.iter().filter(move |(from, until)| *from < end && *until > begin);
            here.map(move |(from, until)| (usize::from(day), (*from).max(begin) - begin, (*until).min(end) - begin))
        })
    }

    /// Microseconds of the week's first `passed` microseconds that are open; `passed` is from 0 to a week.
    pub(super) fn open_of_first(&self, passed: i64) -> i64 {
        if self.is_always() {
            return passed;
        }
        let open = |(from, until): &(u16, u16)| {
            let (from, until) = (i64::from(*from) * MINUTE, i64::from(*until) * MINUTE);
            (passed.min(until) - from).max(0)
        };
        self.spans.iter().map(open).sum()
    }

    /// Whether it is open so many microseconds into the week: at the beginning of a span, and no more at its end.
    pub(super) fn has(&self, passed: i64) -> bool {
        let within =
            |(from, until): &(u16, u16)| (i64::from(*from) * MINUTE..i64::from(*until) * MINUTE).contains(&passed);
        self.is_always() || self.spans.iter().any(within)
    }
}

impl fmt::Display for WeeklyHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_always() { f.write_str("always") } else { f.write_str(&self.lines().join(", ")) }
    }
}

fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn read_line(line: &str) -> Option<Vec<(u16, u16)>> {
    let (days, hours) = line.trim().split_once(' ')?;
    let (first, last) = days.split_once('-').unwrap_or((days, days));
    let (first, last) = (read_day(first)?, read_day(last)?);
    let (from, until) = hours.trim().split_once('-')?;
    let (from, until) = (read_clock(from)?, read_clock(until)?);
    if from == DAY_MINUTES {
        return None;
    }
    let until = if until <= from { until + DAY_MINUTES } else { until };
    let days = (0..7).map(|further| (first + further) % 7);
    let end = (last + 7 - first) % 7;
    let mut spans = Vec::new();
    for day in days.take(usize::from(end) + 1) {
        let (from, until) = (day * DAY_MINUTES + from, day * DAY_MINUTES + until);
        spans.push((from, until.min(WEEK_MINUTES)));
        if until > WEEK_MINUTES {
            spans.push((0, until - WEEK_MINUTES));
        }
    }
    Some(spans)
}

fn read_day(name: &str) -> Option<u16> {
    let place = DAYS.iter().position(|day| name.eq_ignore_ascii_case(day))?;
    u16::try_from(place).ok()
}

/// Minutes of a time of day from 00:00 to 24:00.
fn read_clock(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let is_number = |text: &str| text.len() == 2 && text.bytes().all(|it| it.is_ascii_digit());
    if !is_number(hours) || !is_number(minutes) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let of_day = hours * 60 + minutes;
    (minutes < 60 && of_day <= DAY_MINUTES).then_some(of_day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(lines: &[&str]) -> Vec<String> {
        WeeklyHours::read(lines).unwrap().lines()
    }

    #[test]
    fn hours_read_and_print() {
        assert_eq!(lines(&["mon-fri 09:00-17:00"]), ["mon-fri 09:00-17:00"]);
        assert_eq!(lines(&["Tue 13:00-17:00", "MON-Wed  09:00-12:00"]), ["mon-wed 09:00-12:00", "tue 13:00-17:00"]);
        assert_eq!(lines(&["sat-mon 00:00-24:00"]), ["mon 00:00-24:00", "sat-sun 00:00-24:00"]);
        assert_eq!(lines(&["sun 22:00-06:00"]), ["mon 00:00-06:00", "sun 22:00-24:00"], "a shift may go past midnight");
        assert_eq!(lines(&["mon 09:00-12:00", "mon 11:00-13:00", "mon 13:00-14:00"]), ["mon 09:00-14:00"]);
        let printed = lines(&["fri-mon 20:30-04:15", "wed 09:00-12:00"]);
        assert_eq!(
            lines(&printed.iter().map(String::as_str).collect::<Vec<_>>()),
            printed,
            "what is printed reads back"
        );
    }

    #[test]
    fn all_week_is_always() {
        for all in [&["mon-sun 00:00-24:00"][..], &["thu-wed 08:00-08:00"], &[]] {
            let hours = WeeklyHours::read(all).unwrap();
            assert!(hours.is_always() && hours.to_string() == "always", "{all:?}");
        }
    }

    #[test]
    fn what_is_no_line_is_named_by_its_place() {
        for wrong in [
            "",
            "mon",
            "mon-fri",
            "mon 9:00-17:00",
            "mon 09:00",
            "day 09:00-17:00",
            "mon 09:60-17:00",
            "mon 24:00-01:00",
            "mon 09:00-24:01",
        ] {
            assert_eq!(WeeklyHours::read(&["tue 09:00-17:00", wrong]), Err(1), "{wrong:?}");
        }
    }

    #[test]
    fn what_is_open_of_a_week_is_summed() {
        let hours = WeeklyHours::read(&["mon 09:00-17:00", "tue 22:00-02:00"]).unwrap();
        let hour = 60 * MINUTE;
        let open = [0, 9, 10, 17, 24, 46, 48, 50, 168].map(|passed| hours.open_of_first(passed * hour) / hour);
        assert_eq!(open, [0, 0, 1, 8, 8, 8, 10, 12, 12]);
        assert!(hours.has(9 * hour) && !hours.has(9 * hour - 1) && hours.has(17 * hour - 1) && !hours.has(17 * hour));
    }
}
