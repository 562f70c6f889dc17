//! A state summed up for one day: all that the scores of that day are read off, however long the history is.
//!
//! Within a day nothing settled grows older, so its decayed sums stay as they are; only what is open moves with the moment.
//! What time has settled for good by the start of the day is summed up with the rest; the little that is still open then
//! is read anew at each moment.

use std::collections::BTreeMap;

use super::{
    blame::Usual,
    dealings::Dealings,
    demand::Demand,
    exact::ExactSums,
    judged::{Eyes, Judged, judged},
    level::{Basis, Memory, Sums, decay},
    lifetime::Past,
    pool_sum::{PoolShare, PoolSum},
    settled::Settled,
    strikes::{first_strikes, most_strikes},
};
use crate::{
    flows::Flow,
    interaction::{Awaited, Ending, Pending, Strike},
    model::Model,
    observation::{Channel, Observation},
    tally::{Cell, State},
    terms::Terms,
    time::{Day, Timestamp},
};

/// A state, summed up for one day under one model.
#[derive(Clone, Debug, PartialEq)]
pub struct DaySummary {
    day: Day,
    /// By channel and terms; those of which nothing is known are left out.
    settled: Vec<OfTerms>,
    /// What was not over at the start of the day.
    open: Vec<Pending>,
    strikes: Vec<Strike>,
    demand: Demand,
    dealings: Dealings,
    alive: f64,
    ending: Option<Box<Ending>>,
    first_no: Box<[Strike]>,
    taken_up: Option<Day>,
}

/// The settled observations of one channel on the same terms.
#[derive(Clone, Copy, Debug, PartialEq)]
struct OfTerms {
    channel: Channel,
    terms: Terms,
    /// For the pools of the two parties.
    pool: ExactSums,
    own: Settled,
}

impl OfTerms {
    fn none(channel: Channel, terms: Terms) -> Self {
        Self { channel, terms, pool: ExactSums::default(), own: Settled::default() }
    }

    /// One observation alone.
    fn one(observation: Observation, today: Day, model: &Model) -> Self {
        let mut one = Self::none(observation.channel, observation.terms);
        one.add(observation.day, observation.into(), today, model);
        one
    }

    fn add(&mut self, day: Day, cell: Cell, today: Day, model: &Model) {
        self.pool.add(decay(today, day, Memory::Pool.half_life_days(model)), cell.weight, cell.value);
        self.own.add(day, cell, today, model);
    }
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
            let mut by_terms: BTreeMap<Terms, OfTerms> = BTreeMap::new();
            let over = over.iter().filter(|it| it.channel == channel).map(|it| (it.day, it.terms, Cell::from(*it)));
            for (day, terms, cell) in state.tally.of(channel).chain(over) {
                by_terms.entry(terms).or_insert_with(|| OfTerms::none(channel, terms)).add(day, cell, today, model);
            }
            settled.extend(by_terms.into_values());
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
            first_no: first_strikes(state, &model.standing).into(),
            taken_up: state.flows.of(Flow::TakenUp).last().map(|(_, day, _)| day),
            ending: state.ended().cloned().map(Box::new),
            alive: Past::of(&state.flows, today).map_or(1.0, |past| past.probability_alive(0, &model.lifetime)),
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
        self.settled.iter().for_each(|it| sum.add(it.channel, it.terms, it.pool));
        sum.add_pending(&self.open, self.day, model);
    }

    /// What others need of it, where nothing moves within the day.
    #[must_use]
    pub fn share(&self) -> Option<PoolShare> {
        let settled = self.settled.iter().map(|it| (it.channel, it.terms, it.pool));
        (!self.is_moving()).then(|| PoolShare::of(self.day, settled, self.demand, self.taken_up))
    }

    /// How many observations of each channel are settled by a moment of its day.
    #[must_use]
    pub fn observations(&self, moment: Timestamp, model: &Model) -> [i64; Channel::ALL.len()] {
        let mut counts = [0; Channel::ALL.len()];
        self.settled.iter().for_each(|it| counts[it.channel as usize] += it.own.count);
        let lately = self.open.iter().flat_map(|pending| pending.settled_by(moment, model));
        lately.for_each(|it| counts[it.channel as usize] += 1);
        counts
    }

    /// The strikes of the chain with the most of them.
    pub(super) fn strikes(&self) -> &[Strike] {
        &self.strikes
    }

    /// The chance that the customer has not left for good, by the days on which it asked: strikes foretell that somebody
    /// will leave, but only silence shows that they have.
    pub(super) fn alive(&self) -> f64 {
        self.alive
    }

    /// What the supplier has refused for the first time of what the customer wants to become.
    pub(super) fn first_no(&self) -> &[Strike] {
        &self.first_no
    }

    /// The day on which the supplier last took up something that the customer wants to become.
    #[must_use]
    pub fn taken_up(&self) -> Option<Day> {
        self.taken_up
    }

    /// Whether anything is awaited at a moment of its day.
    pub(super) fn awaits(&self, moment: Timestamp, model: &Model) -> bool {
        self.open.iter().any(|pending| !pending.awaited_at(moment, model).is_empty())
    }

    /// The same, had this been heard as well today.
    pub(super) fn having_heard(&self, observations: &[Observation], strikes: &[Strike], model: &Model) -> Self {
        let mut heard = self.clone();
        heard.settled.extend(observations.iter().map(|it| OfTerms::one(*it, self.day, model)));
        if strikes.len() > heard.strikes.len() {
            heard.strikes = strikes.to_vec();
        }
        heard
    }

    /// The end of the relationship, where it has ended.
    pub(super) fn ending(&self) -> Option<&Ending> {
        self.ending.as_deref()
    }

    /// What is dealt between the two.
    pub(super) fn dealings(&self) -> &Dealings {
        &self.dealings
    }

    /// What is usual in it by a moment of its day, over what is usual for its supplier.
    pub(super) fn usual(&self, elsewhere: &Usual, model: &Model) -> Usual {
        let asked = self.settled.iter().filter(|it| it.channel == Channel::LeadTime);
        elsewhere.over(asked.map(|it| (it.terms, it.pool.sums().weight)), model)
    }

    /// What it says at a moment of its day, in somebody's eyes.
    pub(super) fn at(&self, moment: Timestamp, eyes: Eyes<'_>, model: &Model) -> Reading {
        let (mut lately, mut awaited) = (Vec::new(), Vec::new());
        for pending in &self.open {
            let settled = pending.settled_by(moment, model).into_iter();
            lately.extend(settled.map(|observation| OfTerms::one(observation, self.day, model)));
            awaited.extend(pending.awaited_at(moment, model).iter().map(|awaited| judged(awaited, eyes, model)));
        }
        let settled = self.settled.iter().chain(&lately).map(|it| (it.channel, it.terms, it.own));
        Reading { settled: Judged::of(settled, eyes, model), awaited }
    }

    /// About how much memory it takes, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        size_of::<Self>()
            + size_of_val(self.settled.as_slice())
            + size_of_val(self.open.as_slice())
            + size_of_val(self.strikes.as_slice())
            + self.dealings.size()
            + self.ending.as_deref().map_or(0, size_of_val)
            + size_of_val(&*self.first_no)
    }
}

/// What a summary says at one moment, judged.
pub(super) struct Reading {
    settled: Judged<Settled>,
    pub awaited: Vec<Awaited>,
}

impl Reading {
    pub fn settled(&self, channel: Channel) -> &Settled {
        &self.settled.0[channel as usize]
    }
}

impl Basis for Reading {
    fn decayed(&self, channel: Channel, memory: Memory, _: Day, _: &Model) -> Sums {
        self.settled(channel).of(memory)
    }

    fn awaited(&self) -> &[Awaited] {
        &self.awaited
    }
}
