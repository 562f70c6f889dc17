//! Sums by channel and terms, judged: each weighed by what is usual, and the customer charged for what that takes off.

use super::{blame::Usual, level::Sums};
use crate::{
    interaction::Awaited,
    model::Model,
    observation::{Channel, Measure, Observation, UNIT},
    terms::Terms,
};

/// What sums of observations have in common.
pub(super) trait Weighable: Copy + Default {
    /// Adds others, each as much as `weight` of it.
    fn merge(&mut self, weight: f64, other: &Self);
    /// Adds others, of whose value only the share `share` counts.
    fn merge_valued(&mut self, share: f64, other: &Self);
    /// Adds as failures, each as much as `weight` of it, what failed of others.
    fn merge_failed(&mut self, weight: f64, other: &Self);
}

/// Whether the terms of requests matter.
#[derive(Clone, Copy)]
pub(super) enum Eyes<'a> {
    /// What happened counts, whoever was to blame: what a forecast goes by.
    Plain(&'a Usual),
    /// Blame is shared: what a score goes by.
    Fair(&'a Usual),
}

impl<'a> Eyes<'a> {
    fn usual(self) -> &'a Usual {
        match self {
            Self::Plain(usual) | Self::Fair(usual) => usual,
        }
    }

    /// What an observation of a channel weighs, 0 to 1.
    fn weight(self, terms: Terms, channel: Channel, model: &Model) -> f64 {
        match self {
            Self::Fair(usual) if channel.measure() != Measure::Customership => usual.weight(terms, channel, model),
            _ => 1.0,
        }
    }
}

/// Sums by channel.
pub(super) struct Judged<T>(pub [T; Channel::ALL.len()]);

impl<T: Weighable> Judged<T> {
    /// The sums by channel in somebody's eyes.
    pub fn of(sums: impl Iterator<Item = (Channel, Terms, T)>, eyes: Eyes<'_>, model: &Model) -> Self {
        let mut judged = Self([T::default(); Channel::ALL.len()]);
        for (channel, terms, sums) in sums {
            let (own, charge) = judge(channel, terms, &sums, eyes, model);
            judged.0[channel as usize].merge(1.0, &own);
            if let Some((channel, charge)) = charge {
                judged.0[channel as usize].merge(1.0, &charge);
            }
        }
        judged
    }
}

/// What sums of a channel on the same terms come to in somebody's eyes, and what the customer is charged in which of its own.
fn judge<T: Weighable>(
    channel: Channel,
    terms: Terms,
    sums: &T,
    eyes: Eyes<'_>,
    model: &Model,
) -> (T, Option<(Channel, T)>) {
    let (mut own, mut charge) = (T::default(), T::default());
    if channel == Channel::LeadTime {
        own.merge_valued(eyes.usual().enough(terms), sums);
        return (own, None);
    }
    let weight = eyes.weight(terms, channel, model);
    own.merge(weight, sums);
    if weight >= 1.0 {
        return (own, None);
    }
    charge.merge_failed(1.0 - weight, sums);
    (own, Some((eyes.usual().charged(terms), charge)))
}

impl Weighable for Sums {
    fn merge(&mut self, weight: f64, other: &Self) {
        self.add(weight, other.weight, other.value);
    }

    fn merge_valued(&mut self, share: f64, other: &Self) {
        self.add(1.0, other.weight, share * other.value);
    }

    fn merge_failed(&mut self, weight: f64, other: &Self) {
        self.add(weight, other.weight - other.value, 0.0);
    }
}

/// What one observation comes to in somebody's eyes, by channel: its own, and that of the customer which is charged.
pub(super) fn observed(
    observation: &Observation,
    eyes: Eyes<'_>,
    model: &Model,
) -> impl Iterator<Item = (Channel, Sums)> + use<> {
    let Observation { channel, terms, .. } = *observation;
    let [weight, value] = [observation.weight, observation.value].map(|millionths| millionths as f64 / UNIT as f64);
    let (own, charge) = judge(channel, terms, &Sums { weight, value }, eyes, model);
    std::iter::once((channel, own)).chain(charge)
}

/// What is awaited in somebody's eyes: as [`Judged`] does with what is settled.
pub(super) fn judged(awaited: &Awaited, eyes: Eyes<'_>, model: &Model) -> Awaited {
    let weight = eyes.weight(awaited.terms, awaited.channel, model);
    let taken_off = awaited.part * awaited.failing * (1.0 - weight);
    let charge = (taken_off > 0.0).then(|| (eyes.usual().charged(awaited.terms), taken_off));
    Awaited { part: awaited.part * weight, charge, ..*awaited }
}
