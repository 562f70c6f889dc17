//! What can happen, in the form in which it is stored.

use serde::{Deserialize, Serialize};

use super::{
    amount::{Money, Quantity, Ratio, Share},
    vocabulary::{Disposition, EndReason, PartyRole, ProposalOutcome, RatingSubject, RefusalReason, RequestKind},
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
    /// One side moves what was asked for or agreed.
    Amended(Amended),
    /// Goods that had been accepted come back.
    Returned(Returned),
    /// The request is a duplicate of another one.
    Merged(Merged),
    /// One side ends the relationship.
    Ended(Ended),
}

impl Payload {
    /// The place in a deal, among what happens at one moment.
    pub(super) fn place(&self) -> u8 {
        match self {
            Self::Requested(_) | Self::Proposed(_) => 0,
            Self::Acknowledged {} | Self::ClarificationAsked(_) => 1,
            Self::Clarified(_) => 2,
            Self::Responded(_) | Self::Refused(_) | Self::Resolved(_) => 3,
            Self::Amended(_) => 4,
            Self::Delivered(_) => 5,
            Self::Returned(_) => 6,
            Self::Withdrawn(_) | Self::Merged(_) => 7,
            Self::Rated(_) | Self::Referred(_) | Self::Paid(_) | Self::Retracted(_) => 8,
            Self::Ended(_) => 9,
        }
    }
}

/// A part of an order with a day of its own: a call-off, a line of a delivery schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// When it is due.
    pub due: Timestamp,
    /// Which share of the order it is,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fraction: Option<Share>,
    /// or how much. All lots of an order say it in the same way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Quantity>,
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
    /// How much is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Quantity>,
    /// The days on which parts of it are due, where it is to come in lots.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schedule: Vec<Lot>,
}

impl Requested {
    /// A complete request of that kind, without anything further.
    #[must_use]
    pub fn of(kind: RequestKind) -> Self {
        Self {
            kind,
            respond_by: None,
            needed_by: None,
            value: None,
            completeness: Share::WHOLE,
            revisits: None,
            channel: String::new(),
            summary: String::new(),
            quantity: None,
            schedule: Vec::new(),
        }
    }
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
    /// Why; of several reasons the first.
    pub reason: RefusalReason,
    /// When asking again makes sense.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Whether another way was offered.
    pub alternative_offered: bool,
    /// Free text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Further reasons, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further: Vec<RefusalReason>,
}

impl Refused {
    /// A no for one reason, without a word more.
    #[must_use]
    pub const fn of(reason: RefusalReason) -> Self {
        Self { reason, not_before: None, alternative_offered: false, note: String::new(), further: Vec::new() }
    }

    /// Every reason, the first one first.
    pub fn reasons(&self) -> impl Iterator<Item = RefusalReason> {
        std::iter::once(self.reason).chain(self.further.iter().copied())
    }

    /// "Other" without a word more: a no that gives no reason.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.reasons().all(|reason| reason == RefusalReason::Other) && self.note.is_empty()
    }

    /// The reason that tells the customer to give the idea up, if one does.
    #[must_use]
    pub fn strike(&self) -> Option<RefusalReason> {
        self.reasons().find(|reason| reason.is_strike())
    }
}

/// See `rapport.v1.Delivered`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// How much of what was asked this delivery brought. All of it where neither this nor the quantity was said.
    pub in_full: Ratio,
    /// The share of this delivery that was accepted.
    pub accepted: Share,
    /// Free text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// How much it brought: what goes by it is how much of the order that is, unless `in_full` was said too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Quantity>,
    /// How much of that was accepted; `accepted` has it as a share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity_accepted: Option<Quantity>,
    /// Whether `in_full` was said although the quantity was: then it goes before it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub in_full_said: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl Delivered {
    /// All of it, and all of that accepted.
    #[must_use]
    pub fn whole() -> Self {
        Self {
            in_full: Ratio::WHOLE,
            accepted: Share::WHOLE,
            note: String::new(),
            quantity: None,
            quantity_accepted: None,
            in_full_said: false,
        }
    }

    /// The quantity that says how much of the order came, where nothing else does.
    #[must_use]
    pub fn measure(&self) -> Option<&Quantity> {
        self.quantity.as_ref().filter(|_| !self.in_full_said)
    }
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

/// See `rapport.v1.Amended`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amended {
    /// The side that moves it.
    pub by: PartyRole,
    /// When the answer is now due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub respond_by: Option<Timestamp>,
    /// When the goods or the work are now needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needed_by: Option<Timestamp>,
    /// The date that is promised now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised_by: Option<Timestamp>,
    /// How much is asked for, or will be delivered, now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Quantity>,
    /// What it is worth now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Money>,
    /// Free text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// See `rapport.v1.Returned`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// The share of what had been delivered and accepted that came back; all of it where the quantity says nothing either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fraction: Option<Share>,
    /// How much came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Quantity>,
    /// Free text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// See `rapport.v1.Merged`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merged {
    /// The interaction that it is a duplicate of.
    pub into: String,
}

/// See `rapport.v1.Ended`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// The side that ends it.
    pub by: PartyRole,
    /// Why.
    pub reason: EndReason,
    /// Whom it turns to instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Free text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl Ended {
    /// What it says, by the supplier, to each request that waits for an answer or a delivery.
    #[must_use]
    pub fn as_refusal(&self) -> &'static Refused {
        static UNWILLING: Refused = Refused::of(RefusalReason::NotInterested);
        static UNABLE: Refused = Refused::of(RefusalReason::NoCapacity);
        static OTHERWISE: Refused = Refused::of(RefusalReason::Other);
        match self.reason {
            EndReason::Moved | EndReason::NoNeed => &UNWILLING,
            EndReason::Insolvent => &UNABLE,
            EndReason::Other => &OTHERWISE,
        }
    }
}
