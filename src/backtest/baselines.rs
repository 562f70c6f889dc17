//! Simple ways of predicting, which a score must beat to be worth anything.
//!
//! Each learns what a request came to as soon as that is known. The rate over everybody is what a supplier of whom
//! nothing is known is taken for, and counts as one more observation of any other.

use std::collections::VecDeque;

use super::event_log::{EventLog, Request};
use crate::{score::decay, time::Day};

/// The share of the newest outcome in the moving average.
const NEWEST: f64 = 0.1;
/// The half-life of the decayed ratio, in days, and the weights of what it starts from: the model's defaults.
const HALF_LIFE: f64 = 365.0;
const WEIGHT_OF_EVERYBODY: f64 = 10.0;
const WEIGHT_OF_SUPPLIER: f64 = 5.0;

/// A way of predicting, and what it predicted for each request.
#[derive(Clone, Debug, PartialEq)]
pub struct Baseline {
    /// Its name in reports.
    pub name: &'static str,
    /// What it is, in words.
    pub description: &'static str,
    /// The probability of a yes for each request of the log, in their order.
    pub predictions: Vec<f64>,
}

/// Names and descriptions, in the order of [`Learner::predict`]. The first is what skill is measured against.
const BASELINES: [(&str, &str); 6] = [
    ("global_rate", "share of all outcomes so far"),
    ("lifetime_ratio", "share of the supplier's outcomes so far"),
    ("last_20", "share of the supplier's last 20 outcomes"),
    ("last_50", "share of the supplier's last 50 outcomes"),
    ("ewma", "moving average of the supplier's outcomes, the newest weighing a tenth"),
    ("decayed_beta", "outcomes of the relationship over the supplier's over everybody's, half-life 365 days"),
];

/// Predicts every request of a log in every simple way.
#[must_use]
pub fn baselines(log: &EventLog) -> Vec<Baseline> {
    let decided = |(place, request): (usize, &Request)| request.decided.map(|(at, outcome)| (at, place, outcome));
    let mut decisions: Vec<_> = log.requests.iter().enumerate().filter_map(decided).collect();
    decisions.sort_unstable();
    let mut decisions = decisions.into_iter().peekable();
    let mut learner = Learner::new(log);
    let mut baselines = BASELINES.map(|(name, description)| Baseline { name, description, predictions: Vec::new() });
    for request in &log.requests {
        while let Some((at, place, outcome)) = decisions.next_if(|&(at, ..)| at < request.at) {
            learner.learn(log.requests[place].relationship, outcome, at.day());
        }
        let predicted = learner.predict(request.relationship, request.at.day());
        baselines.iter_mut().zip(predicted).for_each(|(baseline, value)| baseline.predictions.push(value));
    }
    baselines.to_vec()
}

struct Learner<'a> {
    log: &'a EventLog,
    everybody: OutcomeRatio,
    suppliers: Vec<Supplier>,
    pairs: Vec<Decayed>,
}

/// How many outcomes, and how many of them a yes.
#[derive(Clone, Copy, Default)]
struct OutcomeRatio {
    yes: f64,
    count: f64,
}

#[derive(Clone, Default)]
struct Supplier {
    lifetime: OutcomeRatio,
    last: VecDeque<bool>,
    average: Option<f64>,
    decayed: Decayed,
}

/// A ratio in which what is older counts less.
#[derive(Clone, Copy, Default)]
struct Decayed {
    ratio: OutcomeRatio,
    day: Option<Day>,
}

impl<'a> Learner<'a> {
    fn new(log: &'a EventLog) -> Self {
        let suppliers = vec![Supplier::default(); log.suppliers];
        Self {
            log,
            everybody: OutcomeRatio::default(),
            suppliers,
            pairs: vec![Decayed::default(); log.relationships.len()],
        }
    }

    fn learn(&mut self, pair: usize, outcome: bool, day: Day) {
        let value = f64::from(outcome);
        self.everybody.add(value);
        self.pairs[pair].add(value, day);
        let global = self.everybody.over(0.5, 0.0);
        let supplier = &mut self.suppliers[self.log.relationships[pair].supplier];
        supplier.lifetime.add(value);
        supplier.decayed.add(value, day);
        supplier.last.push_front(outcome);
        supplier.last.truncate(50);
        let average = supplier.average.unwrap_or(global);
        supplier.average = Some(average + NEWEST * (value - average));
    }

    fn predict(&self, pair: usize, day: Day) -> [f64; 6] {
        let global = self.everybody.over(0.5, 0.0);
        let supplier = &self.suppliers[self.log.relationships[pair].supplier];
        let last = |most| {
            let mut ratio = OutcomeRatio::default();
            supplier.last.iter().take(most).for_each(|&outcome| ratio.add(f64::from(outcome)));
            ratio.over(global, 1.0)
        };
        let decayed = supplier.decayed.at(day).over(global, WEIGHT_OF_EVERYBODY);
        [
            global,
            supplier.lifetime.over(global, 1.0),
            last(20),
            last(50),
            supplier.average.unwrap_or(global),
            self.pairs[pair].at(day).over(decayed, WEIGHT_OF_SUPPLIER),
        ]
    }
}

impl OutcomeRatio {
    fn add(&mut self, value: f64) {
        self.yes += value;
        self.count += 1.0;
    }

    /// The ratio with `weight` more observations of `prior`.
    fn over(self, prior: f64, weight: f64) -> f64 {
        let count = self.count + weight;
        if count > 0.0 { (self.yes + weight * prior) / count } else { prior }
    }
}

impl Decayed {
    fn at(&self, today: Day) -> OutcomeRatio {
        let faded = self.day.map_or(0.0, |day| decay(today, day, HALF_LIFE));
        OutcomeRatio { yes: self.ratio.yes * faded, count: self.ratio.count * faded }
    }

    /// Outcomes come in the order of their days.
    fn add(&mut self, value: f64, day: Day) {
        self.ratio = self.at(day);
        self.day = Some(day);
        self.ratio.add(value);
    }
}
