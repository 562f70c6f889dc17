//! Shares the blame: what fails on a hasty or incomplete request is not the supplier's fault alone.

use serde::{Deserialize, Serialize};

use crate::{
    event::Share,
    model::Model,
    observation::{Channel, Observation},
    time::Day,
};

/// A charge no larger than this is left out: rounding alone can account for it.
const NOTHING: f64 = 1e-6;

/// How fair a request was to its supplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fairness {
    /// The chance that a competent supplier could have met the request.
    pub chance: Share,
    /// Whether it was short of time rather than of content: says which of the customer's channels is charged.
    pub hasty: bool,
}

impl Fairness {
    /// The fairness of a request of that completeness that left `given` microseconds where `normal` are usual.
    pub(super) fn of(completeness: Share, given: i64, normal: i64) -> Self {
        let time = enough(given, normal);
        let chance = Share::new(completeness.value() * time).unwrap_or(Share::WHOLE);
        Self { chance, hasty: time < completeness.value() }
    }

    /// What a failure weighs in a channel, where a success weighs 1.
    #[must_use]
    pub fn failing(self, channel: Channel, model: &Model) -> f64 {
        blame(self.chance, model.channel(channel).prior)
    }

    /// What is taken off a failure in a channel: the customer's own share of it.
    #[must_use]
    pub fn waived(self, channel: Channel, model: &Model) -> f64 {
        1.0 - self.failing(channel, model)
    }

    /// The customer's channel that is charged.
    #[must_use]
    pub fn charged_channel(self) -> Channel {
        if self.hasty { Channel::LeadTime } else { Channel::Completeness }
    }

    /// What the customer is charged where the share `failed` of something failed in a channel.
    pub(super) fn charge(self, failed: f64, channel: Channel, day: Day, model: &Model) -> Option<Observation> {
        let charged = failed * self.waived(channel, model);
        (charged > NOTHING).then(|| Observation::part(charged, self.charged_channel(), day, 0.0, 1.0))
    }
}

/// The time given as a share of what is usual, at most 1.
pub(super) fn enough(given: i64, normal: i64) -> f64 {
    (given.max(0) as f64 / normal as f64).min(1.0)
}

/// What a failure weighs when a competent supplier would have met the request with probability `chance`, and `prior`
/// is the model's prior for the channel: 1 for a fair request, 0 for an impossible one.
#[must_use]
pub fn blame(chance: Share, prior: f64) -> f64 {
    let chance = chance.value();
    chance * (1.0 - prior) / (1.0 - prior * chance)
}
