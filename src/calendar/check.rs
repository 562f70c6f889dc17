//! Calendars as they are given, and what is wrong with them.

use std::{collections::HashSet, sync::Arc};

use super::{
    dated::{Calendars, DatedCalendar},
    hours::WeeklyHours,
    schedule::Calendar,
};
use crate::{
    event::Violation,
    time::{Day, Timestamp},
};

/// Calendars of one party at the most: one a quarter for 16 years.
pub const MAX_CALENDARS: usize = 64;
/// Holidays of one calendar at the most: 20 a year for half a century.
pub const MAX_HOLIDAYS: usize = 1_000;
/// Lines of weekly hours of one calendar at the most: six for each day.
pub const MAX_HOURS: usize = 42;
/// Longest name of a time zone, in bytes.
pub const MAX_ZONE_BYTES: usize = 64;

/// A calendar in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GivenCalendar {
    /// The IANA name of a time zone.
    pub zone: String,
    /// Lines as [`WeeklyHours::read`] takes them.
    pub hours: Vec<String>,
    /// Dates as ISO 8601 has them.
    pub holidays: Vec<String>,
    /// Since when it holds; none for ever.
    pub valid_from: Option<Timestamp>,
}

/// Reads the calendars of a party, which are given in a field of that name, and adds every fault that they have.
pub fn check_calendars(field: &str, given: Vec<GivenCalendar>, faults: &mut Vec<Violation>) -> Calendars {
    if given.len() > MAX_CALENDARS {
        faults.push(too_many(field, given.len(), MAX_CALENDARS, "calendars"));
        return Calendars::default();
    }
    let (mut read, mut since) = (Vec::with_capacity(given.len()), HashSet::new());
    for (place, given) in given.into_iter().enumerate() {
        let field = format!("{field}[{place}]");
        let valid_from = given.valid_from.unwrap_or(Timestamp::MIN);
        if !since.insert(valid_from) {
            let what = "repeats that of another calendar: of several, each needs a moment of its own";
            faults.push(Violation::new(format!("{field}.valid_from"), what));
        } else if let Some(calendar) = read_calendar(&field, &given, faults) {
            read.push(DatedCalendar { valid_from, calendar: Arc::new(calendar) });
        }
    }
    Calendars::of(read)
}

fn read_calendar(field: &str, given: &GivenCalendar, faults: &mut Vec<Violation>) -> Option<Calendar> {
    if given.hours.len() > MAX_HOURS {
        faults.push(too_many(&format!("{field}.hours"), given.hours.len(), MAX_HOURS, "lines"));
        return None;
    }
    if given.holidays.len() > MAX_HOLIDAYS {
        faults.push(too_many(&format!("{field}.holidays"), given.holidays.len(), MAX_HOLIDAYS, "holidays"));
        return None;
    }
    let hours = WeeklyHours::read(&given.hours).map_err(|place| {
        let what = format!("{:?} must be days and hours, such as \"mon-fri 09:00-17:00\"", cut(&given.hours[place]));
        faults.push(Violation::new(format!("{field}.hours[{place}]"), what));
    });
    let holidays = read_holidays(field, &given.holidays, faults);
    let zone = given.zone.as_str();
    let what = match zone {
        "" => "must be given: the IANA name of a time zone, such as \"Europe/Berlin\" or \"UTC\"".to_owned(),
        _ => format!("{:?} is no known time zone: give an IANA name, such as \"Europe/Berlin\" or \"UTC\"", cut(zone)),
    };
    let calendar = if zone.is_empty() || zone.len() > MAX_ZONE_BYTES {
        None
    } else {
        Calendar::new(zone, hours.clone().unwrap_or_default(), holidays.clone().unwrap_or_default()).ok()
    };
    if calendar.is_none() {
        faults.push(Violation::new(format!("{field}.zone"), what));
    }
    calendar.filter(|_| hours.is_ok() && holidays.is_some())
}

/// The days; none where one of them is no date.
fn read_holidays(field: &str, given: &[String], faults: &mut Vec<Violation>) -> Option<Vec<Day>> {
    let mut days = Some(Vec::with_capacity(given.len()));
    for (place, text) in given.iter().enumerate() {
        match (text.parse::<Day>(), &mut days) {
            (Ok(day), Some(days)) => days.push(day),
            (Ok(_), None) => {}
            (Err(_), _) => {
                let what = format!("{:?} must be a date, such as \"2026-12-25\"", cut(text));
                faults.push(Violation::new(format!("{field}.holidays[{place}]"), what));
                days = None;
            }
        }
    }
    days
}

fn too_many(field: &str, count: usize, most: usize, what: &str) -> Violation {
    Violation::new(field, format!("has {count} {what}, but may have no more than {most}"))
}

/// The beginning of a text, for a message.
fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}
