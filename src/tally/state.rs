//! The state of a relationship, and what events change about it.

use std::collections::BTreeMap;

use super::cells::Tally;
use crate::{
    counts::{Counter, Counts},
    event::{Event, Relationship},
    flows::Flows,
    interaction::{self, Ending, Pending, Rules},
};

/// Everything the scores of a relationship are read off, at any moment not before its last event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// What is settled.
    pub tally: Tally,
    /// What the KPIs count.
    pub counts: Counts,
    /// What flows.
    pub flows: Flows,
    /// What only time, or another event, will settle, by interaction.
    pub pending: BTreeMap<String, Pending>,
    /// The last end of the relationship; whether anything was asked after it, the counts say.
    pub ending: Option<Ending>,
}

impl State {
    /// The state that the events of one relationship lead to: the definition that every shortcut must equal.
    #[must_use]
    pub fn fold<'a, 't>(events: impl IntoIterator<Item = &'a Event>, rules: impl Into<Rules<'t>>) -> Self {
        let mut state = Self::default();
        state.apply(&Change::between(&[], &events.into_iter().collect::<Vec<_>>(), rules));
        state
    }

    /// The end of the relationship, unless something was asked after it.
    #[must_use]
    pub fn ended(&self) -> Option<&Ending> {
        self.ending.as_ref().filter(|_| self.counts.get(Counter::SinceEnding) == 0)
    }

    /// Takes a change in.
    pub fn apply(&mut self, change: &Change) {
        self.tally.merge_all(&change.tally, 1);
        self.counts.merge_all(&change.counts, 1);
        self.flows.merge_all(&change.flows, 1);
        for (interaction, turn) in &change.pending {
            match &turn.new {
                Some(pending) => self.pending.insert(interaction.clone(), pending.clone()),
                None => self.pending.remove(interaction),
            };
        }
        if let Some(turn) = &change.ending {
            self.ending.clone_from(&turn.new);
        }
    }

    /// Adds the state of a relationship to a sum over many. Strikes stay behind: they hold down the relationship in which
    /// they were said, not everybody who had no part in it. So does its end.
    pub fn merge(&mut self, relationship: &Relationship, other: &Self) {
        self.tally.merge_all(&other.tally, 1);
        self.counts.merge_all(&other.counts, 1);
        self.flows.merge_all(&other.flows, 1);
        for (interaction, pending) in &other.pending {
            let pending = Pending { strikes: Vec::new(), ..pending.clone() };
            if pending != Pending::default() {
                // An interaction is known within its relationship only. No id has a line break in it.
                let name = format!("{}\n{}\n{interaction}", relationship.customer, relationship.supplier);
                self.pending.insert(name, pending);
            }
        }
    }
}

/// What some events change about the state of their relationship: new minus old.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// To be added to the tally; cells may be negative.
    pub tally: Tally,
    /// To be added to the counters; counts may be negative.
    pub counts: Counts,
    /// To be added to the flows; sums may be negative.
    pub flows: Flows,
    /// What is pending instead of what was, by interaction.
    pub pending: BTreeMap<String, Turn<Pending>>,
    /// The last end of the relationship instead of what was; none where that stays.
    pub ending: Option<Turn<Ending>>,
}

/// What becomes of something: of what an interaction waits for, or of the end of the relationship.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turn<T> {
    /// What there was, if anything.
    pub old: Option<T>,
    /// What there is now, if anything.
    pub new: Option<T>,
}

impl From<State> for Change {
    /// What makes the state out of nothing.
    fn from(state: State) -> Self {
        let State { tally, counts, flows, pending, ending } = state;
        let pending = pending.into_iter().map(|(id, pending)| (id, Turn { old: None, new: Some(pending) })).collect();
        let ending = ending.map(|ending| Turn { old: None, new: Some(ending) });
        Self { tally, counts, flows, pending, ending }
    }
}

impl Change {
    /// What changes where whole threads (and events of no interaction) consisted of the events `old`, and now consist of
    /// `new`; all ends of the relationship, as they were and as they are, are among them.
    #[must_use]
    pub fn between<'t>(old: &[&Event], new: &[&Event], rules: impl Into<Rules<'t>>) -> Self {
        let rules = rules.into();
        Self::from_to((old, rules), (new, rules))
    }

    /// What changes where the same events are judged by other rules.
    #[must_use]
    pub fn of_rules(events: &[&Event], old: Rules<'_>, new: Rules<'_>) -> Self {
        Self::from_to((events, old), (events, new))
    }

    fn from_to((old, old_rules): (&[&Event], Rules<'_>), (new, new_rules): (&[&Event], Rules<'_>)) -> Self {
        let (mut change, mut before) = (Self::default(), BTreeMap::new());
        for unit in interaction::fold(old, old_rules) {
            change.add(&unit, -1);
            before.extend(unit.interaction.map(|id| (id, unit.pending)));
        }
        for unit in interaction::fold(new, new_rules) {
            change.add(&unit, 1);
            let Some(id) = unit.interaction else { continue };
            let turn = Turn { old: before.remove(id).flatten(), new: unit.pending };
            if turn.old != turn.new {
                change.pending.insert(id.to_owned(), turn);
            }
        }
        let gone = before.into_iter().filter(|(_, old)| old.is_some());
        change.pending.extend(gone.map(|(id, old)| (id.to_owned(), Turn { old, new: None })));
        let ending = Turn { old: Ending::last_of(old), new: Ending::last_of(new) };
        change.ending = (ending.old != ending.new).then_some(ending);
        change
    }

    /// Takes in what else changes in the same relationship, in other threads.
    pub fn extend(&mut self, other: Self) {
        self.tally.merge_all(&other.tally, 1);
        self.counts.merge_all(&other.counts, 1);
        self.flows.merge_all(&other.flows, 1);
        self.pending.extend(other.pending);
        // Where several say so, they say the same.
        self.ending = other.ending.or(self.ending.take());
    }

    fn add(&mut self, unit: &interaction::Unit<'_>, sign: i64) {
        for settled in &unit.fold.settled {
            self.tally.observe(settled.observation, sign);
        }
        self.counts.merge_all(&unit.fold.counts, sign);
        self.flows.merge_all(&unit.fold.flows, sign);
    }
}
