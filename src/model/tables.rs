//! The tables of a model file, as types. `default.toml` explains each value.

use serde::{Deserialize, Serialize};

use crate::{
    event::{Disposition, ProposalOutcome, RefusalReason, Refused},
    time::Span,
};

/// What is usual for a kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceLevel {
    /// Within which an answer is expected.
    pub answer_within: Span,
    /// Which a competent supplier needs to deliver.
    pub lead_time: Span,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceLevels {
    pub quote: ServiceLevelTable,
    pub order: ServiceLevelTable,
    pub change: ServiceLevelTable,
    pub information: ServiceLevelTable,
    pub support: ServiceLevelTable,
    pub complaint: ServiceLevelTable,
    pub improvement: ServiceLevelTable,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceLevelTable {
    pub answer_within_hours: f64,
    pub lead_time_days: f64,
}

/// The reply, in multiples of the time allowed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplyModel {
    /// When an unanswered request lapses; more than 1.
    pub lapse_after: f64,
    /// In which the worth of an answer halves; more than 0.
    pub prompt_half_life: f64,
    /// Weibull shape of answer times; more than 0.
    pub curve_shape: f64,
    /// Weibull shape of whether an answer comes in time; more than 0.
    pub due_shape: f64,
}

/// The delivery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveryModel {
    /// Weibull shape of delivery times over the lead time; more than 0.
    pub curve_shape: f64,
    /// The share of an order that may be missing although it counts as complete, 0 to 1.
    pub short_tolerated: f64,
    /// How much more than was ordered is welcome, as a share of the order; not negative.
    pub surplus_tolerated: f64,
}

/// How much substance an answer has, 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "default.toml explains each")]
pub struct Substantive {
    pub response: f64,
    pub refusal_with_alternative: f64,
    pub refusal_with_reason: f64,
    pub bare_refusal: f64,
}

/// The attitude behind an answer, 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "default.toml explains each")]
pub struct Willingness {
    pub accepted: f64,
    pub answered: f64,
    pub partial: f64,
    pub counter_offer: f64,
    pub not_now: f64,
    pub no_capacity: f64,
    pub price: f64,
    pub policy: f64,
    pub other: f64,
    pub cannot_be_done: f64,
    pub not_needed: f64,
    pub not_interested: f64,
    pub alternative_bonus: f64,
    pub alternative_most: f64,
}

impl Willingness {
    /// The attitude of a response.
    #[must_use]
    pub fn response(&self, disposition: Disposition) -> f64 {
        match disposition {
            Disposition::Accepted => self.accepted,
            Disposition::Answered => self.answered,
            Disposition::Partial => self.partial,
            Disposition::CounterOffer => self.counter_offer,
        }
    }

    /// The attitude of a refusal.
    #[must_use]
    pub fn refusal(&self, refused: &Refused) -> f64 {
        let (sum, count) = refused.reasons().fold((0.0, 0.0), |(sum, count), it| (sum + self.reason(it), count + 1.0));
        let value = sum / count;
        if refused.alternative_offered {
            (value + self.alternative_bonus).min(self.alternative_most).max(value)
        } else {
            value
        }
    }

    /// What one reason is worth.
    fn reason(&self, reason: RefusalReason) -> f64 {
        match reason {
            RefusalReason::CannotBeDone => self.cannot_be_done,
            RefusalReason::NoCapacity => self.no_capacity,
            RefusalReason::Price => self.price,
            RefusalReason::Policy => self.policy,
            RefusalReason::NotNow => self.not_now,
            RefusalReason::NotNeeded => self.not_needed,
            RefusalReason::NotInterested => self.not_interested,
            RefusalReason::Other => self.other,
        }
    }
}

/// How trust is lost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    /// What a broken promise weighs, where a kept one weighs 1; at least 1.
    pub broken_weight: f64,
    /// The share of that where it was announced before the deadline, 0 to 1.
    pub announced_share: f64,
    /// The share of that again where the customer agreed to the later date, 0 to 1.
    pub consented_share: f64,
}

/// What an idea is worth by what became of it, 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "default.toml explains each")]
pub struct CoCreation {
    pub adopted: f64,
    pub kept: f64,
    pub declined: f64,
}

impl CoCreation {
    /// The worth of an idea that was decided about.
    #[must_use]
    pub fn value(&self, outcome: ProposalOutcome) -> f64 {
        match outcome {
            ProposalOutcome::Adopted => self.adopted,
            ProposalOutcome::Kept => self.kept,
            ProposalOutcome::Declined => self.declined,
        }
    }
}

/// What the customer's own conduct is worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "default.toml explains each")]
pub struct ConductModel {
    pub changed_after_acceptance: f64,
    pub payment_worthless_after_days: f64,
}

/// The pooled level: the supplier across its customers (for the customer's conduct: the customer across its suppliers).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "default.toml explains each")]
pub struct PoolModel {
    pub enabled: bool,
    pub half_life_days: f64,
    pub prior_weight: f64,
}

/// What is usual, learned from what was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsualModel {
    pub prior_weight: f64,
}

/// The two memories of a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "default.toml explains each")]
pub struct MemoryModel {
    pub slow_half_life_days: f64,
    pub slow_prior_weight: f64,
    pub fast_half_life_days: f64,
    pub fast_prior_weight: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Channels {
    pub timely: ChannelModel,
    pub prompt: ChannelModel,
    pub substantive: ChannelModel,
    pub commitments: ChannelModel,
    pub vision: ChannelModel,
    pub trust: ChannelModel,
    pub willingness: ChannelModel,
    pub co_creation: ChannelModel,
    pub regard: ChannelModel,
    pub reciprocity: ChannelModel,
    pub completeness: ChannelModel,
    pub lead_time: ChannelModel,
    pub steadiness: ChannelModel,
    pub clarification: ChannelModel,
    pub payment: ChannelModel,
    pub esteem: ChannelModel,
}

/// Where a channel stands with nothing known, and how much it counts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelModel {
    /// The value with nothing known, 0 to 1, neither end included.
    pub prior: f64,
    /// The weight in its score, on any scale; 0 drops the channel.
    pub weight: f64,
}

/// How wide intervals are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// The quantile of the standard normal distribution at the upper end; more than 0.
    pub z: f64,
}

/// How far back the lenses look that are no scores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "default.toml explains each")]
pub struct Lenses {
    pub exchange_half_life_days: f64,
    pub potential_half_life_days: f64,
    pub advocacy_half_life_days: f64,
}

/// How long a customer stays: the BG/NBD model of Fader, Hardie & Lee 2005, times in weeks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "default.toml explains each")]
pub struct Lifetime {
    pub r: f64,
    pub alpha_weeks: f64,
    pub a: f64,
    pub b: f64,
    pub strike_odds: f64,
    pub horizon_years: f64,
    #[serde(default = "dormant_below")]
    pub dormant_below: f64,
}

/// What model files of before say, which do not know it.
fn dormant_below() -> f64 {
    0.05
}
