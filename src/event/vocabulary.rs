//! The words of which what happens is one or another. Their names are stored, and so not free to change.

use serde::{Deserialize, Serialize};

use crate::names::named;

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

impl RefusalReason {
    /// Whether it tells the customer to give the idea up: it cannot be done, or it is not needed.
    #[must_use]
    pub fn is_strike(self) -> bool {
        matches!(self, Self::CannotBeDone | Self::NotNeeded)
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
