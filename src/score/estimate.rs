//! From sums to a channel: a pool, two memories over it, nested, and how sure they are.

use super::{
    curve::Curve,
    day_summary::Reading,
    level::{Basis, Level, Memory, Open, level},
};
use crate::{model::Model, observation::Channel, time::Day};

/// What is known about one channel of a relationship.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The channel.
    pub channel: Channel,
    /// The estimate, 0 to 1: the fast memory over the slow one.
    pub value: f64,
    /// Where the channel stands with nothing known, 0 to 1.
    pub prior: f64,
    /// What is to be expected of the next observation, 0 to 1: what happened, whoever was to blame, over what the customer
    /// knows of others in place of the wary prior.
    pub forecast: f64,
    /// The pool over the prior.
    pub pool: Level,
    /// The slow memory over the pool.
    pub slow: Level,
    /// The fast memory over the slow one; its mean is the value.
    pub fast: Level,
    /// Lower end of the interval, 0 to value.
    pub low: f64,
    /// Upper end of the interval, value to 1.
    pub high: f64,
    /// Effective number of recent observations of the relationship's own.
    pub evidence: f64,
    /// Observations settled, ever.
    pub observations: i64,
    /// Where blame has changed the value: the plain share of what was settled, ever, that succeeded, 0 to 1.
    pub raw: Option<f64>,
}

/// The slow memory of one channel over its pool, and the fast one over the slow.
pub(super) fn memories(
    channel: Channel,
    basis: &impl Basis,
    pool: Level,
    today: Day,
    curve: &Curve<'_>,
    model: &Model,
) -> (Level, Level) {
    let open = Open::of(channel, basis.awaited(), curve);
    let decayed = |memory| basis.decayed(channel, memory, today, model);
    let slow = level(pool.mean, model.memory.slow_prior_weight, decayed(Memory::Slow), &open);
    let fast = level(slow.mean, model.memory.fast_prior_weight, decayed(Memory::Fast), &open);
    (slow, fast)
}

/// Estimates one channel at the day `today`, over what the pool says.
#[must_use]
pub(super) fn estimate(
    channel: Channel,
    reading: &Reading,
    pool: Level,
    today: Day,
    curve: &Curve<'_>,
    model: &Model,
) -> Estimate {
    let mut estimate = leveled(channel, reading, pool, today, curve, model);
    let settled = reading.settled(channel);
    let (slow, fast) = (estimate.slow.total, estimate.fast.total);
    let share_of_slow = model.memory.fast_prior_weight / fast / slow;
    (estimate.evidence, estimate.observations) = (settled.evidence(share_of_slow, 1.0 / fast), settled.count);
    (estimate.low, estimate.high) = wilson(estimate.value, estimate.evidence, model.interval.z);
    estimate
}

/// The pool's level of one channel: everybody's observations over the prior.
#[must_use]
pub fn pooled(channel: Channel, basis: &impl Basis, today: Day, curve: &Curve<'_>, model: &Model) -> Level {
    let open = Open::of(channel, basis.awaited(), curve);
    let sums = basis.decayed(channel, Memory::Pool, today, model);
    level(model.channel(channel).prior, model.pool.prior_weight, sums, &open)
}

/// What the levels of one channel say, as long as nobody has looked how sure they are.
pub(super) fn leveled(
    channel: Channel,
    basis: &impl Basis,
    pool: Level,
    today: Day,
    curve: &Curve<'_>,
    model: &Model,
) -> Estimate {
    let (slow, fast) = memories(channel, basis, pool, today, curve, model);
    let (value, prior) = (fast.mean, model.channel(channel).prior);
    let (low, high, evidence, observations, raw) = (0.0, 1.0, 0.0, 0, None);
    Estimate { channel, value, prior, forecast: value, pool, slow, fast, low, high, evidence, observations, raw }
}

impl Estimate {
    /// The share of the prior in the value.
    fn prior_share(&self, model: &Model) -> f64 {
        let memory = &model.memory;
        let of_pool = memory.fast_prior_weight / self.fast.total * memory.slow_prior_weight / self.slow.total;
        of_pool * model.pool.prior_weight / self.pool.total
    }

    /// Forecasts by what the one who asks knows of others in this channel, `others`, where a score takes a wary prior:
    /// a stranger will most likely do as others do, but has to earn it first.
    pub(super) fn expecting(&self, others: f64, model: &Model) -> f64 {
        self.value + self.prior_share(model) * (others - self.prior)
    }
}

/// Wilson 1927: the interval of a proportion seen in `n` observations. Nothing seen, anything possible.
pub(super) fn wilson(value: f64, n: f64, z: f64) -> (f64, f64) {
    if n <= 0.0 {
        return (0.0, 1.0);
    }
    let zz = z * z / n;
    let centre = (value + zz / 2.0) / (1.0 + zz);
    let half = z / (1.0 + zz) * (value * (1.0 - value) / n + zz / (4.0 * n)).sqrt();
    ((centre - half).clamp(0.0, value), (centre + half).clamp(value, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_agrees_with_published_figures() {
        // Newcombe 1998, table I: 81 of 263 at 95 % gives .2553 to .3662.
        let (low, high) = wilson(81.0 / 263.0, 263.0, 1.959_964);
        assert!((low - 0.2553).abs() < 5e-5 && (high - 0.3662).abs() < 5e-5, "{low} {high}");
        assert_eq!(wilson(0.3, 0.0, 1.6), (0.0, 1.0));
    }
}
