//! Reciprocity: is business done both ways?
//!
//! Weighted reciprocity of a pair (Squartini et al. 2013): with a and b the decayed numbers of requests in the two
//! directions, 2 min(a, b) / (a + b). The smaller flow is also how much is known about it; over the prior it counts as
//! any observation does, so that the first request in return moves little.

use super::estimate::{Estimate, Level, decay, wilson};
use crate::{
    flows::{Flow, Flows},
    model::Model,
    observation::Channel,
    time::Day,
};

/// Estimates reciprocity. With requests in one direction only it stands at its prior.
pub(super) fn estimate(here: &Flows, reverse: &Flows, today: Day, model: &Model) -> Estimate {
    let channel = Channel::Reciprocity;
    let (prior, weight) = (model.channel(channel).prior, model.memory.slow_prior_weight);
    let (a, b) = (requests(here, today, model), requests(reverse, today, model));
    let less = a.min(b);
    let mutual = if less > 0.0 { 2.0 * less / (a + b) } else { 0.0 };
    let value = (less * mutual + weight * prior) / (less + weight);
    let (low, high) = wilson(value, less, model.interval.z);
    let flat = |mean| Level { mean, total: weight, settled: weight };
    Estimate {
        channel,
        value,
        prior,
        forecast: value,
        pool: flat(prior),
        slow: flat(value),
        fast: flat(value),
        low,
        high,
        evidence: less,
        observations: if less > 0.0 { count(here).min(count(reverse)) } else { 0 },
    }
}

fn requests(flows: &Flows, today: Day, model: &Model) -> f64 {
    let half_life = model.memory.slow_half_life_days;
    flows.of(Flow::Requests).map(|(_, day, sum)| decay(today, day, half_life) * sum.count as f64).sum()
}

fn count(flows: &Flows) -> i64 {
    flows.of(Flow::Requests).map(|(.., sum)| sum.count).sum()
}
