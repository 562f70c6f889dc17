//! Reciprocity: is business done both ways?
//!
//! Weighted reciprocity of a pair (Squartini et al. 2013): with a and b the decayed numbers of requests in the two
//! directions, 2 min(a, b) / (a + b). The smaller flow is also how much is known about it; over the prior it counts as
//! any observation does, so that the first request in return moves little.

use super::{
    demand::Demand,
    estimate::{Estimate, wilson},
    level::Level,
};
use crate::{model::Model, observation::Channel};

/// Estimates reciprocity. With requests in one direction only it stands at its prior.
pub(super) fn estimate(here: Demand, reverse: Demand, model: &Model) -> Estimate {
    let channel = Channel::Reciprocity;
    let (prior, weight) = (model.channel(channel).prior, model.memory.slow_prior_weight);
    let (a, b) = (here.recent, reverse.recent);
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
        observations: if less > 0.0 { here.count.min(reverse.count) } else { 0 },
        raw: None,
    }
}
