//! A model as a whole: what it says of a kind of request, and of a channel.

use serde::{Deserialize, Serialize};

use super::{
    standing::{AdviceModel, StandingModel},
    tables::{
        ChannelModel, Channels, CoCreation, ConductModel, DeliveryModel, Interval, Lenses, Lifetime, MemoryModel,
        PoolModel, ReplyModel, ServiceLevel, ServiceLevels, Substantive, Trust, UsualModel, Willingness,
    },
};
use crate::{
    event::RequestKind,
    observation::Channel,
    time::{DAY, HOUR},
};

/// A model. Equal values are the same model; see [`Model::version`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    pub(super) requests: ServiceLevels,
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
    // Its name in model files and in versions.
    #[serde(rename = "mirror")]
    pub conduct: ConductModel,
    /// What is usual between the two.
    pub usual: UsualModel,
    /// What other customers of the supplier say.
    pub pool: PoolModel,
    /// The two memories of a channel.
    pub memory: MemoryModel,
    channels: Channels,
    /// How wide intervals are.
    pub interval: Interval,
    /// The bands.
    pub standing: StandingModel,
    /// What to do about a supplier in each band.
    pub advice: AdviceModel,
    /// The other lenses a ranking may go by.
    pub lenses: Lenses,
    /// How long a customer stays.
    pub lifetime: Lifetime,
}

impl Model {
    /// What is usual for a kind of request.
    #[must_use]
    pub fn service_level(&self, kind: RequestKind) -> ServiceLevel {
        let table = match kind {
            RequestKind::Quote => &self.requests.quote,
            RequestKind::Order => &self.requests.order,
            RequestKind::Change => &self.requests.change,
            RequestKind::Information => &self.requests.information,
            RequestKind::Support => &self.requests.support,
            RequestKind::Complaint => &self.requests.complaint,
            RequestKind::Improvement => &self.requests.improvement,
        };
        ServiceLevel { answer_within: HOUR * table.answer_within_hours, lead_time: DAY * table.lead_time_days }
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
}
