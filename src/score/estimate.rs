//! From tallies to a channel: two memories, nested, and how sure they are.

use crate::{
    interaction::Awaited,
    model::{Memory, Model},
    observation::{Channel, UNIT, weigh},
    tally::Tally,
    time::Day,
};

use super::curve::Curve;

/// How often a level is solved anew for its own open requests at the most; each round is a contraction.
const MOST_ROUNDS: u32 = 64;
/// Two rounds closer than this are the same.
const SETTLED: f64 = 1e-12;

/// What is known about one channel of a relationship.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The channel.
    pub channel: Channel,
    /// The estimate, 0 to 1: the fast memory over the slow one.
    pub value: f64,
    /// Where the channel stands with nothing known, 0 to 1.
    pub prior: f64,
    /// The slow memory over the prior, 0 to 1.
    pub slow: f64,
    /// Lower end of the interval, 0 to value.
    pub low: f64,
    /// Upper end of the interval, value to 1.
    pub high: f64,
    /// Effective number of recent observations.
    pub evidence: f64,
    /// Observations settled, ever.
    pub observations: i64,
}

/// An open observation with the curve already read: what is left of its expectation, as a share of the start's.
struct Open {
    awaited: Awaited,
    remaining: f64,
}

impl Open {
    /// Success and weight when the level stands at `mean`: an observation that has just been opened says nothing and
    /// leaves the level where it is; as time passes its success falls to nothing.
    fn expected(&self, mean: f64) -> (f64, f64) {
        let failing = self.awaited.failing;
        let odds = failing * mean;
        let start = if odds > 0.0 { odds / (1.0 - mean + odds) } else { 0.0 };
        let success = self.remaining * start;
        (self.awaited.part * success, self.awaited.part * weigh(success, failing))
    }
}

/// A decayed sum of settled observations.
#[derive(Clone, Copy, Default)]
struct Sums {
    weight: f64,
    value: f64,
}

/// Estimates one channel at the day `today`. The curve says how the awaited ones go on.
#[must_use]
pub fn estimate(
    channel: Channel,
    tally: &Tally,
    awaited: &[Awaited],
    today: Day,
    curve: &Curve<'_>,
    model: &Model,
) -> Estimate {
    let open: Vec<Open> = awaited
        .iter()
        .filter(|it| it.channel == channel)
        .map(|&awaited| Open {
            awaited,
            remaining: awaited.outcome.map_or(0.0, |outcome| curve.remaining(outcome, awaited.progress)),
        })
        .collect();
    let memory = &model.memory;
    let slow_sums = decayed(tally, channel, today, memory.slow_half_life_days);
    let fast_sums = decayed(tally, channel, today, memory.fast_half_life_days);
    let prior = model.channel(channel).prior;
    let (slow, slow_total) = level(prior, memory.slow_prior_weight, slow_sums, &open);
    let (value, fast_total) = level(slow, memory.fast_prior_weight, fast_sums, &open);
    let (evidence, observations) = evidence(tally, channel, today, memory, slow_total, fast_total);
    let (low, high) = wilson(value, evidence, model.interval.z);
    Estimate { channel, value, prior, slow, low, high, evidence, observations }
}

/// 2^(-age / half-life), by whole days. What is dated ahead of today does not weigh more than today.
fn decay(today: Day, day: Day, half_life: f64) -> f64 {
    (-f64::from(today.0.saturating_sub(day.0).max(0)) / half_life).exp2()
}

fn decayed(tally: &Tally, channel: Channel, today: Day, half_life: f64) -> Sums {
    let unit = UNIT as f64;
    tally.days(channel).fold(Sums::default(), |sums, (day, cell)| {
        let decay = decay(today, day, half_life) / unit;
        Sums { weight: sums.weight + decay * cell.weight as f64, value: sums.value + decay * cell.value as f64 }
    })
}

/// The mean of a prior, the settled and the open observations, and the weight it rests on. Open ones are expected to
/// do as the mean does, so the mean is solved for itself (Efron's self-consistency).
fn level(prior: f64, prior_weight: f64, sums: Sums, open: &[Open]) -> (f64, f64) {
    let (settled_value, settled_weight) = (sums.value + prior_weight * prior, sums.weight + prior_weight);
    let mut mean = settled_value / settled_weight;
    let mut total = settled_weight;
    for _ in 0..MOST_ROUNDS {
        let (mut value, mut weight) = (settled_value, settled_weight);
        for it in open {
            let (success, expected_weight) = it.expected(mean);
            value += success;
            weight += expected_weight;
        }
        let next = value / weight;
        total = weight;
        if (next - mean).abs() < SETTLED {
            break;
        }
        mean = next;
    }
    (mean, total)
}

/// Kish's effective number of observations, (sum c)^2 / sum c^2 over each one's share c in the estimate, but no more
/// than the decayed sum of their weights: shares alone do not notice that everything has grown old.
fn evidence(tally: &Tally, channel: Channel, today: Day, memory: &Memory, slow: f64, fast: f64) -> (f64, i64) {
    let unit = UNIT as f64;
    let (mut count, mut weight, mut share, mut square) = (0, 0.0, 0.0, 0.0);
    for (day, cell) in tally.days(channel) {
        let slow_decay = decay(today, day, memory.slow_half_life_days);
        let fast_decay = decay(today, day, memory.fast_half_life_days);
        let each = fast_decay / fast + memory.fast_prior_weight / fast * slow_decay / slow;
        count += cell.count;
        weight += slow_decay * cell.weight as f64 / unit;
        share += each * cell.weight as f64 / unit;
        square += each * each * cell.square as f64 / unit;
    }
    let kish = if square > 0.0 { share * share / square } else { 0.0 };
    (kish.min(weight), count)
}

/// Wilson 1927: the interval of a proportion seen in `n` observations. Nothing seen, anything possible.
fn wilson(value: f64, n: f64, z: f64) -> (f64, f64) {
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

    #[test]
    fn a_request_just_opened_leaves_the_level_where_it_is() {
        let awaited = |failing| Awaited { channel: Channel::Trust, outcome: None, progress: 0.0, part: 1.0, failing };
        let sums = Sums { weight: 3.0, value: 2.0 };
        let (without, _) = level(0.4, 5.0, sums, &[]);
        for failing in [0.1, 1.0, 2.25] {
            let open = [Open { awaited: awaited(failing), remaining: 1.0 }];
            assert!((level(0.4, 5.0, sums, &open).0 - without).abs() < 1e-9);
            let hopeless = [Open { awaited: awaited(failing), remaining: 0.0 }];
            let settled = Sums { weight: 3.0 + failing, value: 2.0 };
            assert!((level(0.4, 5.0, sums, &hopeless).0 - level(0.4, 5.0, settled, &[]).0).abs() < 1e-12);
        }
    }
}
