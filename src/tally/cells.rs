//! Observations of a relationship summed up by channel, day and terms.

use crate::{
    observation::{Channel, Observation, UNIT},
    terms::Terms,
    time::Day,
    totals::Totals,
};

/// The sum of the observations of one channel, day and terms.
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

/// Cells by channel, day and terms. Cells that sum to nothing are left out, so equal sums are equal tallies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally([Totals<(Day, Terms), Cell>; Channel::ALL.len()]);

impl Tally {
    /// Adds a sum of observations.
    pub fn add(&mut self, channel: Channel, day: Day, terms: Terms, cell: Cell) {
        self.merge(channel, (day, terms), cell, 1);
    }

    /// Adds one observation, or takes it away where `sign` is -1.
    pub fn observe(&mut self, observation: Observation, sign: i64) {
        self.merge(observation.channel, (observation.day, observation.terms), observation.into(), sign);
    }

    fn merge(&mut self, channel: Channel, key: (Day, Terms), cell: Cell, sign: i64) {
        self.0[channel as usize].change(key, |sum| sum.add(cell, sign));
    }

    /// Adds all of another's sums, or takes them away where `sign` is -1.
    pub fn merge_all(&mut self, other: &Self, sign: i64) {
        for (channel, day, terms, cell) in other.cells() {
            self.merge(channel, (day, terms), cell, sign);
        }
    }

    /// The cells of one channel, by day, oldest first, and terms.
    pub fn of(&self, channel: Channel) -> impl Iterator<Item = (Day, Terms, Cell)> {
        self.0[channel as usize].iter().map(|&((day, terms), cell)| (day, terms, cell))
    }

    /// Every cell, by channel, day and terms.
    pub fn cells(&self) -> impl Iterator<Item = (Channel, Day, Terms, Cell)> {
        let of = |channel| self.of(channel).map(move |(day, terms, cell)| (channel, day, terms, cell));
        Channel::ALL.into_iter().flat_map(of)
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Totals::is_empty)
    }
}
