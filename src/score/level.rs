//! A level: the mean of a prior, of what is settled and of what may still be expected, and the weight it rests on.

use super::curve::Curve;
use crate::{
    interaction::Awaited,
    model::Model,
    observation::{Channel, weigh},
    time::Day,
};

/// How many steps solving a level for its own open requests takes at the most; about ten are usual.
const MOST_ROUNDS: u32 = 64;
/// A level is solved when this is what it leaves, as a share of its settled weight.
const SETTLED: f64 = 1e-12;

/// A mean, and the weight it rests on, that of its prior included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// The mean, 0 to 1.
    pub mean: f64,
    /// The weight.
    pub total: f64,
    /// The weight without what is awaited.
    pub settled: f64,
}

impl Level {
    /// The pool's level of a channel where nothing is known: the prior.
    pub(super) fn unknown(channel: Channel, model: &Model) -> Self {
        let weight = model.pool.prior_weight;
        Self { mean: model.channel(channel).prior, total: weight, settled: weight }
    }
}

/// An open observation with the curve already read: what is left of its expectation, as a share of the start's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    awaited: Awaited,
    remaining: f64,
}

impl Open {
    /// Those of one channel; the curve says how they go on.
    pub(super) fn of(channel: Channel, awaited: &[Awaited], curve: &Curve<'_>) -> Vec<Self> {
        awaited.iter().filter(|it| it.channel == channel).map(|it| Self::one(it, curve)).collect()
    }

    pub(super) fn one(awaited: &Awaited, curve: &Curve<'_>) -> Self {
        Self { awaited: *awaited, remaining: curve.left_of(awaited) }
    }

    /// Success and weight when the level stands at `mean`: an observation that has just been opened says nothing and
    /// leaves the level where it is; as time passes its success falls to nothing.
    pub(super) fn expected(&self, mean: f64) -> (f64, f64) {
        let failing = self.awaited.failing;
        let odds = failing * mean;
        let start = if odds > 0.0 { odds / (1.0 - mean + odds) } else { 0.0 };
        let success = self.remaining * start;
        (self.awaited.part * success, self.awaited.part * weigh(success, failing))
    }
}

/// A decayed sum of settled observations.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sums {
    /// Sum of weights.
    pub weight: f64,
    /// Sum of weight times value.
    pub value: f64,
}

impl Sums {
    /// Adds something so many times.
    pub(crate) fn add(&mut self, times: f64, weight: f64, value: f64) {
        self.weight += times * weight;
        self.value += times * value;
    }
}

/// What forgets at a pace of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// What a party's relationships have in common.
    Pool,
    /// The long memory of a relationship.
    Slow,
    /// Its short memory.
    Fast,
}

impl Memory {
    /// After so many days an observation weighs half as much.
    #[must_use]
    pub fn half_life_days(self, model: &Model) -> f64 {
        match self {
            Self::Pool => model.pool.half_life_days,
            Self::Slow => model.memory.slow_half_life_days,
            Self::Fast => model.memory.fast_half_life_days,
        }
    }
}

/// What a level rests on: sums that are kept in one way or another.
pub trait Basis {
    /// The settled observations of a channel, each halved in weight with every half-life of its age.
    fn decayed(&self, channel: Channel, memory: Memory, today: Day, model: &Model) -> Sums;
    /// What may still come.
    fn awaited(&self) -> &[Awaited];
}

/// 2^(-age / half-life), by whole days. What is dated ahead of today does not weigh more than today.
#[must_use]
pub(crate) fn decay(today: Day, day: Day, half_life: f64) -> f64 {
    (-f64::from(today.0.saturating_sub(day.0).max(0)) / half_life).exp2()
}

/// The mean of a prior, the settled and the open observations. Open ones are expected to do as the mean does, so the
/// mean is solved for itself (Efron's self-consistency): it lies between 0 and where it would be without them, and is
/// found by false position, Illinois variant (Dowell & Jarratt 1971), however much is open.
pub(super) fn level(prior: f64, prior_weight: f64, sums: Sums, open: &[Open]) -> Level {
    let (value, settled) = (sums.value + prior_weight * prior, sums.weight + prior_weight);
    // How much more is known and expected than a level at `mean` would make of it, and the weight.
    let excess = |mean: f64| {
        open.iter().fold((value - mean * settled, settled), |(excess, total), it| {
            let (success, weight) = it.expected(mean);
            (excess + success - mean * weight, total + weight)
        })
    };
    let at = |mean| (mean, excess(mean));
    let ((mut low, mut high), mut here) = (((0.0, value), (value / settled, 0.0)), at(value / settled));
    high.1 = here.1.0;
    let mut last_was_high = true;
    for _ in 0..MOST_ROUNDS {
        if here.1.0.abs() <= SETTLED * settled {
            break;
        }
        here = at(high.0 - high.1 * (high.0 - low.0) / (high.1 - low.1));
        let is_high = here.1.0 < 0.0;
        let (end, other) = if is_high { (&mut high, &mut low) } else { (&mut low, &mut high) };
        *end = (here.0, here.1.0);
        if is_high == last_was_high {
            other.1 /= 2.0;
        }
        last_was_high = is_high;
    }
    Level { mean: here.0, total: here.1.1, settled }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::Terms;

    #[test]
    fn a_level_is_solved_however_much_is_open() {
        for (count, remaining, failing) in
            [(1, 0.5, 1.0), (10_000, 0.99, 1.0), (10_000, 0.999_9, 2.25), (300, 0.2, 0.1)]
        {
            let awaited = Awaited {
                channel: Channel::Trust,
                payoff: None,
                progress: 0.0,
                part: 1.0,
                failing,
                terms: Terms::FAIR,
                charge: None,
            };
            let open = vec![Open { awaited, remaining }; count];
            let Level { mean, total, settled } = level(0.65, 10.0, Sums { weight: 30.0, value: 28.0 }, &open);
            let (success, weight) = open[0].expected(mean);
            let expected = (34.5 + success * count as f64) / (40.0 + weight * count as f64);
            assert!((mean - expected).abs() < 1e-9 && (settled - 40.0).abs() < 1e-9, "{mean} {expected}");
            assert!((total - 40.0 - weight * count as f64).abs() < 1e-6);
        }
    }

    #[test]
    fn a_request_just_opened_leaves_the_level_where_it_is() {
        let awaited = |failing| {
            let channel = Channel::Trust;
            Awaited { channel, payoff: None, progress: 0.0, part: 1.0, failing, terms: Terms::FAIR, charge: None }
        };
        let sums = Sums { weight: 3.0, value: 2.0 };
        let without = level(0.4, 5.0, sums, &[]).mean;
        for failing in [0.1, 1.0, 2.25] {
            let open = [Open { awaited: awaited(failing), remaining: 1.0 }];
            assert!((level(0.4, 5.0, sums, &open).mean - without).abs() < 1e-9);
            let hopeless = [Open { awaited: awaited(failing), remaining: 0.0 }];
            let settled = Sums { weight: 3.0 + failing, value: 2.0 };
            assert!((level(0.4, 5.0, sums, &hopeless).mean - level(0.4, 5.0, settled, &[]).mean).abs() < 1e-12);
        }
    }
}
