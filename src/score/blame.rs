//! Blame: what an observation weighs by the terms of its request, and what the customer is charged instead.
//!
//! A request that gives less time than these two are used to, or that is incomplete, says less about its supplier, whichever
//! way it ends: so requests that are all alike come to their plain share. What is taken off a failure is charged to the
//! customer.

use crate::{
    event::RequestKind,
    model::Model,
    observation::Channel,
    terms::{Owed, Terms, octaves},
    time::Span,
};

/// The time that is usual for each kind of request and for what is owed.
#[derive(Clone, Debug, PartialEq)]
pub struct Usual([[Times; 2]; RequestKind::ALL.len()]);

/// Times that were given, as powers of two of microseconds, for they differ by factors.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Times {
    mean: f64,
    variance: f64,
}

impl Times {
    /// What nearly all of them give: by a standard deviation less than their mean. A time that is no less hurries nobody.
    fn least(self) -> f64 {
        self.mean - self.variance.sqrt()
    }
}

/// A weighted sum of times.
#[derive(Clone, Copy, Default)]
struct Moments {
    weight: f64,
    first: f64,
    second: f64,
}

impl Moments {
    fn add(&mut self, weight: f64, time: f64) {
        self.weight += weight;
        self.first += weight * time;
        self.second += weight * time * time;
    }

    /// The times over those that are usual elsewhere, which count as much as `prior_weight` of them. How far these lie from
    /// those is no variance: where all are alike, none is.
    fn over(self, elsewhere: Times, prior_weight: f64) -> Times {
        if self.weight <= 0.0 {
            return elsewhere;
        }
        let total = self.weight + prior_weight;
        // Rounding may leave a little less than nothing of equals.
        let spread = (self.second - self.first * self.first / self.weight).max(0.0);
        Times {
            mean: (self.first + prior_weight * elsewhere.mean) / total,
            variance: (spread + prior_weight * elsewhere.variance) / total,
        }
    }
}

impl Usual {
    /// What the model says is usual.
    #[must_use]
    pub fn of(model: &Model) -> Self {
        Self(RequestKind::ALL.map(|kind| {
            let level = model.service_level(kind);
            [level.answer_within, level.lead_time].map(|time| Times { mean: octaves(time), variance: 0.0 })
        }))
    }

    /// What is usual where requests were made on such terms, each of that weight, over what is usual elsewhere.
    #[must_use]
    pub(super) fn over(&self, given: impl Iterator<Item = (Terms, f64)>, model: &Model) -> Self {
        let mut moments = [[Moments::default(); 2]; RequestKind::ALL.len()];
        for (terms, weight) in given {
            if let Some(time) = terms.octaves() {
                moments[terms.kind() as usize][terms.owed() as usize].add(weight, time);
            }
        }
        let mut usual = self.clone();
        for (times, moments) in usual.0.as_flattened_mut().iter_mut().zip(moments.as_flattened()) {
            *times = moments.over(*times, model.usual.prior_weight);
        }
        usual
    }

    fn times(&self, kind: RequestKind, owed: Owed) -> Times {
        self.0[kind as usize][owed as usize]
    }

    /// The time that is usual.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "a time of terms is less than a century")]
    pub fn time(&self, kind: RequestKind, owed: Owed) -> Span {
        Span::from_micros(self.times(kind, owed).mean.exp2() as i64)
    }

    /// The time that the terms give as a share of the least that is usual, at most 1; 1 where they say nothing about it.
    #[must_use]
    pub fn enough(&self, terms: Terms) -> f64 {
        let least = self.times(terms.kind(), terms.owed()).least();
        let share = |given: f64| (given - least).exp2();
        terms.octaves().map_or(1.0, share).min(1.0)
    }

    /// The channel of the customer that is charged for what failed on such terms.
    pub(super) fn charged(&self, terms: Terms) -> Channel {
        if self.enough(terms) < terms.completeness() { Channel::LeadTime } else { Channel::Completeness }
    }

    /// What an observation of a channel of the supplier weighs on such terms: 1 on fair ones, 0 on impossible ones.
    pub(super) fn weight(&self, terms: Terms, channel: Channel, model: &Model) -> f64 {
        if terms == Terms::FAIR {
            return 1.0;
        }
        blame(terms.completeness() * self.enough(terms), model.channel(channel).prior)
    }
}

/// What a failure weighs when a competent supplier would have met the request with probability `chance`, and `prior` is the
/// model's prior for the channel: 1 for a fair request, 0 for an impossible one.
fn blame(chance: f64, prior: f64) -> f64 {
    chance * (1.0 - prior) / (1.0 - prior * chance)
}
