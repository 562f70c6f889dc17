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

/// The time that is usual for each kind of request and for what is owed, as a power of two of microseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Usual([[f64; 2]; RequestKind::ALL.len()]);

impl Usual {
    /// What the model says is usual.
    #[must_use]
    pub fn of(model: &Model) -> Self {
        Self(RequestKind::ALL.map(|kind| {
            let level = model.service_level(kind);
            [level.answer_within, level.lead_time].map(octaves)
        }))
    }

    /// What is usual where requests were made on such terms, each of that weight: the mean of their logarithms over what is
    /// usual elsewhere, for times differ by factors.
    #[must_use]
    pub(super) fn over(&self, given: impl Iterator<Item = (Terms, f64)>, model: &Model) -> Self {
        let prior_weight = model.usual.prior_weight;
        let mut sums = [[(0.0, 0.0); 2]; RequestKind::ALL.len()];
        for (terms, weight) in given {
            let Some(octaves) = terms.octaves() else { continue };
            let (sum, total): &mut (f64, f64) = &mut sums[terms.kind() as usize][terms.owed() as usize];
            *sum += weight * octaves;
            *total += weight;
        }
        let mut usual = self.clone();
        for (usual, sums) in usual.0.iter_mut().flatten().zip(sums.into_iter().flatten()) {
            let (sum, total) = sums;
            *usual = (prior_weight * *usual + sum) / (prior_weight + total);
        }
        usual
    }

    /// The time that is usual.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "a time of terms is less than a century")]
    pub fn time(&self, kind: RequestKind, owed: Owed) -> Span {
        Span::from_micros(self.0[kind as usize][owed as usize].exp2() as i64)
    }

    /// The time that the terms give as a share of what is usual, at most 1; 1 where they say nothing about it.
    #[must_use]
    pub(super) fn enough(&self, terms: Terms) -> f64 {
        let usual = self.0[terms.kind() as usize][terms.owed() as usize];
        terms.octaves().map_or(1.0, |given| (given - usual).min(0.0).exp2())
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
#[must_use]
pub fn blame(chance: f64, prior: f64) -> f64 {
    chance * (1.0 - prior) / (1.0 - prior * chance)
}
