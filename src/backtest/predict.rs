//! Walks an event log and predicts every request from what was known before it, as the service would have.
//!
//! The service folds a relationship's whole tally for each score. Here the same decayed sums are kept as they grow, so
//! that a step costs what is open and no more; the levels are solved by the same code.

use super::{
    accumulator::{Accumulator, place},
    event_log::{EventLog, InteractionChange, LogEntry, Pair},
};
use crate::{
    model::Model,
    observation::Channel,
    score::{Level, forecast, pool_level},
    time::Day,
};

/// Predicts the first `most` requests of a log, in their order: for each the probability of a yes.
#[must_use]
pub fn predict(log: &EventLog, model: &Model, most: usize) -> Vec<f64> {
    let model = log.target.view(model);
    let mut predictor = Predictor::new(log, &model);
    let mut predictions = Vec::with_capacity(most.min(log.requests.len()));
    for entry in &log.entries {
        match entry {
            LogEntry::Request(_) if predictions.len() == most => break,
            LogEntry::Request(request) => predictions.push(predictor.ask(*request)),
            LogEntry::Change(change) => predictor.take(change),
        }
    }
    predictions
}

struct Predictor<'a> {
    log: &'a EventLog,
    model: &'a Model,
    pairs: Vec<Accumulator>,
    suppliers: Pools<'a>,
    customers: Pools<'a>,
}

impl<'a> Predictor<'a> {
    fn new(log: &'a EventLog, model: &'a Model) -> Self {
        let memory = &model.memory;
        let pair = || Accumulator::new(&log.channels, &[memory.slow_half_life_days, memory.fast_half_life_days]);
        Self {
            log,
            model,
            pairs: log.relationships.iter().map(|_| pair()).collect(),
            suppliers: Pools::new(log.suppliers, log, model),
            customers: Pools::new(log.customers, log, model),
        }
    }

    fn take(&mut self, change: &InteractionChange) {
        let Pair { supplier, customer, .. } = self.log.relationships[change.relationship];
        self.pairs[change.relationship].take(change);
        if self.model.pool.enabled {
            self.suppliers.take(supplier, change);
            self.customers.take(customer, change);
        }
    }

    fn ask(&mut self, request: usize) -> f64 {
        let request = &self.log.requests[request];
        let Pair { supplier, customer, .. } = self.log.relationships[request.relationship];
        let (today, channels) = (request.at.day(), &self.log.channels);
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
    accumulators: Vec<Accumulator>,
    levels: Vec<Option<(Day, Vec<Level>)>>,
}

impl<'a> Pools<'a> {
    fn new(parties: usize, log: &'a EventLog, model: &'a Model) -> Self {
        let accumulator = || Accumulator::new(&log.channels, &[model.pool.half_life_days]);
        let accumulators = (0..parties).map(|_| accumulator()).collect();
        Self { channels: &log.channels, model, accumulators, levels: vec![None; parties] }
    }

    fn take(&mut self, party: usize, change: &InteractionChange) {
        self.accumulators[party].take(change);
        self.levels[party] = None;
    }

    /// The levels of a pool, which move from day to day and by what becomes known.
    fn levels(&mut self, party: usize, today: Day) -> &[Level] {
        let kept = self.levels[party].take().filter(|(day, _)| *day == today);
        let levels = kept.unwrap_or_else(|| {
            let basis = self.accumulators[party].read(today.start(), self.model);
            let level = |&channel| pool_level(channel, &basis, today, self.model);
            (today, self.channels.iter().map(level).collect())
        });
        &self.levels[party].insert(levels).1
    }
}
