//! What can happen, in the form in which it is stored.

use serde::{Deserialize, Serialize};

use crate::{names::named, time::Timestamp};

/// What happened. This is also the form in which an event is stored, so its names are not free to change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    /// The customer asks.
    Requested(Requested),
    /// The supplier confirms receipt.
    Acknowledged {},
    /// The supplier needs to know more: its clock stops.
    ClarificationAsked(Note),
    /// The customer has clarified: the clock runs again.
    Clarified(Note),
    /// The supplier answers.
    Responded(Responded),
    /// The supplier says no.
    Refused(Refused),
    /// The customer takes the request back.
    Withdrawn(Note),
    /// The supplier delivers.
    Delivered(Delivered),
    /// One side rates the other.
    Rated(Rated),
    /// One side offers an idea.
    Proposed(Proposed),
    /// The other side decides about it.
    Resolved(Resolved),
    /// One side recommends the other.
    Referred(Referred),
    /// The customer pays.
    Paid(Paid),
    /// The sender takes one of its events back.
    Retracted(Retracted),
}

/// A share from 0 to 1, kept in millionths so that it compares and sums exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Share(u32);

impl Share {
    const MILLION: u32 = 1_000_000;
    /// All of it.
    pub const WHOLE: Self = Self(Self::MILLION);

    /// The share nearest to `value`, or none where it is not a number from 0 to 1.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
    pub fn new(value: f64) -> Option<Self> {
        (0.0..=1.0).contains(&value).then(|| Self((value * f64::from(Self::MILLION)).round() as u32))
    }

    /// The share as a number from 0 to 1.
    #[must_use]
    pub fn value(self) -> f64 {
        f64::from(self.0) / f64::from(Self::MILLION)
    }
}

/// Free text that goes with an event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The text; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// See `rapport.v1.Requested`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requested {
    /// What is asked for.
    pub kind: RequestKind,
    /// When an answer is due; none means the model's target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub respond_by: Option<Timestamp>,
    /// When the goods or the work are needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needed_by: Option<Timestamp>,
    /// What the request is worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Money>,
    /// How complete it was.
    pub completeness: Share,
    /// The earlier interaction that it asks again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revisits: Option<String>,
    /// How it was asked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub channel: String,
    /// The request in a line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
}

/// See `rapport.v1.Responded`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Responded {
    /// What the answer says.
    pub disposition: Disposition,
    /// The date the supplier commits itself to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised_by: Option<Timestamp>,
    /// Free text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// See `rapport.v1.Refused`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Why.
    pub reason: RefusalReason,
    /// When asking again makes sense.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Whether another way was offered.
    pub alternative_offered: bool,
    /// Free text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// See `rapport.v1.Delivered`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// The share of what was asked that this delivery brought.
    pub in_full: Share,
    /// The share of this delivery that was accepted.
    pub accepted: Share,
    /// Free text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// See `rapport.v1.Rated`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rated {
    /// The side that rates.
    pub by: PartyRole,
    /// What is rated.
    pub subject: RatingSubject,
    /// 1 to 5.
    pub stars: u8,
    /// Free text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// See `rapport.v1.Proposed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposed {
    /// The side that offers.
    pub by: PartyRole,
    /// The idea in a line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
}

/// See `rapport.v1.Resolved`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    /// The decision.
    pub outcome: ProposalOutcome,
    /// Free text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// See `rapport.v1.Referred`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referred {
    /// The side that recommends.
    pub by: PartyRole,
    /// The third party.
    pub to: String,
}

/// See `rapport.v1.Paid`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    /// What was paid.
    pub amount: Money,
    /// When it was due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
}

/// See `rapport.v1.Retracted`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retracted {
    /// The event taken back.
    pub event_id: String,
    /// Why.
    pub reason: String,
}

/// An amount in minor units of an ISO 4217 currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Three capital letters.
    pub currency: String,
    /// Minor units (cents), not negative.
    pub amount_minor: i64,
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it; the wire format documents each")]
pub enum RequestKind {
    Quote,
    Order,
    Change,
    Information,
    Support,
    Complaint,
    Improvement,
}

impl RequestKind {
    /// Whether the request asks the supplier to become something else, rather than to do its routine work.
    #[must_use]
    pub fn asks_for_change(self) -> bool {
        matches!(self, Self::Change | Self::Improvement)
    }
}

/// What an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it; the wire format documents each")]
pub enum Disposition {
    Accepted,
    Answered,
    Partial,
    CounterOffer,
}

named! {
    /// Why a supplier said no; its code is what states hold of it.
    #[expect(missing_docs, reason = "the names say it; the wire format documents each")]
    pub enum RefusalReason {
        CannotBeDone = "cannot_be_done" as 0,
        NoCapacity = "no_capacity" as 1,
        Price = "price" as 2,
        Policy = "policy" as 3,
        NotNow = "not_now" as 4,
        NotNeeded = "not_needed" as 5,
        NotInterested = "not_interested" as 6,
        Other = "other" as 7,
    }
}

/// A side of a relationship.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum PartyRole {
    Customer,
    Supplier,
}

impl PartyRole {
    /// Who stands opposite.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Customer => Self::Supplier,
            Self::Supplier => Self::Customer,
        }
    }
}

/// What a rating is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum RatingSubject {
    Work,
    WorkingTogether,
}

/// What became of an idea.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum ProposalOutcome {
    Adopted,
    Kept,
    Declined,
}

impl RefusalReason {
    /// Whether it tells the customer to give the idea up: it cannot be done, or it is not needed.
    #[must_use]
    pub fn is_strike(self) -> bool {
        matches!(self, Self::CannotBeDone | Self::NotNeeded)
    }
}

impl Refused {
    /// "Other" without a word more: a no that gives no reason.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.reason == RefusalReason::Other && self.note.is_empty()
    }
}
