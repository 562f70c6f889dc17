//! What one interaction says about one channel, as integers.

use crate::{names::named, terms::Terms, time::Day};

/// Weights and values are kept in millionths: integers form a group, so what was added can be taken out again exactly.
pub const UNIT: i64 = 1_000_000;

named! {
    /// One question about a relationship that observations answer. Its name is that on the wire and in the model; its code is
    /// what states hold of it.
    pub enum Channel {
        /// Do they answer in time?
        Timely = "timely" as 0,
        /// Do they answer promptly?
        Prompt = "prompt" as 1,
        /// Do they answer with substance?
        Substantive = "substantive" as 2,
        /// Do they deliver as promised?
        Commitments = "commitments" as 3,
        /// Do they engage with what the customer wants to become?
        Vision = "vision" as 4,
        /// Are promises kept, and requests not left to lapse?
        Trust = "trust" as 5,
        /// Do they say yes to routine requests?
        Willingness = "willingness" as 6,
        /// Do ideas that one side offers and the other decides about come to something?
        CoCreation = "co_creation" as 7,
        /// How does the customer rate them?
        Regard = "regard" as 8,
        /// Is business done both ways? Read off the flows of both directions, not observed.
        Reciprocity = "reciprocity" as 9,
        /// The customer: are requests complete?
        Completeness = "completeness" as 10,
        /// The customer: do requests leave the time they need?
        LeadTime = "lead_time" as 11,
        /// The customer: does what was accepted stay as it was asked?
        Steadiness = "steadiness" as 12,
        /// The customer: are clarifications answered promptly?
        Clarification = "clarification" as 13,
        /// The customer: are payments on time?
        Payment = "payment" as 14,
        /// The customer: how does the supplier rate the customer?
        Esteem = "esteem" as 15,
    }
}

impl Channel {
    /// The channels that a score is made of.
    pub fn of(measure: Measure) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |channel| channel.measure() == measure)
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

named! {
    /// One of the scores of a relationship.
    pub enum Measure {
        /// Does the supplier answer?
        Responsiveness = "responsiveness",
        /// Is the supplier a partner?
        Partnership = "partnership",
        /// The customer: is the customer a good one to this supplier?
        Customership = "customership",
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
    /// What the request gave to meet it with: what the customer answers for.
    pub terms: Terms,
}

impl Observation {
    /// An observation that succeeded by the share `success` (0 to 1). What succeeded weighs 1; what failed weighs
    /// `failing`: more than 1 where a channel is lost faster than won. Nobody was in a hurry.
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
            terms: Terms::FAIR,
        }
    }

    /// The same, of a request on such terms.
    #[must_use]
    pub fn under(self, terms: Terms) -> Self {
        Self { terms, ..self }
    }
}

/// The weight of an outcome of which the share `success` weighs 1 and the rest `failing`.
#[must_use]
pub fn weigh(success: f64, failing: f64) -> f64 {
    success + (1.0 - success) * failing
}
