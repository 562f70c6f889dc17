//! What one interaction says about one channel, as integers.

use serde::{Deserialize, Serialize};

use crate::time::Day;

/// Weights and values are kept in millionths: integers form a group, so what was added can be taken out again exactly.
pub const UNIT: i64 = 1_000_000;

/// One question about a relationship that observations answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Do they answer in time?
    Timely,
    /// Do they answer promptly?
    Prompt,
    /// Do they answer with substance?
    Substantive,
    /// Do they deliver as promised?
    Commitments,
    /// Do they engage with what the customer wants to become?
    Vision,
    /// Are promises kept, and requests not left to lapse?
    Trust,
    /// Do they say yes to routine requests?
    Willingness,
    /// Do ideas that one side offers and the other decides about come to something?
    CoCreation,
    /// How does the customer rate them?
    Regard,
    /// Is business done both ways? Read off the flows of both directions, not observed.
    Reciprocity,
    /// The mirror: are requests complete?
    Completeness,
    /// The mirror: do requests leave the time they need?
    LeadTime,
    /// The mirror: does what was accepted stay as it was asked?
    Steadiness,
    /// The mirror: are clarifications answered promptly?
    Clarification,
    /// The mirror: are payments on time?
    Payment,
    /// The mirror: how does the supplier rate the customer?
    Esteem,
}

impl Channel {
    /// Every channel, in the order in which they are shown.
    pub const ALL: [Self; 16] = [
        Self::Timely,
        Self::Prompt,
        Self::Substantive,
        Self::Commitments,
        Self::Vision,
        Self::Trust,
        Self::Willingness,
        Self::CoCreation,
        Self::Regard,
        Self::Reciprocity,
        Self::Completeness,
        Self::LeadTime,
        Self::Steadiness,
        Self::Clarification,
        Self::Payment,
        Self::Esteem,
    ];

    /// The channels that a score is made of.
    pub fn of(measure: Measure) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |channel| channel.measure() == measure)
    }

    /// The name on the wire, in the store and in the model.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Timely => "timely",
            Self::Prompt => "prompt",
            Self::Substantive => "substantive",
            Self::Commitments => "commitments",
            Self::Vision => "vision",
            Self::Trust => "trust",
            Self::Willingness => "willingness",
            Self::CoCreation => "co_creation",
            Self::Regard => "regard",
            Self::Reciprocity => "reciprocity",
            Self::Completeness => "completeness",
            Self::LeadTime => "lead_time",
            Self::Steadiness => "steadiness",
            Self::Clarification => "clarification",
            Self::Payment => "payment",
            Self::Esteem => "esteem",
        }
    }

    /// The score the channel counts in.
    #[must_use]
    pub fn measure(self) -> Measure {
        match self {
            Self::Timely | Self::Prompt | Self::Substantive => Measure::Responsiveness,
            Self::Commitments
            | Self::Vision
            | Self::Trust
            | Self::Willingness
            | Self::CoCreation
            | Self::Regard
            | Self::Reciprocity => Measure::Partnership,
            Self::Completeness
            | Self::LeadTime
            | Self::Steadiness
            | Self::Clarification
            | Self::Payment
            | Self::Esteem => Measure::Customership,
        }
    }
}

/// One of the scores of a relationship.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Does the supplier answer?
    Responsiveness,
    /// Is the supplier a partner?
    Partnership,
    /// The mirror: is the customer a good one to this supplier?
    Customership,
}

impl Measure {
    /// Every score, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Responsiveness, Self::Partnership, Self::Customership];

    /// The name on the wire and in the model's faults.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Responsiveness => "responsiveness",
            Self::Partnership => "partnership",
            Self::Customership => "customership",
        }
    }
}

/// What one interaction says about one channel once that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The question it answers.
    pub channel: Channel,
    /// The day on which it was known.
    pub day: Day,
    /// How much it weighs, in millionths.
    pub weight: i64,
    /// Weight times value, in millionths.
    pub value: i64,
}

impl Observation {
    /// An observation that succeeded by the share `success` (0 to 1). What succeeded weighs 1; what failed weighs
    /// `failing`: less than 1 where the customer is to blame, more where a channel is lost faster than won.
    #[must_use]
    pub fn new(channel: Channel, day: Day, success: f64, failing: f64) -> Self {
        Self::part(1.0, channel, day, success, failing)
    }

    /// As [`Self::new`], of `part` of an interaction: a share of a delivery, or a multiple where something counts double.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "both are small non-negative numbers")]
    pub fn part(part: f64, channel: Channel, day: Day, success: f64, failing: f64) -> Self {
        let unit = part * UNIT as f64;
        Self {
            channel,
            day,
            weight: (weigh(success, failing) * unit).round() as i64,
            value: (success * unit).round() as i64,
        }
    }
}

/// The weight of an outcome of which the share `success` weighs 1 and the rest `failing`.
#[must_use]
pub fn weigh(success: f64, failing: f64) -> f64 {
    success + (1.0 - success) * failing
}
