//! A state summed up for one day: all that the scores of that day are read off, however long the history is.
//!
//! Within a day nothing settled grows older, so its decayed sums stay as they are; only what is open moves with the moment.
//! What time has settled for good by the start of the day is summed up with the rest; the little that is still open then
//! is read anew at each moment.

use super::{
    dealings::Dealings,
    demand::Demand,
    level::{Basis, Memory, Sums},
    pool_sum::{PoolShare, PoolSum},
    settled::Settled,
    strikes::most_strikes,
};
use crate::{
    interaction::{Awaited, Pending, Strike},
    model::Model,
    observation::{Channel, Observation},
    tally::State,
    time::{Day, Timestamp},
};

/// A state, summed up for one day under one model.
#[derive(Clone, Debug, PartialEq)]
pub struct DaySummary {
    day: Day,
    /// By channel; those of which nothing is known are left out.
    settled: Vec<(Channel, Settled)>,
    /// What was not over at the start of the day.
    open: Vec<Pending>,
    strikes: Vec<Strike>,
    demand: Demand,
    dealings: Dealings,
}

impl DaySummary {
    /// Sums a state up for the day `today`.
    #[must_use]
    pub fn of(state: &State, today: Day, model: &Model) -> Self {
        let (mut over, mut open) = (Vec::new(), Vec::new());
        for pending in state.pending.values() {
            if pending.awaited_at(today.start(), model).is_empty() {
                over.extend(pending.settled_by(today.start(), model));
            } else {
                open.push(pending.clone());
            }
        }
        let mut settled = Vec::new();
        for channel in Channel::ALL {
            let mut sums = Settled::default();
            state.tally.days(channel).for_each(|(day, cell)| sums.add(day, cell, today, model));
            over.iter().filter(|it| it.channel == channel).for_each(|it| sums.add(it.day, (*it).into(), today, model));
            if sums != Settled::default() {
                settled.push((channel, sums));
            }
        }
        settled.shrink_to_fit();
        open.shrink_to_fit();
        Self {
            day: today,
            settled,
            open,
            strikes: most_strikes(state).to_vec(),
            demand: Demand::of(&state.flows, today, model),
            dealings: Dealings::of(&state.flows, today, model),
        }
    }

    /// The day it is for.
    #[must_use]
    pub fn day(&self) -> Day {
        self.day
    }

    /// Whether what it says moves within the day: something is still open.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        !self.open.is_empty()
    }

    /// How often this customer asks this supplier.
    #[must_use]
    pub fn demand(&self) -> Demand {
        self.demand
    }

    /// Adds it to the sum of its party's relationships.
    pub fn add_to(&self, sum: &mut PoolSum, model: &Model) {
        self.settled.iter().for_each(|(channel, settled)| sum.add(*channel, settled.pool));
        sum.add_pending(&self.open, self.day, model);
    }

    /// What others need of it, where nothing moves within the day.
    #[must_use]
    pub fn share(&self) -> Option<PoolShare> {
        let settled = self.settled.iter().map(|(channel, settled)| (*channel, settled.pool));
        (!self.is_moving()).then(|| PoolShare::of(self.day, settled, self.demand))
    }

    /// How many observations of each channel are settled by a moment of its day.
    #[must_use]
    pub fn observations(&self, moment: Timestamp, model: &Model) -> [i64; Channel::ALL.len()] {
        let reading = self.at(moment, model);
        Channel::ALL.map(|channel| reading.settled(channel, model).count)
    }

    /// The strikes of the chain with the most of them.
    pub(super) fn strikes(&self) -> &[Strike] {
        &self.strikes
    }

    /// What is dealt between the two.
    pub(super) fn dealings(&self) -> &Dealings {
        &self.dealings
    }

    /// What it says at a moment of its day.
    pub(super) fn at(&self, moment: Timestamp, model: &Model) -> Reading<'_> {
        let mut reading = Reading { summary: self, lately: Vec::new(), awaited: Vec::new() };
        for pending in &self.open {
            reading.lately.extend(pending.settled_by(moment, model));
            reading.awaited.extend(pending.awaited_at(moment, model));
        }
        reading
    }

    fn settled(&self, channel: Channel) -> Settled {
        let place = self.settled.binary_search_by_key(&channel, |(channel, _)| *channel);
        place.map(|place| self.settled[place].1).unwrap_or_default()
    }

    /// About how much memory it takes, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        size_of::<Self>()
            + size_of_val(self.settled.as_slice())
            + size_of_val(self.open.as_slice())
            + size_of_val(self.strikes.as_slice())
            + self.dealings.size()
    }
}

/// What a summary says at one moment.
pub(super) struct Reading<'a> {
    summary: &'a DaySummary,
    /// What time has settled of what is open.
    lately: Vec<Observation>,
    pub awaited: Vec<Awaited>,
}

impl Reading<'_> {
    pub fn settled(&self, channel: Channel, model: &Model) -> Settled {
        let mut settled = self.summary.settled(channel);
        let lately = self.lately.iter().filter(|it| it.channel == channel);
        lately.for_each(|it| settled.add(it.day, (*it).into(), self.summary.day, model));
        settled
    }
}

impl Basis for Reading<'_> {
    fn decayed(&self, channel: Channel, memory: Memory, _: Day, model: &Model) -> Sums {
        self.settled(channel, model).of(memory)
    }

    fn awaited(&self) -> &[Awaited] {
        &self.awaited
    }
}
