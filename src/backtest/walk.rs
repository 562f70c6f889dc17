//! Walks a tape and predicts every request from what was known before it, as the service would have.
//!
//! The service folds a relationship's whole tally for each score. Here the same decayed sums are kept as they grow, so
//! that a step costs what is open and no more; the levels are solved by the same code.

use std::collections::BTreeMap;

use super::tape::{Change, Pair, Step, Tape};
use crate::{
    interaction::{Awaited, Pending},
    model::Model,
    observation::{Channel, Observation, UNIT},
    score::{Basis, Level, Memory, Sums, decay, forecast, pool_level},
    time::{Day, Timestamp},
};

/// Predicts the first `most` requests of a tape, in their order: for each the probability of a yes.
#[must_use]
pub fn predict(tape: &Tape, model: &Model, most: usize) -> Vec<f64> {
    let model = tape.target.view(model);
    let mut walk = Walk::new(tape, &model);
    let mut predictions = Vec::with_capacity(most.min(tape.requests.len()));
    for step in &tape.steps {
        match step {
            Step::Ask(_) if predictions.len() == most => break,
            Step::Ask(request) => predictions.push(walk.ask(*request)),
            Step::Change(change) => walk.take(change),
        }
    }
    predictions
}

struct Walk<'a> {
    tape: &'a Tape,
    model: &'a Model,
    pairs: Vec<Side>,
    suppliers: Pools<'a>,
    customers: Pools<'a>,
}

impl<'a> Walk<'a> {
    fn new(tape: &'a Tape, model: &'a Model) -> Self {
        let memory = &model.memory;
        let pair = || Side::new(&tape.channels, &[memory.slow_half_life_days, memory.fast_half_life_days]);
        Self {
            tape,
            model,
            pairs: tape.relationships.iter().map(|_| pair()).collect(),
            suppliers: Pools::new(tape.suppliers, tape, model),
            customers: Pools::new(tape.customers, tape, model),
        }
    }

    fn take(&mut self, change: &Change) {
        let Pair { supplier, customer, .. } = self.tape.relationships[change.relationship];
        self.pairs[change.relationship].take(change);
        if self.model.pool.enabled {
            self.suppliers.take(supplier, change);
            self.customers.take(customer, change);
        }
    }

    fn ask(&mut self, request: usize) -> f64 {
        let request = &self.tape.requests[request];
        let Pair { supplier, customer, .. } = self.tape.relationships[request.relationship];
        let (today, channels) = (request.at.day(), &self.tape.channels);
        let others = self.customers.levels(customer, today)[place(channels, request.channel)].mean;
        let levels = self.suppliers.levels(supplier, today);
        let pool = |channel| levels[place(channels, channel)];
        let basis = self.pairs[request.relationship].read(request.at, self.model);
        forecast(request.channel, &basis, pool, others, today, self.model)
    }
}

/// What is known of each supplier from all its customers, or of each customer from all its suppliers.
struct Pools<'a> {
    channels: &'a [Channel],
    model: &'a Model,
    sides: Vec<Side>,
    levels: Vec<Option<(Day, Vec<Level>)>>,
}

impl<'a> Pools<'a> {
    fn new(parties: usize, tape: &'a Tape, model: &'a Model) -> Self {
        let side = || Side::new(&tape.channels, &[model.pool.half_life_days]);
        let sides = (0..parties).map(|_| side()).collect();
        Self { channels: &tape.channels, model, sides, levels: vec![None; parties] }
    }

    fn take(&mut self, party: usize, change: &Change) {
        self.sides[party].take(change);
        self.levels[party] = None;
    }

    /// The levels of a pool, which move from day to day and by what becomes known.
    fn levels(&mut self, party: usize, today: Day) -> &[Level] {
        let kept = self.levels[party].take().filter(|(day, _)| *day == today);
        let levels = kept.unwrap_or_else(|| {
            let basis = self.sides[party].read(today.start(), self.model);
            let level = |&channel| pool_level(channel, &basis, today, self.model);
            (today, self.channels.iter().map(level).collect())
        });
        &self.levels[party].insert(levels).1
    }
}

fn place(channels: &[Channel], channel: Channel) -> usize {
    channels.iter().position(|&other| other == channel).expect("a tape holds every channel that bears on its target")
}

/// What is known on one side: of a relationship, or of a supplier.
struct Side {
    channels: Vec<Channel>,
    /// By channel and half-life.
    sums: Vec<Decaying>,
    half_lives: Vec<f64>,
    open: BTreeMap<usize, Open>,
    /// What time has settled for good about an interaction that is still pending.
    lapsed: BTreeMap<usize, Vec<Observation>>,
}

impl Side {
    fn new(channels: &[Channel], half_lives: &[f64]) -> Self {
        Self {
            channels: channels.to_vec(),
            sums: vec![Decaying::default(); channels.len() * half_lives.len()],
            half_lives: half_lives.to_vec(),
            open: BTreeMap::new(),
            lapsed: BTreeMap::new(),
        }
    }

    fn take(&mut self, change: &Change) {
        self.open.remove(&change.interaction);
        let lapsed = self.lapsed.remove(&change.interaction).unwrap_or_default();
        change.removed.iter().chain(&lapsed).for_each(|it| self.add(it, -1.0));
        change.added.iter().for_each(|it| self.add(it, 1.0));
        if let Some(pending) = &change.pending {
            self.open.insert(change.interaction, Open::new(pending));
        }
    }

    fn add(&mut self, observation: &Observation, sign: f64) {
        let Some(channel) = self.channels.iter().position(|&channel| channel == observation.channel) else { return };
        let count = self.half_lives.len();
        let sums = &mut self.sums[channel * count..(channel + 1) * count];
        for (sums, &half_life) in sums.iter_mut().zip(&self.half_lives) {
            sums.add(observation, sign, half_life);
        }
    }

    /// What is known at a moment, none of which may lie before an earlier one.
    fn read(&mut self, moment: Timestamp, model: &Model) -> Reading<'_> {
        let (mut settled, mut awaited, mut over) = (Vec::new(), Vec::new(), Vec::new());
        for (&interaction, open) in &mut self.open {
            open.read(moment, &self.channels, model);
            if open.is_over {
                over.push((interaction, std::mem::take(&mut open.settled)));
            } else {
                settled.extend_from_slice(&open.settled);
                awaited.extend_from_slice(&open.awaited);
            }
        }
        for (interaction, by_time) in over {
            self.open.remove(&interaction);
            for observation in &by_time {
                self.add(observation, 1.0);
            }
            self.lapsed.insert(interaction, by_time);
        }
        Reading { side: self, settled, awaited }
    }
}

/// Something pending, and what it said when it was last read: a pool is read at the start of a day, many times.
struct Open {
    pending: Pending,
    read_at: Option<Timestamp>,
    settled: Vec<Observation>,
    awaited: Vec<Awaited>,
    /// Whether nothing is left to wait for.
    is_over: bool,
}

impl Open {
    fn new(pending: &Pending) -> Self {
        let (settled, awaited) = (Vec::new(), Vec::new());
        Self { pending: pending.clone(), read_at: None, settled, awaited, is_over: false }
    }

    fn read(&mut self, moment: Timestamp, channels: &[Channel], model: &Model) {
        if self.read_at.replace(moment) != Some(moment) {
            self.settled = self.pending.settled_by(moment, model);
            self.settled.retain(|it| channels.contains(&it.channel));
            self.awaited = self.pending.awaited_at(moment, model);
            self.is_over = self.awaited.is_empty();
            self.awaited.retain(|it| channels.contains(&it.channel));
        }
    }
}

/// What is known on one side at one moment.
struct Reading<'a> {
    side: &'a Side,
    settled: Vec<Observation>,
    awaited: Vec<Awaited>,
}

impl Basis for Reading<'_> {
    fn decayed(&self, channel: Channel, memory: Memory, today: Day, model: &Model) -> Sums {
        let half_life = memory.half_life_days(model);
        let half_lives = &self.side.half_lives;
        let half_life_at = half_lives.iter().position(|it| it.total_cmp(&half_life).is_eq());
        let half_life_at = half_life_at.expect("a side holds every half-life that it is asked for");
        let sums = &self.side.sums[place(&self.side.channels, channel) * half_lives.len() + half_life_at];
        let mut sums = sums.at(today, half_life);
        for observation in self.settled.iter().filter(|it| it.channel == channel) {
            add(&mut sums, observation, decay(today, observation.day, half_life));
        }
        sums
    }

    fn awaited(&self) -> &[Awaited] {
        &self.awaited
    }
}

/// A decayed sum as it stood on a day.
#[derive(Clone, Copy, Default)]
struct Decaying {
    sums: Sums,
    day: Option<Day>,
}

impl Decaying {
    fn add(&mut self, observation: &Observation, sign: f64, half_life: f64) {
        let day = self.day.map_or(observation.day, |day| day.max(observation.day));
        self.sums = self.at(day, half_life);
        self.day = Some(day);
        add(&mut self.sums, observation, sign * decay(day, observation.day, half_life));
    }

    fn at(&self, today: Day, half_life: f64) -> Sums {
        let faded = self.day.map_or(0.0, |day| decay(today, day, half_life));
        Sums { weight: self.sums.weight * faded, value: self.sums.value * faded }
    }
}

fn add(sums: &mut Sums, observation: &Observation, times: f64) {
    sums.add(times / UNIT as f64, observation.weight as f64, observation.value as f64);
}
