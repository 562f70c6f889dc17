//! How long answers and deliveries take, and what may still be expected of one that has not come.
//!
//! Counting only what is settled flatters a young relationship: quick answers are known early, slow ones not yet (Efron
//! 1967, censored data). So what is open enters with the value it may still be expected to reach. The curve is a Weibull
//! one over the time allowed, S(t) = (1 - p)^(t^k): it meets the relationship's own chance p at t = 1 whatever the shape
//! k, and is certain of nothing, so that expectations fall to zero without a step.
//!
//! Whether something comes in time at all is read off a steeper curve than what else may be expected of it: nobody answers
//! at night, so that hours without an answer say less about the due time than they would if hours were alike.

use crate::{
    interaction::{Awaited, Payoff},
    model::ReplyModel,
};

/// Probabilities are held this far from 0 and 1: certainty would divide by zero.
const LEAST_DOUBT: f64 = 1e-3;

/// Nodes and weights of Gauss-Legendre quadrature on [-1, 1], the positive half of 12 points.
const NODES: [(f64, f64); 6] = [
    (0.125_233_408_511_468_9, 0.249_147_045_813_402_78),
    (0.367_831_498_998_180_2, 0.233_492_536_538_354_8),
    (0.587_317_954_286_617_4, 0.203_167_426_723_065_92),
    (0.769_902_674_194_304_7, 0.160_078_328_543_346_22),
    (0.904_117_256_370_474_9, 0.106_939_325_995_318_43),
    (0.981_560_634_246_719_2, 0.047_175_336_386_511_83),
];

/// The distribution of the time something takes, in multiples of the time allowed.
#[derive(Clone, Copy, Debug)]
pub struct Curve<'a> {
    hazard: f64,
    shape: f64,
    due_shape: f64,
    model: &'a ReplyModel,
}

impl<'a> Curve<'a> {
    /// The curve of that Weibull shape on which a share `in_time` comes within the time allowed.
    #[must_use]
    pub fn new(in_time: f64, shape: f64, model: &'a ReplyModel) -> Self {
        let late = 1.0 - in_time.clamp(LEAST_DOUBT, 1.0 - LEAST_DOUBT);
        Self { hazard: -late.ln(), shape, due_shape: shape, model }
    }

    /// The same curve, but for whether something comes in time, which follows another shape.
    #[must_use]
    pub fn in_time_by(self, due_shape: f64) -> Self {
        Self { due_shape, ..self }
    }

    /// The same curve, on which a share `in_time` comes within the time allowed.
    #[must_use]
    pub fn through(&self, in_time: f64) -> Self {
        Self::new(in_time, self.shape, self.model).in_time_by(self.due_shape)
    }

    /// What can be expected of something still open at `progress`, as a share of what could be expected at the start:
    /// 1 at the start, falling to 0 where the outcome is decided.
    #[must_use]
    pub fn remaining(&self, payoff: Payoff, progress: f64) -> f64 {
        if progress <= 0.0 {
            return 1.0;
        }
        (self.expected(payoff, progress) / self.expected(payoff, 0.0)).clamp(0.0, 1.0)
    }

    /// What is left of the expectation of something awaited, as a share of the start's.
    #[must_use]
    pub fn left_of(&self, awaited: &Awaited) -> f64 {
        awaited.payoff.map_or(0.0, |payoff| self.remaining(payoff, awaited.progress))
    }

    /// E[x | T > from].
    fn expected(&self, payoff: Payoff, from: f64) -> f64 {
        let lapse = self.model.lapse_after;
        match payoff {
            Payoff::InTime if from >= 1.0 => 0.0,
            Payoff::InTime => 1.0 - (-self.hazard * (1.0 - from.powf(self.due_shape))).exp(),
            Payoff::BeforeLapse => self.chance_between(from, lapse, from),
            Payoff::Prompt => self.integral(from, lapse, from, |time| (-time / self.model.prompt_half_life).exp2()),
            Payoff::Lateness => {
                let late_from = from.max(1.0);
                self.chance_between(from, 1.0, from) + self.integral(late_from, 2.0, from, |time| 2.0 - time)
            }
        }
    }

    /// P(T > time | T > from).
    fn survival(&self, time: f64, from: f64) -> f64 {
        let shape = self.shape;
        (-self.hazard * (time.powf(shape) - from.powf(shape))).exp()
    }

    fn chance_between(&self, low: f64, high: f64, from: f64) -> f64 {
        if low >= high { 0.0 } else { self.survival(low, from) - self.survival(high, from) }
    }

    /// The integral of `value` over the times from `low` to `high`, given T > from: taken over the survival, in which
    /// it is smooth even where the density is not.
    fn integral(&self, low: f64, high: f64, from: f64, value: impl Fn(f64) -> f64) -> f64 {
        if low >= high {
            return 0.0;
        }
        let shape = self.shape;
        let (top, bottom) = (self.survival(low, from), self.survival(high, from));
        let (middle, half) = (f64::midpoint(top, bottom), (top - bottom) / 2.0);
        let at = |survival: f64| value((from.powf(shape) - survival.ln() / self.hazard).max(0.0).powf(1.0 / shape));
        let sum: f64 =
            NODES.iter().map(|&(node, weight)| weight * (at(middle + half * node) + at(middle - half * node))).sum();
        half * sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;

    #[test]
    fn the_curve_meets_the_given_chance() {
        let model = Model::default();
        for chance in [0.05, 0.678, 0.99] {
            let curve = Curve::new(chance, model.reply.curve_shape, &model.reply);
            assert!((curve.expected(Payoff::InTime, 0.0) - chance).abs() < 1e-12);
        }
    }

    #[test]
    fn expectations_fall_without_a_step_to_nothing() {
        let model = Model::default();
        let (replies, deliveries) = (model.reply.curve_shape, model.delivery.curve_shape);
        let cases = [
            (Payoff::InTime, replies, 1.0),
            (Payoff::InTime, model.reply.due_shape, 1.0),
            (Payoff::Prompt, replies, 4.0),
            (Payoff::BeforeLapse, replies, 4.0),
            (Payoff::InTime, deliveries, 1.0),
            (Payoff::Lateness, deliveries, 2.0),
        ];
        for (chance, (payoff, shape, end)) in
            [0.01, 0.5, 0.9, 1.0].into_iter().flat_map(|it| cases.map(|case| (it, case)))
        {
            let curve = Curve::new(chance, shape, &model.reply);
            let steps = 4_000;
            let mut last = 1.0;
            for step in 0..=steps {
                let now = curve.remaining(payoff, end * f64::from(step) / f64::from(steps));
                assert!(now <= last + 1e-9, "{payoff:?} at {chance} rises from {last} to {now}");
                assert!(last - now < 0.05, "{payoff:?} at {chance} steps from {last} to {now}");
                last = now;
            }
            assert!(last < 1e-6, "{payoff:?} at {chance} ends at {last}");
        }
    }

    #[test]
    fn the_quadrature_agrees_with_a_fine_sum() {
        let model = Model::default();
        let curve = Curve::new(0.7, model.reply.curve_shape, &model.reply);
        let (low, high, from, steps) = (0.3, 4.0, 0.3, 200_000);
        let width = (high - low) / f64::from(steps);
        let sum: f64 = (0..steps)
            .map(|step| {
                let time = low + width * f64::from(step);
                let chance = curve.survival(time, from) - curve.survival(time + width, from);
                chance * (-(time + width / 2.0) / model.reply.prompt_half_life).exp2()
            })
            .sum();
        assert!((curve.expected(Payoff::Prompt, from) - sum).abs() < 1e-6);
    }
}
