//! What came of the time that was given: how often requests that left so much were met in time.

use std::collections::BTreeMap;

use super::{
    super::{blame::Usual, estimate::Estimate},
    words::{called_many, span},
};
use crate::{
    event::RequestKind,
    observation::{Channel, UNIT},
    tally::{Cell, State},
    terms::{Owed, Terms},
    time::Span,
};

/// Time that is at least this share of what is usual is as much as is usual: it differs by less than terms tell apart.
const AS_USUAL: f64 = 0.85;

/// What came of requests of one kind, by the time that they left for what was owed.
#[derive(Clone, Copy, Debug, Default)]
struct Outcomes {
    asked: i64,
    /// Those of which it is known whether they were met in time.
    known: i64,
    met: i64,
}

impl Outcomes {
    fn add(&mut self, other: Self) {
        self.asked += other.asked;
        self.known += other.known;
        self.met += other.met;
    }

    fn share(self) -> f64 {
        self.met as f64 / self.known as f64
    }
}

/// Requests that left less than is usual, and those that did not.
#[derive(Default)]
struct Split {
    short: Outcomes,
    /// The longest time that was too short.
    longest_short: Span,
    long: Outcomes,
    /// The shortest time that was long enough.
    shortest_long: Option<Span>,
}

/// The requests of a relationship, by kind and by what was owed.
pub(super) struct TimesGiven(BTreeMap<(RequestKind, Owed), Split>);

impl TimesGiven {
    pub(super) fn of(state: &State, usual: &Usual) -> Self {
        let mut outcomes: BTreeMap<Terms, Outcomes> = BTreeMap::new();
        let mut add = |channel, owed: Option<Owed>, outcome: fn(Cell) -> Outcomes| {
            let cells = state.tally.of(channel).filter(|(_, terms, _)| terms.octaves().is_some());
            for (_, terms, cell) in cells.filter(|(_, terms, _)| owed.is_none_or(|owed| terms.owed() == owed)) {
                outcomes.entry(terms.complete()).or_default().add(outcome(cell));
            }
        };
        add(Channel::LeadTime, None, |cell| Outcomes { asked: cell.count, ..Outcomes::default() });
        let known =
            |cell: Cell| Outcomes { known: cell.count, met: (cell.value + UNIT / 2) / UNIT, ..Outcomes::default() };
        add(Channel::Timely, Some(Owed::Answer), known);
        add(Channel::Trust, Some(Owed::Delivery), known);
        let mut splits: BTreeMap<(RequestKind, Owed), Split> = BTreeMap::new();
        for (terms, outcomes) in outcomes {
            let time = terms.typical().unwrap_or_default();
            let split = splits.entry((terms.kind(), terms.owed())).or_default();
            if usual.enough(terms) < AS_USUAL {
                split.short.add(outcomes);
                split.longest_short = split.longest_short.max(time);
            } else {
                split.long.add(outcomes);
                split.shortest_long = Some(split.shortest_long.map_or(time, |shortest| shortest.min(time)));
            }
        }
        Self(splits)
    }

    /// What the customer could do better about the time that it leaves, of the kind that it most often hurries.
    pub(super) fn advice(&self, usual: &Usual) -> Option<String> {
        let hurried = self.0.iter().filter(|(_, split)| split.short.asked > 0);
        let (&(kind, owed), split) = hurried.max_by_key(|(_, split)| split.short.asked)?;
        let (kinds, short, long) = (called_many(kind), split.short, split.long);
        let too_short = span(split.longest_short);
        let Some(enough) = split.shortest_long else {
            let usual = span(usual.time(kind, owed));
            return Some(format!(
                "Leave more time: {} {kinds} left {too_short} or less, where {usual} are usual; how much would do is \
                 unknown, for it never varied",
                short.asked
            ));
        };
        let enough = span(enough);
        Some(if short.known == 0 || long.known == 0 {
            format!(
                "Leave more time: {} of {} {kinds} left {too_short} or less, where others left {enough}; whether that helps \
                 is unknown as yet",
                short.asked,
                short.asked + long.asked
            )
        } else if long.share() > short.share() {
            format!(
                "Leave more time: {enough} suffice and {too_short} do not: {} of {} {kinds} were met in time with {enough} \
                 or more, {} of {} with {too_short} or less",
                long.met, long.known, short.met, short.known
            )
        } else {
            format!(
                "{} of {} {kinds} left {too_short} or less; more time would not have helped: {} of {} of these were met in \
                 time, {} of {} with {enough} or more",
                short.asked,
                short.asked + long.asked,
                short.met,
                short.known,
                long.met,
                long.known
            )
        })
    }

    /// What happened in a channel that blame has changed, and in what hurry.
    pub(super) fn beside(&self, estimate: &Estimate) -> Option<String> {
        let owed = match estimate.channel {
            Channel::Timely => Owed::Answer,
            Channel::Trust => Owed::Delivery,
            _ => return None,
        };
        estimate.raw?;
        let of_owed = || self.0.iter().filter(|((_, other), _)| *other == owed).map(|(_, split)| split);
        let late = |outcomes: Outcomes| outcomes.known - outcomes.met;
        let all: i64 = of_owed().map(|split| split.short.known + split.long.known).sum();
        let missed: i64 = of_owed().map(|split| late(split.short) + late(split.long)).sum();
        let hurried: i64 = of_owed().map(|split| late(split.short)).sum();
        let longest = of_owed().filter(|split| late(split.short) > 0).map(|split| split.longest_short).max()?;
        (hurried > 0).then(|| {
            let or_less = if of_owed().filter(|split| late(split.short) > 0).count() > 1 { " or less" } else { "" };
            format!("late {missed} of {all}; {hurried} of these were asked {}{or_less} before", span(longest))
        })
    }
}
