//! A calendar: a zone, weekly hours and holidays, and the working time that follows from them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    closed::Closed,
    hours::{DAY, WEEK, WeeklyHours, into_week, weeks_before},
    zone::{Stretch, Zone},
};
use crate::{
    fingerprint::fingerprint,
    time::{self, Day, Span, Timestamp},
};

/// When somebody works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Content", into = "Content")]
pub struct Calendar {
    content: Content,
    zone: Zone,
    closed: Closed,
}

/// What a calendar says; everything else follows from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Content {
    zone: Arc<str>,
    hours: WeeklyHours,
    /// Local days, in order, each once.
    holidays: Vec<Day>,
}

/// There are no rules for a time zone of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no time zone that is known")]
pub struct UnknownZone(pub String);

/// Which of the moments by which as much has been worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    First,
    Last,
}

impl TryFrom<Content> for Calendar {
    type Error = UnknownZone;

    fn try_from(content: Content) -> Result<Self, UnknownZone> {
        Self::new(&content.zone, content.hours, content.holidays)
    }
}

impl From<Calendar> for Content {
    fn from(calendar: Calendar) -> Self {
        calendar.content
    }
}

impl Calendar {
    /// The calendar of a zone, by its IANA name, with weekly hours by its local clock, and local days on which nobody works.
    ///
    /// # Errors
    ///
    /// [`UnknownZone`].
    pub fn new(zone: &str, hours: WeeklyHours, mut holidays: Vec<Day>) -> Result<Self, UnknownZone> {
        let (rules, name) = Zone::of(zone).ok_or_else(|| UnknownZone(zone.to_owned()))?;
        holidays.sort_unstable();
        holidays.dedup();
        let closed = Closed::of(&holidays, &hours);
        Ok(Self { content: Content { zone: name.into(), hours, holidays }, zone: rules, closed })
    }

    /// The IANA name of its zone.
    #[must_use]
    pub fn zone(&self) -> &str {
        &self.content.zone
    }

    /// Its weekly hours.
    #[must_use]
    pub fn hours(&self) -> &WeeklyHours {
        &self.content.hours
    }

    /// The local days on which nobody works, in order.
    #[must_use]
    pub fn holidays(&self) -> &[Day] {
        &self.content.holidays
    }

    /// The fingerprint of what it says: 12 hexadecimal digits. Equal calendars have equal versions.
    #[must_use]
    pub fn version(&self) -> String {
        let mut digest = Sha256::new_with_prefix(self.content.zone.as_bytes());
        digest.update([0]);
        self.content.hours.lines().iter().for_each(|line| digest.update(line));
        self.content.holidays.iter().for_each(|day| digest.update(day.0.to_be_bytes()));
        fingerprint(digest)
    }

    /// The same, but knowing only the holidays that bear on what lies between two moments.
    #[must_use]
    pub fn between(&self, from: Timestamp, until: Timestamp) -> Self {
        let days = Day(from.day().0.saturating_sub(1))..=Day(until.day().0.saturating_add(1));
        let holidays: Vec<Day> = self.holidays().iter().copied().filter(|day| days.contains(day)).collect();
        let closed = Closed::of(&holidays, self.hours());
        Self { content: Content { holidays, ..self.content.clone() }, zone: self.zone.clone(), closed }
    }

    /// Whether it is open at a moment: at the beginning of working hours, and no more at their end.
    #[must_use]
    pub fn is_open(&self, moment: Timestamp) -> bool {
        let local = moment.micros() + self.zone.offset(moment);
        self.hours().has(into_week(local)) && !self.closed.has(local_day(local))
    }

    /// The working time between two moments; none where the second is not the later one.
    #[must_use]
    pub fn working_between(&self, from: Timestamp, until: Timestamp) -> Span {
        Span::from_micros(self.zone.stretches(from, until).map(|stretch| self.open_in(stretch)).sum())
    }

    /// Microseconds of a stretch that are open.
    fn open_in(&self, Stretch { from, until, offset }: Stretch) -> i64 {
        self.open_before(until.micros() + offset) - self.open_before(from.micros() + offset)
    }

    /// Microseconds that are open between the beginning of some week and a moment, by a local clock that is never put
    /// forward or back.
    fn open_before(&self, local: i64) -> i64 {
        let hours = self.hours();
        let open = weeks_before(local) * hours.open_of_first(WEEK) + hours.open_of_first(into_week(local));
        open - self.closed.before(local, hours)
    }

    /// The first moment by which so much has been worked since `from`; the end of time where that never is.
    #[must_use]
    pub fn first_after(&self, from: Timestamp, span: Span) -> Timestamp {
        if span <= Span::ZERO { from } else { self.search(from, span, Which::First) }
    }

    /// The last moment by which no more than so much has been worked since `from`: where that is when work ends, it is when
    /// it begins again. The end of time where there is none.
    #[must_use]
    pub fn last_after(&self, from: Timestamp, span: Span) -> Timestamp {
        if span < Span::ZERO { from } else { self.search(from, span, Which::Last) }
    }

    fn search(&self, from: Timestamp, span: Span, which: Which) -> Timestamp {
        let mut left = span.micros();
        for stretch in self.zone.stretches(from, Timestamp::MAX) {
            let open = self.open_in(stretch);
            if open > left || (open == left && which == Which::First) {
                return self.search_in(stretch, left, which);
            }
            left -= open;
        }
        Timestamp::MAX
    }

    /// The wanted moment of a stretch in which it is, `left` microseconds of working time from its beginning.
    fn search_in(&self, stretch: Stretch, left: i64, which: Which) -> Timestamp {
        let (begin, mut low, mut high) = (stretch.from.micros(), stretch.from.micros(), stretch.until.micros());
        // `low` is never too late, and `high` never too early.
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            let open = self.open_before(middle + stretch.offset) - self.open_before(begin + stretch.offset);
            let is_early = if which == Which::First { open < left } else { open <= left };
            if is_early { low = middle } else { high = middle }
        }
        Timestamp::from_micros(if which == Which::First { high } else { low })
    }

    /// The time that somebody who is asked at a moment has until another: the working time between them.
    ///
    /// Where it is closed at the second, whoever set it counted by the clock, nights and weekends included. Then what is left
    /// of the time when work ends is given when it begins again, but no more than can be worked within a day from then: asked
    /// on Friday at five for an answer in four hours, with closing time at six, there is time until Monday, three hours after
    /// work has begun.
    #[must_use]
    pub fn given(&self, from: Timestamp, until: Timestamp) -> Span {
        let worked = self.working_between(from, until);
        if until <= from || self.is_open(until) {
            return if until < from { until.since(from) } else { worked };
        }
        let left = until.since(self.first_after(from, worked));
        let begins = self.last_after(from, worked);
        worked + left.min(self.working_between(begins, begins + time::DAY))
    }

    /// The day by which something must have come that is due at a moment: that moment, or where its local day has no
    /// working time at all, when work ends on the next day that has.
    #[must_use]
    pub fn due_day(&self, due: Timestamp) -> Timestamp {
        let day = local_day(due.micros() + self.zone.offset(due));
        if self.open_on(day) > 0 {
            return due;
        }
        let begins = self.last_after(due, Span::ZERO);
        if begins == Timestamp::MAX {
            return due;
        }
        let day = local_day(begins.micros() + self.zone.offset(begins));
        let end = self.open_before((i64::from(day.0) + 1) * DAY)
            - self.open_before(begins.micros() + self.zone.offset(begins));
        self.first_after(begins, Span::from_micros(end.max(1)))
    }

    /// Microseconds that are open on a local day.
    fn open_on(&self, day: Day) -> i64 {
        self.open_before((i64::from(day.0) + 1) * DAY) - self.open_before(i64::from(day.0) * DAY)
    }
}

fn local_day(local: i64) -> Day {
    Timestamp::from_micros(local).day()
}
