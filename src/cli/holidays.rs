//! Holidays out of an iCalendar file (RFC 5545): its all-day events, and those that come back every year.
//!
//! Calendars of holidays need little of the format, and the libraries that read all of it bring a second and third library of
//! dates along. What is left out here is refused by its line, never guessed.

use std::collections::BTreeMap;

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

/// Days of one event at the most: a shutdown of the works, not a year.
const MOST_DAYS: usize = 92;
/// Years that an event comes back for at the most.
const MOST_YEARS: usize = 400;

/// What a file holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Holidays {
    /// Days on which nobody works, with what they are called, in order.
    pub(super) days: BTreeMap<Date, String>,
    /// Events at a time of day, which are no holidays.
    pub(super) timed: usize,
}

/// An event as it is read, line by line.
#[derive(Default)]
struct Entry {
    line: usize,
    name: String,
    start: Option<Date>,
    end: Option<Date>,
    rule: Option<String>,
    except: Vec<Date>,
    is_timed: bool,
    is_cancelled: bool,
}

/// Reads the holidays of a file up to a year, that one included.
pub(super) fn read(text: &str, last_year: i16) -> Result<Holidays, String> {
    let (mut holidays, mut open, mut depth) = (Holidays::default(), None::<Entry>, 0);
    for (number, line) in unfolded(text) {
        let (name, parameters, value) =
            property(&line).ok_or_else(|| format!("line {number} is no line of iCalendar"))?;
        let is_event = value.eq_ignore_ascii_case("VEVENT");
        match (name.as_str(), &mut open) {
            ("BEGIN", None) if is_event => open = Some(Entry { line: number, ..Entry::default() }),
            ("END", Some(_)) if is_event => {
                if let Some(entry) = open.take() {
                    entry
                        .add_to(&mut holidays, last_year)
                        .map_err(|what| format!("the event of line {number}: {what}"))?;
                }
            }
            // An alarm within an event.
            ("BEGIN", Some(_)) => depth += 1,
            ("END", Some(_)) => depth -= 1,
            (name, Some(entry)) if depth == 0 => {
                entry.take(name, &parameters, &value).map_err(|what| format!("line {number}: {what}"))?;
            }
            _ => {}
        }
    }
    match open {
        Some(entry) => Err(format!("the event of line {} does not end", entry.line)),
        None if holidays.days.is_empty() && holidays.timed == 0 => Err("there are no events in it".to_owned()),
        None => Ok(holidays),
    }
}

/// Lines with their numbers; one that begins with a space goes on with the one before.
fn unfolded(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (place, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim_end_matches('\r');
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(more), Some((_, last))) => last.push_str(more),
            _ if line.is_empty() => {}
            _ => lines.push((place + 1, line.to_owned())),
        }
    }
    lines
}

/// The name, the parameters and the value of a line. A colon in quotation marks is a part of a parameter.
fn property(line: &str) -> Option<(String, String, String)> {
    let mut is_quoted = false;
    let colon = line.char_indices().find(|&(_, letter)| {
        is_quoted ^= letter == '"';
        letter == ':' && !is_quoted
    })?;
    let (head, value) = (&line[..colon.0], line[colon.0 + 1..].trim());
    let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
    Some((name.to_ascii_uppercase(), parameters.to_ascii_uppercase(), value.to_owned()))
}

impl Entry {
    fn take(&mut self, name: &str, parameters: &str, value: &str) -> Result<(), String> {
        let is_timed = value.contains('T') || parameters.contains("TZID=");
        match name {
            "DTSTART" if is_timed => self.is_timed = true,
            "DTSTART" => self.start = Some(date(value)?),
            "DTEND" if !is_timed => self.end = Some(date(value)?),
            "DURATION" => return Err("a duration is not read; give a DTEND".to_owned()),
            "RRULE" => self.rule = Some(value.to_ascii_uppercase()),
            "RDATE" => return Err("further dates (RDATE) are not read; make them events of their own".to_owned()),
            "EXDATE" => {
                for day in value.split(',') {
                    self.except.push(date(day.get(..8).unwrap_or(day))?);
                }
            }
            "STATUS" => self.is_cancelled = value.eq_ignore_ascii_case("CANCELLED"),
            "SUMMARY" => self.name = value.replace("\\,", ",").replace("\\;", ";"),
            _ => {}
        }
        Ok(())
    }

    fn add_to(self, holidays: &mut Holidays, last_year: i16) -> Result<(), String> {
        if self.is_timed {
            holidays.timed += 1;
            return Ok(());
        }
        let start = self.start.ok_or("it has no day (DTSTART)")?;
        let length = match self.end {
            None => 1,
            Some(end) => usize::try_from((end - start).get_days()).unwrap_or_default().max(1),
        };
        if length > MOST_DAYS {
            return Err(format!("it takes {length} days; no more than {MOST_DAYS} are read as holidays"));
        }
        let firsts = match &self.rule {
            None => vec![start],
            Some(rule) => Yearly::read(rule)?.days(start, last_year),
        };
        for first in firsts.into_iter().filter(|day| !self.is_cancelled && !self.except.contains(day)) {
            for day in first.series(1.day()).take(length) {
                holidays.days.entry(day).or_insert_with(|| self.name.clone());
            }
        }
        Ok(())
    }
}

/// A rule by which an event comes back every year, or every few.
struct Yearly {
    interval: i16,
    count: usize,
    until: Option<Date>,
    month: Option<i8>,
    day: Option<i8>,
    /// The how manieth such day of its month; from its end where negative.
    weekday: Option<(i8, Weekday)>,
}

impl Yearly {
    fn read(rule: &str) -> Result<Self, String> {
        let mut yearly = Self { interval: 1, count: usize::MAX, until: None, month: None, day: None, weekday: None };
        for part in rule.split(';') {
            let (name, value) = part.split_once('=').ok_or_else(|| unknown(rule))?;
            let fault = |_| unknown(rule);
            match name {
                "FREQ" if value == "YEARLY" => {}
                "INTERVAL" => yearly.interval = value.parse().map_err(fault)?,
                "COUNT" => yearly.count = value.parse().map_err(fault)?,
                "UNTIL" => yearly.until = Some(date(value.get(..8).unwrap_or(value))?),
                "BYMONTH" => yearly.month = Some(value.parse().map_err(fault)?),
                "BYMONTHDAY" => yearly.day = Some(value.parse().map_err(fault)?),
                "BYDAY" => yearly.weekday = Some(weekday(value).ok_or_else(|| unknown(rule))?),
                "WKST" => {}
                _ => return Err(unknown(rule)),
            }
        }
        let is_clear =
            yearly.interval > 0 && (yearly.weekday.is_none() || (yearly.month.is_some() && yearly.day.is_none()));
        if is_clear { Ok(yearly) } else { Err(unknown(rule)) }
    }

    /// The days on which it begins, up to a year. A day that a year has not is left out, as the 29 February.
    fn days(&self, start: Date, last_year: i16) -> Vec<Date> {
        let years = (start.year()..=last_year).step_by(usize::try_from(self.interval).unwrap_or(1));
        let day = |year: i16| {
            let month = self.month.unwrap_or(start.month());
            match self.weekday {
                Some((place, weekday)) => Date::new(year, month, 1).ok()?.nth_weekday_of_month(place, weekday).ok(),
                None => Date::new(year, month, self.day.unwrap_or(start.day())).ok(),
            }
        };
        let is_in = |day: &Date| *day >= start && self.until.is_none_or(|until| *day <= until);
        years.filter_map(day).filter(is_in).take(MOST_YEARS.min(self.count)).collect()
    }
}

fn unknown(rule: &str) -> String {
    format!(
        "{rule} is not read: only what comes back every year on a day, or on such as the fourth Thursday of a month"
    )
}

/// A day of the week with its place in a month: "4TH", "-1MO".
fn weekday(text: &str) -> Option<(i8, Weekday)> {
    let (place, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let weekday = match name {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    };
    let place: i8 = place.parse().ok()?;
    (place != 0 && place.abs() <= 5).then_some((place, weekday))
}

fn date(text: &str) -> Result<Date, String> {
    let digits = text.len() == 8 && text.bytes().all(|it| it.is_ascii_digit());
    let read = || Date::strptime("%Y%m%d", text).ok();
    digits.then(read).flatten().ok_or_else(|| format!("{text:?} is no date, such as 20261225"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(events: &[&str]) -> String {
        let events =
            events.iter().map(|lines| format!("BEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\n", lines.replace('\n', "\r\n")));
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n", events.collect::<String>())
    }

    fn days(events: &[&str]) -> Vec<String> {
        read(&file(events), 2030).unwrap().days.keys().map(ToString::to_string).collect()
    }

    #[test]
    fn all_day_events_are_holidays() {
        assert_eq!(days(&["DTSTART;VALUE=DATE:20261225\nSUMMARY:Christ\n mas"]), ["2026-12-25"]);
        let several = ["DTSTART:20261224\nDTEND:20261227", "DTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20260102"];
        assert_eq!(days(&several), ["2026-01-01", "2026-12-24", "2026-12-25", "2026-12-26"]);
        let named = read(&file(&["SUMMARY:Christ\n mas\\, first day\nDTSTART:20261225"]), 2030).unwrap();
        assert_eq!(named.days.values().collect::<Vec<_>>(), ["Christmas, first day"]);
    }

    #[test]
    fn what_comes_back_every_year_is_told_year_by_year() {
        assert_eq!(
            days(&["DTSTART:20271003\nRRULE:FREQ=YEARLY"]),
            ["2027-10-03", "2028-10-03", "2029-10-03", "2030-10-03"]
        );
        let thanksgiving = "DTSTART:20261126\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;UNTIL=20280101";
        assert_eq!(days(&[thanksgiving]), ["2026-11-26", "2027-11-25"]);
        assert_eq!(
            days(&["DTSTART:20260525\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;COUNT=2"]),
            ["2026-05-25", "2027-05-31"]
        );
        assert_eq!(days(&["DTSTART:20240229\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20240229"]), ["2028-02-29"]);
    }

    #[test]
    fn what_is_no_holiday_is_counted_or_refused() {
        let timed = read(&file(&["DTSTART:20260301T090000Z\nBEGIN:VALARM\nTRIGGER:-PT5M\nEND:VALARM"]), 2030).unwrap();
        assert_eq!((timed.days.len(), timed.timed), (0, 1));
        assert_eq!(days(&["DTSTART:20260101\nSTATUS:CANCELLED", "DTSTART:20260102"]), ["2026-01-02"]);
        for (event, fault) in [
            ("DTSTART:20260101\nRRULE:FREQ=WEEKLY", "FREQ=WEEKLY"),
            ("DTSTART:2026", "no date"),
            ("SUMMARY:when?", "no day"),
            ("DTSTART:20260101\nDTEND:20270101", "365 days"),
        ] {
            let error = read(&file(&[event]), 2030).unwrap_err();
            assert!(error.contains(fault), "{error}");
        }
        assert!(read("BEGIN:VEVENT\nDTSTART:20260101", 2030).unwrap_err().contains("does not end"));
        assert!(read("no calendar", 2030).is_err() && read("", 2030).is_err());
    }
}
