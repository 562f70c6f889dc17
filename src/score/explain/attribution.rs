//! Who moved what: the share of every event in every channel.

use std::collections::{BTreeMap, HashMap};

use crate::{
    event::{Event, Identity},
    interaction::{Awaited, Pending, Unit},
    model::Model,
    observation::{Channel, Measure, Observation},
    time::Day,
};

use super::{
    super::{
        curves::Curves,
        estimate::Estimate,
        judged::{Eyes, judged, observed},
        level::{Open, Sums, decay},
    },
    counterfactual::{Counterfactual, View},
};

/// What an event moved in one channel.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct EventShare {
    /// By how many points of the score, not rounded.
    pub points: f64,
    /// Whether time has a hand in it: what the event opened is still awaited, or went unanswered.
    pub open: bool,
}

/// The shares of all events of a relationship.
pub(super) struct Attribution {
    /// By the place of the event in the input, and channel.
    pub shares: BTreeMap<(usize, Channel), EventShare>,
    /// What the events moved by way of the pool, by channel; it is part of their shares.
    pub by_pool: BTreeMap<Channel, f64>,
    /// What the pools moved in all, by channel.
    pub pools: BTreeMap<Channel, f64>,
}

/// How much an observation of a channel moves the score.
#[derive(Clone, Copy)]
struct Lever {
    /// Points of the score for the whole channel.
    points: f64,
    estimate: Estimate,
    /// What a settled observation of weight 1 moves the channel in each memory and in the pool.
    fast: f64,
    slow: f64,
    pool: f64,
}

struct Levers<'a> {
    of: HashMap<Channel, Lever>,
    today: Day,
    model: &'a Model,
}

impl Attribution {
    pub(super) fn of(
        units: &[Unit<'_>],
        events: &[&Event],
        counterfactual: &Counterfactual<'_>,
        view: &View<'_>,
    ) -> Self {
        let places = events.iter().enumerate().map(|(place, event)| (&event.identity, place)).collect();
        let levers = Levers::of(counterfactual, view);
        let mut attributing = Attributing {
            attribution: Self { shares: BTreeMap::new(), by_pool: BTreeMap::new(), pools: levers.pools() },
            places,
            levers: &levers,
            view,
        };
        for unit in units {
            for settled in &unit.fold.settled {
                attributing.settled(settled.event, settled.observation);
            }
            if let (Some(pending), Some(opening)) = (&unit.pending, unit.opening) {
                attributing.pending(opening, pending, counterfactual);
            }
        }
        attributing.attribution
    }
}

/// An attribution in the making.
struct Attributing<'a> {
    attribution: Attribution,
    places: HashMap<&'a Identity, usize>,
    levers: &'a Levers<'a>,
    view: &'a View<'a>,
}

impl Attributing<'_> {
    fn add(&mut self, event: &Event, channel: Channel, points: f64, open: bool) {
        let Some(&place) = self.places.get(&event.identity).filter(|_| points != 0.0) else { return };
        let share = self.attribution.shares.entry((place, channel)).or_default();
        share.points += points;
        share.open |= open;
    }

    fn add_by_pool(&mut self, event: &Event, channel: Channel, points: f64, open: bool) {
        self.add(event, channel, points, open);
        *self.attribution.by_pool.entry(channel).or_default() += points;
    }

    fn settled(&mut self, event: &Event, observation: Observation) {
        self.in_memories(event, observation, false);
        self.in_pools(event, observation, false);
    }

    /// Whoever is to blame by what is usual between the two.
    fn in_memories(&mut self, event: &Event, observation: Observation, open: bool) {
        let (levers, eyes) = (self.levers, Eyes::Fair(&self.view.usual));
        for (channel, sums) in observed(&observation, eyes, levers.model) {
            self.add(event, channel, levers.in_memories(channel, observation.day, sums), open);
        }
    }

    /// Whoever is to blame by what is usual in each pool.
    fn in_pools(&mut self, event: &Event, observation: Observation, open: bool) {
        let levers = self.levers;
        for mirror in [false, true] {
            let (pool, _) = self.view.pooled_of(mirror);
            let judged = observed(&observation, Eyes::Fair(pool.usual()), levers.model);
            for (channel, sums) in judged.filter(|(channel, _)| is_mirror(*channel) == mirror) {
                self.add_by_pool(event, channel, levers.in_pool(channel, observation.day, sums), open);
            }
        }
    }

    /// What time has settled and what is awaited is read at the moment for the memories, and at the start of the day,
    /// on other curves, for the pools.
    fn pending(&mut self, opening: &Event, pending: &Pending, counterfactual: &Counterfactual<'_>) {
        let (levers, model, start) = (self.levers, counterfactual.model, counterfactual.today().start());
        for observation in pending.settled_by(counterfactual.as_of, model) {
            self.in_memories(opening, observation, true);
        }
        for observation in pending.settled_by(start, model) {
            self.in_pools(opening, observation, true);
        }
        let eyes = Eyes::Fair(&self.view.usual);
        for (open, channel) in opened(&pending.awaited_at(counterfactual.as_of, model), eyes, &self.view.curves, model)
        {
            self.add(opening, channel, levers.open_in_memories(&open, channel), true);
        }
        for mirror in [false, true] {
            let (pool, curves) = self.view.pooled_of(mirror);
            let Some(curves) = curves else { continue };
            let opened = opened(&pending.awaited_at(start, model), Eyes::Fair(pool.usual()), curves, model).into_iter();
            for (open, channel) in opened.filter(|(_, channel)| is_mirror(*channel) == mirror) {
                self.add_by_pool(opening, channel, levers.open_in_pool(&open, channel), true);
            }
        }
    }
}

fn is_mirror(channel: Channel) -> bool {
    channel.measure() == Measure::Customership
}

/// What is awaited, and what the customer is to be charged for it, with the curves read.
fn opened(awaited: &[Awaited], eyes: Eyes<'_>, curves: &Curves<'_>, model: &Model) -> Vec<(Open, Channel)> {
    let awaited: Vec<Awaited> = awaited.iter().map(|it| judged(it, eyes, model)).collect();
    let charges: Vec<Awaited> = awaited.iter().filter_map(|it| curves.charge(it)).collect();
    let open = |it: Awaited| (Open::one(&it, curves.of(it.channel)), it.channel);
    awaited.into_iter().chain(charges).map(open).collect()
}

impl<'a> Levers<'a> {
    fn of(counterfactual: &Counterfactual<'a>, view: &View<'_>) -> Self {
        let model = counterfactual.model;
        let lever = |measure: Measure, share: f64, estimate: Estimate| {
            let fast = 1.0 / estimate.fast.settled;
            let slow = fast * model.memory.fast_prior_weight / estimate.slow.settled;
            let pool = slow * model.memory.slow_prior_weight / estimate.pool.settled;
            let pool = if view.pooled(measure).1.is_some() { pool } else { 0.0 };
            Lever { points: 100.0 * share, estimate, fast, slow, pool }
        };
        let of_measure = |measure| {
            let channels = view.scores.of(measure).channels.iter();
            channels.map(move |&(share, estimate)| (estimate.channel, lever(measure, share, estimate)))
        };
        Self { of: Measure::ALL.into_iter().flat_map(of_measure).collect(), today: counterfactual.today(), model }
    }

    /// What the pools moved the channels away from their priors.
    fn pools(&self) -> BTreeMap<Channel, f64> {
        let moved = |(&channel, lever): (&Channel, &Lever)| {
            let pool = lever.estimate.pool;
            (channel, lever.points * lever.pool * pool.settled * (pool.mean - lever.estimate.prior))
        };
        self.of.iter().map(moved).collect()
    }

    fn in_memories(&self, channel: Channel, day: Day, sums: Sums) -> f64 {
        let Some(lever) = self.of.get(&channel) else { return 0.0 };
        let decay = |half_life| decay(self.today, day, half_life);
        let memory = &self.model.memory;
        let share = lever.fast * decay(memory.fast_half_life_days) + lever.slow * decay(memory.slow_half_life_days);
        lever.points * share * lever.gap(sums)
    }

    fn in_pool(&self, channel: Channel, day: Day, sums: Sums) -> f64 {
        let Some(lever) = self.of.get(&channel) else { return 0.0 };
        let decay = decay(self.today, day, self.model.pool.half_life_days);
        lever.points * lever.pool * decay * lever.gap(sums)
    }

    fn open_in_memories(&self, open: &Open, channel: Channel) -> f64 {
        let Some(lever) = self.of.get(&channel) else { return 0.0 };
        let (slow, fast) = (lever.estimate.slow, lever.estimate.fast);
        lever.points * (lever.fast * gap(open, fast.mean) + lever.slow * gap(open, slow.mean))
    }

    fn open_in_pool(&self, open: &Open, channel: Channel) -> f64 {
        let Some(lever) = self.of.get(&channel) else { return 0.0 };
        lever.points * lever.pool * gap(open, lever.estimate.pool.mean)
    }
}

impl Lever {
    /// Weight times (value - prior).
    fn gap(&self, sums: Sums) -> f64 {
        sums.value - self.estimate.prior * sums.weight
    }
}

/// What is awaited, in a level that stands at `mean`: weight times (what is expected - mean). With m the mean, W the
/// settled weight, and s of w expected of what is awaited, m (W + w) = V + s is m W = V + (s - m w). So what has just been
/// asked moves nothing, and the longer it waits the more it moves; the settled observations share the rest.
fn gap(open: &Open, mean: f64) -> f64 {
    let (value, weight) = open.expected(mean);
    value - mean * weight
}
