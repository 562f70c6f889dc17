//! Time that runs on the supplier's account: it stops while the supplier waits for a clarification.

use serde::{Deserialize, Serialize};

use crate::time::{SECOND, Span, Timestamp};

/// No allowance and no lead time is shorter than this, so that a date in the past divides nothing by zero.
pub(super) const SHORTEST_SPAN: Span = SECOND;

/// Measures the time since a request, pauses taken out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlaClock {
    /// When it was started.
    started_at: Timestamp,
    /// Pauses in order, each with its end; none overlaps another, and only the last may have no end yet.
    pauses: Vec<(Timestamp, Option<Timestamp>)>,
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
        Self { started_at, pauses }
    }

    /// The same clock with its start and its pauses moved back by `span`.
    #[must_use]
    pub fn started_earlier(&self, span: Span) -> Self {
        let earlier = |at: Timestamp| at - span;
        let pauses = self.pauses.iter().map(|&(from, until)| (earlier(from), until.map(earlier))).collect();
        Self { started_at: earlier(self.started_at), pauses }
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
            .map(|&(from, until)| until.map_or(moment, |until| until.min(moment)).since(from))
            .fold(Span::ZERO, |sum, pause| sum + pause);
        (moment.since(self.started_at) - paused).max(Span::ZERO)
    }

    /// The moment at which it will have run for `span`. Returns `None` if it stands still before that.
    #[must_use]
    pub fn reaches(&self, span: Span) -> Option<Timestamp> {
        let mut moment = self.started_at + span;
        for &(from, until) in &self.pauses {
            if from >= moment {
                break;
            }
            moment = moment + until?.since(from);
        }
        Some(moment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_pause_before_the_start_does_not_count() {
        let clock = SlaClock::new(at(100), &[(at(10), Some(at(20))), (at(90), Some(at(105)))]);
        assert_eq!(clock.elapsed(at(115)).micros(), 10);
        assert_eq!(clock.reaches(Span::from_micros(10)), Some(at(115)));
    }
}
