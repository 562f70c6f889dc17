//! Every number that turns events into scores, in one typed and validated place.
//!
//! The defaults, with the reason for each, are in `default.toml`, which is also what a model file is checked against.

mod edit;
mod file;
mod standing;
mod tables;

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use file::{DEFAULT_FILE, ModelError};
pub use standing::{Advice, AdviceModel, BandAdvice, Purpose, Standing, StandingModel};
pub use tables::{
    ChannelModel, CoCreation, DeliveryModel, Interval, Lenses, Lifetime, Memory, Mirror, Pool, ReplyModel, Substantive,
    Target, Trust, Willingness,
};

use tables::{Channels, Requests};

use crate::{
    event::RequestKind,
    observation::Channel,
    time::{DAY, HOUR, round_micros},
};

/// The number of the formulas. What is folded under a version is never folded anew, so whoever changes what events add up
/// to, or what a score makes of that, without a new key in the model, counts it up: it is a part of every version.
pub const FORMULAS: u32 = 2;

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
    /// How long a customer stays.
    pub lifetime: Lifetime,
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

    /// All values as JSON, always in the same order.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "it never panics: numbers always serialize")]
    pub fn content(&self) -> String {
        serde_json::to_string(self).expect("a model is plain data")
    }

    /// The model of a version with this [`Self::content`]. None where this program would not make the same of it: it has
    /// other keys or other formulas.
    #[must_use]
    pub fn of_content(content: &str, version: &str) -> Option<Self> {
        let model: Self = serde_json::from_str(content).ok()?;
        (model.version() == version).then_some(model)
    }

    /// The fingerprint of the model's values and of the formulas: 12 hexadecimal digits. Equal models have equal versions.
    #[must_use]
    pub fn version(&self) -> String {
        let mut digest = Sha256::new_with_prefix(FORMULAS.to_be_bytes());
        digest.update(self.content());
        let digest = digest.finalize();
        digest[..6].iter().fold(String::new(), |mut version, byte| {
            let _ = write!(version, "{byte:02x}");
            version
        })
    }
}
