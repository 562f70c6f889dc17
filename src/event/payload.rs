//! What can happen, in the form in which it is stored.

use serde::{Deserialize, Serialize};

use super::{
    amount::{Money, Share},
    vocabulary::{Disposition, PartyRole, ProposalOutcome, RatingSubject, RefusalReason, RequestKind},
};
use crate::time::Timestamp;

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
    /// When an answer is due; `None` means the time that the model holds usual.
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

impl Refused {
    /// "Other" without a word more: a no that gives no reason.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.reason == RefusalReason::Other && self.note.is_empty()
    }
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
