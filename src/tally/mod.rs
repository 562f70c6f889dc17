//! Sums: everything the scores need to know about a relationship, as integers that can be added and taken away.

mod blocks;
mod packed;

use std::collections::BTreeMap;

use crate::{
    counts::Counts,
    event::{Event, Relationship},
    flows::Flows,
    interaction::{self, Pending},
    model::Model,
    observation::{Channel, Observation, UNIT},
    time::Day,
    totals::Totals,
};

pub use blocks::Block;
pub use packed::Unreadable;

/// The sum of the observations of one channel and day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// How many observations.
    pub count: i64,
    /// Sum of their weights, in millionths.
    pub weight: i64,
    /// Sum of weight times value, in millionths.
    pub value: i64,
    /// Sum of their squared weights, in millionths: what the effective number of observations needs.
    pub square: i64,
}

impl Cell {
    /// No events sum up to anything near the range's end; bytes that were damaged may, and must not end in a panic.
    fn add(&mut self, other: Self, sign: i64) {
        let add = |sum: &mut i64, other: i64| *sum = sum.wrapping_add(sign.wrapping_mul(other));
        add(&mut self.count, other.count);
        add(&mut self.weight, other.weight);
        add(&mut self.value, other.value);
        add(&mut self.square, other.square);
    }
}

impl From<Observation> for Cell {
    fn from(observation: Observation) -> Self {
        Self {
            count: 1,
            weight: observation.weight,
            value: observation.value,
            square: observation.weight * observation.weight / UNIT,
        }
    }
}

/// Cells by channel and day. Cells that sum to nothing are left out, so equal sums are equal tallies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally([Totals<Day, Cell>; Channel::ALL.len()]);

impl Tally {
    /// Adds a sum of observations.
    pub fn add(&mut self, channel: Channel, day: Day, cell: Cell) {
        self.merge(channel, day, cell, 1);
    }

    /// Adds one observation.
    pub fn observe(&mut self, observation: Observation) {
        self.add(observation.channel, observation.day, observation.into());
    }

    fn merge(&mut self, channel: Channel, day: Day, cell: Cell, sign: i64) {
        self.0[channel as usize].change(day, |sum| sum.add(cell, sign));
    }

    /// Adds all of another's sums, or takes them away where `sign` is -1.
    pub fn merge_all(&mut self, other: &Self, sign: i64) {
        for (channel, day, cell) in other.cells() {
            self.merge(channel, day, cell, sign);
        }
    }

    /// The days of one channel, oldest first.
    pub fn days(&self, channel: Channel) -> impl Iterator<Item = (Day, Cell)> {
        self.0[channel as usize].iter().copied()
    }

    /// Every cell, by channel and day.
    pub fn cells(&self) -> impl Iterator<Item = (Channel, Day, Cell)> {
        Channel::ALL.into_iter().flat_map(|channel| self.days(channel).map(move |(day, cell)| (channel, day, cell)))
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Totals::is_empty)
    }
}

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
}

impl State {
    /// The state that the events of one relationship lead to: the definition that every shortcut must equal.
    #[must_use]
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a Event>, model: &Model) -> Self {
        let mut state = Self::default();
        state.apply(&Change::between(&[], &events.into_iter().collect::<Vec<_>>(), model));
        state
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
    }

    /// Adds the state of a relationship to a sum over many. Strikes stay behind: they hold down the relationship in which
    /// they were said, not everybody who had no part in it.
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
    pub pending: BTreeMap<String, Turn>,
}

/// What becomes of what an interaction waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// What was pending, if anything.
    pub old: Option<Pending>,
    /// What is pending now, if anything.
    pub new: Option<Pending>,
}

impl From<State> for Change {
    /// What makes the state out of nothing.
    fn from(state: State) -> Self {
        let State { tally, counts, flows, pending } = state;
        let begun = |pending| Turn { old: None, new: Some(pending) };
        Self { tally, counts, flows, pending: pending.into_iter().map(|(id, pending)| (id, begun(pending))).collect() }
    }
}

impl Change {
    /// What changes where whole threads (and events of no interaction) consisted of the events `old`, and now consist of
    /// `new`.
    #[must_use]
    pub fn between(old: &[&Event], new: &[&Event], model: &Model) -> Self {
        let (mut change, mut before) = (Self::default(), BTreeMap::new());
        for unit in interaction::fold(old, model) {
            change.add(&unit, -1);
            before.extend(unit.interaction.map(|id| (id, unit.pending)));
        }
        for unit in interaction::fold(new, model) {
            change.add(&unit, 1);
            let Some(id) = unit.interaction else { continue };
            let turn = Turn { old: before.remove(id).flatten(), new: unit.pending };
            if turn.old != turn.new {
                change.pending.insert(id.to_owned(), turn);
            }
        }
        let gone = before.into_iter().filter(|(_, old)| old.is_some());
        change.pending.extend(gone.map(|(id, old)| (id.to_owned(), Turn { old, new: None })));
        change
    }

    /// Takes in what else changes in the same relationship, in other threads.
    pub fn extend(&mut self, other: Self) {
        self.tally.merge_all(&other.tally, 1);
        self.counts.merge_all(&other.counts, 1);
        self.flows.merge_all(&other.flows, 1);
        self.pending.extend(other.pending);
    }

    fn add(&mut self, unit: &interaction::Unit<'_>, sign: i64) {
        for settled in &unit.fold.settled {
            let observation = settled.observation;
            self.tally.merge(observation.channel, observation.day, observation.into(), sign);
        }
        self.counts.merge_all(&unit.fold.counts, sign);
        self.flows.merge_all(&unit.fold.flows, sign);
    }
}
