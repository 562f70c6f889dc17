//! Working time against a slow reference, which looks at every minute of the local clock.

use std::sync::Arc;

use proptest::prelude::*;
use rapport::{
    calendar::{Calendar, Calendars, DatedCalendar, WeeklyHours, WorkingTime},
    time::{DAY, Day, HOUR, MICROSECOND, MINUTE, Span, Timestamp},
};

use super::check;
use crate::support::events::at;

/// Zones with everything that trips programs up: summer time either side of the equator, by half an hour, at midnight, none,
/// a quarter of an hour off, and a day that was left out.
const ZONES: [&str; 8] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "UTC",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Africa/Casablanca",
];

fn hours() -> impl Strategy<Value = Vec<String>> {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let line = (0..7_usize, 0..7_usize, 0..48_u32, 1..49_u32).prop_map(|(first, last, from, until)| {
        let clock = |halves: u32| format!("{:02}:{:02}", halves / 2, halves % 2 * 30);
        format!("{}-{} {}-{}", DAYS[first], DAYS[last], clock(from), clock(until))
    });
    prop::collection::vec(line, 1..4)
}

/// Around the changes of the clocks in 2011 (when Samoa left out the 30 December) and 2026.
fn moments() -> impl Strategy<Value = Timestamp> {
    let day = prop_oneof![-400..400_i64, 14_955..15_400_i64, 20_454..20_820_i64];
    (day, 0..DAY.micros()).prop_map(|(day, passed)| Timestamp::from_micros(day * DAY.micros() + passed))
}

/// No longer than so many days.
fn spans(days: i64) -> impl Strategy<Value = Span> {
    (0..Span::days(days).micros()).prop_map(Span::from_micros)
}

fn calendars() -> impl Strategy<Value = Calendar> {
    let holidays = prop::collection::vec(prop_oneof![14_955..15_400_i32, 20_454..20_820_i32].prop_map(Day), 0..40);
    (prop::sample::select(ZONES.as_slice()), hours(), holidays)
        .prop_map(|(zone, hours, holidays)| Calendar::new(zone, WeeklyHours::read(&hours).unwrap(), holidays).unwrap())
}

/// Whole minutes that are open between two moments: by the local date and time of each, as the library of zones has it.
fn slowly(calendar: &Calendar, from: Timestamp, until: Timestamp) -> i64 {
    let zone = jiff::tz::TimeZoneDatabase::bundled().get(calendar.zone()).unwrap();
    let (lines, open) = (calendar.hours().lines(), |lines: &[String], day: &str, time: &str| {
        let whole = WeeklyHours::read(lines).unwrap();
        whole.is_always() || lines.iter().any(|line| has(line, day, time))
    });
    let mut minutes = 0;
    let mut moment = from;
    while moment < until {
        let local = jiff::Timestamp::from_microsecond(moment.micros()).unwrap().to_zoned(zone.clone());
        let date = Timestamp::from_micros(
            local.date().to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_microsecond(),
        );
        let day = local.strftime("%a").to_string().to_lowercase();
        let is_holiday = calendar.holidays().contains(&date.day());
        minutes += i64::from(!is_holiday && open(&lines, &day, &local.strftime("%H:%M").to_string()));
        moment = moment + MINUTE;
    }
    minutes
}

/// Whether a line as it is printed has a time of day.
fn has(line: &str, day: &str, time: &str) -> bool {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let (days, hours) = line.split_once(' ').unwrap();
    let (first, last) = days.split_once('-').unwrap_or((days, days));
    let place = |day: &str| DAYS.iter().position(|it| *it == day).unwrap();
    let (from, until) = hours.split_once('-').unwrap();
    (place(first)..=place(last)).contains(&place(day)) && from <= time && time < until
}

#[test]
fn working_time_is_every_open_minute() {
    let minutes =
        |moment: Timestamp| Timestamp::from_micros(moment.micros().div_euclid(MINUTE.micros()) * MINUTE.micros());
    check(24, &(calendars(), moments(), 0..20 * 24 * 60_i64), |(calendar, from, length)| {
        let from = minutes(from);
        let until = from + length * MINUTE;
        assert_eq!(calendar.working_between(from, until), slowly(&calendar, from, until) * MINUTE);
    });
}

#[test]
fn working_time_adds_up_and_is_no_longer_than_time() {
    check(256, &(calendars(), prop::array::uniform3(moments())), |(calendar, mut moments)| {
        moments.sort_unstable();
        let [a, b, c] = moments;
        let worked = calendar.working_between(a, b);
        assert!((Span::ZERO..=b.since(a)).contains(&worked));
        assert_eq!(worked + calendar.working_between(b, c), calendar.working_between(a, c));
        assert_eq!(calendar.working_between(b, a), Span::ZERO, "there is none backwards");
    });
}

#[test]
fn a_span_of_working_time_ends_when_it_is_worked() {
    check(256, &(calendars(), moments(), spans(40)), |(calendar, from, span)| {
        let (first, last) = (calendar.first_after(from, span), calendar.last_after(from, span));
        assert!(from <= first && first <= last);
        assert_eq!(calendar.working_between(from, first), span);
        assert_eq!(calendar.working_between(from, last), span);
        assert!(span == Span::ZERO || calendar.working_between(from, first - MICROSECOND) < span);
        assert!(calendar.working_between(from, last + MICROSECOND) > span);
    });
}

#[test]
fn the_time_given_is_working_time_and_some_for_a_due_moment_that_lies_outside_of_it() {
    check(256, &(calendars(), moments(), spans(20)), |(calendar, from, span)| {
        let until = from + span;
        let (given, worked) = (calendar.given(from, until), calendar.working_between(from, until));
        assert!((worked..=span).contains(&given), "never less than can be worked, nor more than was said");
        assert!(given == worked || !calendar.is_open(until));
    });
}

#[test]
fn what_is_due_on_an_open_day_is_due_when_it_was() {
    check(256, &(calendars(), moments()), |(calendar, due)| {
        let counted = calendar.due_day(due);
        assert!(counted == due || (counted > due && calendar.is_open(counted - MICROSECOND)));
        let before = counted - MICROSECOND;
        assert!(
            counted == due || calendar.due_day(before) == before,
            "a day that counts is one on which somebody works"
        );
    });
}

#[test]
fn always_open_is_no_calendar() {
    check(
        256,
        &(moments(), moments(), spans(40), prop::sample::select(ZONES.as_slice())),
        |(from, until, span, zone)| {
            let always = Calendar::new(zone, WeeklyHours::default(), vec![]).unwrap();
            assert_eq!(always.working_between(from, until), until.since(from).max(Span::ZERO));
            assert_eq!((always.first_after(from, span), always.last_after(from, span)), (from + span, from + span));
            assert_eq!(always.given(from, until), until.since(from));
            assert_eq!(always.due_day(until), until);
        },
    );
}

#[test]
fn the_whole_range_of_time_takes_no_time() {
    let calendar =
        Calendar::new("Europe/Berlin", WeeklyHours::read(&["mon-fri 09:00-17:00"]).unwrap(), vec![]).unwrap();
    let worked = calendar.working_between(Timestamp::MIN, Timestamp::MAX);
    let share = worked / Timestamp::MAX.since(Timestamp::MIN);
    assert!((share - 40.0 / 168.0).abs() < 1e-6, "{share}");
    assert_eq!(calendar.last_after(Timestamp::MIN, worked), Timestamp::MAX);
    assert_eq!(calendar.first_after(at("2026-03-02T08:00:00Z"), Span::from_micros(i64::MAX)), Timestamp::MAX);
}

#[test]
fn clocks_that_are_put_forward_and_back_in_a_night_shift() {
    let calendar =
        Calendar::new("Europe/Berlin", WeeklyHours::read(&["mon-sun 22:00-06:00"]).unwrap(), vec![]).unwrap();
    let night = |evening: &str| calendar.working_between(at(evening), at(evening) + 24 * HOUR).rounded_to(HOUR);
    assert_eq!(night("2026-03-27T12:00:00Z"), 8);
    assert_eq!(night("2026-03-28T12:00:00Z"), 7, "the hour after two is left out");
    assert_eq!(night("2026-10-24T12:00:00Z"), 9, "it comes twice");
}

#[test]
fn a_due_moment_outside_working_hours_was_counted_by_the_clock() {
    let calendar =
        Calendar::new("Europe/Berlin", WeeklyHours::read(&["mon-fri 09:00-18:00"]).unwrap(), vec![]).unwrap();
    let given = |from: &str, until: &str| calendar.given(at(from), at(until)).rounded_to(MINUTE);
    let friday = "2026-03-06T16:00:00Z";
    assert_eq!(given(friday, "2026-03-06T16:30:00Z"), 30, "within working hours it is taken at its word");
    assert_eq!(given(friday, "2026-03-06T20:00:00Z"), 4 * 60, "an hour on Friday, three on Monday");
    assert_eq!(given(friday, "2026-03-08T12:00:00Z"), 10 * 60, "an hour on Friday, and Monday");
    assert_eq!(given(friday, "2026-03-09T10:00:00Z"), 3 * 60, "an hour on Friday, two on Monday");
    assert_eq!(given("2026-03-08T12:00:00Z", "2026-03-08T16:00:00Z"), 4 * 60, "four on Monday");
    assert_eq!(given(friday, "2026-03-06T15:00:00Z"), -60);
}

#[test]
fn a_day_on_which_nobody_works_counts_as_the_next_one() {
    let holidays = vec![at("2026-12-25").day(), at("2026-12-26").day()];
    let calendar =
        Calendar::new("Europe/Berlin", WeeklyHours::read(&["mon-fri 09:00-17:00"]).unwrap(), holidays).unwrap();
    let counted = |due: &str| calendar.due_day(at(due)).to_string();
    assert_eq!(counted("2026-12-24T22:00:00Z"), "2026-12-24T22:00:00Z", "on a working day any moment stays");
    assert_eq!(counted("2026-12-25"), "2026-12-28T16:00:00Z", "the holiday, and the weekend");
}

#[test]
fn calendars_hold_from_their_moment_and_before_the_first_that_of_the_parent() {
    let calendar = |zone: &str| Arc::new(Calendar::new(zone, WeeklyHours::default(), vec![]).unwrap());
    let from = |moment: &str, zone: &str| DatedCalendar { valid_from: at(moment), calendar: calendar(zone) };
    let own = Calendars::of([from("2026-01-01", "UTC"), from("2025-01-01", "Asia/Kathmandu")]);
    let company = Calendars::of([from("2024-01-01", "Europe/Berlin")]);
    let working = WorkingTime::of([Arc::new(own.clone()), Arc::default(), Arc::new(company.clone())]);
    let zone = |moment: &str| working.at(at(moment)).map(|calendar| calendar.zone().to_owned());
    let zones = ["2023-12-31", "2024-01-01", "2025-01-01", "2025-12-31", "2026-01-01"].map(zone);
    assert_eq!(zones.map(Option::unwrap_or_default), ["", "Europe/Berlin", "Asia/Kathmandu", "Asia/Kathmandu", "UTC"]);
    let changed = Calendars::of([from("2026-01-01", "Europe/Berlin")]).after(&own);
    assert_eq!(changed.iter().len(), 2, "one takes the place of that of the same moment, the other stays");
    let other = WorkingTime::of([Arc::new(changed), Arc::new(company)]);
    assert_eq!(working.differs_from(&other), Some(at("2026-01-01")));
    assert_eq!(working.differs_from(&working), None);
}
