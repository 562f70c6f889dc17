//! Every number that turns events into scores, in one typed and validated place.
//!
//! The defaults, with the reason for each, are in `default.toml`, which is also what a model file is checked against.

mod file;

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use file::{DEFAULT_FILE, ModelError};

use crate::{
    event::{Disposition, ProposalOutcome, RefusalReason, Refused, RequestKind},
    observation::Channel,
    time::{DAY, HOUR, round_micros},
};

/// A model. Equal values are the same model; see [`Model::version`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    requests: Requests,
    /// The reply, in multiples of the time allowed.
    pub reply: ReplyModel,
    /// The delivery.
    pub delivery: DeliveryModel,
    /// How much substance an answer has.
    pub substantive: Substantive,
    /// The attitude behind an answer.
    pub willingness: Willingness,
    /// How trust is lost.
    pub trust: Trust,
    /// What an idea is worth by what became of it.
    pub co_creation: CoCreation,
    /// What the customer's own conduct is worth.
    pub mirror: Mirror,
    /// What other customers of the supplier say.
    pub pool: Pool,
    /// The two memories of a channel.
    pub memory: Memory,
    channels: Channels,
    /// How wide intervals are.
    pub interval: Interval,
    /// The bands.
    pub standing: StandingModel,
    /// What to do about a supplier in each band.
    pub advice: AdviceModel,
    /// The other lenses a ranking may go by.
    pub lenses: Lenses,
}

impl Default for Model {
    fn default() -> Self {
        Self::parse("").expect("the default model is checked by a test")
    }
}

impl Model {
    /// What is usual for a kind of request.
    #[must_use]
    pub fn target(&self, kind: RequestKind) -> Target {
        let table = match kind {
            RequestKind::Quote => &self.requests.quote,
            RequestKind::Order => &self.requests.order,
            RequestKind::Change => &self.requests.change,
            RequestKind::Information => &self.requests.information,
            RequestKind::Support => &self.requests.support,
            RequestKind::Complaint => &self.requests.complaint,
            RequestKind::Improvement => &self.requests.improvement,
        };
        Target {
            answer_within: round_micros(table.answer_within_hours * HOUR as f64),
            lead_time: round_micros(table.lead_time_days * DAY as f64),
        }
    }

    /// Prior and weight of a channel.
    #[must_use]
    pub fn channel(&self, channel: Channel) -> ChannelModel {
        let channels = &self.channels;
        match channel {
            Channel::Timely => channels.timely,
            Channel::Prompt => channels.prompt,
            Channel::Substantive => channels.substantive,
            Channel::Commitments => channels.commitments,
            Channel::Vision => channels.vision,
            Channel::Trust => channels.trust,
            Channel::Willingness => channels.willingness,
            Channel::CoCreation => channels.co_creation,
            Channel::Regard => channels.regard,
            Channel::Reciprocity => channels.reciprocity,
            Channel::Completeness => channels.completeness,
            Channel::LeadTime => channels.lead_time,
            Channel::Steadiness => channels.steadiness,
            Channel::Clarification => channels.clarification,
            Channel::Payment => channels.payment,
            Channel::Esteem => channels.esteem,
        }
    }

    /// The share of a channel in its score, 0 to 1.
    #[must_use]
    pub fn share(&self, channel: Channel) -> f64 {
        let sum: f64 = Channel::of(channel.measure()).map(|other| self.channel(other).weight).sum();
        self.channel(channel).weight / sum
    }

    /// The fingerprint of the model's values: 12 hexadecimal digits. Equal models have equal versions.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "it never panics: numbers always serialize")]
    pub fn version(&self) -> String {
        let content = serde_json::to_vec(self).expect("a model is plain data");
        let digest = Sha256::digest(content);
        digest[..6].iter().fold(String::new(), |mut version, byte| {
            let _ = write!(version, "{byte:02x}");
            version
        })
    }
}

/// What is usual for a kind of request, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Within which an answer is expected.
    pub answer_within: i64,
    /// Which a competent supplier needs to deliver.
    pub lead_time: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Requests {
    quote: RequestTarget,
    order: RequestTarget,
    change: RequestTarget,
    information: RequestTarget,
    support: RequestTarget,
    complaint: RequestTarget,
    improvement: RequestTarget,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestTarget {
    answer_within_hours: f64,
    lead_time_days: f64,
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
}

/// The delivery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveryModel {
    /// Weibull shape of delivery times over the lead time; more than 0.
    pub curve_shape: f64,
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
        let value = match refused.reason {
            RefusalReason::CannotBeDone => self.cannot_be_done,
            RefusalReason::NoCapacity => self.no_capacity,
            RefusalReason::Price => self.price,
            RefusalReason::Policy => self.policy,
            RefusalReason::NotNow => self.not_now,
            RefusalReason::NotNeeded => self.not_needed,
            RefusalReason::NotInterested => self.not_interested,
            RefusalReason::Other => self.other,
        };
        if refused.alternative_offered {
            (value + self.alternative_bonus).min(self.alternative_most).max(value)
        } else {
            value
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
pub struct Mirror {
    pub changed_after_acceptance: f64,
    pub payment_worthless_after_days: f64,
}

/// The pooled level: the supplier across its customers (for the mirror: the customer across its suppliers).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "default.toml explains each")]
pub struct Pool {
    pub enabled: bool,
    pub half_life_days: f64,
    pub prior_weight: f64,
}

/// The two memories of a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "default.toml explains each")]
pub struct Memory {
    pub slow_half_life_days: f64,
    pub slow_prior_weight: f64,
    pub fast_half_life_days: f64,
    pub fast_prior_weight: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Channels {
    timely: ChannelModel,
    prompt: ChannelModel,
    substantive: ChannelModel,
    commitments: ChannelModel,
    vision: ChannelModel,
    trust: ChannelModel,
    willingness: ChannelModel,
    co_creation: ChannelModel,
    regard: ChannelModel,
    reciprocity: ChannelModel,
    completeness: ChannelModel,
    lead_time: ChannelModel,
    steadiness: ChannelModel,
    clarification: ChannelModel,
    payment: ChannelModel,
    esteem: ChannelModel,
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

/// The bands over the mean of the two scores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandingModel {
    /// Effective observations below which a relationship is unproven.
    pub evidence_needed: f64,
    /// Low end of PREFERRED, 0 to 100.
    pub preferred_from: f64,
    /// Low end of RELIABLE.
    pub reliable_from: f64,
    /// Low end of `AT_RISK`; below it is FAILING.
    pub at_risk_from: f64,
    /// So many strikes at the head of a chain of requests cap the standing at `AT_RISK`.
    pub strikes_to_cap: f64,
}

/// What to do about a supplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Advice {
    /// Ask or order here first.
    Prefer,
    /// Nothing speaks against it.
    Allow,
    /// A person should look first.
    Warn,
    /// Do not.
    Block,
}

/// The advice that goes with each band, by purpose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdviceModel {
    /// Before a request is sent.
    pub request: BandAdvice,
    /// Before an order is placed.
    pub order: BandAdvice,
}

/// What a customer is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Ask for something.
    Request,
    /// Place an order.
    Order,
}

impl AdviceModel {
    /// The advice of a band for a purpose.
    #[must_use]
    pub fn of(&self, standing: Standing, purpose: Purpose) -> Advice {
        match purpose {
            Purpose::Request => self.request.of(standing),
            Purpose::Order => self.order.of(standing),
        }
    }
}

/// The advice that goes with each band.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "default.toml explains each")]
pub struct BandAdvice {
    pub unproven: Advice,
    pub preferred: Advice,
    pub reliable: Advice,
    pub at_risk: Advice,
    pub failing: Advice,
}

impl BandAdvice {
    fn of(self, standing: Standing) -> Advice {
        match standing {
            Standing::Unproven => self.unproven,
            Standing::Preferred => self.preferred,
            Standing::Reliable => self.reliable,
            Standing::AtRisk => self.at_risk,
            Standing::Failing => self.failing,
        }
    }
}

/// The band a relationship is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Too little is known.
    Unproven,
    /// A partner to ask first.
    Preferred,
    /// Does what can be expected.
    Reliable,
    /// Look before ordering.
    AtRisk,
    /// Do not count on it.
    Failing,
}

impl Standing {
    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unproven => "unproven",
            Self::Preferred => "preferred",
            Self::Reliable => "reliable",
            Self::AtRisk => "at risk",
            Self::Failing => "failing",
        }
    }
}

impl StandingModel {
    /// The band of a score. The low end of a band belongs to it.
    #[must_use]
    pub fn band(&self, score: f64) -> Standing {
        if score >= self.preferred_from {
            Standing::Preferred
        } else if score >= self.reliable_from {
            Standing::Reliable
        } else if score >= self.at_risk_from {
            Standing::AtRisk
        } else {
            Standing::Failing
        }
    }
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
