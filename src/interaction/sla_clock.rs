//! Time that runs on the supplier's account: it stops while the supplier waits for a clarification, and while it does not
//! work.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    calendar::Calendar,
    time::{SECOND, Span, Timestamp},
};

/// No allowance and no lead time is shorter than this, so that a date in the past divides nothing by zero.
pub(super) const SHORTEST_SPAN: Span = SECOND;

/// Measures the time since a request, pauses taken out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlaClock {
    /// When it was started.
    started_at: Timestamp,
    /// Pauses in order, each with its end; none overlaps another, and only the last may have no end yet.
    pauses: Vec<(Timestamp, Option<Timestamp>)>,
    /// When it runs at all; none where it always does.
    hours: Option<Arc<Hours>>,
}

/// When a clock runs at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Hours {
    calendar: Arc<Calendar>,
    /// When it will have run for some spans, where finding that out by the calendar again and again would take a while.
    known: Vec<(Span, Option<Timestamp>)>,
}

impl SlaClock {
    /// A clock started at `started_at`. What of a pause lies before the start does not count.
    #[must_use]
    pub fn new(started_at: Timestamp, pauses: &[(Timestamp, Option<Timestamp>)]) -> Self {
        let pauses = pauses
            .iter()
            .filter(|(_, until)| until.is_none_or(|until| until > started_at))
            .map(|&(from, until)| (from.max(started_at), until))
            .collect();
        Self { started_at, pauses, hours: None }
    }

    /// The same clock, running only while a calendar is open.
    #[must_use]
    pub fn by(self, calendar: Option<Arc<Calendar>>) -> Self {
        let hours = calendar.map(|calendar| Arc::new(Hours { calendar, known: Vec::new() }));
        Self { hours, ..self }
    }

    /// The same clock as it is kept while the longest of some spans has not passed: with no more of its calendar than it
    /// needs until then, and knowing when it will have run for each.
    #[must_use]
    pub fn kept_for(self, spans: &[Span]) -> Self {
        let Some(hours) = &self.hours else { return self };
        let known: Vec<_> = spans.iter().map(|&span| (span, self.reaches(span))).collect();
        let until = known.iter().map(|(_, moment)| moment.unwrap_or(Timestamp::MAX)).max();
        let calendar = Arc::new(hours.calendar.between(self.started_at, until.unwrap_or(self.started_at)));
        Self { hours: Some(Arc::new(Hours { calendar, known })), ..self }
    }

    /// Whether it counts working time.
    #[must_use]
    pub fn is_working_time(&self) -> bool {
        self.hours.is_some()
    }

    /// The same clock with its start and its pauses moved back by `span`.
    #[must_use]
    pub fn started_earlier(&self, span: Span) -> Self {
        let earlier = |at: Timestamp| at - span;
        let pauses = self.pauses.iter().map(|&(from, until)| (earlier(from), until.map(earlier))).collect();
        Self { started_at: earlier(self.started_at), pauses, hours: None }.by(self.calendar().cloned())
    }

    /// When it was started.
    #[must_use]
    pub fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// How long it has run by `moment`; no time before the start.
    #[must_use]
    pub fn elapsed(&self, moment: Timestamp) -> Span {
        let paused = self
            .pauses
            .iter()
            .filter(|(from, _)| *from < moment)
            .map(|&(from, until)| self.run(from, until.map_or(moment, |until| until.min(moment))))
            .fold(Span::ZERO, |sum, pause| sum + pause);
        (self.run(self.started_at, moment) - paused).max(Span::ZERO)
    }

    fn calendar(&self) -> Option<&Arc<Calendar>> {
        self.hours.as_ref().map(|hours| &hours.calendar)
    }

    /// How long it runs from one moment to another, but for pauses.
    fn run(&self, from: Timestamp, until: Timestamp) -> Span {
        self.calendar().map_or_else(|| until.since(from), |calendar| calendar.working_between(from, until))
    }

    /// The moment at which it will have run for `span`; where that is when work ends, the moment at which it begins again.
    /// Returns `None` if it stands still before that.
    #[must_use]
    pub fn reaches(&self, span: Span) -> Option<Timestamp> {
        if let Some(Hours { calendar, known }) = self.hours.as_deref() {
            let known = known.iter().find(|(known, _)| *known == span);
            return known.map_or_else(|| self.reaches_by(calendar, span), |(_, moment)| *moment);
        }
        let mut moment = self.started_at + span;
        for &(from, until) in &self.pauses {
            if from >= moment {
                break;
            }
            moment = moment + until?.since(from);
        }
        Some(moment)
    }

    fn reaches_by(&self, calendar: &Calendar, mut span: Span) -> Option<Timestamp> {
        let mut since = self.started_at;
        for &(from, until) in &self.pauses {
            let run = calendar.working_between(since, from);
            if run >= span {
                break;
            }
            span = span - run;
            since = until?;
        }
        Some(calendar.last_after(since, span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{calendar::WeeklyHours, time::HOUR};

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    #[test]
    fn it_stands_still_in_a_pause() {
        let clock = SlaClock::new(at(100), &[(at(110), Some(at(130))), (at(150), None)]);
        assert_eq!(
            [90, 100, 105, 120, 130, 140, 160, 999].map(|t| clock.elapsed(at(t)).micros()),
            [0, 0, 5, 10, 10, 20, 30, 30]
        );
        assert_eq!(clock.reaches(Span::from_micros(10)), Some(at(110)));
        assert_eq!(clock.reaches(Span::from_micros(11)), Some(at(131)));
        assert_eq!(clock.reaches(Span::from_micros(30)), Some(at(150)));
        assert_eq!(clock.reaches(Span::from_micros(31)), None);
    }

    #[test]
    fn it_stands_still_while_nobody_works() {
        let on = |moment: &str| moment.parse::<Timestamp>().unwrap();
        let hours = WeeklyHours::read(&["mon-fri 09:00-18:00"]).unwrap();
        let calendar = Some(Arc::new(Calendar::new("UTC", hours, vec![on("2026-03-10").day()]).unwrap()));
        let friday = SlaClock::new(on("2026-03-06T16:00:00Z"), &[]).by(calendar.clone());
        let elapsed = ["2026-03-06T17:00:00Z", "2026-03-08T12:00:00Z", "2026-03-09T09:00:00Z", "2026-03-11T10:00:00Z"]
            .map(|moment| friday.elapsed(on(moment)).rounded_to(HOUR));
        assert_eq!(elapsed, [1, 2, 2, 12]);
        assert_eq!(friday.reaches(HOUR), Some(on("2026-03-06T17:00:00Z")));
        assert_eq!(friday.reaches(2 * HOUR), Some(on("2026-03-09T09:00:00Z")), "an answer first thing is no later");
        assert_eq!(friday.reaches(12 * HOUR), Some(on("2026-03-11T10:00:00Z")));
        let questions = [(on("2026-03-06T17:00:00Z"), Some(on("2026-03-09T11:00:00Z")))];
        let asked = SlaClock::new(on("2026-03-06T16:00:00Z"), &questions).by(calendar).kept_for(&[9 * HOUR]);
        assert_eq!(asked.elapsed(on("2026-03-09T12:00:00Z")), 2 * HOUR, "the hours of a pause are not counted twice");
        assert_eq!(asked.reaches(9 * HOUR), Some(on("2026-03-11T10:00:00Z")), "and of a holiday not at all");
    }

    #[test]
    fn a_pause_before_the_start_does_not_count() {
        let clock = SlaClock::new(at(100), &[(at(10), Some(at(20))), (at(90), Some(at(105)))]);
        assert_eq!(clock.elapsed(at(115)).micros(), 10);
        assert_eq!(clock.reaches(Span::from_micros(10)), Some(at(115)));
    }
}
